"""Every knob, met over the wire by a client that is not ours."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from pulumi_workspace365_sandbox import workspace365
from pulumi_workspace365_sandbox.workspace365 import ManagementClient, ManagementError, Server, faults

CREATE = "/Provisioning/Environment/?version=2.0"
LIST = "/Provisioning/Environment/"


def create(client: httpx.Client, name: str = "contoso", **options: Any) -> httpx.Response:
    body = {"EnvironmentName": name, "EmailAddress": "admin@example.com", "FirstName": "Admin", "LastName": "-"}
    return client.post(CREATE, json=body, **options)


def names(client: httpx.Client) -> list[str]:
    return [entry["name"] for entry in client.get(LIST).json()]


def test_every_knob_and_fault_is_in_the_readme() -> None:
    text = Path(workspace365.__file__).with_name("README.md").read_text()
    for name, fault in faults.FAULTS.items():
        assert f"| `{name}` |" in text
        row = next(line for line in text.splitlines() if line.startswith(f"| `{name}` |"))
        common = {"fault", "operation", "environment", "times", "skip", "lasts", "when"}
        assert [field for field in fault.model_fields if field not in common and f"`{field}`" not in row] == []
    assert [knob for knob in workspace365.ServerOptions.model_fields if f"`{knob}`" not in text] == []


@pytest.mark.parametrize(
    ("sanitiser", "made"),
    [
        ("identity", "Con-Toso & Zn."),
        ("lower", "con-toso & zn."),
        ("strip", "ConTosoZn"),
        ("collide", "conto"),
        ("transliterate", "Con-Toso-Zn"),
        ("customer_number", "T0001"),
    ],
)
def test_names_are_sanitised_as_the_knob_says(
    provisioning: httpx.Client, management: ManagementClient, sanitiser: str, made: str
) -> None:
    management.set_options(sanitiser=sanitiser)
    assert create(provisioning, "Con-Toso & Zn.").json()["EnvironmentName"] == made
    assert names(provisioning) == [made]


def test_names_that_collide_are_refused_or_numbered(provisioning: httpx.Client, management: ManagementClient) -> None:
    management.set_options(sanitiser="collide")
    assert create(provisioning, "contoso-a").status_code == 200
    assert create(provisioning, "contoso-b").status_code == 400
    management.set_options(on_collision="number")
    assert create(provisioning, "contoso-b").json()["EnvironmentName"] == "conto1"


def test_names_of_other_alphabets_are_transliterated(provisioning: httpx.Client, management: ManagementClient) -> None:
    management.set_options(sanitiser="transliterate")
    assert create(provisioning, "Müller Söhne").json()["EnvironmentName"] == "Mueller-Soehne"
    assert create(provisioning, "東京").status_code == 400


def test_customer_numbers_are_never_given_twice(provisioning: httpx.Client, management: ManagementClient) -> None:
    management.set_options(sanitiser="customer_number")
    management.seed("T0002")
    assert [create(provisioning, "contoso").json()["EnvironmentName"] for _ in range(2)] == ["T0001", "T0003"]
    management.delete("T0003")
    assert create(provisioning, "contoso").json()["EnvironmentName"] == "T0004"


def test_a_name_of_which_nothing_is_left_is_refused(provisioning: httpx.Client, management: ManagementClient) -> None:
    management.set_options(sanitiser="strip")
    assert create(provisioning, "!!!").status_code == 400


def test_new_environments_can_start_inactive(provisioning: httpx.Client, management: ManagementClient) -> None:
    management.set_options(new_is_active=False)
    create(provisioning)
    assert provisioning.get(LIST).json()[0]["isActive"] is False


def test_a_switched_off_api_refuses_every_call(
    provisioning: httpx.Client, health: httpx.Client, management: ManagementClient
) -> None:
    management.set_options(provisioning_api_enabled=False)
    assert (provisioning.get(LIST).status_code, health.get("/api/health").status_code) == (403, 200)
    management.set_options(provisioning_api_enabled=True, health_api_enabled=False)
    assert (provisioning.get(LIST).status_code, health.get("/api/health").status_code) == (200, 403)


def test_a_rotated_key_revokes_the_old_one(provisioning: httpx.Client, management: ManagementClient) -> None:
    management.change_keys(provisioning_key="new")
    assert provisioning.get(LIST).status_code == 403
    assert provisioning.get(LIST, headers={"ProvisioningKey": "new"}).status_code == 200


def test_an_empty_key_in_the_configuration_refuses_even_an_empty_key(
    provisioning: httpx.Client, management: ManagementClient
) -> None:
    management.change_keys(provisioning_key="")
    assert provisioning.get(LIST, headers={"ProvisioningKey": ""}).status_code == 403


def test_a_missing_requested_with_header_can_give_a_login_page(provisioning: httpx.Client, management: ManagementClient) -> None:
    management.set_options(header_refusal="html")
    del provisioning.headers["X-Requested-With"]
    page = provisioning.get(LIST)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")


def test_oauth2_does_not_exist_on_premises(provisioning: httpx.Client, management: ManagementClient) -> None:
    management.seed("contoso")
    management.set_options(on_premises=True)
    body = {"Authority": "https://a.example", "ClientId": "x", "Key": "y"}
    assert provisioning.put("/Provisioning/contoso/SingleSignOnSettings/OAuth2/", json=body).status_code == 404


def test_a_fault_meets_only_its_operation_environment_and_number_of_calls(
    provisioning: httpx.Client, management: ManagementClient
) -> None:
    management.inject(faults.Status(status=500, operation="createEnvironment", environment="Contoso", times=2, skip=1))
    statuses = [create(provisioning, name).status_code for name in ("other", "contoso", "contoso", "contoso", "fabrikam")]
    assert statuses == [200, 200, 500, 500, 200]
    assert create(provisioning, "contoso").status_code == 400  # the real answer again: the name is in use
    assert management.state().faults == []


def test_a_fault_without_times_holds_until_it_is_removed(provisioning: httpx.Client, management: ManagementClient) -> None:
    [number] = management.inject(faults.Status(status=503))
    assert {provisioning.get(path).status_code for path in (LIST, "/nowhere", LIST)} == {503}
    management.remove_fault(number)
    assert provisioning.get(LIST).status_code == 200
    with pytest.raises(ManagementError, match="no fault is set under this number"):
        management.remove_fault(number)


@pytest.mark.parametrize(
    ("form", "parsed"),
    [
        ("array", [{"MemberNames": ["EmailAddress"], "ErrorMessage": "Taken."}]),
        ("object", {"MemberNames": ["EmailAddress"], "ErrorMessage": "Taken."}),
        ("string", "Taken."),
    ],
)
def test_validation_errors_come_in_several_json_shapes(
    provisioning: httpx.Client, management: ManagementClient, form: faults.Form, parsed: object
) -> None:
    management.inject(faults.Status(status=400, form=form, text="Taken.", members=["EmailAddress"]))
    refused = create(provisioning)
    assert (refused.status_code, refused.json()) == (400, parsed)


@pytest.mark.parametrize(
    ("form", "content_type", "content"),
    [
        ("html", "text/html; charset=utf-8", b"<html><body><h1>Taken.</h1></body></html>"),
        ("text", "text/plain; charset=utf-8", b"Taken."),
        ("empty", None, b""),
    ],
)
def test_validation_errors_come_as_html_text_or_nothing(
    provisioning: httpx.Client, management: ManagementClient, form: faults.Form, content_type: str | None, content: bytes
) -> None:
    management.inject(faults.Status(status=400, form=form, text="Taken."))
    refused = create(provisioning)
    assert (refused.status_code, refused.headers.get("content-type"), refused.content) == (400, content_type, content)
    assert management.environments() == {}


def test_retry_after_comes_in_seconds_or_as_a_date(provisioning: httpx.Client, management: ManagementClient) -> None:
    management.inject(
        faults.Status(status=429, retry_after=2, times=1),
        faults.Status(status=503, retry_after=3600, retry_after_form="date", times=1),
    )
    assert provisioning.get(LIST).headers["retry-after"] == "2"
    date = parsedate_to_datetime(provisioning.get(LIST).headers["retry-after"])
    assert timedelta(minutes=59) < date - datetime.now(UTC) < timedelta(minutes=61)


@pytest.mark.parametrize("status", [401, 500, 502, 504])
def test_an_error_before_does_nothing_and_an_error_after_comes_too_late(
    provisioning: httpx.Client, management: ManagementClient, status: int
) -> None:
    management.inject(faults.Status(status=status, times=1), faults.Status(status=status, when="after", times=1))
    assert create(provisioning).status_code == status
    assert management.environments() == {}
    assert create(provisioning).status_code == status
    assert set(management.environments()) == {"contoso"}


def test_a_fault_after_waits_for_a_call_that_succeeds(provisioning: httpx.Client, management: ManagementClient) -> None:
    management.inject(faults.Status(status=500, operation="createEnvironment", when="after", times=1))
    assert create(provisioning, "demo").status_code == 400
    assert create(provisioning, "contoso").status_code == 500


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (faults.Reset(when="after"), httpx.ReadError),
        (faults.Close(when="after"), httpx.RemoteProtocolError),
        (faults.Truncate(when="after"), httpx.RemoteProtocolError),
        (faults.Truncate(when="after", size=0), httpx.RemoteProtocolError),
        (faults.Hang(when="after", seconds=0.05), httpx.RemoteProtocolError),
        (faults.Hang(when="after"), httpx.ReadTimeout),
    ],
)
def test_a_create_can_succeed_and_its_answer_be_lost(
    provisioning: httpx.Client, management: ManagementClient, fault: faults.AnyFault, error: type[Exception]
) -> None:
    management.inject(fault)
    with pytest.raises(error):
        create(provisioning, timeout=0.5)
    management.clear_faults()
    assert names(provisioning) == ["contoso"]


@pytest.mark.parametrize("fault", [faults.Reset(), faults.Close(), faults.Hang(seconds=0.05)])
def test_a_create_can_be_lost_on_its_way(
    provisioning: httpx.Client, management: ManagementClient, fault: faults.AnyFault
) -> None:
    management.inject(fault)
    with pytest.raises(httpx.TransportError):
        create(provisioning)
    assert management.environments() == {}
    [lost] = management.requests(operation="createEnvironment")
    assert (lost.status, lost.faults) == (None, [fault.fault])


def test_a_trickled_answer_is_whole_in_the_end(provisioning: httpx.Client, management: ManagementClient) -> None:
    management.seed("contoso")
    management.inject(faults.Trickle(ms=1))
    assert names(provisioning) == ["contoso"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_points_to_the_same_path_on_another_host(
    provisioning: httpx.Client, management: ManagementClient, status: Any
) -> None:
    management.inject(faults.Redirect(location="http://127.0.0.1:1/", status=status))
    answer = create(provisioning)
    assert (answer.status_code, answer.headers["location"]) == (status, f"http://127.0.0.1:1{CREATE}")


def test_the_history_of_another_host_tells_whether_the_key_was_sent_there(
    provisioning: httpx.Client, management: ManagementClient
) -> None:
    with workspace365.running() as elsewhere:
        management.inject(faults.Redirect(location=elsewhere.base_url))
        provisioning.get(LIST)
        assert elsewhere.management.requests() == []
        provisioning.get(LIST, follow_redirects=True)
        [followed] = elsewhere.management.requests()
        assert "provisioningkey" in followed.headers


def test_a_login_page_comes_with_status_200(provisioning: httpx.Client, management: ManagementClient) -> None:
    management.inject(faults.Html())
    page = provisioning.get(LIST)
    assert (page.status_code, page.text[:15]) == (200, "<!DOCTYPE html>")


@pytest.mark.parametrize(
    ("form", "value"),
    [("object", {"unexpected": True}), ("array", [1, 2]), ("null", None), ("number", 42), ("string", "fine")],
)
def test_json_of_another_shape_comes_with_status_200(
    provisioning: httpx.Client, management: ManagementClient, form: Any, value: object
) -> None:
    management.inject(faults.WrongJson(form=form))
    answer = provisioning.get(LIST)
    assert (answer.status_code, answer.json()) == (200, value)


def test_broken_json_comes_with_status_200(provisioning: httpx.Client, management: ManagementClient) -> None:
    management.inject(faults.WrongJson(form="broken"))
    with pytest.raises(json.JSONDecodeError):
        provisioning.get(LIST).json()


def test_a_huge_body_is_as_huge_as_asked_for(provisioning: httpx.Client, management: ManagementClient) -> None:
    management.inject(faults.HugeBody(size=3_000_000))
    assert provisioning.get(LIST).json() == "x" * 2_999_998


@pytest.mark.parametrize("coding", ["gzip", "deflate", "gzip, gzip"])
def test_an_answer_is_compressed_although_nobody_asked(
    provisioning: httpx.Client, management: ManagementClient, coding: Any
) -> None:
    management.inject(faults.Encoded(coding=coding))
    answer = create(provisioning)
    assert (answer.headers["Content-Encoding"], answer.json()["EnvironmentName"]) == (coding, "contoso")


def test_interim_answers_go_on_until_the_client_leaves(provisioning: httpx.Client, management: ManagementClient) -> None:
    management.inject(faults.Interim(ms=1, when="after"))
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(provisioning.get, LIST)
        with pytest.raises(TimeoutError):
            waiting.result(timeout=0.3)
        provisioning.close()
    assert management.count("listEnvironments") == 1


@pytest.mark.parametrize(
    ("form", "spoiled"),
    [
        ("empty", [("name", "")]),
        ("null", [("name", None)]),
        ("number", [("name", 365)]),
        ("dots", [("name", "..")]),
        ("long", [("name", "contoso" * 1000)]),
        ("active", [("isActive", "perhaps")]),
        ("date", [("creationDate", {"year": 2024})]),
        ("twice", [("isActive", True), ("isActive", False)]),
    ],
)
def test_one_entry_of_the_list_is_spoiled(
    provisioning: httpx.Client, management: ManagementClient, form: Any, spoiled: list[tuple[str, Any]]
) -> None:
    management.seed("contoso")
    management.seed("fabrikam")
    management.inject(faults.BadEntry(form=form, of="contoso"))
    *found, other = provisioning.get(LIST).json()
    assert [(name, entry[name]) for (name, _), entry in zip(spoiled, found, strict=True)] == spoiled
    assert other["name"] == "fabrikam"


def test_a_spoiled_entry_may_be_one_more_or_no_object(provisioning: httpx.Client, management: ManagementClient) -> None:
    management.seed("contoso")
    for form, last in (
        ("text", "somebody"),
        ("nothing", None),
        ("absent", {"isActive": True, "creationDate": "2024-01-31T08:00:00Z"}),
    ):
        management.inject(faults.BadEntry(form=form, times=1))
        entries = provisioning.get(LIST).json()
        assert (entries[0]["name"], entries[1:]) == ("contoso", [last])


def test_latency_passes_before_the_operation_or_after_it(provisioning: httpx.Client, management: ManagementClient) -> None:
    management.inject(faults.Latency(ms=30), faults.Latency(ms=400, when="after"))
    with pytest.raises(httpx.ReadTimeout):
        create(provisioning, timeout=0.2)
    while not management.environments():
        """A server goes on when its client has left."""
    assert set(management.environments()) == {"contoso"}


def test_the_list_can_be_empty_or_end_early(provisioning: httpx.Client, management: ManagementClient) -> None:
    for name in ("a", "b", "c"):
        management.seed(name)
    management.inject(faults.EmptyList(times=1), faults.TruncatedList(keep=2, times=2))
    assert [names(provisioning) for _ in range(3)] == [[], ["a", "b"], ["a", "b", "c"]]


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("null", None),
        ("dotnet", "/Date(1767268800000)/"),
        ("day", "2026-01-01"),
        ("zone", "2026-01-01T14:00:00+02:00"),
        ("absent", "absent"),
    ],
)
def test_the_list_can_give_the_creation_date_in_other_forms(
    provisioning: httpx.Client, management: ManagementClient, form: Any, expected: str | None
) -> None:
    management.seed("contoso", creation_date="2026-01-01T12:00:00.0000000+00:00")
    management.inject(faults.CreationDate(form=form))
    assert provisioning.get(LIST).json()[0].get("creationDate", "absent") == expected


def test_unknown_fields_come_with_every_object(provisioning: httpx.Client, management: ManagementClient) -> None:
    management.inject(faults.UnknownFields())
    assert "somethingNew" in create(provisioning).json()
    assert "somethingNew" in provisioning.get(LIST).json()[0]
    assert "somethingNew" in provisioning.get("/Provisioning/contoso/Licensing/?version=4.0").json()["customer"]


@pytest.mark.parametrize("value", ["half \ud800 a pair", 7, None, ["a"]])
def test_a_create_can_tell_any_temporary_password(provisioning: httpx.Client, management: ManagementClient, value: Any) -> None:
    management.inject(faults.TemporaryPassword(value=value, times=1))
    assert create(provisioning).json()["TemporaryPassword"] == value
    assert isinstance(create(provisioning, "fabrikam").json()["TemporaryPassword"], str)


def test_a_create_and_a_delete_show_in_the_list_only_later(provisioning: httpx.Client, management: ManagementClient) -> None:
    management.inject(faults.Late(calls=2), faults.Late(operation="deleteEnvironment", calls=1))
    create(provisioning)
    assert [names(provisioning) for _ in range(3)] == [[], [], ["contoso"]]
    provisioning.delete("/Provisioning/Environment/contoso/")
    assert [names(provisioning) for _ in range(2)] == [["contoso"], []]


def test_a_create_can_show_in_the_list_only_after_a_while(provisioning: httpx.Client, management: ManagementClient) -> None:
    management.inject(faults.Late(ms=60_000, environment="contoso"), faults.Late(ms=1, environment="fabrikam"))
    create(provisioning, "contoso")
    create(provisioning, "fabrikam")
    while "fabrikam" not in (seen := names(provisioning)):
        pass
    assert seen == ["fabrikam"]


def test_the_list_can_be_down_after_a_create_whose_answer_was_lost(
    provisioning: httpx.Client, management: ManagementClient
) -> None:
    management.inject(faults.Reset(operation="createEnvironment", when="after", times=1), faults.Outage(calls=2, times=1))
    assert provisioning.get(LIST).status_code == 200
    with pytest.raises(httpx.TransportError):
        create(provisioning)
    assert [provisioning.get(LIST).status_code for _ in range(3)] == [503, 503, 200]
    create(provisioning, "fabrikam")
    assert names(provisioning) == ["contoso", "fabrikam"]


def test_an_outage_can_last_for_a_time(provisioning: httpx.Client, management: ManagementClient) -> None:
    management.inject(faults.Outage(ms=3_600_000))
    assert create(provisioning).status_code == 200
    assert [fault["fault"] for fault in management.state().faults] == ["outage", "status"]
    assert provisioning.get(LIST).status_code == 503
    management.clear_faults()
    management.inject(faults.Outage(ms=1))
    create(provisioning, "fabrikam")
    while [fault for fault in management.state().faults if fault["fault"] == "status"]:
        """It lasts."""
    assert provisioning.get(LIST).status_code == 200


def test_health_answers_differ_from_call_to_call(health: httpx.Client, management: ManagementClient) -> None:
    management.inject(
        faults.Health(components={"RabbitMq": "FAIL", "Redis": "NOT_APPLICABLE"}, times=1),
        faults.Health(components={"Database": "TIMEOUT"}, overall="TIMEOUT", status=503, times=1),
        faults.Health(components={"Search": "ON_FIRE"}, response_time="00:01:00", times=1),
    )
    answers = [health.get("/api/health") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 503, 200, 200]
    assert [answer.json()["overallStatus"] for answer in answers] == ["FAIL", "TIMEOUT", "FAIL", "OK"]
    assert answers[2].json()["components"][-1] == {"component": "Search", "status": "ON_FIRE", "responseTime": "00:01:00"}


def test_a_misspelt_fault_or_knob_is_refused_by_name(management: ManagementClient, server: Server) -> None:
    answer = httpx.post(f"{server.management_url}/faults", json={"fault": "reset", "wen": "after"})
    assert (answer.status_code, "wen" in answer.json()["error"]) == (400, True)
    with pytest.raises(ManagementError, match="sanitizer"):
        management.set_options(sanitizer="lower")
    with pytest.raises(ManagementError, match="sanitiser"):
        management.set_options(sanitiser="upper")
