"""Normalises texts for comparison: undoes escapes, drops markup, and keeps only letters and digits.

A server that repeats a secret may write it in other letters, in HTML entities, percent-encoded or with line breaks in it. Two texts that say
the same are equal here. Each view of a text knows from where in the original a part of it came, so that it can be masked there.
"""

import base64
import contextlib
import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import partial

_ESCAPE = re.compile(
    r"""
      %[0-7][0-9A-Fa-f] | (?:%[89A-Fa-f][0-9A-Fa-f]){1,8}                                                     # percent-encoded ASCII, UTF-8
    | %[uU][0-9A-Fa-f]{4} | =[0-7][0-9A-F] | (?:=[89A-F][0-9A-F]){1,8}                                      # JavaScript's escape, MIME
    | &\#[0-9]{1,20};? | &\#[xX][0-9A-Fa-f]{1,20};? | &(?:amp|lt|gt|quot|nbsp|shy);? | &[A-Za-z][0-9A-Za-z]{1,31};  # HTML
    | \\u\{[0-9A-Fa-f]{1,6}\} | \\u[0-9A-Fa-f]{4} | \\U[0-9A-Fa-f]{8} | \\x[0-9A-Fa-f]{2} | \\[0-7]{3} | \\[nrtbfv"'\\/]  # JSON, C
    | _x[0-9A-Fa-f]{4}_ | U\+[0-9A-Fa-f]{4,6}\b | \b0[xX][0-9A-Fa-f]{2}\b                                    # names in XML, code points, bytes
    """,
    re.VERBOSE,
)
_MARKUP = re.compile(
    r"</?[A-Za-z][^<>]{0,256}>|<!--[^<>]{0,256}-->|<!\[CDATA\[|\]\]>|\x1b\[[0-?]{0,16}[ -/]{0,4}[@-~]"
)  # what a browser or a terminal does not show
_ENCODED = re.compile(r"(?:[0-9A-Fa-f]{2}[ :-]?){8,}|[A-Za-z0-9+/_-]{11,}={0,2}")  # hexadecimal, base64
_UNFINISHED = re.compile(r"(?:%|&\#?|\\|=|_x?)[0-9A-Za-z{]{0,20}\Z")  # of an escape whose end was cut off
_ESCAPES_BEGIN, _MARKUP_BEGINS = ("%", "&", "\\", "=", "_x", "U+", "0x", "0X"), ("<", "\x1b", "]]>")
_LETTERS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "v": "\v"}
_DROPPED = {code: None for code in range(128) if not chr(code).isalnum()}
_LARGEST_CACHE = 4096

_Places = tuple[list[int], list[int]]


class NormalizedView:
    """A text, possibly derived from another one; the origin of its characters is computed on demand."""

    def __init__(self, text: str, of: "NormalizedView | None" = None, places: Callable[[str], _Places] | None = None) -> None:
        self.text = text
        self._of = of
        self._trace = places
        self._places: _Places | None = None

    def span(self, first: int, last: int) -> tuple[int, int]:
        """The part of the original from which ``text[first:last]`` came; it is not empty."""
        if self._of is None or self._trace is None:
            return first, last
        if self._places is None:
            self._places = self._trace(self._of.text)
        starts, ends = self._places
        return self._of.span(starts[first], ends[last - 1])


def views(text: str, layers: int) -> Iterator[NormalizedView]:
    """The text, and its forms with up to ``layers`` levels of escapes decoded; each with and without its markup.

    The same again of what base64 and hexadecimal in it stand for, of which there may be two layers.
    """
    for view in _undone(NormalizedView(text), layers):
        yield view
        if decoded := _without(_ENCODED, view):
            yield from _undone(decoded, layers)
            if twice := _without(_ENCODED, decoded):
                yield from _undone(twice, layers)


def _undone(written: NormalizedView, layers: int) -> Iterator[NormalizedView]:
    shown = _without_markup(written)
    for view in (written, shown) if shown else (written,):
        yield view
        for deeper in _deeper(view, layers):
            yield deeper
            if without := _without_markup(deeper):
                yield without


def _deeper(view: NormalizedView, layers: int) -> Iterator[NormalizedView]:
    for _ in range(layers):
        if not any(sign in view.text for sign in _ESCAPES_BEGIN) or not (undone := _without(_ESCAPE, view)):
            return
        yield undone
        view = undone


def _without_markup(view: NormalizedView) -> NormalizedView | None:
    return _without(_MARKUP, view) if any(sign in view.text for sign in _MARKUP_BEGINS) else None


def without_unfinished(text: str) -> str:
    """The text without an escape at its end that a cut may have left in part."""
    return _UNFINISHED.sub("", text)


def normalized_view(view: NormalizedView) -> NormalizedView:
    """Letters and digits only, without case, marks, width or any other form of the same character."""
    return NormalizedView(normalize(view.text), view, _positions_of)


def normalize(text: str) -> str:
    """The text of :func:`normalized_view`."""
    if text.isascii():
        return text.lower().translate(_DROPPED)
    return "".join(map(_form, text))


def _positions_of(text: str) -> _Places:
    positions = [at for at, character in enumerate(text) for _ in _form(character)]
    return positions, [at + 1 for at in positions]


_forms: dict[str, str] = {}


def _form(character: str) -> str:
    """One character as :func:`normalize` has it: none, or one, or several (a ligature)."""
    form = _forms.get(character)
    if form is None:
        if len(_forms) >= _LARGEST_CACHE:
            _forms.clear()
        decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
        form = _forms[character] = "".join(part for part in decomposed if part.isalnum())
    return form


def _without(pattern: re.Pattern[str], view: NormalizedView) -> NormalizedView | None:
    """The view with what the pattern finds replaced by what it means; ``None`` where there is nothing of it."""
    text = pattern.sub(_meaning_of(pattern), view.text)
    return NormalizedView(text, view, partial(_replaced, pattern)) if text != view.text else None


def _meaning_of(pattern: re.Pattern[str]) -> Callable[[re.Match[str]], str]:
    return _decoded if pattern is _ENCODED else _meaning


def _replaced(pattern: re.Pattern[str], text: str) -> _Places:
    starts: list[int] = []
    ends: list[int] = []
    done, meaning = 0, _meaning_of(pattern)
    for found in pattern.finditer(text):
        first, last = found.span()
        size = len(meaning(found))
        starts += [*range(done, first), *[first] * size]
        ends += [*range(done + 1, first + 1), *[last] * size]
        done = last
    return [*starts, *range(done, len(text))], [*ends, *range(done + 1, len(text) + 1)]


def _meaning(found: re.Match[str]) -> str:
    """The characters that an escape encodes; markup encodes none."""
    escape = found[0]
    sign, second = escape[0], escape[1]
    if sign == "_" or (sign == "%" and second in "uU"):
        return _character(escape.strip("%_uUx"))
    if sign in "%=":
        return bytes.fromhex(escape.replace(sign, "")).decode("utf-8", "replace")
    if sign == "&":
        import html  # noqa: PLC0415  its table of names would be a tenth of what a program imports of this package

        return html.unescape(escape if escape[-1] == ";" else f"{escape};")
    if sign == "\\" and second in "uUx":
        return _character(escape[2:].strip("{}"))
    if sign == "\\":
        return chr(int(escape[1:], 8)) if second.isdigit() else _LETTERS.get(second, second)
    return _character(escape[2:]) if sign in "U0" else ""


def _decoded(found: re.Match[str]) -> str:
    """The text that hexadecimal or base64 encodes; any other text is returned unchanged."""
    text = found[0]
    for data in _bytes(text):
        for charset in ("utf-8", "utf-16-le"):
            with contextlib.suppress(UnicodeDecodeError):
                decoded = data.decode(charset)
                if decoded.isprintable() or all(part.isprintable() for part in decoded.split()):
                    return decoded
    return text


def _bytes(text: str) -> Iterator[bytes]:
    with contextlib.suppress(ValueError):
        yield bytes.fromhex(text.translate(_NO_SEPARATORS))
    text = text.rstrip("=")
    whole = text[: len(text) - (len(text) % 4 == 1)].translate(_OF_ADDRESSES)
    with contextlib.suppress(ValueError):  # hexadecimal with separators, which base64 does not have
        yield base64.b64decode(whole + "=" * (-len(whole) % 4))


_NO_SEPARATORS = {ord(sign): None for sign in " :-"}
_OF_ADDRESSES = str.maketrans("-_", "+/")


def _character(digits: str) -> str:
    code = int(digits, 16)
    return chr(code) if code <= 0x10FFFF else ""
