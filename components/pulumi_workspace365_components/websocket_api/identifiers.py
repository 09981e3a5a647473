"""Names and ARM ids of what a service has. A name becomes a segment of the paths that are written to and deleted."""

import re
from collections.abc import Sequence
from typing import Any

import pulumi

LONGEST = {"apis": 256, "gateways": 80, "products": 256, "tags": 80}
"""The longest name, by the type's segment in an ARM id (api-version 2024-05-01)."""
_IMPOSSIBLE = re.compile(r"[*#&+:<>?/\\%\x00-\x1f\x7f]")
_ID = re.compile(
    r"/subscriptions/[^/]+/resourceGroups/(?P<group>[^/]+)/providers/Microsoft\.ApiManagement/service/(?P<service>[^/]+)"
    r"/(?P<kind>\w+)/[^/]+/?",
    re.IGNORECASE,
)


def short_name(text: str) -> str:
    """The name at the end of an ARM id; names are returned unchanged."""
    return text.rstrip("/").rpartition("/")[2]


def name_problem(kind: str, text: str) -> str | None:
    """What is wrong with the name or ARM id of a resource of a kind, such as ``tags``."""
    if "/" in text and kind != "apis":
        found = _ID.fullmatch(text)
        if found is None or found["kind"].casefold() != kind:
            return f"it is a name, or an ARM id that ends with /{kind}/NAME"
    name = short_name(text) if kind != "apis" else text
    if kind == "apis" and ";rev=" in text.casefold():
        return "it names a revision, and a WebSocketApi makes none: a new revision begins without a policy. Give the id without ;rev="
    if not 1 <= len(name) <= LONGEST[kind] or _IMPOSSIBLE.search(name) or not name.strip(". "):
        return f"a name has 1 to {LONGEST[kind]} characters, none of * # & + : < > ? / \\ %, and not only dots"
    return None


def list_problem(kind: str, given: Sequence[Any]) -> str | None:
    """Why a list of names or ARM ids is invalid; unknown values are ignored."""
    indexes: dict[str, int] = {}
    for at, text in enumerate(given, 1):
        if isinstance(text, pulumi.Output):
            continue
        if wrong := name_problem(kind, text):
            return f"entry {at}: {wrong}"
        first = indexes.setdefault(short_name(text).casefold(), at)
        if first != at:
            return f"entry {at} names the same as entry {first}"
    return None


def foreign_service_index(given: Sequence[Any], group: Any, service: Any) -> int | None:
    """Which of some names or ARM ids, from 1, is of another service; as far as they are known."""
    for at, text in enumerate(given, 1):
        found = _ID.fullmatch(text) if isinstance(text, str) else None
        for segment, own in (("group", group), ("service", service)):
            if found and isinstance(own, str) and found[segment].casefold() != own.casefold():
                return at
    return None


def required_name(subject: str, kind: str, text: str) -> str:
    """Validate a name whose value may only now be known. ``subject``: what has the name, for the message.

    Raises:
        pulumi.RunError: it cannot be one.
    """
    if wrong := name_problem(kind, text):
        raise pulumi.RunError(f"{subject}: {wrong}.")
    return short_name(text)
