"""Policies that change the request and choose the backend (reference: set-*, rewrite-uri, authentication-*, forward-request, …)."""

from pulumi_workspace365_components.websocket_api.policy.schema.attribute_types import boolean, choice, integer, text
from pulumi_workspace365_components.websocket_api.policy.schema.model import INBOUND, REQUEST, TEXT, Child, Policy, Shape

_ACTION = choice("override", "skip", "append", "delete", default="override")
_NAMED = {"name": text(required=True), "exists-action": _ACTION}
SET_HEADER = Shape(_NAMED, (Child("value", TEXT, 0, None),))
SET_BODY = Shape(
    {
        "template": choice("liquid", "none"),
        "xsi-nil": choice("blank", "null", default="blank", expression=False),
        "parse-date": boolean(expression=False),
    },
    holds="anything",
)
_IDENTITY = Shape(
    {
        "resource": text(required=True),
        "client-id": text(expression=None),
        "output-token-variable-name": text(expression=False),
        "ignore-error": boolean(default="false"),
    }
)
_BASIC = Shape({"username": text(required=True), "password": text(required=True)})
_CERTIFICATE = Shape(
    {"thumbprint": text(), "certificate-id": text(), "body": text(), "password": text()},
    exactly_one=(("thumbprint", "certificate-id", "body"),),
)
PROXY = Shape({"url": text(required=True), "username": text(), "password": text()})
_FABRIC = ("sf-resolve-condition", "sf-service-instance-name", "sf-partition-key", "sf-listener-name", "sf-replica-type")
_DAPR = ("dapr-app-id", "dapr-method", "dapr-namespace")
_BUFFER = boolean(default="false")
_RESPONSE = frozenset({"outbound", "on-error"})

AUTHENTICATION = {
    "authentication-managed-identity": _IDENTITY,
    "authentication-basic": _BASIC,
    "authentication-certificate": _CERTIFICATE,
}

POLICIES = {
    **{name: Policy(shape, INBOUND) for name, shape in AUTHENTICATION.items()},
    "authentication-managed-identity": Policy(_IDENTITY, INBOUND, elsewhere=frozenset({"outbound"})),
    "get-authorization-context": Policy(
        Shape(
            {
                "provider-id": text(required=True),
                "authorization-id": text(required=True),
                "context-variable-name": text(required=True),
                "identity-type": choice("managed", "jwt", default="managed"),
                "identity": text(),
                "ignore-error": boolean(default="false"),
            }
        ),
        INBOUND,
        elsewhere=frozenset({"backend", "outbound"}),
    ),
    "set-backend-service": Policy(
        Shape(
            {"base-url": text(), "backend-id": text(), **{name: text() for name in (*_FABRIC, *_DAPR)}},
            exactly_one=(("base-url", "backend-id"),),
        ),
        REQUEST,
        elsewhere=_RESPONSE,
    ),
    "rewrite-uri": Policy(Shape({"template": text(required=True), "copy-unmatched-params": boolean(default="true")}), INBOUND),
    "set-query-parameter": Policy(Shape(_NAMED, (Child("value", TEXT, 0, None),)), REQUEST, elsewhere=_RESPONSE),
    "set-header": Policy(SET_HEADER),
    "forward-request": Policy(
        Shape(
            {
                "timeout": integer(0, default="300"),
                "timeout-ms": integer(0),
                "continue-timeout": integer(0),
                "http-version": choice("1", "2", "2or1", default="1"),
                "follow-redirects": _BUFFER,
                "buffer-request-body": _BUFFER,
                "buffer-response": boolean(default="true"),
                "fail-on-error-status-code": _BUFFER,
            },
            at_most_one=(("timeout", "timeout-ms"),),
        ),
        frozenset({"backend"}),
    ),
    "proxy": Policy(PROXY, INBOUND),
}
