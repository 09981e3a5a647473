"""The shape of a response: names of fields and types of values, but no values, so that it can be published."""

import json
import re
from typing import Any

_DEEPEST, _MOST_FIELDS = 2, 12
_LARGEST = 4 * 1024 * 1024
_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,39}")
_GUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


def describe_shape(body: bytes) -> str:
    """The shape of a response body, in one line."""
    if len(body) > _LARGEST:
        return "too large to be described"
    text = body.strip()
    if not text:
        return "empty"
    if text[:1] == b"<":
        return "an HTML or XML page"
    try:
        return _shape(json.loads(text), 0)
    except (ValueError, RecursionError):
        return "text that is not JSON"


def _shape(value: Any, depth: int) -> str:
    if isinstance(value, dict):
        return "{…}" if depth == _DEEPEST else _fields(value, depth)
    if isinstance(value, list):
        return f"[{len(value)} of {_shape(value[0], depth + 1)}]" if value else "[]"
    if isinstance(value, str):
        return "GUID" if _GUID.fullmatch(value) else "text" if value else "empty text"
    return {bool: "boolean", int: "whole number", float: "number", type(None): "null"}[type(value)]


def _fields(value: dict[str, Any], depth: int) -> str:
    shown = [
        f"{name if _FIELD.fullmatch(name) else '(a field)'}: {_shape(item, depth + 1)}"
        for name, item in list(value.items())[:_MOST_FIELDS]
    ]
    return f"{{{', '.join([*shown, *(['…'] if len(value) > _MOST_FIELDS else [])])}}}"
