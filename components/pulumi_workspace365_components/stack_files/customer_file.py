"""One file per customer, ``customers/<set>/<name>.yaml``, read strictly: a wrong field is named with its file and path. It loads no SDK."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from pulumi_workspace365.api import secret_references
from pulumi_workspace365.api.secret_references import SecretReference
from pulumi_workspace365.documents.yaml_document import ValuePath
from pulumi_workspace365.inputs import (
    CreationInputs,
    EnvironmentInputs,
    ExchangeSettingsInputs,
    OAuth2SignOnInputs,
    SharePointSettingsInputs,
)
from pulumi_workspace365.resource.arguments import validation_errors
from pulumi_workspace365_components.error_sentences import sentence
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
    """OAuth2 sign-on."""

    authority: Annotated[str, Field(examples=["https://login.microsoftonline.com/contoso.onmicrosoft.com/"])]
    client_id: Annotated[str, Field(examples=["6f1f6f0e-0000-4000-8000-00000000c001"])]
    key_from: Annotated[str, AfterValidator(secret_references.judge)] = Field(
        pattern=r"^(config|env|file|keyvault):.+$",
        examples=["config:contosoSignOnKey", "env:CONTOSO_SIGN_ON_KEY", "keyvault:contoso-vault/sign-on-key"],
        json_schema_extra={"pattern": f"^((config|env|file):.+|{secret_references.PATTERN})$"},
    )
    """Where the key is: ``config:NAME`` (a secret of the stack's configuration), ``env:NAME``, ``file:PATH``, or
    ``keyvault:VAULT/SECRET[/VERSION]`` (a secret in Azure Key Vault; the newest version where none is named)."""
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


class CustomerModel(FileModel):
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
    def vault_secret(self) -> SecretReference | None:
        """Where the sign-on key is in Key Vault, if it is there."""
        source = self.sign_on.key_from if self.sign_on else ""
        return SecretReference.parse(source) if secret_references.is_reference(source) else None

    @property
    def keeps_password(self) -> bool:
        """Whether the administrator's first password may come to be in state: not of one who is only adopted, nor where it is handed over."""
        return self.admin is not None and self.environment.temporary_password_to is None

    def provider_problems(self) -> Iterator[tuple[ValuePath, str]]:
        """What the providers would refuse in a preview: the path of each wrong field, and a sentence without its end."""
        environment = self.environment.name or "-"
        sections: list[tuple[str, type, dict[str, Any]]] = [("environment", EnvironmentInputs, self._environment_inputs())]
        for name, inputs in _SETTINGS.items():
            if section := getattr(self, name):
                sections.append((name, inputs, {**section.fields(), "environment": environment}))
        if self.sign_on and self.secret:
            sections[1][2].update(key="-", key_from=None)  # it is in the stack's configuration
        for name, inputs, values in sections:
            for error in validation_errors(inputs, values):
                argument = str(error["loc"][0]) if error["loc"] else ""
                yield _FIELDS.get(argument, (name, argument) if argument else (name,)), sentence({**error, "loc": ()})

    def _environment_inputs(self) -> dict[str, Any]:
        admin = {f"admin_{name}": value for name, value in (self.admin.fields() if self.admin else {}).items()}
        given = {field.name: getattr(self.environment, field.name) for field in fields(CreationInputs)}
        return {**given, **admin, "environment_name": self.environment.name}


_SETTINGS: Mapping[str, type] = {
    "sign_on": OAuth2SignOnInputs,
    "exchange": ExchangeSettingsInputs,
    "share_point": SharePointSettingsInputs,
}
_FIELDS: Mapping[str, ValuePath] = {
    "environment_name": ("environment", "name"),
    "admin_email": ("admin", "email"),
    "admin_first_name": ("admin", "first_name"),
    "admin_last_name": ("admin", "last_name"),
}
"""Where a file has what an argument of the environment says."""
