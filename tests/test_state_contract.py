"""What is stored in users' state, and so can never change: type tokens, and the module and class of each provider."""

import base64
import pickletools

import pytest

import pulumi_workspace365 as workspace365
from pulumi_workspace365.resource import base

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


def test_a_subclass_inherits_the_token_of_its_resource() -> None:
    class Special(workspace365.Environment):
        pass

    assert Special._resource_type_name == workspace365.Environment._resource_type_name
