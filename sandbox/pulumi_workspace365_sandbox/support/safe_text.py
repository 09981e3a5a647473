"""Texts as people see them: nothing in them steers a terminal or a CI system. Names and outputs come from servers and files. Pure."""

import re
import unicodedata

_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""What Unicode takes for letters and signs, and nobody sees."""
_LOG_COMMAND = re.compile(r"##(?=\w*\[)|^[ \t]*::(?=[\w-][^:\n]*::)", re.MULTILINE)


def visible(text: str) -> str:
    r"""The text with an escape (``\u001b``) for each character that is not seen as itself; a JSON text says the same as before."""
    invisible = {
        ord(character): _escape(character) for character in set(text) if character not in "\n\t" and not _is_seen(character)
    }
    return _LOG_COMMAND.sub(lambda match: match[0][:-1] + _escape(match[0][-1]), text.translate(invisible))


def line(text: str) -> str:
    r"""As :func:`visible`, on one line: a line break in the text is shown as ``\n``."""
    return visible(text).replace("\n", "\\n")


def _is_seen(character: str) -> bool:
    return (character.isprintable() or unicodedata.category(character) == "Zs") and character not in _INVISIBLE


def _escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
