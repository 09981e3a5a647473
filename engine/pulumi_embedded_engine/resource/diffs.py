"""A provider's diff, and the comparison of property maps. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from pulumi_embedded_engine.resource import paths
from pulumi_embedded_engine.resource.values import Properties, Secret, equal, lower_outputs, strip_secrets

INIT_ERRORS = "#initerror"
"""The pseudo property that stands for "its last initialisation failed" in replaceOnChanges."""

_INVERSE = {"add": "delete", "delete": "add", "update": "update"}


class Changes(StrEnum):
    """The verdict of a provider's Diff."""

    NONE = "none"
    SOME = "some"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class PropertyDiff:
    """How one property path changes: `kind` is add, delete or update."""

    kind: str
    replaces: bool = False
    input_diff: bool = False

    @property
    def name(self) -> str:
        """The kind as in events, such as `update-replace`."""
        return f"{self.kind}-replace" if self.replaces else self.kind


@dataclass(frozen=True)
class DiffResult:
    """A provider's answer to Diff. `detailed` is None where the provider gives no details."""

    changes: Changes
    replace_keys: list[str] = field(default_factory=list)
    changed_keys: list[str] = field(default_factory=list)
    detailed: dict[str, PropertyDiff] | None = None
    delete_before_replace: bool = False

    @property
    def replaces(self) -> bool:
        """Whether the resource has to be replaced."""
        return bool(self.replace_keys) or any(diff.replaces for diff in (self.detailed or {}).values())

    def inverted(self) -> "DiffResult":
        """The same difference seen from the other side, as a refresh shows it."""
        if self.detailed is None:
            return self
        return replace(self, detailed={path: replace(diff, kind=_INVERSE[diff.kind]) for path, diff in self.detailed.items()})


UNCHANGED = DiffResult(Changes.NONE)


def forced_replacement(key: str) -> DiffResult:
    """A replacement that is not the provider's decision."""
    return DiffResult(Changes.SOME, replace_keys=[key])


def differences(old: Properties, new: Properties) -> dict[str, PropertyDiff]:
    """Every path at which two property maps differ, marked as a difference of inputs."""
    return {paths.render(path): PropertyDiff(kind, input_diff=True) for path, kind in _walk((), old, new)}


def _walk(path: paths.Path, old: Any, new: Any) -> Iterator[tuple[paths.Path, str]]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            yield from _walk((*path, key), old.get(key), new.get(key))
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            yield from _walk((*path, index), *(side[index] if index < len(side) else None for side in (old, new)))
    elif not equal(old, new):
        yield path, "add" if old is None else "delete" if new is None else "update"


def compare(old: Properties, new: Properties) -> DiffResult:
    """The engine's own diff, for a provider that answers "unknown"; secrets and plain values of the same content are equal."""
    detailed = differences(strip_secrets(lower_outputs(old)), strip_secrets(lower_outputs(new)))
    if not detailed:
        return UNCHANGED
    keys = sorted({str(paths.parse(path)[0]) for path in detailed})
    return DiffResult(Changes.SOME, changed_keys=keys, detailed=detailed)


def resolve_unknown_diff(diff: DiffResult, old: Properties, new: Properties, ignored: Sequence[str]) -> DiffResult:
    """The provider's verdict, or the engine's own where the provider leaves it open."""
    return compare(old, apply_ignore_changes(new, old, ignored)[0]) if diff.changes == Changes.UNKNOWN else diff


def deep_copy(value: Any) -> Any:
    """A copy whose containers can be changed without touching the original."""
    if isinstance(value, dict):
        return {key: deep_copy(item) for key, item in value.items()}
    if isinstance(value, list):
        return [deep_copy(item) for item in value]
    return Secret(deep_copy(value.value)) if isinstance(value, Secret) else value


def apply_ignore_changes(inputs: Properties, old: Properties, ignored: Sequence[str]) -> tuple[Properties, list[str]]:
    """The inputs with every ignored path set back to its old value, and the paths for which that was impossible."""
    if not ignored:
        return inputs, []
    result: Properties = deep_copy(inputs)
    failed = [path for path in ignored if not _try_reset(path, old, result)]
    return result, failed


def _try_reset(path: str, old: Properties, new: Properties) -> bool:
    try:
        parsed = paths.parse(path)
    except ValueError:
        return True  # as the CLI: a malformed path ignores nothing
    return not parsed or paths.reset(parsed, old, new)


def apply_replace_on_changes(diff: DiffResult, replace_on_changes: Sequence[str], *, init_errors: bool) -> DiffResult:
    """The diff with replaceOnChanges applied: what changes at such a path becomes a replacement."""
    if not replace_on_changes or (diff.changes != Changes.SOME and not init_errors):
        return diff
    replacing_paths = [paths.parse(path) for path in replace_on_changes]

    def matches(path: str) -> bool:
        return any(paths.contains(want, paths.parse(path)) for want in replacing_paths)

    detailed = diff.detailed
    if detailed is not None:
        detailed = {path: replace(item, replaces=item.replaces or matches(path)) for path, item in detailed.items()}
    keys = [*diff.replace_keys, *(key for key in diff.changed_keys if key not in diff.replace_keys and matches(key))]
    changes = diff.changes
    if init_errors and matches(INIT_ERRORS):
        keys.append(INIT_ERRORS)
        changes = Changes.SOME
        if detailed is not None:
            detailed[INIT_ERRORS] = PropertyDiff("update", replaces=True)
    return replace(diff, changes=changes, replace_keys=keys, detailed=detailed)
