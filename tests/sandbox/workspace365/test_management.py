"""What the management interface shows and changes."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from pulumi_workspace365_sandbox.workspace365 import ManagementClient, ManagementError, Server, faults

NEW = {"EnvironmentName": "contoso", "EmailAddress": "admin@example.com", "FirstName": "Admin", "LastName": "-"}
LIST = "/Provisioning/Environment/"


def test_the_history_shows_names_of_headers_and_fields_and_no_values(
    provisioning: httpx.Client, server: Server, management: ManagementClient
) -> None:
    management.seed("contoso")
    body = {"Authority": "https://a.example", "ClientId": "an id", "Key": "hunter2"}
    provisioning.put("/Provisioning/contoso/SingleSignOnSettings/OAuth2/", json=body)
    [seen] = management.requests()
    assert (seen.operation, seen.environment, seen.method, seen.status) == ("setOAuth2", "contoso", "PUT", 200)
    assert seen.fields == ["Authority", "ClientId", "Key"]
    assert {"provisioningkey", "x-requested-with", "content-type"} < set(seen.headers)
    assert seen.ms is not None
    text = seen.model_dump_json()
    assert server.provisioning_key not in text
    assert "hunter2" not in text


def test_the_history_tells_that_content_length_0_was_sent(provisioning: httpx.Client, management: ManagementClient) -> None:
    management.seed("contoso")
    provisioning.put("/Provisioning/Environment/contoso/Activate/")
    [seen] = management.requests(operation="activateEnvironment")
    assert (seen.content_length, seen.content_type) == ("0", None)


def test_requests_are_counted_by_operation_filtered_and_cleared(provisioning: httpx.Client, management: ManagementClient) -> None:
    provisioning.get(LIST)
    provisioning.get(LIST, headers={"ProvisioningKey": "wrong"})
    provisioning.get("/nowhere")
    assert (management.count("listEnvironments"), management.count("createEnvironment"), management.count()) == (2, 0, 3)
    assert [seen.number for seen in management.requests(operation="listEnvironments", status=403)] == [2]
    assert [seen.path for seen in management.requests(status=404)] == ["/nowhere"]
    management.clear_requests()
    assert (management.requests(), management.count()) == ([], 0)


def test_requests_over_one_connection_are_seen_to_be(
    provisioning: httpx.Client, server: Server, management: ManagementClient
) -> None:
    provisioning.get(LIST)
    provisioning.get(LIST)
    httpx.get(f"{server.base_url}{LIST}")
    assert management.statistics().connections == 2
    assert len({seen.connection for seen in management.requests(status=200)}) == 1


def test_the_most_requests_in_flight_are_counted(provisioning: httpx.Client, management: ManagementClient) -> None:
    management.inject(faults.Latency(ms=500, operation="listEnvironments"))
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda _: provisioning.get(LIST), range(5)))
    counted = management.statistics()
    assert (counted.max_in_flight, counted.max_in_flight_by_operation, counted.in_flight) == (5, {"listEnvironments": 5}, 0)


def test_environments_are_seeded_changed_and_deleted_behind_the_api(
    provisioning: httpx.Client, management: ManagementClient
) -> None:
    management.seed("a/b", is_active=False, exchange={"ServerType": "OnPremises"})
    assert provisioning.get(LIST).json()[0]["isActive"] is False
    assert management.change("a/b", is_active=True).exchange == {"ServerType": "OnPremises"}
    assert provisioning.get(LIST).json()[0]["isActive"] is True
    management.delete("a/b")
    assert provisioning.get(LIST).json() == []
    assert management.count("deleteEnvironment") == 0


def test_a_recreated_environment_has_another_date_and_id_and_no_settings(management: ManagementClient) -> None:
    before = management.seed("contoso", sharepoint={"AuthenticationType": "Online"}, imported=True)
    after = management.recreate("contoso")
    assert after.creation_date > before.creation_date
    assert (after.id != before.id, after.sharepoint, after.imported) == (True, {}, False)
    assert after.email_address == before.email_address


def test_an_environment_that_does_not_exist_is_named(management: ManagementClient) -> None:
    for act in (management.delete, management.recreate, management.change):
        with pytest.raises(ManagementError, match="there is no environment 'nobody'"):
            act("nobody")
    with pytest.raises(ManagementError, match="colour"):
        management.seed("contoso", colour="blue")


def test_the_state_shows_everything(provisioning: httpx.Client, server: Server, management: ManagementClient) -> None:
    provisioning.post("/Provisioning/Environment/?version=2.0", json=NEW)
    management.inject(faults.Reset(times=3))
    state = management.state()
    assert state.keys.provisioning_key == server.provisioning_key
    assert (state.environments["contoso"].first_name, len(state.environments["contoso"].temporary_password)) == ("Admin", 14)
    assert (state.faults[0]["fault"], state.faults[0]["times"]) == ("reset", 3)
    management.reset()
    state = management.state()
    assert (state.environments, state.faults, state.statistics.requests) == ({}, [], 0)
    assert state.keys.provisioning_key == server.provisioning_key
