"""Validates the structure of a stored deployment and of a journal's records before they are used (Pulumi's sdk/go/common/apitype/core.go).

What has no value may be null everywhere but where a resource's URN or type stands, as Go writes it for what is empty.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from pulumi_embedded_engine.resource import json_structure
from pulumi_embedded_engine.resource import urn as urns
from pulumi_embedded_engine.resource.deployment import VERSION, VERSION_WITH_FEATURES
from pulumi_embedded_engine.resource.json_structure import (
    ANY_OBJECT,
    FLAG,
    INTEGER,
    NUMBER,
    TEXT,
    TEXTS,
    Validator,
    list_of,
    map_of,
    object_of,
)
from pulumi_embedded_engine.resource.state import ATTRIBUTE_BY_JSON_NAME, Resource
from pulumi_embedded_engine.resource.values import Properties


def problem(document: Any) -> str:
    """The first thing that is wrong with a document of version, features and deployment, with its place; empty where nothing is.

    A version that this engine does not know is not judged here.
    """
    version = document.get("version") if isinstance(document, dict) else None
    is_foreign = type(version) is int and version not in {VERSION, VERSION_WITH_FEATURES}
    return "" if is_foreign else json_structure.problem(_DOCUMENT, document)


def record_problem(record: Mapping[str, Any]) -> str:
    """The first thing that is wrong with a record of a journal (``journal.Journal``); empty where nothing is."""
    kind, record_structure = record.get("kind"), _RECORDS.get(str(record.get("kind")))
    if record_structure is None:
        return f"{kind!r:.80} is not a kind of record"
    fields, validator = record_structure
    if unknown := sorted(record.keys() - fields):
        return f"{kind!r} has no field {unknown[0]!r:.80}"
    return json_structure.problem(validator, record)


def _urn(value: Any) -> str:
    return "" if isinstance(value, str) and urns.is_valid(value) else " is no URN"


def _full(value: Any) -> str:
    return "" if isinstance(value, str) and value else " is not a text"


def _secrets_provider(value: Any) -> str:
    return _PROVIDER(value) or (_PASSPHRASE(value) if value.get("type") == "passphrase" else "")


_PROVIDER = object_of({"type": TEXT, "state": ANY_OBJECT})
_PASSPHRASE = object_of({"state": object_of({"salt": TEXT}, "salt")}, "state")
_OF_TYPES: dict[Any, Validator] = {
    str: TEXT,
    bool: FLAG,
    Properties: ANY_OBJECT,
    tuple[str, ...]: TEXTS,
    tuple[Mapping[str, str], ...]: list_of(ANY_OBJECT),
    Mapping[str, float]: map_of(NUMBER),
    Mapping[str, tuple[str, ...]]: map_of(TEXTS),
}
_TYPES = {item.name: item.type for item in fields(Resource)}
_RESOURCE = object_of(
    {name: _OF_TYPES[_TYPES[field]] for name, field in ATTRIBUTE_BY_JSON_NAME.items() if _TYPES[field] in _OF_TYPES}
    | {"urn": _urn, "type": _full},
    "urn",
    "type",
)
_DOCUMENT = object_of(
    {
        "version": INTEGER,
        "features": TEXTS,
        "deployment": object_of(
            {
                "manifest": object_of({"time": TEXT, "magic": TEXT, "version": TEXT}),
                "secrets_providers": _secrets_provider,
                "resources": list_of(_RESOURCE),
                "pending_operations": list_of(object_of({"resource": _RESOURCE, "type": _full}, "resource", "type")),
                "metadata": ANY_OBJECT,
            }
        ),
    },
    "version",
    "deployment",
)


def _record(fields: Mapping[str, Validator], *required: str) -> tuple[frozenset[str], Validator]:
    """The names of all fields of a kind of record, and what validates it."""
    every = {"kind": TEXT, "time": TEXT, "byteString": FLAG, **fields}
    return frozenset(every), object_of(every, *required)


_STATE = {"new": _RESOURCE}
_RECORDS = {
    "header": _record({"format": INTEGER, "base": TEXT, "stack": TEXT, "secrets_providers": _secrets_provider}, "format"),
    "commit": _record({"checkpoint": TEXT}, "checkpoint"),
    "begin": _record({"operation": INTEGER, "type": _full, "resource": _RESOURCE}, "operation", "type", "resource"),
    "end": _record(
        {
            "operation": INTEGER,
            "remove": TEXT,
            "mark_delete": TEXT,
            "mark_pending_replacement": TEXT,
            "refreshed": FLAG,
            **_STATE,
        },
        "operation",
    ),
    "same": _record({"operation": INTEGER, "old": TEXT, **_STATE}, "operation", "old"),
    "outputs": _record({"old": TEXT, **_STATE}, "old", "new"),
    "refresh": _record({"old": TEXT, **_STATE}, "old"),
    "rebuild": _record({}),
}
