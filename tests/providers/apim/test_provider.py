"""The provider called as a host calls it: what it accepts, when it wants to check, and what it keeps of a check."""

import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pulumi.dynamic import Config, ConfigureRequest
from pulumi.dynamic.dynamic import PROVIDER_KEY

from pulumi_dynamic_host import context
from pulumi_workspace365.apim import client
from pulumi_workspace365.apim.connectivity_check import ConnectivityCheckProvider
from pulumi_workspace365.apim.errors import ArmError
from pulumi_workspace365.errors import ConfigurationError, Refused
from tests.providers.apim.conftest import HEADER_SECRET, TOKEN
from tests.providers.apim.fake_arm import CONNECTED, SUBSCRIPTION, Answer, FakeArm, disconnected, error

GIVEN: dict[str, Any] = {
    "resource_group_name": "rg",
    "service_name": "apim",
    "region": "northeurope",
    "address": "chat.example.com",
    "port": 443.0,
    "require": "connected",
    "every_update": False,
    "on_unsupported": "fail",
}
UP, DOWN, FORBIDDEN = Answer(200, CONNECTED), Answer(200, disconnected()), error(403, "AuthorizationFailed")


@pytest.fixture
def provider(arm: FakeArm, monkeypatch: pytest.MonkeyPatch) -> ConnectivityCheckProvider:
    variables = {"ARM_ENDPOINT": arm.endpoint, "ARM_SUBSCRIPTION_ID": SUBSCRIPTION, "ARM_ACCESS_TOKEN": TOKEN}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("W365_CHECKS", raising=False)
    client._built.cache_clear()
    provider = ConnectivityCheckProvider()
    provider.configure(ConfigureRequest(Config({}, "test")))
    return provider


@pytest.fixture
def hosted() -> Iterator[context.Call]:
    with context.set_current(context.Call(hosted=True)) as _:
        yield context.current()


def inputs(**more: Any) -> dict[str, Any]:
    return {**GIVEN, PROVIDER_KEY: "reference", **more}


def created(provider: ConnectivityCheckProvider, **more: Any) -> dict[str, Any]:
    return {**(provider.create(inputs(**more)).outs or {}), PROVIDER_KEY: "reference"}


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"instance": -1.0}, "instance: "),
        ({"port": 0.0}, "port: "),
        ({"port": 70000.0}, "port: "),
        ({"port": 443.5}, "port: "),
        ({"address": ""}, "address: give a host name"),
        ({"address": "wss://chat.example.com/x"}, "address: the check does not support WebSocket"),
        ({"address": "https://user:pw@chat.example.com"}, "address: a URL must not hold a user name or password"),
        ({"address": "chat.example.com/path"}, "address: a path or user needs a whole URL"),
        ({"address": "ftp://chat.example.com"}, "address: a URL must start with http"),
        ({"protocol": "UDP"}, "protocol: "),
        ({"headers": {"X-Key": "value"}}, "headers: only an HTTP or HTTPS check uses it"),
        ({"protocol": "HTTP", "headers": {"X Key": "value-not-shown"}}, "headers: a header's name"),
        ({"protocol": "HTTP", "headers": {"X-Key": "value-not-shown\n"}}, "headers: a header's value"),
        ({"protocol": "HTTP", "valid_status_codes": [99.0]}, "valid_status_codes.0: "),
        ({"preferred_ip_version": "IPv6"}, "preferred_ip_version: "),
        ({"service_name": "-apim"}, "service_name: "),
        ({"resource_group_name": ""}, "resource_group_name: "),
        ({"subscription_id": "mine"}, "subscription_id: "),
        ({"max_average_latency_ms": 0.0}, "max_average_latency_ms: "),
        ({"require": "report", "max_average_latency_ms": 5.0}, "max_average_latency_ms: require='report' never fails"),
        ({"colour": "red"}, "colour: there is no such argument"),
    ],
)
def test_a_wrong_argument_is_named_before_anything_is_sent(
    provider: ConnectivityCheckProvider, arm: FakeArm, more: dict[str, Any], told: str
) -> None:
    result = provider.check({}, inputs(**more))
    (failure,) = result.failures
    assert failure.reason.startswith(told)
    assert failure.property == ""
    assert "not-shown" not in failure.reason
    assert not arm.requests


def test_what_only_looks_wrong_is_a_warning(provider: ConnectivityCheckProvider, caplog: pytest.LogCaptureFixture) -> None:
    result = provider.check({}, inputs(address="https://microsoft.com", port=3306.0, protocol="HTTP"))
    assert not result.failures
    assert "address starts with https:// but protocol is 'HTTP'" in caplog.text


def test_the_outputs_are_the_result_the_arguments_and_the_verdict(provider: ConnectivityCheckProvider, arm: FakeArm) -> None:
    arm.answers = [UP]
    outs = created(provider, triggers=["v1"])
    assert (outs["connection_status"], outs["average_latency_ms"], outs["maximum_latency_ms"]) == ("Connected", 1, 4)
    assert (outs["probes_sent"], outs["probes_failed"], len(outs["hops"])) == (100, 0, 2)
    assert (outs["verdict"], outs["passed"], outs["triggers"]) == ("passed", True, ["v1"])
    assert outs["service_id"].endswith("/Microsoft.ApiManagement/service/apim")
    assert outs["checked_at"].endswith("+00:00")


@pytest.mark.parametrize(
    ("more", "answer", "verdict", "passed"),
    [
        ({"require": "report"}, DOWN, "reported", True),
        ({"require": "degraded"}, Answer(200, {"connectionStatus": "Degraded"}), "passed", True),
        ({"on_unsupported": "warn"}, FORBIDDEN, "unsupported", False),
    ],
)
def test_what_is_required_decides(
    provider: ConnectivityCheckProvider, arm: FakeArm, more: dict[str, Any], answer: Answer, verdict: str, *, passed: bool
) -> None:
    arm.answers = [answer]
    outs = created(provider, **more)
    assert (outs["verdict"], outs["passed"]) == (verdict, passed)
    assert bool(provider.diff("id", outs, inputs(**more)).changes) is not passed


@pytest.mark.parametrize(
    "answer", [DOWN, FORBIDDEN, error(400), Answer(200, b"<html>")], ids=["down", "forbidden", "error", "page"]
)
def test_w365_checks_lets_everything_pass_that_is_no_pass_and_counts_nothing(
    provider: ConnectivityCheckProvider,
    arm: FakeArm,
    answer: Answer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    arm.answers = [answer]
    with pytest.raises(ArmError, match="The next `pulumi up` checks again"):
        created(provider)
    monkeypatch.setenv("W365_CHECKS", "warn")
    outs = created(provider)
    assert outs["passed"] is False
    assert "CHECK NOT PASSED, but let through by W365_CHECKS=warn" in caplog.text
    monkeypatch.delenv("W365_CHECKS")
    assert provider.diff("id", outs, inputs()).changes


def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARM_ENDPOINT", "https://management.chinacloudapi.cn")


def another_subscription(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARM_SUBSCRIPTION_ID", SUBSCRIPTION.replace("1", "9"))


def no_subscription(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ARM_SUBSCRIPTION_ID")
    monkeypatch.delenv("ARM_ACCESS_TOKEN")


@pytest.mark.parametrize(("happens", "due"), [(elsewhere, True), (another_subscription, True), (no_subscription, False)])
def test_a_check_of_another_service_than_configured_now_is_due(
    provider: ConnectivityCheckProvider,
    arm: FakeArm,
    monkeypatch: pytest.MonkeyPatch,
    happens: Callable[[pytest.MonkeyPatch], None],
    *,
    due: bool,
) -> None:
    arm.answers = [UP]
    outs = created(provider)
    assert not provider.diff("id", outs, inputs()).changes
    happens(monkeypatch)
    assert bool(provider.diff("id", outs, inputs()).changes) is due


def test_without_a_subscription_nothing_is_sent(
    provider: ConnectivityCheckProvider, arm: FakeArm, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_subscription(monkeypatch)
    assert not provider.check({}, inputs()).failures
    with pytest.raises(ConfigurationError, match="apim:subscriptionId"):
        created(provider)
    assert not arm.requests


@pytest.mark.usefixtures("hosted")
def test_a_failed_update_is_recorded_where_the_host_can(provider: ConnectivityCheckProvider, arm: FakeArm) -> None:
    arm.answers = [UP, DOWN]
    outs = created(provider)
    result = provider.update("id", outs, inputs(triggers=["v2"]))
    assert "did not pass" in result.reasons[0]  # type: ignore[attr-defined]  # what our host looks for
    assert (result.outs or {})["passed"] is False


def test_a_failed_update_fails_where_the_host_cannot(provider: ConnectivityCheckProvider, arm: FakeArm) -> None:
    arm.answers = [UP, DOWN]
    outs = created(provider)
    with pytest.raises(ArmError, match="did not pass"):
        provider.update("id", outs, inputs(triggers=["v2"]))


def test_secret_headers_are_in_no_message(
    provider: ConnectivityCheckProvider, arm: FakeArm, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    arm.answers = [error(400, message=f"Bad header {HEADER_SECRET}")]
    with pytest.raises(ArmError) as caught:
        created(provider, protocol="HTTPS", headers={"Authorization": f"Bearer {HEADER_SECRET}"})
    assert HEADER_SECRET not in str(caught.value) + caplog.text
    assert HEADER_SECRET in arm.requests[0].body.decode()


def test_neither_reading_nor_deleting_asks_the_service(provider: ConnectivityCheckProvider, arm: FakeArm) -> None:
    arm.answers = [UP]
    outs = created(provider)
    assert provider.read("id", outs).outs == outs
    provider.delete("id", outs)
    assert arm.checks == 1


def test_an_import_is_refused(provider: ConnectivityCheckProvider) -> None:
    with pytest.raises(Refused, match="cannot be imported"):
        provider.read("id", {PROVIDER_KEY: "reference"})


def test_custom_timeouts_are_the_deadline(provider: ConnectivityCheckProvider, arm: FakeArm) -> None:
    arm.answers = [error(503)]
    with context.set_current(context.Call(timeout=0.3)), pytest.raises(ArmError, match="no result within 0.3 s"):
        created(provider)


def test_a_preview_of_a_check_knows_the_arguments_and_not_what_it_will_find(
    provider: ConnectivityCheckProvider, arm: FakeArm
) -> None:
    arm.answers = [UP]
    outs = created(provider)
    for predicted in (provider.preview_create(inputs()), provider.preview_update("id", outs, inputs(triggers=["v2"]))):
        assert predicted["port"] == 443
        assert not {"connection_status", "passed", "checked_at", "hops"} & predicted.keys()


def test_a_program_and_a_preview_load_no_http_client_and_no_login() -> None:
    look = (
        "import sys, pulumi_workspace365 as w; w.ConnectivityCheck; print(sorted({'httpx', 'azure.identity'} & {*sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
