"""What the reference leaves open, turned one way and the other."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx
import pytest

from pulumi_workspace365_sandbox.workspace365 import ManagementClient, faults

from .test_operations import create, listed

MOMENT = "2026-03-01T10:20:30.5000000+00:00"


def status(client: httpx.Client, method: str, rest: str, name: str = "Example") -> int:
    return client.request(method, f"/Provisioning/{rest.format(name)}").status_code


@pytest.mark.parametrize(("knob", "expected"), [(False, 404), (True, 200)])
def test_another_case_in_a_path(provisioning: httpx.Client, management: ManagementClient, knob: bool, expected: int) -> None:
    management.set_options(ignore_case=knob)
    create(provisioning)
    assert status(provisioning, "GET", "{}/Licensing/?version=4.0", "eXAMPLE") == expected
    assert status(provisioning, "GET", "{}/Licensing/?version=4.0", "Example") == 200


def test_an_existing_environment_can_be_what_a_second_create_answers(
    provisioning: httpx.Client, management: ManagementClient
) -> None:
    management.set_options(on_collision="existing")
    first, second = create(provisioning).json(), create(provisioning, "EXAMPLE").json()
    assert first == second
    assert len(listed(provisioning)) == 1


def test_the_list_can_give_names_in_lower_case(provisioning: httpx.Client, management: ManagementClient) -> None:
    management.set_options(listed_name="lower")
    create(provisioning)
    assert [entry["name"] for entry in listed(provisioning)] == ["example"]


def test_own_addresses_can_be_late(provisioning: httpx.Client, management: ManagementClient) -> None:
    management.set_options(address_delay=2)
    create(provisioning)
    assert [entry["name"] for entry in listed(provisioning)] == ["Example"]
    assert [status(provisioning, "GET", "{}/Licensing/?version=4.0") for _ in range(3)] == [404, 404, 200]
    management.seed("older")
    assert status(provisioning, "GET", "{}/Licensing/?version=4.0", "older") == 200


def test_what_is_so_already_can_be_refused(provisioning: httpx.Client, management: ManagementClient) -> None:
    create(provisioning)
    assert status(provisioning, "PUT", "Environment/{}/Activate/") == 200
    management.set_options(repetition="refuse")
    assert status(provisioning, "PUT", "Environment/{}/Activate/") == 400
    assert status(provisioning, "PUT", "Environment/{}/Deactivate/") == 200
    assert status(provisioning, "PUT", "Environment/{}/Deactivate/") == 400


def test_an_active_environment_can_be_kept_from_deletion(provisioning: httpx.Client, management: ManagementClient) -> None:
    management.set_options(delete_active="refuse")
    create(provisioning)
    assert status(provisioning, "DELETE", "Environment/{}/") == 400
    status(provisioning, "PUT", "Environment/{}/Deactivate/")
    assert status(provisioning, "DELETE", "Environment/{}/") == 200


@pytest.mark.parametrize(("knob", "is_new"), [("new", True), ("kept", False)])
def test_the_date_of_what_is_created_again(
    provisioning: httpx.Client, management: ManagementClient, knob: str, is_new: bool
) -> None:
    management.set_options(recreated_date=knob)
    create(provisioning)
    before = listed(provisioning)[0]["creationDate"]
    status(provisioning, "DELETE", "Environment/{}/")
    create(provisioning)
    assert (listed(provisioning)[0]["creationDate"] != before) is is_new


def test_the_length_need_not_be_demanded_of_calls_without_a_body(
    provisioning: httpx.Client, management: ManagementClient
) -> None:
    create(provisioning)
    request = provisioning.build_request("PUT", "/Provisioning/Environment/Example/Activate/")
    del request.headers["Content-Length"]
    assert provisioning.send(request).status_code == 411
    management.set_options(demand_length=False)
    assert provisioning.send(request).status_code == 200


@pytest.mark.parametrize("ahead", [3600, -90])
def test_a_clock_that_is_off_dates_answers_and_environments(
    provisioning: httpx.Client, management: ManagementClient, ahead: int
) -> None:
    management.set_options(clock_ahead=ahead)
    began = datetime.now(UTC)
    answer = create(provisioning)
    first, last = (moment + timedelta(seconds=ahead) for moment in (began - timedelta(seconds=1), datetime.now(UTC)))
    assert first < parsedate_to_datetime(answer.headers["Date"]) <= last
    assert first < datetime.fromisoformat(listed(provisioning)[0]["creationDate"]) <= last


def test_exports_can_differ_from_one_to_the_next(provisioning: httpx.Client, management: ManagementClient) -> None:
    create(provisioning)
    management.set_options(export="changing")
    one, other = (provisioning.get("/Provisioning/Environment/Example/Export/").json() for _ in range(2))
    assert one["exportNumber"] != other["exportNumber"]


def test_a_wrong_key_can_be_unauthorized(provisioning: httpx.Client, management: ManagementClient) -> None:
    management.set_options(wrong_key_status=401)
    assert provisioning.get("/Provisioning/Environment/", headers={"ProvisioningKey": "another"}).status_code == 401
    assert provisioning.get("/Provisioning/Environment/").status_code == 200


def test_the_header_of_scripts_need_not_be_demanded(provisioning: httpx.Client, management: ManagementClient) -> None:
    management.set_options(header_refusal="none")
    del provisioning.headers["X-Requested-With"]
    assert provisioning.get("/Provisioning/Environment/").status_code == 200


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("unix", "1772360430"),
        ("rfc1123", "Sun, 01 Mar 2026 10:20:30 GMT"),
        ("unzoned", "2026-03-01T10:20:30.500000"),
        ("local", "2026-03-01T12:20:30.500000"),
        ("mislabelled", "2026-03-01T12:20:30.500000+00:00"),
        ("unreadable", "a while ago"),
    ],
)
def test_creation_dates_come_in_every_form(
    provisioning: httpx.Client, management: ManagementClient, form: str, text: str
) -> None:
    management.seed("example", creation_date=MOMENT)
    management.inject(faults.CreationDate.model_validate({"form": form}))
    assert listed(provisioning)[0]["creationDate"] == text
