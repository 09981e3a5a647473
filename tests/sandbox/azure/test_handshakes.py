"""Who may connect: 101 with an echoed message, or a refusal whose status, body and log say why."""

import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.sandbox.azure.desk import Desk

CHECK = '<check-header name="{}" failed-check-httpcode="403" failed-check-error-message="no" ignore-case="{}">{}</check-header>'
ORIGIN = CHECK.format("Origin", "true", "<value>https://a.example</value><value>https://b.example</value>")


def told(response: Any) -> str:
    return str(json.loads(response.body)["message"])


def reasons(desk: Desk) -> list[str]:
    return [item.last_error_reason for item in desk.cloud.management.gateway_logs()]


def jwt_policy(desk: Desk, inner: str = "", **attributes: str) -> str:
    given = {"header-name": "Authorization", "require-scheme": "Bearer"} | {
        name.replace("_", "-"): value for name, value in attributes.items()
    }
    text = " ".join(f'{name}="{value}"' for name, value in given.items() if value)
    return (
        f'<validate-jwt {text}><openid-config url="{desk.cloud.openid_config}" />'
        f"<audiences><audience>chat</audience></audiences>{inner}</validate-jwt>"
    )


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_only_exact_paths_and_protocols_of_deployed_apis_are_served(desk: Desk) -> None:
    desk.api(protocols=["ws"])
    desk.api("room", path="team/room")
    assert desk.status() == 404
    assert [desk.status(path) for path in ("/team/room", "/team/room/", "/team", "/team/room/1", "/")] == [
        101,
        101,
        404,
        404,
        404,
    ]
    assert told(desk.refusal("/none")) == "Resource not found"
    assert reasons(desk)[-1] == "OperationNotFound"


def test_a_plain_request_is_no_handshake(desk: Desk) -> None:
    desk.api()
    url = f"{desk.cloud.gateway_url}/chat"
    assert desk.http.get(url).status_code == 404
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Key": "x", "Sec-WebSocket-Version": "13"}
    assert desk.http.get(url, headers=upgrade).status_code == 400
    old = desk.http.get(url, headers=upgrade | {"Sec-WebSocket-Version": "8"})
    assert (old.status_code, old.headers["Sec-WebSocket-Version"]) == (426, "13")


def test_a_subscription_key_opens_what_it_is_for(desk: Desk) -> None:
    desk.api(subscriptionRequired=True, subscriptionKeyParameterNames={"header": "api-key", "query": "key"})
    desk.api("other", subscriptionRequired=True)
    key = desk.subscription("/apis/chat")
    assert told(desk.refusal()).startswith("Access denied due to missing subscription key.")
    assert told(desk.refusal(headers={"api-key": "guess"})).startswith("Access denied due to invalid subscription key.")
    assert [desk.status(headers={"api-key": key}), desk.status(query={"key": key})] == [101, 101]
    assert desk.status("/other", headers={"Ocp-Apim-Subscription-Key": key}) == 401
    assert reasons(desk) == ["SubscriptionKeyNotFound", "SubscriptionKeyInvalid", "", "", "SubscriptionKeyInvalid"]
    desk.cloud.management.change(f"{desk.cloud.service_id}/subscriptions/probe", state="suspended")
    assert desk.status(headers={"api-key": key}) == 401


def test_a_products_key_and_policy_apply_to_the_apis_linked_to_it(desk: Desk) -> None:
    desk.api(subscriptionRequired=True)
    desk.put("products/partners", displayName="Partners")
    key = {"Ocp-Apim-Subscription-Key": desk.subscription("/products/partners")}
    assert desk.status(headers=key) == 401
    desk.put("products/partners/apiLinks/chat", apiId=f"{desk.cloud.service_id}/apis/chat")
    assert desk.status(headers=key) == 101
    quota = '<quota calls="1" renewal-period="3600" />'
    text = f"<policies><inbound><base /><cors /><mock-response />{quota}</inbound><backend><base /></backend></policies>"
    assert desk.put("products/partners/policies/policy", value=text).status_code == 201
    assert desk.status(headers=key) == 101
    assert told(desk.refusal(headers=key)).startswith("Out of call volume quota.")
    assert "cors: inherited, skipped on a WebSocket API" in desk.cloud.management.gateway_logs()[-1].trace_records
    desk.policy("")
    document = "<policies><inbound /><backend><base /></backend></policies>"
    desk.put("apis/chat/operations/onHandshake/policies/policy", value=document)
    assert desk.status(headers=key) == 101


def test_headers_are_checked(desk: Desk) -> None:
    desk.api()
    desk.policy(ORIGIN)
    assert desk.status(headers={"Origin": "HTTPS://B.example"}) == 101
    assert told(desk.refusal(headers={"Origin": "https://c.example"})) == "no"
    assert desk.refusal().status_code == 403
    assert reasons(desk) == ["", "HeaderValueNotAllowed", "HeaderNotFound"]
    desk.policy(CHECK.format("X", "false", "<value>a</value>"))
    assert [desk.status(headers={"X": value}) for value in ("a", "A")] == [101, 403]


@pytest.mark.parametrize(
    ("policy", "address", "status"),
    [
        ('<ip-filter action="allow"><address>127.0.0.1</address></ip-filter>', "", 101),
        ('<ip-filter action="forbid"><address>127.0.0.1</address></ip-filter>', "", 403),
        ('<ip-filter action="allow"><address-range from="10.0.0.1" to="10.0.0.9" /></ip-filter>', "10.0.0.9", 101),
        ('<ip-filter action="allow"><address-range from="10.0.0.1" to="10.0.0.9" /></ip-filter>', "10.0.0.10", 403),
        ('<ip-filter action="allow"><address>2001:db8::1</address></ip-filter>', "2001:db8:0::1", 101),
    ],
)
def test_addresses_are_filtered(desk: Desk, policy: str, address: str, status: int) -> None:
    desk.api()
    desk.policy(policy)
    desk.cloud.management.set_options(caller_address=address)
    assert desk.status() == status


def test_a_rate_limit_counts_per_subscription(desk: Desk) -> None:
    desk.api(subscriptionRequired=True)
    desk.policy('<rate-limit calls="2" renewal-period="300" remaining-calls-header-name="X-Left" />')
    first = {"Ocp-Apim-Subscription-Key": desk.subscription("/apis/chat", "a")}
    second = {"Ocp-Apim-Subscription-Key": desk.subscription("/apis/chat", "b")}
    with desk.connect(headers=first) as socket:
        assert socket.response is not None
        assert socket.response.headers["X-Left"] == "1"
    assert [desk.status(headers=first), desk.status(headers=second)] == [101, 101]
    refused = desk.refusal(headers=first)
    assert refused.status_code == 429
    assert told(refused).startswith("Rate limit is exceeded. Try again in ")
    assert 0 < int(refused.headers["Retry-After"]) <= 300
    assert reasons(desk)[-1] == "RateLimitExceeded"


def test_a_rate_limit_without_a_key_does_nothing(desk: Desk) -> None:
    desk.api()
    desk.policy('<rate-limit calls="1" renewal-period="300" />')
    assert [desk.status() for _ in range(3)] == [101] * 3


def test_a_rate_limit_by_key_counts_what_it_is_told_to(desk: Desk) -> None:
    desk.api()
    key = 'counter-key="@(context.Request.Url.Query.GetValueOrDefault("room", "none"))"'
    desk.policy(f'<rate-limit-by-key calls="1" renewal-period="1" {key} retry-after-header-name="X-Wait" />')
    assert [desk.status(query={"room": room}) for room in ("a", "b")] == [101, 101]
    assert desk.refusal(query={"room": "a"}).headers["X-Wait"] == "1"
    while (status := desk.status(query={"room": "a"})) == 429:
        """The window moves on."""
    assert status == 101


def test_a_token_opens_when_everything_about_it_is_right(desk: Desk) -> None:
    desk.api()
    desk.policy(jwt_policy(desk))
    token = desk.cloud.management.token
    assert desk.status(headers=bearer(token(aud="chat"))) == 101
    assert desk.status(headers=bearer(token(aud=["other", "chat"]))) == 101
    forged = jwt.encode(
        {"aud": "chat", "iss": desk.cloud.openid_config.partition("/.well")[0], "exp": time.time() + 3600},
        rsa.generate_private_key(65537, 2048),
        "RS256",
    )
    wrong = {
        "TokenNotPresent": {"Authorization": f"Basic {token(aud='chat')}"},
        "TokenMalformed": bearer("x"),
        "TokenAudienceNotAllowed": bearer(token(aud="mail")),
        "TokenIssuerNotAllowed": bearer(token(aud="chat", iss="https://evil.example")),
        "TokenExpired": bearer(token(aud="chat", lifetime=-5)),
        "TokenNotYetValid": bearer(token(aud="chat", nbf=time.time() + 3600)),
        "TokenExpirationMissing": bearer(token(aud="chat", exp=None)),
        "TokenSignatureInvalid": bearer(forged),
    }
    assert [desk.status(headers=headers) for headers in wrong.values()] == [401] * len(wrong)
    assert reasons(desk)[2:] == list(wrong)
    unsigned = jwt.encode({"aud": "chat"}, "", "none")
    assert desk.status(headers=bearer(unsigned)) == 401


def test_a_token_may_come_in_the_query_and_must_hold_its_claims(desk: Desk) -> None:
    desk.api()
    claims = '<required-claims><claim name="roles" match="any"><value>talk</value><value>listen</value></claim></required-claims>'
    policy = jwt_policy(
        desk,
        claims,
        header_name="",
        require_scheme="",
        query_parameter_name="access_token",
        output_token_variable_name="jwt",
        failed_validation_error_message="Sign in first",
    )
    who = '<set-header name="X-Who"><value>@(((Jwt)context.Variables["jwt"]).Subject)</value></set-header>'
    desk.policy(policy + who)
    good = desk.cloud.management.token(aud="chat", roles=["talk"], sub="ada")
    assert desk.status(query={"access_token": good}) == 101
    assert desk.cloud.management.backend_requests()[-1].headers["x-who"] == "ada"
    refused = desk.refusal(query={"access_token": desk.cloud.management.token(aud="chat", roles=["write"])})
    assert (refused.status_code, told(refused)) == (401, "Sign in first")


def test_a_shared_key_signs_tokens_too(desk: Desk) -> None:
    desk.api()
    key = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA=="
    desk.put("namedValues/key", displayName="chat-key", value=key, secret=True)
    desk.policy(
        '<validate-jwt header-name="X-Token"><issuer-signing-keys><key>{{chat-key}}</key></issuer-signing-keys></validate-jwt>'
    )
    good = jwt.encode({"exp": time.time() + 3600}, b"secret-secret-secret-secret-secret", "HS256")
    other = jwt.encode({"exp": time.time() + 3600}, b"guessed-guessed-guessed-guessed-gue", "HS256")
    assert [desk.status(headers={"X-Token": token}) for token in (good, other)] == [101, 401]


def test_tokens_of_the_tenant_are_judged_by_application(desk: Desk) -> None:
    desk.api()
    ids = f"<client-application-ids><application-id>{desk.cloud.client_id}</application-id></client-application-ids>"
    desk.policy(f'<validate-azure-ad-token tenant-id="{desk.cloud.tenant_id}">{ids}</validate-azure-ad-token>')
    token = desk.cloud.management.token
    assert [desk.status(headers=bearer(token(aud="x", appid=who))) for who in (desk.cloud.client_id, "other")] == [101, 401]


def test_an_unreachable_openid_configuration_is_the_gateways_fault(desk: Desk) -> None:
    desk.api()
    desk.policy(jwt_policy(desk).replace(desk.cloud.openid_config, "http://127.0.0.1:9/none"))
    assert desk.status(headers=bearer(desk.cloud.management.token(aud="chat"))) == 500
    log = desk.cloud.management.gateway_logs()[-1]
    assert (log.last_error_reason, log.last_error_source) == ("OpenIdConfigurationError", "validate-jwt")


def test_policies_change_what_the_backend_gets(desk: Desk) -> None:
    desk.api(serviceUrl=f"{desk.cloud.backend_url}/base?fixed=1")
    desk.put("backends/echo", url=f"{desk.cloud.backend_secure_url}/secure", protocol="http")
    desk.put("policyFragments/shared", value='<fragment><set-header name="X-Fragment"><value>yes</value></set-header></fragment>')
    desk.policy(
        """<include-fragment fragment-id="shared" />
        <set-variable name="room" value="@(context.Request.Url.Query.GetValueOrDefault("room", "lobby").ToUpper())" />
        <set-header name="X-Room"><value>@((string)context.Variables["room"])</value></set-header>
        <set-header name="Cookie" exists-action="delete" />
        <set-query-parameter name="room" exists-action="delete" />
        <set-query-parameter name="v"><value>2</value></set-query-parameter>
        <rewrite-uri template="/rooms/1" />
        <authentication-managed-identity resource="https://backend.example" />
        <choose>
            <when condition="@(context.Request.Headers.GetValueOrDefault("X-Secure", "") == "yes")">
                <set-backend-service backend-id="echo" />
            </when>
            <otherwise><set-header name="X-Plain"><value>1</value></set-header></otherwise>
        </choose>""",
        outbound='<set-header name="X-Served-By"><value>gateway</value></set-header>',
    )
    with desk.connect(query={"room": "a"}, headers={"Cookie": "secret"}, subprotocols=["chat.v1"]) as socket:
        assert socket.subprotocol == "chat.v1"
        assert socket.response is not None
        assert socket.response.headers["X-Served-By"] == "gateway"
    assert desk.status(headers={"X-Secure": "yes"}) == 101
    plain, secure = desk.cloud.management.backend_requests()
    assert (plain.path, plain.query) == ("/base/rooms/1", "fixed=1&v=2")
    assert (plain.headers["x-room"], plain.headers["x-fragment"], plain.headers["x-plain"]) == ("A", "yes", "1")
    assert "cookie" not in plain.headers
    assert plain.headers["x-forwarded-for"] == "127.0.0.1"
    audience = jwt.decode(plain.headers["authorization"].removeprefix("Bearer "), options={"verify_signature": False})["aud"]
    assert audience == "https://backend.example"
    assert (secure.path, secure.headers["x-room"]) == ("/secure/rooms/1", "LOBBY")


def test_a_policy_may_answer_itself(desk: Desk) -> None:
    desk.api()
    answer = '<return-response><set-status code="418" reason="Teapot" /><set-header name="X"><value>y</value></set-header></return-response>'
    desk.policy(f'<choose><when condition="@(!context.Variables.ContainsKey("x"))">{answer}</when></choose>')
    refused = desk.refusal()
    assert (refused.status_code, refused.reason_phrase, refused.headers["X"]) == (418, "Teapot", "y")
    desk.policy(ORIGIN, on_error=answer.replace("418", "499").replace(">y<", ">@(context.LastError.Reason)<"))
    assert (desk.refusal().status_code, desk.refusal().headers["X"]) == (499, "HeaderNotFound")


def test_without_forward_request_nothing_is_forwarded(desk: Desk) -> None:
    desk.api()
    desk.policy(backend="")
    assert desk.refusal().status_code == 200
    assert desk.cloud.management.backend_requests() == []


def test_what_cannot_be_evaluated_or_carried_out_is_loud(desk: Desk) -> None:
    desk.api()
    desk.policy('<set-variable name="x" value="@((string)context.Variables["none"])" />')
    assert desk.status() == 500
    assert "The given key 'none' was not present" in desk.cloud.management.gateway_logs()[-1].last_error_message
    desk.policy('<send-request response-variable-name="r"><set-url>https://a.example</set-url></send-request>')
    assert desk.status() == 500
    assert desk.cloud.management.gateway_logs()[-1].last_error_reason == "PolicyNotSupported"


def test_tokens_in_the_query_are_masked_where_a_diagnostic_says_so(desk: Desk) -> None:
    desk.api()
    desk.status(query={"access_token": "hunter2", "room": "a"})
    masking = {"queryParams": [{"value": "access_token", "mode": "Hide"}, {"value": "room", "mode": "Mask"}]}
    logger = f"{desk.cloud.service_id}/loggers/azuremonitor"
    answer = desk.put("apis/chat/diagnostics/azuremonitor", loggerId=logger, frontend={"request": {"dataMasking": masking}})
    assert answer.status_code == 201, answer.text
    desk.status(query={"access_token": "hunter2", "room": "a"})
    before, after = (item.url for item in desk.cloud.management.gateway_logs())
    assert "hunter2" in before
    assert after.endswith("/chat?room=%2A%2A%2A")
