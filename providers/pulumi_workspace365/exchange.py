"""Exchange settings of an environment (docs/provisioning-api.md#exchange). Write-only."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal, Required, TypedDict, Unpack, overload

import pulumi

from pulumi_workspace365.environment import Environment
from pulumi_workspace365.environment_settings import SettingsProvider, SettingsResource
from pulumi_workspace365.inputs import ExchangeSettingsInputs
from pulumi_workspace365.resource import base
from pulumi_workspace365.resource.keywords import ResourceArgs

if TYPE_CHECKING:
    from pulumi_workspace365.api.client import Client


class ExchangeArgsDict(TypedDict, total=False):
    """Exchange settings of whichever environment, by name."""

    server_type: Required[pulumi.Input[Literal["Office365", "OnPremises"]]]
    default_ews_url: pulumi.Input[str] | None
    revision: pulumi.Input[int | str] | None


class ExchangeSettingsArgsDict(ExchangeArgsDict):
    """The arguments of :class:`ExchangeSettings`, which explains them, by name."""

    environment: Environment | pulumi.Input[str]


class ExchangeSettingsArgs(ResourceArgs):
    """The arguments of :class:`ExchangeSettings` as one object."""

    keywords = ExchangeSettingsArgsDict

    def __init__(self, **arguments: Unpack[ExchangeSettingsArgsDict]) -> None:
        super().__init__(**arguments)


class ExchangeSettingsProvider(SettingsProvider[ExchangeSettingsInputs]):
    """Sends Exchange settings."""

    args_type = ExchangeSettingsInputs
    unclearable = frozenset({"default_ews_url"})

    def send(self, client: "Client", args: ExchangeSettingsInputs) -> None:
        client.set_exchange(args.environment, server_type=args.server_type, default_ews_url=args.default_ews_url)


class ExchangeSettings(SettingsResource, name="ExchangeSettings"):
    """Exchange settings of an environment.

    Args:
        environment: the environment, or its name.
        server_type: where the mailboxes are hosted.
        default_ews_url: the address that auto-discovery falls back to; if omitted, the server keeps its address.
        revision: change it to send the settings again.

    Replaced:
        When ``environment`` changes: the settings are sent to the new environment. The old one keeps its settings.

    Drift:
        Detected by a refresh: the environment is gone, or was re-created; the settings are then sent again.
        Not detected: changes made in Workspace 365, because the API can write these settings but not read them.
        A new ``revision`` sends them again.

    Import:
        Not possible, because the API cannot read them. Declare the resource and run ``pulumi up``: it sends what you declare.

    Errors:
        it must be an https address without user name, query or fragment: correct ``default_ews_url``.
        leaving it out cannot clear it: a warning. The server keeps its address; set another one instead.
        HTTP 404: there is no such environment on this instance; ``pulumi refresh`` detects removed environments.
    """

    provider_type: ClassVar[type[base.Provider[Any]]] = ExchangeSettingsProvider
    args_class = ExchangeSettingsArgs

    @overload
    def __init__(
        self,
        resource_name: str,
        args: ExchangeSettingsArgs | ExchangeSettingsArgsDict,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None: ...

    @overload
    def __init__(
        self, resource_name: str, opts: pulumi.ResourceOptions | None = None, **arguments: Unpack[ExchangeSettingsArgsDict]
    ) -> None: ...

    def __init__(self, resource_name: str, *args: Any, **arguments: Any) -> None:
        given, opts = self._arguments(resource_name, args, arguments)
        super().__init__(resource_name, given, opts)
