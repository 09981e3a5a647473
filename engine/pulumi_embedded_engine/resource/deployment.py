"""The deployment: what a stack consists of, in the JSON that the Pulumi CLI reads and writes.

Fields are those of Pulumi's sdk/go/common/apitype/core.go (OperationV2, DeploymentV3), in Python spelling; what a newer CLI added is
kept in ``extra`` and written back.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self, get_args

from pulumi_embedded_engine.errors import NeedsPulumiCLI, StateError
from pulumi_embedded_engine.resource import state_values
from pulumi_embedded_engine.resource.state import Resource, now

VERSION = 3
VERSION_WITH_FEATURES = 4
_READABLE_FEATURES = frozenset({"refreshBeforeUpdate", "hooks", "taint", "replaceWith", "byteString"})

OperationType = Literal["creating", "updating", "deleting", "reading", "importing"]


@dataclass(frozen=True)
class Operation:
    """A pending operation: begun, without a recorded end."""

    resource: Resource
    type: OperationType

    @classmethod
    def from_json(cls, stored: Any, decrypt: state_values.Crypt) -> Self:
        """An operation of a stored deployment."""
        if not isinstance(stored, dict) or stored.get("type") not in get_args(OperationType):
            raise StateError("the deployment is malformed: it holds a pending operation without type; restore a backup")
        return cls(Resource.from_json(stored.get("resource"), decrypt), stored["type"])

    def to_json(self, encrypt: state_values.Crypt | None) -> dict[str, Any]:
        """The operation as it is stored; None as `encrypt` writes secrets in clear."""
        return {"resource": self.resource.to_json(encrypt), "type": self.type}


def new_manifest() -> dict[str, Any]:
    """Time, version of this engine, and the check value that the CLI expects of both."""
    from importlib import metadata  # noqa: PLC0415  a preview writes no manifest, and starts without reading packages' metadata

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
    filled = {name: value for name, value in deployment.items() if value or name in always}
    if features:
        return {"version": VERSION_WITH_FEATURES, "features": features, "deployment": filled}
    return {"version": VERSION, "deployment": filled}


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
