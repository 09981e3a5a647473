"""The resources for the command `import`: one from the command line, or those of the CLI's import file. Pure."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pulumi_embedded_engine.errors import EngineError, NeedsPulumiCLI
from pulumi_embedded_engine.resource import state_values
from pulumi_embedded_engine.resource import urn as urns
from pulumi_embedded_engine.resource.values import Properties

Json = Mapping[str, Any]

_KINDS: dict[str, type] = {
    "type": str,
    "name": str,
    "logicalName": str,
    "id": str,
    "parent": str,
    "provider": str,
    "version": str,
    "pluginDownloadUrl": str,
    "properties": list,
    "component": bool,
    "inputs": dict,
    "outputs": dict,
}
_COLONS = 2
_REFUSED = {"remote": "remote components", "parameterization": "parameterized packages", "extension": "extensions"}


class ImportFileError(EngineError):
    """The import file, or the resource of the command line, cannot be imported as it stands."""


@dataclass(frozen=True)
class Import:
    """A resource to import.

    Args:
        parent: the URN of the parent; the stack's, if empty.
        provider: the URN of the provider; the package's default one, if empty.
        selected: a person chose which properties the generated code has.
        inputs: the values that the provider cannot return.
        outputs: the complete state, if the provider must not be called.
    """

    type: str
    name: str
    id: str
    urn: str
    parent: str
    provider: str
    protect: bool
    component: bool
    version: str
    url: str
    selected: bool
    inputs: Properties
    outputs: Properties


def single_resource_file(
    type_: str, name: str, id_: str, *, parent: str = "", provider: str = "", selected: Sequence[str] = ()
) -> dict[str, Any]:
    """The import file that has the one resource; parent and provider are URNs, or `name=URN`.

    Raises:
        ImportFileError: the parent is not a URN.
    """
    table: dict[str, str] = {}
    resource = {"type": type_, "name": name, "id": id_, "properties": list(selected)}
    for role, given in (("parent", parent), ("provider", provider)):
        if not given:
            continue
        alias, urn = _named(role, given)
        if role == "parent" and not urns.is_valid(urn):
            raise ImportFileError(f"invalid parent URN: '{urn}'")
        if alias in table:
            raise ImportFileError(f"provider and parent must have distinct names, both were '{alias}'")
        table[alias], resource[role] = urn, alias
    return {"nameTable": table, "resources": [resource]}


def _named(role: str, given: str) -> tuple[str, str]:
    name, separator, urn = given.partition("=")
    return (name, urn) if separator and name and urns.is_valid(urn) else (role, given)


class ImportFile:
    """An import file.

    Args:
        document: its JSON.
        stack: the stack to import into.
        project: the stack's project.

    Raises:
        ImportFileError: it is malformed; names every fault.
        NeedsPulumiCLI: it has entries of a kind that is not supported.
    """

    def __init__(self, document: Any, *, stack: str, project: str) -> None:
        if not isinstance(document, dict) or not isinstance(document.get("resources") or [], list):
            raise ImportFileError("could not read import file: it must be a JSON object with a list of resources")
        if document.get("providerInputs"):
            raise NeedsPulumiCLI("an import file with providerInputs")
        table = document.get("nameTable") or {}
        if not isinstance(table, dict) or not all(isinstance(urn, str) for urn in table.values()):
            raise ImportFileError("could not read import file: nameTable must be a JSON object of URNs")
        self._stack, self._project = stack, project
        self._table: dict[str, str] = table
        self._urns = set(table.values())
        self._specs = [_spec(index, item) for index, item in enumerate(document.get("resources") or [])]
        self._name_counts = Counter(spec["name"] for spec in self._specs)
        self._fail([fault for index, spec in enumerate(self._specs) for fault in _faults(index, spec)])
        self._names: dict[str, str] = {}
        self._resolve()

    @staticmethod
    def _fail(faults: Sequence[str]) -> None:
        if len(faults) == 1:
            raise ImportFileError(faults[0])
        if faults:
            listed = "".join(f"\n    {number}) {fault}" for number, fault in enumerate(faults, 1))
            raise ImportFileError(f"{len(faults)} errors occurred:{listed}")

    def _resolve(self) -> None:
        """Find the URN of each resource, parents first."""
        waiting = dict(enumerate(self._specs))
        while waiting:
            ready = {index: spec for index, spec in waiting.items() if self._parent(spec) is not None}
            if not ready:
                self._fail([f"{_described(*item)} has a parent that is among its children" for item in waiting.items()])
            self._fail([fault for index, spec in ready.items() for fault in self._place(index, spec)])
            for index in ready:
                del waiting[index]

    def _parent(self, spec: Json) -> str | None:
        """The parent's URN, empty where there is none; None as long as it is not known."""
        name = spec.get("parent")
        if not name:
            return ""
        return self._table.get(name) or self._names.get(name) or (None if name in self._name_counts else "")

    def _place(self, index: int, spec: Json) -> list[str]:
        described, name = _described(index, spec), spec.get("parent")
        faults = []
        if name and self._name_counts[name] > 1:
            faults.append(f"{described} has an ambiguous parent")
        if name and not self._parent(spec):
            faults.append(f"the parent '{name}' for {described} has no entry in 'nameTable'")
        urn = urns.make_urn(self._stack, self._project, spec["type"], spec["logicalName"], self._parent(spec) or "")
        if urn in self._urns:
            faults.append(f"{described} has an ambiguous URN, set name (or logical name) to be unique")
        self._names[spec["name"]] = urn
        self._urns.add(urn)
        return faults

    def _provider(self, index: int, spec: Json) -> tuple[str, list[str]]:
        name, described = spec.get("provider"), _described(index, spec)
        if not name:
            return "", []
        urn = self._table.get(name) or self._names.get(name, "")
        if not urn:
            return "", [f"the provider '{name}' for {described} has no entry in 'nameTable' or 'resources'"]
        if not urns.is_valid(urn) or not urns.is_provider_type(urns.type_of(urn)):
            return "", [f"the provider '{name}' for {described} is not a provider"]
        return urn, [f"{described} has an ambiguous provider"] if self._name_counts[name] > 1 else []

    def imports(self, *, protect: bool, decrypt: Callable[[str], str]) -> list[Import]:
        """The resources to import.

        Raises:
            ImportFileError: a provider is not known.
            EngineError: inputs or outputs cannot be read.
        """
        providers = [self._provider(index, spec) for index, spec in enumerate(self._specs)]
        self._fail([fault for _, faults in providers for fault in faults])
        for spec in self._specs:
            if not spec.get("component") and spec["type"].count(":") != _COLONS:
                raise ImportFileError(
                    f'import type "{spec["type"]}" is not a valid resource type token. Type tokens must be of the format '
                    "<package>:<module>:<type> - refer to the import section of the provider resource documentation."
                )
        return [
            Import(
                type=spec["type"],
                name=spec["logicalName"],
                id=spec.get("id") or "",
                urn=urns.make_urn(self._stack, self._project, spec["type"], spec["logicalName"], self._parent(spec) or ""),
                parent=self._parent(spec) or "",
                provider=provider,
                protect=protect,
                component=bool(spec.get("component")),
                version=spec.get("version") or "",
                url=spec.get("pluginDownloadUrl") or "",
                selected=bool(spec.get("properties")),
                inputs=state_values.from_state(spec.get("inputs") or {}, decrypt),
                outputs=state_values.from_state(spec.get("outputs") or {}, decrypt),
            )
            for spec, (provider, _) in zip(self._specs, providers, strict=True)
        ]


def _spec(index: int, item: Any) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise ImportFileError(f"could not read import file: resource {index} must be an object")
    for key, kind in _KINDS.items():
        if item.get(key) is not None and not isinstance(item[key], kind):
            raise ImportFileError(f"could not read import file: {key} of resource {index} must be of JSON type {kind.__name__}")
    for key, feature in _REFUSED.items():
        if item.get(key):
            raise NeedsPulumiCLI(f"importing {feature}")
    if urns.is_provider_type(item.get("type") or ""):
        raise NeedsPulumiCLI(f"importing the provider {item.get('name')!r}")
    name, logical = item.get("name") or "", item.get("logicalName") or ""
    return {**item, "type": item.get("type") or "", "name": name or logical, "logicalName": logical or name}


def _faults(index: int, spec: Json) -> list[str]:
    described, component, id_ = _described(index, spec), spec.get("component"), spec.get("id")
    faults = [f"{described} has no {key}" for key in ("type", "name") if not spec[key]]
    if not component and not id_:
        faults.append(f"{described} has no ID")
    if component and id_:
        faults.append(f"{described} has an ID, but is marked as a component")
    return faults


def _described(index: int, spec: Json) -> str:
    subject = f"'{spec.get('name') or spec.get('id')}'" if spec.get("name") or spec.get("id") else str(index)
    return f"resource {subject}" + (f" of type '{spec['type']}'" if spec["type"] else "")
