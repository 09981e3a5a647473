"""Texts that a server sends, made fit to be stored and sent on."""

import json
from typing import Any


def storable(text: str) -> str:
    r"""The text with each half of a surrogate pair as its escape (``\ud800``): JSON can hold one, UTF-8 and protobuf messages cannot."""
    return text.encode("utf-8", "backslashreplace").decode()


def of_json(value: Any) -> str | None:
    """The text that a JSON value stands for: a text is itself, ``null`` none, anything else its JSON."""
    if value is None or isinstance(value, str):
        return value
    return storable(json.dumps(value, ensure_ascii=False))
