"""What a resource is on each front: its type, the names of its properties, its provider. All of it is what the host and the classes use."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Literal

from google.protobuf import json_format
from google.protobuf.struct_pb2 import Struct
from pulumi.dynamic.dynamic import PROVIDER_KEY

from pulumi_dynamic_host import properties, property_names, registry
from pulumi_dynamic_host.package import ResourceType
from pulumi_workspace365.api import configuration
from pulumi_workspace365.resource import provider_references
from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_components.package import provider_settings, resource_schema
from pulumi_workspace365_components.package.native_package import Workspace365

Front = Literal["native", "dynamic"]
PACKAGES: Mapping[Front, str] = {"native": "workspace365", "dynamic": "pulumi-python"}
"""The packages whose providers the resources have."""


@dataclass(frozen=True)
class Kind:
    """A resource that both fronts have."""

    native: str
    dynamic: str
    declared: ResourceType

    def type(self, front: Front) -> str:
        """The type token."""
        return self.native if front == "native" else self.dynamic

    @cached_property
    def provider(self) -> str:
        """The installed provider, as the state of a dynamic resource has it."""
        return provider_references.serialize(self.declared.provider()())

    def renamed(self, values: Mapping[str, Any], to: Front) -> dict[str, Any]:
        """Inputs or outputs as the other front has them. Encrypted values stay as they are; what the schema calls secret becomes secret.

        Raises:
            CommandError: their provider is not the one of this package.
        """
        provider = values.get(PROVIDER_KEY)
        if to == "native" and provider is not None and not provider_references.is_same(provider, self.provider):
            raise CommandError("its provider is not the one that this package has for its type")
        struct = json_format.ParseDict({name: value for name, value in values.items() if name != PROVIDER_KEY}, Struct())
        names = self.declared.names
        found = _values(names.to_wire(struct) if to == "native" else names.to_provider(struct))
        return {**found, PROVIDER_KEY: self.provider} if to == "dynamic" else found

    @staticmethod
    def paths(paths: Iterable[str], to: Front) -> list[str]:
        """Names or property paths as the other front has them."""
        rename = property_names.path_to_camel_case if to == "native" else property_names.path_to_snake_case
        return [path if path == PROVIDER_KEY else rename(path) for path in paths]


@cache
def kinds() -> tuple[Kind, ...]:
    """The resources that both fronts have."""
    tokens = {registration.provider: token for token, registration in registry.registrations().items()}
    declared = Workspace365().resource_types()
    return tuple(Kind(native, tokens[cls.provider_type], declared[native]) for native, cls in resource_schema.classes().items())


def is_instance(inputs: Mapping[str, Any], front: Front) -> bool:
    """Whether these inputs of an explicit provider are those of an ``Instance``."""
    return front == "native" or configuration.EXPLICIT_INSTANCE in inputs


def renamed_settings(inputs: Mapping[str, Any], name: str, to: Front) -> dict[str, Any]:
    """The inputs of an ``Instance`` as the other front has them.

    Raises:
        CommandError: it has a setting that the other front does not.
    """
    pairs = {setting.key: name for name, setting in provider_settings.SETTINGS.items()}
    known = pairs if to == "native" else {native: key for key, native in pairs.items()}
    kept = {key: value for key, value in inputs.items() if key not in {configuration.EXPLICIT_INSTANCE, "version"}}
    if foreign := sorted(kept.keys() - known.keys()):
        raise CommandError(f"it has the setting {foreign[0]}, which no instance has")
    secrets = {key for key, native in pairs.items() if native in provider_settings.SECRETS} | provider_settings.SECRETS
    settings = {known[key]: _as_secret(value) if key in secrets else _text(value) for key, value in kept.items()}
    return {**settings, configuration.EXPLICIT_INSTANCE: name} if to == "dynamic" else settings


def _text(value: Any) -> Any:
    """Numbers as texts, as Python's classes write them."""
    return value if isinstance(value, str | Mapping) else f"{value:.15g}"


def _as_secret(value: Any) -> Any:
    if isinstance(value, Mapping) and properties.SIGNATURE in value:
        return value
    return {properties.SIGNATURE: properties.SECRET, "plaintext": json.dumps(value)}


def _values(struct: Struct) -> dict[str, Any]:
    """As state has them: whole numbers without a fraction, secrets that were none before as text for the engine to encrypt."""
    found = json.loads(json.dumps(json_format.MessageToDict(struct)), parse_float=_number)
    return {
        name: _as_secret(value["value"])
        if isinstance(value, dict) and value.get(properties.SIGNATURE) == properties.SECRET and "value" in value
        else value
        for name, value in found.items()
    }


def _number(text: str) -> float | int:
    number = float(text)
    return int(number) if number.is_integer() else number
