"""The items of a collection, and their order."""

from collections.abc import Callable
from functools import cmp_to_key
from typing import Any

from pulumi_workspace365_sandbox.azure.expressions import documents
from pulumi_workspace365_sandbox.azure.expressions.dotnet_types.text import compare_texts
from pulumi_workspace365_sandbox.azure.expressions.errors import DotNetException
from pulumi_workspace365_sandbox.azure.expressions.values import Char, Dictionary, HashSet, KeyValuePair, Sequence


def items_of(value: Any) -> list[Any]:
    """What a loop over a value gives. Raises DotNetException."""
    if isinstance(value, list):
        return value
    if isinstance(value, str):
        return [Char(letter) for letter in value]
    if isinstance(value, Dictionary):
        return list(value.pairs())
    if isinstance(value, HashSet):
        return [pair.key for pair in value.index.pairs()]
    if isinstance(value, documents.JObject):
        return [KeyValuePair(name, item) for name, item in value.members.items()]
    if isinstance(value, documents.JArray):
        return list(value.items)
    if isinstance(value, bytearray):
        return list(value)
    if value is None:
        raise DotNetException("ArgumentNullException", "Value cannot be null. (Parameter 'source')")
    return []


def before(how: Any) -> Callable[[Any, Any], int]:
    def compare(one: Any, other: Any) -> int:
        if isinstance(one, str) and isinstance(other, str):
            return compare_texts(one, other, how)
        if one is None or other is None:
            return (one is not None) - (other is not None)
        if hasattr(one, "is_before"):
            return int(other.is_before(one)) - int(one.is_before(other))
        if isinstance(one, documents.JValue) and isinstance(other, documents.JValue):
            return compare(one.value, other.value)
        return int(one > other) - int(one < other)

    return compare


class Sorted(Sequence):
    """What `ThenBy` sorts further: the keys of each item stay with it."""

    kind = "IEnumerable"

    def __init__(self, items: list[tuple[list[tuple[Any, Any, bool]], Any]]) -> None:
        self.rows = sorted(items, key=cmp_to_key(_row))
        super().__init__(item for _, item in self.rows)


def _row(one: tuple[list[Any], Any], other: tuple[list[Any], Any]) -> int:
    for (mine, how, descending), (theirs, _, _) in zip(one[0], other[0], strict=True):
        order = before(how)(mine, theirs)
        if order:
            return -order if descending else order
    return 0


def order_by(*, descending: bool, then: bool = False) -> Callable[..., Sorted]:
    def method(source: Any, key: Callable[[Any], Any], how: Any = None) -> Sorted:
        rows = source.rows if then and isinstance(source, Sorted) else [([], item) for item in items_of(source)]
        return Sorted([([*keys, (key(item), how, descending)], item) for keys, item in rows])

    return method
