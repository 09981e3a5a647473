"""Keeps known secrets out of everything that is printed or logged."""

import bisect
from collections.abc import Iterable
from typing import Any

from pulumi_embedded_engine.resource.values import OutputValue, Secret

MASK = "[secret]"
_SHORTEST = 3
_SHORTEST_PROPERTY = 8
_LONGEST_PROPERTY = 10_000


class Masker:
    """Replaces known secrets in texts.

    Secrets of the configuration shorter than three characters and those of properties shorter than eight are left, as they
    would spoil every text.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: set[str] = set()
        self._longest_first: list[str] = []
        for secret in secrets:
            if len(secret) >= _SHORTEST:
                self._add(secret)

    def _add(self, secret: str) -> None:
        if secret not in self._secrets:
            self._secrets.add(secret)
            bisect.insort(self._longest_first, secret, key=lambda known: -len(known))

    def learn(self, value: Any, *, secret: bool = False) -> None:
        """Take note of the secrets in a property value."""
        if isinstance(value, str):
            if secret and _SHORTEST_PROPERTY <= len(value) <= _LONGEST_PROPERTY:
                self._add(value)
        elif isinstance(value, dict):
            for item in value.values():
                self.learn(item, secret=secret)
        elif isinstance(value, list):
            for item in value:
                self.learn(item, secret=secret)
        elif isinstance(value, Secret):
            self.learn(value.value, secret=True)
        elif isinstance(value, OutputValue):
            self.learn(value.value, secret=secret or value.secret)

    def mask_beginning(self, text: str) -> str:
        """Mask a text that was cut off: its end, which may be the beginning of a secret, is left out."""
        longest = max(map(len, self._secrets), default=0)
        masked = self.mask(text)
        return masked[: len(masked) - longest] if longest else masked

    def mask(self, text: str) -> str:
        """The text with every secret replaced."""
        for secret in self._longest_first:
            if secret in text:
                text = text.replace(secret, MASK)
        return text
