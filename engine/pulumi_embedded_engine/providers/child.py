"""A process that the engine starts: the program or a provider, in a separate process group, with its output.

Whatever it and its own children do, its output is read in pieces and its end is found: pipes that a grandchild holds open are closed
from this side, and what is left of the group is killed. A process that was stopped (SIGSTOP) is reported, and ended after a while.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pulumi_embedded_engine.errors import EngineError
from pulumi_embedded_engine.providers.lines import Lines
from pulumi_embedded_engine.providers.watchdog import Watchdog

_PIECE = 64 * 1024
_DRAIN_SECONDS = 2
_STOP_SECONDS = 5
_LOOK_SECONDS = 1
_STOPPED_SECONDS = 120
_STOPPED_VARIABLE = "PULUMI_EMBEDDED_ENGINE_STOPPED_SECONDS"

LineHandler = Callable[[str, int, bool], bool]
"""Takes a line that a process wrote: as far as it is kept, how many bytes are left out, and whether it was to standard error.

False where no more is wanted.
"""


class ChildError(EngineError):
    """A process could not be started, or was ended because it did nothing any more."""


class Child:
    """A running process; made by `start`.

    Args:
        what: how messages call it: "the program".
        process: the process.
        pipes: its standard output and standard error.
        watchdog: ends it if the engine is killed.
    """

    def __init__(self, what: str, process: asyncio.subprocess.Process, pipes: Sequence["_Pipe"], watchdog: Watchdog) -> None:
        self.what, self._process, self._watchdog = what, process, watchdog
        self._stdout, self._stderr = pipes
        self._readers: list[asyncio.Task[None]] = []
        self._watch: asyncio.Task[None] | None = None

    @classmethod
    async def start(
        cls, what: str, command: Sequence[str | Path], *, cwd: Path, environment: Mapping[str, str], watchdog: Watchdog
    ) -> "Child":
        """Start a process.

        Raises:
            ChildError: the system refuses it.
        """
        pipes: list[_Pipe] = []
        try:
            pipes.append(await _Pipe.open())
            pipes.append(await _Pipe.open())
            process = await asyncio.create_subprocess_exec(
                *command,
                cwd=cwd,
                env=dict(environment),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=pipes[0].writer,
                stderr=pipes[1].writer,
                start_new_session=True,  # Ctrl-C is the engine's to pass on
            )
        except (OSError, ValueError) as error:
            for pipe in pipes:
                pipe.close()
            reason = error.strerror if isinstance(error, OSError) else error
            raise ChildError(f"{what} could not be started: {command[0]}: {reason}") from error
        finally:
            for pipe in pipes:
                pipe.close_writer()
        watchdog.register(process.pid)
        return cls(what, process, pipes, watchdog)

    @property
    def pid(self) -> int:
        """The process id, which is also that of its process group."""
        return self._process.pid

    @property
    def code(self) -> int | None:
        """The exit code; negative for a signal, None while it runs."""
        return self._process.returncode

    def forward_output(self, take: LineHandler, *, stdout: bool = True, stderr: bool = True) -> None:
        """Pass on what it writes, line by line; without this it would wait once the pipe is full."""
        pipes = ((self._stdout, False, stdout), (self._stderr, True, stderr))
        self._readers += [
            asyncio.ensure_future(pipe.forward(take, is_error=is_error)) for pipe, is_error, follow in pipes if follow
        ]

    def watch(self, warn: Callable[[str], None]) -> None:
        """Warn when the process is stopped (SIGSTOP), and end it if it stays stopped."""
        self._watch = asyncio.ensure_future(self._watched(warn))

    async def first_line(self, longest: int) -> bytes:
        """What it writes first, up to the end of a line, of its output or of so many bytes."""
        return await self._stdout.first_line(longest)

    async def wait(self) -> int:
        """Wait for the end of the process and of what it wrote, and end what it left behind; the exit code."""
        code = await self._process.wait()
        await self._settle()
        return code

    async def wait_for_failure(self) -> None:
        """Wait until the process has failed or was killed; one that ends well may have left its work to others."""
        if await self._process.wait() == 0:
            await asyncio.get_running_loop().create_future()

    async def wait_for_exit(self, seconds: float) -> bool:
        """Whether the process ends by itself in time."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), seconds)
        return self.code is not None

    def describe_exit(self) -> str:
        """How it ended, in words that follow its name; empty while it runs."""
        if self.code is None:
            return ""
        return f"ended with code {self.code}" if self.code >= 0 else f"was ended by signal {-self.code}"

    async def stop(self) -> None:
        """End the process and its children: interrupt them, and kill what is still there after five seconds."""
        for kind in (signal.SIGINT, signal.SIGKILL):
            if self.code is None:
                self._signal(kind)
                await self.wait_for_exit(_STOP_SECONDS)
        await self._settle()
        self._watchdog.release(self.pid)

    def kill(self) -> None:
        """End the process and its children at once."""
        self._signal(signal.SIGKILL)

    async def _settle(self) -> None:
        """Read what is left, without waiting for whoever else holds the pipes."""
        if self._watch:
            self._watch.cancel()
        if self._readers:
            await asyncio.wait(self._readers, timeout=_DRAIN_SECONDS)
        self._signal(signal.SIGKILL)
        if self._readers:
            await asyncio.wait(self._readers, timeout=_LOOK_SECONDS)
        for pipe in (self._stdout, self._stderr):
            pipe.close()
        for reader in self._readers:
            reader.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)

    def _signal(self, kind: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, kind)

    async def _watched(self, warn: Callable[[str], None]) -> None:
        longest = _longest_stop(os.environ.get(_STOPPED_VARIABLE, ""))
        looks = 0  # and no clock: the engine itself may have been stopped meanwhile
        while self.code is None:
            await asyncio.sleep(_LOOK_SECONDS)
            looks = looks + 1 if _is_stopped(self.pid) else 0
            if looks == 1:
                warn(
                    f"{self.what} (process {self.pid}) has been stopped by a signal: `kill -CONT {self.pid}` continues it; "
                    f"after {longest:.0f} s it is killed"
                )
            elif looks * _LOOK_SECONDS > longest:
                warn(f"{self.what} (process {self.pid}) stayed stopped for {longest:.0f} s and was killed")
                self.kill()
                return


def _longest_stop(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return _STOPPED_SECONDS


def _is_stopped(pid: int) -> bool:
    """Whether a process is stopped; never where there is no /proc."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[0] == "T"
    except (OSError, IndexError):
        return False


class _Pipe:
    """A pipe that a process writes to. Both ends are the engine's own: it can close its end while others hold theirs."""

    def __init__(self, reader: asyncio.StreamReader, transport: asyncio.BaseTransport, writer: int) -> None:
        self._reader, self._transport, self.writer = reader, transport, writer
        self._ahead = b""

    @classmethod
    async def open(cls) -> "_Pipe":
        ends = os.pipe()
        reader = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(ends[0], "rb", 0))
        return cls(reader, transport, ends[1])

    def close_writer(self) -> None:
        """Leave the writing end to the process."""
        os.close(self.writer)

    def close(self) -> None:
        self._transport.close()

    async def first_line(self, longest: int) -> bytes:
        while b"\n" not in self._ahead and len(self._ahead) < longest:
            piece = await self._reader.read(_PIECE)
            if not piece:
                break
            self._ahead += piece
        line, end, _ = self._ahead[:longest].partition(b"\n")
        self._ahead = self._ahead[len(line) + len(end) :]
        return line

    async def forward(self, take: LineHandler, *, is_error: bool) -> None:
        lines, is_accepted = Lines(), True
        piece, self._ahead = self._ahead, b""
        while piece or (piece := await self._reader.read(_PIECE)):
            for line in lines.feed(piece) if is_accepted else ():
                is_accepted = is_accepted and take(line.text, line.left_out, is_error)
            piece = b""
        for line in lines.end() if is_accepted else ():
            take(line.text, line.left_out, is_error)
