"""Reads secrets through the official client, azure-keyvault-secrets, and judges what it gave."""

import re
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tenacity import Retrying, retry_if_exception, stop_after_attempt

from pulumi_dynamic_host import redaction
from pulumi_workspace365.api.http_client import retry_after
from pulumi_workspace365.api.secret_references import SecretReference
from pulumi_workspace365.apim import azure_transport, credentials
from pulumi_workspace365.errors import W365Error
from pulumi_workspace365.key_vault import errors
from pulumi_workspace365.key_vault.settings import KeyVaultSettings

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken
    from azure.keyvault.secrets import KeyVaultSecret

_AT_ONCE = 8
_ATTEMPTS, _PASSING = 3, {429, 500, 502, 503, 504}
_LONGEST_WAIT = 10.0
_TOKEN_SECONDS = 60
_VERSION = re.compile(r"[0-9a-f]{32}")
_NOT_INSTALLED = (
    "cannot be read, because azure-keyvault-secrets is not installed in this environment: install pulumi-workspace365[keyvault] "
    "(not released yet: `make wheels` in a clone builds it)"
)


@dataclass(frozen=True)
class VaultSecret:
    """One version of a secret. ``expires`` is the UTC day on which it ends."""

    version: str
    value: str = field(repr=False)
    expires: date | None = None


def read_all(
    references: Iterable[SecretReference], settings: KeyVaultSettings
) -> "dict[SecretReference, VaultSecret | W365Error]":
    """Read secrets concurrently, each once; what cannot be read has its error instead."""

    def attempt(reference: SecretReference) -> VaultSecret | W365Error:
        try:
            return read(reference, settings)
        except W365Error as problem:
            return problem

    distinct = list(dict.fromkeys(references))
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        running = [pool.submit(copy_context().run, attempt, reference) for reference in distinct]
    return dict(zip(distinct, (future.result() for future in running), strict=True))


def read(reference: SecretReference, settings: KeyVaultSettings) -> VaultSecret:
    """Read one secret.

    Raises:
        errors.SecretUnavailable: there is none that can be used.
        W365Error: signing in failed, or what is configured for it is incomplete.
    """
    settings.require_local(reference.vault_url)
    try:
        from azure.core.exceptions import AzureError, HttpResponseError  # noqa: PLC0415  only those who keep keys in a vault have it
        from azure.keyvault.secrets import SecretClient  # noqa: PLC0415  likewise
    except ModuleNotFoundError as problem:
        if not (problem.name or "").startswith("azure"):
            raise
        raise errors.unavailable(reference, _NOT_INSTALLED) from problem
    credentials.silence_azure_logs()
    transport = azure_transport.bounded(settings.azure.ca_file, endpoint=settings.endpoint)
    client = SecretClient(reference.vault_url, _Credential(settings), transport=transport, retry_total=0)
    try:
        for attempt in Retrying(
            retry=retry_if_exception(_is_passing), stop=stop_after_attempt(_ATTEMPTS), wait=_wait, reraise=True
        ):
            with attempt:
                answer = client.get_secret(reference.name, reference.version)
        return _judged(reference, answer)
    except W365Error:
        raise
    except HttpResponseError as problem:
        raise errors.refused(reference, problem) from None
    except AzureError as problem:
        raise errors.unreached(reference, problem) from None
    except Exception as problem:  # noqa: BLE001  the border: what a server answers breaks its library in many ways
        raise errors.no_vault(reference, f"its answer cannot be handled ({type(problem).__name__})") from None


class _Credential:
    """Signs in as the connectivity check does, for the resource that the vault names; the client has compared it with the vault's host."""

    def __init__(self, settings: KeyVaultSettings) -> None:
        self._settings = settings

    def get_token(self, *scopes: str, **_: Any) -> "AccessToken":
        from azure.core.credentials import AccessToken  # noqa: PLC0415  as above

        token = credentials.token_source(self._settings.signing_in(scopes[0]))()
        return AccessToken(token, int(time.time()) + _TOKEN_SECONDS)


def _is_passing(problem: BaseException) -> bool:
    return getattr(problem, "status_code", None) in _PASSING and _asked_seconds(problem) <= _LONGEST_WAIT


def _wait(state: Any) -> float:
    return _asked_seconds(state.outcome.exception()) or 0.5 * float(2 ** (state.attempt_number - 1))


def _asked_seconds(problem: Any) -> float:
    return retry_after(problem.response.headers.get("Retry-After")) or 0.0 if getattr(problem, "response", None) else 0.0


def _judged(reference: SecretReference, answer: "KeyVaultSecret") -> VaultSecret:
    value = answer.value
    redaction.register(value if isinstance(value, str) else None)
    version = _identified(reference, answer)
    if not isinstance(value, str) or not value.strip():
        raise errors.unavailable(reference, "has no value: add a version that has one")
    properties, now = answer.properties, datetime.now(UTC)
    if properties.enabled is False:
        raise errors.disabled(reference)
    if properties.expires_on and properties.expires_on <= now:
        raise errors.expired(reference, properties.expires_on.date())
    if properties.not_before and properties.not_before > now:
        raise errors.premature(reference, properties.not_before.date())
    redaction.register(value.strip())
    return VaultSecret(version, value.strip(), properties.expires_on.date() if properties.expires_on else None)


def _identified(reference: SecretReference, answer: "KeyVaultSecret") -> str:
    """The version that came, if it is of the secret that was asked for."""
    parts = urlsplit(answer.id or "")
    kind, _, rest = parts.path.lstrip("/").partition("/")
    name, _, version = rest.partition("/")
    same = (parts.hostname, kind, name.casefold()) == (reference.host, "secrets", reference.name.casefold())
    if not same or reference.version not in {None, version} or not _VERSION.fullmatch(version):
        raise errors.no_vault(reference, "the answer is of another secret")
    return version
