"""A stack's deployment under another name, as the CLI renames it (Pulumi's pkg/resource/edit). Pure: JSON in, JSON out."""

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pulumi_embedded_engine.resource import urn as urns
from pulumi_embedded_engine.resource.signatures import RESOURCE, SECRET, SIGNATURE
from pulumi_embedded_engine.store.names import StackName

_Json = dict[str, Any]
_ONE = ("urn", "parent", "deletedWith", "viewOf")
_MANY = ("dependencies", "replaceWith", "aliases")


def renamed(document: Mapping[str, Any], old: StackName, new: StackName) -> _Json:
    """The document of a deployment in which every URN of the old stack is one of the new."""
    result = copy.deepcopy(dict(document))
    deployment = result.get("deployment") or {}
    rename = _Renaming(old, new)
    for resource in deployment.get("resources") or []:
        rename.resource(resource)
    for operation in deployment.get("pending_operations") or []:
        rename.resource(operation["resource"])
    return result


@dataclass(frozen=True)
class _Renaming:
    old: StackName
    new: StackName

    def urn(self, urn: str) -> str:
        if (urns.stack_of(urn), urns.project_of(urn)) != (self.old.name, self.old.project):
            return urn
        kind = urns.qualified_type(urn)
        name = f"{self.new.project}-{self.new.name}" if kind == urns.ROOT_STACK_TYPE else urns.name_of(urn)
        return urns.make_urn(self.new.name, self.new.project, kind, name)

    def resource(self, resource: _Json) -> None:
        """Rename what a resource is called and what it refers to."""
        for key in _ONE:
            if resource.get(key):
                resource[key] = self.urn(resource[key])
        for key in _MANY:
            if resource.get(key):
                resource[key] = [self.urn(urn) for urn in resource[key]]
        if needed := resource.get("propertyDependencies"):
            resource["propertyDependencies"] = {key: [self.urn(urn) for urn in found or ()] for key, found in needed.items()}
        if reference := resource.get("provider"):
            urn, separator, id_ = reference.rpartition("::")
            resource["provider"] = f"{self.urn(urn)}{separator}{id_}"
        for key in ("inputs", "outputs", "replacementTrigger"):
            if key in resource:
                resource[key] = self.value(resource[key])

    def value(self, value: Any) -> Any:
        """A property value: references to resources hold URNs, also within secrets that are stored in clear."""
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if not isinstance(value, dict):
            return value
        if value.get(SIGNATURE) == RESOURCE and isinstance(value.get("urn"), str):
            return {**value, "urn": self.urn(value["urn"])}
        if value.get(SIGNATURE) == SECRET:
            return {**value, **{key: self._plaintext(value[key]) for key in ("plaintext",) if isinstance(value.get(key), str)}}
        return {key: self.value(item) for key, item in value.items()}

    def _plaintext(self, text: str) -> str:
        try:
            content = json.loads(text)
        except ValueError:
            return text
        changed = self.value(content)
        return text if changed == content else json.dumps(changed, separators=(",", ":"), ensure_ascii=False)
