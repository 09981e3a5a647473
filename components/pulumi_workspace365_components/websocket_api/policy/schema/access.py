"""Policies that decide who may connect (reference: the pages of validate-*, check-header and ip-filter)."""

from pulumi_workspace365_components.websocket_api.policy.schema.attribute_types import boolean, choice, integer, text
from pulumi_workspace365_components.websocket_api.policy.schema.model import (
    INBOUND,
    TEXT,
    Attribute,
    Child,
    Policy,
    Shape,
    listing,
)

_TOKEN = {"header-name": text(), "query-parameter-name": text(), "token-value": text()}
_FAILURE = {
    "failed-validation-httpcode": integer(100, 599, default="401"),
    "failed-validation-error-message": text(),
    "output-token-variable-name": text(expression=False),
}
_KEY = Shape({"id": text(), "certificate-id": text(), "n": text(), "e": text()}, holds="text")
_CLAIMS = Child(
    "required-claims",
    Shape(
        children=(
            Child(
                "claim",
                Shape(
                    {"name": text(required=True), "match": choice("all", "any", default="all"), "separator": text()},
                    (Child("value", TEXT, 0, None),),
                ),
                1,
                None,
            ),
        )
    ),
)
_IDENTITY: dict[str, Attribute] = {
    name: text()
    for name in (
        "thumbprint",
        "serial-number",
        "common-name",
        "subject",
        "dns-name",
        "issuer-subject",
        "issuer-thumbprint",
        "issuer-certificate-id",
    )
}
_CHECKED = boolean(default="true", expression=False)

POLICIES = {
    "validate-jwt": Policy(
        Shape(
            {
                **_TOKEN,
                **_FAILURE,
                "require-expiration-time": boolean(default="true"),
                "require-scheme": text(),
                "require-signed-tokens": boolean(default="true"),
                "clock-skew": integer(0, default="0"),
            },
            (
                Child("openid-config", Shape({"url": text(required=True)}), 0, None),
                listing("issuer-signing-keys", "key", _KEY),
                listing("decryption-keys", "key", _KEY),
                listing("audiences", "audience"),
                listing("issuers", "issuer"),
                _CLAIMS,
            ),
            exactly_one=(("header-name", "query-parameter-name", "token-value"),),
        ),
        INBOUND,
    ),
    "validate-azure-ad-token": Policy(
        Shape(
            {"tenant-id": text(required=True), **_TOKEN, "header-name": text(default="Authorization"), **_FAILURE},
            (
                listing("client-application-ids", "application-id"),
                listing("backend-application-ids", "application-id"),
                listing("audiences", "audience"),
                _CLAIMS,
                listing("decryption-keys", "key", _KEY),
            ),
            at_most_one=(("header-name", "query-parameter-name", "token-value"),),
        ),
        INBOUND,
    ),
    "validate-client-certificate": Policy(
        Shape(
            {
                "validate-revocation": _CHECKED,
                "validate-trust": _CHECKED,
                "validate-not-before": _CHECKED,
                "validate-not-after": _CHECKED,
                "ignore-error": boolean(default="false", expression=False),
            },
            (
                Child(
                    "identities", Shape(children=(Child("identity", Shape(_IDENTITY, at_least_one=(tuple(_IDENTITY),)), 1, 10),))
                ),
            ),
        ),
        INBOUND,
    ),
    "check-header": Policy(
        Shape(
            {
                "name": text(required=True),
                "failed-check-httpcode": integer(100, 599, required=True),
                "failed-check-error-message": text(required=True, empty=True),
                "ignore-case": boolean(required=True, expression=None),
            },
            (Child("value", TEXT, 0, None),),
        ),
        INBOUND,
    ),
    "ip-filter": Policy(
        Shape(
            {"action": choice("allow", "forbid", required=True)},
            (
                Child("address", TEXT, 0, None),
                Child("address-range", Shape({"from": text(required=True), "to": text(required=True)}), 0, None),
            ),
            any_order=True,
            some_child=True,
        ),
        INBOUND,
    ),
}
