"""The arguments as providers get them: known, and validated. Nothing here loads the SDK: files are validated by the same rules, without a program."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from pulumi_workspace365.api import naming, secret_references
from pulumi_workspace365.resource.arguments import Address, Args, NonEmptyStr, Validated, matching_pattern


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class CreationInputs(Args):
    """How an environment is created and removed, in a program and in a customer's file."""

    adopt_existing: bool = False
    on_delete: Literal["delete", "deactivate", "abandon"] | None = None
    name_policy: Literal["accept", "exact"] = "accept"
    temporary_password_to: Annotated[str, matching_pattern(r"(file|command):\S.*", "file:PATH or command:LINE")] | None = None


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class EnvironmentInputs(CreationInputs):
    """Those of an environment."""

    environment_name: Annotated[NonEmptyStr, Validated(naming.validate_name)]
    admin_email: Annotated[str, Validated(naming.validate_email)] | None = None
    admin_first_name: NonEmptyStr | None = None
    admin_last_name: NonEmptyStr | None = None
    active: bool = True
    deletion_protection: bool = True

    def __post_init__(self) -> None:
        if self.name_policy == "exact" and not naming.is_predictable(self.environment_name):
            raise ValueError(
                "environment_name: with name_policy='exact' it may hold letters and digits, and single hyphens between them"
            )


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class SettingsInputs(Args):
    """The arguments that all settings have, as providers get them."""

    environment: NonEmptyStr
    incarnation: str | None = None
    revision: int | str | None = None


KEY_SOURCE = matching_pattern(r"(env|file|keyvault):.+", "env:NAME, file:PATH or keyvault:VAULT/SECRET")


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class OAuth2SignOnInputs(SettingsInputs):
    """Those of OAuth2 sign-on. The key comes from exactly one of ``key`` and ``key_from``."""

    authority: Address
    client_id: NonEmptyStr
    key: NonEmptyStr | None = None
    key_from: Annotated[str, KEY_SOURCE, Validated(secret_references.judge)] | None = None
    key_version: int | str | None = None
    key_expires: date | None = None
    verify: Literal["none", "token"] = "none"

    def __post_init__(self) -> None:
        if (self.key is None) == (self.key_from is None):
            raise ValueError(
                "key: give either key, or key_from='env:NAME', 'file:PATH' or 'keyvault:VAULT/SECRET' with key_version"
            )


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class ExchangeSettingsInputs(SettingsInputs):
    """Those of Exchange settings."""

    server_type: Literal["Office365", "OnPremises"]
    default_ews_url: Address | None = None


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class SharePointSettingsInputs(SettingsInputs):
    """Those of SharePoint settings."""

    authentication_type: Literal["Online", "ActiveDirectoryFederationServices", "OAuth2"]
    default_url: Address | None = None
