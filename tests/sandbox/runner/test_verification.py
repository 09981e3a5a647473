"""`up` ends with what the server really has."""

import json
from typing import Any

import pytest

from pulumi_workspace365_sandbox.runner import servers
from tests.sandbox.runner.workbench import Workbench, outputs, summary

CONTOSO = {"name": "contoso", "active": True, "signOn": "https://login.example/", "exchange": "Office365", "sharePoint": None}


def deployed(workbench: Workbench, **environments: Any) -> None:
    """The server has an active `contoso`; the stack's outputs say what they are told to."""
    folder = workbench.root / ".sandbox"
    folder.mkdir(exist_ok=True)
    with servers.running(folder, "a test") as running:
        running.workspace365.management.seed("contoso")
    workbench.tell(*outputs(environments=environments), summary(same=1))


def deployed_without_api(workbench: Workbench) -> str:
    """The stack's outputs name a WebSocket API that the gateway does not have; returns its address."""
    folder = workbench.root / ".sandbox"
    folder.mkdir()
    with servers.running(folder, "a test") as running:
        url, service = f"{running.azure.websocket_url}/echo", running.azure.service_name
    told = {"echo": {"url": url, "service": service, "api": "echo"}}
    workbench.tell(*outputs(environments={}, webSocketApis=told), summary(same=1))
    return url


@pytest.mark.slow
def test_the_deployed_environments_are_shown_and_found_on_the_server(workbench: Workbench) -> None:
    deployed(workbench, contoso=CONTOSO)
    done = workbench.sandbox("up")
    assert done.returncode == 0
    head, row, health = done.stdout.splitlines()[-3:]
    assert head.split() == ["environment", "name", "active", "sign-on", "Exchange", "SharePoint", "on", "the", "server"]
    assert row.split() == ["contoso", "contoso", "yes", "https://login.example/", "Office365", "-", "yes"]
    assert health == "Health: OK"


@pytest.mark.slow
def test_what_the_server_does_not_have_fails_the_run(workbench: Workbench) -> None:
    deployed(workbench, contoso=CONTOSO | {"active": False}, fabrikam=CONTOSO | {"name": "fabrikam"})
    done = workbench.sandbox("up", "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["exitCode"]) == (1, 1)
    assert told["problems"] == [
        "Environment contoso: the server says it is active, the stack says otherwise.",
        "Environment fabrikam: the server does not list it.",
    ]


@pytest.mark.slow
def test_a_websocket_that_does_not_open_fails_the_run(workbench: Workbench) -> None:
    url = deployed_without_api(workbench)
    done = workbench.sandbox("up", "--json")
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["problems"]) == (
        1,
        ["WebSocket API echo: a good client's handshake was answered with 404, not 101."],
    )
    assert [(api["url"], api["status"]) for api in answer["handshakes"]] == [(url, 404)]


@pytest.mark.slow
def test_where_checks_only_warn_a_websocket_that_does_not_open_is_a_warning(workbench: Workbench) -> None:
    deployed_without_api(workbench)
    workbench.variables["W365_CHECKS"] = "Warn"
    done = workbench.sandbox("up")
    assert done.returncode == 0, done.stdout
    problem = "WebSocket API echo: a good client's handshake was answered with 404, not 101."
    assert f"warning: {problem} W365_CHECKS=warn lets it pass." in done.stdout.splitlines()
    assert "error:" not in done.stdout


@pytest.mark.slow
def test_what_the_server_does_not_have_fails_the_run_even_where_checks_only_warn(workbench: Workbench) -> None:
    deployed(workbench, fabrikam=CONTOSO | {"name": "fabrikam"})
    workbench.variables["W365_CHECKS"] = "warn"
    done = workbench.sandbox("up", "--json")
    assert (done.returncode, json.loads(done.stdout)["problems"]) == (1, ["Environment fabrikam: the server does not list it."])
