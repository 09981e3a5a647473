"""A project to run, and the events a scripted engine tells."""

import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests import fork_server

ROOT = Path(__file__).resolve().parents[3]
URN = "urn:pulumi:sandbox::scripted::"
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "[secret]"}


def resource_event(kind: str, op: str, urn: str, old: Any = None, new: Any = None, **more: Any) -> dict[str, Any]:
    metadata = {"op": op, "urn": URN + urn, "old": old, "new": new, "detailedDiff": None}
    return {kind: {"metadata": metadata, **more}}


def ended(op: str, urn: str, old: Any = None, new: Any = None, **more: Any) -> list[dict[str, Any]]:
    """A step from its beginning to its end, as the Pulumi CLI tells it."""
    return [resource_event(kind, op, urn, old, new, **more) for kind in ("resourcePreEvent", "resOutputsEvent")]


def diagnostic(message: str, severity: str = "error", urn: str = "") -> dict[str, Any]:
    return {"diagnosticEvent": {"message": message + "\n", "severity": severity, "color": "never", "urn": urn and URN + urn}}


def outputs(**values: Any) -> list[dict[str, Any]]:
    stack = "pulumi:pulumi:Stack::scripted-sandbox"
    return ended("same", stack, {"inputs": {}, "outputs": {}}, {"inputs": {}, "outputs": values})


def summary(**changes: int) -> dict[str, Any]:
    return {"summaryEvent": {"durationSeconds": 1, "resourceChanges": changes, "isPreview": False, "result": "succeeded"}}


@dataclass
class Workbench:
    """A project in a folder of its own, and an environment in which `pulumi` is the script."""

    root: Path
    variables: dict[str, str] = field(default_factory=dict)
    started: list[subprocess.Popen[str]] = field(default_factory=list)
    python: str = ""
    """What runs `python -m sandbox`; a warm one if empty, whose process has another id than the one that is started."""

    @property
    def record(self) -> Path:
        return self.root / "record"

    @property
    def calls(self) -> list[dict[str, Any]]:
        """What the engine noted, call by call."""
        written = self.record.read_text() if self.record.exists() else ""
        return [json.loads(line) for line in written.split("\n")[:-1]]  # the last line may be half written

    @property
    def operations(self) -> list[str]:
        return [call["arguments"][0] for call in self.calls if "arguments" in call]

    @property
    def environment(self) -> dict[str, str]:
        path = f"{self.root / 'bin'}{os.pathsep}{os.environ['PATH']}"
        own = {"PATH": path, "PYTHONPATH": str(ROOT), "SCRIPT_RECORD": str(self.record)}
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("PULUMI_", "W365_"))}
        return kept | own | self.variables

    def tell(self, *events: dict[str, Any]) -> None:
        """The events of the operations to come."""
        path = self.root / "events"
        path.write_text("".join(json.dumps({"sequence": number, **event}) + "\n" for number, event in enumerate(events)))
        self.variables["SCRIPT_EVENTS"] = str(path)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command = [self.python or str(fork_server.python()), "-m", "sandbox", *arguments, "--program", str(self.root)]
        process = subprocess.Popen(
            command, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.started.append(process)
        return process

    def end(self) -> None:
        """Leave nothing behind, also when a test failed half way."""
        for process in self.started:
            if process.poll() is None:
                process.kill()
                process.communicate()

    def sandbox(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`python -m sandbox …` from beginning to end."""
        process = self.start(*arguments)
        out, err = process.communicate(timeout=60)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def until(self, condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
        """Wait for something to become true while a process runs."""
        while not condition():
            assert process.poll() is None, process.communicate()
            threading.Event().wait(0.01)

    def interrupt(self, process: subprocess.Popen[str]) -> tuple[str, str]:
        process.send_signal(signal.SIGINT)
        return process.communicate(timeout=60)
