"""Looks up environments by name as the providers do: exactly, else ignoring case if that is unambiguous."""

from collections.abc import Iterable, Iterator

from pulumi_workspace365.api.models import EnvironmentEntry, EnvironmentList
from pulumi_workspace365.api.naming import case_key, collision_key


class EnvironmentIndex:
    """The entries of one list."""

    def __init__(self, entries: Iterable[EnvironmentEntry]) -> None:
        self._entries = {entry.name: entry for entry in entries}
        unreadable = entries.unreadable if isinstance(entries, EnvironmentList) else ()
        self._unreadable = {collision_key(entry.name or "") for entry in unreadable}
        self._alike: dict[str, list[EnvironmentEntry]] = {}
        for entry in self._entries.values():
            self._alike.setdefault(case_key(entry.name), []).append(entry)

    def __iter__(self) -> Iterator[EnvironmentEntry]:
        return iter(self._entries.values())

    def find(self, name: str) -> EnvironmentEntry | None:
        """The entry of that name (docs/provisioning-api.md#a-5)."""
        alike = self._alike.get(case_key(name), [])
        return self._entries.get(name) or (alike[0] if len(alike) == 1 else None)

    def may_hide(self, name: str) -> bool:
        """Whether an entry that cannot be read may be the environment of that name."""
        return bool(self._unreadable & {"", collision_key(name)})
