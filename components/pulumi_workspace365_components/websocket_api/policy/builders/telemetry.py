"""Builders for telemetry: traces, metrics and events."""

from typing import Literal

from pulumi_workspace365_components.websocket_api.policy.ast import Element, Number, Text, element, policy


def trace(
    source: Text,
    message: Text,
    *metadata: tuple[Text, Text],
    severity: Literal["verbose", "information", "error"] | None = None,
) -> Element:
    """Adds a line to traces and logs, once per handshake (reference: trace-policy). Sections inbound, backend, outbound.

    Args:
        source: who says it.
        message: what is said.
        metadata: names and values of properties.
        severity: ``verbose`` if left out.
    """
    pairs = (element("metadata", attributes={"name": name, "value": value}) for name, value in metadata)
    return policy("trace", element("message", message), *pairs, source=source, severity=severity)


def emit_metric(
    name: Text, *dimensions: Text | tuple[Text, Text], value: Number | None = None, namespace: Text | None = None
) -> Element:
    """Counts handshakes in Application Insights (reference: emit-metric-policy). All sections.

    Args:
        name: of the metric.
        dimensions: one to ten: a default one by its name (``API ID``, ``Subscription ID``, …), or name and value.
        value: 1 if left out.
        namespace: ``API Management`` if left out.
    """
    pairs = (item if isinstance(item, tuple) else (item, None) for item in dimensions)
    children = (element("dimension", attributes={"name": key, "value": text}) for key, text in pairs)
    return policy("emit-metric", *children, name=name, value=value, namespace=namespace)


def log_to_eventhub(
    logger_id: Text, message: Text, *, partition_id: Number | None = None, partition_key: Text | None = None
) -> Element:
    """Sends a message of at most 200 KB to an event hub, once per handshake (reference: log-to-eventhub-policy). All sections.

    Args:
        logger_id: a logger of the service.
        message: an expression that gives a text, or a text.
        partition_id: the partition. Give at most one of the two.
        partition_key: what chooses the partition.
    """
    return policy("log-to-eventhub", message, logger_id=logger_id, partition_id=partition_id, partition_key=partition_key)
