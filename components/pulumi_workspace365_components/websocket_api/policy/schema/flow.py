"""Policies for control flow (reference: choose, retry, wait, return-response, set-variable, include-fragment)."""

from pulumi_workspace365_components.websocket_api.policy.schema.attribute_types import boolean, choice, integer, text
from pulumi_workspace365_components.websocket_api.policy.schema.model import EVERYWHERE, Child, Policy, Shape
from pulumi_workspace365_components.websocket_api.policy.schema.request import SET_BODY, SET_HEADER

_STATUS = Shape({"code": integer(100, 599, required=True), "reason": text()})
_WHEN = Shape({"condition": text(required=True)}, holds="policies")
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
    "set-variable": Policy(Shape({"name": _NAME, "value": text(required=True, empty=True)})),
    "set-status": Policy(_STATUS),
    "include-fragment": Policy(Shape({"fragment-id": _NAME})),
}
