"""The API and the service around the handshake: tier, service URL, size, subscription."""

from collections.abc import Iterator

from pulumi_workspace365_components.websocket_api.policy.errors import PolicyError
from pulumi_workspace365_components.websocket_api.policy.rules.rule import Problem, RuleContext, example, rule

CLASSIC = frozenset({"Developer", "Basic", "Standard", "Premium"})
V2 = frozenset({"BasicV2", "StandardV2", "PremiumV2"})
LARGEST_DOCUMENT = 512 * 1024
"""Bytes of a policy document or a fragment (classic and v2 tiers)."""

_LIMITS = "api-management-gateway-constraints"
_GATEWAYS = "api-management-gateways-overview"
_INHERITED = '<policies><inbound><set-backend-service backend-id="main" /></inbound></policies>'
_QUOTA = '<quota-by-key calls="1000" renewal-period="3600" counter-key="@(context.Request.IpAddress)" />'


@rule(
    "tier",
    "error",
    "The Consumption tier has no WebSocket APIs.",
    remedy="Use Developer, Basic, Standard, Premium or one of the v2 tiers.",
    source="websocket-api, availability; " + _GATEWAYS,
    fails=example("", sku="Consumption"),
    passes=example("", sku="StandardV2"),
)
def tier(subject: RuleContext) -> Iterator[Problem]:
    if subject.sku == "Consumption":
        yield "", "A service of the Consumption tier does not support WebSocket APIs."


@rule(
    "tier-unknown",
    "warning",
    "The tier is unknown to these rules, so its limits are not checked.",
    remedy="Check the spelling (like Developer or BasicV2) and the gateways overview.",
    source=_GATEWAYS,
    fails=example("", sku="Isolated"),
    passes=example("", sku="Developer"),
)
def tier_unknown(subject: RuleContext) -> Iterator[Problem]:
    if isinstance(subject.sku, str) and subject.sku not in CLASSIC | V2 | {"Consumption"}:
        yield "", f"The tier {subject.sku!r:.40} is not known here; its limits are not checked."


@rule(
    "tier-policy",
    "warning",
    "A policy that the service's tier may not have: pages of the reference differ on whether quota-by-key is in the v2 tiers.",
    remedy="Use rate_limit_by_key, or a quota on the product, or a classic tier.",
    source="quota-by-key-policy, Usage: Gateways (not in v2); api-management-policies, Rate limiting and quotas (in v2 since 2025)",
    fails=example(_QUOTA, sku="StandardV2"),
    passes=example(_QUOTA, sku="Standard"),
)
def tier_policy(subject: RuleContext) -> Iterator[Problem]:
    if subject.sku in V2:
        for located in subject.statements("quota-by-key"):
            yield located.path, f"The tier {subject.sku} may have no <quota-by-key>."


@rule(
    "document-size",
    "error",
    "The policy or a fragment is larger than 512 KiB.",
    remedy="Move long tables into the backend or into several fragments.",
    source=_LIMITS,
    fails=example(f'<set-variable name="a" value="{"x" * LARGEST_DOCUMENT}" />'),
    passes='<set-variable name="a" value="x" />',
)
def document_size(subject: RuleContext) -> Iterator[Problem]:
    documents = {"": subject.handshake.xml, **{f"fragment[{item.id}]": item.xml for item in subject.handshake.fragments}}
    for where, xml in documents.items():
        try:
            size = len(xml().encode())
        except PolicyError:
            continue  # judged again once its values are known
        if size > LARGEST_DOCUMENT:
            yield where, f"The document has {size} bytes; the service takes {LARGEST_DOCUMENT}."


@rule(
    "service-url",
    "error",
    "The service URL of a WebSocket API is missing or does not begin with ws:// or wss://.",
    remedy="Give the backend's URL as wss://host/path; a placeholder such as wss://set-by-policy.invalid where the policy chooses it.",
    source="websocket-api, WebSocket URL; the service answers 400 \"'serviceUrl' must not be empty.\"",
    fails=example("", service_url="https://chat.example.com"),
    passes=example("", service_url="wss://chat.example.com"),
)
def service_url(subject: RuleContext) -> Iterator[Problem]:
    url = subject.service_url
    if isinstance(url, str) and not _is_socket(url):
        yield "", "service_url does not begin with ws:// or wss://." if url.strip() else "service_url is empty."


@rule(
    "backend-url",
    "warning",
    "set-backend-service sets a URL that does not begin with ws:// or wss://.",
    remedy="Write the backend as wss://…, as in the API's service URL.",
    source="websocket-api; set-backend-service-policy",
    fails='<set-backend-service base-url="https://chat.example.com" />',
    passes='<set-backend-service base-url="wss://chat.example.com" />',
)
def backend_url(subject: RuleContext) -> Iterator[Problem]:
    for located in subject.statements("set-backend-service"):
        url = located.element.literal("base-url")
        if url and not url.lstrip().startswith(("@", "{{")) and not _is_socket(url):
            yield located.path, "base-url does not begin with ws:// or wss://."


@rule(
    "backend-override",
    "warning",
    "A wider scope sets the backend by backend-id, which only a backend-id overrides.",
    remedy="Name a backend of the service here too: set_backend_service(backend_id=…).",
    source="set-backend-service-policy, Usage notes",
    fails=example('<set-backend-service base-url="wss://chat.example.com" />', inherited=(_INHERITED,)),
    passes=example('<set-backend-service backend-id="chat" />', inherited=(_INHERITED,)),
)
def backend_override(subject: RuleContext) -> Iterator[Problem]:
    wider = (node for root in subject.inherited for node in root.walk() if node.name == "set-backend-service")
    if any(node.get("backend-id") is not None for node in wider):
        for located in subject.statements("set-backend-service"):
            if located.element.get("base-url") is not None:
                yield located.path, "The inherited <set-backend-service backend-id=…> wins over base-url."


@rule(
    "rate-limit-subscription",
    "warning",
    "rate-limit counts per subscription: without a subscription key it does nothing.",
    remedy="Require a subscription, or use rate_limit_by_key with a key such as the client's address.",
    source="rate-limit-policy, Usage notes",
    fails=example('<rate-limit calls="5" renewal-period="60" />', subscription_required=False),
    passes=example('<rate-limit calls="5" renewal-period="60" />', subscription_required=True),
)
def rate_limit_subscription(subject: RuleContext) -> Iterator[Problem]:
    if subject.subscription_required is False:
        for located in subject.statements("rate-limit"):
            yield located.path, "<rate-limit> acts only on calls with a subscription key, and the API requires none."


def _is_socket(url: str) -> bool:
    return url.lower().startswith(("ws://", "wss://")) and len(url.split("://", 1)[1].split("/", 1)[0]) > 0
