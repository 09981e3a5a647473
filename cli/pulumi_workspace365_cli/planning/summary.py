"""Changes in words: ``3 environments created, 1 suspended, sign-on changed for 40``."""

from collections.abc import Iterable, Sequence

from pulumi_workspace365_cli.planning.changes import Change

_ORDER = ("environment", "sign-on", "Exchange", "SharePoint", "template", "WebSocket API", "API", "handshake policy")
_ACTS = (
    "created anew, empty",
    "created",
    "adopted",
    "imported",
    "activated",
    "suspended",
    "perhaps suspended",
    "no longer protected",
)
_SETTINGS = frozenset({"sign-on", "Exchange", "SharePoint", "template"})
_MOST_NAMES = 8

Group = tuple[str, str, tuple[str, ...]]
"""Kind, act and subjects in the order of their names: engines list them as they come."""


def groups(changes: Iterable[Change]) -> list[Group]:
    """Changes of the same kind, grouped, the most important first."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for change in changes:
        if not change.is_part:
            found.setdefault((change.kind, change.act), {})[change.urn] = change.subject
    ordered = sorted(found.items(), key=lambda item: (_rank(_ORDER, item[0][0]), _rank(_ACTS, item[0][1]), item[0]))
    return [(kind, act, tuple(sorted(subjects.values()))) for (kind, act), subjects in ordered]


def sentence(found: Sequence[Group]) -> str:
    """All groups in one line."""
    is_noun_used, parts = False, []
    for kind, act, subjects in found:
        parts.append(_phrase(kind, act, len(subjects), with_noun=not is_noun_used))
        is_noun_used = is_noun_used or kind == "environment" or kind in _SETTINGS
    return ", ".join(parts)


def names(subjects: Sequence[str]) -> str:
    """Some of the subjects, and how many more there are."""
    shown = ", ".join(subjects[:_MOST_NAMES])
    more = len(subjects) - _MOST_NAMES
    return f"{shown} and {more} more" if more > 0 else shown


def _phrase(kind: str, act: str, count: int, *, with_noun: bool) -> str:
    environments = f"{count} environment{'s' if count > 1 else ''}" if with_noun else str(count)
    if kind == "environment":
        return f"{environments} {act}"
    if kind in _SETTINGS:
        return f"{kind} {act} for {environments}"
    if kind == "handshake policy":
        return f"{count} WebSocket API{'s' if count > 1 else ''}: handshake policy {act}"
    return f"{count} {_plural(kind, count)} {act}"


def _plural(kind: str, count: int) -> str:
    """A resource's type is a name: it stays as it is."""
    return kind if count == 1 or ":" in kind else f"{kind}s"


def _rank(order: Sequence[str], what: str) -> int:
    return order.index(what) if what in order else len(order)
