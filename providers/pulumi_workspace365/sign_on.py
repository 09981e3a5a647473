"""OAuth2 sign-on of an environment (docs/provisioning-api.md#sign-on). Write-only. A wrong value locks everybody out."""

import hashlib
import hmac
import os
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Required, TypedDict, Unpack, overload

import pulumi
from pulumi.output import contains_unknowns

from pulumi_dynamic_host import redaction
from pulumi_workspace365 import errors, key_vault
from pulumi_workspace365.api import secret_references
from pulumi_workspace365.api.secret_references import SecretReference
from pulumi_workspace365.documents import input_files
from pulumi_workspace365.environment import Environment
from pulumi_workspace365.environment_settings import SettingsProvider, SettingsResource
from pulumi_workspace365.inputs import OAuth2SignOnInputs
from pulumi_workspace365.resource import base
from pulumi_workspace365.resource.keywords import ResourceArgs

if TYPE_CHECKING:
    from pulumi_workspace365.api.client import Client

_WARN_DAYS = 30


class SignOnArgsDict(TypedDict, total=False):
    """OAuth2 sign-on of whichever environment, by name."""

    authority: Required[pulumi.Input[str]]
    client_id: Required[pulumi.Input[str]]
    key: pulumi.Input[str] | None
    key_from: pulumi.Input[str] | None
    key_version: pulumi.Input[int | str] | None
    key_expires: pulumi.Input[str] | None
    verify: pulumi.Input[Literal["none", "token"]] | None
    revision: pulumi.Input[int | str] | None


class OAuth2SignOnArgsDict(SignOnArgsDict):
    """The arguments of :class:`OAuth2SignOn`, which explains them, by name."""

    environment: Environment | pulumi.Input[str]


class OAuth2SignOnArgs(ResourceArgs):
    """The arguments of :class:`OAuth2SignOn` as one object."""

    keywords = OAuth2SignOnArgsDict

    def __init__(self, **arguments: Unpack[OAuth2SignOnArgsDict]) -> None:
        super().__init__(**arguments)


class OAuth2SignOnProvider(SettingsProvider[OAuth2SignOnInputs]):
    """Sends sign-on settings. Outputs hold a salted digest of the key instead of the key."""

    args_type = OAuth2SignOnInputs
    omit_from_outputs = frozenset({"key"})
    secret_arguments = frozenset({"key"})
    secret_outputs = frozenset({"key", "key_digest"})
    computed_on_update = frozenset({"written_to", "key_digest"})

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> pulumi.dynamic.CheckResult:
        redaction.register(news["key"] if isinstance(news.get("key"), str) else None)
        result = super().check(olds, news)
        if not result.failures:
            _warn_of_expiry(news.get("key_expires"), _whose(olds, news))
        return result

    def is_equal(self, name: str, olds: dict[str, Any], news: dict[str, Any]) -> bool:
        if name == "key" and isinstance(news.get("key"), str):
            return _matches(str(olds.get("key_digest") or ""), news["key"])
        if name == "key" and not news.get("key"):
            return not olds.get("key_digest")
        if name == "authority" and not contains_unknowns(news.get(name)):
            return str(olds.get(name)).rstrip("/") == str(news.get(name)).rstrip("/")  # docs/provisioning-api.md#a-12
        return super().is_equal(name, olds, news)

    def send(self, client: "Client", args: OAuth2SignOnInputs) -> None:
        key = args.key or self._fetched(str(args.key_from))
        redaction.register(key)
        if args.verify == "token":
            from pulumi_workspace365.api import oauth2 as authority  # noqa: PLC0415  only those who ask for it pay for its HTTP client

            authority.verify_credentials(client.settings, args.authority, args.client_id, key)
        client.set_oauth2(args.environment, authority=args.authority, client_id=args.client_id, key=key)

    def _fetched(self, source: str) -> str:
        if secret_references.is_reference(source):
            return _vault_key(source, self._config.get)
        return _fetch(source)

    def sent_outputs(self, props: Mapping[str, Any]) -> dict[str, Any]:
        key = props.get("key")
        return {"key_digest": _digest(key) if key else None}


class OAuth2SignOn(SettingsResource, name="OAuth2SignOn"):
    """OAuth2 sign-on of an environment. Not available on instances hosted on premises.

    Args:
        environment: the environment, or its name.
        authority: the OAuth2 authority, such as ``https://login.microsoftonline.com/customer.onmicrosoft.com``.
        client_id: the client id of the app registration.
        key: the client secret; encrypted in state.
        key_from: instead of ``key``: where the deploying machine finds it, ``env:NAME``, ``file:PATH``, or
            ``keyvault:VAULT/SECRET[/VERSION]`` (Azure Key Vault). Never in state.
        key_version: change it to have the key read and sent again.
        key_expires: the date (``2027-01-31``) on which the key ends; previews warn from 30 days before.
        verify: ``token`` verifies the client id and key with the authority before they are sent, so that nobody is locked out.
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
        give either key, or key_from: set exactly one of the two.
        the environment variable … is not set: set it where the deployment runs. Nothing was sent.
        HTTP 404: there is no such environment on this instance; ``pulumi refresh`` detects removed environments.
        does not accept client_id … with this key: found by ``verify="token"``. Nothing was sent, nobody is locked out.
    """

    provider_type: ClassVar[type[base.Provider[Any]]] = OAuth2SignOnProvider
    args_class = OAuth2SignOnArgs

    key_expires: pulumi.Output[str | None]
    """The day on which the key ends, as given; ``w365 expiry`` lists it."""

    @overload
    def __init__(
        self, resource_name: str, args: OAuth2SignOnArgs | OAuth2SignOnArgsDict, opts: pulumi.ResourceOptions | None = None
    ) -> None: ...

    @overload
    def __init__(
        self, resource_name: str, opts: pulumi.ResourceOptions | None = None, **arguments: Unpack[OAuth2SignOnArgsDict]
    ) -> None: ...

    def __init__(self, resource_name: str, *args: Any, **arguments: Any) -> None:
        given, opts = self._arguments(resource_name, args, arguments)
        super().__init__(resource_name, given, opts)


def _vault_key(source: str, get: Callable[[str], object]) -> str:
    try:
        return key_vault.read_value(SecretReference.parse(source), get, os.environ)
    except errors.W365Error as problem:
        raise type(problem)(f"key_from: {str(problem).rstrip('.')}. Nothing was sent.") from problem


def _fetch(source: str) -> str:
    kind, _, place = source.partition(":")
    try:
        key = os.environ.get(place, "") if kind == "env" else _content(Path(place))
    except input_files.FileError as problem:
        raise errors.ConfigurationError(f"key_from: {problem} Nothing was sent.") from problem
    if not key.strip():
        what = (
            f"the environment variable {place} is not set"
            if kind == "env"
            else f"the file {input_files.display_path(place)} is empty"
        )
        raise errors.ConfigurationError(f"key_from: {what} where the deployment runs. Nothing was sent.")
    return key.strip()


def _content(path: Path) -> str:
    source = f"the file {input_files.display_path(path)}, where the deployment runs"
    return input_files.decode_text(input_files.read_user_file(path, largest=input_files.SECRET_BYTES, source=source), source)


def _digest(key: str, salt: str | None = None) -> str:
    salt = salt or secrets.token_hex(16)
    return f"{salt}:{hashlib.sha256(bytes.fromhex(salt) + key.encode()).hexdigest()}"


def _matches(digest: str, key: str) -> bool:
    salt, _, rest = digest.partition(":")
    return bool(rest) and hmac.compare_digest(_digest(key, salt), digest)


def _whose(olds: Mapping[str, Any], news: Mapping[str, Any]) -> str:
    """How a message calls the environment, whose name is known only after it was created."""
    names = (news.get("environment"), olds.get("environment"))
    known = next((name for name in names if isinstance(name, str) and name and not contains_unknowns(name)), None)
    client = news.get("client_id")
    if known:
        return f"environment {known!r}"
    return (
        f"the app registration {client}"
        if isinstance(client, str) and not contains_unknowns(client)
        else "an environment to be created"
    )


def _warn_of_expiry(expires: Any, whose: str) -> None:
    if not isinstance(expires, str):
        return
    try:
        days = (date.fromisoformat(expires) - datetime.now(UTC).date()).days
    except ValueError:  # of a state that other hands wrote: what is unchanged is not judged again
        return
    if days <= _WARN_DAYS:
        when = f"ends in {days} days, on {expires}" if days >= 0 else f"ended on {expires}"
        base.log.warning("the sign-on key of %s %s: create a new one before users can no longer sign in", whose, when)
