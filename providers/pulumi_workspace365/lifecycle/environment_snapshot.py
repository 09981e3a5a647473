"""One list of environments as it was read, with lookup by name."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from pulumi_dynamic_host import safe_text
from pulumi_workspace365.api.naming import case_key, collision_key
from pulumi_workspace365.lifecycle.journal_records import EnvironmentListing

if TYPE_CHECKING:
    from pulumi_workspace365.api.models import EnvironmentEntry, EnvironmentList, UnreadableEntry


class EnvironmentSnapshot:
    """The entries of one list with our own writes since, by name and by case-folded name; ``listed`` is the list alone.

    What cannot be read of it stands in ``unreadable``, and in ``listed`` too: it may be any environment that seems to be missing.
    """

    def __init__(self, found: "EnvironmentList", read_at: datetime) -> None:
        self.entries = {entry.name: entry for entry in found}
        self.unreadable = found.unreadable
        dates = {name: entry.creation_date for name, entry in self.entries.items()}
        self.listed = EnvironmentListing(read_at, {**dict.fromkeys(entry.label for entry in self.unreadable), **dates})
        self._alike: dict[str, set[str]] = {}
        for name in self.entries:
            self._alike.setdefault(case_key(name), set()).add(name)

    def __iter__(self) -> "Iterator[EnvironmentEntry]":
        return iter(list(self.entries.values()))

    def find(self, name: str) -> "EnvironmentEntry | None":
        """The entry of that name; of another case where only one comes into question (docs/provisioning-api.md#a-5)."""
        name = safe_text.escape_controls(name)
        if name in self.entries:
            return self.entries[name]
        alike = self._alike.get(case_key(name), set())
        return self.entries[next(iter(alike))] if len(alike) == 1 else None

    def find_doubtful(self, name: str) -> "UnreadableEntry | None":
        """What may be the environment of that name, where there is no entry of it; one that has such a name rather than one without."""
        if self.find(name):
            return None
        named = [entry for entry in self.unreadable if collision_key(entry.name or "") == collision_key(name)]
        unnamed = [entry for entry in self.unreadable if not collision_key(entry.name or "")]
        return next(iter(named + unnamed), None)

    def put(self, name: str, entry: "EnvironmentEntry | None") -> None:
        """Note an own write: the new entry, or ``None`` for a removal."""
        name = safe_text.escape_controls(name)
        alike = self._alike.setdefault(case_key(name), set())
        if entry is None:
            self.entries.pop(name, None)
            alike.discard(name)
        else:
            self.entries[name] = entry
            alike.add(name)
