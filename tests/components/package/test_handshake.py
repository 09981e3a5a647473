"""A handshake written as an object is the typed one, and as strictly judged."""

from typing import Any

import pulumi
import pytest

from pulumi_workspace365_components import policies
from pulumi_workspace365_components.package.marshalling import arguments
from pulumi_workspace365_components.websocket_api.handshake_args import HandshakeArgs

DOCUMENT = policies.Handshake(inbound=[policies.set_header("X-Key", "{{key}}")]).xml()


def handshake(**given: Any) -> policies.Handshake:
    return HandshakeArgs(**arguments(HandshakeArgs, given)).built()


def test_ready_made_parts_run_in_the_order_in_which_they_protect() -> None:
    made = handshake(
        managedIdentity={"resource": "https://backend.example.com"},
        rateLimit={"calls": 5.0, "renewalPeriod": 60.0, "per": "client_address"},
        jwt={
            "audiences": ["chat"],
            "openidConfig": "https://login.example.com/oidc",
            "query": "access_token",
            "forwardToken": False,
        },
        allowedOrigins=["https://app.example.com"],
    )
    names = [element.name for element in made.inbound if element.name not in {"base", "set-header", "set-query-parameter"}]
    assert names == ["check-header", "validate-jwt", "rate-limit-by-key", "authentication-managed-identity"]
    assert 'calls="5"' in made.xml()


LIMIT = {"calls": 5, "renewal_period": 10}
PER_SUBSCRIPTION = '<rate-limit calls="5" renewal-period="10" />'
PER_ADDRESS = '<rate-limit-by-key calls="5" counter-key="@(context.Request.IpAddress)" renewal-period="10" />'


@pytest.mark.parametrize(
    ("given", "element"),
    [
        ({"rate_limit": LIMIT}, PER_SUBSCRIPTION),
        ({"rate_limit_per_address": LIMIT}, PER_ADDRESS),
        ({"limit": {"calls": 5, "seconds": 10}}, PER_ADDRESS),
        ({"rate_limit": {**LIMIT, "per": "subscription"}}, PER_SUBSCRIPTION),
        ({"rate_limit": {**LIMIT, "per": "client_address"}}, PER_ADDRESS),
    ],
)
def test_a_limit_counts_per_subscription_unless_it_is_per_address_by_any_of_its_names(
    given: dict[str, Any], element: str
) -> None:
    limits = [line.strip() for line in HandshakeArgs(**given).built().xml().splitlines() if "rate-limit" in line]
    assert limits == [element]


def test_both_limits_are_kept_beside_each_other() -> None:
    names = [element.name for element in HandshakeArgs(rate_limit=LIMIT, rate_limit_per_address=LIMIT).built().inbound]
    assert names == ["base", "rate-limit", "rate-limit-by-key"]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"limit": LIMIT, "rate_limit_per_address": LIMIT}, "limit: it is the earlier name of rate_limit_per_address"),
        ({"origins": [], "allowed_origins": []}, "origins: it is the earlier name of allowed_origins"),
        ({"limit": {**LIMIT, "seconds": 3}}, "seconds: it is the earlier name of renewal_period"),
        ({"rate_limit": {"calls": 0}}, "rate_limit.calls: Input should be greater than or equal to 1"),
        (
            {"rate_limit": {"calls": 1, "renewal_period": 301}},
            "rate_limit.renewal_period: Input should be less than or equal to 300",
        ),
    ],
)
def test_a_limit_that_cannot_be_is_named(given: dict[str, Any], reason: str) -> None:
    with pytest.raises(TypeError, match=reason):
        HandshakeArgs(**given)


@pytest.mark.parametrize(
    "given",
    [
        {"rate_limit_per_address": {**LIMIT, "per": "subscription"}},
        {"rate_limit_per_address": LIMIT, "rate_limit": {**LIMIT, "per": "client_address"}},
    ],
)
def test_limits_that_contradict_each_other_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(policies.PolicyError, match="per='"):
        HandshakeArgs(**given).built()


def test_without_anything_only_wider_policies_run() -> None:
    assert HandshakeArgs().built() == policies.Handshake()


def test_a_document_comes_with_its_named_values_and_fragments() -> None:
    fragment = '<fragment><set-header name="X-Marked" exists-action="override"><value>1</value></set-header></fragment>'
    made = handshake(xml=DOCUMENT, namedValues=[{"name": "key", "value": "v"}], fragments=[{"id": "mark", "xml": fragment}])
    assert made.xml() == DOCUMENT
    assert [item.name for item in made.named_values] == ["key"]
    assert [item.id for item in made.fragments] == ["mark"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"xml": DOCUMENT, "allowedOrigins": ["https://app.example.com"]}, "give either xml or some of"),
        ({"allowedOrigins": ["*"]}, r"no origin"),
        ({"xml": "<policies>"}, "well-formed"),
        ({"xml": DOCUMENT, "fragments": [{"id": "a b", "xml": "<fragment/>"}]}, "'a b'"),
        ({"jwt": {"audiences": [], "openidConfig": "https://login.example.com/oidc"}}, "give the audiences"),
        ({"namedValues": [{"name": "key"}], "xml": DOCUMENT}, "'key'"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(given: dict[str, Any], message: str) -> None:
    with pytest.raises(policies.PolicyError, match=message):
        handshake(**given)


@pytest.mark.parametrize(
    "given",
    [
        {"xlm": "<policies/>"},
        {"jwt": {"audience": ["chat"]}},
        {"rateLimit": {"calls": 5, "renewalPeriod": 60, "per": "day"}},
        {"rateLimit": {"calls": 5.5, "renewalPeriod": 60}},
    ],
)
def test_an_argument_that_cannot_be_is_named(given: dict[str, Any]) -> None:
    with pytest.raises(pulumi.RunError, match=r"xlm|audience|per:|calls:"):
        handshake(**given)
