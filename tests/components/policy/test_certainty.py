"""What official sources disagree about stops no preview, and all that the policy reference lists is known."""

import pytest

from pulumi_workspace365_components.websocket_api import policy as policies
from pulumi_workspace365_components.websocket_api.policy.rules import errors, validate
from pulumi_workspace365_components.websocket_api.policy.schema import OTHER, POLICIES, UNSUPPORTED

REFERENCE = """
rate-limit rate-limit-by-key quota quota-by-key limit-concurrency azure-openai-token-limit llm-token-limit
check-header get-authorization-context ip-filter validate-azure-ad-token validate-jwt validate-client-certificate
authentication-basic authentication-certificate authentication-managed-identity
validate-content validate-graphql-request validate-odata-request validate-parameters validate-headers validate-status-code
llm-content-safety forward-request set-backend-service proxy
cache-lookup cache-store cache-lookup-value cache-store-value cache-remove-value azure-openai-semantic-cache-lookup
azure-openai-semantic-cache-store llm-semantic-cache-lookup llm-semantic-cache-store
set-method set-status set-variable set-body set-header set-query-parameter rewrite-uri json-to-xml xml-to-json
find-and-replace redirect-content-urls xsl-transform return-response mock-response cross-domain cors jsonp
send-request send-one-way-request log-to-eventhub send-service-bus-message publish-to-dapr invoke-dapr-binding
trace emit-metric azure-openai-emit-token-metric llm-emit-token-metric
sql-data-source cosmosdb-data-source http-data-source publish-event choose include-fragment retry wait
""".split()  # noqa: SIM905  a list of seventy quoted words is no easier to read
"""The elements of the policies that the reference's index lists."""


def found(inbound: str = "", *, outbound: str = "", on_error: str = "") -> dict[str, str]:
    """The rules that find something, with their severities."""
    text = (
        f"<policies><inbound><base />{inbound}</inbound><backend><base /></backend>"
        f"<outbound><base />{outbound}</outbound><on-error><base />{on_error}</on-error></policies>"
    )
    return {finding.rule: finding.severity for finding in validate(policies.Handshake.parse(text))}


@pytest.mark.parametrize("name", REFERENCE)
def test_every_policy_of_the_reference_is_known(name: str) -> None:
    assert name in POLICIES
    rules = found(f"<{name} />")
    assert "unknown-policy" not in rules
    assert ("unsupported-policy" in rules) == (name in UNSUPPORTED)
    assert ("not-for-websocket" in rules) == (name in OTHER)


@pytest.mark.parametrize("name", REFERENCE)
def test_any_policy_may_have_an_id(name: str) -> None:
    rules = found(f'<{name} id="mark" />')
    assert "attribute-unknown" not in rules
    assert found(f"<{name} />") == rules


def test_an_id_counts_for_no_attribute_that_a_policy_needs() -> None:
    assert found('<set-backend-service id="a" />')["attribute-choice"] == "error"


@pytest.mark.parametrize(
    ("section", "policy", "rule", "severity"),
    [
        ("on_error", '<trace source="rooms" severity="error"><message>@(context.LastError.Message)</message></trace>', "", ""),
        ("on_error", '<trace source="rooms" severity="Error"><message>a</message></trace>', "", ""),
        ("on_error", '<trace source="rooms">closed</trace>', "child-text", "warning"),
        ("inbound", '<trace source="rooms">closed<message>a</message></trace>', "child-text", "warning"),
        ("inbound", '<trace source="rooms" />', "child-count", "error"),
        ("outbound", '<authentication-managed-identity resource="https://a.example" />', "disputed-section", "warning"),
        ("on_error", '<authentication-managed-identity resource="https://a.example" />', "wrong-section", "error"),
        ("on_error", '<set-backend-service backend-id="a" />', "disputed-section", "warning"),
        ("outbound", '<set-query-parameter name="a"><value>b</value></set-query-parameter>', "disputed-section", "warning"),
        ("outbound", '<ip-filter action="allow"><address>192.0.2.1</address></ip-filter>', "wrong-section", "error"),
        ("outbound", '<set-header name="Server" exists-action="delete" />', "server-header", "warning"),
        ("inbound", '<set-variable name="a" value="@($&quot;{{gateway-url}}/rooms&quot;)" />', "interpolation-braces", "advice"),
        (
            "inbound",
            (
                '<validate-azure-ad-token tenant-id="a"><backend-application-ids><application-id>b</application-id>'
                "</backend-application-ids><client-application-ids><application-id>c</application-id></client-application-ids>"
                "</validate-azure-ad-token>"
            ),
            "child-order",
            "warning",
        ),
        (
            "inbound",
            '<check-header name="a" failed-check-httpcode="403" failed-check-error-message="" ignore-case="@(true)" />',
            "expression-doubtful",
            "warning",
        ),
        ("inbound", '<set-variable name="a" value="^[a-z]+@(north|south)[.]example$" />', "", ""),
        ("inbound", '<set-variable name="a" value="room @(context.RequestId)" />', "mixed-expression", "error"),
        ("inbound", '<retry condition="@(true)" count="1" interval="1" />', "empty-block", "warning"),
    ],
)
def test_only_what_no_official_source_contradicts_is_an_error(section: str, policy: str, rule: str, severity: str) -> None:
    rules = found(**{section: policy}) if section != "inbound" else found(policy)
    rules = {name: level for name, level in rules.items() if name not in {"named-value-missing", "identity-before-removal"}}
    assert rules == ({rule: severity} if rule else {})


def test_a_policy_that_may_stand_once_may_come_again_from_a_fragment() -> None:
    limit = policies.rate_limit(calls=5, renewal_period=60)
    fragment = policies.Fragment("f", [limit])
    twice = [policies.include_fragment(fragment), policies.include_fragment(fragment)]
    assert errors(validate(policies.Handshake(inbound=twice, fragments=[fragment]))) == []
    again = policies.rate_limit(calls=6, renewal_period=60)
    assert {item.rule for item in errors(validate(policies.Handshake(inbound=[limit, again])))} == {"once-only"}
