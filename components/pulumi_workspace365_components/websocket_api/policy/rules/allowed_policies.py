"""Which policies may stand on a handshake, and where."""

from collections.abc import Iterator

from pulumi_workspace365_components.websocket_api.policy.ast import Element
from pulumi_workspace365_components.websocket_api.policy.located_elements import locate_elements
from pulumi_workspace365_components.websocket_api.policy.rules.rule import Problem, RuleContext, example, rule
from pulumi_workspace365_components.websocket_api.policy.schema import OTHER, POLICIES, UNSUPPORTED

_WEBSOCKET_PAGE = "websocket-api, Unsupported policies"


@rule(
    "unsupported-policy",
    "error",
    "One of the 15 policies that cannot be applied to onHandshake, directly or inside choose, retry, wait, limit-concurrency or a fragment.",
    remedy="Remove it; inside send-request, set-method and set-body are fine. In place of cors, check the Origin header (ready.allowed_origins).",
    source=_WEBSOCKET_PAGE,
    fails='<choose><when condition="@(true)"><cors><allowed-origins><origin>*</origin></allowed-origins></cors></when></choose>',
    passes='<send-request response-variable-name="answer"><set-url>https://auth.example.com</set-url><set-method>GET</set-method></send-request>',
)
def unsupported_policy(subject: RuleContext) -> Iterator[Problem]:
    for located in subject.statements(*UNSUPPORTED):
        yield located.path, f"<{located.name}> ({UNSUPPORTED[located.name]}) cannot be applied to onHandshake."


@rule(
    "quota-scope",
    "error",
    "quota works at product scope only.",
    remedy="Put quota into the product's policy, or use quota_by_key here.",
    source="quota-policy, Usage",
    fails='<quota calls="1000" renewal-period="3600" />',
    passes='<quota-by-key calls="1000" renewal-period="3600" counter-key="@(context.Subscription.Id)" />',
)
def quota_scope(subject: RuleContext) -> Iterator[Problem]:
    for located in subject.statements("quota"):
        yield located.path, "<quota> is a policy of the product scope; onHandshake is an operation."


@rule(
    "wrong-section",
    "error",
    "A policy is in a section in which it does not work.",
    remedy="Move it to a section that the policy's page lists under Usage.",
    source="the page of each policy, Usage: Policy sections; where another official source has it there, disputed-section",
    fails='<policies><inbound><base /></inbound><outbound><ip-filter action="allow"><address>192.0.2.1</address></ip-filter></outbound></policies>',
    passes='<ip-filter action="allow"><address>192.0.2.1</address></ip-filter>',
)
def wrong_section(subject: RuleContext) -> Iterator[Problem]:
    for located in subject.statements():
        schema = POLICIES.get(located.name)
        if schema and located.section and located.section not in schema.sections | schema.elsewhere:
            yield (
                located.path,
                f"<{located.name}> does not work in <{located.section}>, only in {', '.join(sorted(schema.sections))}.",
            )


@rule(
    "disputed-section",
    "warning",
    "A policy is in a section that its page does not list, but another official source does.",
    remedy="Move it to a section that the policy's page lists under Usage, or try it in your service.",
    source="the page of each policy, Usage: Policy sections; Azure/azure-api-management-policy-toolkit, interfaces of the sections",
    fails='<policies><inbound><base /></inbound><outbound><authentication-managed-identity resource="https://audit.example.com" /></outbound></policies>',
    passes='<set-header name="api-key" exists-action="delete" /><authentication-managed-identity resource="https://audit.example.com" />',
)
def disputed_section(subject: RuleContext) -> Iterator[Problem]:
    for located in subject.statements():
        schema = POLICIES.get(located.name)
        if schema and located.section in schema.elsewhere:
            yield (
                located.path,
                f"<{located.name}> may not work in <{located.section}>; its page lists {', '.join(sorted(schema.sections))}.",
            )


@rule(
    "not-for-websocket",
    "warning",
    "A policy that is for another kind of API or gateway, or for bodies: on a handshake it has no effect, or is refused.",
    remedy="Omit it here; use it where it has an effect.",
    source="the page of each policy, first paragraph and Usage: Gateways",
    fails='<find-and-replace from="north" to="south" />',
    passes='<set-query-parameter name="site"><value>south</value></set-query-parameter>',
)
def not_for_websocket(subject: RuleContext) -> Iterator[Problem]:
    for located in subject.statements(*OTHER):
        yield located.path, f"<{located.name}> is for {OTHER[located.name]}."


@rule(
    "unknown-policy",
    "warning",
    "A policy that the reference does not list; misspelled, or newer than these rules.",
    remedy="Check the spelling in the policy reference; if it is right, the service validates it at deployment.",
    source="api-management-policies (policy reference)",
    fails="<rate-limits />",
    passes='<rate-limit calls="5" renewal-period="60" />',
)
def unknown_policy(subject: RuleContext) -> Iterator[Problem]:
    for located in subject.statements():
        if located.name not in POLICIES and located.name not in {"inbound", "backend", "outbound", "on-error"}:
            yield located.path, f"<{located.name}> is not a policy of the reference."


@rule(
    "once-only",
    "error",
    "A policy that may be used once per policy definition is used again.",
    remedy="Keep one; for several limits use rate_limit_by_key.",
    source="rate-limit-policy and quota-policy, Usage notes",
    fails='<rate-limit calls="5" renewal-period="60" /><rate-limit calls="50" renewal-period="300" />',
    passes='<rate-limit calls="5" renewal-period="60" />',
)
def once_only(subject: RuleContext) -> Iterator[Problem]:
    first_uses: dict[tuple[str, str | None], Element] = {}
    for located in subject.statements():
        schema = POLICIES.get(located.name)
        first = first_uses.setdefault((located.name, located.fragment), located.element)
        if schema and schema.once and first is not located.element:
            yield located.path, f"<{located.name}> can be used only once per policy definition."


@rule(
    "response-body",
    "warning",
    "set-body inside return-response: set-body is unsupported on onHandshake, and the documentation does not say whether this use is supported.",
    remedy="Leave the body out; the status and its reason reach the client, and browsers show no body of a refused handshake anyway.",
    source=_WEBSOCKET_PAGE,
    fails='<return-response><set-status code="403" reason="Forbidden" /><set-body>No.</set-body></return-response>',
    passes='<return-response><set-status code="403" reason="Forbidden" /></return-response>',
)
def response_body(subject: RuleContext) -> Iterator[Problem]:
    for located in subject.elements:
        if located.name == "set-body" and located.parents and located.parents[-1].name == "return-response":
            yield located.path, "The service may refuse <set-body> in a <return-response> on onHandshake."


@rule(
    "inherited-skipped",
    "warning",
    "A policy of a wider scope (product, all APIs) that onHandshake does not support is silently skipped at run time.",
    remedy="Do not rely on it here: protect the handshake in its own policy, e.g. with ready.allowed_origins in place of cors.",
    source=_WEBSOCKET_PAGE,
    fails=example("", inherited=("<policies><inbound><cors /></inbound></policies>",)),
    passes=example(
        "",
        inherited=('<policies><inbound><ip-filter action="allow"><address>192.0.2.1</address></ip-filter></inbound></policies>',),
    ),
)
def inherited_skipped(subject: RuleContext) -> Iterator[Problem]:
    statements = [node for root in subject.inherited for section in root.children for node in section.children]
    names = {located.name for located in locate_elements({"inbound": statements}) if located.statement}
    for name in sorted(names & UNSUPPORTED.keys()):
        yield "", f"The inherited <{name}> will not run on this API's handshake."
