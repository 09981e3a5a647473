"""Splits a process's output into lines with bounded memory, whatever it writes: megabytes, no line end, no text."""

import codecs
from collections.abc import Iterator
from typing import NamedTuple

LONGEST = 8 * 1024 * 1024
"""A line is kept so far, in bytes."""


class Line(NamedTuple):
    """A line without its end, possibly truncated; `left_out` is the number of truncated bytes."""

    text: str
    left_out: int


class Lines:
    """Puts pieces together to lines."""

    def __init__(self) -> None:
        self._line = bytearray()
        self._left_out = 0

    def feed(self, piece: bytes) -> Iterator[Line]:
        """The lines that a piece completes."""
        *ended, rest = piece.split(b"\n")
        for part in ended:
            self._add(part)
            yield self._take()
        self._add(rest)

    def end(self) -> Iterator[Line]:
        """What the process wrote after its last line's end."""
        if self._line:
            yield self._take()

    def _add(self, part: bytes) -> None:
        room = LONGEST - len(self._line)
        self._line += part[:room]
        self._left_out += max(len(part) - room, 0)

    def _take(self) -> Line:
        decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        line = Line(decode(self._line, final=not self._left_out), self._left_out)  # half a character at a cut is left out
        self._line, self._left_out = bytearray(), 0
        return line
