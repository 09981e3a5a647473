"""Limits how many environments one run may take for gone: many at once point at a wrong list, not at lost tenants."""

import threading
from collections.abc import Sequence

from pulumi_workspace365 import errors

_MOST_NAMES = 20


class MissingLimit:
    """Counts the environments of one instance that are gone, or were created again, in one run. Thread-safe.

    Args:
        instance: the address of the instance, for messages.
    """

    def __init__(self, instance: str) -> None:
        self._instance = instance
        self._lock = threading.Lock()
        self._missing: set[str] = set()
        self._refused: set[str] = set()

    def check(self, name: str, most: int, what: str) -> None:
        """Count an environment that is not what it was.

        Args:
            name: the environment.
            most: how many there may be in one run (W365_ALLOW_VANISHED).
            what: a predicate for the message, such as "is gone".

        Raises:
            errors.Refused: it is one too many; the resource stays in state.
        """
        with self._lock:
            self._missing.add(name)
            if len(self._missing) <= most:
                return
            is_first = not self._refused
            self._refused.add(name)
            missing = sorted(self._missing)
        where = f"on {self._instance}"
        counted = f"more than W365_ALLOW_VANISHED={most} in one run ({len(missing)} so far: {_some(missing)})"
        if not is_first:
            raise errors.Refused(f"Environment {name!r} {what} {where}, too: {counted}. It is kept in state.")
        raise errors.Refused(
            f"Environment {name!r} {what} {where}, as are others: {counted}. "
            "A truncated list, a restored server or another instance behind the same address would look like this, so they are kept in "
            "state. Look at the instance; `w365 drift` lists all of them. If they are really gone, set W365_ALLOW_VANISHED to their number and "
            "refresh again."
        )

    def is_refused(self, name: str) -> bool:
        """Whether `check` refused this environment before, so that nothing more has to be said of it."""
        with self._lock:
            return name in self._refused


def _some(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
