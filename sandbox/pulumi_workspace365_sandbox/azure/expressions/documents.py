"""JSON as Newtonsoft has it: tokens, read within bounds, written in its layouts, selected by path."""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Union

from pulumi_workspace365_sandbox.azure.expressions import formats
from pulumi_workspace365_sandbox.azure.expressions.datetimes import DateTimeValue
from pulumi_workspace365_sandbox.azure.expressions.errors import DotNetException, LimitExceeded, wrong_cast
from pulumi_workspace365_sandbox.azure.expressions.limits import check_item_count, check_text_size, spend
from pulumi_workspace365_sandbox.azure.expressions.values import ByteArray, Char, Dictionary, HashSet, Long, ObjectValue

DEEPEST = 60
_MOST_SELECTED = 20_000
_PATH = re.compile(
    r"\s*(?:(?P<deep>\.\.)(?P<below>[\w$-]+|\*)?|\.?(?P<name>[^\W\d]\w*|\$|\*)|\[(?P<index>-?\d{1,9})\]|\[\*\]|\['(?P<quoted>[^']*)'\]"
    r"|\[\?\(\s*@\.(?P<key>[\w.]+)\s*(?:(?P<test>==|!=)\s*(?P<value>'[^']*'|-?\d+(?:\.\d+)?|true|false|null)\s*)?\)\])"
)


@dataclass(eq=False)
class JValue:
    """`JValue`; `value` may be None."""

    value: Any
    kind = "JValue"

    def shown(self) -> str:
        return formats.text(self.value)

    def formatted(self, form: str) -> str:
        return formats.formatted(self.value, form)

    def same_value(self, other: Any) -> bool:
        if other is None:
            return False
        mine, theirs = self.value, other.value if isinstance(other, JValue) else other
        if isinstance(mine, bool) or isinstance(theirs, bool):
            return mine is theirs
        return bool(mine == theirs)


@dataclass(eq=False)
class JArray:
    items: list[Any] = field(default_factory=list)
    kind = "JArray"

    def shown(self) -> str:
        return to_json(self, indented=True)


@dataclass(eq=False)
class JObject:
    members: dict[str, Any] = field(default_factory=dict)
    kind = "JObject"

    def shown(self) -> str:
        return to_json(self, indented=True)


@dataclass(eq=False)
class JProperty:
    name: str
    value: Any
    kind = "JProperty"

    def shown(self) -> str:
        return f"{json.dumps(self.name)}: {to_json(self.value, indented=True)}"


JToken = Union[JValue, JArray, JObject, JProperty]  # noqa: UP007  isinstance takes the names below
TOKENS = (JValue, JArray, JObject, JProperty)


def read(text: Any) -> Any:
    """Raises DotNetException."""
    if not isinstance(text, str):
        raise DotNetException("ArgumentNullException", "Value cannot be null. (Parameter 'reader')")
    try:
        document = json.loads(text, parse_int=_whole, parse_float=float, parse_constant=float)
    except RecursionError:
        raise LimitExceeded("The JSON is nested too deeply") from None
    except ValueError as problem:
        raise DotNetException("JsonReaderException", f"Unexpected character encountered while parsing value: {problem}") from None
    return token(document)


def _whole(text: str) -> Any:
    if len(text) > 19 or not -(2**63) <= int(text) < 2**63:
        raise ValueError("a number is too large")
    return Long(text)


def token(value: Any, left: int = DEEPEST) -> Any:
    """A value as a token, as `JToken.FromObject` makes it."""
    if left == 0:
        raise LimitExceeded("The JSON is nested too deeply")
    if isinstance(value, TOKENS):
        return value
    spend(1, 8)
    if isinstance(value, ObjectValue):
        return JObject({name: token(item, left - 1) for name, item in value.members.items()})
    if isinstance(value, Dictionary):
        return JObject({formats.text(pair.key): token(pair.value, left - 1) for pair in value.pairs()})
    if isinstance(value, dict):
        return JObject({name: token(item, left - 1) for name, item in value.items()})
    if isinstance(value, list | HashSet):
        items = [pair.key for pair in value.index.pairs()] if isinstance(value, HashSet) else value
        return JArray([token(item, left - 1) for item in items])
    return JValue(value)


def to_json(value: Any, *, indented: bool) -> str:
    """Raises LimitExceeded."""
    parts: list[str] = []
    size = 0
    for part in _parts(token(value), "\r\n" if indented else "", DEEPEST):
        parts.append(part)
        size += len(part)
        check_text_size(size)
    return "".join(parts)


def _parts(value: Any, line: str, left: int) -> Iterator[str]:
    spend(1)
    if left == 0:
        raise LimitExceeded("The JSON is nested too deeply")
    if isinstance(value, JProperty):
        yield from (json.dumps(value.name, ensure_ascii=False), ": " if line else ":")
        yield from _parts(value.value, line, left)
    elif isinstance(value, JValue):
        yield _scalar(value.value)
    else:
        inner = f"{line}  " if line else ""
        named = isinstance(value, JObject)
        items = list(value.members.items()) if isinstance(value, JObject) else [("", item) for item in value.items]
        yield "{" if named else "["
        for place, (name, item) in enumerate(items):
            yield f"{',' if place else ''}{inner}"
            if named:
                yield f"{json.dumps(name, ensure_ascii=False)}:{' ' if line else ''}"
            yield from _parts(item, inner, left - 1)
        yield f"{line if items else ''}{'}' if named else ']'}"


def _scalar(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, float | Decimal):
        shown = formats.text(value)
        return shown if not math.isfinite(value) or set(shown) & set(".E") else f"{shown}.0"
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, DateTimeValue):
        return json.dumps(value.formatted("yyyy-MM-ddTHH:mm:ss.FFFFFFFK").replace(".Z", "Z"))
    if isinstance(value, ByteArray | Char):
        return json.dumps(formats.text(value))
    return json.dumps(formats.text(value), ensure_ascii=False)


def children(value: Any) -> list[Any]:
    if isinstance(value, JArray):
        return list(value.items)
    return list(value.members.values()) if isinstance(value, JObject) else []


def select(value: Any, path: str) -> list[Any]:
    """The tokens that a path names. Raises DotNetException."""
    selected, at = [value], 1 if path.startswith("$") else 0
    while at < len(path):
        step = _PATH.match(path, at)
        if step is None or step.end() == at:
            raise DotNetException("JsonException", f"Unexpected character while parsing path: {path[at : at + 20]}")
        at = step.end()
        selected = [item for one in selected for item in _stepped(one, step)]
        spend(len(selected))
        if len(selected) > _MOST_SELECTED:
            raise LimitExceeded("A path selects too many tokens")
    return selected


def _stepped(value: Any, step: re.Match[str]) -> list[Any]:
    name = step["name"] if step["quoted"] is None else step["quoted"]
    if step["deep"]:
        everything = list(_descendants(value))
        if step["below"] in {None, "*"}:
            return everything
        return [item.members[step["below"]] for item in everything if isinstance(item, JObject) and step["below"] in item.members]
    if step["index"] is not None:
        place = int(step["index"])
        return [value.items[place]] if isinstance(value, JArray) and 0 <= place < len(value.items) else []
    if step["key"]:
        return [item for item in children(value) if _fits(item, step)]
    if name is None or name == "*":
        return children(value)
    return [value.members[name]] if isinstance(value, JObject) and name in value.members else []


def _fits(item: Any, step: re.Match[str]) -> bool:
    matches = select(item, step["key"])
    if not step["test"]:
        return bool(matches)
    text = step["value"]
    expected = text[1:-1] if text[0] == "'" else json.loads(text)
    return any(isinstance(one, JValue) and (one.value == expected) == (step["test"] == "==") for one in matches)


def _descendants(value: Any) -> Iterator[Any]:
    waiting = [value]
    while waiting:
        spend(1)
        one = waiting.pop()
        yield one
        waiting.extend(reversed(children(one)))


def item(value: Any, key: Any) -> Any:
    """`token[key]`: null for a name that an object has not. Raises DotNetException."""
    if isinstance(value, JObject) and isinstance(key, str):
        return value.members.get(key)
    if isinstance(value, JArray) and isinstance(key, int):
        if not 0 <= key < len(value.items):
            raise DotNetException(
                "ArgumentOutOfRangeException",
                "Index was out of range. Must be non-negative and less than the size of the collection.",
            )
        return value.items[key]
    if isinstance(value, JValue):
        raise DotNetException("InvalidOperationException", "Cannot access child value on Newtonsoft.Json.Linq.JValue.")
    raise DotNetException("ArgumentException", f"Accessed {value.kind} values with invalid key value: {formats.text(key)}.")


def put(value: Any, key: Any, new: Any) -> None:
    if isinstance(value, JObject) and isinstance(key, str):
        value.members[key] = token(new)
    elif isinstance(value, JArray) and isinstance(key, int) and 0 <= key < len(value.items):
        value.items[key] = token(new)
    else:
        raise wrong_cast(value.kind, "JObject")


def merge(target: JObject, other: Any, left: int = DEEPEST) -> None:
    """`JObject.Merge` with its defaults: objects are joined, arrays appended."""
    spend(1)
    if left == 0:
        raise LimitExceeded("The JSON is nested too deeply")
    for name, value in other.members.items() if isinstance(other, JObject) else ():
        mine = target.members.get(name)
        if isinstance(mine, JObject) and isinstance(value, JObject):
            merge(mine, value, left - 1)
        elif isinstance(mine, JArray) and isinstance(value, JArray):
            mine.items.extend(list(value.items))
            check_item_count(len(mine.items))
        else:
            target.members[name] = value
