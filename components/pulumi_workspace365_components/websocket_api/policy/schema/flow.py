"""Policies that steer, ask others and report (reference: choose, retry, wait, return-response, send-request, trace, emit-metric, …)."""

from pulumi_workspace365_components.websocket_api.policy.schema.attribute_types import boolean, choice, integer, text
from pulumi_workspace365_components.websocket_api.policy.schema.model import EVERYWHERE, INBOUND, TEXT, Child, Policy, Shape
from pulumi_workspace365_components.websocket_api.policy.schema.request import AUTHENTICATION, SET_BODY, SET_HEADER

_STATUS = Shape({"code": integer(100, 599, required=True), "reason": text()})
_WHEN = Shape({"condition": text(required=True)}, holds="policies")
_PROXY = Shape({"url": text(required=True), "username": text(), "password": text()})
_SENT = (
    Child("set-url", TEXT),
    Child("set-method", TEXT),
    Child("set-header", SET_HEADER, 0, None),
    Child("set-body", SET_BODY),
    *(Child(name, shape) for name, shape in AUTHENTICATION.items()),
    Child("proxy", _PROXY),
)
_MODE = choice("new", "copy", default="new")
_VARIABLE = text(expression=False)
_NAME = text(required=True, expression=False)
_ON_ERROR = frozenset({"on-error"})

POLICIES = {
    "base": Policy(Shape()),
    "choose": Policy(Shape(children=(Child("when", _WHEN, 1, None), Child("otherwise", Shape(holds="policies"))))),
    "retry": Policy(
        Shape(
            {
                "condition": text(required=True),
                "count": integer(1, 50, required=True),
                "interval": integer(0, required=True),
                "max-interval": integer(0),
                "delta": integer(0),
                "first-fast-retry": boolean(default="false"),
            },
            holds="policies",
        )
    ),
    "wait": Policy(
        Shape({"for": choice("all", "any", default="all")}, holds="policies"), EVERYWHERE - _ON_ERROR, elsewhere=_ON_ERROR
    ),
    "return-response": Policy(
        Shape(
            {"response-variable-name": _VARIABLE},
            (Child("set-status", _STATUS), Child("set-header", SET_HEADER, 0, None), Child("set-body", SET_BODY)),
        )
    ),
    "send-request": Policy(
        Shape(
            {
                "mode": _MODE,
                "response-variable-name": _NAME,
                "timeout": integer(1, default="60"),
                "ignore-error": boolean(default="false"),
            },
            _SENT,
        )
    ),
    "send-one-way-request": Policy(Shape({"mode": _MODE, "timeout": integer(1)}, _SENT)),
    "set-variable": Policy(Shape({"name": _NAME, "value": text(required=True, empty=True)})),
    "set-status": Policy(_STATUS),
    "include-fragment": Policy(Shape({"fragment-id": _NAME})),
    "trace": Policy(
        Shape(
            {"source": _NAME, "severity": choice("verbose", "information", "error", default="verbose")},
            (
                Child("message", TEXT, 1),
                Child("metadata", Shape({"name": text(required=True), "value": text(required=True)}), 0, None),
            ),
            or_text=True,
        )
    ),
    "emit-metric": Policy(
        Shape(
            {"name": _NAME, "namespace": text(expression=False, default="API Management"), "value": text(default="1")},
            (Child("dimension", Shape({"name": text(required=True), "value": text()}), 1, 10),),
        )
    ),
    "log-to-eventhub": Policy(
        Shape(
            {"logger-id": text(required=True, expression=None), "partition-id": _VARIABLE, "partition-key": text()},
            holds="text",
            at_most_one=(("partition-id", "partition-key"),),
        )
    ),
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
    "proxy": Policy(_PROXY, INBOUND),
}
