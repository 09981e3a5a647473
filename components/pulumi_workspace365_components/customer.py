"""One customer: an environment and its settings, wired in order."""

from collections.abc import Mapping
from typing import Any, ClassVar, Unpack, overload

import pulumi

import pulumi_workspace365
from pulumi_workspace365 import Environment
from pulumi_workspace365.environment import EnvironmentArgsDict
from pulumi_workspace365.exchange import ExchangeArgsDict
from pulumi_workspace365.resource import keywords
from pulumi_workspace365.resource.keywords import ResourceArgs
from pulumi_workspace365.sharepoint import SharePointArgsDict
from pulumi_workspace365.sign_on import SignOnArgsDict
from pulumi_workspace365.template import CustomerTemplateArgsDict


class SignOnArgs(ResourceArgs):
    """OAuth2 sign-on; the fields are those of :class:`pulumi_workspace365.OAuth2SignOn`."""

    keywords = SignOnArgsDict

    def __init__(self, **arguments: Unpack[SignOnArgsDict]) -> None:
        super().__init__(**arguments)


class ExchangeArgs(ResourceArgs):
    """Exchange settings; the fields are those of :class:`pulumi_workspace365.ExchangeSettings`."""

    keywords = ExchangeArgsDict

    def __init__(self, **arguments: Unpack[ExchangeArgsDict]) -> None:
        super().__init__(**arguments)


class SharePointArgs(ResourceArgs):
    """SharePoint settings; the fields are those of :class:`pulumi_workspace365.SharePointSettings`."""

    keywords = SharePointArgsDict

    def __init__(self, **arguments: Unpack[SharePointArgsDict]) -> None:
        super().__init__(**arguments)


class CustomerTemplateArgs(ResourceArgs):
    """A template; the fields are those of :class:`pulumi_workspace365.Template`."""

    keywords = CustomerTemplateArgsDict

    def __init__(self, **arguments: Unpack[CustomerTemplateArgsDict]) -> None:
        super().__init__(**arguments)


TemplateArgs = CustomerTemplateArgs
"""The earlier name, which :class:`pulumi_workspace365.Template` has for its own arguments."""


class CustomerEnvironmentArgsDict(EnvironmentArgsDict, total=False):
    """The arguments of :class:`CustomerEnvironment` by name."""

    sign_on: SignOnArgs | SignOnArgsDict | None
    """OAuth2 sign-on."""
    exchange: ExchangeArgs | ExchangeArgsDict | None
    """Where the mailboxes are hosted."""
    share_point: SharePointArgs | SharePointArgsDict | None
    """How Workspace 365 signs in to SharePoint."""
    template: CustomerTemplateArgs | CustomerTemplateArgsDict | None
    """A template, imported once into the new environment."""


class CustomerEnvironmentArgs(ResourceArgs):
    """A customer. The first fields are those of :class:`pulumi_workspace365.Environment`. Omitted settings are not managed."""

    keywords = CustomerEnvironmentArgsDict

    def __init__(self, **arguments: Unpack[CustomerEnvironmentArgsDict]) -> None:
        super().__init__(**arguments)


class CustomerEnvironment(pulumi.ComponentResource):
    """A customer's environment with its sign-on, Exchange and SharePoint settings and its template.

    Its children have the component's name, so a customer has one name everywhere.

    Replaced:
        Never. The name of an environment cannot change; settings change in place.

    Drift:
        Detected by a refresh: the environment is gone, was re-created, or was activated or deactivated.
        Not detected: changes of the settings in Workspace 365. A new ``revision`` sends them again.

    Import:
        Set ``adopt_existing=True``: an existing environment is then adopted unchanged, and the settings that you declare are
        sent to it.

    Errors:
        (its children): see Environment, OAuth2SignOn, ExchangeSettings, SharePointSettings and Template.
    """

    name: pulumi.Output[str]
    """The name that the server uses for the environment."""
    is_active: pulumi.Output[bool]
    """Whether users can sign in."""
    creation_date: pulumi.Output[str | None]
    """The creation date as the list shows it, unparsed."""
    temporary_password: pulumi.Output[str | None]
    """The administrator's first password (secret)."""

    @overload
    def __init__(
        self,
        resource_name: str,
        args: CustomerEnvironmentArgs | CustomerEnvironmentArgsDict,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None: ...

    @overload
    def __init__(
        self, resource_name: str, opts: pulumi.ResourceOptions | None = None, **arguments: Unpack[CustomerEnvironmentArgsDict]
    ) -> None: ...

    def __init__(self, resource_name: str, *args: Any, **arguments: Any) -> None:
        subject = f"CustomerEnvironment {resource_name!r}"
        collected, opts = keywords.collect_arguments(subject, CustomerEnvironmentArgs, args, arguments)
        customer_arguments: Any = collected.to_dict()
        settings = {name: _part(subject, name, customer_arguments.pop(name)) for name in _SETTINGS if name in customer_arguments}
        super().__init__("workspace365:index:CustomerEnvironment", resource_name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.environment: Environment = self._resources.Environment(resource_name, customer_arguments, child)
        for name, fields in settings.items():
            resource = getattr(self._resources, _SETTINGS[name][1])
            resource(resource_name, {**fields, "environment": self.environment}, child)
        outputs = {name: getattr(self.environment, name) for name in ("name", "is_active", "creation_date", "temporary_password")}
        vars(self).update(outputs)
        self.register_outputs({self._output_name(name): output for name, output in outputs.items()})

    _resources: ClassVar[Any] = pulumi_workspace365
    """The module of the children's classes."""

    @staticmethod
    def _output_name(name: str) -> str:
        return name


_SETTINGS: Mapping[str, tuple[type[ResourceArgs], str]] = {
    "sign_on": (SignOnArgs, "OAuth2SignOn"),
    "exchange": (ExchangeArgs, "ExchangeSettings"),
    "share_point": (SharePointArgs, "SharePointSettings"),
    "template": (CustomerTemplateArgs, "Template"),
}
"""What a customer may have, in the order in which it is declared."""


def _part(subject: str, name: str, args: object) -> dict[str, Any]:
    return keywords.collect_arguments(f"{subject}: {name}", _SETTINGS[name][0], (args,), {})[0].to_dict()
