"""Keeps known secrets out of everything that is printed or logged."""

import re

MASK = "[secret]"
_SHORTEST = 3


class Masker:
    """Replaces known secrets in texts. Shorter ones than three characters are left: they would spoil every text."""

    def __init__(self) -> None:
        self._secrets: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def add(self, secret: str) -> None:
        if len(secret) >= _SHORTEST and secret not in self._secrets:
            self._secrets.add(secret)
            self._pattern = None

    def mask(self, text: str) -> str:
        if not self._secrets:
            return text
        if self._pattern is None:
            longest_first = sorted(self._secrets, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, longest_first)))
        return self._pattern.sub(MASK, text)
