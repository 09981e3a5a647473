import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pulumi_workspace365 import errors, functions
from pulumi_workspace365.api import models
from pulumi_workspace365.environment import EnvironmentProvider
from pulumi_workspace365_sandbox.workspace365 import Server, faults

from .conftest import CREATE, Engine

Serve = Callable[..., Engine]
SAMPLE = {
    "summary": {"guest": 1, "simplify": 2, "adapt": 3, "boost": 4},
    "moduleSummary": {
        "regularUsers": {"hybrid": 5, "engage": 6, "unify": 7},
        "guestUsers": {"hybrid": 8, "engage": 9, "unify": 10},
    },
    "customer": {"name": "Contoso", "referenceNumber": "R1", "customerType": 1, "industry": 99, "UseNewBillingMethod": True},
}


@pytest.mark.usefixtures("serve")
def test_environments_are_listed(server: Server) -> None:
    server.management.seed("contoso", is_active=False)
    (entry,) = functions.get_environments()
    assert (entry.name, entry.is_active) == ("contoso", False)


@pytest.mark.parametrize("version", ["3.5", "4.0"])
def test_licensing_is_read_in_both_versions(server: Server, version: Any) -> None:
    server.management.seed("contoso")
    licensing = functions.get_licensing("contoso", version)
    assert (licensing.summary is not None) == (version == "3.5")
    assert version in str(server.management.requests()[-1].query)


def test_licensing_names_its_numbers_and_shows_unknown_ones() -> None:
    licensing = models.Licensing.model_validate(SAMPLE)
    assert licensing.customer.customer_type_name == "Business"
    assert licensing.customer.industry_name == "Unknown (99)"
    assert licensing.customer.use_new_billing_method
    assert licensing.module_summary.guest_users.unify == 10


def test_an_unhealthy_instance_is_an_answer_whatever_its_status(server: Server) -> None:
    assert functions.get_health().is_healthy
    server.management.inject(faults.Health(components={"RabbitMq": "FAIL", "Redis": "NEW_STATUS"}, overall="FAIL", status=503))
    health = functions.get_health()
    assert not health.is_healthy
    assert {component.component for component in health.components if not component.is_healthy} >= {"RabbitMq", "Redis"}


def test_the_health_key_is_another_key(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("W365_HEALTH_API_KEY", server.provisioning_key)
    with pytest.raises(errors.Unauthorized, match="W365_HEALTH_API_KEY"):
        functions.get_health()
    monkeypatch.delenv("W365_HEALTH_API_KEY")
    with pytest.raises(errors.ConfigurationError, match="another key than the provisioning key"):
        functions.get_health()


def test_every_change_is_audited_and_no_secret_is(
    serve: Serve, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("W365_AUDIT", str(tmp_path / "audit.jsonl"))
    monkeypatch.setenv("GITHUB_SHA", "c0ffee")
    monkeypatch.setenv("GITHUB_ACTOR", "carla")
    environment = serve(EnvironmentProvider)
    environment.create(**CREATE)
    server.management.inject(faults.Status(operation="deactivateEnvironment", status=403))
    with pytest.raises(errors.Unauthorized):
        environment.update(**{**CREATE, "active": False})
    text = (tmp_path / "audit.jsonl").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert [(line["operation"], line["outcome"]) for line in lines] == [
        ("create environment 'contoso'", "done"),
        ("deactivate environment 'contoso'", "Unauthorized"),
    ]
    assert (lines[0]["who"], lines[0]["commit"], lines[0]["instance"]) == ("carla", "c0ffee", server.base_url)
    for secret in (server.provisioning_key, server.management.environment("contoso").temporary_password):
        assert secret not in text


def test_a_change_that_cannot_be_recorded_is_not_made(serve: Serve, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("W365_AUDIT", "/nowhere/audit.jsonl")
    with pytest.raises(errors.ConfigurationError, match="No change is made unrecorded"):
        serve(EnvironmentProvider).create(**CREATE)
    assert server.management.count("createEnvironment") == 0
