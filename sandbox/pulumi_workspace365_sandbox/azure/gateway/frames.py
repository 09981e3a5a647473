"""Frames from one side to the other, one to one and unchanged: masks, fragments, pings and close codes included.

A frame that RFC 6455 forbids goes no further: who sent it is told why, the other side that it is over. No more than a piece of a frame
is kept in either direction, and no side is waited for longer than the limits say.
"""

import asyncio
import os
import struct
from asyncio import IncompleteReadError, StreamReader, StreamWriter
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

from pulumi_workspace365_sandbox.azure.gateway import protocol
from pulumi_workspace365_sandbox.azure.gateway.protocol import FrameValidator, Violation

_T = TypeVar("_T")
_PIECE = 64 * 1024
INTERNAL_ERROR = 1011
_SETTLE_SECONDS = 5
_FAREWELL_SECONDS = 1


@dataclass
class Side:
    """One end of a session.

    `masks`: frames to it must be masked, as those to a server. `within_frame`: part of a frame was written, so that no other can follow;
    `closed`: a close frame was.
    """

    reader: StreamReader
    writer: StreamWriter
    masks: bool
    name: str
    within_frame: bool = False
    closed: bool = False


@dataclass(frozen=True)
class Limits:
    """`message_bytes`: of one message. `seconds`: for a frame that has begun to arrive, and for a side to take what it is sent."""

    message_bytes: int
    seconds: float


@dataclass(frozen=True)
class _Ended:
    """How one direction ended. `error`: empty after a close frame; `told`: what the sink is told then, if it can be."""

    source: Side
    sink: Side
    error: str = ""
    close_reason: str = ""
    violation: Violation | None = None


async def relay(client: Side, backend: Side, limits: Limits) -> str:
    """Carry frames both ways until the session ends; the error if it did not end by a close from both sides."""
    up = asyncio.create_task(_pump(client, backend, limits))
    down = asyncio.create_task(_pump(backend, client, limits))
    try:
        done, waiting = await asyncio.wait((up, down), return_when=asyncio.FIRST_COMPLETED)
        first = next((task.result() for task in done if task.result().error), None)
        if waiting and first is None:
            await asyncio.wait(waiting, timeout=_SETTLE_SECONDS)
    finally:
        for task in (up, down):
            task.cancel()
        ends = await asyncio.gather(up, down, return_exceptions=True)
    for ended in ends:
        if isinstance(ended, _Ended) and ended.error:
            await _farewell(ended)
    return first.error if first else ""


async def _pump(source: Side, sink: Side, limits: Limits) -> _Ended:
    """Forward frames up to a close frame."""
    validator = FrameValidator(masked=not source.masks, longest=limits.message_bytes)
    try:
        while not sink.closed:
            try:
                first = await source.reader.readexactly(1)
            except (IncompleteReadError, OSError):
                error = f"The {source.name} ended the connection without a close frame."
                return _Ended(source, sink, error, f"The {source.name} disconnected.")
            await _forward(first, validator, source, sink, limits)
    except Violation as problem:
        description = f"The {source.name} broke the protocol."
        return _Ended(source, sink, f"{description[:-1]}: {problem}", description, problem)
    except TimeoutError:
        sink.writer.transport.abort()  # what waits to be sent is not waited for
        return _Ended(source, sink, f"The {sink.name} does not take what it is sent.")
    except (IncompleteReadError, OSError) as error:
        return _Ended(source, sink, f"The connection broke within a frame: {error}", f"The {source.name} disconnected.")
    return _Ended(source, sink)


async def _forward(first: bytes, validator: FrameValidator, source: Side, sink: Side, limits: Limits) -> None:
    """One frame, in pieces, none before it is judged. Raises Violation, TimeoutError when the sink takes nothing."""
    clock = _Clock(limits.seconds)
    first_bytes = first + await clock.run_within(source.reader.readexactly(1))
    frame = validator.head(first_bytes + await clock.run_within(source.reader.readexactly(protocol.head_length(first_bytes) - 2)))
    ready, offset = frame.raw, 0
    whole = False
    while not whole:
        piece = await clock.run_within(source.reader.read(min(frame.length - offset, _PIECE)))
        if not piece and offset < frame.length:
            raise IncompleteReadError(piece, frame.length - offset)
        validator.payload(frame, piece, offset)
        offset += len(piece)
        whole = offset == frame.length
        if whole:
            validator.end(frame)
        sink.writer.write(ready + piece)
        sink.within_frame, sink.closed, ready = not whole, frame.opcode == protocol.CLOSE, b""
        await clock.paused(sink.writer.drain())


class _Clock:
    """The time that a frame may take to arrive; it stands still while the other side is waited for."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._until = asyncio.get_running_loop().time() + seconds

    async def run_within(self, work: Awaitable[_T]) -> _T:
        """Raises Violation when time is over."""
        try:
            async with asyncio.timeout_at(self._until):
                return await work
        except TimeoutError:
            raise Violation(protocol.POLICY, "A frame did not arrive in time.") from None

    async def paused(self, work: Awaitable[None]) -> None:
        """Raises TimeoutError when the work alone takes as long."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with asyncio.timeout(self._seconds):
            await work
        self._until += loop.time() - began


async def _farewell(ended: _Ended) -> None:
    """Tell both sides why, as far as a frame can still be sent."""
    _tell(ended.sink, INTERNAL_ERROR, ended.close_reason)
    violation = ended.violation or Violation(INTERNAL_ERROR, ended.error)
    _tell(ended.source, violation.code, violation.reason)
    try:  # what is unread when a connection is closed resets it, and the close frame is lost
        async with asyncio.timeout(_FAREWELL_SECONDS):
            while await ended.source.reader.read(_PIECE):
                pass
    except (TimeoutError, OSError):
        return


def _tell(side: Side, code: int, reason: str) -> None:
    if side.closed or side.within_frame or not reason:
        return
    side.closed = True
    payload = struct.pack(">H", code) + reason.encode()[: protocol.LONGEST_CONTROL - 2]
    head = 0x80 | protocol.CLOSE
    if side.masks:
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))
        side.writer.write(bytes([head, 0x80 | len(payload)]) + mask + masked)
    else:
        side.writer.write(bytes([head, len(payload)]) + payload)
