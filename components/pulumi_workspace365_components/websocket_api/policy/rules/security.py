"""What a handshake should do for the safety of clients, keys and backends."""

from collections.abc import Iterator

from pulumi_workspace365_components.websocket_api.policy.ast import is_deferred
from pulumi_workspace365_components.websocket_api.policy.expressions import is_expression
from pulumi_workspace365_components.websocket_api.policy.named_values import holds_reference
from pulumi_workspace365_components.websocket_api.policy.rules.rule import Problem, RuleContext, example, rule
from pulumi_workspace365_components.websocket_api.policy.rules.tokens import TOKEN_POLICIES

_IDENTITY = '<authentication-managed-identity resource="https://cognitiveservices.azure.com" />'


@rule(
    "origin-check",
    "advice",
    "Browsers are expected, and no policy checks the Origin header: any web site a user visits may open the WebSocket in the user's name "
    "(cross-site WebSocket hijacking; cors is no help, as it cannot be used here).",
    remedy="Add ready.allowed_origins([...]), or check Origin in a choose.",
    source="websocket-api, Unsupported policies (cors); RFC 6455, 10.2",
    fails=example("", browsers=True),
    passes=example(
        '<check-header name="Origin" failed-check-httpcode="403" failed-check-error-message="Origin" ignore-case="true">'
        "<value>https://app.example.com</value></check-header>",
        browsers=True,
    ),
)
def origin_check(subject: RuleContext) -> Iterator[Problem]:
    by_header = any((located.element.literal("name") or "").lower() == "origin" for located in subject.statements("check-header"))
    by_expression = any(is_expression(text) and '"origin"' in text.lower() for _, _, text, _ in subject.texts)
    may_hide_check = any(
        located.shape is None or is_deferred(located.element.get("condition", "")) for located in subject.elements
    )
    if _browsers(subject) and not (by_header or by_expression or may_hide_check or _foreign_fragments(subject)):
        yield "inbound", "No policy checks the Origin header of browsers."


@rule(
    "identity-before-removal",
    "advice",
    "The gateway signs in at the backend with its identity, and the client's own keys and tokens reach the backend too.",
    remedy="Remove them before it, e.g. set_header('Ocp-Apim-Subscription-Key', exists_action='delete'); ready.managed_identity does.",
    source="authentication-managed-identity-policy",
    fails=_IDENTITY,
    passes=f'<set-header name="Ocp-Apim-Subscription-Key" exists-action="delete" />{_IDENTITY}',
)
def identity_before_removal(subject: RuleContext) -> Iterator[Problem]:
    removed = False
    for located in subject.statements():
        removed = removed or (
            located.name in {"set-header", "set-query-parameter"} and located.element.literal("exists-action") == "delete"
        )
        if located.name == "authentication-managed-identity" and not removed and not _foreign_fragments(subject):
            yield located.path, "No credential of the client is removed before <authentication-managed-identity>."


@rule(
    "identity-overwritten",
    "warning",
    "The Authorization header is changed after authentication-managed-identity put its token there.",
    remedy="Change or remove Authorization before it, or use output_token_variable_name.",
    source="authentication-managed-identity-policy: 'will set the value of the token in the Authorization header'",
    fails=f'{_IDENTITY}<set-header name="Authorization" exists-action="delete" />',
    passes=f'<set-header name="Authorization" exists-action="delete" />{_IDENTITY}',
)
def identity_overwritten(subject: RuleContext) -> Iterator[Problem]:
    signed = False
    for located in subject.statements():
        if located.name == "authentication-managed-identity" and located.element.get("output-token-variable-name") is None:
            signed = True
        header = (located.element.literal("name") or "").lower()
        if signed and located.name == "set-header" and header == "authorization" and located.section in {"inbound", "backend"}:
            yield located.path, "This set-header replaces the token of <authentication-managed-identity>."


@rule(
    "secret-in-clear",
    "warning",
    "The policy contains a key or password, which everybody who can read the service, the state or previews can see.",
    remedy="Put it into a secret NamedValue and write named_value(…) here.",
    source="api-management-howto-properties (secret named values)",
    fails='<authentication-basic username="gateway" password="hunter2" />',
    passes=example('<authentication-basic username="gateway" password="{{backend-password}}" />'),
)
def secret_in_clear(subject: RuleContext) -> Iterator[Problem]:
    for located in subject.elements:
        if located.name in {"authentication-basic", "authentication-certificate", "proxy"} and _is_clear(
            located.element.get("password")
        ):
            yield located.path, f"The password of <{located.name}> is in clear text."
        symmetric = located.name == "key" and not any(located.element.get(name) is not None for name in ("n", "certificate-id"))
        if symmetric and _is_clear(located.element.text):
            yield located.path, "A key of validate-jwt is in clear text."
        if located.name == "value" and located.parents and located.parents[-1].name == "set-header":
            header = (located.parents[-1].literal("name") or "").lower()
            if header in {"authorization", "api-key", "x-api-key", "ocp-apim-subscription-key"} and _is_clear(
                located.element.text
            ):
                yield located.path, f"The value of the header {header} is in clear text."


def _browsers(subject: RuleContext) -> bool:
    """Told, or likely: only a client that cannot set headers, as a browser's, sends a token in the query."""
    if subject.browsers is not None:
        return subject.browsers
    return any(located.element.get("query-parameter-name") is not None for located in subject.statements(*TOKEN_POLICIES))


def _foreign_fragments(subject: RuleContext) -> bool:
    declared = {fragment.id for fragment in subject.handshake.fragments}
    return any(located.element.get("fragment-id") not in declared for located in subject.statements("include-fragment"))


def _is_clear(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip()) and not is_expression(value) and not holds_reference(value)
