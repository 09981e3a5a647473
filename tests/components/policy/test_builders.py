"""Each builder writes the policy as its page of the reference shows it, and what it writes is legal."""

from collections.abc import Callable

import pytest

from pulumi_workspace365_components.websocket_api import policy as policies
from pulumi_workspace365_components.websocket_api.policy import rendering
from pulumi_workspace365_components.websocket_api.policy.ast import map_leaves
from tests.components.policy.later import Later

ADDRESS = policies.expression("context.Request.IpAddress")

BUILT: list[tuple[policies.Element, str]] = [
    (
        policies.validate_jwt(
            query_parameter_name="access_token",
            openid_configs=["https://login.example.com/.well-known/openid-configuration"],
            issuer_signing_keys=[
                policies.key("{{signing-key}}", id="1"),
                policies.key(certificate_id="c"),
                policies.key(n="m", e="AQAB"),
            ],
            audiences=["chat"],
            issuers=["https://login.example.com"],
            required_claims=[policies.claim("role", "a", "b", match="any", separator=",")],
            failed_validation_httpcode=401,
            failed_validation_error_message="Unauthorized",
            require_expiration_time=True,
            require_signed_tokens=True,
            clock_skew=30,
            output_token_variable_name="jwt",
        ),
        """<validate-jwt query-parameter-name="access_token" failed-validation-httpcode="401"
             failed-validation-error-message="Unauthorized" require-expiration-time="true" require-signed-tokens="true"
             clock-skew="30" output-token-variable-name="jwt">
           <openid-config url="https://login.example.com/.well-known/openid-configuration" />
           <issuer-signing-keys><key id="1">{{signing-key}}</key><key certificate-id="c" /><key n="m" e="AQAB" /></issuer-signing-keys>
           <audiences><audience>chat</audience></audiences><issuers><issuer>https://login.example.com</issuer></issuers>
           <required-claims><claim name="role" match="any" separator=","><value>a</value><value>b</value></claim></required-claims>
           </validate-jwt>""",
    ),
    (
        policies.validate_azure_ad_token(tenant_id="{{tenant}}", client_application_ids=["{{client}}"], audiences=["api://chat"]),
        """<validate-azure-ad-token tenant-id="{{tenant}}">
           <client-application-ids><application-id>{{client}}</application-id></client-application-ids>
           <audiences><audience>api://chat</audience></audiences></validate-azure-ad-token>""",
    ),
    (
        policies.validate_client_certificate(
            policies.identity(subject='O="Contoso, Inc."', issuer_subject="CN=Root"), validate_trust=True
        ),
        """<validate-client-certificate validate-trust="true"><identities>
           <identity subject="O=&quot;Contoso, Inc.&quot;" issuer-subject="CN=Root" /></identities></validate-client-certificate>""",
    ),
    (
        policies.check_header(
            "Origin", "https://a.example.com", failed_check_httpcode=403, failed_check_error_message="No", ignore_case=True
        ),
        """<check-header name="Origin" failed-check-httpcode="403" failed-check-error-message="No" ignore-case="true">
           <value>https://a.example.com</value></check-header>""",
    ),
    (
        policies.ip_filter("allow", "192.0.2.1", ranges=[("192.0.2.8", "192.0.2.9")]),
        """<ip-filter action="allow"><address>192.0.2.1</address><address-range from="192.0.2.8" to="192.0.2.9" /></ip-filter>""",
    ),
    (
        policies.rate_limit(calls=20, renewal_period=90, remaining_calls_variable_name="left"),
        """<rate-limit calls="20" renewal-period="90" remaining-calls-variable-name="left" />""",
    ),
    (
        policies.rate_limit_by_key(calls=10, renewal_period=60, counter_key=ADDRESS, increment_condition="@(true)"),
        """<rate-limit-by-key calls="10" renewal-period="60" counter-key="@(context.Request.IpAddress)" increment-condition="@(true)" />""",
    ),
    (
        policies.quota_by_key(
            calls=9, bandwidth=40, renewal_period=3600, counter_key=ADDRESS, first_period_start="2030-01-31T00:00:00Z"
        ),
        """<quota-by-key calls="9" bandwidth="40" renewal-period="3600" counter-key="@(context.Request.IpAddress)"
             first-period-start="2030-01-31T00:00:00Z" />""",
    ),
    (
        policies.limit_concurrency(ADDRESS, 3, policies.set_variable("a", 1)),
        """<limit-concurrency key="@(context.Request.IpAddress)" max-count="3"><set-variable name="a" value="1" /></limit-concurrency>""",
    ),
    (
        policies.set_backend_service(base_url="wss://chat.example.com"),
        """<set-backend-service base-url="wss://chat.example.com" />""",
    ),
    (
        policies.rewrite_uri("/v2/chat?x=y", copy_unmatched_params=False),
        """<rewrite-uri template="/v2/chat?x=y" copy-unmatched-params="false" />""",
    ),
    (
        policies.set_query_parameter("x-product-name", policies.expression("context.Product.Name"), exists_action="skip"),
        """<set-query-parameter name="x-product-name" exists-action="skip"><value>@(context.Product.Name)</value></set-query-parameter>""",
    ),
    (policies.set_header("X-A", "1", "2"), """<set-header name="X-A"><value>1</value><value>2</value></set-header>"""),
    (policies.set_header("X-A", exists_action="delete"), """<set-header name="X-A" exists-action="delete" />"""),
    (policies.set_variable("a", True), """<set-variable name="a" value="true" />"""),
    (
        policies.authentication_basic("user", "{{password}}"),
        """<authentication-basic username="user" password="{{password}}" />""",
    ),
    (policies.authentication_certificate(certificate_id="c"), """<authentication-certificate certificate-id="c" />"""),
    (
        policies.choose(
            policies.when("@(true)", policies.return_response(403, "Forbidden")), otherwise=[policies.set_variable("a", "b")]
        ),
        """<choose><when condition="@(true)"><return-response><set-status code="403" reason="Forbidden" /></return-response></when>
           <otherwise><set-variable name="a" value="b" /></otherwise></choose>""",
    ),
    (
        policies.send_request(
            "answer", "https://auth.example.com", "POST", headers=[policies.set_header("A", "b")], body="c", timeout=20
        ),
        """<send-request response-variable-name="answer" timeout="20"><set-url>https://auth.example.com</set-url>
           <set-method>POST</set-method><set-header name="A"><value>b</value></set-header><set-body>c</set-body></send-request>""",
    ),
    (
        policies.trace("gateway", "opened", ("room", "a"), severity="information"),
        """<trace source="gateway" severity="information"><message>opened</message><metadata name="room" value="a" /></trace>""",
    ),
    (
        policies.emit_metric("handshakes", "API ID", ("room", "a"), value=1, namespace="chat"),
        """<emit-metric name="handshakes" value="1" namespace="chat"><dimension name="API ID" /><dimension name="room" value="a" /></emit-metric>""",
    ),
    (
        policies.log_to_eventhub("hub", ADDRESS, partition_id=0),
        """<log-to-eventhub logger-id="hub" partition-id="0">@(context.Request.IpAddress)</log-to-eventhub>""",
    ),
    (policies.include_fragment("shared"), """<include-fragment fragment-id="shared" />"""),
]


@pytest.mark.parametrize(("built", "documented"), BUILT, ids=[f"{index}-{built.name}" for index, (built, _) in enumerate(BUILT)])
def test_a_builder_writes_what_the_reference_shows(built: policies.Element, documented: str) -> None:
    assert built == policies.raw(documented)
    findings = policies.rules.validate(policies.Handshake(inbound=[built]), browsers=False)
    assert {finding.rule for finding in findings} <= {"named-value-missing", "fragment-missing", "token-in-query"}


def test_forward_request_is_legal_in_backend_and_replaces_base() -> None:
    forward = policies.forward_request(timeout=20, http_version="2", buffer_request_body=True, fail_on_error_status_code=False)
    handshake = policies.Handshake(backend=[forward])
    assert handshake.backend == (forward,)
    assert policies.rules.validate(handshake) == []


def test_the_managed_identity_is_legal_after_the_clients_key_is_gone() -> None:
    signed = policies.authentication_managed_identity(
        "api://chat", client_id="00000000-0000-0000-0000-000000000001", ignore_error=False
    )
    removed = policies.set_header("Ocp-Apim-Subscription-Key", exists_action="delete")
    assert policies.rules.validate(policies.Handshake(inbound=[removed, signed])) == []


def test_an_attribute_with_a_newline_and_quotes_is_entity_encoded_in_xml_and_readable_in_rawxml() -> None:
    built = policies.set_variable("a", policies.statements('\n\treturn "a" + 1 < 2 && true;\n'))
    encoded = "@{&#10;&#9;return &quot;a&quot; + 1 &lt; 2 &amp;&amp; true;&#10;}"
    assert rendering.xml(built) == f'<set-variable name="a" value="{encoded}" />'
    assert rendering.rawxml(built) == '<set-variable name="a" value="@{\n\treturn "a" + 1 < 2 && true;\n}" />'


def test_elements_do_not_depend_on_the_order_of_attributes_and_cannot_be_changed() -> None:
    built = policies.raw('<set-header exists-action="skip" name="a" />')
    assert built == policies.set_header("a", exists_action="skip")
    assert hash(built) == hash(policies.set_header("a", exists_action="skip"))
    with pytest.raises(AttributeError):
        built.name = "b"  # type: ignore[misc]  # the point


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: policies.element("value", b"bytes"), "value: a policy holds text, numbers and truth values, not bytes"),  # type: ignore[arg-type]
        (lambda: policies.set_variable("a", {"b": 1}), "set-variable value: a policy holds text"),  # type: ignore[arg-type]
        (lambda: policies.set_variable("a", "nul\x00"), "set-variable value: XML cannot hold the character U\\+0000"),
        (lambda: policies.set_variable("a", "\ud800"), "U\\+D800"),
        (lambda: policies.element("two words"), "'two words' is not the name of an XML element"),
        (lambda: policies.expression("a)"), "ends before its last bracket"),
        (lambda: policies.expression('"a'), "the string is never closed"),
        (lambda: policies.statements("return f(1;"), "a ';'|a '}' closes nothing"),
        (lambda: policies.named_value("no spaces"), "cannot name a named value"),
        (lambda: policies.NamedValue("a"), "either a value or a key_vault_secret"),
        (lambda: policies.NamedValue("a", "x" * 4097), "1 to 4096 characters"),
        (lambda: policies.Fragment("a b", []), "cannot be the id of a fragment"),
        (lambda: policies.Fragment.parse("a", "<policies />"), "a fragment begins with <fragment>"),
        (lambda: policies.Handshake(inbound=policies.base()), "inbound: give a list of policies"),  # type: ignore[arg-type]
        (lambda: policies.Handshake(inbound=["<base />"]), "inbound: give a list of policies"),  # type: ignore[list-item]
        (lambda: policies.Fragment.parse("a", "<fragment>text<base /></fragment>"), "text beside the policies"),
        (lambda: policies.set_variable("a", float("nan")), "not float"),  # type: ignore[arg-type]
        (lambda: policies.raw("<a/><b/>"), "not well-formed"),
        (lambda: policies.raw("<a b='1' b='2'/>"), "not well-formed"),
    ],
)
def test_wrong_use_gets_a_sentence(build: Callable[[], object], message: str) -> None:
    with pytest.raises(policies.PolicyError, match=message):
        build()


@pytest.mark.parametrize("text", ["", 'say "a"', "back\\slash", "line\nline\ttab\r", "{{name}} {0}", "é ∀ 😀", "\x01"])
def test_a_quoted_text_is_one_csharp_string_that_names_no_named_value(text: str) -> None:
    literal = policies.quoted(text)
    assert policies.expression(literal) == f"@({literal})"
    assert "{{" not in literal
    assert "\n" not in literal


@pytest.mark.parametrize("built", [built for built, _ in BUILT], ids=lambda built: built.name)
def test_nothing_looks_into_a_deferred_value_wherever_it_stands(built: policies.Element) -> None:
    handshake = policies.Handshake(inbound=[map_leaves(built, lambda _: Later())])
    assert len(handshake.deferred()) == len(list(built.leaves()))
    assert policies.rules.errors(policies.rules.validate(handshake)) == []
    handshake.probes()
    handshake.prefixed("a-")
    assert policies.equivalent(handshake, handshake)
    assert handshake.resolve(lambda _: 1).deferred() == []


@pytest.mark.parametrize(
    ("value", "text"), [(5, "5"), (5.0, "5"), (0.5, "0.5"), (True, "true"), (False, "false"), ("a\r\nb\rc", "a\nb\nc")]
)
def test_values_become_the_text_that_the_service_reads(value: object, text: str) -> None:
    assert policies.element("a", attributes={"b": value}).get("b") == text
