"""Makes texts of servers, files and programs safe to store, send and print.

The one place that makes a text safe for a terminal or a log: control characters steer a terminal, marks of direction and characters without
width make a text look like another, and CI systems carry out what a line of a job's log says (``##vso[…]``, ``::add-mask::…``).
"""

import json
import re
import unicodedata
from collections.abc import Callable
from typing import Any

_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""What Unicode takes for letters and signs, and nobody sees."""
_JOB_COMMAND = re.compile(r"##(?=\w*\[)")
_STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_SPELLED = re.compile("␛([0-9a-f]{2,4});")
_LOG_COMMAND = re.compile(rf"{_JOB_COMMAND.pattern}|^[ \t]*::(?=[\w-][^:\n]*::)", re.MULTILINE)


def escape_surrogates(text: str) -> str:
    r"""The text with each half of a surrogate pair as its escape (``\ud800``): JSON can hold one, UTF-8 and protobuf messages cannot."""
    return text.encode("utf-8", "backslashreplace").decode()


def escape_controls(text: str) -> str:
    """The text with an escape (``␛1b;``) for each character that steers a terminal or turns the direction of writing.

    Names from servers are stored and displayed in this form, also by programs that print them unchanged; :func:`unescape_controls` reverses it.
    A text without such characters, or that is spelled already, stays as it is in every version of Unicode.
    """
    return _STEERING.sub(lambda found: f"␛{ord(found[0]):02x};", text)


def unescape_controls(text: str) -> str:
    """What the server calls it, from its spelling."""
    return _SPELLED.sub(lambda found: character if _STEERING.match(character := chr(int(found[1], 16))) else found[0], text)


def json_to_text(value: Any) -> str | None:
    """A JSON value as text: a text unchanged, ``null`` as the empty text, anything else as its JSON."""
    if value is None or isinstance(value, str):
        return value
    return escape_surrogates(json.dumps(value, ensure_ascii=False))


def one_line(text: str) -> str:
    """The text on one line, with a question mark for each character that is not seen as itself."""
    return _uncommanded(_replaced(" ".join(text.split()), "", lambda _: "?"))


def visible(text: str) -> str:
    r"""The text, line by line, with an escape (``\x1b``) for each character that is not seen as itself."""
    return _uncommanded(_replaced(text.replace("\r\n", "\n"), "\n\t", lambda character: ascii(character)[1:-1]))


def escaped_json(text: str) -> str:
    r"""A JSON text with JSON's own escape (``\u202e``) for each character in it that is not displayed as itself; the meaning is unchanged."""
    return _JOB_COMMAND.sub("#\\\\u0023", _replaced(text, "\n", _json_escape))


def _replaced(text: str, allowed: str, replacement: Callable[[str], str]) -> str:
    invisible = [item for item in set(text) if item not in allowed and not _is_seen(item)]
    return text.translate({ord(item): replacement(item) for item in invisible}) if invisible else text


def _is_seen(character: str) -> bool:
    return (character.isprintable() or unicodedata.category(character) == "Zs") and character not in _INVISIBLE


def _json_escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def _uncommanded(text: str) -> str:
    """What a CI system would take for a command has a question mark in it."""
    return _LOG_COMMAND.sub(lambda found: f"{found[0][:-1]}?", text)
