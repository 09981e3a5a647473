"""One customer: an environment and its settings, wired in order."""

from collections.abc import Mapping
from typing import Any, Literal

import pulumi

from pulumi_workspace365 import Environment, ExchangeSettings, OAuth2SignOn, SharePointSettings, Template
from pulumi_workspace365_components.arguments import Arguments, Flag, Revision, Text


class SignOnArgs(Arguments):
    """OAuth2 sign-on; the fields are those of :class:`pulumi_workspace365.OAuth2SignOn`."""

    authority: Text
    client_id: Text
    key: Text | None = None
    key_from: Text | None = None
    key_version: Revision | None = None
    key_expires: Text | None = None
    verify: Literal["none", "token"] | pulumi.Output[str] = "none"
    revision: Revision | None = None


class ExchangeArgs(Arguments):
    """Exchange settings; the fields are those of :class:`pulumi_workspace365.ExchangeSettings`."""

    server_type: Literal["Office365", "OnPremises"] | pulumi.Output[str]
    default_ews_url: Text | None = None
    revision: Revision | None = None


class SharePointArgs(Arguments):
    """SharePoint settings; the fields are those of :class:`pulumi_workspace365.SharePointSettings`."""

    authentication_type: Literal["Online", "ActiveDirectoryFederationServices", "OAuth2"] | pulumi.Output[str]
    default_url: Text | None = None
    revision: Revision | None = None


class TemplateArgs(Arguments):
    """A template; the fields are those of :class:`pulumi_workspace365.Template`."""

    configuration: Mapping[str, Any] | Text | pulumi.Asset
    revision: Revision | None = None


class CustomerEnvironmentArgs(Arguments):
    """A customer. The first block of fields are those of :class:`pulumi_workspace365.Environment`; settings left out are not managed."""

    environment_name: Text
    admin_email: Text | None = None
    admin_first_name: Text | None = None
    admin_last_name: Text | None = None
    active: Flag = True
    adopt_existing: Flag = False
    deletion_protection: bool = True
    on_delete: Literal["delete", "deactivate", "abandon"] | None = None
    name_policy: Literal["accept", "exact"] = "accept"
    temporary_password_to: Text | None = None

    sign_on: SignOnArgs | None = None
    """OAuth2 sign-on."""
    exchange: ExchangeArgs | None = None
    """Where mail lives."""
    share_point: SharePointArgs | None = None
    """How Workspace 365 signs in to SharePoint."""
    template: TemplateArgs | None = None
    """Imported once, into the new environment."""


class CustomerEnvironment(pulumi.ComponentResource):
    """A customer's environment with its sign-on, Exchange and SharePoint settings and its template.

    Its children carry the component's name, so that a customer is found by one name everywhere.

    Replaced:
        Never. The name of an environment cannot change; settings change in place.

    Drift:
        Seen by a refresh: the environment is gone, was deleted and created again, or is active where it was not.
        Not seen: what a person changed in the settings. A new ``revision`` sends them again.

    Import:
        Set ``adopt_existing=True``: an environment that exists is then taken over as it is, and the settings that you declare are
        sent to it.

    Errors:
        (its parts): see Environment, OAuth2SignOn, ExchangeSettings, SharePointSettings and Template.
    """

    name: pulumi.Output[str]
    """The environment's name as the server made it."""
    is_active: pulumi.Output[bool]
    """Whether people can sign in."""
    creation_date: pulumi.Output[str | None]
    """As the list shows it, unparsed."""
    temporary_password: pulumi.Output[str | None]
    """The administrator's first password (secret)."""

    def __init__(self, resource_name: str, args: CustomerEnvironmentArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("workspace365:index:CustomerEnvironment", resource_name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        settings = frozenset({"sign_on", "exchange", "share_point", "template"})
        self.environment = Environment(resource_name, **_fields(args, without=settings), opts=child)
        if args.sign_on:
            OAuth2SignOn(resource_name, environment=self.environment, **_fields(args.sign_on), opts=child)
        if args.exchange:
            ExchangeSettings(resource_name, environment=self.environment, **_fields(args.exchange), opts=child)
        if args.share_point:
            SharePointSettings(resource_name, environment=self.environment, **_fields(args.share_point), opts=child)
        if args.template:
            Template(resource_name, environment=self.environment, **_fields(args.template), opts=child)
        outputs = {name: getattr(self.environment, name) for name in ("name", "is_active", "creation_date", "temporary_password")}
        vars(self).update(outputs)
        self.register_outputs(outputs)


def _fields(args: Arguments, without: frozenset[str] = frozenset()) -> dict[str, Any]:
    return {name: getattr(args, name) for name in type(args).model_fields if name not in without}
