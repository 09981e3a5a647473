"""A handshake written as an object is the typed one, and as strictly judged."""

from typing import Any

import pulumi
import pytest

from pulumi_workspace365_components import policies
from pulumi_workspace365_components.package.handshake import HandshakeArgs
from pulumi_workspace365_components.package.marshalling import arguments

DOCUMENT = policies.Handshake(inbound=[policies.set_header("X-Key", "{{key}}")]).xml()


def handshake(**given: Any) -> policies.Handshake:
    return HandshakeArgs(**arguments(HandshakeArgs, given)).typed()


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


def test_a_document_comes_with_its_named_values_and_fragments() -> None:
    fragment = '<fragment><set-header name="X-Marked" exists-action="override"><value>1</value></set-header></fragment>'
    made = handshake(xml=DOCUMENT, namedValues=[{"name": "key", "value": "v"}], fragments=[{"id": "mark", "xml": fragment}])
    assert made.xml() == DOCUMENT
    assert [item.name for item in made.named_values] == ["key"]
    assert [item.id for item in made.fragments] == ["mark"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "give either xml or some of"),
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
