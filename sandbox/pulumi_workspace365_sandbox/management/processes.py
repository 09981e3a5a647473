"""A server in a process of its own, which says in one JSON line where it listens and ends with its parent, however that dies.

The parent holds the other end of the server's standard input.
"""

import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web import RequestPayloadError

_ROOT = Path(__file__).resolve().parents[3]
_STOP_SECONDS = 5

Process = subprocess.Popen[bytes]


class StartError(Exception):
    """The server did not start; the message says why."""


@contextmanager
def running(
    module: str, *options: str, name: str = "", variables: Mapping[str, str] | None = None
) -> Iterator[tuple[dict[str, Any], Process]]:
    """Run `python -m module` for a `with` block: what it said at its start, and its process. `name`: what people call it.

    Raises:
        StartError: for example when a port is taken.
    """
    with subprocess.Popen(  # noqa: S603  our own module
        [sys.executable, "-m", module, *options],
        cwd=_ROOT,
        env=os.environ | dict(variables or {}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            yield _told(name or f"The local server {module}", process), process
        finally:
            _stop(process)


def _told(name: str, process: Process) -> dict[str, Any]:
    line = process.stdout.readline() if process.stdout else b""
    told: dict[str, Any] = json.loads(line or b'{"error": "its process ended at once"}')
    if "error" in told:
        raise StartError(f"{name} did not start: {told['error']}")
    return told


def _stop(process: Process) -> None:
    """Close its standard input, by which it ends; kill it when it does not."""
    if process.stdin:
        process.stdin.close()
    try:
        process.wait(timeout=_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()


def keep_quiet_about_clients() -> None:
    """In the server: a request that is no HTTP is answered and not told on the console, as nothing is wrong with the server."""
    logging.getLogger("aiohttp.server").addFilter(_is_about_the_server)


def _is_about_the_server(record: logging.LogRecord) -> bool:
    problem = record.exc_info[1] if record.exc_info else None
    return not isinstance(problem, HttpProcessingError | RequestPayloadError)


def tell(what: Mapping[str, Any]) -> None:
    """The server's one line to its parent."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def tell_problem(error: Exception) -> None:
    """The server's one line to its parent where it cannot start."""
    named = f"{error.filename}: " if isinstance(error, OSError) and error.filename else ""
    tell({"error": f"{named}{error.strerror}" if isinstance(error, OSError) and error.strerror else str(error)})


async def parent_gone() -> None:
    """In the server: wait until standard input ends or a signal arrives."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    loop.add_reader(sys.stdin.fileno(), ended.set)
    await ended.wait()
