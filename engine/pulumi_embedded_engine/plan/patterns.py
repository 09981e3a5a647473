"""URNs as a person names them, one or many at once. Pure."""

import re
from collections.abc import Iterable


class UrnPatterns:
    """URNs, and patterns of URNs: ``*`` matches anything within a part of a URN, ``**`` matches anything."""

    def __init__(self, given: Iterable[str] = ()) -> None:
        patterns = list(given)
        self.literals = [text for text in patterns if "*" not in text]
        self._urns = set(self.literals)
        self._globs = [re.compile(_expression(text), re.DOTALL) for text in patterns if "*" in text]

    def __bool__(self) -> bool:
        return bool(self._urns or self._globs)

    def __contains__(self, urn: str) -> bool:
        return urn in self._urns or any(glob.fullmatch(urn) for glob in self._globs)

    def add(self, urn: str) -> None:
        """Add one URN."""
        self._urns.add(urn)


def _expression(pattern: str) -> str:
    return ".*".join("[^:]*".join(map(re.escape, part.split("*"))) for part in pattern.split("**"))
