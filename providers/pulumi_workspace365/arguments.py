"""What the resources take, as pydantic judges it where the providers run. A program only declares: it starts without pydantic.

The messages name the argument and never show a value.
"""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import pulumi
from pulumi.output import contains_unknowns
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StringConstraints, ValidationError, model_validator

from pulumi_workspace365 import redaction, spelling
from pulumi_workspace365.config import normalise_base_url
from pulumi_workspace365.errors import ConfigurationError


class Args(BaseModel):
    """A resource's arguments."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, str_strip_whitespace=False)


def _address(url: str) -> str:
    try:
        normalise_base_url(url, "it")
    except ConfigurationError:
        raise ValueError("it must be an https address without user name, query or fragment") from None
    return url


Address = Annotated[str, AfterValidator(_address)]
"""An https URL, sent as the user wrote it."""
_Filled = Annotated[str, StringConstraints(min_length=1)]


class EnvironmentArgs(Args):
    """The arguments of :class:`Environment`."""

    environment_name: Annotated[_Filled, AfterValidator(spelling.usable_name)]
    admin_email: Annotated[str, AfterValidator(spelling.plausible_email)] | None = None
    admin_first_name: _Filled | None = None
    admin_last_name: _Filled | None = None
    active: bool = True
    adopt_existing: bool = False
    deletion_protection: bool = True
    on_delete: Literal["delete", "deactivate", "abandon"] | None = None
    name_policy: Literal["accept", "exact"] = "accept"
    temporary_password_to: Annotated[str, StringConstraints(pattern=r"^(file|command):\S.*$")] | None = None

    @model_validator(mode="after")
    def _predictable_name(self) -> Self:
        if self.name_policy == "exact" and not spelling.is_predictable(self.environment_name):
            raise ValueError(
                "environment_name: with name_policy='exact' it may hold letters and digits, and single hyphens between them"
            )
        return self


class SettingsArgs(Args):
    """What every kind of settings takes."""

    environment: _Filled
    incarnation: str | None = None
    revision: int | str | None = None


class OAuth2SignOnArgs(SettingsArgs):
    """The arguments of :class:`OAuth2SignOn`. The key comes from exactly one of ``key`` and ``key_from``."""

    authority: Address
    client_id: _Filled
    key: _Filled | None = None
    key_from: Annotated[str, StringConstraints(pattern=r"^(env|file):.+$")] | None = None
    key_version: int | str | None = None
    key_expires: date | None = None
    verify: Literal["none", "token"] = "none"

    @model_validator(mode="after")
    def _one_key(self) -> Self:
        if (self.key is None) == (self.key_from is None):
            raise ValueError("key: give either key, or key_from='env:NAME' or 'file:PATH' with key_version")
        return self


class ExchangeSettingsArgs(SettingsArgs):
    """The arguments of :class:`ExchangeSettings`."""

    server_type: Literal["Office365", "OnPremises"]
    default_ews_url: Address | None = None


class SharePointSettingsArgs(SettingsArgs):
    """The arguments of :class:`SharePointSettings`."""

    authentication_type: Literal["Online", "ActiveDirectoryFederationServices", "OAuth2"]
    default_url: Address | None = None


def document(configuration: Any) -> dict[str, Any]:
    """A template's configuration as an object, from an object, JSON text or a file.

    Raises:
        ValueError: it cannot be read, or is no JSON object.
    """
    if isinstance(configuration, Mapping):
        return dict(configuration)
    try:
        text = (
            Path(configuration.path).read_text(encoding="utf-8")
            if isinstance(configuration, pulumi.FileAsset)
            else str(getattr(configuration, "text", configuration))
        )
        found = json.loads(text)
    except OSError as problem:
        raise ValueError(f"the file cannot be read: {problem.strerror}") from None
    except (ValueError, RecursionError):
        raise ValueError("it is no JSON; give what `w365 export` wrote") from None
    if not isinstance(found, dict):
        raise ValueError(  # noqa: TRY004  pydantic reports it as a sentence about the argument
            "it must be a JSON object, as `w365 export` writes it"
        )
    return found


class TemplateArgs(SettingsArgs):
    """The arguments of :class:`Template`."""

    configuration: Annotated[dict[str, Any], BeforeValidator(document)]


def problems(args: type[Args], news: Mapping[str, Any], own: frozenset[str]) -> list[str]:
    """What is wrong with the arguments in ``news``, a sentence each. Unknown values pass; those named in ``own`` are no arguments."""
    given = {name: value for name, value in news.items() if name in args.model_fields or name not in own}
    known = {name: value for name, value in given.items() if not contains_unknowns(value)}
    try:
        args.model_validate(known)
    except ValidationError as problem:
        return [_sentence(error) for error in problem.errors() if not _is_premature(error, given, known)]
    return []


def _is_premature(error: Any, given: Mapping[str, Any], known: Mapping[str, Any]) -> bool:
    """Whether the complaint may come from values that are not known yet: one of them seems missing, or a rule over several failed."""
    if not error["loc"]:
        return len(known) < len(given)
    return error["type"] == "missing" and error["loc"][0] in given


def _sentence(error: Any) -> str:
    where = ".".join(str(part) for part in error["loc"])
    reason = {
        "extra_forbidden": "there is no such argument; is it misspelled?",
        "missing": "this argument is required",
    }.get(error["type"], str(error["msg"]).removeprefix("Value error, "))
    return redaction.one_line(f"{where}: {reason}" if where else reason)
