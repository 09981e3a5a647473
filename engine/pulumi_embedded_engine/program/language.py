"""Starts the program's process and tells how it ended (the CLI's language host for Python)."""

import asyncio
import contextlib
import json
import os
import sys
from pathlib import Path

from pulumi_embedded_engine.errors import EngineError, NeedsPulumiCLI, ProjectError
from pulumi_embedded_engine.plan.identities import Bail
from pulumi_embedded_engine.program import main as program
from pulumi_embedded_engine.program.monitor import Session
from pulumi_embedded_engine.providers.lifeline import Lifeline
from pulumi_embedded_engine.providers.plugins import Line, kill, stop
from pulumi_embedded_engine.store.names import ORGANIZATION
from pulumi_embedded_engine.workspace.project import Project

_QUIET_SECONDS = 3


def interpreter(project: Project) -> Path:
    """The Python that runs the program and its dynamic providers: the project's virtual environment, else this one.

    Raises:
        ProjectError: the virtual environment does not exist.
        NeedsPulumiCLI: the project wants its types checked first, or another toolchain.
    """
    options = project.runtime_options
    if options.get("typechecker") not in {None, "none"}:
        raise NeedsPulumiCLI("the runtime option typechecker")
    toolchain = options.get("toolchain", "pip")
    if toolchain not in {"pip", "uv"}:
        raise NeedsPulumiCLI(f"the toolchain {toolchain}")
    name = options.get("virtualenv")
    if not name:
        return Path(sys.executable)
    folder = project.root / str(name)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        state = "doesn't appear to be a virtual environment" if folder.is_dir() else "doesn't exist"
        raise ProjectError(
            f"The 'virtualenv' option in Pulumi.yaml is set to {str(name)!r}, but {str(folder)!r} {state}. "
            f"Create it: python3 -m venv {folder}, then install the program's requirements into it"
        )
    return python


class Program:
    """The process of a program."""

    def __init__(self, process: asyncio.subprocess.Process, line: Line, lifeline: Lifeline) -> None:
        self._process, self._line, self._lifeline = process, line, lifeline
        lifeline.hold(process.pid)
        self.silent = False
        self._readers = [
            asyncio.ensure_future(self._follow(stream, is_error=is_error))
            for stream, is_error in ((process.stdout, False), (process.stderr, True))
            if stream
        ]

    @classmethod
    async def start(cls, project: Project, session: Session, address: str, line: Line, lifeline: Lifeline) -> "Program":
        """Run the program of a project, which finds the engine at an address (host:port)."""
        python = interpreter(project)
        arguments = {
            "monitor": address,
            "engine": address,
            "project": session.project,
            "stack": session.stack,
            "organization": ORGANIZATION,
            "root-directory": str(project.root),
            "parallel": str(session.parallel),
        }
        command = [f"--{name}={value}" for name, value in arguments.items()]
        process = await asyncio.create_subprocess_exec(
            python,
            "-P",  # the program's folder comes first on sys.path, not this package's
            "-u",
            str(program.__file__),
            *command,
            *(["--preview"] if session.preview else []),
            *(["--debug"] if session.debug else []),
            project.program,
            cwd=project.program_dir,
            env=_environment(session, python),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is the engine's to pass on
        )
        return cls(process, line, lifeline)

    async def _follow(self, stream: asyncio.StreamReader, *, is_error: bool) -> None:
        async for text in stream:
            decoded = text.decode(errors="replace")
            if decoded.strip() and not self.silent:
                self._line(decoded, is_error)

    async def wait(self) -> EngineError | None:
        """Wait for the end; what went wrong, if anything."""
        code = await self._process.wait()
        await asyncio.gather(*self._readers)
        if code == 0:
            return None
        if code == program.EXIT_REPORTED:
            return Bail("run bailed")
        how = f"exited with non-zero exit code: {code}" if code > 0 else f"was ended by signal {-code}"
        return EngineError(f"an unhandled error occurred: program {how}")

    def kill(self) -> None:
        """End it at once."""
        kill(self._process)

    async def end(self) -> None:
        """End a program that gets no more answers: it notices by itself, and is interrupted if it does not."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), _QUIET_SECONDS)
        self.silent = True
        await stop(self._process)
        self._lifeline.let_go(self._process.pid)
        await asyncio.gather(*self._readers)


def _environment(session: Session, python: Path) -> dict[str, str]:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONHOME"}
    environment["PULUMI_CONFIG"] = json.dumps(dict(session.config.values))
    environment["PULUMI_CONFIG_SECRET_KEYS"] = json.dumps(sorted(session.config.secret_keys))
    if python != Path(sys.executable):
        environment["VIRTUAL_ENV"] = str(python.parent.parent)
        environment["PATH"] = os.pathsep.join([str(python.parent), environment.get("PATH", "")])
    return environment
