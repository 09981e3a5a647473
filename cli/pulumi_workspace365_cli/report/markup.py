"""Texts as HTML: escaped, and with the places where an address or a path may be broken."""

import re
from html import escape

_LONG = re.compile(r"\S{21,}")  # what is shorter has room in every column
_SEPARATORS = re.compile(r"(?<=\w)[/.\-:&?=]+(?=[\w%])")
_NUMBER = re.compile(r"\d[.:\-]\d")  # of a time, a duration or an IP address: not broken
_TOKEN = re.compile(r"[^\s<>&;]{41,}")  # such as a hash: it is broken anywhere where it has no room


def text(value: str) -> str:
    """A text, escaped; a browser may break its addresses behind their separators, and not within words."""
    words = re.split(r"(\s+)", value)
    return "".join(_breakable(word) if _LONG.fullmatch(word) else escape(word) for word in words)


def _breakable(word: str) -> str:
    found = _SEPARATORS.finditer(word)
    ends = [one.end() for one in found if not _NUMBER.fullmatch(word, one.start() - 1, one.end() + 1)]
    parts = (word[start:end] for start, end in zip([0, *ends], [*ends, len(word)], strict=True))
    return "<wbr>".join(_TOKEN.sub(r'<span class="token">\g<0></span>', escape(part)) for part in parts)
