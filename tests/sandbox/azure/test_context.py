"""`context` in real handshakes: what each member is, what stays of it, what an error leaves behind."""

import json
import uuid
from typing import Any

import pytest

from tests.sandbox.azure.desk import Desk

ANSWER = '<return-response><set-status code="200" /><set-body>@({})</set-body></return-response>'
CHECK = '<check-header {} name="X-Need" failed-check-httpcode="403" failed-check-error-message="no" ignore-case="true" />'
LAST_ERROR = 'string.Join("|", new[] {{ {} }})'.format(
    ", ".join(f"context.LastError.{name}" for name in ("Source", "Reason", "Scope", "Section", "Path", "PolicyId"))
)


def told(desk: Desk, expression: str, **options: Any) -> str:
    """What an expression is in a handshake."""
    desk.policy(ANSWER.format(expression))
    return desk.refusal(**options).body.decode()


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("context.Api.Id + context.Api.Name + context.Api.Path", "chatThe Chatchat"),
        ('context.Api.Version ?? "none"', "none"),
        ("context.Api.Revision + context.Api.IsCurrentRevision", "1True"),
        ('string.Join(",", context.Api.Protocols)', "wss,ws"),
        ("context.Api.SubscriptionKeyParameterNames.Header", "Ocp-Apim-Subscription-Key"),
        ("context.Operation.Id + context.Operation.Method + context.Operation.UrlTemplate", "onHandshakeGET/"),
        ("context.Deployment.GatewayId + context.Deployment.ServiceName", "managedapim-sandbox"),
        ("context.Deployment.Region", "West Europe"),
        ("context.Deployment.Certificates.Count", "0"),
        ("context.Request.Url.Path + context.Request.Url.QueryString", "/chat?room=7&room=8&x=y"),
        ('context.Request.Url.Query["room"].Last()', "8"),
        ('context.Request.Url.Query.GetValueOrDefault("ROOM", "")', "7,8"),
        ("context.Request.OriginalUrl.Scheme + context.Request.OriginalUrl.Host", "wss127.0.0.1"),
        ("context.Request.Method + context.Request.IpAddress", "GET127.0.0.1"),
        ("context.Request.MatchedParameters.Count", "0"),
        ("context.Request.Body == null && context.Request.Certificate == null && context.User == null", "True"),
        ("context.Product == null && context.Subscription == null && context.LastError == null", "True"),
        ("context.Request.PrivateEndpointConnection == null && context.Workspace == null", "True"),
        ("context.Elapsed.TotalSeconds >= 0 && context.Timestamp <= DateTime.UtcNow", "True"),
        ("context.Tracing", "False"),
        ('context.Request.Headers["x-own"].First() + context.Request.Headers.ContainsKey("Nothing")', "aFalse"),
    ],
)
def test_context_tells_of_the_handshake(desk: Desk, expression: str, value: str) -> None:
    desk.api(displayName="The Chat")
    path = "/chat?room=7&room=8&x=y"
    assert told(desk, expression, path=path, headers={"X-Own": "a"}) == value


def test_a_subscription_and_its_product_are_told_by_their_names(desk: Desk) -> None:
    desk.api(subscriptionRequired=True)
    desk.put("products/gold", displayName="Gold Tier", state="published")
    desk.put("products/gold/apiLinks/chat", apiId=f"{desk.cloud.service_id}/apis/chat")
    key = desk.subscription("/products/gold")
    text = 'context.Product.Id + "|" + context.Product.Name + "|" + context.Product.State + "|" + context.Subscription.Id + "|" + (context.Subscription.Key == context.Subscription.PrimaryKey) + "|" + context.Subscription.EndDate'
    assert told(desk, text, headers={"Ocp-Apim-Subscription-Key": key}) == "gold|Gold Tier|Published|probe|True|"
    assert told(desk, "context.Subscription.CreatedDate.Year > 2000", headers={"Ocp-Apim-Subscription-Key": key}) == "True"


def test_a_request_is_the_same_in_the_log_and_in_expressions(desk: Desk) -> None:
    desk.api()
    found = told(desk, 'context.RequestId + "|" + context.RequestId.ToString("N").Length')
    assert found.split("|")[1] == "32"
    assert uuid.UUID(found.split("|")[0]) == uuid.UUID(desk.cloud.management.gateway_logs()[-1].correlation_id)


def test_the_original_url_is_what_the_client_asked_for(desk: Desk) -> None:
    desk.api()
    rewritten = '<set-query-parameter name="room" exists-action="delete" /><rewrite-uri template="/other?z=1" />'
    both = 'context.Request.OriginalUrl.Path + context.Request.OriginalUrl.QueryString + " " + context.Request.Url.Path + context.Request.Url.QueryString'
    desk.policy(rewritten + ANSWER.format(both))
    assert desk.refusal(query={"room": "7"}).body == b"/chat?room=7 /other?z=1"


def test_what_an_expression_traces_is_in_the_log(desk: Desk) -> None:
    desk.api()
    desk.policy('<set-variable name="x" value="@{ context.Trace("seen " + context.Api.Id); return 1; }" />')
    assert desk.status() == 101
    assert "seen chat" in desk.cloud.management.gateway_logs()[-1].trace_records


def test_variables_keep_their_types(desk: Desk) -> None:
    desk.api()
    desk.policy(
        '<set-variable name="n" value="@(2)" /><set-variable name="o" value="@(JObject.Parse("{\\"a\\": [1]}"))" />'
        '<set-variable name="t" value="2" />'
        + ANSWER.format(
            '(int)context.Variables["n"] + 1 + "|" + ((JObject)context.Variables["o"])["a"][0] + "|" + (context.Variables["t"] is string)'
        )
    )
    assert desk.refusal().body == b"3|1|True"


@pytest.mark.parametrize(
    ("inbound", "place"),
    [
        (CHECK.format('id="needed"'), "check-header|HeaderNotFound|operation|inbound|check-header[1]|needed"),
        (
            f'<choose><when condition="@(false)" /><when condition="@(true)">{CHECK.format("")}</when></choose>',
            "check-header|HeaderNotFound|operation|inbound|choose[1]/when[2]/check-header[1]|",
        ),
        (
            '<choose><when condition="@(context.Product.Id == "a")" /></choose>',
            "choose|ExpressionValueEvaluationFailure|operation|inbound|choose[1]/when[1]|",
        ),
        (
            '<set-variable name="a" value="b" /><set-variable name="c" id="second" value="@((string)context.Variables["none"])" />',
            "set-variable|ExpressionValueEvaluationFailure|operation|inbound|set-variable[2]|second",
        ),
    ],
)
def test_the_last_error_tells_where_it_was(desk: Desk, inbound: str, place: str) -> None:
    desk.api()
    header = f'<set-header name="X-Error" exists-action="override"><value>@({LAST_ERROR})</value></set-header>'
    desk.policy(inbound, on_error=header)
    assert desk.refusal().headers["X-Error"] == place


def test_an_error_of_a_product_has_the_scope_of_the_product(desk: Desk) -> None:
    desk.api(subscriptionRequired=True)
    desk.put("products/gold", displayName="Gold")
    desk.put("products/gold/apiLinks/chat", apiId=f"{desk.cloud.service_id}/apis/chat")
    text = (
        f"<policies><inbound><base />{CHECK.format('')}</inbound><backend><base /></backend><outbound /><on-error /></policies>"
    )
    assert desk.put("products/gold/policies/policy", value=text, format="rawxml").status_code == 201
    header = '<set-header name="X-Scope" exists-action="override"><value>@(context.LastError.Scope)</value></set-header>'
    desk.policy("", on_error=header)
    refused = desk.refusal(headers={"Ocp-Apim-Subscription-Key": desk.subscription("/products/gold")})
    assert refused.headers["X-Scope"] == "product"


def test_on_error_follows_a_missing_key(desk: Desk) -> None:
    desk.api(subscriptionRequired=True)
    header = f'<set-header name="X-Error" exists-action="override"><value>@({LAST_ERROR})</value></set-header>'
    desk.policy("", on_error=header)
    refused = desk.refusal()
    assert (refused.status_code, refused.headers["X-Error"]) == (401, "authorization|SubscriptionKeyNotFound||inbound||")


def test_an_error_within_on_error_is_in_the_log_and_ends_nothing_else(desk: Desk) -> None:
    desk.api()
    headers = [f'<set-header name="X-{name}" exists-action="override"><value>@({value})</value></set-header>'
               for name, value in (("A", '"a"'), ("B", "context.Product.Id"), ("C", "context.Response.StatusCode.ToString()"))]  # fmt: skip
    choose = '<choose><when condition="@(context.User.Id == "x")" /></choose>'
    desk.policy(CHECK.format(""), on_error=choose + "".join(headers))
    refused = desk.refusal()
    assert (refused.status_code, refused.headers["X-A"], refused.headers.get("X-B"), refused.headers["X-C"]) == (
        403,
        "a",
        None,
        "403",
    )
    row = desk.cloud.management.gateway_logs()[-1]
    assert [record.partition(": ExpressionValueEvaluationFailure: ")[0] for record in row.trace_records] == [
        "on-error: choose[1]/when[1]",
        "on-error: set-header[2]",
    ]
    assert row.last_error_reason == "HeaderNotFound"


def test_a_member_that_there_is_not_is_refused_when_it_is_deployed(desk: Desk) -> None:
    desk.api()
    answer = desk.put_policy('<set-variable name="x" value="@(context.Api.Versions)" />')
    assert answer.status_code == 400
    assert answer.json()["error"]["details"][0]["message"] == (
        "Error in element 'set-variable': 'Versions' is not a member of 'IContextApi'."
    )


@pytest.mark.parametrize(
    "inbound",
    [
        '<ip-filter action="allow"><address>@("no address")</address></ip-filter>',
        '<return-response><set-status code="@("x")" /></return-response>',
        '<rate-limit-by-key calls="@("x")" renewal-period="60" counter-key="a" />',
        '<rate-limit-by-key calls="1" renewal-period="@("x")" counter-key="a" />',
        '<set-variable name="x" value="@{ while (true) { } }" />',
    ],
)
def test_a_value_that_is_none_is_an_error_with_a_reason(desk: Desk, inbound: str) -> None:
    desk.api()
    desk.policy(inbound)
    refused = desk.refusal()
    assert (refused.status_code, json.loads(refused.body)["message"]) == (500, "Internal server error")
    assert desk.cloud.management.gateway_logs()[-1].last_error_reason == "ExpressionValueEvaluationFailure"


def test_a_period_may_be_a_duration(desk: Desk) -> None:
    desk.api(subscriptionRequired=True)
    desk.policy('<rate-limit calls="1" renewal-period="PT1M" /><quota-by-key calls="5" renewal-period="P1D" counter-key="a" />')
    key = {"Ocp-Apim-Subscription-Key": desk.subscription("/apis/chat")}
    assert desk.status(headers=key) == 101
    refused = desk.refusal(headers=key)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 60
