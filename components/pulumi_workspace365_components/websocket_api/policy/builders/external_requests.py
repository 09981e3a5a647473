"""The builder for requests to other services while a handshake is decided."""

from collections.abc import Sequence
from typing import Literal

from pulumi_workspace365_components.websocket_api.policy.ast import Element, Flag, Number, Text, element, policy


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
