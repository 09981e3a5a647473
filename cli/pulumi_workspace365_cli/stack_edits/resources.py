"""The resources of a ``pulumi stack export``: what they are called, and how they refer to each other."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_dynamic_host import properties

Resource = dict[str, Any]


def is_provider(resource: Resource) -> bool:
    """Whether it is a provider."""
    return str(resource["type"]).startswith("pulumi:providers:")


def is_default_provider(resource: Resource) -> bool:
    """Whether an engine made this provider because the program names none."""
    name = name_of(resource["urn"])
    return is_provider(resource) and (name == "default" or name.startswith("default_"))


def provider_reference(provider: Resource) -> str:
    """How resources refer to a provider."""
    return f"{provider['urn']}::{provider.get('id', '')}"


def types_of(urn: str) -> list[str]:
    """The types of a resource's parents, then its own."""
    parts = urn.split("::", 3)
    return parts[2].split("$") if len(parts) == 4 else []


def with_type(urn: str, kind: str) -> str:
    """A URN with another type."""
    parts = urn.split("::", 3)
    return "::".join([*parts[:2], kind, *parts[3:]]) if len(parts) == 4 else urn


def name_of(urn: str) -> str:
    """The name of a resource in the program."""
    return urn.split("::", 3)[-1]


def label(resource: Resource) -> str:
    """Kind and name, for messages."""
    return f"{resource['type'].rpartition(':')[2]} {name_of(resource['urn'])}"


def references(resource: Resource) -> Iterator[str]:
    """The URNs to which a resource refers, but for its provider's."""
    yield from (resource[name] for name in ("parent", "deletedWith", "viewOf") if resource.get(name))
    for name in ("dependencies", "replaceWith"):
        yield from resource.get(name) or ()
    for urns in (resource.get("propertyDependencies") or {}).values():
        yield from urns or ()


def linked(value: Any, now: Mapping[str, str]) -> Any:
    """A part of a resource with other URNs and provider references wherever one stands as a whole, also in secrets that are in the clear."""
    if isinstance(value, str):
        return now.get(value, value)
    if isinstance(value, list):
        return [linked(item, now) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get(properties.SIGNATURE) == properties.SECRET and isinstance(value.get("plaintext"), str):
        return {**value, "plaintext": _linked_json(value["plaintext"], now)}
    return {key: linked(item, now) for key, item in value.items()}


def _linked_json(text: str, now: Mapping[str, str]) -> str:
    content = json.loads(text)
    changed = linked(content, now)
    return text if changed == content else json.dumps(changed, separators=(",", ":"), ensure_ascii=False)
