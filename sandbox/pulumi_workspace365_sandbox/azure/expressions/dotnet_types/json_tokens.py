"""`JObject`, `JArray`, `JToken`, `JValue`, `JProperty`, `JsonConvert`."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from pulumi_workspace365_sandbox.azure.expressions import conversions, documents, registry
from pulumi_workspace365_sandbox.azure.expressions.datetimes import DateTimeValue
from pulumi_workspace365_sandbox.azure.expressions.documents import DEEPEST, JArray, JObject, JProperty, JValue
from pulumi_workspace365_sandbox.azure.expressions.dotnet_types import enumerations
from pulumi_workspace365_sandbox.azure.expressions.errors import DotNetException, LimitExceeded
from pulumi_workspace365_sandbox.azure.expressions.limits import check_item_count, spend
from pulumi_workspace365_sandbox.azure.expressions.nodes import TypeName
from pulumi_workspace365_sandbox.azure.expressions.registry import Entry, define
from pulumi_workspace365_sandbox.azure.expressions.values import ByteArray, ListValue, OutArgument, Sequence

_TYPES: tuple[tuple[Any, str], ...] = (
    (bool, "Boolean"),
    (int, "Integer"),
    (float | Decimal, "Float"),
    (str, "String"),
    (DateTimeValue, "Date"),
    (dt.timedelta, "TimeSpan"),
    (ByteArray, "Bytes"),
)


def _type(token: Any) -> Any:
    if isinstance(token, JValue):
        name = (
            "Null" if token.value is None else next((name for type_, name in _TYPES if isinstance(token.value, type_)), "String")
        )
    else:
        name = token.kind.removeprefix("J")
    return enumerations.value("JTokenType", name)


def _layout(token: Any, how: Any = None, *_: Any) -> str:
    if isinstance(token, JValue):
        return str(token.shown())
    return token.shown() if how is None or how.name == "Indented" else documents.to_json(token, indented=False)


def _value(token: Any, key: Any = None, *, of: tuple[TypeName, ...]) -> Any:
    selected = token if key is None else documents.item(token, key)
    return conversions.default(of[0]) if selected is None else conversions.token_as(selected, of[0])


def _values(token: Any, *, of: tuple[TypeName, ...]) -> Sequence:
    return Sequence(conversions.token_as(item, of[0]) if of else item for item in documents.children(token))


def _select_one(token: Any, path: str, strict: Any = False) -> Any:
    selected = documents.select(token, path)
    if not selected and strict:
        raise DotNetException("JsonException", f"Path '{path}' returned no token.")
    if len(selected) > 1:
        raise DotNetException("JsonException", "Path returned multiple tokens.")
    return selected[0] if selected else None


def _parsed(kind: type, name: str) -> Callable[[Any], Any]:
    def parse(text: Any) -> Any:
        document = documents.read(text)
        if not isinstance(document, kind):
            raise DotNetException(
                "JsonReaderException", f"Error reading {name} from JsonReader. Current JsonReader item is not one."
            )
        return document

    return parse


def _from(kind: type | None) -> Callable[[Any], Any]:
    def made(value: Any) -> Any:
        token = documents.token(value)
        if kind is not None and not isinstance(token, kind):
            raise DotNetException("ArgumentException", f"Object serialized to {token.kind}. {kind.__name__} instance expected.")
        return token

    return made


def _property(object_: JObject, name: str, *_: Any) -> Any:
    return JProperty(name, object_.members[name]) if name in object_.members else None


def _get(object_: JObject, name: str, how: Any = None) -> Any:
    if how is not None and "IgnoreCase" in how.name:
        return next((item for key, item in object_.members.items() if key.casefold() == name.casefold()), None)
    return object_.members.get(name)


def _try_get(object_: JObject, name: str, *more: Any) -> bool:
    out = more[-1]
    assert isinstance(out, OutArgument)  # noqa: S101  the checker has seen to it
    out.set(_get(object_, name, more[0] if len(more) == 2 else None))
    return _get(object_, name, more[0] if len(more) == 2 else None) is not None


def _add(container: Any, first: Any, *more: Any) -> None:
    if isinstance(container, JArray):
        check_item_count(len(container.items) + 1)
        container.items.append(documents.token(first))
        return
    name, value = (first.name, first.value) if isinstance(first, JProperty) else (first, more[0] if more else None)
    if not isinstance(name, str):
        raise DotNetException("ArgumentException", f"Can not add {registry.type_name_of(name)} to {container.kind}.")
    if name in container.members:
        raise DotNetException(
            "ArgumentException",
            f"Can not add property {name} to {container.kind}. Property with the same name already exists on object.",
        )
    container.members[name] = documents.token(value)


def _object(*given: Any) -> JObject:
    made = JObject()
    for item in given[0] if len(given) == 1 and isinstance(given[0], list) else given:
        _add(made, item)
    return made


def _array(*given: Any) -> JArray:
    items = given[0] if len(given) == 1 and isinstance(given[0], list) else given
    return JArray([documents.token(item) for item in items])


def _without(container: Any, key: Any) -> bool:
    if isinstance(container, JArray):
        place = next((at for at, item in enumerate(container.items) if item is key or documents.JValue.same_value(item, key)), -1)
        if place >= 0:
            del container.items[place]
        return place >= 0
    return container.members.pop(key, None) is not None


def _clone(token: Any, left: int = DEEPEST) -> Any:
    spend(1, 8)
    if left == 0:
        raise LimitExceeded("The JSON is nested too deeply")
    if isinstance(token, JObject):
        return JObject({name: _clone(item, left - 1) for name, item in token.members.items()})
    return JArray([_clone(item, left - 1) for item in token.items]) if isinstance(token, JArray) else JValue(token.value)


def _same(one: Any, other: Any) -> bool:
    return documents.to_json(one, indented=False) == documents.to_json(other, indented=False)


_METHODS: dict[str, Entry] = {
    "Value": ("$T", _value),
    "Values": ("IEnumerable<$T>", _values),
    "ToObject": ("$T", lambda token, *, of: conversions.token_as(token, of[0])),
    "SelectToken": ("JToken", _select_one),
    "SelectTokens": ("IEnumerable<JToken>", lambda token, path, _=False: Sequence(documents.select(token, path))),
    "ToString": ("string", _layout),
    "DeepClone": ("JToken", lambda token, /: _clone(token, DEEPEST)),
    "Children": ("IEnumerable<JToken>", lambda token: Sequence(documents.children(token))),
}
define(
    "JToken",
    bases=("IEnumerable",),
    items="JToken",
    index=("JToken", documents.item),
    puts=documents.put,
    members={
        "Type": ("JTokenType", _type),
        "HasValues": ("bool", lambda token: bool(documents.children(token))),
        "First": ("JToken", lambda token: next(iter(documents.children(token)), None)),
        "Last": ("JToken", lambda token: next(iter(documents.children(token)[::-1]), None)),
    },
    methods=_METHODS,
    functions={
        "Parse": ("JToken", documents.read),
        "FromObject": ("JToken", _from(None)),
        "DeepEquals": ("bool", _same),
    },
)
define("JContainer", bases=("JToken",), members={"Count": ("int", lambda token: len(documents.children(token)))})
define(
    "JObject",
    bases=("JContainer",),
    items="KeyValuePair<string,JToken>",
    makes=("JObject", _object),
    methods={
        "Add": ("void", _add),
        "Remove": ("bool", _without),
        "Property": ("JProperty", _property),
        "Properties": ("IEnumerable<JProperty>", lambda token: Sequence(JProperty(*item) for item in token.members.items())),
        "PropertyValues": ("IEnumerable<JToken>", lambda token: Sequence(token.members.values())),
        "ContainsKey": ("bool", lambda token, name: name in token.members),
        "GetValue": ("JToken", _get),
        "TryGetValue": ("bool", _try_get, "JToken"),
        "Merge": ("void", lambda token, other, _=None: documents.merge(token, documents.token(other))),
        "RemoveAll": ("void", lambda token: token.members.clear()),
    },
    functions={"Parse": ("JObject", _parsed(JObject, "JObject")), "FromObject": ("JObject", _from(JObject))},
)
define(
    "JArray",
    bases=("JContainer",),
    items="JToken",
    makes=("JArray", _array),
    methods={
        "Add": ("void", _add),
        "Remove": ("bool", _without),
        "RemoveAt": ("void", lambda token, place: token.items.pop(place)),
        "Insert": ("void", lambda token, place, item: token.items.insert(place, documents.token(item))),
        "Clear": ("void", lambda token: token.items.clear()),
        "Contains": ("bool", lambda token, item: any(one is item or _same(one, item) for one in token.items)),
    },
    functions={"Parse": ("JArray", _parsed(JArray, "JArray")), "FromObject": ("JArray", _from(JArray))},
)
define(
    "JValue",
    bases=("JToken",),
    makes=("JValue", JValue),
    members={"Value": ("object", lambda token: token.value)},
    functions={"CreateNull": ("JValue", lambda: JValue(None)), "CreateString": ("JValue", JValue)},
)


def _named(name: Any, *values: Any) -> JProperty:
    if not isinstance(name, str):
        raise DotNetException("ArgumentNullException", "Value cannot be null. (Parameter 'name')")
    return JProperty(name, documents.token(values[0] if len(values) == 1 else list(values)))


define(
    "JProperty",
    bases=("JContainer",),
    makes=("JProperty", _named),
    members={"Name": ("string", lambda token: token.name), "Value": ("JToken", lambda token: token.value)},
)


def _serialized(value: Any, how: Any = None, *_: Any) -> str:
    return documents.to_json(value, indented=getattr(how, "name", "") == "Indented")


def _deserialized(text: str, *, of: tuple[TypeName, ...]) -> Any:
    document = documents.read(text)
    if of and of[0].name in {"Dictionary", "IDictionary"} and isinstance(document, JObject):
        return conversions.token_map(document, of[0])
    if of and of[0].name in {"List", "IList", "IEnumerable"} and isinstance(document, JArray):
        return ListValue(conversions.token_as(item, of[0].arguments[0]) for item in document.items)
    return conversions.token_as(document, of[0]) if of else document


define(
    "JsonConvert",
    functions={"SerializeObject": ("string", _serialized), "DeserializeObject": ("$T", _deserialized)},
)
