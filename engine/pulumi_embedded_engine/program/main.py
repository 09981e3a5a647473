"""Runs a Pulumi program in a separate process, which the engine starts with its addresses as arguments.

Besides the standard library only the program's own Pulumi SDK is imported, so that any interpreter that has it can run this.
"""

import argparse
import asyncio
import atexit
import contextlib
import gc
import io
import json
import logging
import os
import runpy
import sys
import traceback
import types
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import CodeType
from typing import Any

EXIT_REPORTED = 32
"""The exit code of a program whose error has been shown."""

_NO_SDK = (
    "It looks like the Pulumi SDK has not been installed. Have you run pip install?\n"
    "If you are running in a virtualenv, you must run pip install -r requirements.txt from inside the virtualenv."
)
_THREADS_PER_STEP = 4
_SOON_SECONDS = 0.1
"""After the first output that succeeds, for others to succeed too."""
_COLLECTION_THRESHOLDS = 100_000, 50, 100
"""Of the garbage collector: the SDK keeps what it makes, its tasks and outputs, until the end. By default looking through it takes a third of its time."""


def _arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Run a Pulumi program")
    for name in ("monitor", "engine", "project", "stack", "organization", "root-directory"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--parallel", type=int, required=True)
    parser.add_argument("--preview", action="store_true")
    parser.add_argument("--debug", action="store_true")
    parser.add_argument("program")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> int:
    """Run the program; 0 if it went well, 1 or EXIT_REPORTED if not."""
    try:
        import pulumi.runtime  # noqa: F401, PLC0415  the message below is for those who lack it
    except ImportError:
        sys.stderr.write(f"{traceback.format_exc()}\n{_NO_SDK}\n")
        return 1
    gc.set_threshold(*_COLLECTION_THRESHOLDS)
    atexit.register(skip_last_search_for_garbage)  # before the program registers anything, so that it comes last
    _wait_without_beginning_again()
    options = _arguments(arguments)
    _configure(options)
    sys.argv = [options.program]
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # what an aborted program leaves unawaited is nobody's concern
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    executor = ThreadPoolExecutor(max_workers=max(options.parallel, 1) * _THREADS_PER_STEP)
    loop.set_default_executor(executor)
    try:
        return _run(loop, options.program)
    finally:
        executor.shutdown(wait=True)
        loop.close()
        sys.stdout.flush()
        sys.stderr.flush()


def skip_last_search_for_garbage() -> None:
    """All that is left ends with the process. What files that nobody has closed hold is written first: most of them would be found by the search."""
    for item in gc.get_objects():
        if type(item) in {io.TextIOWrapper, io.BufferedWriter, io.BufferedRandom}:
            with contextlib.suppress(Exception):  # it is closed, or nobody reads what is written to it
                item.flush()
    gc.freeze()


def _configure(options: argparse.Namespace) -> None:
    import pulumi.runtime  # noqa: PLC0415  see main

    if not options.debug:
        pulumi.log.debug = _unheard
    pulumi.runtime.set_all_config(
        json.loads(os.environ.get("PULUMI_CONFIG", "{}")), json.loads(os.environ.get("PULUMI_CONFIG_SECRET_KEYS", "[]"))
    )
    pulumi.runtime.configure(
        pulumi.runtime.Settings(
            monitor=options.monitor,
            engine=options.engine,
            project=options.project,
            stack=options.stack,
            parallel=options.parallel,
            dry_run=options.preview,
            organization=options.organization,
            root_directory=options.root_directory,
        )
    )


def _wait_without_beginning_again() -> None:
    """Let the SDK wait for its outputs in a time that grows with their number, not with its square (docs/upstream/README.md).

    At its end a program waits for the first of all unfinished outputs, and again for the first of those that are left. ``asyncio.wait`` adds a
    callback to each of them and removes it in every one of these calls, and the SDK enters each that is left into a set again.
    """
    asyncio_of_sdk = types.ModuleType(asyncio.__name__, asyncio.__doc__)
    vars(asyncio_of_sdk).update(vars(asyncio), wait=FirstCompleted().wait)
    sys.modules["pulumi.runtime.stack"].asyncio = asyncio_of_sdk  # type: ignore[attr-defined]  # which it has imported


class FirstCompleted:
    """``asyncio.wait`` for the first of many, again and again: one callback for each, once; and not again for each one that succeeds.

    Whoever waits hears at once of the first that fails, and when all are done; and of those that have succeeded by then, shortly after the first.
    """

    def __init__(self) -> None:
        self._watched: set[asyncio.Future[Any]] = set()
        self._unfinished: set[asyncio.Future[Any]] = set()
        """Of those that somebody is waiting for."""
        self._waiting: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def wait(
        self,
        fs: Iterable[asyncio.Future[Any]],
        *,
        timeout: float | None = None,  # noqa: ASYNC109  as asyncio.wait has it
        return_when: str = asyncio.ALL_COMPLETED,
    ) -> tuple[set[asyncio.Future[Any]], set[asyncio.Future[Any]]]:
        """As ``asyncio.wait``, which serves every other request."""
        futures = set(fs)
        if timeout is not None or return_when != asyncio.FIRST_COMPLETED or self._waiting or not futures:
            return await asyncio.wait(futures, timeout=timeout, return_when=return_when)
        for future in futures - self._watched:
            future.add_done_callback(self._completed)
        self._watched |= futures
        self._unfinished = {future for future in futures if not future.done()}
        done = futures - self._unfinished
        if self._unfinished and not any(map(_has_failed, done)):
            await self._wait(some_are_done=bool(done))
        done = {future for future in futures if future.done()}
        return done, futures - done

    async def _wait(self, *, some_are_done: bool) -> None:
        self._waiting = asyncio.get_running_loop().create_future()
        try:
            if some_are_done:
                self._wake_soon()
            await self._waiting
        finally:
            self._waiting = None
            if self._timer:
                self._timer.cancel()
                self._timer = None

    def _completed(self, future: asyncio.Future[Any]) -> None:
        self._watched.discard(future)
        self._unfinished.discard(future)
        if not self._unfinished or _has_failed(future):
            self._wake()
        else:
            self._wake_soon()

    def _wake_soon(self) -> None:
        if self._waiting and not self._timer:
            self._timer = self._waiting.get_loop().call_later(_SOON_SECONDS, self._wake)

    def _wake(self) -> None:
        if self._waiting and not self._waiting.done():
            self._waiting.set_result(None)


def _has_failed(future: asyncio.Future[Any]) -> bool:
    return future.cancelled() or future.exception() is not None


def _unheard(*_message: object, **_more: object) -> None:
    """Takes what would be logged for debugging. The SDK waits for the engine to take it: a fifth of the time of a run that changes nothing."""


def _run(loop: asyncio.AbstractEventLoop, program: str) -> int:
    import pulumi  # noqa: PLC0415  see main

    path = Path(program).absolute()
    try:
        loop.run_until_complete(pulumi.runtime.run_in_stack(lambda: _execute(program, path)))
    except pulumi.RunError as error:
        pulumi.log.error(str(error))
        return 1
    except Exception:  # noqa: BLE001  whatever a program raises is shown to its author
        pulumi.log.error(f"Program failed with an unhandled exception:\n{_traceback(path)}")
        return EXIT_REPORTED
    return 0


def _execute(program: str, path: Path) -> None:
    import pulumi  # noqa: PLC0415  see main

    try:
        runpy.run_path(program, run_name="__main__")
    except ImportError as error:
        if not _is_missing(error):
            raise
        pulumi.log.error(f"unable to find main python program `__main__.py` in `{path}`")
        sys.exit(EXIT_REPORTED)


def _is_missing(error: ImportError) -> bool:
    """Whether there is no program at all, rather than a program whose import failed."""
    own: CodeType = _execute.__code__
    files = {frame.filename for frame in traceback.extract_tb(error.__traceback__)}
    return files <= {own.co_filename, runpy.__file__, "<frozen runpy>"}


def _traceback(path: Path) -> str:
    """The traceback from the program's own code on."""
    entry = path if path.suffix else path / "__main__.py"
    frames = traceback.extract_tb(sys.exc_info()[2])
    for index, frame in enumerate(frames):
        if Path(frame.filename).absolute() == entry:
            return traceback.format_exc(limit=index - len(frames))
    return traceback.format_exc()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
