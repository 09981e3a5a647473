"""Each operation, with the samples of the reference."""

import re
from typing import Any

import httpx
import pytest

from pulumi_workspace365_sandbox.workspace365 import ManagementClient

NEW = {"EnvironmentName": "Example", "EmailAddress": "admin@example.com", "FirstName": "Admin", "LastName": "-"}
OAUTH2 = {
    "Authority": "https://login.windows.net/company.onmicrosoft.com/",
    "ClientId": "6ace5d40-604c-5b2a-102e-513d21132da8c",
    "Key": "an example of a client secret",
}
EXCHANGE = {"ServerType": "Office365", "DefaultEwsUrl": "https://outlook.office365.com/ews/exchange.asmx"}
SHAREPOINT = {"DefaultUrl": "https://example.sharepoint.com", "AuthenticationType": "Online"}
CONFIGURATION: dict[str, Any] = {
    "exportImportInfo": {
        "hostingInstanceId": "1cfaad2e-1b58-4dbe-5312-163bbd8a6bd8",
        "version": 1,
        "exportDateTime": "2019-10-30T15:25:58.9942878+01:00",
    },
    "appImages": [],
    "tileGroups": [
        {
            "name": "How To",
            "type": 2,
            "order": 1,
            "isNewTilesTarget": False,
            "tiles": [
                {
                    "installedAppId": 1,
                    "name": None,
                    "appImage": None,
                    "parameters": None,
                    "position": {"column": 0, "row": 0},
                    "dimension": {"columnSpan": 8, "rowSpan": 8},
                    "color": None,
                }
            ],
        }
    ],
    "apps": [{"id": 1, "appId": 1, "type": None, "everyoneHasAccess": True, "maintenanceWindow": None}],
    "sharedSpaces": [{"promised": "but not in the example"}],
}


def create(client: httpx.Client, name: str = "Example") -> httpx.Response:
    return client.post("/Provisioning/Environment/?version=2.0", json=NEW | {"EnvironmentName": name})


def listed(client: httpx.Client) -> list[dict[str, Any]]:
    answer = client.get("/Provisioning/Environment/")
    assert answer.status_code == 200
    entries: list[dict[str, Any]] = answer.json()
    return entries


def test_a_created_environment_is_answered_in_pascal_case_and_listed_in_camel_case(provisioning: httpx.Client) -> None:
    created = create(provisioning)
    assert created.status_code == 200
    assert created.headers["content-type"] == "application/json; charset=utf-8"
    assert list(created.json()) == ["Id", "EnvironmentName", "TemporaryPassword"]
    [entry] = listed(provisioning)
    assert list(entry) == ["name", "isActive", "creationDate"]
    assert (entry["name"], entry["isActive"]) == ("Example", True)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}\+00:00", entry["creationDate"])


def test_a_name_in_use_is_refused_whatever_its_case(provisioning: httpx.Client) -> None:
    create(provisioning, "Example")
    refused = create(provisioning, "eXAMPLE")
    assert refused.status_code == 400
    assert refused.json()[0]["MemberNames"] == ["EnvironmentName"]
    assert len(listed(provisioning)) == 1


@pytest.mark.parametrize("name", ["demo", ".", "..", "x" * 3000])
def test_a_name_the_server_cannot_serve_is_refused(provisioning: httpx.Client, name: str) -> None:
    assert create(provisioning, name).status_code == 400


@pytest.mark.parametrize("slash", ["", "/"])
def test_deactivate_and_activate_work_with_and_without_the_final_slash(provisioning: httpx.Client, slash: str) -> None:
    create(provisioning)
    answer = provisioning.put(f"/Provisioning/Environment/Example/Deactivate{slash}")
    assert (answer.status_code, answer.json()) == (200, "The environment is deactivated")
    assert listed(provisioning)[0]["isActive"] is False
    answer = provisioning.put(f"/Provisioning/Environment/Example/Activate{slash}")
    assert (answer.status_code, answer.json()) == (200, "The environment is active")
    assert listed(provisioning)[0]["isActive"] is True


def test_a_deleted_environment_is_gone(provisioning: httpx.Client) -> None:
    create(provisioning)
    assert isinstance(provisioning.delete("/Provisioning/Environment/Example/").json(), str)
    assert listed(provisioning) == []
    assert provisioning.delete("/Provisioning/Environment/Example/").status_code == 404


@pytest.mark.parametrize("name", ["a b", "Zoë & zn.", "50%", "a/b", "a/../b", "?#", "Environment", "%2F"])
def test_a_name_is_percent_decoded_after_the_path_was_split(provisioning: httpx.Client, name: str) -> None:
    encoded = "".join(f"%{byte:02X}" for byte in name.encode())
    assert create(provisioning, name).json()["EnvironmentName"] == name
    assert provisioning.put(f"/Provisioning/{encoded}/SharePointSettings/", json=SHAREPOINT).status_code == 200
    assert provisioning.delete(f"/Provisioning/Environment/{encoded}/").status_code == 200


def test_settings_are_stored_but_only_the_management_interface_gives_them_back(
    provisioning: httpx.Client, management: ManagementClient
) -> None:
    create(provisioning)
    base = "/Provisioning/Example"
    for path, settings in (
        ("SingleSignOnSettings/OAuth2", OAUTH2),
        ("ExchangeSettings", EXCHANGE),
        ("SharePointSettings", SHAREPOINT),
    ):
        answer = provisioning.put(f"{base}/{path}/", json=settings)
        assert (answer.status_code, answer.content) == (200, b"")
        assert provisioning.get(f"{base}/{path}/").status_code == 405
    stored = management.environment("Example")
    assert (stored.oauth2, stored.exchange, stored.sharepoint) == (OAUTH2, EXCHANGE, SHAREPOINT)


def test_a_url_that_is_left_out_keeps_its_stored_value(provisioning: httpx.Client, management: ManagementClient) -> None:
    create(provisioning)
    provisioning.put("/Provisioning/Example/ExchangeSettings/", json=EXCHANGE)
    provisioning.put("/Provisioning/Example/ExchangeSettings/", json={"ServerType": "OnPremises"})
    provisioning.put("/Provisioning/Example/SharePointSettings/", json=SHAREPOINT)
    provisioning.put("/Provisioning/Example/SharePointSettings/", json={"AuthenticationType": "OAuth2"})
    stored = management.environment("Example")
    assert stored.exchange == EXCHANGE | {"ServerType": "OnPremises"}
    assert stored.sharepoint == SHAREPOINT | {"AuthenticationType": "OAuth2"}


def test_licensing_35_has_a_summary_and_one_pascal_case_field_and_40_has_neither(provisioning: httpx.Client) -> None:
    create(provisioning)
    old = provisioning.get("/Provisioning/Example/Licensing/?version=3.5").json()
    new = provisioning.get("/Provisioning/Example/Licensing/?version=4.0").json()
    assert set(old) - set(new) == {"summary"}
    assert set(old["customer"]) - set(new["customer"]) == {"UseNewBillingMethod"}
    assert new["customer"]["name"] == "Example"


def test_import_succeeds_once_keeps_unknown_keys_and_is_refused_when_not_empty(provisioning: httpx.Client) -> None:
    create(provisioning)
    imported = provisioning.put("/Provisioning/Environment/Example/Import/", json=CONFIGURATION)
    assert (imported.status_code, imported.content) == (200, b"")
    assert imported.headers["content-type"] == "application/json; charset=utf-8"
    exported = provisioning.get("/Provisioning/Environment/Example/Export/").json()
    assert exported.pop("exportImportInfo")["version"] == 1
    assert exported == {key: value for key, value in CONFIGURATION.items() if key != "exportImportInfo"}
    again = provisioning.put("/Provisioning/Environment/Example/Import/", json=CONFIGURATION)
    assert (again.status_code, again.json()["ErrorMessage"]) == (400, "Omgeving is niet leeg")


def test_import_is_refused_once_there_are_more_users_than_the_admin(
    provisioning: httpx.Client, management: ManagementClient
) -> None:
    management.seed("Example", users=2)
    management.set_options(not_empty_message="Environment is not empty")
    refused = provisioning.put("/Provisioning/Environment/Example/Import/", json=CONFIGURATION)
    assert (refused.status_code, refused.json()["ErrorMessage"]) == (400, "Environment is not empty")


def test_health_gives_the_published_sample(health: httpx.Client) -> None:
    answer = health.get("/api/health").json()
    assert (answer["overallStatus"], answer["productVersion"]) == ("OK", "4.7.0.732-rc")
    assert answer["components"][0] == {"component": "Database", "status": "OK", "responseTime": "00:00:00.0092007"}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/Provisioning/Environment/Nobody/Activate/", None),
        ("PUT", "/Provisioning/Environment/Nobody/Deactivate/", None),
        ("DELETE", "/Provisioning/Environment/Nobody/", None),
        ("GET", "/Provisioning/Environment/Nobody/Export/", None),
        ("PUT", "/Provisioning/Environment/Nobody/Import/", CONFIGURATION),
        ("GET", "/Provisioning/Nobody/Licensing/?version=4.0", None),
        ("PUT", "/Provisioning/Nobody/SingleSignOnSettings/OAuth2/", OAUTH2),
        ("PUT", "/Provisioning/Nobody/ExchangeSettings/", EXCHANGE),
        ("PUT", "/Provisioning/Nobody/SharePointSettings/", SHAREPOINT),
    ],
)
def test_an_unknown_environment_is_not_found(
    provisioning: httpx.Client, management: ManagementClient, method: str, path: str, body: dict[str, Any] | None
) -> None:
    management.seed("nobody")  # names in paths are compared exactly
    assert provisioning.request(method, path, json=body).status_code == 404
