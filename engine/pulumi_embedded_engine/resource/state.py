"""The deployment: what a stack consists of, in the JSON that the Pulumi CLI reads and writes.

Fields are those of Pulumi's sdk/go/common/apitype/core.go (ResourceV3, OperationV2, DeploymentV3), in Python spelling; what a
newer CLI added is kept in ``extra`` and written back.
"""

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from importlib import metadata
from typing import Any, Literal, Self, get_args

from pulumi_embedded_engine.errors import NeedsPulumiCLI, StateError
from pulumi_embedded_engine.resource import signatures, state_values
from pulumi_embedded_engine.resource.values import Properties, Value

VERSION = 3
VERSION_WITH_FEATURES = 4
_READABLE_FEATURES = frozenset({"refreshBeforeUpdate", "hooks", "taint", "replaceWith", "byteString"})

OperationType = Literal["creating", "updating", "deleting", "reading", "importing"]


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
        values = {attribute: _thaw(stored[name], decrypt, name) for name, attribute in FIELDS.items() if name in stored}
        extra = {name: value for name, value in stored.items() if name not in FIELDS}
        resource = cls(**values, extra=extra)
        object.__setattr__(resource, "_stored", dict(stored))
        return resource

    def to_json(self, encrypt: state_values.Crypt | None) -> dict[str, Any]:
        """The entry for ``resources``; None as ``encrypt`` writes secrets in clear. A loaded resource keeps its ciphertexts."""
        if self._stored is not None and encrypt is not None:
            return self._stored
        stored: dict[str, Any] = {}
        for name, attribute in FIELDS.items():
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


FIELDS = {
    item.metadata.get("json") or _json_name(item.name): item.name
    for item in fields(Resource)
    if item.name not in {"extra", "_stored"}
}


def _thaw(value: Any, decrypt: state_values.Crypt, name: str) -> Any:
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


@dataclass(frozen=True)
class Operation:
    """A pending operation: begun, without a recorded end."""

    resource: Resource
    type: OperationType

    @classmethod
    def from_json(cls, stored: Any, decrypt: state_values.Crypt) -> Self:
        if not isinstance(stored, dict) or stored.get("type") not in get_args(OperationType):
            raise StateError("the deployment is malformed: it holds a pending operation without type; restore a backup")
        return cls(Resource.from_json(stored.get("resource"), decrypt), stored["type"])

    def to_json(self, encrypt: state_values.Crypt | None) -> dict[str, Any]:
        return {"resource": self.resource.to_json(encrypt), "type": self.type}


def new_manifest() -> dict[str, Any]:
    """Time, version of this engine, and the check value that the CLI expects of both."""
    try:
        version = f"v{metadata.version('pulumi-embedded-engine')}"
    except metadata.PackageNotFoundError:  # run from its folder, without being installed
        version = "v0.0.0"
    return {"time": now(), "magic": hashlib.sha256(version.encode()).hexdigest(), "version": version}


@dataclass
class Deployment:
    """All resources of a stack, dependencies before dependents."""

    resources: list[Resource] = field(default_factory=list)
    pending_operations: list[Operation] = field(default_factory=list)
    secrets_provider: dict[str, Any] | None = None
    manifest: dict[str, Any] = field(default_factory=new_manifest)
    metadata: dict[str, Any] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_json(cls, document: Mapping[str, Any], decrypt: state_values.Crypt) -> Self:
        """Read the document that ``pulumi stack export`` prints: version, features and deployment.

        Raises:
            NeedsPulumiCLI: the deployment has a version or feature that this engine does not know.
            StateError: the document is not a deployment.
            SecretsError: a secret cannot be decrypted.
        """
        check_readable(document)
        stored = document.get("deployment") or {}
        if not isinstance(stored, dict):
            raise StateError("the deployment is malformed: expected an object; restore a backup")
        return cls(
            resources=[_resource(index, item, decrypt) for index, item in enumerate(_list(stored, "resources"))],
            pending_operations=[Operation.from_json(item, decrypt) for item in _list(stored, "pending_operations")],
            secrets_provider=stored.get("secrets_providers"),
            manifest=dict(stored.get("manifest") or {}),
            metadata=dict(stored.get("metadata") or {}),
            extra={name: value for name, value in stored.items() if name not in _DEPLOYMENT_FIELDS},
        )

    def to_json(self, encrypt: state_values.Crypt | None) -> dict[str, Any]:
        """The document that ``pulumi stack import`` reads; None as ``encrypt`` writes secrets in clear."""
        features = sorted(set().union(*(resource.features() for resource in self._all_resources())))
        return document_of(
            {
                "manifest": self.manifest,
                "secrets_providers": self.secrets_provider,
                "resources": [resource.to_json(encrypt) for resource in self.resources],
                "pending_operations": [operation.to_json(encrypt) for operation in self.pending_operations],
                "metadata": self.metadata,
                **self.extra,
            },
            features,
        )

    def _all_resources(self) -> Iterable[Resource]:
        yield from self.resources
        for operation in self.pending_operations:
            yield operation.resource


def _resource(index: int, stored: Any, decrypt: state_values.Crypt) -> Resource:
    try:
        return Resource.from_json(stored, decrypt)
    except StateError as error:
        raise StateError(f"{error} (resources[{index}])") from error


def _list(stored: Mapping[str, Any], name: str) -> list[Any]:
    value = stored.get(name) or []
    if not isinstance(value, list):
        raise StateError(f"the deployment is malformed: {name} is not a list; restore a backup")
    return value


_DEPLOYMENT_FIELDS = frozenset({"manifest", "secrets_providers", "resources", "pending_operations", "metadata"})


def document_of(deployment: Mapping[str, Any], features: list[str]) -> dict[str, Any]:
    """A deployment with its version: 4 only where it uses features, so that older CLIs can read the others."""
    always = {"manifest", "metadata"}
    kept = {name: value for name, value in deployment.items() if value or name in always}
    if features:
        return {"version": VERSION_WITH_FEATURES, "features": features, "deployment": kept}
    return {"version": VERSION, "deployment": kept}


def features_of(resource: Mapping[str, Any]) -> set[str]:
    """As Resource.features, of a resource's JSON; texts inside ciphertexts cannot be seen."""
    names = {
        "refreshBeforeUpdate": "refreshBeforeUpdate",
        "resourceHooks": "hooks",
        "taint": "taint",
        "replaceWith": "replaceWith",
    }
    return {feature for name, feature in names.items() if resource.get(name)}


def check_readable(document: Mapping[str, Any]) -> None:
    """Refuse a deployment that would lose something if this engine wrote it back.

    Raises:
        NeedsPulumiCLI: version or feature unknown.
    """
    version = document.get("version")
    if version not in {VERSION, VERSION_WITH_FEATURES}:
        raise NeedsPulumiCLI(f"a deployment of version {version!r}")
    unknown = sorted(set(document.get("features") or []) - _READABLE_FEATURES) if version == VERSION_WITH_FEATURES else []
    if unknown:
        raise NeedsPulumiCLI(f"a deployment with the feature {', '.join(unknown)}")
