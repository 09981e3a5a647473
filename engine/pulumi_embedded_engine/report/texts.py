"""What differs between two texts, so that a change of a long one can be seen. Pure."""

import difflib
from collections.abc import Iterator

_CONTEXT = 2
"""Unchanged lines around a change, as the CLI shows them."""
_LONGEST = 200
_AROUND = 40


def line_diff(old: str, new: str) -> Iterator[str]:
    """The lines that go and come, each after its sign, with two unchanged ones around them; `...` stands for the others."""
    before, after = old.split("\n"), new.split("\n")
    end = 0
    for group in difflib.SequenceMatcher(None, before, after, autojunk=False).get_grouped_opcodes(_CONTEXT):
        if group[0][1] > end:
            yield "  ..."
        for tag, start, stop, other_start, other_stop in group:
            if tag == "equal":
                yield from (f"  {_visible(line)}" for line in before[start:stop])
            else:
                yield from (f"- {_visible(line)}" for line in before[start:stop])
                yield from (f"+ {_visible(line)}" for line in after[other_start:other_stop])
        end = group[-1][2]
    if end < len(before):
        yield "  ..."


def _visible(line: str) -> str:
    return "".join(letter if letter.isprintable() or letter == "\t" else repr(letter)[1:-1] for letter in line)


def shortened(text: str) -> str:
    """The start of a text that is too long to show."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def around_difference(old: str, new: str) -> tuple[str, str]:
    """Both texts; where they are long, from shortly before to shortly after the place where they differ."""
    if max(len(old), len(new)) <= _LONGEST or old == new:
        return shortened(old), shortened(new)
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
