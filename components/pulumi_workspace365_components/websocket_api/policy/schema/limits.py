"""Policies that limit how often clients connect (reference: the pages of rate-limit, rate-limit-by-key, quota, limit-concurrency)."""

from pulumi_workspace365_components.websocket_api.policy.schema.attribute_types import integer, moment, period, text
from pulumi_workspace365_components.websocket_api.policy.schema.model import INBOUND, Attribute, Child, Policy, Shape

_CALLS = integer(1, required=True, expression=False)
_WINDOW = period(1, 300, expression=False)
_WHICH = {"name": text(expression=False), "id": text(expression=False)}
_OPERATION = Shape({**_WHICH, "calls": _CALLS, "renewal-period": _WINDOW}, at_least_one=(("name", "id"),))
_API = Shape(
    {**_WHICH, "calls": _CALLS, "renewal-period": _WINDOW},
    (Child("operation", _OPERATION, 0, None),),
    at_least_one=(("name", "id"),),
)
_ANSWERS: dict[str, Attribute] = {
    "retry-after-header-name": text(expression=False, default="Retry-After"),
    "retry-after-variable-name": text(expression=False),
    "remaining-calls-header-name": text(expression=False),
    "remaining-calls-variable-name": text(expression=False),
    "total-calls-header-name": text(expression=False),
}
_QUOTA = {"calls": integer(1, expression=False), "bandwidth": integer(1, expression=False)}

POLICIES = {
    "rate-limit": Policy(
        Shape({"calls": _CALLS, "renewal-period": _WINDOW, **_ANSWERS}, (Child("api", _API, 0, None),)), INBOUND, once=True
    ),
    "rate-limit-by-key": Policy(
        Shape(
            {
                "calls": integer(1, required=True),
                "renewal-period": period(1, 300, expression=True),
                "counter-key": text(required=True),
                "increment-condition": text(),
                "increment-count": integer(0, default="1"),
                "increment-after-response": text(),
                **_ANSWERS,
            }
        ),
        INBOUND,
    ),
    "quota": Policy(
        Shape(
            {**_QUOTA, "renewal-period": period(300, None, endless=True, expression=False)},
            (Child("api", Shape(holds="anything"), 0, None),),
            at_least_one=(("calls", "bandwidth"),),
        ),
        INBOUND,
        once=True,
    ),
    "quota-by-key": Policy(
        Shape(
            {
                **_QUOTA,
                "renewal-period": period(300, None, endless=True, expression=False),
                "counter-key": text(required=True),
                "increment-condition": text(),
                "increment-count": integer(0, default="1"),
                "first-period-start": moment(),
            },
            at_least_one=(("calls", "bandwidth"),),
        ),
        INBOUND,
    ),
    "limit-concurrency": Policy(
        Shape({"key": text(required=True), "max-count": integer(1, required=True, expression=False)}, holds="policies")
    ),
}
