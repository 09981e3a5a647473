"""Rules that judge a handshake before it is sent: at preview, and in unit tests without Pulumi.

``validate(handshake)`` gives the findings; docs/rules.md lists the rules, with a page each.
"""

from collections.abc import Sequence

from pulumi_workspace365_components.websocket_api.policy import parsing
from pulumi_workspace365_components.websocket_api.policy.ast import Text
from pulumi_workspace365_components.websocket_api.policy.handshake import Handshake
from pulumi_workspace365_components.websocket_api.policy.rules import (
    allowed_policies,
    attributes,
    children,
    expressions,
    fragments,
    headers,
    sections,
    security,
    service,
    tokens,
)
from pulumi_workspace365_components.websocket_api.policy.rules.finding import SEVERITIES, Finding, Severity, errors
from pulumi_workspace365_components.websocket_api.policy.rules.rule import Example, Rule, RuleContext

RULES: tuple[Rule, ...] = tuple(
    item
    for module in (allowed_policies, headers, expressions, attributes, children, sections, fragments, service, tokens, security)
    for item in vars(module).values()
    if isinstance(item, Rule)
)
"""All rules, in the order of docs/rules.md."""


def validate(
    handshake: Handshake,
    *,
    sku: Text | None = None,
    service_url: Text | None = None,
    browsers: bool | None = None,
    subscription_required: bool | None = None,
    inherited: Sequence[str] = (),
) -> list[Finding]:
    """The findings about a handshake, errors first. Deferred and omitted values are unknown and are not validated.

    Args:
        handshake: what is to be deployed; judge it again once its deferred values are resolved.
        sku: the service's tier, like ``StandardV2``.
        service_url: the API's backend URL.
        browsers: whether browsers connect; None: taken from where the token is read.
        subscription_required: whether the API requires a subscription key.
        inherited: the policy documents (XML) of wider scopes: product, all APIs.

    Raises:
        PolicyError: an inherited document is no XML.
    """
    documents = tuple(parsing.parse(text) for text in inherited)
    subject = RuleContext(handshake, handshake.located_elements(), sku, service_url, browsers, subscription_required, documents)
    findings = dict.fromkeys(finding for rule in RULES for finding in rule.findings(subject))
    return sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity))


__all__ = ["RULES", "Example", "Finding", "Rule", "Severity", "errors", "validate"]
