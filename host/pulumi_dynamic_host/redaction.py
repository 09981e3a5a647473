"""The one place that keeps secrets out of texts: logs, exceptions, reports.

Whatever handles a secret registers it; whatever writes a text passes it through :func:`redact`. A secret is found however it is spelled:
in another case, escaped for JSON, HTML or an address, in base64 or hexadecimal, broken by line ends or invisible characters.
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
        self._known: set[str] = set()
        self._known_texts: set[str] = set()
        self._spelled = _Index(_SHORTEST)
        self._folded = _Index(_SHORTEST_MIXED)
        self.add(*secrets)

    def add(self, *secrets: str | None) -> None:
        """Add secrets, to be found in every spelling."""
        for secret in secrets:
            if secret and len(secret) >= _SHORTEST and secret not in self._known:
                with self._lock:
                    self._add(secret)
        self.add_texts(*secrets)

    def add_texts(self, *texts: str | None) -> None:
        """Add confidential texts, which may be ordinary words: they are found as they are written, what looks like a key in every spelling."""
        for text in texts:
            if text and len(text) >= _SHORTEST and text not in self._known_texts:
                with self._lock:
                    self._known_texts.add(text)
                    self._spelled.add(text)
                    if " " in text:
                        self._spelled.add(text.replace(" ", "+"))
                    if text not in self._known and _looks_like_a_key(text):
                        self._add(text)

    def _add(self, secret: str) -> None:
        self._known.add(secret)
        for plain in {
            text_normalization.normalize(view.text) for view in text_normalization.views(secret, _LAYERS)
        }:  # as texts, which may be undone too far
            if len(plain) >= (_SHORTEST_MIXED if _is_mixed(plain) else _SHORTEST_FOLDED):
                self._folded.add(plain)
        for encoded in _encodings(secret):
            if len(encoded) >= _SHORTEST_FOLDED:
                self._folded.add(encoded)

    def redact(self, text: str) -> str:
        """The text with every secret replaced by ``[secret]``."""
        pieces: list[str] = []
        done = 0
        for first, last in _merged(self._spans(text)):
            pieces += text[done:first], MASK
            done = last
        return "".join([*pieces, text[done:]]) if pieces else text

    def occur_in(self, text: str) -> bool:
        """Whether the text repeats one of them."""
        return any(True for _ in self._spans(text))

    def _spans(self, text: str) -> Iterator[tuple[int, int]]:
        for view in text_normalization.views(text, _LAYERS):
            yield from self._spelled.spans(view)
            yield from self._folded.spans(text_normalization.normalized_view(view))


_registered = Secrets()


def register(*secrets: str | None) -> None:
    """Remember secrets, in every spelling in which they may come back, for the rest of the process."""
    _registered.add(*secrets)


def register_texts(*texts: str | None) -> None:
    """Remember confidential texts, which may be ordinary words, as they are written."""
    _registered.add_texts(*texts)


def redact(text: str) -> str:
    """The text with every registered secret replaced by ``[secret]``."""
    return _registered.redact(text)


def redact_document(body: bytes, document: Any) -> bytes:
    """The answer with every text that stands somewhere in a confidential JSON document replaced by ``[secret]``."""
    text = body.decode("utf-8", "replace")
    starts = {view.text[at : at + _SHORTEST] for view in text_normalization.views(text, _LAYERS) for at in range(len(view.text))}
    repeated = Secrets()
    repeated.add_texts(*(part for part in _texts(document) if part[:_SHORTEST] in starts))
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


def _encodings(secret: str) -> Iterator[str]:
    """What base64 and hexadecimal make of the secret, alone or within a longer text, as letters and digits."""
    for charset in ("utf-8", "utf-16-le", "utf-16-be"):
        data = secret.encode(charset, "surrogatepass")
        yield data.hex()
        for shift in range(3):  # of three bytes base64 makes four characters: those that only the secret decides
            encoded = base64.b64encode(b"\0" * shift + data)
            first, last = -(-shift * 8 // 6), (shift + len(data)) * 8 // 6
            yield text_normalization.normalize(encoded[first:last].decode())
