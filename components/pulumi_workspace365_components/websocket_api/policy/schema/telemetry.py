"""Policies that send telemetry (reference: trace, emit-metric, log-to-eventhub)."""

from pulumi_workspace365_components.websocket_api.policy.schema.attribute_types import choice, text
from pulumi_workspace365_components.websocket_api.policy.schema.model import TEXT, Child, Policy, Shape

_NAME = text(required=True, expression=False)

POLICIES = {
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
            {"logger-id": text(required=True, expression=None), "partition-id": text(expression=False), "partition-key": text()},
            holds="text",
            at_most_one=(("partition-id", "partition-key"),),
        )
    ),
}
