"""Runs a command and measures the time and memory of its process tree."""

import os
import re
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.measurement import Part

_LOOK_SECONDS = 0.03
_TICKS = os.sysconf("SC_CLK_TCK")
_KINDS = {
    "host": re.compile(r"pulumi_dynamic_host|pulumi\.dynamic"),
    "program": re.compile(r"pulumi-language-python-exec|pulumi_embedded_engine/program|pulumi_embedded_engine\.program"),
}


def inherited() -> dict[str, str]:
    """The variables that measured processes get from this one: none that changes what they do."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ}


class FailedError(Exception):
    """What was to be measured did not work; the message is a line of what it printed."""


@dataclass(frozen=True)
class Used:
    """What a finished command took; ``parts`` by kind of process."""

    code: int
    seconds: float
    cpu: float
    parts: Mapping[str, Part]


def run(command: Sequence[str], folder: Path, environment: Mapping[str, str], log: Path) -> Used:
    """Run the command in ``folder``; what it prints is kept in ``log``."""
    began = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603  what the caller wants measured
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    watcher = _Watcher(process.pid)
    watcher.start()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    return Used(process.returncode, seconds, usage.ru_utime + usage.ru_stime, watcher.stop())


def completed(command: Sequence[str], folder: Path, environment: Mapping[str, str], log: Path) -> Used:
    """As ``run``.

    Raises:
        FailedError: the command failed.
    """
    used = run(command, folder, environment, log)
    if used.code:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
        raise FailedError(next((line.strip() for line in lines if "error" in line.lower()), f"exit code {used.code}")[:300])
    return used


@dataclass
class _Watcher:
    """Looks at the processes below one while it runs. Nothing is seen where there is no /proc."""

    root: int
    _seen: dict[int, tuple[str, Part]] = field(default_factory=dict)
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> dict[str, Part]:
        """The processes by kind; of several of a kind, their processor time together and the largest memory."""
        self._over.set()
        if self._thread:
            self._thread.join()
        parts: dict[str, Part] = {}
        for kind, part in self._seen.values():
            before = parts.get(kind, Part(0.0, 0.0))
            parts[kind] = Part(before.cpu + part.cpu, max(before.memory, part.memory))
        return parts

    def _watch(self) -> None:
        while not self._over.wait(_LOOK_SECONDS):
            self._look(self.root)

    def _look(self, pid: int) -> None:
        try:
            kind = self._kind(pid)
            part = _part(pid)
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
            children += [
                child
                for task in os.listdir(f"/proc/{pid}/task")  # noqa: PTH208  a name is all that is needed, often
                if task != str(pid)
                for child in Path(f"/proc/{pid}/task/{task}/children").read_text(encoding="ascii").split()
            ]
        except (OSError, ValueError, IndexError):
            return  # it has just ended
        if kind and part.memory:
            self._seen[pid] = (kind, part)
        for child in children:
            self._look(int(child))

    def _kind(self, pid: int) -> str:
        if pid == self.root:
            return "engine"
        words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        return next((kind for kind, pattern in _KINDS.items() if pattern.search(words)), "")


def _part(pid: int) -> Part:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace")
    peak = re.search(r"VmHWM:\s+(\d+) kB", status)
    return Part((int(fields[11]) + int(fields[12])) / _TICKS, int(peak[1]) / 1024 if peak else 0.0)
