"""Interpreters that have imported already what programs, hosts and the embedded engine need: most of a test's time would go there.

A server per test process imports everything once and forks for each start. What it starts is a real process with its own sockets,
variables, folder and exit code; only the imports are shared. ``COLD=1`` does without, and so does everything that the Pulumi CLI runs.
"""

import atexit
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

from tests import temporary

HOST = Path(__file__).parents[2] / "host/pulumi_dynamic_host"
_HERE = Path(__file__).parent
_PYTHON = sys.executable
"""Whatever a test puts in its place: a server that another one forked would close what its processes write to."""
_COMMANDS = {
    "pulumi-resource-workspace365": "pulumi_workspace365_components.package",
    "w365": "pulumi_workspace365_cli",
}


def prefix(preload: Path | None = None) -> Path:
    """A virtual environment, for ``runtime.options.virtualenv``, whose Python starts quickly.

    With ``preload``, a shared library, everything that it starts has that loaded, and ``COLD`` makes no difference.
    """
    return _started(preload)


@cache
def _started(preload: Path | None) -> Path:
    if os.environ.get("COLD") and not preload:
        return Path(sys.prefix)
    folder = temporary.folder("warm-")
    address = folder / "socket"
    client = (_HERE / "client.py").read_text(encoding="utf-8")
    python = folder / "bin/python"
    python.parent.mkdir()
    python.write_text(f"#!{_PYTHON} -ISE\nADDRESS, PYTHON = {str(address)!r}, {_PYTHON!r}\n{client}", encoding="utf-8")
    python.chmod(0o755)
    for name, module in _COMMANDS.items():
        command = python.with_name(name)
        command.write_text(f'#!/bin/sh\nexec "{python}" -m {module} "$@"\n', encoding="utf-8")
        command.chmod(0o755)
    server = subprocess.Popen(
        [_PYTHON, "-m", "tests.fork_server.server", str(address)],
        cwd=_HERE.parents[1],
        env={**os.environ, "LD_PRELOAD": str(preload)} if preload else None,
        stdin=subprocess.PIPE,  # whose end is the server's end
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert server.stdin is not None
    assert server.stdout is not None
    assert server.stdout.readline() == b"ready\n"
    atexit.register(server.stdin.close)
    return folder


def python(preload: Path | None = None) -> Path:
    """The Python of that environment."""
    return prefix(preload) / "bin/python"


def host(preload: Path | None = None) -> Path:
    """A folder for ``plugins.providers`` with a launcher of our host that starts quickly."""
    return _launcher(preload)


@cache
def _launcher(preload: Path | None) -> Path:
    if os.environ.get("COLD") and not preload:
        return HOST
    folder = temporary.folder("warm-host-")
    launcher = folder / "pulumi-resource-pulumi-python"
    launcher.write_text(f'#!/bin/sh\nW365_HOST_PARENT=$PPID exec "{python(preload)}" -u "{HOST}" "$@"\n', encoding="utf-8")
    launcher.chmod(0o755)
    return folder


def prefix_and_host(engine: str) -> tuple[Path, Path]:
    """Those of a project that an engine runs: what the Pulumi CLI starts is what users have."""
    return (Path(sys.prefix), HOST) if engine == "pulumi" else (prefix(), host())
