"""Property values in the engine's memory, and functions on them.

Plain values are ``None``, ``bool``, ``float``, ``str``, ``list`` and ``dict``; the classes below are what Pulumi adds.
Values are never changed in place: every function returns a new value.
"""

import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final, TypeAlias, overload


class Unknown(enum.Enum):
    """The type of UNKNOWN: a value that a preview cannot know yet."""

    UNKNOWN = enum.auto()

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown.UNKNOWN


@dataclass(frozen=True)
class Secret:
    """A value that is encrypted in state and hidden in every output."""

    value: "Value"

    def __repr__(self) -> str:
        return "Secret(…)"


@dataclass(frozen=True)
class OutputValue:
    """A value with its provenance, as programs and remote components exchange it.

    ``value`` is None where ``known`` is False; ``dependencies`` are URNs.
    """

    value: "Value" = field(repr=False)
    known: bool = True
    secret: bool = False
    dependencies: tuple[str, ...] = ()


@dataclass(frozen=True)
class Asset:
    """A file or text; exactly one of ``text``, ``path`` and ``uri`` is set. ``hash`` is SHA-256 in hex, or empty."""

    text: str = field(default="", repr=False)
    path: str = ""
    uri: str = ""
    hash: str = ""


@dataclass(frozen=True)
class Archive:
    """Several assets (by name), or a path or URI of an archive. ``hash`` is SHA-256 in hex, or empty."""

    assets: "dict[str, Asset | Archive] | None" = None
    path: str = ""
    uri: str = ""
    hash: str = ""


@dataclass(frozen=True)
class ResourceReference:
    """A reference to another resource; ``id`` is None for a component, UNKNOWN while the resource is to be created."""

    urn: str
    id: str | Unknown | None = None
    package_version: str = ""


Value: TypeAlias = (
    "bool | float | str | list[Value] | dict[str, Value]"
    " | Secret | Unknown | OutputValue | Asset | Archive | ResourceReference | None"
)
Properties: TypeAlias = dict[str, Value]


def unwrap(value: Value) -> Value:
    """The value without the secret and output marks around it; an output that is not known becomes UNKNOWN."""
    while True:
        if isinstance(value, Secret):
            value = value.value
        elif isinstance(value, OutputValue):
            value = value.value if value.known else UNKNOWN
        else:
            return value


def _map(value: Value, leaf: Callable[[Value], Value]) -> Value:
    """Apply ``leaf`` to everything that is neither a list nor a dictionary."""
    if isinstance(value, dict):
        return {key: _map(item, leaf) for key, item in value.items()}
    if isinstance(value, list):
        return [_map(item, leaf) for item in value]
    return leaf(value)


def _any(value: Value, test: Callable[[Value], bool]) -> bool:
    """Whether ``test`` holds for the value or anything in it."""
    if test(value):
        return True
    if isinstance(value, dict):
        return any(_any(item, test) for item in value.values())
    if isinstance(value, list):
        return any(_any(item, test) for item in value)
    if isinstance(value, Secret | OutputValue):
        return _any(value.value, test)
    return False


@overload
def strip_secrets(value: Properties) -> Properties: ...
@overload
def strip_secrets(value: Value) -> Value: ...
def strip_secrets(value: Value) -> Value:
    """The value in clear, at every depth. For providers that do not accept secrets; never for anything a person sees."""

    def leaf(item: Value) -> Value:
        if isinstance(item, Secret):
            return strip_secrets(item.value)
        if isinstance(item, OutputValue):
            return OutputValue(strip_secrets(item.value), item.known, secret=False, dependencies=item.dependencies)
        return item

    return _map(value, leaf)


@overload
def lower_outputs(value: Properties) -> Properties: ...
@overload
def lower_outputs(value: Value) -> Value: ...
def lower_outputs(value: Value) -> Value:
    """The value with every OutputValue replaced by a plain value, a Secret or UNKNOWN; dependencies are lost."""

    def leaf(item: Value) -> Value:
        if isinstance(item, Secret):
            return Secret(lower_outputs(item.value))
        if isinstance(item, OutputValue):
            inner = lower_outputs(item.value) if item.known else UNKNOWN
            return Secret(inner) if item.secret else inner
        return item

    return _map(value, leaf)


def has_secrets(value: Value) -> bool:
    """Whether a value is a secret or holds one."""
    return _any(value, lambda item: isinstance(item, Secret) or (isinstance(item, OutputValue) and item.secret))


def contains_unknowns(value: Value) -> bool:
    """Whether a value is unknown or holds an unknown value."""
    return _any(value, lambda item: item is UNKNOWN or (isinstance(item, OutputValue) and not item.known))


def output_dependencies(value: Value) -> set[str]:
    """The URNs that any output in the value depends on."""
    found: set[str] = set()

    def note(item: Value) -> bool:
        if isinstance(item, OutputValue):
            found.update(item.dependencies)
        return False

    _any(value, note)
    return found


def annotate_secrets(new: Properties, old: Properties) -> Properties:
    """Mark as secret in ``new`` what is secret in ``old`` under the same name.

    Objects are compared name by name; anything else that holds a secret makes the whole value of that name secret, because
    a provider may have reordered a list. This is how outputs keep the marks of inputs when a provider returns plain values.
    """
    result = dict(new)
    for key, reference in old.items():
        if key not in new:
            continue
        value = new[key]
        if isinstance(value, dict) and isinstance(reference, dict):
            result[key] = annotate_secrets(value, reference)
        elif not isinstance(value, Secret) and has_secrets(reference):
            result[key] = Secret(value)
    return result


def equal(left: Value, right: Value, *, unknown_equals_any: bool = False) -> bool:
    """Deep equality as the CLI judges it.

    A name whose value is null equals a missing name; booleans never equal numbers; assets are equal by hash; the package
    version of a resource reference does not count.

    Args:
        left: a value.
        right: another one.
        unknown_equals_any: whether an unknown value, also within lists, objects and secrets, equals every other.
    """
    if unknown_equals_any and (left is UNKNOWN or right is UNKNOWN):
        return True
    same = partial(equal, unknown_equals_any=unknown_equals_any)
    if isinstance(left, dict) and isinstance(right, dict):
        return all(same(left.get(key), right.get(key)) for key in left.keys() | right.keys())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, Secret) and isinstance(right, Secret):
        return same(left.value, right.value)
    if isinstance(left, int | float) and isinstance(right, int | float):
        return isinstance(left, bool) == isinstance(right, bool) and left == right
    return _equal_marked(left, right)


def _equal_marked(left: Value, right: Value) -> bool:
    if isinstance(left, OutputValue) and isinstance(right, OutputValue):
        same = (left.known, left.secret, left.dependencies) == (right.known, right.secret, right.dependencies)
        return same and equal(left.value, right.value)
    if isinstance(left, ResourceReference) and isinstance(right, ResourceReference):
        return (left.urn, left.id) == (right.urn, right.id)
    if isinstance(left, Asset | Archive) and type(left) is type(right) and isinstance(right, Asset | Archive):
        return left.hash == right.hash if left.hash and right.hash else left == right
    return type(left) is type(right) and left == right
