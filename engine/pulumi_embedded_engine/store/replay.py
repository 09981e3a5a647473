"""Replays a journal's records on a deployment. Pure: JSON in, JSON out.

The order of the result is that of the CLI: resources of the present run in the order they finished, then those of the former
deployment that the run did not replace. Both orders keep dependencies before dependents.

Resources are addressed by keys: ``b<n>`` is the n-th of the former deployment, ``n<operation>`` what an operation produced.
"""

from collections.abc import Mapping
from typing import Any, NewType

from pulumi_embedded_engine.resource.deployment import document_of, features_of
from pulumi_embedded_engine.store import integrity, references

_Json = dict[str, Any]
Record = Mapping[str, Any]
"""One line of the journal; ``kind`` names the method of Fold that takes the other fields."""

Key = NewType("Key", str)


def base_key(index: int) -> Key:
    """The key of the n-th resource of the former deployment."""
    return Key(f"b{index}")


def new_key(operation: int) -> Key:
    """The key of the resource that an operation produced."""
    return Key(f"n{operation}")


class JournalReplayer:
    """Applies records to the document of a former deployment (``Deployment.to_json``)."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._features = set(document.get("features") or ()) & {"byteString"}
        self._deployment: _Json = dict(document.get("deployment") or {})
        resources = self._deployment.get("resources") or []
        self._states: dict[Key, _Json] = {base_key(index): resource for index, resource in enumerate(resources)}
        self._old = list(self._states)
        self._new: list[Key] = []
        self._running: dict[int, _Json] = {}
        self._refreshed = False
        self._written: str | None = None

    def apply(self, record: Record) -> None:
        """Apply one record.

        Raises:
            KeyError: it refers to a resource that there is not.
        """
        self._written = record.get("time", self._written)
        if record.get("byteString"):
            self._features.add("byteString")
        getattr(self, f"_{record['kind']}")(
            **{name: value for name, value in record.items() if name not in {"kind", "byteString", "time"}}
        )

    def _header(self, *, secrets_providers: _Json | None = None, **_about: Any) -> None:
        """A deployment that holds no secret yet, or was imported in clear, names no secrets provider."""
        if secrets_providers and not self._deployment.get("secrets_providers"):
            self._deployment["secrets_providers"] = secrets_providers

    def _commit(self, **_about: Any) -> None:
        """Nothing to do: the checkpoint that it names was not stored, otherwise the journal would not be replayed."""

    def _begin(self, *, operation: int, type: str, resource: _Json) -> None:  # noqa: A002  the field's name in state
        self._running[operation] = {"resource": resource, "type": type}

    def _end(
        self,
        *,
        operation: int,
        new: _Json | None = None,
        remove: Key | None = None,
        mark_delete: Key | None = None,
        mark_pending_replacement: Key | None = None,
        refreshed: bool = False,
    ) -> None:
        self._refreshed = self._refreshed or refreshed
        self._running.pop(operation, None)
        if new is not None:
            self._append(operation, new)
        if remove is not None:
            self._states.pop(remove)
        if mark_delete is not None:
            self._states[mark_delete] = self._states[mark_delete] | {"delete": True}
        if mark_pending_replacement is not None:
            self._states[mark_pending_replacement] = self._states[mark_pending_replacement] | {"pendingReplacement": True}

    def _same(self, *, operation: int, old: Key, new: _Json | None = None) -> None:
        former = self._states.pop(old)
        self._append(operation, former if new is None else new)

    def _outputs(self, *, old: Key, new: _Json) -> None:
        self._states[old] = new

    def _refresh(self, *, old: Key, new: _Json | None = None) -> None:
        self._refreshed = True
        if new is None:
            self._states.pop(old)
        else:
            self._states[old] = new

    def _rebuild(self) -> None:
        """From here on, what the run did so far is the former deployment: a run follows a refresh."""
        self._old = [key for key in (*self._new, *self._old) if key in self._states]
        self._new = []
        self._refreshed = False
        self._states = dict(zip(self._old, references.drop_dangling(self._states[key] for key in self._old), strict=True))

    def _append(self, operation: int, state: _Json) -> None:
        key = new_key(operation)
        self._states[key] = state
        self._new.append(key)

    def document(self, manifest: Mapping[str, Any]) -> _Json:
        """The deployment as it stands; operations without an end are pending. Its time is that of the last record.

        Args:
            manifest: further information about the writer.
        """
        resources = [self._states[key] for key in (*self._new, *self._old) if key in self._states]
        resources = references.apply_aliases(resources)
        if self._refreshed:
            resources = references.drop_dangling(resources)
        if not integrity.is_valid(resources):
            resources = references.repair(resources)
        pending = [*self._running.values(), *self._pending_creates()]
        used = (features_of(resource) for resource in (*resources, *(operation["resource"] for operation in pending)))
        features = self._features.union(*used)
        written = {"time": self._written} if self._written else {}
        changed = {"manifest": {**manifest, **written}, "resources": resources, "pending_operations": pending}
        return document_of(self._deployment | changed, sorted(features))

    def _pending_creates(self) -> list[_Json]:
        """Creates that an earlier run left open stay until a person has judged them."""
        return [item for item in self._deployment.get("pending_operations") or () if item["type"] == "creating"]
