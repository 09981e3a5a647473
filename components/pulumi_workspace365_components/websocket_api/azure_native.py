"""azure-native, of which a WebSocket API is made. A stack of environments alone does without it, so it comes with an extra."""

import pulumi

try:
    from pulumi_azure_native import apimanagement, monitor
except ModuleNotFoundError as problem:
    if problem.name != "pulumi_azure_native":
        raise
    raise pulumi.RunError(
        "WebSocketApi and WebSocketMonitoring are made of azure-native resources, and azure-native is not installed in this "
        "environment: install pulumi-workspace365[apim] (not released yet: `make wheels` in a clone builds it)."
    ) from problem

__all__ = ["apimanagement", "monitor"]
