"""The product's client and the official SDK's get the same results of connectivity checks from one Resource Manager."""

from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError

from pulumi_workspace365.apim import arm_settings, client, errors
from pulumi_workspace365.apim.client import ConnectivityClient
from pulumi_workspace365.apim.models import ConnectivityRequest, ServiceTarget
from pulumi_workspace365_sandbox.azure import LocalAzure, faults
from pulumi_workspace365_sandbox.azure.faults import CheckIssue
from tests.sandbox.azure.checking import backend, check, http
from tests.sandbox.azure.desk import Desk

ECHO = "echo.example.com"


@pytest.fixture(scope="session")
def ours(shared_cloud: LocalAzure) -> ConnectivityClient:
    """Signed in by the variables that the local Azure gives to programs."""
    return client.get_client(arm_settings.read(lambda _: None, shared_cloud.variables))


def by_ours(
    ours: ConnectivityClient, cloud: LocalAzure, address: str, port: int, *, deadline_seconds: float = 60, **more: Any
) -> dict[str, Any]:
    target = ServiceTarget(
        subscription_id=cloud.subscription_id,
        resource_group_name=cloud.resource_group_name,
        service_name=cloud.service_name,
    )
    request = ConnectivityRequest(region="West Europe", address=address, port=port, **more)
    return ours.check(target, request, deadline_seconds=deadline_seconds).outputs()


def by_sdk(desk: Desk, address: str, port: int, **more: Any) -> dict[str, Any]:
    """In the form of ours."""
    found = check(desk, address, port, **more)
    hops = [
        {
            "type": hop.type,
            "id": hop.id,
            "address": hop.address,
            "resource_id": hop.resource_id or "",
            "next_hop_ids": hop.next_hop_ids,
            "issues": [
                {"origin": item.origin, "severity": item.severity, "type": item.type, "context": item.context}
                for item in hop.issues
            ],
        }
        for hop in found.hops
    ]
    return {
        "connection_status": found.connection_status,
        "average_latency_ms": found.avg_latency_in_ms,
        "minimum_latency_ms": found.min_latency_in_ms,
        "maximum_latency_ms": found.max_latency_in_ms,
        "probes_sent": found.probes_sent,
        "probes_failed": found.probes_failed,
        "hops": hops,
    }


def alike(result: dict[str, Any], *, measured: bool) -> dict[str, Any]:
    """Without what differs from check to check: ids of hops are their places, and latencies were measured or not."""
    places = {hop["id"]: place for place, hop in enumerate(result["hops"])}
    hops = [
        {name: value for name, value in hop.items() if name != "previous_hop_ids"}
        | {"id": places[hop["id"]], "next_hop_ids": [places[id_] for id_ in hop["next_hop_ids"]]}
        for hop in result["hops"]
    ]
    latencies = {name: value is None for name, value in result.items() if measured and name.endswith("_ms")}
    return result | latencies | {"hops": hops}


@pytest.mark.parametrize(
    ("address", "status"),
    [
        (ECHO, "Connected"),
        ("closed.example.com", "Disconnected"),
        ("half.example.com", "Degraded"),
        ("gone.example.com", "Disconnected"),
    ],
)
def test_over_tcp(desk: Desk, ours: ConnectivityClient, address: str, status: str) -> None:
    aliases = desk.cloud.management.state().options.aliases
    half = [*aliases[ECHO], "127.0.0.2:1"]
    desk.cloud.management.set_options(aliases=aliases | {"half.example.com": half, "gone.example.com": []})
    found = by_ours(ours, desk.cloud, address, 443)
    assert found["connection_status"] == status
    assert alike(found, measured=True) == alike(by_sdk(desk, address, 443), measured=True)


@pytest.mark.parametrize(
    ("statuses", "status"), [([204, 204, 204], "Connected"), ([204, 503, 204], "Degraded"), ([503, 503, 503], "Disconnected")]
)
def test_over_http(desk: Desk, ours: ConnectivityClient, statuses: list[int], status: str) -> None:
    asks: dict[str, Any] = {"method": "POST", "valid_status_codes": [204], "headers": {"X-Probe": "a"}}
    with backend(*statuses) as port:
        address = "http://127.0.0.1/ready"
        found = by_ours(ours, desk.cloud, address, port, protocol="HTTP", **asks)
        configured = http(method="POST", codes=[204], X_Probe="a")
        theirs = by_sdk(desk, address, port, protocol="HTTP", protocol_configuration=configured)
    assert found["connection_status"] == status
    assert alike(found, measured=True) == alike(theirs, measured=True)
    first, second = desk.cloud.management.requests(operation="POST service/connectivityCheck")
    assert first.body == second.body


def test_over_https(desk: Desk, ours: ConnectivityClient) -> None:
    found = by_ours(ours, desk.cloud, f"https://{ECHO}/", 443, protocol="HTTPS", valid_status_codes=[426])
    theirs = by_sdk(desk, f"https://{ECHO}/", 443, protocol="HTTPS", protocol_configuration=http(codes=[426]))
    assert found["connection_status"] == "Connected"
    assert alike(found, measured=True) == alike(theirs, measured=True)


@pytest.mark.parametrize("status", [None, "Degraded", "Unknown", "Reachable"])
def test_with_every_field(desk: Desk, ours: ConnectivityClient, status: str | None) -> None:
    issues = [
        CheckIssue(type="NetworkSecurityRule", context={"RuleName": "DenyAll", "port": "443"}),
        CheckIssue(type="PortThrottled", origin="Local", severity="Warning"),
    ]
    desk.cloud.management.inject(faults.CheckResult(status=status, issues=issues, latencies=[2, 5, 11], probes_sent=100))
    found = alike(by_ours(ours, desk.cloud, ECHO, 443), measured=False)
    assert found == alike(by_sdk(desk, ECHO, 443), measured=False)
    assert found["maximum_latency_ms"] == 11


def test_errors_keep_code_and_message(desk: Desk, ours: ConnectivityClient) -> None:
    desk.cloud.management.inject(faults.Status(status=403, code="AuthorizationFailed", message="No right to it."))
    with pytest.raises(errors.CheckUnavailable) as found:
        by_ours(ours, desk.cloud, ECHO, 443)
    with pytest.raises(HttpResponseError) as theirs:
        check(desk, ECHO, 443)
    assert theirs.value.error is not None
    assert (found.value.code, found.value.detail.message) == (theirs.value.error.code, "No right to it")


@pytest.mark.parametrize(
    ("set_faults", "kind"),
    [
        *[
            ([faults.CheckBody(form=form, size=3_000_000)], errors.InvalidResponse)
            for form in ("nothing", "html", "huge", "deep", "broken", "null", "array", "string", "number", "empty", "no_status")
        ],
        ([faults.CheckBody(form="wrong_types")], errors.InvalidResponse),
        ([faults.CheckBody(form="another")], errors.InvalidResponse),
        ([faults.CheckRun(location="missing")], errors.InvalidResponse),
        ([faults.CheckRun(location="plain")], errors.CrossHostRedirect),
        ([faults.CheckRun(location="other_host")], errors.CrossHostRedirect),
        ([faults.CheckRun(location="other_host", host="https://user@127.0.0.1")], errors.CrossHostRedirect),
        ([faults.CheckRun(endless=True, retry_after=0)], errors.DeadlineExceeded),
        ([faults.CheckRun(polls=1, retry_after=600)], errors.DeadlineExceeded),
        ([faults.CheckRun(seconds=600)], errors.DeadlineExceeded),
        ([faults.Hang(operation=f"POLL {faults.CHECK}")], errors.DeadlineExceeded),
        ([faults.Status(status=503, html=True)], errors.DeadlineExceeded),
        ([faults.Status(status=400, code="MethodNotAllowedInPricingTier")], errors.CheckUnavailable),
        ([faults.Status(status=404, operation=f"POLL {faults.CHECK}")], errors.InvalidResponse),
        ([faults.Status(status=401)], errors.NotSignedIn),
        ([faults.OperationFails(operation=f"POST {faults.CHECK}")], errors.ArmError),
    ],
)
def test_what_is_no_result_is_an_error_within_the_deadline(
    desk: Desk, ours: ConnectivityClient, set_faults: list[faults.AnyFault], kind: type[errors.ArmError]
) -> None:
    desk.cloud.management.inject(*set_faults)
    deadline = 0.5 if kind is errors.DeadlineExceeded else 60
    with pytest.raises(kind) as caught:
        by_ours(ours, desk.cloud, ECHO, 443, deadline_seconds=deadline)
    assert "\n" not in str(caught.value)
    assert f"{ECHO}:443" in str(caught.value)


@pytest.mark.parametrize("form", ["cycle", "dangling", "twins"])
def test_a_strange_graph_of_hops_is_kept_as_it_is(desk: Desk, ours: ConnectivityClient, form: Any) -> None:
    desk.cloud.management.inject(faults.CheckBody(form=form))
    found = by_ours(ours, desk.cloud, ECHO, 443)
    assert (found["connection_status"], len(found["hops"])) == ("Connected", 2)
    assert {hop["type"] for hop in by_sdk(desk, ECHO, 443)["hops"]} == {"Source", "Internet"}


@pytest.mark.parametrize(
    "run",
    [
        faults.CheckRun(at_once=True),
        faults.CheckRun(polls=2, retry_after=0),
        faults.CheckRun(retry_after=0, retry_after_form="date"),
        faults.CheckRun(retry_after=0, location="relative"),
    ],
)
def test_every_good_course_ends_in_the_result(desk: Desk, ours: ConnectivityClient, run: faults.CheckRun) -> None:
    desk.cloud.management.inject(run)
    assert by_ours(ours, desk.cloud, ECHO, 443)["connection_status"] == "Connected"
