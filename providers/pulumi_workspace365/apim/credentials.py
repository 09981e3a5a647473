"""Tokens for Resource Manager: the check signs in wherever the deployment could.

In this order: ``ARM_ACCESS_TOKEN`` as it is; what azure-native is configured with (certificate, client secret, OpenID Connect, managed
identity); azure-identity's ``DefaultAzureCredential`` (``AZURE_*`` variables, workload and managed identity, ``az login``).
"""

import json
import logging
import re
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from pulumi_dynamic_host import redaction, safe_text
from pulumi_workspace365.api import configuration, local_only
from pulumi_workspace365.api.http_client import HttpClient
from pulumi_workspace365.api.http_errors import HttpError
from pulumi_workspace365.apim import azure_transport
from pulumi_workspace365.apim.arm_settings import ArmSettings, AzureCredentials
from pulumi_workspace365.apim.errors import NotSignedIn
from pulumi_workspace365.documents import input_files
from pulumi_workspace365.errors import ConfigurationError, W365Error

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

_SECONDS = 20.0
_AUTHORITY = "https://login.microsoftonline.com"  # azure-identity's own choice
_LONGEST, _LONGEST_READ = 300, 10_000
_LARGEST_ANSWER = 1024 * 1024
_CODE = re.compile(r"AADSTS\d{1,12}[^.]*")
_ATTEMPT = re.compile(r"^\t(\w+): (.*)$", re.MULTILINE)
"""One of the credentials that DefaultAzureCredential tried, and why it gave no token."""
_LONGEST_CAUSE = 120
_EXPIRED_ASSERTION = "AADSTS700024"
_HOW_OTHERWISE = "ARM_TENANT_ID, ARM_CLIENT_ID and ARM_CLIENT_SECRET, or run `az login`"
_HOW = f"Set ARM_ACCESS_TOKEN (az account get-access-token --query accessToken --output tsv), or {_HOW_OTHERWISE}"
_NOT_INSTALLED = (
    "azure-identity is not installed in this environment; install pulumi-workspace365[apim] "
    "(not released yet: `make wheels` in a clone builds it), or set ARM_ACCESS_TOKEN "
    "(az account get-access-token --query accessToken --output tsv)"
)
_HOW_AGAIN = (
    "The OpenID Connect assertion with which this job logged in has expired, as it does after some minutes. Set ARM_USE_OIDC=true "
    "with ARM_TENANT_ID and ARM_CLIENT_ID, which has a new one for each login, or log in again right before the check (azure/login)"
)
_HOW_LATER = (
    "The OpenID Connect assertion in ARM_OIDC_TOKEN or ARM_OIDC_TOKEN_FILE_PATH has expired. Leave ARM_USE_OIDC set and give "
    "ARM_OIDC_REQUEST_URL and ARM_OIDC_REQUEST_TOKEN instead, with which there is a new one for each login, or write a new one right "
    "before the check"
)


@cache
def token_source(settings: ArmSettings) -> Callable[[], str]:
    """A function that gives a token that is valid now; one per settings and process, so that tokens are had once and renewed in time.

    The function raises:
        errors.NotSignedIn: there is no way to sign in, or it was refused.
        ConfigurationError: what is configured for signing in is incomplete.
    """
    if settings.login.access_token:
        token = settings.login.access_token
        return lambda: token
    return _Tokens(settings)


class _Tokens:
    """Keeps a credential of azure-identity, which keeps its tokens and renews them."""

    def __init__(self, settings: ArmSettings) -> None:
        self._settings = settings
        self._credential: TokenCredential | None = None
        self._lock = threading.Lock()  # a hundred checks that start at once sign in once

    def __call__(self) -> str:
        # Only those who sign in pay for the import, or have it installed.
        try:
            import azure.identity  # noqa: F401, PLC0415
            from azure.core.exceptions import AzureError, ClientAuthenticationError  # noqa: PLC0415
        except ModuleNotFoundError as problem:
            if problem.name not in {"azure", "azure.identity"}:
                raise
            raise NotSignedIn(f"{_start(self._settings)}: {_NOT_INSTALLED}.") from problem
        with self._lock:
            try:
                self._credential = self._credential or _credential(self._settings)
                token = self._credential.get_token(self._settings.scope).token
            except ClientAuthenticationError as problem:
                raise NotSignedIn(f"{_start(self._settings)}: {_reason(problem)}. {self._how(problem)}.") from None
            except W365Error:
                raise
            except (AzureError, ValueError, OSError) as problem:
                raise NotSignedIn(f"{_start(self._settings)}: {_reason(problem)}.") from None
            except Exception as problem:  # noqa: BLE001  the border: what a login service answers breaks its library in many ways
                raise NotSignedIn(f"{_start(self._settings)}: its answer cannot be handled ({type(problem).__name__}).") from None
        redaction.register(token)
        return token

    def _how(self, problem: Exception) -> str:
        if _EXPIRED_ASSERTION not in str(problem)[:_LONGEST_READ]:
            return _HOW if self._settings.takes_access_token else f"Set {_HOW_OTHERWISE}"
        return _HOW_LATER if self._settings.login.use_oidc else _HOW_AGAIN


def _start(settings: ArmSettings) -> str:
    return f"Could not sign in to {settings.arm_endpoint} with {_sign_in_method(settings.login)}"


def _sign_in_method(login: AzureCredentials) -> str:
    if login.use_default:
        return "DefaultAzureCredential"
    if login.certificate_path:
        return "the client certificate of azure-native (ARM_CLIENT_CERTIFICATE_PATH)"
    if login.client_secret:
        return "the client secret of azure-native (ARM_CLIENT_SECRET)"
    if login.use_oidc:
        return "OpenID Connect as azure-native (ARM_USE_OIDC)"
    return "a managed identity (ARM_USE_MSI)" if login.use_msi else "DefaultAzureCredential"


def _credential(settings: ArmSettings) -> "TokenCredential":
    from azure import identity  # noqa: PLC0415  as above

    _require_local(settings)
    silence_azure_logs()
    login, options = settings.login, _options(settings)
    if login.use_default:
        return identity.DefaultAzureCredential(**options)
    if login.certificate_path:
        data, password = _content(login.certificate_path, "ARM_CLIENT_CERTIFICATE_PATH"), login.certificate_password
        return identity.CertificateCredential(*_application(login), certificate_data=data, password=password, **options)
    if login.client_secret:
        return identity.ClientSecretCredential(*_application(login), login.client_secret, **options)
    if login.use_oidc:
        return identity.ClientAssertionCredential(*_application(login), lambda: _assertion(settings), **options)
    if login.use_msi:
        return identity.ManagedIdentityCredential(client_id=login.client_id, transport=options["transport"])
    return identity.DefaultAzureCredential(**options)


def silence_azure_logs() -> None:
    """Azure's libraries log each failed way to sign in at length; what matters is in the error."""
    for name in ("azure", "msal"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _require_local(settings: ArmSettings) -> None:
    """Refuse what signs in elsewhere, where the embedded engine allows servers of this machine only."""
    login = settings.login
    applies = login.certificate_path or login.client_secret or login.use_oidc
    authority = settings.authority if applies and not login.use_default else None  # others find their own way out
    address = authority or _AUTHORITY
    local_only.require_loopback(
        address if "://" in address else f"https://{address}", f"signing in with {_sign_in_method(login)}"
    )


def _options(settings: ArmSettings) -> dict[str, Any]:
    options: dict[str, Any] = {"connection_timeout": _SECONDS, "read_timeout": _SECONDS, "retry_total": 2}
    if settings.authority:
        options |= {"authority": settings.authority, "disable_instance_discovery": not settings.is_known_authority}
    return options | {"transport": azure_transport.bounded(settings.ca_file)}


def _application(login: AzureCredentials) -> tuple[str, str]:
    if not login.tenant_id or not login.client_id:
        missing = "azure-native:tenantId (ARM_TENANT_ID)" if not login.tenant_id else "azure-native:clientId (ARM_CLIENT_ID)"
        raise ConfigurationError(f"Signing in with {_sign_in_method(login)} needs {missing} too.")
    return login.tenant_id, login.client_id


def _assertion(settings: ArmSettings) -> str:
    """The identity token of the CI system, fetched anew each time: it lives for minutes."""
    login = settings.login
    if login.oidc_token:
        return login.oidc_token
    if login.oidc_token_file:
        token = input_files.decode_text(
            _content(login.oidc_token_file, "ARM_OIDC_TOKEN_FILE_PATH"), login.oidc_token_file
        ).strip()
    elif login.oidc_request_url and login.oidc_request_token:
        token = _requested(settings, login.oidc_request_url, login.oidc_request_token)
    else:
        raise ConfigurationError(
            "ARM_USE_OIDC needs a token: ARM_OIDC_TOKEN, ARM_OIDC_TOKEN_FILE_PATH, or ARM_OIDC_REQUEST_URL with ARM_OIDC_REQUEST_TOKEN "
            "(in GitHub Actions: permissions: id-token: write)."
        )
    redaction.register(token)
    return token


def _content(path: str, variable: str) -> bytes:
    return input_files.read_user_file(
        Path(path), largest=input_files.SECRET_BYTES, source=f"{variable} names {input_files.display_path(path)}"
    )


def _requested(settings: ArmSettings, url: str, token: str) -> str:
    configuration.normalise_base_url(url.partition("?")[0], "ARM_OIDC_REQUEST_URL", "an https address")
    local_only.require_loopback(url, "ARM_OIDC_REQUEST_URL")
    target = f"{url}{'&' if '?' in url else '?'}{urlencode({'audience': settings.login.oidc_audience})}"
    http = HttpClient(url, ca_file=settings.ca_file)
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    try:
        answer = http.send("GET", target, headers=headers, seconds=_SECONDS, largest=_LARGEST_ANSWER)
    except HttpError as problem:
        raise ValueError(
            f"the identity token cannot be requested from ARM_OIDC_REQUEST_URL ({problem.detail or problem.reason})"
        ) from problem
    finally:
        http.close()
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        found = None
    value = found.get("value") if isinstance(found, dict) else None
    if answer.status != 200 or not isinstance(value, str):
        raise ValueError(f"ARM_OIDC_REQUEST_URL gave no identity token (HTTP {answer.status})")
    return value


def _reason(problem: BaseException) -> str:
    """One line of azure-identity's report, which may be a page: the cause of each credential that was tried, or the only one's."""
    message = str(problem)
    text = redaction.redact(message[:_LONGEST_READ], is_cut=len(message) > _LONGEST_READ)
    attempts = [f"{name}: {_cause(cause, _LONGEST_CAUSE)}" for name, cause in _ATTEMPT.findall(text)]
    return "; ".join(attempts) or _cause(text, _LONGEST) or type(problem).__name__


def _cause(text: str, longest: int) -> str:
    """The login service's code with what it says, else the beginning."""
    line = safe_text.one_line(text)
    code = _CODE.search(line)
    return (code[0] if code else line).rstrip(". ")[:longest]
