"""What expressions may touch: the members of `context`, of strings, of collections and of tokens, each by its name."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.azure.policy import web_token
from sandbox.azure.policy.lexer import ExpressionError


@dataclass(frozen=True)
class Thing:
    """An object of the policy language: its members, and its methods."""

    name: str
    members: Mapping[str, Any] = field(default_factory=dict)
    methods: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    index: Callable[[Any], Any] | None = None

    def __str__(self) -> str:
        return self.name


def lookup(name: str, values: Mapping[str, Any], *, joined: bool = False) -> Thing:
    """A dictionary: `GetValueOrDefault`, `ContainsKey`, `[…]`. With `joined`, values are lists that read as one text."""

    def shown(value: Any) -> Any:
        return ",".join(value) if joined else value

    def indexed(key: Any) -> Any:
        if key not in values:
            raise ExpressionError(f"The given key '{key}' was not present in {name}")
        return values[key]

    def found(key: Any, default: Any = None) -> Any:
        return shown(values[key]) if key in values else default

    methods: dict[str, Callable[..., Any]] = {"GetValueOrDefault": found, "ContainsKey": lambda key: key in values}
    return Thing(name, {"Count": len(values)}, methods, indexed)


def token_thing(claims: Mapping[str, Any]) -> Thing:
    """A `Jwt`."""
    audiences = claims.get("aud", [])
    listed = {
        name: [str(item) for item in value] if isinstance(value, list) else [_text(value)] for name, value in claims.items()
    }
    members = {
        "Claims": lookup("Claims", listed, joined=True),
        "Subject": claims.get("sub"),
        "Issuer": claims.get("iss"),
        "Id": claims.get("jti"),
        "Audiences": audiences if isinstance(audiences, list) else [audiences],
    }
    return Thing("Jwt", members)


def _as_jwt(text: str) -> Thing | None:
    try:
        return token_thing(web_token.read(text.rpartition(" ")[2]).claims)
    except web_token.Malformed:
        return None


def _folded(text: str, comparison: Any) -> str:
    return text.casefold() if comparison == "OrdinalIgnoreCase" else text


_STRING: dict[str, Callable[..., Any]] = {
    "Contains": lambda text, part, how=None: _folded(part, how) in _folded(text, how),
    "StartsWith": lambda text, part, how=None: _folded(text, how).startswith(_folded(part, how)),
    "EndsWith": lambda text, part, how=None: _folded(text, how).endswith(_folded(part, how)),
    "Equals": lambda text, other, how=None: other is not None and _folded(text, how) == _folded(other, how),
    "ToLower": str.lower,
    "ToUpper": str.upper,
    "ToLowerInvariant": str.lower,
    "ToUpperInvariant": str.upper,
    "Trim": str.strip,
    "Replace": str.replace,
    "Split": lambda text, separator: text.split(separator),
    "Substring": lambda text, start, length=None: text[start:] if length is None else text[start : start + length],
    "IndexOf": str.find,
    "AsJwt": _as_jwt,
}
_LIST: dict[str, Callable[..., Any]] = {
    "Contains": lambda items, item: item in items,
    "First": lambda items: items[0],
    "FirstOrDefault": lambda items: items[0] if items else None,
}
_STATIC: dict[tuple[str, str], Callable[..., Any]] = {
    ("string", "IsNullOrEmpty"): lambda text: not text,
    ("string", "IsNullOrWhiteSpace"): lambda text: not (text or "").strip(),
    ("string", "Equals"): lambda one, other, how=None: one == other or _folded(one, how) == _folded(other, how),
    ("int", "Parse"): int,
    ("bool", "Parse"): lambda text: text.lower() == "true",
}
CONSTANTS = {
    ("StringComparison", "Ordinal"): "Ordinal",
    ("StringComparison", "OrdinalIgnoreCase"): "OrdinalIgnoreCase",
    ("StringComparison", "InvariantCultureIgnoreCase"): "OrdinalIgnoreCase",
    ("string", "Empty"): "",
}
STATIC_TYPES = {"string", "String", "int", "bool", "StringComparison"}
KNOWN_METHODS = {*_STRING, *_LIST, "GetValueOrDefault", "ContainsKey", "ToString"}
KNOWN_MEMBERS = {
    *("Request", "Response", "Subscription", "Api", "Operation", "Product", "Deployment", "Variables", "RequestId", "LastError"),
    *("Headers", "Url", "Query", "QueryString", "Path", "Host", "Scheme", "Port", "Method", "IpAddress", "OriginalUrl"),
    *(
        "Id",
        "Key",
        "Name",
        "PrimaryKey",
        "SecondaryKey",
        "Region",
        "ServiceName",
        "StatusCode",
        "StatusReason",
        "Revision",
        "Version",
    ),
    *(
        "Source",
        "Reason",
        "Message",
        "Scope",
        "Section",
        "PolicyId",
        "Claims",
        "Subject",
        "Issuer",
        "Audiences",
        "Length",
        "Count",
    ),
}


def member(value: Any, name: str) -> Any:
    if isinstance(value, Thing) and name in value.members:
        return value.members[name]
    if isinstance(value, str | list) and name in {"Length", "Count"}:
        return len(value)
    if value is None:
        raise ExpressionError(f"Object reference not set to an instance of an object: .{name}")
    raise ExpressionError(f"'{value}' has no member '{name}' here")


def method(value: Any, name: str, arguments: Sequence[Any]) -> Any:
    if value is None:
        raise ExpressionError(f"Object reference not set to an instance of an object: .{name}()")
    if name == "ToString":
        return _text(value)
    known = value.methods if isinstance(value, Thing) else _STRING if isinstance(value, str) else _LIST
    if name not in known:
        raise ExpressionError(f"'{name}' is no method that this gateway knows on '{value}'")
    try:
        return known[name](*arguments) if isinstance(value, Thing) else known[name](value, *arguments)
    except (TypeError, IndexError) as error:
        raise ExpressionError(f"{name}: {error}") from None


def static(type_: str, name: str, arguments: Sequence[Any]) -> Any:
    known = _STATIC.get((type_.lower(), name))
    if known is None:
        raise ExpressionError(f"'{type_}.{name}' is no method that this gateway knows")
    try:
        return known(*arguments)
    except (TypeError, ValueError, AttributeError) as error:
        raise ExpressionError(f"{type_}.{name}: {error}") from None


def is_static(type_: str, name: str) -> bool:
    return (type_.lower(), name) in _STATIC


def indexed(value: Any, key: Any) -> Any:
    if isinstance(value, Thing) and value.index:
        return value.index(key)
    try:
        return value[key]
    except (TypeError, IndexError, KeyError) as error:
        raise ExpressionError(f"cannot take [{key}] of '{value}': {error}") from None


def _text(value: Any) -> str:
    return {True: "True", False: "False"}[value] if isinstance(value, bool) else "" if value is None else str(value)


text = _text
