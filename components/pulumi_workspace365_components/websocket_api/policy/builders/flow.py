"""Builders for control flow, responses, requests to other services, and reports."""

from collections.abc import Sequence
from typing import Literal

from pulumi_workspace365_components.websocket_api.policy import parsing
from pulumi_workspace365_components.websocket_api.policy.ast import Element, Flag, Number, Text, element, policy
from pulumi_workspace365_components.websocket_api.policy.fragments import Fragment


def base() -> Element:
    """Runs the policies of wider scopes here: product, all APIs. Unsupported ones among them are skipped."""
    return Element("base")


def raw(xml: str, *, format: parsing.Format | None = None) -> Element:  # noqa: A002  API Management calls it so
    """Any policy from its XML, in either format; judged by the same rules as a built one.

    Raises:
        PolicyError: it is not well-formed, or not a single element.
    """
    return parsing.parse(xml, format)


def choose(*whens: Element, otherwise: Sequence[Element] = ()) -> Element:
    """Runs the policies of the first :func:`when` that holds, else those of ``otherwise`` (reference: choose-policy). All sections."""
    return policy("choose", *whens, element("otherwise", *otherwise) if otherwise else None)


def when(condition: Flag, *policies: Element) -> Element:
    """A branch of :func:`choose`: an expression that gives true or false, and what runs if it is true."""
    return policy("when", *policies, condition=condition)


def set_variable(name: Text, value: Text | Number | Flag) -> Element:
    """Keeps a value for later expressions, as ``context.Variables["name"]`` (reference: set-variable-policy). All sections."""
    return policy("set-variable", name=name, value=value)


def include_fragment(fragment: Fragment | str) -> Element:
    """Runs a fragment here: one of the handshake's, or the id of one that is in the service. All sections."""
    return policy("include-fragment", fragment_id=fragment.id if isinstance(fragment, Fragment) else fragment)


def return_response(
    code: Number | None = None,
    reason: Text | None = None,
    *,
    headers: Sequence[Element] = (),
    response_variable_name: Text | None = None,
) -> Element:
    """Ends the handshake with an answer (reference: return-response-policy). All sections.

    Args:
        code: the status; 200 if left out, which to a WebSocket client is a refusal too.
        reason: the status's text.
        headers: made with ``set_header``.
        response_variable_name: the variable of a ``send_request`` whose response is returned.
    """
    status = policy("set-status", code=code, reason=reason) if code is not None else None
    return policy("return-response", status, *headers, response_variable_name=response_variable_name)


def send_request(
    response_variable_name: Text,
    url: Text | None = None,
    method: Text | None = None,
    *,
    headers: Sequence[Element] = (),
    body: Text | None = None,
    authentication: Element | None = None,
    mode: Literal["new", "copy"] | None = None,
    timeout: Number | None = None,
    ignore_error: Flag | None = None,
) -> Element:
    """Asks another server, e.g. an authoriser, and keeps its response (reference: send-request-policy). All sections.

    Args:
        response_variable_name: the variable that receives the response.
        url: needed unless ``mode`` is ``copy``, like ``method``.
        method: like ``POST``.
        headers: made with ``set_header``.
        body: the body to send.
        authentication: one of the ``authentication_…`` policies.
        mode: ``new`` (if left out) or ``copy``, which begins with the client's request.
        timeout: seconds; 60 if left out.
        ignore_error: whether an error gives a null response; false if left out.
    """
    return policy(
        "send-request",
        element("set-url", url) if url is not None else None,
        element("set-method", method) if method is not None else None,
        *headers,
        element("set-body", body) if body is not None else None,
        authentication,
        mode=mode,
        response_variable_name=response_variable_name,
        timeout=timeout,
        ignore_error=ignore_error,
    )


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
