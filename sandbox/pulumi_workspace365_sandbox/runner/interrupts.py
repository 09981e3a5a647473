"""The engine as a subprocess in a session of its own: interrupts reach it through us, once each."""

import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def process(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], scratch: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a command in `folder`; what it prints goes to `out` and `err` in `scratch`. It has ended when the block has."""
    with (
        (scratch / "out").open("wb") as out,
        (scratch / "err").open("wb") as err,
        subprocess.Popen(  # noqa: S603  the engine that was chosen
            command, cwd=folder, env=dict(environment), stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True
        ) as started,
        _handed_on_to(started),
    ):
        yield started


@contextmanager
def _handed_on_to(started: subprocess.Popen[bytes]) -> Iterator[None]:
    """Hand SIGINT and SIGTERM on as SIGINT, which both engines take as "finish what runs, start nothing new"."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda _number, _frame: started.send_signal(signal.SIGINT)) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
