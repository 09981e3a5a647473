"""Exchange settings of an environment (docs/provisioning-api.md#exchange). Write-only."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import pulumi

from pulumi_workspace365.environment import Environment
from pulumi_workspace365.environment_settings import SettingsArgs, SettingsProvider, SettingsResource
from pulumi_workspace365.resource import base
from pulumi_workspace365.resource.arguments import Address

if TYPE_CHECKING:
    from pulumi_workspace365.api.client import Client


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class ExchangeSettingsArgs(SettingsArgs):
    """The arguments of :class:`ExchangeSettings`."""

    server_type: Literal["Office365", "OnPremises"]
    default_ews_url: Address | None = None


class ExchangeSettingsProvider(SettingsProvider[ExchangeSettingsArgs]):
    """Sends Exchange settings."""

    args_type = ExchangeSettingsArgs
    unclearable = frozenset({"default_ews_url"})

    def send(self, client: "Client", args: ExchangeSettingsArgs) -> dict[str, Any]:
        client.set_exchange(args.environment, server_type=args.server_type, default_ews_url=args.default_ews_url)
        return {}


class ExchangeSettings(SettingsResource, name="ExchangeSettings"):
    """Exchange settings of an environment.

    Args:
        environment: the environment, or its name.
        server_type: where mail lives.
        default_ews_url: the address that auto-discovery falls back to; left out, the server keeps the one it has.
        revision: change it to send the settings again.

    Replaced:
        When ``environment`` changes: the settings are sent to the new one. The old one keeps what it has.

    Drift:
        Seen by a refresh: the environment is gone, or was deleted and created again; the settings are then sent anew.
        Not seen: what a person changed in Workspace 365, because the API can write these settings and not read them.
        A new ``revision`` sends them again.

    Import:
        Not possible, because there is nothing to read. Declare the resource and run ``pulumi up``: it sends what you declare.

    Errors:
        it must be an https address without user name, query or fragment: correct ``default_ews_url``.
        leaving it out cannot clear it: a warning. The server keeps the address it has; give another one instead.
        HTTP 404: there is no such environment on this instance; ``pulumi refresh`` notices what was removed.
    """

    provider_type: ClassVar[type[base.Provider[Any]]] = ExchangeSettingsProvider

    def __init__(
        self,
        resource_name: str,
        *,
        environment: Environment | pulumi.Input[str],
        server_type: pulumi.Input[Literal["Office365", "OnPremises"]],
        default_ews_url: pulumi.Input[str] | None = None,
        revision: pulumi.Input[int | str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {"server_type": server_type, "default_ews_url": default_ews_url, "revision": revision}
        super().__init__(resource_name, environment, properties, opts)
