"""Workspace 365 environments and their settings as Pulumi resources.

Names are loaded when they are first used: the host that serves the providers starts without what it does not need.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi_workspace365.environment import Environment
    from pulumi_workspace365.exchange import ExchangeSettings
    from pulumi_workspace365.sharepoint import SharePointSettings
    from pulumi_workspace365.sign_on import OAuth2SignOn

__all__ = ["Environment", "ExchangeSettings", "OAuth2SignOn", "SharePointSettings"]

_MODULES = {
    "Environment": "environment",
    "ExchangeSettings": "exchange",
    "OAuth2SignOn": "sign_on",
    "SharePointSettings": "sharepoint",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return [*globals(), *_MODULES]
