from xml.etree import ElementTree as ET

import pytest

from pulumi_workspace365_sandbox.workspace365 import Server, faults

from .conftest import Command


@pytest.mark.usefixtures("server")
def test_a_healthy_instance_is_exit_code_0(w365: Command) -> None:
    ran = w365("health", "--output", "json")
    assert (ran.code, ran.document["healthy"]) == (0, True)
    assert ran.document["product_version"]
    assert {check["verdict"] for check in ran.document["checks"]} == {"ok"}


def test_a_component_that_fails_is_named_and_exit_code_3(w365: Command, server: Server) -> None:
    server.management.inject(
        faults.Health(components={"RabbitMq": "FAIL", "Redis": "NOT_APPLICABLE"}, overall="FAIL", status=503)
    )
    ran = w365("health", "--output", "json")
    assert ran.code == 3
    assert ran.verdicts() | {"overall": "failed", "RabbitMq": "failed", "Redis": "skipped"} == ran.verdicts()
    assert "5672" in ran.check("RabbitMq")["remedy"]
    assert "RabbitMq" in ran.document["summary"]


def test_a_status_nobody_knows_counts_as_unhealthy(w365: Command, server: Server) -> None:
    server.management.inject(faults.Health(components={"Database": "PURPLE"}, overall="PURPLE"))
    ran = w365("health")
    assert (ran.code, "PURPLE" in ran.out) == (3, True)


@pytest.mark.usefixtures("server")
def test_a_missing_key_is_told_with_its_variable(w365: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("W365_HEALTH_API_KEY")
    ran = w365("health")
    assert ran.code == 1
    assert "there is no health key. Set W365_HEALTH_API_KEY" in ran.error


def test_junit_has_a_case_per_component(w365: Command, server: Server) -> None:
    server.management.inject(faults.Health(components={"Redis": "FAIL", "Elasticsearch": "NOT_APPLICABLE"}, overall="FAIL"))
    suite = ET.fromstring(w365("health", "--output", "junit").out)
    cases = {case.attrib["name"]: [child.tag for child in case] for case in suite.iter("testcase")}
    assert cases["Redis"] == ["failure"]
    assert cases["Elasticsearch"] == ["skipped"]
    assert cases["overall"] == ["failure"]
    assert (suite.attrib["failures"], suite.attrib["skipped"]) == ("2", "1")
