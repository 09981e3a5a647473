"""SharePoint settings of an environment (docs/provisioning-api.md#sharepoint). Write-only."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal, Required, TypedDict, Unpack, overload

import pulumi
from pulumi.output import contains_unknowns

from pulumi_workspace365.environment import Environment
from pulumi_workspace365.environment_settings import SettingsProvider, SettingsResource
from pulumi_workspace365.inputs import SharePointSettingsInputs
from pulumi_workspace365.resource import base
from pulumi_workspace365.resource.keywords import ResourceArgs

if TYPE_CHECKING:
    from pulumi_workspace365.api.client import Client


class SharePointArgsDict(TypedDict, total=False):
    """SharePoint settings of whichever environment, by name."""

    authentication_type: Required[pulumi.Input[Literal["Online", "ActiveDirectoryFederationServices", "OAuth2"]]]
    default_url: pulumi.Input[str] | None
    revision: pulumi.Input[int | str] | None


class SharePointSettingsArgsDict(SharePointArgsDict):
    """The arguments of :class:`SharePointSettings`, which explains them, by name."""

    environment: Environment | pulumi.Input[str]


class SharePointSettingsArgs(ResourceArgs):
    """The arguments of :class:`SharePointSettings` as one object."""

    keywords = SharePointSettingsArgsDict

    def __init__(self, **arguments: Unpack[SharePointSettingsArgsDict]) -> None:
        super().__init__(**arguments)


class SharePointSettingsProvider(SettingsProvider[SharePointSettingsInputs]):
    """Sends SharePoint settings."""

    args_type = SharePointSettingsInputs
    unclearable = frozenset({"default_url"})

    def warn_on_change(self, name: str, olds: dict[str, Any], news: dict[str, Any]) -> None:
        super().warn_on_change(name, olds, news)
        if name == "default_url" and news.get(name) and not contains_unknowns(news[name]):
            base.log.warning(
                "default_url: Workspace 365 uses it once, at the administrator's first sign-in to a new environment. "
                "The change is sent, but has no effect on an environment in use"
            )

    def send(self, client: "Client", args: SharePointSettingsInputs) -> None:
        client.set_share_point(args.environment, authentication_type=args.authentication_type, default_url=args.default_url)


class SharePointSettings(SettingsResource, name="SharePointSettings"):
    """SharePoint settings of an environment.

    Args:
        environment: the environment, or its name.
        authentication_type: how Workspace 365 signs in to SharePoint.
        default_url: the SharePoint address that is set at the administrator's first sign-in; later changes have no effect.
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
        it must be an https address without user name, query or fragment: correct ``default_url``.
        leaving it out cannot clear it: a warning. The server keeps its address; set another one instead.
        HTTP 404: there is no such environment on this instance; ``pulumi refresh`` detects removed environments.
    """

    provider_type: ClassVar[type[base.Provider[Any]]] = SharePointSettingsProvider
    args_class = SharePointSettingsArgs

    @overload
    def __init__(
        self,
        resource_name: str,
        args: SharePointSettingsArgs | SharePointSettingsArgsDict,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None: ...

    @overload
    def __init__(
        self, resource_name: str, opts: pulumi.ResourceOptions | None = None, **arguments: Unpack[SharePointSettingsArgsDict]
    ) -> None: ...

    def __init__(self, resource_name: str, *args: Any, **arguments: Any) -> None:
        given, opts = self._arguments(resource_name, args, arguments)
        super().__init__(resource_name, given, opts)
