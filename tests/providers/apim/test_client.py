"""The client over real sockets, answered as the reference documents."""

import json
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from pulumi_workspace365.apim import errors
from pulumi_workspace365.apim.client import ConnectivityClient
from tests.providers.apim.conftest import HEADER_SECRET, TARGET, TOKEN, request
from tests.providers.apim.fake_arm import CONNECTED, PATH, RESULTS, Answer, FakeArm, accepted, error


def test_the_request_is_the_references_http_sample(arm: FakeArm, asks: ConnectivityClient) -> None:
    arm.answers = [Answer(200, CONNECTED)]
    asks.check(
        TARGET,
        request(
            address="https://microsoft.com",
            port=3306,
            method="GET",
            valid_status_codes=[200, 204],
            instance=0,
            preferred_ip_version="IPv4",
        ),
    )
    sent = arm.requests[0]
    assert (sent.method, sent.path) == ("POST", f"{PATH}?api-version=2024-05-01")
    assert sent.headers["Authorization"] == f"Bearer {TOKEN}"
    assert json.loads(sent.body) == {
        "source": {"region": "northeurope", "instance": 0},
        "destination": {"address": "https://microsoft.com", "port": 3306},
        "preferredIPVersion": "IPv4",
        "protocol": "HTTPS",
        "protocolConfiguration": {
            "HTTPConfiguration": {
                "method": "GET",
                "validStatusCodes": [200, 204],
                "headers": [{"name": "Authorization", "value": f"Bearer {HEADER_SECRET}"}],
            }
        },
    }


def test_what_is_left_out_is_not_sent(arm: FakeArm, asks: ConnectivityClient) -> None:
    arm.answers = [Answer(200, CONNECTED)]
    asks.check(TARGET, request(protocol=None, headers=None, address="8.8.8.8", port=53))
    assert json.loads(arm.requests[0].body) == {
        "source": {"region": "northeurope"},
        "destination": {"address": "8.8.8.8", "port": 53},
    }


def test_every_field_of_an_immediate_answer_is_read(arm: FakeArm, asks: ConnectivityClient) -> None:
    arm.answers = [Answer(200, CONNECTED)]
    result = asks.check(TARGET, request())
    assert (result.connection_status, result.probes_sent, result.probes_failed) == ("Connected", 100, 0)
    assert (result.average_latency_ms, result.minimum_latency_ms, result.maximum_latency_ms) == (1, 1, 4)
    assert [(hop.type, hop.id, hop.address, hop.next_hop_ids) for hop in result.hops] == [
        ("Source", "a", "10.1.1.4", ("b",)),
        ("Internet", "b", "8.8.8.8", ()),
    ]


def test_a_running_operation_is_polled_with_the_token_until_it_has_a_result(arm: FakeArm, asks: ConnectivityClient) -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(milliseconds=500), usegmt=True)
    arm.answers = [
        accepted(arm.endpoint + RESULTS),
        accepted(None, Retry_After=soon),
        accepted("operationresults/two?api-version=2024-05-01"),
        Answer(200, CONNECTED),
    ]
    assert asks.check(TARGET, request()).connection_status == "Connected"
    assert [f"{one.method} {one.path}" for one in arm.requests[1:]] == [
        f"GET {RESULTS}",
        f"GET {RESULTS}",
        f"GET {PATH}/operationresults/operationresults/two?api-version=2024-05-01",
    ]
    assert {one.headers["Authorization"] for one in arm.requests} == {f"Bearer {TOKEN}"}


RUNNING = Answer(200, {"status": "InProgress"})
UNKNOWN = error(404, "ResourceNotFound", "The operation is not known.")


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ([accepted(), UNKNOWN, UNKNOWN, Answer(200, CONNECTED)], 3),
        ([accepted(), UNKNOWN, accepted(), UNKNOWN, Answer(200, CONNECTED)], 4),
        (
            [
                accepted(None, Azure_AsyncOperation=RESULTS),
                RUNNING,
                Answer(200, {"status": "Succeeded", "properties": CONNECTED}),
            ],
            2,
        ),
        ([accepted(None, Azure_AsyncOperation=RESULTS), Answer(200, CONNECTED)], 1),
        ([accepted("/elsewhere", Azure_AsyncOperation=RESULTS), accepted(RESULTS), Answer(200, CONNECTED)], 2),
        ([Answer(200, {"status": "InProgress"}, {"Location": RESULTS}), RUNNING, Answer(200, CONNECTED)], 2),
        ([Answer(200, {"status": "Accepted"}, {"Azure-AsyncOperation": RESULTS}), Answer(200, CONNECTED)], 1),
        ([Answer(201, {"status": "Running"}, {"Location": RESULTS}), Answer(200, CONNECTED)], 1),
    ],
)
def test_an_operation_is_polled_in_every_documented_form(
    arm: FakeArm, asks: ConnectivityClient, given: list[Answer], asked: int
) -> None:
    arm.answers = given
    assert asks.check(TARGET, request()).connection_status == "Connected"
    assert [one.method for one in arm.requests] == ["POST", *["GET"] * asked]
    assert arm.requests[-1].path == RESULTS


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([accepted(), UNKNOWN], "The running operation is not known"),
        ([accepted(None)], "without a Location or Azure-AsyncOperation"),
        ([Answer(200, {"status": "InProgress"})], "without a Location or Azure-AsyncOperation"),
        ([accepted(), Answer(200, {"status": "Failed"})], "with the status 'failed' and does not say why"),
        ([accepted(), Answer(200, {"status": "Failed", "error": {"code": "C", "message": "M"}})], "Resource Manager says C: M"),
        ([accepted(), Answer(200, {"status": "Succeeded"})], "is not as documented"),
        ([accepted(None, Azure_AsyncOperation="https://evil.example/x")], "leads to evil.example"),
        ([UNKNOWN], "Check service_name"),
    ],
)
def test_an_operation_that_leads_to_no_result_says_why(
    arm: FakeArm, asks: ConnectivityClient, given: list[Answer], told: str
) -> None:
    arm.answers = given
    with pytest.raises(errors.ArmError, match=told):
        asks.check(TARGET, request())
    assert arm.checks == 1


@pytest.mark.parametrize(
    "trouble",
    [
        error(429),
        error(503),
        error(500),
        error(409, "RetryableError"),
        error(400, "RetryableError"),
        error(409, "AnotherOperationInProgress"),
        Answer(raw=b""),
        Answer(429, b"", {"Retry-After": "0"}),
    ],
    ids=["429", "503", "500", "RetryableError", "RetryableError with 400", "operation in progress", "hung up", "no body"],
)
def test_passing_trouble_is_waited_out(arm: FakeArm, asks: ConnectivityClient, trouble: Answer) -> None:
    arm.answers = [trouble, accepted(), trouble, trouble, Answer(200, CONNECTED)]
    assert asks.check(TARGET, request()).connection_status == "Connected"
    assert [one.method for one in arm.requests] == ["POST", "POST", "GET", "GET", "GET"]


def test_an_error_keeps_what_resource_manager_says(arm: FakeArm, asks: ConnectivityClient) -> None:
    inner = {"code": "InvalidRegion", "message": "Region 'x' is not one of the service.", "target": "source.region"}
    arm.answers = [error(400, "ValidationError", "One or more fields are wrong.", target="body", details=[inner])]
    with pytest.raises(errors.ArmError) as caught:
        asks.check(TARGET, request())
    assert (caught.value.status, caught.value.code, caught.value.detail.target) == (400, "ValidationError", "body")
    assert caught.value.detail.details[0].code == "InvalidRegion"
    assert "Region 'x' is not one of the service" in str(caught.value)


def test_a_check_that_is_broken_off_ends_at_once(arm: FakeArm, asks: ConnectivityClient) -> None:
    cancelled = threading.Event()
    arm.answers = [accepted(Retry_After="20")]
    threading.Timer(0.1, cancelled.set).start()
    with pytest.raises(errors.DeadlineExceeded, match="broken off"):
        asks.check(TARGET, request(), cancelled=cancelled)


def test_a_login_that_hangs_does_not_outlast_the_deadline(arm: FakeArm) -> None:
    over = threading.Event()
    asks = ConnectivityClient(arm.endpoint, lambda: str(over.wait(30)))
    with pytest.raises(errors.DeadlineExceeded, match="no result within 0.1 s"):
        asks.check(TARGET, request(), deadline_seconds=0.1)
    over.set()
    assert not arm.requests


def test_nobody_at_the_address_is_told_as_such(arm: FakeArm) -> None:
    with pytest.raises(errors.ArmError, match="apim:armEndpoint"):
        ConnectivityClient("http://127.0.0.1:1", lambda: TOKEN).check(TARGET, request(), deadline_seconds=30)
    assert not arm.requests
