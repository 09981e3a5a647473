"""Collections without LINQ: mutating members, indexers, constructors."""

from collections.abc import Callable
from typing import Any

from pulumi_workspace365_sandbox.azure.expressions.dotnet_types.linq_ordering import items_of
from pulumi_workspace365_sandbox.azure.expressions.errors import DotNetException, out_of_range
from pulumi_workspace365_sandbox.azure.expressions.limits import check_item_count
from pulumi_workspace365_sandbox.azure.expressions.registry import define
from pulumi_workspace365_sandbox.azure.expressions.values import Array, Dictionary, HashSet, ListValue, OutArgument, equal

_OUT_OF_BOUNDS = "Index was outside the bounds of the array."


def _at(items: Any, place: Any) -> Any:
    if isinstance(place, bool) or not isinstance(place, int) or not 0 <= place < len(items):
        raise DotNetException("IndexOutOfRangeException", _OUT_OF_BOUNDS)
    return items[place]


def _put(items: Any, place: int, value: Any) -> None:
    _at(items, place)
    items[place] = value


def _position(items: Any, item: Any) -> int:
    return next((place for place, one in enumerate(items) if equal(one, item)), -1)


def _copy(source: Any, *given: Any) -> None:
    """`Array.Copy(from, to, length)` and `Array.Copy(from, start, to, start, length)`."""
    start, target, to, length = (0, given[0], 0, given[1]) if len(given) == 2 else given
    if min(start, to, length) < 0 or start + length > len(source) or to + length > len(target):
        raise DotNetException(
            "ArgumentException", "Source or destination array was not long enough. Check the index, length and bounds."
        )
    target[to : to + length] = source[start : start + length]


def _resized(items: Any, call: Callable[[Any], Any]) -> Any:
    return next((item for item in items if call(item)), None)


def _reverse(items: Any) -> None:
    items[:] = items[::-1]


define(
    "[]",
    bases=("IEnumerable",),
    items="$0",
    parameters=("$0",),
    members={"Length": ("int", len), "Count": ("int", len)},
    index=("$0", _at),
    puts=_put,
    methods={"CopyTo": ("void", lambda items, target, start: _copy(items, 0, target, start, len(items))),
             "Clone": ("object", lambda items: Array(items, items.of))},
)  # fmt: skip
define(
    "byte[]",
    bases=("IEnumerable", "BytesOf"),
    items="byte",
    members={"Length": ("int", len)},
    index=("byte", _at),
    puts=lambda items, place, value: _put(items, place, value & 0xFF),
    methods={"CopyTo": ("void", lambda items, target, start: _copy(items, 0, target, start, len(items)))},
)
define(
    "Array",
    functions={
        "Copy": ("void", _copy),
        "IndexOf": ("int", _position),
        "Exists": ("bool", lambda items, call: any(call(item) for item in items)),
        "Find": ("$arg0item", _resized),
        "FindIndex": ("int", lambda items, call: next((place for place, item in enumerate(items) if call(item)), -1)),
        "Reverse": ("void", _reverse),
        "Empty": ("$T[]", lambda *, of: Array((), of[0].name)),
    },
)


def _remove(items: ListValue, item: Any) -> bool:
    place = _position(items, item)
    if place >= 0:
        del items[place]
    return place >= 0


def _remove_at(items: ListValue, place: int) -> None:
    if not 0 <= place < len(items):
        raise out_of_range("index")
    del items[place]


def _remove_all(items: ListValue, call: Callable[[Any], Any]) -> int:
    remaining = [item for item in items if not call(item)]
    removed = len(items) - len(remaining)
    items[:] = remaining
    return removed


def _add(items: ListValue, item: Any) -> None:
    if not isinstance(items, ListValue):
        raise DotNetException("NotSupportedException", "Collection was of a fixed size.")
    check_item_count(len(items) + 1)
    items.append(item)


def _each(items: Any, call: Callable[[Any], Any]) -> None:
    for item in list(items):
        call(item)


def _extend(items: ListValue, more: Any) -> None:
    added = items_of(more)
    check_item_count(len(items) + len(added))
    items.extend(added)


define(
    "List",
    bases=("IEnumerable",),
    items="$0",
    parameters=("$0",),
    makes=("List", lambda first=None: ListValue() if first is None or isinstance(first, int) else ListValue(items_of(first))),
    members={"Count": ("int", len), "Length": ("int", len)},
    index=("$0", _at),
    puts=_put,
    methods={
        "Add": ("void", _add),
        "AddRange": ("void", _extend),
        "Insert": ("void", lambda items, place, item: items.insert(place, item)),
        "Remove": ("bool", _remove),
        "RemoveAt": ("void", _remove_at),
        "RemoveAll": ("int", _remove_all),
        "Clear": ("void", lambda items: items.clear()),
        "IndexOf": ("int", _position),
        "Exists": ("bool", lambda items, call: any(call(item) for item in items)),
        "Find": ("$0", _resized),
        "FindAll": ("List<$0>", lambda items, call: ListValue(item for item in items if call(item))),
        "FindIndex": ("int", lambda items, call: next((place for place, item in enumerate(items) if call(item)), -1)),
        "ForEach": ("void", _each),
        "TrueForAll": ("bool", lambda items, call: all(call(item) for item in items)),
        "Sort": ("void", lambda items: items.sort()),
    },
)


def keys(dictionary: Dictionary) -> ListValue:
    return ListValue(pair.key for pair in dictionary.pairs())


def values(dictionary: Dictionary) -> ListValue:
    return ListValue(pair.value for pair in dictionary.pairs())


def try_get(dictionary: Dictionary, key: Any, out: OutArgument) -> bool:
    out.set(dictionary.get(key))
    return key in dictionary


def _insert(dictionary: Dictionary, key: Any, value: Any) -> None:
    if key in dictionary:
        raise DotNetException("ArgumentException", f"An item with the same key has already been added. Key: {key}")
    check_item_count(len(dictionary) + 1)
    dictionary.put(key, value)


def _set(dictionary: Dictionary, key: Any, value: Any) -> None:
    check_item_count(len(dictionary) + 1)
    dictionary.put(key, value)


def _dictionary(first: Any = None, how: Any = None) -> Dictionary:
    if first is not None and hasattr(first, "name"):
        first, how = None, first
    made = Dictionary(folded=how is not None and "IgnoreCase" in how.name)
    if isinstance(first, Dictionary):
        for pair in first.pairs():
            made.put(pair.key, pair.value)
    return made


_READ = {
    "ContainsKey": ("bool", lambda dictionary, key: key in dictionary),
    "ContainsValue": ("bool", lambda dictionary, value: any(equal(pair.value, value) for pair in dictionary.pairs())),
}
_MEMBERS: dict[str, tuple[str, Any]] = {
    "Count": ("int", len),
    "Keys": ("List<$0>", keys),
    "Values": ("List<$1>", values),
}
define(
    "Dictionary",
    bases=("IEnumerable", "QueryExtensions"),
    items="KeyValuePair<$0,$1>",
    parameters=("$0", "$1"),
    makes=("Dictionary", _dictionary),
    members=_MEMBERS,
    index=("$1", Dictionary.take),
    puts=_set,
    methods={
        **_READ,
        "TryGetValue": ("bool", try_get, "$1"),
        "GetValueOrDefault": ("$1", lambda dictionary, key, default=None: dictionary.get(key, default)),
        "Add": ("void", _insert),
        "Remove": ("bool", Dictionary.remove),
        "Clear": ("void", Dictionary.clear),
    },
)


def _joined(dictionary: Dictionary, key: Any, default: Any = None) -> Any:
    return ",".join(dictionary.get(key)) if key in dictionary else default


define(
    "TextLists",
    bases=("IEnumerable", "QueryExtensions"),
    items="KeyValuePair<string,string[]>",
    members={
        "Count": ("int", len),
        "Keys": ("List<string>", keys),
        "Values": ("List<string[]>", values),
    },
    index=("string[]", Dictionary.take),
    methods={**_READ, "TryGetValue": ("bool", try_get, "string[]"), "GetValueOrDefault": ("string", _joined)},
)
define(
    "KeyValuePair",
    parameters=("$0", "$1"),
    members={"Key": ("$0", lambda pair: pair.key), "Value": ("$1", lambda pair: pair.value)},
)


def _set_of(first: Any = None, how: Any = None) -> HashSet:
    if first is not None and hasattr(first, "name"):
        first, how = None, first
    return HashSet(items_of(first) if first is not None else (), folded=how is not None and "IgnoreCase" in how.name)


def _unite(hash_set: HashSet, items: Any) -> None:
    for item in items_of(items):
        hash_set.add(item)


define(
    "HashSet",
    bases=("IEnumerable",),
    items="$0",
    parameters=("$0",),
    makes=("HashSet", _set_of),
    members={"Count": ("int", len)},
    methods={
        "Add": ("bool", HashSet.add),
        "Contains": ("bool", lambda hash_set, item: item in hash_set.index),
        "Remove": ("bool", lambda hash_set, item: hash_set.index.remove(item)),
        "Clear": ("void", lambda hash_set: hash_set.index.clear()),
        "UnionWith": ("void", _unite),
        "IsSubsetOf": ("bool", lambda hash_set, items: all(item in items_of(items) for item in items_of(hash_set))),
        "Overlaps": ("bool", lambda hash_set, items: any(item in hash_set.index for item in items_of(items))),
    },
)
