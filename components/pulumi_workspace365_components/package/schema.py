"""The package's schema, derived from what resources, components and functions take and return; committed as ``schema.json``.

``python -m pulumi_workspace365_components.package.schema`` writes it again. Source: the Pulumi package schema
(https://www.pulumi.com/docs/iac/packages-and-automation/pulumi-packages/schema/).
"""

import json
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any, get_args

import pulumi

from pulumi_dynamic_host.property_names import to_camel_case
from pulumi_workspace365_components import customer
from pulumi_workspace365_components.package import (
    customer_component,
    docstrings,
    function_schema,
    provider_settings,
    resource_schema,
)
from pulumi_workspace365_components.package.components import COMPONENTS, ComponentSpec
from pulumi_workspace365_components.package.marshalling import names_of
from pulumi_workspace365_components.package.type_specs import NAME, TypeSpecs, required

FILE = Path(__file__).with_name("schema.json")
DISTRIBUTION = "pulumi-workspace365"
PYTHON = f"pulumi_{NAME}_native"
"""The package that Python programs get. Its default name is the one of the package with the dynamic resources, which it would replace."""


def document(components: Mapping[str, ComponentSpec]) -> dict[str, Any]:
    """The schema as Pulumi reads it."""
    names = (
        {name for spec in components.values() for name in _own_names(spec)} | resource_schema.names() | customer_component.names()
    )
    types = TypeSpecs(names)
    resources = resource_schema.resources(types)
    resources[customer_component.TOKEN] = _component(types, customer.CustomerEnvironment) | resource_schema.customer(types)
    for token, spec in components.items():
        inputs = {"inputProperties": types.properties(spec.inputs), "requiredInputs": required(spec.inputs)}
        resources[token] = _component(types, spec.component) | inputs
    functions = function_schema.functions(types)
    return {
        "name": NAME,
        "version": metadata.version(DISTRIBUTION),
        "displayName": "Workspace 365",
        "description": "Workspace 365 environments and their settings, and WebSocket APIs of Azure API Management with judged handshake policies.",
        "keywords": ["pulumi", "category/cloud", "kind/native", "workspace365", "api-management", "websocket"],
        "publisher": "pulumi-workspace365",
        "license": "Apache-2.0",
        "meta": {"moduleFormat": "(.*)"},
        "config": {"variables": provider_settings.variables()},
        "provider": provider_settings.provider(),
        "resources": resources,
        "functions": functions,
        "types": dict(sorted(types.collected.items())),
        "language": {
            "csharp": {"respectSchemaVersion": True},
            "go": {"respectSchemaVersion": True, "generateResourceContainerTypes": True},
            "nodejs": {"respectSchemaVersion": True},
            "python": {"packageName": PYTHON, "respectSchemaVersion": True, "pyproject": {"enabled": True}},
        },
    }


def text() -> str:
    """The schema as it is committed."""
    return json.dumps(document(COMPONENTS), indent=2, ensure_ascii=False) + "\n"


def _component(types: TypeSpecs, component: type[pulumi.ComponentResource]) -> dict[str, Any]:
    outputs, always = _outputs(types, component)
    return {
        "isComponent": True,
        "description": types.text(docstrings.prose(component)),
        "properties": outputs,
        "required": always,
    }


def _outputs(types: TypeSpecs, component: type[pulumi.ComponentResource]) -> tuple[dict[str, Any], list[str]]:
    described, found, always = docstrings.own_attributes(component), {}, []
    for name, annotation in component.__annotations__.items():
        if not str(annotation).startswith("pulumi.output.Output["):
            continue
        value = get_args(annotation)[0]
        spec = types.property_spec(f"{component.__name__}.{name}", value, described.get(name, ""))
        spec.pop("plain")
        found[to_camel_case(name)] = spec
        if type(None) not in get_args(value):
            always.append(to_camel_case(name))
    return found, always


def _own_names(spec: ComponentSpec) -> set[str]:
    """Of arguments and outputs, as Python writes them."""
    return names_of(spec.inputs) | {*spec.component.__annotations__}


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
