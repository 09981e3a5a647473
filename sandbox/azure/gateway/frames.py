"""Frames from one side to the other, one to one and unchanged: masks, fragments, pings and close codes included."""

import asyncio
import os
import struct
from asyncio import IncompleteReadError, StreamReader, StreamWriter
from dataclasses import dataclass

_CLOSE = 0x8
_PIECE = 64 * 1024
GONE = 1011
_SETTLE_SECONDS = 5


@dataclass
class Side:
    """One end of a session: `masks` when frames to it must be masked, as those to a server."""

    reader: StreamReader
    writer: StreamWriter
    masks: bool
    name: str


async def relay(client: Side, backend: Side) -> str:
    """Carry frames both ways until the session ends; the error if it did not end by a close from both sides."""
    up = asyncio.create_task(_pump(client, backend))
    down = asyncio.create_task(_pump(backend, client))
    done, waiting = await asyncio.wait((up, down), return_when=asyncio.FIRST_COMPLETED)
    error = next((task.result() for task in done if task.result()), "")
    if waiting and not error:
        _, waiting = await asyncio.wait(waiting, timeout=_SETTLE_SECONDS)
    for task in waiting:
        task.cancel()
    await asyncio.gather(up, down, return_exceptions=True)
    return error


async def _pump(source: Side, sink: Side) -> str:
    """Forward frames up to a close frame; an error when the source ends without one, which the sink is told as 1011."""
    try:
        while True:
            try:
                head = await _head(source.reader)
            except (IncompleteReadError, ConnectionError):
                _tell_gone(sink, f"The {source.name} has gone.")
                return f"The {source.name} ended the connection without a close frame."
            await _forward(head, source.reader, sink.writer)
            if head[0] & 0x0F == _CLOSE:
                return ""
    except (IncompleteReadError, ConnectionError) as error:
        return f"The connection broke within a frame: {error}"


async def _head(reader: StreamReader) -> bytes:
    """A frame up to its payload: two bytes, the longer length, the mask."""
    head = await reader.readexactly(2)
    extended = {126: 2, 127: 8}.get(head[1] & 0x7F, 0)
    return head + await reader.readexactly(extended + (4 if head[1] & 0x80 else 0))


async def _forward(head: bytes, reader: StreamReader, writer: StreamWriter) -> None:
    writer.write(head)
    left = _length(head)
    while left:
        piece = await reader.readexactly(min(left, _PIECE))
        writer.write(piece)
        left -= len(piece)
        await writer.drain()
    await writer.drain()


def _length(head: bytes) -> int:
    short = head[1] & 0x7F
    if short == 126:
        return int(struct.unpack_from(">H", head, 2)[0])
    return int(struct.unpack_from(">Q", head, 2)[0]) if short == 127 else short


def _tell_gone(sink: Side, reason: str) -> None:
    payload = struct.pack(">H", GONE) + reason.encode()
    if sink.masks:
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))
        sink.writer.write(bytes([0x80 | _CLOSE, 0x80 | len(payload)]) + mask + masked)
    else:
        sink.writer.write(bytes([0x80 | _CLOSE, len(payload)]) + payload)
