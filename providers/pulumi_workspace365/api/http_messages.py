"""Requests and header fields in the form of the library below."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit

import httpcore

from pulumi_workspace365.api.configuration import DEFAULT_PORTS

_DEFAULTS = {"Accept": "*/*", "User-Agent": "pulumi-workspace365"}
_IDENTITY = {"Accept-Encoding": "identity"}
_VISIBLE = "".join(map(chr, range(0x21, 0x7F)))
_IN_QUERY = _VISIBLE.translate(dict.fromkeys(map(ord, '"#<>')))
_IN_PATH = _IN_QUERY.translate(dict.fromkeys(map(ord, "?`{}")))


class Headers(Mapping[str, str]):
    """Header fields by name, in any case; several of one name are one, joined by commas."""

    def __init__(self, fields: Iterable[tuple[bytes, bytes]]) -> None:
        self._fields: dict[str, str] = {}
        for raw_name, raw_value in fields:
            name, value = _text(raw_name).lower(), _text(raw_value)
            self._fields[name] = f"{self._fields[name]}, {value}" if name in self._fields else value

    def __getitem__(self, name: str) -> str:
        return self._fields[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)


def build_request(method: str, url: str, headers: Mapping[str, str], body: bytes, extensions: dict[str, Any]) -> httpcore.Request:
    """A request as it is sent: with its host and the length of its body; an empty body is announced only if the caller does.

    Raises:
        ValueError: the address has no such port, or a name or value that is no ASCII.
    """
    parts = urlsplit(quote(url, safe=_VISIBLE))
    target = quote(_path(parts.path), safe=_IN_PATH) + (f"?{quote(parts.query, safe=_IN_QUERY)}" if parts.query else "")
    host = (parts.hostname or "").encode()
    address = httpcore.URL(scheme=parts.scheme.encode(), host=host, port=parts.port, target=target.encode())
    length = {"Content-Length": str(len(body))} if body else {}
    own = {"Host": _host(parts)} | _DEFAULTS | length
    merged = {name.lower(): (name, value) for group in (own, headers, _IDENTITY) for name, value in group.items()}
    fields = [(name.encode("ascii"), value.encode("ascii")) for name, value in merged.values()]
    return httpcore.Request(method, address, headers=fields, content=body, extensions=extensions)


def _host(parts: SplitResult) -> str:
    """The host as the server is told it: with its port, unless that is its scheme's."""
    host = parts.hostname or ""
    shown = f"[{host}]" if ":" in host else host
    return shown if parts.port in {None, DEFAULT_PORTS.get(parts.scheme)} else f"{shown}:{parts.port}"


def _path(path: str) -> str:
    """The path from the root, without segments that lead up or nowhere, as every client sends it."""
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[max(1, len(kept) - 1) :]  # but the root
        elif segment != ".":
            kept.append(segment)
    return "/".join(kept) or "/"


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
