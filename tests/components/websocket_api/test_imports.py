"""What a program pays for the names it uses."""

import subprocess
import sys

import pytest

import pulumi_workspace365_components


def loaded(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(' '.join(sys.modules))"
    return set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())


@pytest.mark.parametrize("name", ["CustomerEnvironment, CustomerEnvironmentArgs", "policies", "WebSocketApiArgs"])
def test_a_program_without_a_websocket_api_does_not_load_azure_native(name: str) -> None:
    assert not [found for found in loaded(f"from pulumi_workspace365_components import {name}") if "azure_native" in found]


def test_handshake_policies_load_no_resources_of_workspace_365() -> None:
    modules = loaded("from pulumi_workspace365_components import policies")
    assert "pulumi_workspace365_components.websocket_api.policy" in modules
    assert not modules & {"pulumi", "pulumi_workspace365", "httpcore", "httpx", "pydantic"}


def test_every_public_name_is_there_and_no_other() -> None:
    assert all(getattr(pulumi_workspace365_components, name) for name in pulumi_workspace365_components.__all__)
    assert set(pulumi_workspace365_components.__all__) <= set(dir(pulumi_workspace365_components))
    with pytest.raises(ImportError, match="Nothing"):
        from pulumi_workspace365_components import Nothing  # noqa: F401, PLC0415
