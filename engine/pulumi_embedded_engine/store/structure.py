"""Validates the structure of a stored deployment and of a journal's records before they are used (Pulumi's sdk/go/common/apitype/core.go).

What has no value may be null everywhere but where a resource's URN or type stands, as Go writes it for what is empty.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from typing import Any

from pulumi_embedded_engine.resource import urn as urns
from pulumi_embedded_engine.resource.deployment import VERSION, VERSION_WITH_FEATURES
from pulumi_embedded_engine.resource.state import ATTRIBUTE_BY_JSON_NAME, Resource
from pulumi_embedded_engine.resource.values import Properties

_Validator = Callable[[Any, str], Iterator[str]]


def problem(document: Any) -> str:
    """The first thing that is wrong with a document of version, features and deployment, with its place; empty where nothing is.

    A version that this engine does not know is not judged here.
    """
    version = document.get("version") if isinstance(document, dict) else None
    is_foreign = type(version) is int and version not in {VERSION, VERSION_WITH_FEATURES}
    return "" if is_foreign else next(_DOCUMENT(document, ""), "")


def record_problem(record: Mapping[str, Any]) -> str:
    """The first thing that is wrong with a record of a journal (``journal.Journal``); empty where nothing is."""
    kind, known = record.get("kind"), _RECORDS.get(str(record.get("kind")))
    if known is None:
        return f"{kind!r:.80} is not a kind of record"
    fields, required = known
    unknown = sorted(record.keys() - fields.keys() - _EVERY_RECORD.keys())
    if unknown:
        return f"{kind!r} has no field {unknown[0]!r:.80}"
    return next(_object({**_EVERY_RECORD, **fields}, *required)(record, ""), "")


def _of(kind: type | tuple[type, ...], words: str) -> _Validator:
    def judge(value: Any, where: str) -> Iterator[str]:
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            yield f"{where} is not {words}"

    return judge


def _list(of: _Validator) -> _Validator:
    def judge(value: Any, where: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield f"{where} is not a list"
            return
        for index, item in enumerate(value):
            yield from of(item, f"{where}[{index}]")

    return judge


def _map(of: _Validator) -> _Validator:
    def judge(value: Any, where: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{where} is not an object"
            return
        for name, item in value.items():
            if item is not None:
                yield from of(item, f"{where}.{name:.80}")

    return judge


def _object(fields: Mapping[str, _Validator], *required: str) -> _Validator:
    def judge(value: Any, where: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{where or 'the document'} is not an object"
            return
        for name, field in fields.items():
            place = f"{where}.{name}" if where else name
            if value.get(name) is not None:
                yield from field(value[name], place)
            elif name in required:
                yield f"{place} is missing"

    return judge


def _urn(value: Any, where: str) -> Iterator[str]:
    if not isinstance(value, str) or not urns.is_valid(value):
        yield f"{where} is no URN"


def _full(value: Any, where: str) -> Iterator[str]:
    if not isinstance(value, str) or not value:
        yield f"{where} is not a text"


def _secrets_provider(value: Any, where: str) -> Iterator[str]:
    yield from _PROVIDER(value, where)
    if isinstance(value, dict) and value.get("type") == "passphrase":
        yield from _PASSPHRASE(value, where)


_TEXT, _FLAG, _NUMBER = _of(str, "a text"), _of(bool, "true or false"), _of((int, float), "a number")
_TEXTS, _ANY_OBJECT = _list(_TEXT), _of(dict, "an object")
_PROVIDER = _object({"type": _TEXT, "state": _ANY_OBJECT})
_PASSPHRASE = _object({"state": _object({"salt": _TEXT}, "salt")}, "state")
_OF_TYPES: dict[Any, _Validator] = {
    str: _TEXT,
    bool: _FLAG,
    Properties: _ANY_OBJECT,
    tuple[str, ...]: _TEXTS,
    tuple[Mapping[str, str], ...]: _list(_ANY_OBJECT),
    Mapping[str, float]: _map(_NUMBER),
    Mapping[str, tuple[str, ...]]: _map(_TEXTS),
}
_TYPES = {item.name: item.type for item in fields(Resource)}
_RESOURCE = _object(
    {name: _OF_TYPES[_TYPES[field]] for name, field in ATTRIBUTE_BY_JSON_NAME.items() if _TYPES[field] in _OF_TYPES}
    | {"urn": _urn, "type": _full},
    "urn",
    "type",
)
_DOCUMENT = _object(
    {
        "version": _of(int, "a whole number"),
        "features": _TEXTS,
        "deployment": _object(
            {
                "manifest": _object({"time": _TEXT, "magic": _TEXT, "version": _TEXT}),
                "secrets_providers": _secrets_provider,
                "resources": _list(_RESOURCE),
                "pending_operations": _list(_object({"resource": _RESOURCE, "type": _full}, "resource", "type")),
                "metadata": _ANY_OBJECT,
            }
        ),
    },
    "version",
    "deployment",
)

_WHOLE = _of(int, "a whole number")
_EVERY_RECORD: dict[str, _Validator] = {"kind": _TEXT, "time": _TEXT, "byteString": _FLAG}
_STATE = {"new": _RESOURCE}
_RECORDS: dict[str, tuple[dict[str, _Validator], tuple[str, ...]]] = {
    "header": ({"format": _WHOLE, "base": _TEXT, "stack": _TEXT, "secrets_providers": _secrets_provider}, ("format",)),
    "commit": ({"checkpoint": _TEXT}, ("checkpoint",)),
    "begin": ({"operation": _WHOLE, "type": _full, "resource": _RESOURCE}, ("operation", "type", "resource")),
    "end": (
        {
            "operation": _WHOLE,
            "remove": _TEXT,
            "mark_delete": _TEXT,
            "mark_pending_replacement": _TEXT,
            "refreshed": _FLAG,
            **_STATE,
        },
        ("operation",),
    ),
    "same": ({"operation": _WHOLE, "old": _TEXT, **_STATE}, ("operation", "old")),
    "outputs": ({"old": _TEXT, **_STATE}, ("old", "new")),
    "refresh": ({"old": _TEXT, **_STATE}, ("old",)),
    "rebuild": ({}, ()),
}
