"""The values of expressions: what Python has as it is, and the rest of what C# tells apart."""

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi_workspace365_sandbox.azure.expressions.errors import DotNetException


class Long(int):
    """A whole number of 64 bits; a plain `int` has 32."""

    __slots__ = ()


class Char(str):
    """A `char`; two of them add up to a number, not to a text."""

    __slots__ = ()


class Array(list[Any]):
    """`T[]`; `of` is T."""

    def __init__(self, items: Iterable[Any] = (), of: str = "object") -> None:
        super().__init__(items)
        self.of = of


class ByteArray(bytearray):
    """`byte[]`."""


class ListValue(list[Any]):
    """`List<T>`."""


class Sequence(list[Any]):
    """`IEnumerable<T>`, already made."""


class Group(Sequence):
    """`IGrouping<K, T>`."""

    def __init__(self, key: Any, items: Iterable[Any]) -> None:
        super().__init__(items)
        self.key = key


@dataclass(frozen=True)
class KeyValuePair:
    """`KeyValuePair<K, V>`."""

    key: Any
    value: Any


@dataclass(frozen=True)
class TupleValue:
    items: tuple[Any, ...]


class Dictionary:
    """`Dictionary<K, V>`: keys in their order; `folded`: their case makes no difference."""

    kind = "Dictionary"

    def __init__(self, items: Mapping[Any, Any] | None = None, *, folded: bool = False) -> None:
        self.folded = folded
        self._pairs: dict[Any, KeyValuePair] = {}
        for key, value in (items or {}).items():
            self.put(key, value)

    def _key(self, key: Any) -> Any:
        if key is None:
            raise DotNetException("ArgumentNullException", "Value cannot be null. (Parameter 'key')")
        return key.casefold() if self.folded and isinstance(key, str) else key

    def __len__(self) -> int:
        return len(self._pairs)

    def __contains__(self, key: Any) -> bool:
        return self._key(key) in self._pairs

    def put(self, key: Any, value: Any) -> None:
        self._pairs[self._key(key)] = KeyValuePair(key, value)

    def get(self, key: Any, default: Any = None) -> Any:
        pair = self._pairs.get(self._key(key))
        return default if pair is None else pair.value

    def take(self, key: Any) -> Any:
        if key not in self:
            raise DotNetException("KeyNotFoundException", f"The given key '{key}' was not present in the dictionary.")
        return self.get(key)

    def remove(self, key: Any) -> bool:
        return self._pairs.pop(self._key(key), None) is not None

    def clear(self) -> None:
        self._pairs.clear()

    def pairs(self) -> list[KeyValuePair]:
        return list(self._pairs.values())


class MultiValueDictionary(Dictionary):
    """Headers, query parameters and claims: lists of texts, which `GetValueOrDefault` joins."""

    kind = "TextLists"


class Variables(Dictionary):
    """`context.Variables`."""

    kind = "Variables"


class HashSet:
    """`HashSet<T>`."""

    def __init__(self, items: Iterable[Any] = (), *, folded: bool = False) -> None:
        self.index = Dictionary(folded=folded)
        for item in items:
            self.add(item)

    def __len__(self) -> int:
        return len(self.index)

    def add(self, item: Any) -> bool:
        if item in self.index:
            return False
        self.index.put(item, True)
        return True


@dataclass
class ObjectValue:
    """An object whose members are all there is to it: what `context` is made of, and anonymous types."""

    kind: str
    members: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class StringBuilderValue:
    """`StringBuilder`."""

    parts: list[str] = field(default_factory=list)
    size: int = 0


@dataclass(frozen=True)
class ExceptionValue:
    """An exception as `catch` sees it."""

    kind: str
    message: str


@dataclass(frozen=True)
class Enumeration:
    """A value of an enum; those of `RegexOptions` are joined with `|`."""

    kind: str
    name: str
    number: int

    def shown(self) -> str:
        return self.name


@dataclass
class OutArgument:
    """An `out` argument."""

    set: Callable[[Any], None]


def equal(left: Any, right: Any) -> bool:
    """`==`: by value for what has one, else the same object."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    same = getattr(left, "same_value", None) or getattr(right, "same_value", None)
    if same is not None:
        return bool(same(right if hasattr(left, "same_value") else left))
    if isinstance(left, list | bytearray | Dictionary | HashSet | ObjectValue | StringBuilderValue):
        return left is right
    return bool(left == right)


def guid(text: str) -> uuid.UUID:
    """Raises DotNetException."""
    try:
        return uuid.UUID(text.strip())
    except ValueError:
        message = "Guid should contain 32 digits with 4 dashes (xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx)."
        raise DotNetException("FormatException", message) from None
