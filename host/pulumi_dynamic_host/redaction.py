"""The one place that keeps secrets out of texts: logs, exceptions, reports.

Whatever handles a secret registers it; whatever writes a text passes it through :func:`redact`. A secret is found however it is spelled:
in another case, escaped for JSON, HTML or an address, in base64 or hexadecimal, backwards, broken by line ends or invisible characters. Of a
key a long part is enough: one line of several, or what a server leaves of it.
"""

import base64
import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pulumi_dynamic_host import text_normalization
from pulumi_dynamic_host.text_normalization import NormalizedView

MASK = "[secret]"
_SHORTEST = 4  # a shorter text would mask half of every sentence
_SHORTEST_MIXED, _SHORTEST_FOLDED = 6, 8
"""Letters and digits that are enough to recognise a secret by, whatever stands between them: with digits among them, and without."""
_SHORTEST_PART, _LONGEST_PART = 14, 24
"""Letters and digits that are a part of a key: half of it, but no fewer and no more than these."""
_LONGEST_DIVIDED = 16 * 1024
_LAYERS = 3
"""Escapes of escapes are undone so many times."""


class _Index:
    """Texts to look for, by their first characters: a look-up takes as long for a hundred thousand as for ten."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._by_start: dict[str, tuple[tuple[int, ...], dict[int, set[str]]]] = {}

    def add(self, text: str) -> None:
        """Add a text of at least the width."""
        start = text[: self._width]
        lengths, by_length = self._by_start.get(start, ((), {}))
        by_length.setdefault(len(text), set()).add(text)
        if len(by_length) > len(lengths):
            self._by_start[start] = (tuple(sorted(by_length, reverse=True)), by_length)

    def beginning(self, view: NormalizedView) -> Iterator[tuple[int, int]]:
        """Where the view ends with the beginning of a text, as a place in the original."""
        text, by_start = view.text, self._by_start
        longest = max((lengths[0] for lengths, _ in by_start.values()), default=0)
        for at in range(max(0, len(text) - longest), len(text)):
            start, left = text[at : at + self._width], len(text) - at
            starts = [start] if left >= self._width else [known for known in by_start if known.startswith(start)]
            by_lengths = [by_start[known][1] for known in starts if known in by_start]
            known = (one for by_length in by_lengths for length, ones in by_length.items() if length >= left for one in ones)
            if any(text.endswith(one[:left]) for one in known):
                yield view.span(at, len(text))
                return

    def spans(self, view: NormalizedView) -> Iterator[tuple[int, int]]:
        """Where texts stand, as places in the original."""
        text, width, by_start = view.text, self._width, self._by_start
        if not by_start:
            return
        for at in [at for at in range(len(text) - width + 1) if text[at : at + width] in by_start]:
            lengths, by_length = by_start[text[at : at + width]]
            for length in lengths:
                if text[at : at + length] in by_length[length]:
                    yield view.span(at, at + length)
                    break


class Secrets:
    """A set of secrets and confidential texts. Safe to share between threads."""

    def __init__(self, *secrets: str | None) -> None:
        self._lock = threading.Lock()
        self._secrets: set[str] = set()
        self._known_texts: set[str] = set()
        self._divided: set[str] = set()
        self._spelled = _Index(_SHORTEST)
        self._folded = _Index(_SHORTEST_MIXED)
        self._parts = _Index(_SHORTEST_PART)
        self.add(*secrets)

    def add(self, *secrets: str | None) -> None:
        """Add secrets, to be found in every spelling."""
        for secret in secrets:
            if secret and len(secret) >= _SHORTEST and secret not in self._divided:
                with self._lock:
                    self._divided.add(secret)
                    self._add(secret)
                    for part in _parts(text_normalization.normalize(secret)):
                        self._parts.add(part)
        self.add_texts(*secrets)

    def add_texts(self, *texts: str | None) -> None:
        """Add confidential texts, which may be ordinary words; only exact occurrences are found.

        What looks like a key, also as one of their lines, is found in every spelling.
        """
        for text in texts:
            if text and len(text) >= _SHORTEST and text not in self._known_texts:
                with self._lock:
                    self._known_texts.add(text)
                    self._spelled.add(text)
                    if " " in text:
                        self._spelled.add(text.replace(" ", "+"))
                    for line in {text, *text.splitlines()}:
                        if line not in self._secrets and _looks_like_a_key(line):
                            self._add(line)

    def _add(self, secret: str) -> None:
        self._secrets.add(secret)
        for plain in {
            text_normalization.normalize(view.text) for view in text_normalization.views(secret, _LAYERS)
        }:  # as texts, which may be undone too far
            if len(plain) >= (_SHORTEST_MIXED if _is_mixed(plain) else _SHORTEST_FOLDED):
                self._folded.add(plain)
        for encoded in _encodings(secret):
            if len(encoded) >= _SHORTEST_FOLDED:
                self._folded.add(encoded)

    def redact(self, text: str, *, is_cut: bool = False) -> str:
        """The text with every secret replaced by ``[secret]``; where it was cut, also the beginning of one at its end."""
        text = text_normalization.without_unfinished(text) if is_cut else text
        if not self._secrets and not self._known_texts:
            return text
        pieces: list[str] = []
        done = 0
        for first, last in _merged(self._spans(text, with_parts=True, is_cut=is_cut)):
            pieces += text[done:first], MASK
            done = last
        return "".join([*pieces, text[done:]]) if pieces else text

    def occur_in(self, text: str) -> bool:
        """Whether the text repeats one of them."""
        return any(True for _ in self._spans(text))

    def _spans(self, text: str, *, with_parts: bool = False, is_cut: bool = False) -> Iterator[tuple[int, int]]:
        for view in text_normalization.views(text, _LAYERS):
            folded = text_normalization.normalized_view(view)
            yield from self._spelled.spans(view)
            yield from self._folded.spans(folded)
            if with_parts:
                yield from self._parts.spans(folded)
            if is_cut:
                yield from self._spelled.beginning(view)
                yield from self._folded.beginning(folded)


_registered = Secrets()


def register(*secrets: str | None) -> None:
    """Remember secrets, in every spelling in which they may come back, for the rest of the process."""
    _registered.add(*secrets)


def register_texts(*texts: str | None) -> None:
    """Remember confidential texts, which may be ordinary words; only exact occurrences are masked."""
    _registered.add_texts(*texts)


def redact(text: str, *, is_cut: bool = False) -> str:
    """The text with every registered secret replaced by ``[secret]``.

    Args:
        text: any text.
        is_cut: whether it is the beginning of a longer one, which may end in the middle of a secret.
    """
    return _registered.redact(text, is_cut=is_cut)


def redact_document(body: bytes, document: Any) -> bytes:
    """The answer with every text that stands somewhere in a confidential JSON document replaced by ``[secret]``."""
    text = body.decode("utf-8", "replace")
    starts, folded = set[str](), set[str]()
    for view in text_normalization.views(text, _LAYERS):
        starts |= {view.text[at : at + _SHORTEST] for at in range(len(view.text))}
        plain = text_normalization.normalize(view.text)
        folded |= {plain[at : at + _SHORTEST_MIXED] for at in range(len(plain))}
    repeated = Secrets()
    repeated.add_texts(
        *(
            part
            for part in _texts(document)
            if part[:_SHORTEST] in starts
            or (_looks_like_a_key(part) and text_normalization.normalize(part)[:_SHORTEST_MIXED] in folded)
        )
    )
    return repeated.redact(text).encode()


def _texts(document: Any) -> Iterator[str]:
    """All texts in it, however deep."""
    waiting = [document]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, Mapping):
            waiting += item.values()
        elif isinstance(item, list):
            waiting += item


def _merged(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The spans in order; those that overlap as one."""
    first, last = -1, -1
    for start, end in sorted(spans):
        if start >= last:
            if last > 0:
                yield first, last
            first, last = start, end
        last = max(last, end)
    if last > 0:
        yield first, last


def _is_mixed(plain: str) -> bool:
    return not (plain.isalpha() or plain.isdigit())


def _looks_like_a_key(text: str) -> bool:
    if any(character.isspace() for character in text):
        return False
    plain = text_normalization.normalize(text)
    return len(plain) >= _SHORTEST_FOLDED and _is_mixed(plain)


def _parts(plain: str) -> Iterator[str]:
    """Its parts that tell enough of it: letters and digits, as words are no secret."""
    size = min(max(_SHORTEST_PART, len(plain) // 2), _LONGEST_PART)
    if len(plain) <= _LONGEST_DIVIDED:
        yield from (part for at in range(len(plain) - size + 1) if _is_mixed(part := plain[at : at + size]))


def _encodings(secret: str) -> Iterator[str]:
    """What the secret is backwards, and what base64, hexadecimal and lists of bytes make of it, as letters and digits."""
    yield text_normalization.normalize(secret[::-1])
    yield text_normalization.normalize(base64.b32encode(secret.encode("utf-8", "surrogatepass")).decode())
    yield "".join(map(str, secret.encode("utf-8", "surrogatepass")))
    for charset in ("utf-8", "utf-16-le", "utf-16-be"):
        data = secret.encode(charset, "surrogatepass")
        yield data.hex()
        for shift in range(3):  # of three bytes base64 makes four characters: those that only the secret decides
            encoded = base64.b64encode(b"\0" * shift + data)
            first, last = -(-shift * 8 // 6), (shift + len(data)) * 8 // 6
            yield text_normalization.normalize(encoded[first:last].decode())
