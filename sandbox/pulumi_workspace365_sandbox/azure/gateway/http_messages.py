"""HTTP/1.1 heads, read and written by hand: behind them the connection is the WebSockets', frame by frame."""

import json
from asyncio import IncompleteReadError, LimitOverrunError, StreamReader
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

_END = b"\r\n\r\n"


class BadHead(Exception):
    """What arrived is no HTTP/1.1 message."""


class Headers:
    """Header fields in their order; names are compared without case, and may be there more than once."""

    def __init__(self, fields: Iterable[tuple[str, str]] = ()) -> None:
        self._fields = list(fields)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._fields)

    def all(self, name: str) -> list[str]:
        return [value for field_name, value in self._fields if field_name.lower() == name.lower()]

    def get(self, name: str, default: str = "") -> str:
        values = self.all(name)
        return ",".join(values) if values else default

    def delete(self, *names: str) -> None:
        folded = {name.lower() for name in names}
        self._fields = [item for item in self._fields if item[0].lower() not in folded]

    def add(self, name: str, value: str) -> None:
        self._fields.append((name, value))

    def grouped(self) -> dict[str, list[str]]:
        return {name: self.all(name) for name, _ in self._fields}


@dataclass
class HttpResponse:
    """An answer to a handshake; 101 opens it."""

    status: int = 200
    reason: str = ""
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""

    @property
    def phrase(self) -> str:
        """The reason, or what stands for the status."""
        return self.reason or _phrase(self.status)

    def encode(self) -> bytes:
        fields = Headers(self.headers)
        if self.status != 101:
            fields.delete("Content-Length", "Connection")
            fields.add("Content-Length", str(len(self.body)))
            fields.add("Connection", "close")
        lines = [f"HTTP/1.1 {self.status} {self.phrase}", *(f"{name}: {value}" for name, value in fields)]
        return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + self.body


@dataclass(frozen=True)
class Head:
    """The first line's three parts, and the headers."""

    line: tuple[str, str, str]
    headers: Headers


def error(status: int, message: str, **headers: str) -> HttpResponse:
    """A refusal with the body that API Management gives one."""
    fields = [("Content-Type", "application/json"), *((name.replace("_", "-"), value) for name, value in headers.items())]
    return HttpResponse(status, headers=Headers(fields), body=json_body({"statusCode": status, "message": message}))


def json_body(value: Any) -> bytes:
    return json.dumps(value).encode()


async def read_head(reader: StreamReader) -> Head | None:
    """The next message's head; None when the connection ended before one. Raises BadHead."""
    try:
        block = await reader.readuntil(_END)
    except IncompleteReadError as ended:
        if ended.partial:
            raise BadHead("the connection ended within the head") from None
        return None
    except (LimitOverrunError, ConnectionError):
        raise BadHead("the head is too long") from None
    first, *lines = block.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    parts = first.split(" ", 2)
    if len(parts) < 3:
        raise BadHead(f"'{first:.80}' is not a request or status line")
    return Head((parts[0], parts[1], parts[2]), Headers(_field(line) for line in lines))


def _field(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon or not name or name != name.strip():
        raise BadHead(f"'{line:.80}' is not a header")
    return name, value.strip()


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
