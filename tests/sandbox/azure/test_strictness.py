"""Stricter than life: what no page describes is an error with Azure's body, not a shrug."""

from http.client import HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from pulumi_workspace365_sandbox.azure import faults
from tests.sandbox.azure.desk import Desk


@pytest.mark.parametrize(
    ("path", "properties", "target", "says"),
    [
        ("products/a", {}, "displayName", "'displayName' must not be empty."),
        ("products/a", {"displayName": "A", "colour": "red"}, "colour", "Could not find member 'colour' on object."),
        ("products/a", {"displayName": "A", "state": "open"}, "state", "'state'"),
        ("products/a", {"displayName": "A", "subscriptionsLimit": "2"}, "subscriptionsLimit", "valid integer"),
        ("products/a*b", {"displayName": "A"}, "name", "not a valid name"),
        ("namedValues/a", {"displayName": "a b", "value": "x"}, "displayName", "'displayName'"),
        ("namedValues/a", {"displayName": "a"}, "value", "'value' or 'keyVault'"),
        ("gateways/managed", {"description": "x"}, "name", "reserved"),
        (
            "apis/" + 81 * "a" + "/diagnostics/azuremonitor",
            {"loggerId": "/loggers/azuremonitor"},
            "apiId",
            "more than 80 characters",
        ),
        ("gateways/g/apis/" + 81 * "a", {}, "name", "not a valid name"),
        ("apis/chat/diagnostics/mine", {"loggerId": "x"}, "name", "'azuremonitor'"),
        ("apis/chat/diagnostics/azuremonitor", {"loggerId": "/loggers/none"}, "loggerId", "Logger not found"),
        ("subscriptions/a", {"displayName": "A", "scope": "/apis/none"}, "scope", "Subscription scope"),
        ("products/p/apiLinks/a", {"apiId": "chat"}, "apiId", "full resource id"),
        ("tags/t/apiLinks/a", {"apiId": "chat"}, "apiId", "full resource id"),
        ("tags/t/apiLinks/a", {}, "apiId", "'apiId' must not be empty."),
        ("tags/t/apiLinks/" + 81 * "a", {"apiId": "{service}/apis/chat"}, "name", "not a valid name"),
    ],
)
def test_a_wrong_body_is_named(desk: Desk, path: str, properties: dict[str, Any], target: str, says: str) -> None:
    desk.api()
    desk.put("products/p", displayName="P")
    desk.put("tags/t", displayName="T")
    desk.put("gateways/g", description="G")
    desk.api(81 * "a")
    answer = desk.put(path, **{name: _filled(value, desk) for name, value in properties.items()})
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["code"] == "ValidationError"
    assert [item["target"] for item in error["details"]] == [target]
    assert says in error["details"][0]["message"]


def _filled(value: Any, desk: Desk) -> Any:
    return value.format(service=desk.cloud.service_id) if isinstance(value, str) else value


@pytest.mark.parametrize("kind", ["products", "tags"])
def test_a_link_has_an_identifier_of_its_own_and_one_api(desk: Desk, kind: str) -> None:
    for name in ("chat", "talk"):
        desk.api(name)
    for name in ("one", "two"):
        desk.put(f"{kind}/{name}", displayName=name)
    chat, talk = (f"{desk.cloud.service_id}/apis/{name}" for name in ("chat", "talk"))
    assert [desk.put(f"{kind}/one/apiLinks/a", apiId=chat).status_code for _ in range(2)] == [201, 200]
    refused = [
        desk.put(f"{kind}/two/apiLinks/A", apiId=chat),
        desk.put(f"{kind}/one/apiLinks/b", apiId=chat),
        desk.put(f"{kind}/one/apiLinks/a", apiId=talk),
    ]
    told = [answer.json()["error"]["details"][0]["message"] for answer in refused]
    assert [text.partition(",")[0] for text in told] == [
        "The identifier of a link must be unique in the service.",
        "The API is linked already",
        "The API of a link cannot be changed.",
    ]
    assert desk.put(f"{kind}/two/apiLinks/b", apiId=chat).status_code == 201
    missing = desk.put(f"{kind}/one/apiLinks/c", apiId=f"{desk.cloud.service_id}/apis/none")
    assert (missing.status_code, missing.json()["error"]["message"]) == (404, "API not found.")
    assert desk.put(f"{kind}/none/apiLinks/c", apiId=talk).status_code == 404


def test_a_service_can_be_made_to_answer_with_the_id_of_something_else(desk: Desk) -> None:
    desk.api()
    desk.put("tags/t", displayName="T")
    desk.cloud.management.set_options(foreign_ids={"tags/apiLinks": "tags/t", "apis": ""})
    link = "tags/t/apiLinks/a"
    answers = [
        desk.put(link, apiId=f"{desk.cloud.service_id}/apis/chat").json(),
        desk.request("GET", link).json(),
        *desk.request("GET", "tags/t/apiLinks").json()["value"],
    ]
    assert [answer["id"] for answer in answers] == [f"{desk.cloud.service_id}/tags/t"] * 3
    assert desk.request("GET", "apis/chat").json()["id"] == desk.cloud.service_id


@pytest.mark.parametrize(("method", "path"), [("PUT", "products/p"), ("POST", "connectivityCheck")])
@pytest.mark.parametrize(("body", "says"), [(None, "could not be deserialized"), ([1], "must be an object")])
def test_a_body_that_is_no_object_is_refused(desk: Desk, method: str, path: str, body: Any, says: str) -> None:
    answer = desk.request(method, path, body)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "InvalidRequestContent")
    assert says in error["message"]


@pytest.mark.parametrize(
    ("url", "status", "code"),
    [
        ("{service}/apis", 400, "MissingApiVersionParameter"),
        ("{service}/apis?api-version=2020-01-01", 400, "NoRegisteredProviderFound"),
        ("{service}/apis?api-version=2024-05-01&page=2", 400, "InvalidQueryParameter"),
        ("{service}/apis/none?api-version=2024-05-01", 404, "ResourceNotFound"),
        ("{service}/caches/x?api-version=2024-05-01", 404, "InvalidResourceType"),
        ("{service}2/apis?api-version=2024-05-01", 404, "ResourceNotFound"),
        ("{service}/apis/none/operations?api-version=2024-05-01", 404, "ResourceNotFound"),
        ("/subscriptions/00000000-0000-0000-0000-000000000000/x?api-version=2024-05-01", 404, "SubscriptionNotFound"),
    ],
)
def test_a_wrong_path_or_query_is_refused(desk: Desk, url: str, status: int, code: str) -> None:
    answer = desk.http.get(url.format(service=desk.cloud.service_id))
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_names_of_types_and_resources_are_compared_without_case(desk: Desk) -> None:
    desk.api()
    path = desk.cloud.service_id.replace("resourceGroups", "resourcegroups").replace("apim-sandbox", "APIM-Sandbox")
    answer = desk.http.get(f"{path}/APIS/Chat?api-version=2024-05-01")
    assert answer.json()["name"] == "chat"


@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        (None, "AuthenticationFailed"),
        ("Basic x", "AuthenticationFailed"),
        ("Bearer x", "InvalidAuthenticationToken"),
        ("Bearer {expired}", "InvalidAuthenticationToken"),
        ("Bearer {other}", "InvalidAuthenticationTokenAudience"),
    ],
)
def test_only_a_good_token_opens(desk: Desk, authorization: str | None, code: str) -> None:
    tokens = {
        "expired": desk.cloud.management.token(aud="https://management.azure.com", lifetime=-60),
        "other": desk.cloud.management.token(aud="chat"),
    }
    headers = {"Authorization": authorization.format(**tokens) if authorization else ""}
    answer = desk.http.get(f"{desk.cloud.service_id}/apis?api-version=2024-05-01", headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, code)
    assert "Bearer" in answer.headers["WWW-Authenticate"]


def test_addresses_are_told_to_everybody(desk: Desk) -> None:
    answer = httpx.get(
        f"{desk.cloud.arm_endpoint}/metadata/endpoints?api-version=2022-09-01", verify=desk.trusted, trust_env=False
    )
    assert answer.json()["resourceManager"] == desk.cloud.arm_endpoint
    assert (
        desk.cloud.variables.items()
        >= {
            "ARM_RESOURCE_MANAGER_ENDPOINT": desk.cloud.arm_endpoint,
            "ARM_RESOURCE_MANAGER_AUDIENCE": "https://management.azure.com",
            "ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST": desk.cloud.authority_host,
            "ARM_DISABLE_INSTANCE_DISCOVERY": "true",
            "SSL_CERT_FILE": desk.cloud.bundle_file,
        }.items()
    )
    assert answer.json()["authentication"]["loginEndpoint"] == desk.cloud.authority_host
    assert httpx.get(f"{desk.cloud.arm_endpoint}/metadata/endpoints", verify=desk.trusted, trust_env=False).status_code == 400


def test_an_api_is_locked_while_something_of_it_is_changed(desk: Desk) -> None:
    for name in ("chat", "talk"):
        desk.api(name)
    desk.put("tags/t", displayName="T")
    desk.put("gateways/g", description="G")
    api = f"{desk.cloud.service_id}/apis/chat"
    others = {
        "apis/chat/diagnostics/azuremonitor": {"loggerId": "/loggers/azuremonitor"},
        "tags/t/apiLinks/a": {"apiId": api},
        "gateways/g/apis/chat": {},
        "subscriptions/s": {"displayName": "S", "scope": "/apis/chat"},
    }
    desk.cloud.management.inject(faults.Hang(operation="PUT apis/operations/policies"))
    slow = HTTPSConnection(urlsplit(desk.cloud.arm_endpoint).netloc, context=desk.trusted)
    path = f"{desk.cloud.service_id}/apis/chat/operations/onHandshake/policies/policy?api-version=2024-05-01"
    slow.request("PUT", path, "{}", {"Authorization": desk.http.headers["Authorization"]})
    while not desk.cloud.management.requests(operation="PUT apis/operations/policies"):
        """The slow change has to be on its way."""
    refused = [desk.put(path, **properties) for path, properties in others.items()]
    assert [(answer.status_code, answer.json()["error"]["code"]) for answer in refused] == [
        (409, "PessimisticConcurrencyConflict")
    ] * len(others)
    assert desk.put("apis/talk/diagnostics/azuremonitor", loggerId="/loggers/azuremonitor").status_code == 201
    assert desk.request("GET", "apis/chat").status_code == 200
    slow.close()
    while (answer := desk.put("tags/t/apiLinks/a", apiId=api)).status_code == 409:
        """The service has to notice that nobody waits any more."""
    assert answer.status_code == 201


def test_who_does_not_wait_for_an_operation_is_told_so(desk: Desk) -> None:
    desk.cloud.management.set_options(polls=1)
    answer = desk.put("apis/chat", displayName="c", path="c", type="websocket", serviceUrl="wss://example.com")
    assert (answer.status_code, answer.json()["properties"]["provisioningState"]) == (201, "InProgress")
    early = desk.put_policy("")
    assert (early.status_code, early.json()["error"]["code"]) == (409, "AnotherOperationInProgress")
    assert desk.http.get(answer.headers["Location"]).status_code == 202
    assert "provisioningState" not in desk.http.get(answer.headers["Location"]).json()["properties"]
    assert desk.put_policy("").status_code == 201


@pytest.mark.parametrize(
    ("inbound", "says"),
    [
        ("<cors />", "Policy is not allowed on the 'onHandshake' operation"),
        ('<choose><when condition="@(true)"><set-body>x</set-body></when></choose>', "'set-body': Policy is not allowed"),
        ("<quota calls='1' renewal-period='1' />", "belongs to a product"),
        ("<banana />", "The policy is unknown"),
        ("<forward-request />", "not allowed in the specified section 'inbound'"),
        ('<set-header name="Host"><value>x</value></set-header>', "'Host' cannot be changed"),
        ('<rate-limit calls="1" renewal-period="301" />', "must not exceed 300"),
        ('<rate-limit calls="1" renewal-period="9" /><rate-limit calls="2" renewal-period="9" />', "only once"),
        ('<check-header name="X" />', "Required attribute 'failed-check-error-message' is missing"),
        ('<set-variable name="x" value="y" colour="red" />', "'colour' is not declared"),
        ('<set-variable name="x" value="{{nowhere}}" />', "Cannot find a property 'nowhere'"),
        ('<set-variable name="x" value="@(System.IO.File.ReadAllText(&quot;/etc/passwd&quot;))" />', "'System.IO.File"),
        ('<set-variable name="x" value="@(context.Request.Payload)" />', "'Payload' is not a member of 'IRequest'"),
        ('<rate-limit calls="1" renewal-period="PT6M" />', "must not exceed 300"),
        ('<rate-limit calls="1" renewal-period="a minute" />', "a number of seconds, or a duration as PT1M"),
        ('<set-variable name="x" value="@(1" />', "Error in element 'set-variable'"),
        ("<choose><otherwise /></choose>", "One or more 'when'"),
        ('<ip-filter action="deny"><address>1.2.3.4</address></ip-filter>', "'allow' or 'forbid'"),
        ('<validate-jwt header-name="A" query-parameter-name="b" />', "Exactly one of"),
    ],
)
def test_a_policy_that_the_service_would_not_take_is_refused(desk: Desk, inbound: str, says: str) -> None:
    desk.api()
    answer = desk.put_policy(inbound)
    assert answer.status_code == 400
    assert says in answer.json()["error"]["details"][0]["message"]


@pytest.mark.parametrize(
    ("section", "policy"),
    [
        ("outbound", '<authentication-managed-identity resource="https://a.example" output-token-variable-name="t" />'),
        ("outbound", '<set-query-parameter name="a"><value>b</value></set-query-parameter>'),
        ("on_error", '<set-backend-service base-url="wss://a.example" />'),
    ],
)
def test_a_policy_may_stand_where_only_some_official_sources_have_it(desk: Desk, section: str, policy: str) -> None:
    desk.api()
    desk.policy(**{section: policy})
    assert desk.status() == 101


def test_raw_expressions_are_no_xml(desk: Desk) -> None:
    desk.api()
    value = '<policies><inbound><set-variable name="x" value="@("a" + "b")" /></inbound></policies>'
    where = "apis/chat/operations/onHandshake/policies/policy"
    refused = desk.put(where, value=value, format="xml")
    assert refused.status_code == 400
    assert "not valid XML" in refused.json()["error"]["details"][0]["message"]
    assert desk.put(where, value=value, format="rawxml").status_code == 201
    assert "@(&quot;a&quot; + &quot;b&quot;)" in desk.request("GET", where).json()["properties"]["value"]
    assert '@("a" + "b")' in desk.request("GET", f"{where}?format=rawxml").json()["properties"]["value"]


def test_monitoring_wants_a_sink_and_known_categories(desk: Desk) -> None:
    url = f"{desk.cloud.service_id}/providers/Microsoft.Insights/diagnosticSettings/logs?api-version=2021-05-01-preview"
    logs = {"logs": [{"category": "WebSocketConnectionLogs", "enabled": True}]}
    assert (
        desk.http.put(url, json={"properties": logs}).json()["error"]["message"]
        == "At least one data sink needs to be specified."
    )
    unknown = {"workspaceId": "/w", "logs": [{"category": "Chat", "enabled": True}]}
    assert "'Chat' is not supported" in desk.http.put(url, json={"properties": unknown}).text
    assert desk.http.put(url, json={"properties": logs | {"workspaceId": "/w"}}).status_code == 201
    desk.api()
    desk.status()
    assert [item.exported for item in desk.cloud.management.connection_logs()] == [True, True, True]
    assert [item.exported for item in desk.cloud.management.gateway_logs()] == [False]
