"""The one place that keeps secrets out of texts: logs, exceptions, reports.

Whatever handles a secret registers it; whatever writes a text passes it through :func:`redact`.
"""

import json
import threading
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "[secret]"
_SHORTEST = 4  # a shorter text would mask half of every sentence

_lock = threading.Lock()
_registered: set[str] = set()
_known: set[str] = set()
_longest_first: tuple[str, ...] = ()


def register(*secrets: str | None) -> None:
    """Remember secrets, in every spelling in which they travel (plain, JSON, URL), for the rest of the process."""
    global _longest_first  # noqa: PLW0603  one registry per process is the point
    new = {secret for secret in secrets if secret and len(secret) >= _SHORTEST} - _registered
    if new:
        with _lock:
            _known.update(form for secret in new for form in _spellings(secret))
            _longest_first = tuple(sorted(_known, key=len, reverse=True))
            _registered.update(new)


def redact(text: str) -> str:
    """The text with every registered secret replaced by ``[secret]``."""
    for secret in _longest_first:
        if secret in text:
            text = text.replace(secret, MASK)
    return text


def one_line(text: str) -> str:
    """The text without line breaks and anything else that a terminal or a log would obey."""
    return "".join(character if character.isprintable() else "?" for character in " ".join(text.split()))


def hide(body: bytes, document: Any) -> bytes:
    """The answer with every text that stands somewhere in a confidential JSON document replaced by ``[secret]``."""
    for text in sorted({text for text in _texts(document) if len(text) >= _SHORTEST}, key=len, reverse=True):
        for form in _spellings(text):
            body = body.replace(form.encode("utf-8", "surrogatepass"), MASK.encode())
    return body


def _texts(document: Any) -> Iterator[str]:
    if isinstance(document, str):
        yield document
    elif isinstance(document, Mapping | list):
        for item in document.values() if isinstance(document, Mapping) else document:
            yield from _texts(item)


def _spellings(secret: str) -> set[str]:
    return {
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        quote(secret, safe=""),
        quote_plus(secret),
    }
