"""JSON Web Tokens, read strictly: every member that the gateway knows has the type that RFC 7515 and RFC 7519 give it, or the token is none."""

import base64
import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_LONGEST = 16 * 1024
_DEEPEST = 16
_LAST_SECOND = 253_402_300_799  # of the year 9999, the last that .NET has
_SEGMENT = re.compile(r"[A-Za-z0-9_-]+")


class MalformedToken(Exception):
    """A text is no token."""


@dataclass(frozen=True)
class WebToken:
    """A token whose signature nobody has looked at yet."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]


def read(text: str) -> WebToken:
    """Raises MalformedToken."""
    segments = text.split(".")
    if len(text) > _LONGEST or len(segments) != 3:
        raise MalformedToken("it does not have three parts, or is too long")
    header, claims = _object(segments[0], "header"), _object(segments[1], "payload")
    if segments[2]:
        _decoded(segments[2])
    _typed(header, _HEADER)
    _typed(claims, _CLAIMS)
    if "alg" not in header or "crit" in header:
        raise MalformedToken("its header has no algorithm, or an extension that is not known here")
    return WebToken(header, claims)


def _decoded(segment: str) -> bytes:
    if not _SEGMENT.fullmatch(segment) or len(segment) % 4 == 1:
        raise MalformedToken("a part of it is not base64url")
    return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


def _object(segment: str, name: str) -> dict[str, Any]:
    try:
        document = json.loads(
            _decoded(segment).decode(),
            object_pairs_hook=_unique,
            parse_constant=_no_number,
            parse_float=_number,
            parse_int=_integer,
        )
        _shallow(document, _DEEPEST)
    except (ValueError, RecursionError):
        raise MalformedToken(f"its {name} is not JSON") from None
    if not isinstance(document, dict):
        raise MalformedToken(f"its {name} is not an object")
    return document


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    unique = dict(pairs)
    if len(unique) != len(pairs):
        raise ValueError("a name is used twice")
    return unique


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number


def _integer(text: str) -> int | float:
    return int(text) if len(text) < 20 else _number(text)


def _shallow(value: Any, left: int) -> None:
    """Raises ValueError for what is nested too deeply, or holds half a character."""
    if left == 0:
        raise ValueError("it is nested too deeply")
    if isinstance(value, str):
        value.encode()
    elif isinstance(value, dict):
        for name, item in value.items():
            name.encode()
            _shallow(item, left - 1)
    elif isinstance(value, list):
        for item in value:
            _shallow(item, left - 1)


def _typed(members: Mapping[str, Any], types: Mapping[str, Callable[[Any], bool]]) -> None:
    for name, fits in types.items():
        if name in members and not fits(members[name]):
            raise MalformedToken(f"'{name}' is of a wrong type")


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _texts(value: Any) -> bool:
    return _text(value) or (isinstance(value, list) and all(_text(item) for item in value))


def _date(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _LAST_SECOND


_HEADER = {"alg": _text, "kid": _text, "typ": _text, "cty": _text}
_CLAIMS = {
    **dict.fromkeys(("iss", "sub", "jti"), _text),
    **dict.fromkeys(("exp", "nbf", "iat"), _date),
    "aud": _texts,
}
