"""Rules for tokens: where they are read, and which issuers are accepted."""

from collections.abc import Iterator

from pulumi_workspace365_components.websocket_api.policy.located_elements import LocatedElement
from pulumi_workspace365_components.websocket_api.policy.rules.rule import Problem, RuleContext, rule

TOKEN_POLICIES = ("validate-jwt", "validate-azure-ad-token")
_OPENID = '<openid-config url="https://login.example.com/.well-known/openid-configuration" />'
_AUDIENCE = "<audiences><audience>chat</audience></audiences>"


@rule(
    "token-in-query",
    "advice",
    "A token in the query appears in the logs of gateways, proxies and backends.",
    remedy="Mask the parameter in the API's diagnostics, keep tokens short-lived, and do not forward it to the backend.",
    source="validate-jwt-policy; ApiDiagnostic dataMasking.queryParams",
    fails=f'<validate-jwt query-parameter-name="access_token">{_OPENID}{_AUDIENCE}</validate-jwt>',
    passes=f'<validate-jwt header-name="Authorization">{_OPENID}{_AUDIENCE}</validate-jwt>',
)
def token_in_query(subject: RuleContext) -> Iterator[Problem]:
    for located in subject.statements(*TOKEN_POLICIES):
        if located.element.get("query-parameter-name") is not None:
            yield located.path, f"<{located.name}> reads the token from the query."


@rule(
    "token-audience",
    "advice",
    "Tokens are accepted for any audience: one that was issued for another application opens this API too.",
    remedy="Give the audiences (for validate-azure-ad-token, audiences or client application ids).",
    source="validate-jwt-policy, Elements: 'At least one audience must be specified'",
    fails=f'<validate-jwt header-name="Authorization">{_OPENID}</validate-jwt>',
    passes=f'<validate-jwt header-name="Authorization">{_OPENID}{_AUDIENCE}</validate-jwt>',
)
def token_audience(subject: RuleContext) -> Iterator[Problem]:
    for located in subject.statements(*TOKEN_POLICIES):
        if not _has(located, "audiences", "required-claims", "client-application-ids"):
            yield located.path, f"<{located.name}> names no audience."


@rule(
    "token-keys",
    "warning",
    "validate-jwt has no key to check signatures with, so it refuses every signed token.",
    remedy="Give openid_configs or issuer_signing_keys.",
    source="validate-jwt-policy, Elements",
    fails=f'<validate-jwt header-name="Authorization">{_AUDIENCE}</validate-jwt>',
    passes=f'<validate-jwt header-name="Authorization">{_OPENID}{_AUDIENCE}</validate-jwt>',
)
def token_keys(subject: RuleContext) -> Iterator[Problem]:
    for located in subject.statements("validate-jwt"):
        if not _has(located, "openid-config", "issuer-signing-keys"):
            yield located.path, "<validate-jwt> has neither openid-config nor issuer-signing-keys."


@rule(
    "unsigned-tokens",
    "warning",
    "Unsigned or never expiring tokens are accepted; anyone can write an unsigned one.",
    remedy="Leave require-signed-tokens and require-expiration-time at true.",
    source="validate-jwt-policy, Attributes",
    fails=f'<validate-jwt header-name="Authorization" require-signed-tokens="false">{_OPENID}{_AUDIENCE}</validate-jwt>',
    passes=f'<validate-jwt header-name="Authorization" require-signed-tokens="true">{_OPENID}{_AUDIENCE}</validate-jwt>',
)
def unsigned_tokens(subject: RuleContext) -> Iterator[Problem]:
    for located in subject.statements("validate-jwt"):
        for name in ("require-signed-tokens", "require-expiration-time"):
            if (located.element.literal(name) or "").lower() == "false":
                yield located.path, f"{name} of <validate-jwt> is false."


@rule(
    "entra-clients",
    "warning",
    "validate-azure-ad-token names no client application ids, which the reference requires.",
    remedy="Give client_application_ids; without them a token of any application of the tenant passes.",
    source="validate-azure-ad-token-policy, Elements",
    fails=f'<validate-azure-ad-token tenant-id="contoso.example">{_AUDIENCE}</validate-azure-ad-token>',
    passes='<validate-azure-ad-token tenant-id="contoso.example"><client-application-ids><application-id>a</application-id></client-application-ids></validate-azure-ad-token>',
)
def entra_clients(subject: RuleContext) -> Iterator[Problem]:
    for located in subject.statements("validate-azure-ad-token"):
        if not _has(located, "client-application-ids"):
            yield located.path, "<validate-azure-ad-token> names no client application ids."


def _has(located: LocatedElement, *names: str) -> bool:
    return any(child.name in names for child in located.element.children)
