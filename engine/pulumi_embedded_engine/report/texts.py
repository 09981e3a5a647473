"""Texts for display: free of terminal and CI control sequences, and shortened so that changes stay visible. Pure.

Control characters steer a terminal, marks of direction and characters without width make a text look like another, and CI systems
carry out what a line of a job's log says (``##vso[…]``, ``::add-mask::…``). Names and outputs come from servers.
"""

import difflib
import re
import unicodedata
from collections.abc import Iterator

_CONTEXT = 2
"""Unchanged lines around a change, as the CLI shows them."""
_LONGEST = 200
_AROUND = 40
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""What Unicode takes for letters and signs, and nobody sees."""
_LOG_COMMAND = re.compile(r"##(?=\w*\[)|^[ \t]*::(?=[\w-][^:\n]*::)", re.MULTILINE)


def line_diff(old: str, new: str) -> Iterator[str]:
    """The removed and added lines, each after its sign, with two unchanged lines around them; `...` replaces the others."""
    before, after = old.split("\n"), new.split("\n")
    end = 0
    for group in difflib.SequenceMatcher(None, before, after, autojunk=False).get_grouped_opcodes(_CONTEXT):
        if group[0][1] > end:
            yield "  ..."
        for tag, start, stop, other_start, other_stop in group:
            if tag == "equal":
                yield from (f"  {line(row)}" for row in before[start:stop])
            else:
                yield from (f"- {line(row)}" for row in before[start:stop])
                yield from (f"+ {line(row)}" for row in after[other_start:other_stop])
        end = group[-1][2]
    if end < len(before):
        yield "  ..."


def visible(text: str) -> str:
    r"""The text with an escape (``\u001b``) for each character that is not displayed as itself; a JSON text keeps its meaning."""
    invisible = [letter for letter in set(text) if letter not in "\n\t" and not _is_seen(letter)]
    lines = text.split("\r\n") if "\r" in invisible else [text]
    plain = (
        "\r\n".join(part.translate({ord(letter): _escape(letter) for letter in invisible}) for part in lines)
        if invisible
        else text
    )
    return _LOG_COMMAND.sub(lambda found: found[0][:-1] + _escape(found[0][-1]), plain)


def line(text: str) -> str:
    r"""As `visible`, on one line: a line break in the text is shown as ``\n``."""
    return visible(text.replace("\r\n", "\n").replace("\n", "\\n"))


def _is_seen(letter: str) -> bool:
    return (letter.isprintable() or unicodedata.category(letter) == "Zs") and letter not in _INVISIBLE


def _escape(letter: str) -> str:
    if letter == "\r":
        return "\\r"
    units = letter.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def shorten(text: str) -> str:
    """The start of a text that is too long to show."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def excerpt_around_difference(old: str, new: str) -> tuple[str, str]:
    """Both texts; where they are long, from shortly before to shortly after the place where they differ."""
    if max(len(old), len(new)) <= _LONGEST or old == new:
        return shorten(old), shorten(new)
    same = _common(old, new)
    tail = _common(old[same:][::-1], new[same:][::-1])
    return _excerpt(old, same, len(old) - tail), _excerpt(new, same, len(new) - tail)


def _common(text: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    return next((at for at, (one, two) in enumerate(zip(text, other, strict=False)) if one != two), min(len(text), len(other)))


def _excerpt(text: str, start: int, end: int) -> str:
    first, last = max(start - _AROUND, 0), min(end + _AROUND, start - _AROUND + _LONGEST, len(text))
    first, last = (0 if first <= _AROUND else first), (len(text) if len(text) - last <= _AROUND else last)
    return f"{'…' if first else ''}{text[first:last]}{'…' if last < len(text) else ''}"
