"""One file per customer, ``customers/<set>/<name>.yaml``, read strictly: a wrong field is named with its file and path."""

from dataclasses import dataclass, fields
from typing import Annotated, Any, Literal

import pulumi
from pydantic import Field, ValidationInfo, field_validator

from pulumi_workspace365.api.cli_hints import for_installed_cli
from pulumi_workspace365.documents import input_files
from pulumi_workspace365.environment import CreationInputs
from pulumi_workspace365_components.customer import (
    CustomerEnvironmentArgs,
    CustomerTemplateArgs,
    ExchangeArgs,
    SharePointArgs,
    SignOnArgs,
)
from pulumi_workspace365_components.stack_files import settings as stack_settings
from pulumi_workspace365_components.stack_files import strict_yaml
from pulumi_workspace365_components.stack_files.settings import StackSettings
from pulumi_workspace365_components.stack_files.strict_yaml import FileModel, Key

EXPECTED = "a customer's file holds fields such as key, environment and admin"
"""What messages say of a file that holds something else."""


class AdministratorSection(FileModel):
    """The environment's first administrator; used when it is created."""

    email: Annotated[str, Field(examples=["admin@contoso.example"])]
    first_name: Annotated[str, Field(examples=["Carla"])]
    last_name: Annotated[str, Field(examples=["Conti"])]


@dataclass(frozen=True, kw_only=True)
class EnvironmentSection(CreationInputs):
    """The environment itself."""

    name: Annotated[str, Field(examples=["contoso"])]


class SignOnSection(FileModel):
    """OAuth2 sign-on. ``key_from``: ``config:NAME`` (a secret of the stack's configuration), ``env:NAME`` or ``file:PATH``."""

    authority: Annotated[str, Field(examples=["https://login.microsoftonline.com/contoso.onmicrosoft.com/"])]
    client_id: Annotated[str, Field(examples=["6f1f6f0e-0000-4000-8000-00000000c001"])]
    key_from: str = Field(pattern=r"^(config|env|file):.+$", examples=["config:contosoSignOnKey", "env:CONTOSO_SIGN_ON_KEY"])
    """Where the key is: ``config:NAME`` (a secret of the stack's configuration), ``env:NAME`` or ``file:PATH``."""
    key_version: int | str | None = None
    key_expires: Annotated[str | None, Field(examples=["2030-06-30"])] = None
    verify: Literal["none", "token"] = "none"
    revision: int | str | None = None


class ExchangeSection(FileModel):
    """Exchange settings."""

    server_type: Literal["Office365", "OnPremises"]
    default_ews_url: Annotated[str | None, Field(examples=["https://outlook.office365.com/ews/exchange.asmx"])] = None
    revision: int | str | None = None


class SharePointSection(FileModel):
    """SharePoint settings."""

    authentication_type: Literal["Online", "ActiveDirectoryFederationServices", "OAuth2"]
    default_url: Annotated[str | None, Field(examples=["https://contoso.sharepoint.com"])] = None
    revision: int | str | None = None


class TemplateSection(FileModel):
    """A template, ``file`` being what ``w365 export`` wrote; relative to the folder in which the program runs."""

    file: Annotated[str, Field(examples=["templates/standard.json"])]
    """The file that ``w365 export`` wrote; relative to the folder in which the program runs."""
    revision: int | str | None = None


class CustomerFile(FileModel):
    """One customer's file."""

    key: Annotated[Key, Field(examples=["contoso"])]
    """Names the customer's resources in Pulumi's state: never change it. The file may be renamed."""
    lifecycle: Literal["active", "suspended", "retired"] = "active"
    """``suspended``: deactivated. ``retired``: deactivated and no longer protected; removing the file then deletes it."""
    ring: Annotated[Key, Field(examples=["canary", "broad"])] = Field("broad", validate_default=True)
    """A stack deploys the customers of the rings that its settings name. The setting ``allowedRings`` lists those that there may be."""
    environment: EnvironmentSection
    admin: AdministratorSection | None = None
    """Required to create the environment, not to adopt one."""
    sign_on: SignOnSection | None = None
    exchange: ExchangeSection | None = None
    share_point: SharePointSection | None = None
    template: TemplateSection | None = None

    @field_validator("ring")
    @classmethod
    def _only_allowed_rings(cls, ring: str, info: ValidationInfo) -> str:
        settings = info.context
        if isinstance(settings, StackSettings) and (problem := settings.ring_problem(ring)):
            raise ValueError(problem)
        return ring

    @property
    def secret(self) -> str | None:
        """The configuration key, without its namespace, that holds the sign-on key."""
        kind, _, name = self.sign_on.key_from.partition(":") if self.sign_on else ("", "", "")
        return name if kind == "config" else None

    @property
    def keeps_password(self) -> bool:
        """Whether the administrator's first password may come to be in state: not of one who is only adopted, nor where it is handed over."""
        return self.admin is not None and self.environment.temporary_password_to is None

    def component_args(self, settings: StackSettings) -> CustomerEnvironmentArgs:
        """The customer as the component takes it."""
        creation: Any = {field.name: getattr(self.environment, field.name) for field in fields(CreationInputs)}
        return CustomerEnvironmentArgs(
            **creation,
            environment_name=self.environment.name,
            admin_email=self.admin.email if self.admin else None,
            admin_first_name=self.admin.first_name if self.admin else None,
            admin_last_name=self.admin.last_name if self.admin else None,
            active=self.lifecycle == "active",
            deletion_protection=settings.deletion_protection and self.lifecycle != "retired",
            sign_on=SignOnArgs(**_with_key(self.key, self.sign_on)) if self.sign_on else None,
            exchange=ExchangeArgs(**self.exchange.fields()) if self.exchange else None,
            share_point=SharePointArgs(**self.share_point.fields()) if self.share_point else None,
            template=_with_document(self.template) if self.template else None,
        )


def load(settings: StackSettings) -> list[CustomerFile]:
    """The customers of the stack's rings, by key.

    Raises:
        pulumi.RunError: a file is malformed, names a ring that is not allowed, two files claim one key or one environment, or nothing
            reads one of the project's own configuration keys.
    """
    if not input_files.is_folder(settings.folder):
        stack_settings.refuse_unknown_keys()  # a misspelled `customers` is the likelier cause
        raise pulumi.RunError(
            f"There is no folder {strict_yaml.display_path(settings.folder)} for this stack's customers: make it, or set {settings.key('customers')}."
        )
    read = strict_yaml.read_folder(settings.folder, CustomerFile, EXPECTED, context=settings)
    strict_yaml.require_unique(read.items(), "key", lambda customer: customer.key.casefold(), "customer")
    strict_yaml.require_unique(
        read.items(), "environment.name", lambda customer: customer.environment.name.casefold(), "customer"
    )
    stack_settings.refuse_unknown_keys(customer.secret for customer in read.values() if customer.secret)
    _refuse_unknown_rings(settings, {customer.ring for customer in read.values()})
    chosen = [customer for customer in read.values() if settings.rings is None or customer.ring in settings.rings]
    return sorted(chosen, key=lambda customer: customer.key)


def _with_key(customer: str, sign_on: SignOnSection) -> dict[str, Any]:
    fields = sign_on.fields()
    kind, _, name = sign_on.key_from.partition(":")
    if kind == "config":
        key = pulumi.Config().get_secret(name)
        if key is None:
            raise pulumi.RunError(
                f"Customer {customer!r}: sign_on.key_from: the stack has no secret {name!r}; "
                f"run {for_installed_cli(f'`pulumi config set --secret {name}`')}."
            )
        fields |= {"key": key, "key_from": None}
    return fields


def _with_document(template: TemplateSection) -> CustomerTemplateArgs:
    return CustomerTemplateArgs(configuration=pulumi.FileAsset(template.file), revision=template.revision)


def _refuse_unknown_rings(settings: StackSettings, rings: set[str]) -> None:
    unknown = [ring for ring in settings.rings or () if ring not in rings]
    if unknown:
        there = ", ".join(sorted(rings)) or "none"
        raise pulumi.RunError(f"{settings.key('rings')}: no customer has the ring {unknown[0]!r}; there are: {there}.")
