"""Workspace 365 environments and their settings as Pulumi resources."""

from pulumi_workspace365.environment import Environment
from pulumi_workspace365.exchange import ExchangeSettings
from pulumi_workspace365.sharepoint import SharePointSettings
from pulumi_workspace365.sign_on import OAuth2SignOn

__all__ = ["Environment", "ExchangeSettings", "OAuth2SignOn", "SharePointSettings"]
