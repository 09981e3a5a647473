"""A stack's resources under one type and one set of property names, those of Python's dynamic resources, whichever of the two kinds a stack has.

Documents of the engine are normalised where they are read; nothing else has to know of the package's own types. URNs stay as they are.
"""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Any

from pulumi_dynamic_host import property_names

DYNAMIC = "pulumi-python:dynamic/workspace365:"
"""How the types of Workspace 365 begin; the class follows."""
CONNECTIVITY_CHECK = "pulumi-python:dynamic/apim:ConnectivityCheck"
_PACKAGE = "workspace365:index:"


def dynamic_type(token: str) -> str:
    """The type of the dynamic resource; a component, and what is not of this package, keeps its own."""
    return _dynamic_types().get(token, token) if token.startswith(_PACKAGE) else token


def normalised(resource: Any) -> Any:
    """A resource in an export or a preview, with the type and the property names of Python.

    Args:
        resource: its JSON, not validated yet; what is no resource of the package is returned as it is.
    """
    token = resource.get("type") if isinstance(resource, Mapping) else None
    if not isinstance(token, str) or not token.startswith(_PACKAGE):
        return resource
    values = {part: _renamed(resource[part]) for part in ("inputs", "outputs") if part in resource}
    return {**resource, "type": dynamic_type(token), **values}


def normalised_paths(token: str, paths: Iterable[str]) -> list[str]:
    """The property paths of a resource, by its type before it was normalised."""
    return [property_names.path_to_snake_case(path) if token.startswith(_PACKAGE) else path for path in paths]


def _renamed(values: Any) -> Any:
    return (
        {property_names.to_snake_case(name): value for name, value in values.items()} if isinstance(values, Mapping) else values
    )


@cache
def _dynamic_types() -> Mapping[str, str]:
    schema = resources.files("pulumi_workspace365_components.package").joinpath("schema.json")  # what reads it loads the SDK
    declared = json.loads(schema.read_text(encoding="utf-8"))["resources"]
    found = {token: f"{DYNAMIC}{token.removeprefix(_PACKAGE)}" for token, spec in declared.items() if not spec.get("isComponent")}
    return found | {f"{_PACKAGE}{CONNECTIVITY_CHECK.rpartition(':')[2]}": CONNECTIVITY_CHECK}
