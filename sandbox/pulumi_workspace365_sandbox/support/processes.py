"""A server in a process of its own, which says in one JSON line where it listens and ends with its parent, however that dies.

The parent holds the other end of the server's standard input.
"""

import argparse
import asyncio
import errno
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web import RequestPayloadError

from pulumi_workspace365_sandbox.support import input_files

_PACKAGE = Path(__file__).resolve().parents[1]
_STOP_SECONDS = 5

Process = subprocess.Popen[bytes]


@dataclass(frozen=True)
class Running:
    """A server that runs. `process`: its process, when this one started it."""

    process: Process | None = field(default=None, repr=False, compare=False, kw_only=True)

    @property
    def ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None


class StartError(Exception):
    """The server did not start; the message says why."""


class PortInUseError(StartError):
    """Another program listens on one of its ports."""


@contextmanager
def running(
    module: str, *options: str, name: str = "", variables: Mapping[str, str] | None = None
) -> Iterator[tuple[dict[str, Any], Process]]:
    """Run `python -m module` for a `with` block: what it said at its start, and its process. `name`: what people call it.

    Raises:
        StartError: for example when a port is taken.
    """
    with subprocess.Popen(  # noqa: S603  our own module
        [sys.executable, "-P", "-m", module, *options],  # what lies in the folder is no module
        cwd=_PACKAGE,
        env=os.environ | dict(variables or {}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            yield _startup_message(name or f"The local server {module}", process), process
        finally:
            _stop(process)


def _startup_message(name: str, process: Process) -> dict[str, Any]:
    line = process.stdout.readline() if process.stdout else b""
    message: dict[str, Any] = json.loads(line or b'{"error": "its process ended at once"}')
    if "error" in message:
        kind = PortInUseError if message.get("port_in_use") else StartError
        raise kind(f"{name} did not start: {message['error']}")
    return message


def _stop(process: Process) -> None:
    """Close its standard input, by which it ends; kill it when it does not."""
    if process.stdin:
        process.stdin.close()
    try:
        process.wait(timeout=_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()


def serve(parser: argparse.ArgumentParser, work: Callable[[argparse.Namespace], Coroutine[Any, Any, None]]) -> None:
    """Run the server with the options of the command line until it ends; a failed start is reported to the parent process."""
    logging.getLogger("aiohttp.server").addFilter(_is_about_the_server)
    try:
        asyncio.run(work(parser.parse_args()))
    except (OSError, RuntimeError, input_files.FileError) as error:
        named = f"{error.filename}: " if isinstance(error, OSError) and error.filename else ""
        text = f"{named}{error.strerror}" if isinstance(error, OSError) and error.strerror else str(error)
        announce({"error": text, "port_in_use": isinstance(error, OSError) and error.errno == errno.EADDRINUSE})
        sys.exit(1)


def _is_about_the_server(record: logging.LogRecord) -> bool:
    """Not a request that is no HTTP: it is answered, and nothing is wrong with the server."""
    problem = record.exc_info[1] if record.exc_info else None
    return not isinstance(problem, HttpProcessingError | RequestPayloadError)


def announce(what: Mapping[str, Any]) -> None:
    """The server's one line to its parent."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


async def wait_for_parent_exit() -> None:
    """In the server: wait until standard input ends or a signal arrives."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    loop.add_reader(sys.stdin.fileno(), ended.set)
    await ended.wait()
