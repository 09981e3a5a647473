"""What is stored in users' state, and so can never change: type tokens, and the module and class of each provider."""

import base64
import pickle
import pickletools

import pytest
from pulumi.dynamic import ResourceProvider
from pulumi.dynamic.dynamic import serialize_provider

import pulumi_workspace365 as workspace365
from pulumi_workspace365.environment import EnvironmentProvider
from pulumi_workspace365.exchange import ExchangeSettingsProvider
from pulumi_workspace365.resource import base, provider_references

PERSISTED = {
    "ConnectivityCheck": (
        "pulumi-python:dynamic/apim:ConnectivityCheck",
        "pulumi_workspace365.apim.connectivity_check",
        "ConnectivityCheckProvider",
    ),
    "Environment": ("pulumi-python:dynamic/workspace365:Environment", "pulumi_workspace365.environment", "EnvironmentProvider"),
    "ExchangeSettings": (
        "pulumi-python:dynamic/workspace365:ExchangeSettings",
        "pulumi_workspace365.exchange",
        "ExchangeSettingsProvider",
    ),
    "OAuth2SignOn": ("pulumi-python:dynamic/workspace365:OAuth2SignOn", "pulumi_workspace365.sign_on", "OAuth2SignOnProvider"),
    "SharePointSettings": (
        "pulumi-python:dynamic/workspace365:SharePointSettings",
        "pulumi_workspace365.sharepoint",
        "SharePointSettingsProvider",
    ),
    "Template": ("pulumi-python:dynamic/workspace365:Template", "pulumi_workspace365.template", "TemplateProvider"),
}


def resource(name: str) -> type[base.Resource]:
    found = getattr(workspace365, name)
    assert isinstance(found, type)
    assert issubclass(found, base.Resource)
    return found


def test_every_resource_is_pinned() -> None:
    offered = {name: getattr(workspace365, name) for name in workspace365.__all__}
    assert {name for name, item in offered.items() if isinstance(item, type) and issubclass(item, base.Resource)} == set(
        PERSISTED
    )


@pytest.mark.parametrize(("name", "persisted"), PERSISTED.items())
def test_type_tokens_never_change(name: str, persisted: tuple[str, str, str]) -> None:
    assert f"pulumi-python:{resource(name)._resource_type_name}" == persisted[0]


@pytest.mark.parametrize(("name", "persisted"), PERSISTED.items())
def test_a_provider_is_stored_as_its_module_and_class_and_nothing_else(name: str, persisted: tuple[str, str, str]) -> None:
    reference = base64.b64decode(base._reference(resource(name).provider_type))
    texts = [argument for _, argument, _ in pickletools.genops(reference) if isinstance(argument, str)]
    assert texts == list(persisted[1:])


@pytest.mark.parametrize("protocol", [4, 5])
def test_a_provider_is_stored_the_same_on_every_version_of_python(monkeypatch: pytest.MonkeyPatch, protocol: int) -> None:
    """The default protocol is 5 since Python 3.14, where one that holds a ``bytearray`` needs it."""

    class Holding(ResourceProvider):
        held = bytearray(b"12")

    recorded = base64.b64encode(
        b"\x80\x04\x95>\0\0\0\0\0\0\0\x8c\x1fpulumi_workspace365.environment\x94\x8c\x13EnvironmentProvider\x94\x93\x94)\x81\x94."
    ).decode()
    monkeypatch.setattr(pickle, "DEFAULT_PROTOCOL", protocol)
    raw = serialize_provider(EnvironmentProvider())
    assert base64.b64decode(raw)[1] == protocol
    assert provider_references.serialize(EnvironmentProvider()) == recorded
    assert provider_references.is_same(recorded, raw)
    assert provider_references.is_same(raw, recorded)
    assert not provider_references.is_same(raw, serialize_provider(ExchangeSettingsProvider()))
    assert provider_references.serialize(Holding()) == serialize_provider(Holding())


def test_what_is_no_reference_is_the_same_as_itself_alone() -> None:
    references: tuple[object, ...] = ("reference", "gAU=", "gAWV", "", None, {})
    for reference in references:
        assert provider_references.is_same(reference, reference)
        assert not provider_references.is_same(reference, "gASVKAAA")


def test_a_subclass_inherits_the_token_of_its_resource() -> None:
    class Special(workspace365.Environment):
        pass

    assert Special._resource_type_name == workspace365.Environment._resource_type_name
