"""Checks of connectivity are real, and are told as API Management tells them; the official SDK gets what was measured."""

import asyncio
import socket
from typing import Any
from urllib.parse import urlsplit

import pytest
from azure.core.exceptions import HttpResponseError
from azure.identity.aio import ClientSecretCredential
from azure.mgmt.apimanagement.aio import ApiManagementClient

from pulumi_workspace365_sandbox.azure import LocalAzure, faults
from pulumi_workspace365_sandbox.azure.faults import CheckIssue
from tests.sandbox.azure.checking import CLOSED, asked, backend, check, http, issues
from tests.sandbox.azure.desk import Desk

ECHO = "echo.example.com"
START = "POST service/connectivityCheck"


def port_of(url: str) -> int:
    return urlsplit(url).port or 0


def test_a_backend_that_listens_is_connected_with_measured_latencies(desk: Desk) -> None:
    result = check(desk, "127.0.0.1", port_of(desk.cloud.backend_url))
    assert (result.connection_status, result.probes_sent, result.probes_failed) == ("Connected", 10, 0)
    found = (result.min_latency_in_ms, result.avg_latency_in_ms, result.max_latency_in_ms)
    assert None not in found
    assert list(found) == sorted(found)
    source, destination = result.hops
    assert (source.type, source.resource_id, source.next_hop_ids) == ("Source", desk.cloud.service_id, [destination.id])
    assert (destination.type, destination.address, destination.next_hop_ids) == ("Internet", "127.0.0.1", [])
    assert issues(result) == []


def test_a_closed_port_is_disconnected_without_latencies_and_says_why(desk: Desk) -> None:
    result = check(desk, "closed.example.com", 443, protocol="TCP", preferred_ip_version="IPv4")
    assert (result.connection_status, result.probes_sent, result.probes_failed) == ("Disconnected", 10, 10)
    assert result.avg_latency_in_ms is None
    assert issues(result) == [("Internet", "Error", "Unknown")]
    assert result.hops[1].issues[0].context == [
        {"key": "port", "value": "443"},
        {"key": "error", "value": "Connection refused"},
        {"key": "probes", "value": "10"},
    ]


def test_one_of_two_addresses_that_answers_is_degraded(desk: Desk) -> None:
    listening = port_of(desk.cloud.backend_url)
    desk.cloud.management.set_options(aliases={"half.example.com": [f"127.0.0.1:{listening}", f"127.0.0.2:{CLOSED}"]})
    result = check(desk, "half.example.com", 443)
    assert (result.connection_status, result.probes_sent, result.probes_failed) == ("Degraded", 10, 5)
    assert [hop.address for hop in result.hops] == ["127.0.0.1", "127.0.0.1", "127.0.0.2"]
    assert issues(result) == [("Internet", "Error", "Unknown")]


def test_a_name_that_does_not_resolve_is_an_issue_of_the_source(desk: Desk) -> None:
    desk.cloud.management.set_options(aliases={"gone.example.com": []})
    result = check(desk, "gone.example.com", 443)
    assert (result.connection_status, result.probes_sent) == ("Disconnected", 0)
    assert issues(result) == [("Source", "Error", "DnsResolution")]
    assert result.hops[0].next_hop_ids == []


@pytest.mark.parametrize(
    ("statuses", "codes", "status", "failed"),
    [
        ([204], None, "Connected", 0),
        ([404], None, "Disconnected", 3),
        ([404], [404, 426], "Connected", 0),
        ([200], [204], "Disconnected", 3),
        ([200, 503, 200], [200], "Degraded", 1),
        ([302], [302], "Connected", 0),
    ],
)
def test_an_answer_counts_by_its_status(
    desk: Desk, statuses: list[int], codes: list[int] | None, status: str, failed: int
) -> None:
    with backend(*statuses) as port:
        result = check(desk, "http://127.0.0.1/health", port, protocol="HTTP", protocol_configuration=http(codes=codes))
    assert (result.connection_status, result.probes_sent, result.probes_failed) == (status, 3, failed)


def test_https_asks_by_name_with_headers_and_trusts_as_the_gateway_does(desk: Desk) -> None:
    asks = http(codes=[426], X_Probe="secret-value")
    result = check(desk, f"https://{ECHO}/live?deep=1", 443, protocol="HTTPS", protocol_configuration=asks)
    assert (result.connection_status, issues(result)) == ("Connected", [])
    seen = desk.cloud.management.backend_requests()[0]
    assert (seen.path, seen.query, seen.headers["host"], seen.headers["x-probe"]) == (
        "/live",
        "deep=1",
        ECHO,
        "secret-value",
    )
    desk.cloud.management.set_options(aliases={"other.example.net": [f"127.0.0.1:{port_of(desk.cloud.backend_secure_url)}"]})
    refused = check(desk, "other.example.net", 443, protocol="HTTPS")
    assert refused.connection_status == "Disconnected"
    assert "other.example.net" in str(refused.hops[1].issues[0].context)
    plain = check(desk, ECHO, port_of(desk.cloud.backend_url), protocol="HTTPS")
    assert plain.connection_status == "Disconnected"


def test_post_is_a_method_too(desk: Desk) -> None:
    with backend(201) as port:
        asks = http(method="POST", codes=[201])
        assert check(desk, "127.0.0.1", port, protocol="HTTP", protocol_configuration=asks).connection_status == "Connected"


def test_what_never_answers_fails_after_its_seconds(desk: Desk) -> None:
    desk.cloud.management.set_options(probe_seconds=0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        result = check(desk, "127.0.0.1", silent.getsockname()[1], protocol="HTTP")
    assert result.connection_status == "Disconnected"
    assert "no answer within 0.05 s" in str(result.hops[1].issues[0].context)


def test_the_async_client_gets_it_too(cloud: LocalAzure) -> None:
    async def checked() -> list[Any]:
        credential = ClientSecretCredential(
            cloud.tenant_id,
            cloud.client_id,
            cloud.client_secret,
            authority=cloud.authority_host,
            disable_instance_discovery=True,
            connection_verify=cloud.ca_file,
        )
        client = ApiManagementClient(
            credential,
            cloud.subscription_id,
            base_url=cloud.arm_endpoint,
            connection_verify=cloud.ca_file,
            polling_interval=0,
        )
        async with credential, client:
            asks = [asked(ECHO, 443), asked("closed.example.com", 443)]
            service = (cloud.resource_group_name, cloud.service_name)
            pollers = [await client.begin_perform_connectivity_check_async(*service, item) for item in asks]
            return [await poller.result() for poller in pollers]

    assert [result.connection_status for result in asyncio.run(checked())] == ["Connected", "Disconnected"]


def test_a_check_is_accepted_then_polled_then_told_for_good(desk: Desk) -> None:
    desk.cloud.management.set_options(polls=2)
    assert check(desk, ECHO, 443).connection_status == "Connected"
    seen = desk.cloud.management.requests(path=f"{desk.cloud.service_id}/connectivityCheck")
    assert [item.status for item in seen] == [202]
    polled = desk.cloud.management.requests(operation="POLL service/connectivityCheck")
    assert [item.status for item in polled] == [202, 202, 200]
    again = desk.http.get(f"{polled[0].path}?api-version=2024-05-01")
    assert (again.status_code, again.json()["connectionStatus"]) == (200, "Connected")
    assert desk.http.get(f"{polled[0].path}x?api-version=2024-05-01").status_code == 404


BODY: dict[str, Any] = {"source": {"region": "westeurope"}, "destination": {"address": ECHO, "port": 443}}


@pytest.mark.parametrize(
    ("changed", "target", "says"),
    [
        ({"destination": None}, "destination", "dict"),
        ({"source": {}}, "source.region", "must not be empty"),
        ({"source": {"region": "northeurope"}}, "source.region", "is in westeurope"),
        ({"source": {"region": "westeurope", "instance": "0"}}, "source.instance", "valid integer"),
        ({"source": {"region": "westeurope", "zone": 1}}, "source.zone", "Could not find member"),
        ({"destination": {"address": ECHO}}, "destination.port", "must not be empty"),
        ({"destination": {"address": ECHO, "port": 0}}, "destination.port", "greater than or equal to 1"),
        ({"destination": {"address": ECHO, "port": 70000}}, "destination.port", "less than or equal to 65535"),
        ({"destination": {"address": "", "port": 443}}, "destination.address", "at least 1"),
        ({"destination": {"address": "::1", "port": 443}}, "destination.address", "neither an IP address"),
        ({"destination": {"address": "https://[::1]/", "port": 443}, "protocol": "HTTPS"}, "destination.address", "IPv4"),
        ({"destination": {"address": f"{ECHO}:443", "port": 443}}, "destination.address", "neither an IP address"),
        ({"destination": {"address": f"wss://{ECHO}", "port": 443}}, "destination.address", "not coherent"),
        ({"destination": {"address": f"http://{ECHO}", "port": 80}, "protocol": "HTTPS"}, "destination.address", "coherent"),
        (
            {"destination": {"address": f"https://{ECHO}:8443", "port": 443}, "protocol": "HTTPS"},
            "destination.address",
            "no port but",
        ),
        ({"protocol": "UDP"}, "protocol", "'TCP', 'HTTP' or 'HTTPS'"),
        ({"preferredIPVersion": "IPv6"}, "preferredIPVersion", "'IPv4'"),
        ({"protocolConfiguration": {"httpConfiguration": {}}}, "protocolConfiguration.httpConfiguration", "Could not find"),
        ({"protocolConfiguration": {"HTTPConfiguration": {}}}, "protocolConfiguration.HTTPConfiguration", "HTTP and HTTPS"),
        (
            {"protocol": "HTTP", "protocolConfiguration": {"HTTPConfiguration": {"method": "PUT"}}},
            "protocolConfiguration.HTTPConfiguration.method",
            "'GET' or 'POST'",
        ),
        (
            {"protocol": "HTTP", "protocolConfiguration": {"HTTPConfiguration": {"headers": [{"name": "a"}]}}},
            "protocolConfiguration.HTTPConfiguration.headers.0.value",
            "must not be empty",
        ),
        (
            {"protocol": "HTTP", "protocolConfiguration": {"HTTPConfiguration": {"headers": [{"name": "a", "value": "b\nc"}]}}},
            "protocolConfiguration.HTTPConfiguration.headers.0.value",
            "pattern",
        ),
        (
            {"protocol": "HTTP", "protocolConfiguration": {"HTTPConfiguration": {"validStatusCodes": [99]}}},
            "protocolConfiguration.HTTPConfiguration.validStatusCodes.0",
            "greater than or equal to 100",
        ),
        ({"timeout": 3}, "timeout", "Could not find member"),
    ],
)
def test_a_wrong_request_is_refused_by_field(desk: Desk, changed: dict[str, Any], target: str, says: str) -> None:
    answer = desk.request("POST", "connectivityCheck", BODY | changed)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert (error["code"], [item["target"] for item in error["details"]]) == ("ValidationError", [target])
    assert says in error["details"][0]["message"]


def test_a_region_that_was_added_to_the_service_is_one(desk: Desk) -> None:
    desk.cloud.management.change(desk.cloud.service_id, additionalLocations=[{"location": "North Europe"}])
    assert desk.request("POST", "connectivityCheck", BODY | {"source": {"region": "northeurope"}}).status_code == 202


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "connectivityCheck", 405, "MethodNotAllowed"),
        ("POST", "connectivityCheck/operationresults/x", 405, "MethodNotAllowed"),
        ("GET", "connectivityCheck/operationresults/x", 404, "ResourceNotFound"),
        ("POST", "connectivityCheck/other", 404, "InvalidResourceType"),
    ],
)
def test_other_methods_and_paths_are_refused(desk: Desk, method: str, path: str, status: int, code: str) -> None:
    answer = desk.request(method, path, BODY if method == "POST" else None)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_the_history_tells_what_was_asked_and_no_secret(desk: Desk) -> None:
    asks = http(Authorization="Bearer hush-hush")
    check(desk, ECHO, 443, protocol="HTTPS", protocol_configuration=asks)
    (seen,) = desk.cloud.management.requests(operation=START)
    assert seen.body is not None
    assert seen.body["protocolConfiguration"]["HTTPConfiguration"]["headers"] == [{"name": "Authorization", "value": "***"}]
    assert "authorization" in seen.headers
    assert "hush-hush" not in str(desk.cloud.management.requests())


@pytest.mark.parametrize("status", ["Connected", "Degraded", "Disconnected", "Unknown", "Reachable", "Unreachable", "Tired"])
def test_every_status_can_be_forced(desk: Desk, status: str) -> None:
    desk.cloud.management.inject(faults.CheckResult(status=status, times=1))
    assert check(desk, "chat.example.org", 443).connection_status == status
    assert check(desk, ECHO, 443).connection_status == "Connected"


@pytest.mark.parametrize(
    ("kind", "hop"),
    [
        ("AgentStopped", "Source"),
        ("DnsResolution", "Source"),
        ("SocketBind", "Source"),
        ("PortThrottled", "Source"),
        ("NetworkSecurityRule", "VnetLocal"),
        ("UserDefinedRoute", "VnetLocal"),
        ("GuestFirewall", "Internet"),
        ("Platform", "Internet"),
        ("Unknown", "Internet"),
        ("MemoryPressure", "Internet"),
    ],
)
def test_every_issue_can_be_forced_and_stands_where_it_is_met(desk: Desk, kind: str, hop: str) -> None:
    desk.cloud.management.inject(faults.CheckResult(issues=[CheckIssue(type=kind, context={"RuleName": "DenyAll"})], times=1))
    result = check(desk, ECHO, 443)
    assert (result.connection_status, issues(result)) == ("Disconnected", [(hop, "Error", kind)])
    chain = [hop_.next_hop_ids for hop_ in result.hops]
    assert chain == [[hop_.id] for hop_ in result.hops[1:]] + [[]]
    desk.cloud.management.inject(
        faults.CheckResult(
            issues=[CheckIssue(type=kind, severity="Warning", hop="VirtualAppliance")], latencies=[3, 900], times=1
        )
    )
    result = check(desk, ECHO, 443)
    assert (result.connection_status, result.probes_failed, result.max_latency_in_ms) == ("Degraded", 2, 900)
    assert issues(result) == [("VirtualAppliance", "Warning", kind)]


def test_how_an_operation_goes_on_can_be_forced(desk: Desk) -> None:
    def started(**run: Any) -> Any:
        desk.cloud.management.inject(faults.CheckRun(times=1, **run))
        return desk.request("POST", "connectivityCheck", BODY)

    at_once = started(at_once=True)
    assert (at_once.status_code, at_once.json()["connectionStatus"]) == (200, "Connected")
    assert "Location" not in started(location="missing").headers
    assert started(location="relative").headers["Location"].startswith("/subscriptions/")
    assert started(location="other_host").headers["Location"].startswith("https://management.example.com/subscriptions/")
    assert started(location="plain").headers["Location"].startswith("http://127.0.0.1:")
    assert started().headers.get("Retry-After") is None
    assert started(retry_after=7).headers["Retry-After"] == "7"
    assert started(retry_after=7, retry_after_form="date").headers["Retry-After"].endswith(" GMT")
    assert started(retry_after=7, retry_after_form="text").headers["Retry-After"] == "soon"
    endless = started(endless=True, retry_after=0)
    assert [desk.http.get(endless.headers["Location"]).status_code for _ in range(5)] == [202] * 5
    slow = started(seconds=60)
    assert desk.http.get(slow.headers["Location"]).status_code == 202


@pytest.mark.parametrize(
    ("form", "starts"),
    [
        ("nothing", b""),
        ("html", b"<html>"),
        ("huge", b'{"connectionStatus": "xxx'),
        ("deep", b"[[["),
        ("broken", b'{"connectionStatus": "Connected", "hops": [{"ty'),
        ("null", b"null"),
        ("array", b"[{"),
        ("string", b'"Connected"'),
        ("number", b"42"),
        ("empty", b"{}"),
        ("no_status", b'{"hops"'),
        ("wrong_types", b'{"hops"'),
        ("cycle", b'{"hops"'),
        ("dangling", b'{"hops"'),
        ("twins", b'{"hops"'),
        ("another", b'{"status": "Succeeded"'),
    ],
)
def test_a_result_can_be_malformed(desk: Desk, form: Any, starts: bytes) -> None:
    desk.cloud.management.inject(faults.CheckBody(form=form, size=100_000, times=1), faults.CheckRun(at_once=True, times=1))
    answer = desk.request("POST", "connectivityCheck", BODY)
    assert answer.status_code == 200
    assert answer.content.startswith(starts)
    assert bool(answer.content) == (form != "nothing")


def test_errors_are_arms(desk: Desk) -> None:
    details = [{"code": "SkuNotSupported", "target": "sku", "message": "Not in this tier."}]
    desk.cloud.management.inject(
        faults.Status(status=400, code="MethodNotAllowedInPricingTier", message="No.", target="sku", details=details, times=1)
    )
    with pytest.raises(HttpResponseError) as caught:
        check(desk, ECHO, 443)
    assert caught.value.error is not None
    assert (caught.value.error.code, caught.value.error.target) == ("MethodNotAllowedInPricingTier", "sku")
    assert [item.code for item in caught.value.error.details or []] == ["SkuNotSupported"]

    desk.cloud.management.inject(faults.Status(status=429, code="RetryableError", operation=START, retry_after=0, times=2))
    assert check(desk, ECHO, 443).connection_status == "Connected"

    failing = faults.OperationFails(operation=START, code="InternalServerError", message="The agent is gone.", times=1)
    desk.cloud.management.inject(failing)
    with pytest.raises(HttpResponseError, match="The agent is gone"):
        check(desk, ECHO, 443)


def test_the_gateway_knows_the_same_names(desk: Desk) -> None:
    desk.api(serviceUrl=f"wss://{ECHO}/")
    assert desk.status() == 101
    desk.api("closed", serviceUrl="wss://closed.example.com/")
    assert desk.status("/closed") == 500
