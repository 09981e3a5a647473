"""The state of a resource, in the JSON that the Pulumi CLI reads and writes.

Fields are those of Pulumi's sdk/go/common/apitype/core.go (ResourceV3), in Python spelling; what a newer CLI added is kept in ``extra``
and written back.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self

from pulumi_embedded_engine.errors import StateError
from pulumi_embedded_engine.resource import signatures, state_values
from pulumi_embedded_engine.resource.values import Properties, Value


def now() -> str:
    """The time as state notes it: RFC 3339 in UTC, the fraction without final zeros."""
    whole, _, fraction = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f").partition(".")
    return f"{whole}.{fraction}".rstrip("0").rstrip(".") + "Z"


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource of a stack. Change it with ``dataclasses.replace``.

    ``id`` is empty for components; ``provider`` is a provider reference (``urn``); times are RFC 3339; ``custom_timeouts``
    maps create, update and delete to seconds; ``resource_hooks`` maps hook types to names.
    """

    urn: str
    type: str
    custom: bool = False
    delete: bool = False
    id: str = ""
    inputs: Properties = field(default_factory=dict, repr=False)
    outputs: Properties = field(default_factory=dict, repr=False)
    parent: str = ""
    protect: bool = False
    taint: bool = False
    external: bool = False
    dependencies: tuple[str, ...] = ()
    init_errors: tuple[str, ...] = ()
    provider: str = ""
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    pending_replacement: bool = False
    additional_secret_outputs: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    custom_timeouts: Mapping[str, float] = field(default_factory=dict)
    import_id: str = field(default="", metadata={"json": "importID"})
    retain_on_delete: bool = False
    deleted_with: str = ""
    replace_with: tuple[str, ...] = ()
    created: str = ""
    modified: str = ""
    source_position: str = ""
    stack_trace: tuple[Mapping[str, str], ...] = ()
    ignore_changes: tuple[str, ...] = ()
    hide_diff: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    replacement_trigger: Value = None
    refresh_before_update: bool = False
    view_of: str = ""
    resource_hooks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)
    _stored: dict[str, Any] | None = field(default=None, init=False, compare=False, repr=False)

    @classmethod
    def from_json(cls, stored: Any, decrypt: state_values.Crypt) -> Self:
        """Read one entry of ``resources``.

        Raises:
            StateError: the entry is not a resource.
            SecretsError: a secret cannot be decrypted.
        """
        if not (isinstance(stored, dict) and all(stored.get(name) and isinstance(stored[name], str) for name in ("urn", "type"))):
            raise StateError("the deployment is malformed: it holds a resource without urn or type; restore a backup")
        values = {
            attribute: _attribute_from_json(stored[name], decrypt, name)
            for name, attribute in ATTRIBUTE_BY_JSON_NAME.items()
            if name in stored
        }
        extra = {name: value for name, value in stored.items() if name not in ATTRIBUTE_BY_JSON_NAME}
        resource = cls(**values, extra=extra)
        object.__setattr__(resource, "_stored", dict(stored))
        return resource

    def to_json(self, encrypt: state_values.Crypt | None) -> dict[str, Any]:
        """The entry for ``resources``; None as ``encrypt`` writes secrets in clear. A loaded resource keeps its ciphertexts."""
        if self._stored is not None and encrypt is not None:
            return self._stored
        stored: dict[str, Any] = {}
        for name, attribute in ATTRIBUTE_BY_JSON_NAME.items():
            value = getattr(self, attribute)
            value = state_values.to_state({name: value}, encrypt)[name] if name in _PROPERTIES else _lists(value)
            if value or name == "custom" or (name == "replacementTrigger" and value is not None):
                stored[name] = value
        return stored | dict(self.extra)

    def features(self) -> set[str]:
        """The features of deployment version 4 that this resource needs."""
        uses = {
            "refreshBeforeUpdate": self.refresh_before_update,
            "hooks": bool(self.resource_hooks),
            "taint": self.taint,
            "replaceWith": bool(self.replace_with),
            "byteString": any(map(signatures.needs_byte_strings, (self.inputs, self.outputs, self.replacement_trigger))),
        }
        return {feature for feature, used in uses.items() if used}


_PROPERTIES = frozenset({"inputs", "outputs", "replacementTrigger"})


def _json_name(attribute: str) -> str:
    head, *tail = attribute.split("_")
    return head + "".join(map(str.capitalize, tail))


ATTRIBUTE_BY_JSON_NAME = {
    item.metadata.get("json") or _json_name(item.name): item.name
    for item in fields(Resource)
    if item.name not in {"extra", "_stored"}
}


def _attribute_from_json(value: Any, decrypt: state_values.Crypt, name: str) -> Any:
    if name in _PROPERTIES:
        return state_values.from_state({name: value}, decrypt)[name] if value is not None else None
    return _tuples(value)


def _tuples(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(_tuples, value))
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    return value


def _lists(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(map(_lists, value))
    if isinstance(value, dict):
        return {key: _lists(item) for key, item in value.items()}
    return value
