"""What a stack of Workspace 365 customers is built from.

Names are imported when they are first used: a program without a WebSocketApi does not load azure-native.
"""

import warnings
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pulumi_workspace365_components.customer import (
        CustomerEnvironment,
        CustomerEnvironmentArgs,
        CustomerEnvironmentArgsDict,
        CustomerTemplateArgs,
        ExchangeArgs,
        SharePointArgs,
        SignOnArgs,
    )
    from pulumi_workspace365_components.customer import (
        TemplateArgs as TemplateArgs,
    )
    from pulumi_workspace365_components.validation.hooks import validate_after_deploy
    from pulumi_workspace365_components.websocket_api import policy as policies
    from pulumi_workspace365_components.websocket_api.arguments import (
        DiagnosticsArgs,
        SubscriptionKeyNamesArgs,
        ValidationArgs,
        WebSocketApiArgs,
        WebSocketApiArgsDict,
    )
    from pulumi_workspace365_components.websocket_api.arguments import (
        SubscriptionKeyNames as SubscriptionKeyNames,
    )
    from pulumi_workspace365_components.websocket_api.arguments import (
        Validation as Validation,
    )
    from pulumi_workspace365_components.websocket_api.component import WebSocketApi
    from pulumi_workspace365_components.websocket_api.handshake_args import (
        BackendArgs,
        FragmentArgs,
        HandshakeArgs,
        HandshakeArgsDict,
        JwtArgs,
        ManagedIdentityArgs,
        NamedValueArgs,
        RateLimitArgs,
    )
    from pulumi_workspace365_components.websocket_api.monitoring import (
        WebSocketMonitoring,
        WebSocketMonitoringArgs,
        WebSocketMonitoringArgsDict,
    )

_HOMES = {
    "BackendArgs": "websocket_api.handshake_args",
    "CustomerEnvironment": "customer",
    "CustomerEnvironmentArgs": "customer",
    "CustomerEnvironmentArgsDict": "customer",
    "CustomerTemplateArgs": "customer",
    "DiagnosticsArgs": "websocket_api.arguments",
    "ExchangeArgs": "customer",
    "FragmentArgs": "websocket_api.handshake_args",
    "HandshakeArgs": "websocket_api.handshake_args",
    "HandshakeArgsDict": "websocket_api.handshake_args",
    "JwtArgs": "websocket_api.handshake_args",
    "ManagedIdentityArgs": "websocket_api.handshake_args",
    "NamedValueArgs": "websocket_api.handshake_args",
    "RateLimitArgs": "websocket_api.handshake_args",
    "SharePointArgs": "customer",
    "SignOnArgs": "customer",
    "SubscriptionKeyNamesArgs": "websocket_api.arguments",
    "ValidationArgs": "websocket_api.arguments",
    "WebSocketApi": "websocket_api.component",
    "WebSocketApiArgs": "websocket_api.arguments",
    "WebSocketApiArgsDict": "websocket_api.arguments",
    "WebSocketMonitoring": "websocket_api.monitoring",
    "WebSocketMonitoringArgs": "websocket_api.monitoring",
    "WebSocketMonitoringArgsDict": "websocket_api.monitoring",
    "validate_after_deploy": "validation.hooks",
}

_EARLIER = {
    "SubscriptionKeyNames": "SubscriptionKeyNamesArgs",
    "TemplateArgs": "CustomerTemplateArgs",
    "Validation": "ValidationArgs",
}
"""The earlier names, each with the one in its place. ``from … import *`` imports none: it would warn of all of them."""

__all__ = [
    "BackendArgs",
    "CustomerEnvironment",
    "CustomerEnvironmentArgs",
    "CustomerEnvironmentArgsDict",
    "CustomerTemplateArgs",
    "DiagnosticsArgs",
    "ExchangeArgs",
    "FragmentArgs",
    "HandshakeArgs",
    "HandshakeArgsDict",
    "JwtArgs",
    "ManagedIdentityArgs",
    "NamedValueArgs",
    "RateLimitArgs",
    "SharePointArgs",
    "SignOnArgs",
    "SubscriptionKeyNamesArgs",
    "ValidationArgs",
    "WebSocketApi",
    "WebSocketApiArgs",
    "WebSocketApiArgsDict",
    "WebSocketMonitoring",
    "WebSocketMonitoringArgs",
    "WebSocketMonitoringArgsDict",
    "policies",
    "validate_after_deploy",
]


def __getattr__(name: str) -> Any:
    if name in _EARLIER:
        return _by_its_earlier_name(name)
    if name == "policies":
        found: Any = import_module(f"{__name__}.websocket_api.policy")
    elif name in _HOMES:
        found = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found
    return found


def _by_its_earlier_name(name: str) -> Any:
    """What has another name now. It is looked up each time, so that each module that uses the earlier name is told."""
    now = _EARLIER[name]
    told = f"{name} of {__name__} is the earlier name of {now}, and will be removed. Use {now}: it is the same class."
    warnings.warn(told, FutureWarning, stacklevel=3)  # which Python shows in any module, a DeprecationWarning only in some
    return __getattr__(now)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
