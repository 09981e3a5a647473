"""Files that people and backends give the engine: read without hanging, up to a limit, as text in UTF-8 or as JSON.

What a folder holds must be a regular file or a link to one. A file that a person names may be a pipe, which is read as long as something
writes to it, and for a limited time.
"""

import codecs
import json
import math
import os
import select
import stat
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from pulumi_embedded_engine.errors import EngineError

_MIB = 1024 * 1024
SETTINGS_BYTES = 4 * _MIB
DOCUMENT_BYTES = 512 * _MIB
"""The largest deployment, compressed or not."""
SECRET_BYTES = 64 * 1024
DEEPEST = 200
"""How deep JSON may be: more cannot arrive from a program or a provider, whose messages protobuf limits."""

_NESTING = (dict, list)
_LONGEST_NUMBER = 300  # digits; a larger number is none that Go has
_CHUNK = _MIB
_WRITER_SECONDS = 1.0  # for somebody to open a named pipe for writing
_SILENT_SECONDS = 600.0  # of a pipe that somebody holds open
_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
_OPENING = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)


class FileError(EngineError):
    """A file cannot be used; ``reason`` is a clause without its name, ``line`` counts from 1 where it is known."""

    def __init__(self, source: str, reason: str, line: int | None = None) -> None:
        super().__init__(f"{source}{f':{line}' if line else ''}: {reason}")
        self.source, self.reason, self.line = source, reason, line


def read_regular_file(path: Path, *, largest: int = SETTINGS_BYTES) -> bytes:
    """The content of a file that a folder holds: a regular one, or a link to one.

    Raises:
        FileError: it cannot be read, is no regular file or has more bytes.
    """
    return _read(path, largest, pipes=False)


def read_user_file(path: Path, *, largest: int = SETTINGS_BYTES) -> bytes:
    """The content of a file that a person names, as of `read_regular_file`; it may be a pipe."""
    return _read(path, largest, pipes=True)


def read_stream(stream: BinaryIO, source: str, *, largest: int = DOCUMENT_BYTES) -> bytes:
    """What arrives until the end of a stream.

    Raises:
        FileError: it cannot be read, or has more bytes.
    """
    try:
        return _bounded(stream.read(largest + 1), largest, source)
    except OSError as error:
        raise FileError(source, f"cannot be read: {error.strerror}") from error


def decompress(data: bytes, source: str, *, largest: int = DOCUMENT_BYTES) -> bytes:
    """What gzip has packed.

    Raises:
        FileError: it is damaged, torn off, or has more bytes.
    """
    result: list[bytes] = []
    size = 0
    try:
        while data:
            unpacking = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
            result.append(unpacking.decompress(data, largest + 1 - size))
            size += len(result[-1])
            _refuse_larger(size, largest, source)
            if not unpacking.eof:
                raise FileError(source, "the compressed content is torn off")
            data = unpacking.unused_data.lstrip(b"\0")  # padding is allowed, another member follows
    except zlib.error as error:
        raise FileError(source, f"the compressed content is damaged ({error})") from error
    if not size:
        raise FileError(source, "it is empty")
    return b"".join(result)


def decode_text(data: bytes, source: str) -> str:
    """The text of a file in UTF-8, with or without its mark.

    Raises:
        FileError: it is no such text; with the line.
    """
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise FileError(source, "it is not UTF-8 text", data.count(b"\n", 0, error.start) + 1) from error


def decode_yaml_text(data: bytes, source: str) -> str:
    """The text of a YAML file, in UTF-8, or in UTF-16 with a byte order mark.

    Raises:
        FileError: it is no such text.
    """
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if data.startswith(mark):
            try:
                return data.removeprefix(mark).decode(encoding)
            except UnicodeDecodeError as error:
                raise FileError(source, "it is no text in UTF-16, which its first two bytes announce") from error
    return decode_text(data, source)


def parse_json(written: bytes | str, source: str) -> Any:
    """The value of a JSON text.

    Raises:
        FileError: it is not UTF-8 text, no JSON, a name stands twice in an object, a number is none that Go has, or it is too deep.
    """
    text = written if isinstance(written, str) else decode_text(written, source)
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise FileError(source, f"it is not JSON: {error.msg}, column {error.colno}", error.lineno) from error
    except ValueError as error:
        raise FileError(source, f"it is not JSON that can be used: {error}") from error
    except RecursionError as error:
        raise FileError(source, f"it is nested more than {DEEPEST} levels deep") from error
    if text.count("{") + text.count("[") > DEEPEST and not is_shallow(value):
        raise FileError(source, f"it is nested more than {DEEPEST} levels deep")
    return value


def is_shallow(value: Any) -> bool:
    """Whether lists and objects within each other end before the limit."""
    inner = [value]
    for _ in range(DEEPEST + 1):
        inner = [
            item
            for outer in inner
            for item in (outer.values() if isinstance(outer, dict) else outer if isinstance(outer, list) else ())
            if isinstance(item, _NESTING)
        ]
        if not inner:
            return True
    return False


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    unique = dict(pairs)
    if len(unique) < len(pairs):
        twin = next(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
        raise ValueError(f"the name {twin!r:.80} is given twice in one object")
    return unique


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a JSON number")


def _whole(digits: str) -> int:
    if len(digits) > _LONGEST_NUMBER:
        raise ValueError(f"a number has {len(digits)} digits")
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant, parse_int=_whole, parse_float=_finite)


def _read(path: Path, largest: int, *, pipes: bool) -> bytes:
    source = str(path)
    try:
        _refuse_kind(path.stat().st_mode, source, pipes=pipes)  # before opening: to open a device may do something
        descriptor = os.open(path, _OPENING)
        try:
            mode = os.fstat(descriptor).st_mode
            _refuse_kind(mode, source, pipes=pipes)
            chunks = _chunks(descriptor, largest + 1, source, is_pipe=not stat.S_ISREG(mode))
            return _bounded(b"".join(chunks), largest, source)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise FileError(source, f"cannot be read: {error.strerror}") from error
    except ValueError as error:  # a NUL in the name, or a character that names cannot have here
        raise FileError(source, "cannot be read: no file has such a name") from error


def _refuse_kind(mode: int, source: str, *, pipes: bool) -> None:
    if not (stat.S_ISREG(mode) or (pipes and stat.S_ISFIFO(mode))):
        raise FileError(source, f"it is {_KINDS.get(stat.S_IFMT(mode), 'something else')}, where a file is expected")


def _chunks(descriptor: int, most: int, source: str, *, is_pipe: bool) -> Iterator[bytes]:
    """What the descriptor gives, never more than so many bytes."""
    has_writer = not is_pipe
    while most > 0:
        try:
            chunk = os.read(descriptor, min(_CHUNK, most))
        except BlockingIOError:
            has_writer = True
            if not _is_ready(descriptor, _SILENT_SECONDS):
                raise FileError(source, f"nothing was written to this pipe for {_SILENT_SECONDS:g} seconds") from None
            continue
        if not chunk and has_writer:
            return
        if not chunk and not _is_ready(descriptor, _WRITER_SECONDS):
            raise FileError(source, "no process writes to this pipe")
        has_writer = True
        most -= len(chunk)
        yield chunk


def _is_ready(descriptor: int, seconds: float) -> bool:
    ends = time.monotonic() + seconds
    while (left := ends - time.monotonic()) > 0:
        if select.select([descriptor], [], [], left)[0]:
            return True
    return False


def _bounded(data: bytes, largest: int, source: str) -> bytes:
    _refuse_larger(len(data), largest, source)
    return data


def _refuse_larger(size: int, largest: int, source: str) -> None:
    if size > largest:
        limit = f"{largest // _MIB} MiB" if largest >= _MIB else f"{largest // 1024} KiB"
        raise FileError(source, f"it is larger than {limit}")
