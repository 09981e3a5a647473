"""Values of properties, and what changes of them, for people."""

import json
from typing import Any

_SIGNATURE = "4dabf18193072939515e22adb298388d"  # the key by which Pulumi marks special values in properties …
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # … and what it holds for a secret  # noqa: S105
SECRET = "[secret]"  # noqa: S105  no secret: what is shown in its place
"""Displayed in place of secret values."""
_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_LONGEST = 60


def describe(name: str, before: Any, after: Any) -> str:
    """`active: true → false`; the name alone where a value is long, secret, or the same."""
    old, new = (_short(to_display_value(value)) for value in (before, after))
    return f"{name}: {old} → {new}" if old and new and old != new else name


def to_display_value(value: Any) -> Any:
    """A value for people: secrets and what is not known yet are said to be so."""
    if value == _UNKNOWN:
        return "[unknown]"
    if isinstance(value, dict):
        return SECRET if value.get(_SIGNATURE) == _SECRET else {key: to_display_value(item) for key, item in value.items()}
    return [to_display_value(item) for item in value] if isinstance(value, list) else value


def _short(value: Any) -> str:
    """The value in JSON; empty where it is too long for a line that holds others too, or secret."""
    if value is None:
        return "(none)"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST and SECRET not in text else ""
