"""The package as the host serves it: the resources of :mod:`pulumi_workspace365`, functions, components and the provider's configuration."""

import json
from collections.abc import Mapping
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

from pulumi_dynamic_host.errors import HostError
from pulumi_dynamic_host.package import Configuration, Invoked, Package, ResourceType
from pulumi_dynamic_host.property_names import ObjectNames, to_snake_case
from pulumi_workspace365_components.package import provider_settings, wording

SCHEMA = Path(__file__).with_name("schema.json")


class Workspace365(Package):
    """What ``schema.json`` offers."""

    @property
    def version(self) -> str:
        return str(self.document["version"])  # to ask importlib.metadata would take as long as all of the schema does five times

    @property
    def configuration_secrets(self) -> frozenset[str]:
        return provider_settings.SECRETS

    @cached_property
    def document(self) -> dict[str, Any]:
        """The committed schema."""
        found: dict[str, Any] = json.loads(self.schema())
        return found

    def schema(self) -> str:
        return SCHEMA.read_text(encoding="utf-8")

    @cached_property
    def _resources(self) -> dict[str, ResourceType]:
        described = {token: spec for token, spec in self.document["resources"].items() if not spec.get("isComponent")}
        return {token: self._resource(token, spec) for token, spec in described.items()}

    def _resource(self, token: str, spec: Mapping[str, Any]) -> ResourceType:
        properties = {**spec["properties"], **spec["inputProperties"]}
        name = token.rpartition(":")[2]
        return ResourceType(lambda: _provider(name), ObjectNames.of(properties, self.document["types"]))

    def resource_types(self) -> Mapping[str, ResourceType]:
        return self._resources

    def check_configuration(self, given: Configuration) -> list[str]:
        return provider_settings.problems(given)

    def provider_configuration(self, given: Configuration) -> dict[str, Any]:
        return provider_settings.for_providers(given)

    def invoke(self, token: str, arguments: dict[str, Any], configuration: Mapping[str, Any]) -> Invoked:
        from pulumi_workspace365.api import configuration as settings  # noqa: PLC0415  only programs with functions pay for it
        from pulumi_workspace365.api.client import get_client  # noqa: PLC0415
        from pulumi_workspace365_components.package.functions import FUNCTIONS  # noqa: PLC0415

        function = FUNCTIONS.get(token)
        if function is None:
            raise HostError(f"{token} is not a function of this package; it has {', '.join(FUNCTIONS)}")
        names = ObjectNames.of(self.document["functions"][token]["outputs"]["properties"], self.document["types"])
        reasons = function.problems(arguments)
        if reasons:
            return Invoked({}, names, tuple(reasons))
        texts = {name: str(arguments.get(name, argument.default)) for name, argument in function.arguments.items()}
        result = function.call(get_client(settings.read(configuration.get)), texts)
        return Invoked({name: value for name, value in result.items() if value is not None}, names)

    def components(self, engine: str) -> Any:
        from pulumi.provider.server import ProviderServicer  # noqa: PLC0415  only programs with components pay for it

        from pulumi_workspace365_components.package.provider import ComponentProvider  # noqa: PLC0415

        return ProviderServicer(ComponentProvider(self.version), [], engine)

    def translate(self, text: str) -> str:
        """A message in the words of the program's language."""
        return wording.for_programs(text, self._names)

    @cached_property
    def _names(self) -> dict[str, str]:
        specs = [*self.document["resources"].values(), *self.document["types"].values()]
        found = {name for spec in specs for kind in ("properties", "inputProperties") for name in spec.get(kind, {})}
        return {to_snake_case(name): name for name in found}


def _provider(name: str) -> Any:
    return getattr(import_module("pulumi_workspace365"), name).provider_type
