"""Whatever the reference does not describe is refused."""

import socket
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from pulumi_workspace365_sandbox.workspace365 import ManagementClient, Server
from tests.waiting import LONGEST

NEW = {"EnvironmentName": "Example", "EmailAddress": "admin@example.com", "FirstName": "Admin", "LastName": "-"}
CREATE = "/Provisioning/Environment/?version=2.0"
LIST = "/Provisioning/Environment/"


def raw(server: Server, text: str) -> bytes:
    """What the server answers to exactly these bytes."""
    address = urlsplit(server.base_url)
    with socket.create_connection((address.hostname, address.port), timeout=LONGEST) as connection:
        connection.sendall(text.replace("\n", "\r\n").encode())
        return connection.recv(65536)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/Provisioning/Environment", 404),
        ("GET", "//Provisioning/Environment/", 404),
        ("GET", "/provisioning/environment/", 404),
        ("DELETE", "/Provisioning/Environment/Example", 404),
        ("GET", "/Provisioning/Environment/Example/Export", 404),
        ("PUT", "/Provisioning/Example/ExchangeSettings", 404),
        ("PUT", "/Provisioning/Example/SingleSignOnSettings/", 404),
        ("GET", "/Provisioning/Environment/%zz/Export/", 404),
        ("GET", "/Provisioning/Environment/%FF/Export/", 404),
        ("GET", "/api/health/", 404),
        ("GET", "/Provisioning/Environment/Example/", 405),
        ("PUT", LIST, 405),
        ("POST", "/Provisioning/Environment/Example/Activate/", 405),
        ("GET", "/Provisioning/Example/SharePointSettings/", 405),
        ("POST", "/api/health", 405),
        ("HEAD", LIST, 405),
    ],
)
def test_an_unknown_path_is_not_found_and_a_wrong_method_not_allowed(
    provisioning: httpx.Client, management: ManagementClient, method: str, path: str, status: int
) -> None:
    management.seed("Example")
    assert provisioning.request(method, path).status_code == status


@pytest.mark.parametrize("change", [{"ProvisioningKey": "wrong"}, {"X-Requested-With": "xmlhttprequest"}])
def test_a_wrong_key_or_header_is_forbidden(provisioning: httpx.Client, change: dict[str, str]) -> None:
    assert provisioning.get(LIST, headers=change).status_code == 403


@pytest.mark.parametrize("missing", ["ProvisioningKey", "X-Requested-With"])
def test_a_missing_header_is_forbidden(provisioning: httpx.Client, missing: str) -> None:
    del provisioning.headers[missing]
    refused = provisioning.get(LIST)
    assert (refused.status_code, refused.content) == (403, b"")


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "/Provisioning/Environment/Example/Activate/"), ("DELETE", "/Provisioning/Environment/Example/")],
)
def test_forbidden_state_changes_carry_the_documented_validation_results(
    provisioning: httpx.Client, method: str, path: str
) -> None:
    refused = provisioning.request(method, path, headers={"ProvisioningKey": "wrong"})
    assert refused.status_code == 403
    assert refused.json()[0]["MemberNames"] == []


def test_the_key_of_one_api_must_not_be_sent_to_the_other(provisioning: httpx.Client, server: Server) -> None:
    assert provisioning.get(LIST, headers={"HealthApiKey": server.health_api_key}).status_code == 403
    assert provisioning.get("/api/health", headers={"HealthApiKey": server.health_api_key}).status_code == 403


def test_the_health_api_wants_its_own_key(server: Server, health: httpx.Client) -> None:
    assert health.get("/api/health", headers={"HealthApiKey": server.provisioning_key}).status_code == 403


@pytest.mark.parametrize("accept", ["text/html", ""])
def test_an_accept_header_that_leaves_json_out_is_refused(provisioning: httpx.Client, accept: str) -> None:
    assert provisioning.get(LIST, headers={"Accept": accept}).status_code == 400


@pytest.mark.parametrize(
    "query", ["", "?version=1.0", "?version=2.0&version=2.0", "?version=2.0&x=1", "?Version=2.0", "?version"]
)
def test_a_create_without_exactly_version_2_is_refused(provisioning: httpx.Client, query: str) -> None:
    refused = provisioning.post(f"/Provisioning/Environment/{query}", json=NEW)
    assert refused.status_code == 400
    assert isinstance(refused.json()[0]["ErrorMessage"], str)
    assert provisioning.get(LIST).json() == []


@pytest.mark.parametrize(
    "path", [f"{LIST}?version=2.0", "/Provisioning/Example/Licensing/", "/Provisioning/Example/Licensing/?version=5"]
)
def test_a_query_the_operation_does_not_know_is_refused(
    provisioning: httpx.Client, management: ManagementClient, path: str
) -> None:
    management.seed("Example")
    assert provisioning.get(path).status_code == 400


@pytest.mark.parametrize(
    ("change", "member"),
    [
        ({"Password": "x"}, "Password"),
        ({"EnvironmentName": ""}, "EnvironmentName"),
        ({"EnvironmentName": 7}, "EnvironmentName"),
        ({"FirstName": None}, "FirstName"),
        ({"EmailAddress": "nobody"}, "EmailAddress"),
        ({"environmentname": "x"}, "environmentname"),
    ],
)
def test_a_wrong_field_of_a_create_is_named(provisioning: httpx.Client, change: dict[str, Any], member: str) -> None:
    refused = provisioning.post(CREATE, json=NEW | change)
    assert refused.status_code == 400
    assert [result["MemberNames"] for result in refused.json()] == [[member]]


@pytest.mark.parametrize("missing", NEW)
def test_every_field_of_a_create_is_required(provisioning: httpx.Client, missing: str) -> None:
    refused = provisioning.post(CREATE, json={key: value for key, value in NEW.items() if key != missing})
    assert (refused.status_code, refused.json()[0]["MemberNames"]) == (400, [missing])


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("SingleSignOnSettings/OAuth2", {"Authority": "https://a.example", "ClientID": "x", "Key": "y"}),
        ("SingleSignOnSettings/OAuth2", {"Authority": "https://a.example", "ClientId": "x"}),
        ("SingleSignOnSettings/OAuth2", {"Authority": "not a url", "ClientId": "x", "Key": "y"}),
        ("ExchangeSettings", {"ServerType": "office365"}),
        ("ExchangeSettings", {"ServerType": "Office365", "DefaultEwsUrl": None}),
        ("ExchangeSettings", {"ServerType": "Office365", "DefaultEwsUrl": ""}),
        ("ExchangeSettings", {"ServerType": "Office365", "PowerShellUrl": "https://a.example"}),
        ("ExchangeSettings", {}),
        ("SharePointSettings", {"AuthenticationType": 1}),
        ("SharePointSettings", {"DefaultUrl": "https://a.example"}),
    ],
)
def test_wrong_settings_are_refused_and_nothing_is_stored(
    provisioning: httpx.Client, management: ManagementClient, path: str, body: dict[str, Any]
) -> None:
    before = management.seed("Example")
    refused = provisioning.put(f"/Provisioning/Example/{path}/", json=body)
    assert refused.status_code == 400
    assert isinstance(refused.json(), list)
    assert management.environment("Example") == before


def test_a_secret_that_was_refused_is_not_repeated_in_the_answer(
    provisioning: httpx.Client, management: ManagementClient
) -> None:
    management.seed("Example")
    body = {"Authority": "x", "ClientId": 1, "Key": ["hunter2"]}
    refused = provisioning.put("/Provisioning/Example/SingleSignOnSettings/OAuth2/", json=body)
    assert refused.status_code == 400
    assert "hunter2" not in refused.text


@pytest.mark.parametrize("body", [{"appImages": {}}, {"apps": [{"id": "1"}]}, {"exportImportInfo": {"version": 1.0}}])
def test_a_template_of_another_shape_is_refused_with_one_validation_result(
    provisioning: httpx.Client, management: ManagementClient, body: dict[str, Any]
) -> None:
    management.seed("Example")
    refused = provisioning.put("/Provisioning/Environment/Example/Import/", json=body)
    assert refused.status_code == 400
    assert set(refused.json()) == {"MemberNames", "ErrorMessage"}


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"null", b"{", b'{"FirstName": NaN}', b'{"a": 1, "a": 1}', b"\xff", b"[" * 100_000]
)
def test_a_body_that_is_no_json_object_is_a_server_error(provisioning: httpx.Client, content: bytes) -> None:
    answer = provisioning.post(CREATE, content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == 500


@pytest.mark.parametrize("content_type", ["text/json", "application/x-www-form-urlencoded", "application/json; charset=utf-16"])
def test_another_content_type_is_refused(provisioning: httpx.Client, content_type: str) -> None:
    refused = provisioning.post(CREATE, json=NEW, headers={"Content-Type": content_type})
    assert (refused.status_code, refused.json()[0]["MemberNames"]) == (400, ["Content-Type"])


@pytest.mark.parametrize("length", ["", "Content-Length: 2\n", "Transfer-Encoding: chunked\n"])
def test_activate_without_content_length_0_is_length_required(server: Server, management: ManagementClient, length: str) -> None:
    management.seed("Example", is_active=False)
    body = {"": "", "C": "{}", "T": "0\n\n"}[length[:1]]
    headers = f"Host: x\nAccept: application/json\nX-Requested-With: XMLHttpRequest\nProvisioningKey: {server.provisioning_key}\n"
    answer = raw(server, f"PUT /Provisioning/Environment/Example/Activate/ HTTP/1.1\n{headers}{length}\n{body}")
    assert answer.startswith(b"HTTP/1.1 411 ")
    assert management.environment("Example").is_active is False


def test_a_chunked_body_is_length_required(provisioning: httpx.Client) -> None:
    assert provisioning.post(CREATE, content=iter([b"{}"]), headers={"Content-Type": "application/json"}).status_code == 411


def test_a_body_where_none_belongs_is_refused(provisioning: httpx.Client) -> None:
    assert provisioning.request("GET", LIST, json={}).status_code == 400
