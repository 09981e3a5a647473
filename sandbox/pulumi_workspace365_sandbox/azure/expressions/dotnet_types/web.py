"""`Uri`, `WebUtility`, `IPAddress`."""

import html
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any
from urllib.parse import quote, quote_plus, unquote, unquote_plus, urljoin, urlsplit

from pulumi_workspace365_sandbox.azure.expressions.dotnet_types.numbers import try_parse
from pulumi_workspace365_sandbox.azure.expressions.errors import DotNetException
from pulumi_workspace365_sandbox.azure.expressions.registry import define
from pulumi_workspace365_sandbox.azure.expressions.values import Array, ByteArray

_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21}


class Uri:
    """An absolute URI. Raises DotNetException."""

    kind = "Uri"

    def __init__(self, text: Any, relative: Any = None) -> None:
        base: Any = text.text if isinstance(text, Uri) else text
        if base is None:
            raise DotNetException("ArgumentNullException", "Value cannot be null. (Parameter 'uriString')")
        self.text: str = base if not isinstance(relative, str) else urljoin(base, relative)
        try:
            self.parts = urlsplit(self.text)
            self.port = self.parts.port or _PORTS.get(self.parts.scheme, -1)
        except ValueError:
            self.parts, self.port = urlsplit(""), -1
        if not self.parts.scheme or not self.parts.hostname:
            raise DotNetException("UriFormatException", "Invalid URI: The format of the URI could not be determined.")

    @property
    def path(self) -> str:
        return self.parts.path or "/"

    @property
    def query(self) -> str:
        return f"?{self.parts.query}" if self.parts.query else ""

    @property
    def authority(self) -> str:
        usual = self.port == _PORTS.get(self.parts.scheme, -1)
        return str(self.parts.hostname) if usual else f"{self.parts.hostname}:{self.port}"

    def shown(self) -> str:
        return f"{self.parts.scheme}://{self.authority}{self.path}{self.query}{f'#{self.parts.fragment}' if self.parts.fragment else ''}"

    def same_value(self, other: Any) -> bool:
        return isinstance(other, Uri) and self.shown() == other.shown()

    def left(self, part: Any) -> str:
        ends = {
            "Scheme": "",
            "Authority": self.authority,
            "Path": self.authority + self.path,
            "Query": self.authority + self.path + self.query,
        }
        return f"{self.parts.scheme}://{ends[part.name]}"

    def segments(self) -> Array:
        parts = self.path.split("/")
        return Array([f"{part}/" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else []), "string")


def _absolute(text: Any, *_: Any) -> bool:
    try:
        Uri(text)
    except DotNetException:
        return False
    return True


define(
    "Uri",
    makes=("Uri", Uri),
    members={
        "Scheme": ("string", lambda uri: uri.parts.scheme),
        "Host": ("string", lambda uri: uri.parts.hostname),
        "Port": ("int", lambda uri: uri.port),
        "AbsolutePath": ("string", lambda uri: uri.path),
        "LocalPath": ("string", lambda uri: unquote(uri.path)),
        "Query": ("string", lambda uri: uri.query),
        "Fragment": ("string", lambda uri: f"#{uri.parts.fragment}" if uri.parts.fragment else ""),
        "PathAndQuery": ("string", lambda uri: uri.path + uri.query),
        "AbsoluteUri": ("string", Uri.shown),
        "OriginalString": ("string", lambda uri: uri.text),
        "Authority": ("string", lambda uri: uri.authority),
        "Segments": ("string[]", Uri.segments),
        "IsDefaultPort": ("bool", lambda uri: uri.port == _PORTS.get(uri.parts.scheme, -1)),
        "IsAbsoluteUri": ("bool", lambda _: True),
    },
    methods={"GetLeftPart": ("string", Uri.left)},
    functions={
        "EscapeDataString": ("string", lambda text: quote(text, safe="-_.~")),
        "UnescapeDataString": ("string", unquote),
        "EscapeUriString": ("string", lambda text: quote(text, safe="-_.~!*'();:@&=+$,/?#[]%")),
        "IsWellFormedUriString": ("bool", _absolute),
        "TryCreate": ("bool", lambda text, _, out: try_parse(Uri, None)(text, out), "Uri"),
    },
)
define("UriKind", constants={name: ("UriKind", name) for name in ("Absolute", "Relative", "RelativeOrAbsolute")})
define(
    "WebUtility",
    functions={
        "UrlEncode": ("string", lambda text: quote_plus(text, safe="-_.!*()")),
        "UrlDecode": ("string", unquote_plus),
        "HtmlEncode": ("string", lambda text: html.escape(text).replace("&#x27;", "&#39;")),
        "HtmlDecode": ("string", html.unescape),
    },
)


def _address(text: Any) -> IPv4Address | IPv6Address:
    try:
        return ip_address(text if isinstance(text, str) else bytes(text))
    except (ValueError, TypeError):
        raise DotNetException("FormatException", "An invalid IP address was specified.") from None


class Address:
    """`IPAddress`."""

    kind = "IPAddress"

    def __init__(self, text: Any) -> None:
        self.address = _address(text)

    def shown(self) -> str:
        return str(self.address)

    def same_value(self, other: Any) -> bool:
        return isinstance(other, Address) and self.address == other.address

    def packed(self) -> ByteArray:
        return ByteArray(self.address.packed)


define(
    "IPAddress",
    makes=("IPAddress", Address),
    methods={"GetAddressBytes": ("byte[]", Address.packed)},
    functions={
        "Parse": ("IPAddress", Address),
        "TryParse": ("bool", try_parse(Address, None), "IPAddress"),
        "IsLoopback": ("bool", lambda one: one.address.is_loopback),
    },
)
