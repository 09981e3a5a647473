"""What the package offers: each component, and its arguments as they come over the wire."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from pulumi_workspace365_components.arguments import Arguments
from pulumi_workspace365_components.websocket_api.arguments import WebSocketApiArgs
from pulumi_workspace365_components.websocket_api.component import WebSocketApi
from pulumi_workspace365_components.websocket_api.handshake_args import HandshakeArgs
from pulumi_workspace365_components.websocket_api.monitoring import WebSocketMonitoring, WebSocketMonitoringArgs


class WebSocketApiInputs(WebSocketApiArgs):
    """The arguments of a WebSocketApi with a handshake that any language can write."""

    handshake: HandshakeArgs | None = None  # in place of the typed policy, which is Python
    """The policy of `onHandshake`."""


class WebSocketMonitoringInputs(WebSocketMonitoringArgs):
    """The arguments of a WebSocketMonitoring without ``None``, which other languages do not send."""

    failed_connections: pulumi.Input[float] = 5.0
    """More failed connections than this within ``window`` raise the alert."""
    alert: bool = True
    """Whether failed connections raise an alert."""


def _websocket_api_args(given: Mapping[str, Any]) -> WebSocketApiArgs:
    if not isinstance(given.get("handshake"), HandshakeArgs | None):
        raise pulumi.RunError(
            "handshake: it must be an object that is known when the program runs; put values that are known later into namedValues."
        )
    return WebSocketApiArgs(**given)


def _monitoring_args(given: Mapping[str, Any]) -> WebSocketMonitoringArgs:
    alert = given.get("alert", True)
    if not isinstance(alert, bool):
        raise pulumi.RunError("WebSocketMonitoringArgs: alert: it must be true or false, and known when the program runs.")
    arguments = {name: value for name, value in given.items() if name != "alert"}
    return WebSocketMonitoringArgs(**arguments if alert else {**arguments, "failed_connections": None})


@dataclass(frozen=True)
class ComponentSpec:
    """One component of the package.

    Args:
        component: its class.
        inputs: its arguments on the wire.
        args: makes the component's arguments of them.
    """

    component: type[pulumi.ComponentResource]
    inputs: type[Arguments]
    args: Callable[..., Arguments]


COMPONENTS = {
    "workspace365:index:WebSocketApi": ComponentSpec(
        WebSocketApi, WebSocketApiInputs, lambda **given: _websocket_api_args(given)
    ),
    "workspace365:index:WebSocketMonitoring": ComponentSpec(
        WebSocketMonitoring, WebSocketMonitoringInputs, lambda **given: _monitoring_args(given)
    ),
}
"""By type token, which is persisted in users' states."""
