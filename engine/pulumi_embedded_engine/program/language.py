"""Starts the program's process and reports how it ended (the CLI's language host for Python)."""

import json
import os
from collections.abc import Callable
from pathlib import Path

from pulumi_embedded_engine.errors import BailError, EngineError
from pulumi_embedded_engine.program import main as program
from pulumi_embedded_engine.program.session import Session
from pulumi_embedded_engine.program.toolchain import interpreter, is_ambient
from pulumi_embedded_engine.providers import environment
from pulumi_embedded_engine.providers.child import Child, LineHandler
from pulumi_embedded_engine.providers.watchdog import Watchdog
from pulumi_embedded_engine.store.names import ORGANIZATION
from pulumi_embedded_engine.workspace.project import Project

_QUIET_SECONDS = 3


class Program:
    """The process of a program."""

    def __init__(self, child: Child) -> None:
        self._child = child
        self.silent = False

    @classmethod
    async def start(
        cls,
        project: Project,
        session: Session,
        address: str,
        *,
        take: LineHandler,
        warn: Callable[[str], None],
        watchdog: Watchdog,
    ) -> "Program":
        """Run the program of a project, which finds the engine at an address (host:port).

        Raises:
            EngineError: it cannot be started.
        """
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
        child = await Child.start(
            "the program",
            [
                python,
                "-P",  # the program's folder comes first on sys.path, not this package's
                "-u",
                str(program.__file__),
                *command,
                *(["--preview"] if session.preview else []),
                *(["--debug"] if session.debug else []),
                project.program,
            ],
            cwd=project.program_dir,
            environment=_environment(session, None if is_ambient(project) else python.parent),
            watchdog=watchdog,
        )
        started = cls(child)
        child.forward_output(lambda text, left_out, is_error: started.silent or take(text, left_out, is_error))
        child.watch(warn)
        return started

    async def wait(self) -> EngineError | None:
        """Wait for the end; what went wrong, if anything."""
        code = await self._child.wait()
        if code == 0:
            return None
        if code == program.EXIT_REPORTED:
            return BailError("run bailed")
        how = f"exited with non-zero exit code: {code}" if code > 0 else self._child.describe_exit()
        return EngineError(f"an unhandled error occurred: program {how}")

    def kill(self) -> None:
        """End it at once."""
        self._child.kill()

    async def end(self) -> None:
        """End a program that gets no more responses: it is interrupted if it does not end by itself."""
        await self._child.wait_for_exit(_QUIET_SECONDS)
        self.silent = True
        await self._child.stop()


def _environment(session: Session, tools: Path | None) -> dict[str, str]:
    variables = environment.child_environment(local_only=session.local_only)
    variables["PULUMI_CONFIG"] = json.dumps(dict(session.config.values))
    variables["PULUMI_CONFIG_SECRET_KEYS"] = json.dumps(sorted(session.config.secret_keys))
    if tools:
        variables.pop("PYTHONHOME", None)
        variables["VIRTUAL_ENV"] = str(tools.parent)
        variables["PATH"] = os.pathsep.join([str(tools), variables.get("PATH", "")])
    return variables
