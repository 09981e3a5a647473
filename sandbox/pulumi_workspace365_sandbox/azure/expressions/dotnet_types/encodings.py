"""`Encoding`, and the one culture."""

from typing import Any

from pulumi_workspace365_sandbox.azure.expressions.errors import DotNetException, ExpressionError
from pulumi_workspace365_sandbox.azure.expressions.registry import define
from pulumi_workspace365_sandbox.azure.expressions.values import Array, ByteArray, Char, ObjectValue


class Encoding:
    """`Encoding`."""

    kind = "Encoding"

    def __init__(self, codec: str) -> None:
        self.codec = codec

    def encode(self, text: Any) -> ByteArray:
        return ByteArray(("".join(text) if isinstance(text, list) else text).encode(self.codec, "replace"))

    def decode(self, data: Any, start: int = 0, count: int | None = None) -> str:
        if data is None:
            raise DotNetException("ArgumentNullException", "Array cannot be null. (Parameter 'bytes')")
        return bytes(data[start:] if count is None else data[start : start + count]).decode(self.codec, "replace")


_ENCODINGS = {
    "UTF8": "utf-8",
    "ASCII": "ascii",
    "Unicode": "utf-16-le",
    "BigEndianUnicode": "utf-16-be",
    "UTF32": "utf-32-le",
    "Default": "utf-8",
}


def _named(name: str) -> Encoding:
    codecs = {
        "utf-8": "utf-8",
        "us-ascii": "ascii",
        "ascii": "ascii",
        "iso-8859-1": "latin-1",
        "utf-16": "utf-16-le",
        "windows-1252": "cp1252",
    }
    if str(name).lower() not in codecs:
        raise DotNetException("ArgumentException", f"'{name}' is not a supported encoding name.")
    return Encoding(codecs[name.lower()])


define(
    "Encoding",
    constants={name: ("Encoding", Encoding(codec)) for name, codec in _ENCODINGS.items()},
    functions={"GetEncoding": ("Encoding", _named)},
    methods={
        "GetBytes": ("byte[]", Encoding.encode),
        "GetString": ("string", Encoding.decode),
        "GetByteCount": ("int", lambda encoding, text: len(encoding.encode(text))),
        "GetChars": ("char[]", lambda encoding, data: Array(map(Char, encoding.decode(data)), "char")),
    },
)


def _no_culture(name: str) -> ObjectValue:
    raise ExpressionError(f"the culture '{name}' cannot run here: there is the invariant one only")


define(
    "CultureInfo", constants={"InvariantCulture": ("CultureInfo", ObjectValue("CultureInfo"))}, makes=("CultureInfo", _no_culture)
)
