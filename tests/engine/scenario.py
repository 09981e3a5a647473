"""Runs the steps of a program on one of the engines and notes what can be compared: codes, calls, state, files, words.

``steps.yaml`` beside the program is a list. A text or mapping with ``preview``, ``up``, ``refresh`` or ``destroy`` is an operation
(with flags); ``edit`` replaces texts in files, ``write`` and ``remove`` change files, ``config`` sets values of the stack.
"""

import contextlib
import io
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import yaml

from pulumi_embedded_engine import cli as embedded
from tests import fork_server, program_files
from tests.engine import normal
from tests.engine.cli import PASSPHRASE, PROGRAMS, PulumiCLI

Json = dict[str, Any]
FLAGS = {
    "preview": [],
    "up": ["--yes", "--skip-preview"],
    "refresh": ["--yes", "--skip-preview"],
    "destroy": ["--yes", "--skip-preview"],
}


def names() -> list[str]:
    return sorted(path.parent.name for path in PROGRAMS.glob("*/steps.yaml"))


@dataclass
class Noted:
    """What one operation did, without what differs from run to run."""

    step: str
    code: int
    calls: dict[str, list[Json]]
    answers: dict[str, list[Json]]
    state: list[Json]
    words: list[str]
    files: dict[str, str]

    def as_json(self) -> Json:
        return json.loads(json.dumps(asdict(self)))  # type: ignore[no-any-return]


Engine = Callable[[Path, list[str]], tuple[int, str]]


def run_pulumi(directory: Path, arguments: list[str]) -> tuple[int, str]:
    """The CLI on PATH, as a process."""
    extra = {"PULUMI_DEBUG_COMMANDS": "true", "PULUMI_DEBUG_GRPC": str(directory / "grpc.log")}
    process = PulumiCLI(directory, extra=extra).popen(*arguments)
    output, _ = process.communicate(timeout=120)
    return process.returncode, output


def run_embedded(directory: Path, arguments: list[str]) -> tuple[int, str]:
    """The embedded engine's command in this process; program and hosts are processes of their own."""
    output = io.StringIO()
    environment = {
        "PULUMI_BACKEND_URL": f"file://{directory / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_DEBUG_GRPC": str(directory / "grpc.log"),
        "PULUMI_HOME": str(directory.parent / "home"),
        "PULUMI_PYTHON_CMD": str(fork_server.python()),
    }
    warmed = mock.patch.object(sys, "executable", str(fork_server.python()))
    with warmed, _environment(environment), contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        code = embedded.main(["-C", str(directory), *arguments])
    return code, output.getvalue()


@contextlib.contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


class Scenario:
    """A copy of a program in a folder of its own."""

    def __init__(self, name: str, directory: Path, engine: Engine, host: str = "stock") -> None:
        shutil.copytree(PROGRAMS / name, directory)
        self.directory, self.engine = directory, engine
        self._configuration = directory / "Pulumi.dev.yaml"
        self._normaliser = normal.Normaliser(directory)
        self.steps: list[Any] = yaml.safe_load((directory / "steps.yaml").read_text(encoding="utf-8"))
        if host == "ours":
            entry = {
                "plugins": {
                    "providers": [
                        {"name": "pulumi-python", "path": str(fork_server.host() if engine is run_embedded else fork_server.HOST)}
                    ]
                }
            }
            with (directory / "Pulumi.yaml").open("a", encoding="utf-8") as file:
                file.write(yaml.safe_dump(entry))

    def run(self) -> list[Json]:
        """Take every step; returns what each operation did."""
        self.prepare()
        noted = [self.take(step) for step in self.steps]
        return [item.as_json() for item in noted if item]

    def prepare(self) -> None:
        """Create the stack, with the program's own configuration."""
        (self.directory / "state").mkdir()
        kept = self._configuration.read_bytes() if self._configuration.exists() else b""
        self._command("stack", "init", "dev")
        if kept:
            self._configuration.write_bytes(kept)

    def take(self, step: Any) -> Noted | None:
        """Take a step of ``steps.yaml``; returns what an operation did."""
        (kind, argument), *more = step.items() if isinstance(step, dict) else [(step, "")]
        assert not more, f"one thing per step: {step}"
        if kind in FLAGS:
            return self._operation(kind, str(argument).split())
        getattr(self, f"_{kind}")(argument)
        return None

    def _edit(self, files: Mapping[str, Mapping[str, str]]) -> None:
        for name, replacements in files.items():
            path = self.directory / name
            text = path.read_text(encoding="utf-8")
            for old, new in replacements.items():
                assert old in text, f"{name} has no {old!r} to replace"
                text = text.replace(old, new)
            program_files.write(path, text)

    def _write(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            program_files.write(self.directory / name, text)

    def _remove(self, name: str) -> None:
        (self.directory / name).unlink()

    def _config(self, values: Mapping[str, str]) -> None:
        content = yaml.safe_load(self._configuration.read_text(encoding="utf-8"))
        content["config"].update(values)
        self._configuration.write_text(yaml.safe_dump(content), encoding="utf-8")

    def _operation(self, kind: str, flags: list[str]) -> Noted:
        log = self.directory / "grpc.log"
        log.unlink(missing_ok=True)
        code, output = self.engine(self.directory, [kind, "--stack", "dev", *FLAGS[kind], *flags])
        normaliser = self._normaliser.forgetful() if kind == "preview" else self._normaliser
        calls, answers = normaliser.calls(log)
        exported = json.loads(self._command("stack", "export", "--stack", "dev", "--show-secrets"))
        world = self.directory / "world"
        return Noted(
            step=" ".join([kind, *flags]),
            code=code,
            calls=calls,
            answers=answers,
            state=normaliser.state(exported),
            words=normaliser.words(output, failed=code != 0),
            files={path.name: path.read_text(encoding="utf-8") for path in sorted(world.glob("*"))},
        )

    def _command(self, *arguments: str) -> str:
        code, output = self.engine(self.directory, list(arguments))
        assert code == 0, output
        return output
