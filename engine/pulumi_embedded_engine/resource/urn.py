"""Resource names (URNs) and references to providers, as state and protocol write them.

A URN is ``urn:pulumi:<stack>::<project>::<qualified type>::<name>``; the qualified type holds the types of the parents,
joined by ``$``. A provider reference is the provider's URN, ``::`` and its id.
"""

ROOT_STACK_TYPE = "pulumi:pulumi:Stack"
PROVIDER_TYPE_PREFIX = "pulumi:providers:"
UNKNOWN_ID = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_PREFIX = "urn:pulumi:"
_PARTS = 4


def make_urn(stack: str, project: str, type_: str, name: str, parent: str = "") -> str:
    """The URN of a resource; a parent contributes its qualified type unless it is the root stack."""
    parent_type = qualified_type(parent) if parent else ""
    if parent_type and parent_type != ROOT_STACK_TYPE:
        type_ = f"{parent_type}${type_}"
    return f"{_PREFIX}{stack}::{project}::{type_}::{name}"


def is_valid(urn: str) -> bool:
    """Whether a text has the form of a URN."""
    return urn.startswith(_PREFIX) and urn.count("::") >= _PARTS - 1


def _part(urn: str, index: int) -> str:
    parts = urn.removeprefix(_PREFIX).split("::", _PARTS - 1)
    return parts[index] if index < len(parts) else ""


def stack_of(urn: str) -> str:
    """The name of the stack in a URN; empty where it has none."""
    return _part(urn, 0)


def project_of(urn: str) -> str:
    """The name of the project in a URN; empty where it has none."""
    return _part(urn, 1)


def qualified_type(urn: str) -> str:
    """The type in a URN with the types of its parents, joined by ``$``."""
    return _part(urn, 2)


def type_of(urn: str) -> str:
    """The resource's own type token, without its parents'."""
    return qualified_type(urn).rpartition("$")[2]


def name_of(urn: str) -> str:
    """The name of the resource in a URN."""
    return _part(urn, 3)


def is_provider_type(type_: str) -> bool:
    """Whether a type is that of a provider resource."""
    return type_.startswith(PROVIDER_TYPE_PREFIX) and len(type_) > len(PROVIDER_TYPE_PREFIX)


def is_default_provider(urn: str) -> bool:
    """Whether a URN is that of a default provider."""
    return is_provider_type(type_of(urn)) and name_of(urn).startswith("default")


def provider_package(type_: str) -> str:
    """The package a provider type serves: ``pulumi:providers:azure-native`` -> ``azure-native``."""
    return type_.removeprefix(PROVIDER_TYPE_PREFIX)


def provider_reference(urn: str, id_: str) -> str:
    """The reference of a provider; an id that is not known yet has a value of its own."""
    return f"{urn}::{id_ or UNKNOWN_ID}"


def split_provider_reference(reference: str) -> tuple[str, str]:
    """The provider's URN and id.

    Raises:
        ValueError: the text is not a reference to a provider.
    """
    urn, separator, id_ = reference.rpartition("::")
    if not separator or not is_valid(urn) or not is_provider_type(type_of(urn)):
        raise ValueError(f"not a provider reference: {reference!r}")
    return urn, id_
