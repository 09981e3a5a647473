"""Arrays, lists, dictionaries and sets, and LINQ's methods, which are carried out at once."""

from collections.abc import Callable
from typing import Any

from pulumi_workspace365_sandbox.azure.expressions import conversions, documents, formats
from pulumi_workspace365_sandbox.azure.expressions.dotnet_types.linq_ordering import before, items_of, order_by
from pulumi_workspace365_sandbox.azure.expressions.dotnet_types.text import compare_texts
from pulumi_workspace365_sandbox.azure.expressions.errors import DotNetException, no_elements, out_of_range
from pulumi_workspace365_sandbox.azure.expressions.limits import check_item_count
from pulumi_workspace365_sandbox.azure.expressions.nodes import TypeName
from pulumi_workspace365_sandbox.azure.expressions.registry import define
from pulumi_workspace365_sandbox.azure.expressions.values import (
    Array,
    Char,
    Dictionary,
    Group,
    HashSet,
    ListValue,
    Sequence,
    equal,
)

Test = Callable[[Any], Any]


def _true(test: Test | None) -> Test:
    return test if test is not None else lambda _: True


def _indexed(call: Callable[..., Any], item: Any, place: int) -> Any:
    return call(item, place) if getattr(call, "parameters", 1) == 2 else call(item)


def _first(items: list[Any], test: Test | None = None) -> Any:
    for item in items:
        if _true(test)(item):
            return item
    raise no_elements()


def _or_default(of: Callable[..., Any]) -> Callable[..., Any]:
    def method(items: list[Any], test: Any = None) -> Any:
        try:
            return of(items, test)
        except DotNetException as problem:
            if "no elements" not in problem.message:
                raise
            return empty(items)

    return method


def empty(items: list[Any]) -> Any:
    """What stands for nothing among items like these."""
    if isinstance(items, Array) and items.of not in {"string", "object"}:
        return conversions.default(TypeName(items.of))
    sample = items[0] if items else None
    if isinstance(sample, bool):
        return False
    return type(sample)() if isinstance(sample, int | float) else None


def _single(items: list[Any], test: Test | None = None) -> Any:
    matching = [item for item in items if _true(test)(item)]
    if len(matching) > 1:
        raise DotNetException("InvalidOperationException", "Sequence contains more than one element")
    return _first(matching)


def _at(items: list[Any], place: int) -> Any:
    if not 0 <= place < len(items):
        raise out_of_range("index")
    return items[place]


def _select(items: list[Any], call: Callable[..., Any]) -> Sequence:
    return Sequence(_indexed(call, item, place) for place, item in enumerate(items))


def _where(items: list[Any], call: Callable[..., Any]) -> Sequence:
    return Sequence(item for place, item in enumerate(items) if _indexed(call, item, place))


def _select_many(items: list[Any], call: Test) -> Sequence:
    selected: list[Any] = []
    for item in items:
        selected.extend(items_of(call(item)))
        check_item_count(len(selected))
    return Sequence(selected)


def _key(value: Any) -> Any:
    if isinstance(value, documents.JValue):
        return value.value
    return value if getattr(type(value), "__hash__", None) else id(value)


def _distinct(items: list[Any], how: Any = None) -> Sequence:
    return Sequence(pair.value for pair in _keyed(items, how).pairs())


def _keyed(items: list[Any], how: Any = None) -> Dictionary:
    keys = Dictionary(folded=how is not None and "IgnoreCase" in how.name)
    for item in items:
        if (key := ("null",) if item is None else _key(item)) not in keys:
            keys.put(key, item)
    return keys


def _groups(items: list[Any], key: Test, element: Test | None = None) -> Sequence:
    groups = Dictionary()
    for item in items:
        made = key(item)
        name = ("null",) if made is None else _key(made)
        if name not in groups:
            groups.put(name, Group(made, []))
        groups.get(name).append(element(item) if element else item)
    return Sequence(pair.value for pair in groups.pairs())


def _dictionary(items: list[Any], key: Test, element: Any = None, how: Any = None) -> Dictionary:
    if element is not None and not callable(element):
        element, how = None, element
    dictionary = Dictionary(folded=how is not None and "IgnoreCase" in how.name)
    for item in items:
        made = key(item)
        if made in dictionary:
            raise DotNetException(
                "ArgumentException", f"An item with the same key has already been added. Key: {formats.text(made)}"
            )
        dictionary.put(made, element(item) if element else item)
    return dictionary


def _aggregate(items: list[Any], *given: Any) -> Any:
    seed, call, last = (given[0], given[1], given[2:]) if len(given) > 1 else (_first(items), given[0], ())
    for item in items if len(given) > 1 else items[1:]:
        seed = call(seed, item)
    return last[0](seed) if last else seed


def _sum(items: list[Any], call: Test | None = None) -> Any:
    numbers = [call(item) if call else item for item in items]
    return sum((item.value if isinstance(item, documents.JValue) else item for item in numbers if item is not None), 0)


def _average(items: list[Any], call: Test | None = None) -> float:
    if not items:
        raise no_elements()
    return float(_sum(items, call)) / len(items)


def _extreme(sign: int) -> Callable[..., Any]:
    def method(items: list[Any], call: Test | None = None) -> Any:
        values = [call(item) if call else item for item in items]
        best = _first(values)
        for item in values:
            if sign * before(None)(item, best) > 0:
                best = item
        return best

    return method


def _contains(items: list[Any], item: Any, how: Any = None) -> bool:
    if how is not None and isinstance(item, str):
        return any(isinstance(one, str) and compare_texts(one, item, how) == 0 for one in items)
    return any(equal(one, item) for one in items)


def _range(start: int, count: int) -> Sequence:
    check_item_count(count)
    if count < 0:
        raise out_of_range("count")
    return Sequence(range(start, start + count))


def _repeat(item: Any, count: int) -> Sequence:
    check_item_count(count)
    return Sequence([item] * count)


def _list(items: list[Any]) -> ListValue:
    return ListValue(items)


def _sequence(items: list[Any]) -> Sequence:
    return Sequence(items)


def _array(items: list[Any]) -> Any:
    of = (
        "string"
        if items and all(type(item) is str for item in items)
        else "char"
        if items and all(type(item) is Char for item in items)
        else "object"
    )
    return Array(items, of)


def _of_type(items: list[Any], of: tuple[TypeName, ...]) -> Sequence:
    return Sequence(item for item in items if conversions.fits(item, of[0]))


LINQ: dict[str, tuple[str, Any]] = {
    "Select": ("IEnumerable<$body>", _select),
    "Where": ("IEnumerable<$item>", _where),
    "SelectMany": ("IEnumerable<$inner>", _select_many),
    "Any": ("bool", lambda items, test=None: any(_true(test)(item) for item in items)),
    "All": ("bool", lambda items, test: all(test(item) for item in items)),
    "Count": ("int", lambda items, test=None: sum(1 for item in items if _true(test)(item))),
    "LongCount": ("long", lambda items, test=None: sum(1 for item in items if _true(test)(item))),
    "First": ("$item", _first),
    "FirstOrDefault": ("$item", _or_default(_first)),
    "Last": ("$item", lambda items, test=None: _first(items[::-1], test)),
    "LastOrDefault": ("$item", _or_default(lambda items, test=None: _first(items[::-1], test))),
    "Single": ("$item", _single),
    "SingleOrDefault": ("$item", _or_default(_single)),
    "ElementAt": ("$item", _at),
    "ElementAtOrDefault": ("$item", lambda items, place: items[place] if 0 <= place < len(items) else empty(items)),
    "Distinct": ("IEnumerable<$item>", _distinct),
    "Concat": ("IEnumerable<$item>", lambda items, other: Sequence([*items, *items_of(other)])),
    "Union": ("IEnumerable<$item>", lambda items, other, how=None: _distinct([*items, *items_of(other)], how)),
    "Intersect": ("IEnumerable<$item>", lambda items, other, how=None: _shared(items, other, how, in_both=True)),
    "Except": ("IEnumerable<$item>", lambda items, other, how=None: _shared(items, other, how, in_both=False)),
    "Append": ("IEnumerable<$item>", lambda items, item: Sequence([*items, item])),
    "Prepend": ("IEnumerable<$item>", lambda items, item: Sequence([item, *items])),
    "Skip": ("IEnumerable<$item>", lambda items, count: Sequence(items[max(count, 0) :])),
    "Take": ("IEnumerable<$item>", lambda items, count: Sequence(items[: max(count, 0)])),
    "SkipWhile": ("IEnumerable<$item>", lambda items, test: Sequence(items[_while(items, test) :])),
    "TakeWhile": ("IEnumerable<$item>", lambda items, test: Sequence(items[: _while(items, test)])),
    "Reverse": ("IEnumerable<$item>", lambda items: Sequence(items[::-1])),
    "DefaultIfEmpty": ("IEnumerable<$item>", lambda items, item=None: Sequence(items or [item])),
    "GroupBy": ("IEnumerable<IGrouping<$body,$item>>", _groups),
    "ToDictionary": ("Dictionary<$body,$body1>", _dictionary),
    "ToList": ("List<$item>", _list),
    "ToArray": ("$item[]", _array),
    "ToHashSet": ("HashSet<$item>", lambda items, how=None: HashSet(items, folded=how is not None and "IgnoreCase" in how.name)),
    "AsEnumerable": ("IEnumerable<$item>", _sequence),
    "Aggregate": ("$aggregate", _aggregate),
    "Sum": ("$number", _sum),
    "Average": ("double", _average),
    "Min": ("$bodyoritem", _extreme(-1)),
    "Max": ("$bodyoritem", _extreme(1)),
    "Contains": ("bool", _contains),
    "SequenceEqual": (
        "bool",
        lambda items, other: len(items) == len(items_of(other)) and all(map(equal, items, items_of(other))),
    ),
    "Zip": ("IEnumerable<?>", lambda items, other, call: Sequence(map(call, items, items_of(other)))),
}


def _while(items: list[Any], test: Test) -> int:
    return next((place for place, item in enumerate(items) if not test(item)), len(items))


def _shared(items: list[Any], other: Any, how: Any, *, in_both: bool) -> Sequence:
    keys = _keyed(items_of(other), how)
    return Sequence(item for item in _distinct(items, how) if ((("null",) if item is None else _key(item)) in keys) == in_both)


class _Listed:
    """A function of items as a method of every type with items; its code object gives the number of arguments."""

    def __init__(self, call: Any) -> None:
        self._call = call
        self.__code__, self.__defaults__ = call.__code__, call.__defaults__

    def __call__(self, source: Any, *arguments: Any, **named: Any) -> Any:
        return self._call(items_of(source), *arguments, **named)


define(
    "IEnumerable",
    parameters=("$item",),
    items="$item",
    methods={
        **{name: (returns, _Listed(call)) for name, (returns, call) in LINQ.items()},
        "OrderBy": ("IEnumerable<$item>", order_by(descending=False)),
        "OrderByDescending": ("IEnumerable<$item>", order_by(descending=True)),
        "ThenBy": ("IEnumerable<$item>", order_by(descending=False, then=True)),
        "ThenByDescending": ("IEnumerable<$item>", order_by(descending=True, then=True)),
        "Cast": ("IEnumerable<$T>", lambda source, *, of: Sequence(of and items_of(source))),
        "OfType": ("IEnumerable<$T>", lambda source, *, of: _of_type(items_of(source), of)),
    },
)
define("IGrouping", bases=("IEnumerable",), items="$1", members={"Key": ("$0", lambda group: group.key)})
define(
    "Enumerable",
    functions={
        "Range": ("IEnumerable<int>", _range),
        "Repeat": ("IEnumerable<$arg0>", _repeat),
        "Empty": ("IEnumerable<$T>", lambda *, of: Sequence(of[:0])),
    },
)
