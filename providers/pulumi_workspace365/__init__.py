"""Workspace 365 environments and their settings as Pulumi resources.

Names are loaded when they are first used: the host that serves the providers starts without what it does not need.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from pulumi_dynamic_host import excepthooks, interpreter_exit
from pulumi_workspace365.api import vault_reading

if TYPE_CHECKING:
    from pulumi_workspace365.apim.connectivity_check import ConnectivityCheck, ConnectivityCheckArgs, ConnectivityCheckArgsDict
    from pulumi_workspace365.environment import Environment, EnvironmentArgs, EnvironmentArgsDict
    from pulumi_workspace365.exchange import ExchangeSettings, ExchangeSettingsArgs, ExchangeSettingsArgsDict
    from pulumi_workspace365.functions import (
        export_environment,
        export_environment_output,
        get_environments,
        get_environments_output,
        get_health,
        get_health_output,
        get_licensing,
        get_licensing_output,
    )
    from pulumi_workspace365.instance import Instance, InstanceArgs, InstanceArgsDict
    from pulumi_workspace365.sharepoint import SharePointSettings, SharePointSettingsArgs, SharePointSettingsArgsDict
    from pulumi_workspace365.sign_on import OAuth2SignOn, OAuth2SignOnArgs, OAuth2SignOnArgsDict
    from pulumi_workspace365.template import Template, TemplateArgs, TemplateArgsDict

__all__ = [
    "ConnectivityCheck",
    "ConnectivityCheckArgs",
    "ConnectivityCheckArgsDict",
    "Environment",
    "EnvironmentArgs",
    "EnvironmentArgsDict",
    "ExchangeSettings",
    "ExchangeSettingsArgs",
    "ExchangeSettingsArgsDict",
    "Instance",
    "InstanceArgs",
    "InstanceArgsDict",
    "OAuth2SignOn",
    "OAuth2SignOnArgs",
    "OAuth2SignOnArgsDict",
    "SharePointSettings",
    "SharePointSettingsArgs",
    "SharePointSettingsArgsDict",
    "Template",
    "TemplateArgs",
    "TemplateArgsDict",
    "export_environment",
    "export_environment_output",
    "get_environments",
    "get_environments_output",
    "get_health",
    "get_health_output",
    "get_licensing",
    "get_licensing_output",
]

_RESOURCES = {
    "ConnectivityCheck": "apim.connectivity_check",
    "Environment": "environment",
    "ExchangeSettings": "exchange",
    "Instance": "instance",
    "OAuth2SignOn": "sign_on",
    "SharePointSettings": "sharepoint",
    "Template": "template",
}


excepthooks.install_excepthooks()
if excepthooks.is_program_of_cli():
    interpreter_exit.install()
vault_reading.register(lambda *asked: str(import_module(f"{__name__}.key_vault").read_value(*asked)))


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = _RESOURCES.get(name.removesuffix("Dict").removesuffix("Args"), "functions")
    return getattr(import_module(f"{__name__}.{home}"), name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
