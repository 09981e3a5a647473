"""Text for people and programs, on streams that may be lost: a reader that went away, a full disk, a closed descriptor, an encoding that lacks a character.

Writing never raises and never waits for a slow reader: a thread writes what the engine says, so that a run goes on and is recorded
whoever listens. What was lost is told at the end.
"""

import contextlib
import json
import os
import queue
import select
import sys
import threading
from typing import Any, TextIO

from pulumi_embedded_engine.report import texts

_ERRORS = "backslashreplace"


def json_text(document: Any, *, indent: int, sort_keys: bool = False) -> str:
    """A document as JSON for standard output: characters that its encoding lacks are escaped as JSON escapes them."""
    text = json.dumps(document, indent=indent, sort_keys=sort_keys, ensure_ascii=False)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return json.dumps(document, indent=indent, sort_keys=sort_keys)
    return text


class Output:
    """A stream that may be lost; takes the place of `sys.stdout` and the like.

    Args:
        stream: where the text goes; None where the process has been started without one.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self.encoding, self.errors = getattr(stream, "encoding", None) or "utf-8", _ERRORS
        self.write_error: Exception | None = None
        """Why something could not be written."""
        self._pieces: queue.SimpleQueue[bytes | threading.Event] = queue.SimpleQueue()
        self._descriptor = _descriptor(stream)
        self._thread: threading.Thread | None = None

    def write(self, text: str) -> int:
        """Write a text; what would steer a terminal, and characters that the encoding lacks, are escaped."""
        length, text = len(text), texts.visible(text)
        if self._descriptor is not None:
            self._start()
            self._pieces.put(text.encode(self.encoding, _ERRORS))
        elif self._stream and not self.write_error:
            try:
                self._stream.write(text.encode(self.encoding, _ERRORS).decode(self.encoding))
            except (OSError, ValueError) as error:
                self.write_error = error
        return length

    def flush(self) -> None:
        """Nothing waits here: `drain` does."""

    def isatty(self) -> bool:
        with contextlib.suppress(OSError, ValueError):
            return bool(self._stream and self._stream.isatty())
        return False

    def fileno(self) -> int:
        """The stream's descriptor.

        Raises:
            OSError: it has none.
        """
        if self._descriptor is None:
            raise OSError("the stream has no descriptor")
        return self._descriptor

    @property
    def is_unicode(self) -> bool:
        """Whether the encoding has every character."""
        return self.encoding.lower().replace("-", "").replace("_", "").startswith("utf")

    def drain(self) -> None:
        """Wait until everything is written or lost."""
        if self._thread:
            written = threading.Event()
            self._pieces.put(written)
            written.wait()

    def restart(self) -> None:
        """Truncate a file; other kinds of output continue."""
        self.drain()
        if self._descriptor is not None:
            with contextlib.suppress(OSError):
                os.lseek(self._descriptor, 0, os.SEEK_SET)
                os.ftruncate(self._descriptor, 0)

    def _start(self) -> None:
        if self._thread is None:
            if self._stream:
                with contextlib.suppress(OSError, ValueError):
                    self._stream.flush()
            self._thread = threading.Thread(target=self._write_pieces, name="output", daemon=True)
            self._thread.start()

    def _write_pieces(self) -> None:
        """Write to the descriptor itself: a stream's own buffer would be locked for as long as its reader does not read."""
        while True:
            piece = self._pieces.get()
            if isinstance(piece, threading.Event):
                piece.set()
            elif not self.write_error and self._descriptor is not None:
                try:
                    _write_all(self._descriptor, piece)
                except OSError as error:
                    self.write_error = error


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        try:
            data = data[os.write(descriptor, data) :]
        except BlockingIOError:  # whoever made it left it so that writes do not wait
            select.select([], [descriptor], [])


def _descriptor(stream: Any) -> int | None:
    try:
        return int(stream.fileno())
    except (AttributeError, OSError, ValueError):
        return None
