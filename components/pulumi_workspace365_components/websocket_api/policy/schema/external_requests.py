"""Policies that send requests to other services (reference: send-request, send-one-way-request)."""

from pulumi_workspace365_components.websocket_api.policy.schema.attribute_types import boolean, choice, integer, text
from pulumi_workspace365_components.websocket_api.policy.schema.model import TEXT, Child, Policy, Shape
from pulumi_workspace365_components.websocket_api.policy.schema.request import AUTHENTICATION, PROXY, SET_BODY, SET_HEADER

_SENT = (
    Child("set-url", TEXT),
    Child("set-method", TEXT),
    Child("set-header", SET_HEADER, 0, None),
    Child("set-body", SET_BODY),
    *(Child(name, shape) for name, shape in AUTHENTICATION.items()),
    Child("proxy", PROXY),
)
_MODE = choice("new", "copy", default="new")

POLICIES = {
    "send-request": Policy(
        Shape(
            {
                "mode": _MODE,
                "response-variable-name": text(required=True, expression=False),
                "timeout": integer(1, default="60"),
                "ignore-error": boolean(default="false"),
            },
            _SENT,
        )
    ),
    "send-one-way-request": Policy(Shape({"mode": _MODE, "timeout": integer(1)}, _SENT)),
}
