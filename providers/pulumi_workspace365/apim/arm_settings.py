"""The address of Resource Manager and the credentials for it: the settings of ``apim:``, those of azure-native, and their environment variables.

``apim:`` keys follow this project's order: the environment variable wins. Those of azure-native follow azure-native's: its configuration wins,
so that the check signs in as the deployment does.
"""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pulumi_dynamic_host import redaction
from pulumi_workspace365 import errors
from pulumi_workspace365.api import configuration
from pulumi_workspace365.apim.models import SUBSCRIPTION_ID

_ENDPOINT_DESCRIPTION = "the address of Resource Manager, such as https://management.azure.com"
_CLOUDS = {
    "public": ("https://management.azure.com", "https://login.microsoftonline.com"),
    "usgovernment": ("https://management.usgovcloudapi.net", "https://login.microsoftonline.us"),
    "china": ("https://management.chinacloudapi.cn", "https://login.chinacloudapi.cn"),
}
_CLOUD_NAME_AFFIXES = re.compile(r"^azure|cloud$")  # azure-native takes AzureUSGovernmentCloud for usgovernment


@dataclass(frozen=True)
class AzureCredentials:
    """The settings for signing in to Azure, named as in azure-native's configuration."""

    access_token: str | None = field(default=None, repr=False)
    tenant_id: str | None = None
    client_id: str | None = None
    client_secret: str | None = field(default=None, repr=False)
    certificate_path: str | None = None
    certificate_password: str | None = field(default=None, repr=False)
    use_oidc: bool = False
    oidc_token: str | None = field(default=None, repr=False)
    oidc_token_file: str | None = None
    oidc_request_token: str | None = field(default=None, repr=False)
    oidc_request_url: str | None = None
    oidc_audience: str = "api://AzureADTokenExchange"
    use_msi: bool = False
    use_default: bool = False
    """azure-native's ``useDefaultAzureCredential``: ignore all fields above except ``access_token``."""

    def __post_init__(self) -> None:
        secrets = (self.access_token, self.client_secret, self.certificate_password, self.oidc_token, self.oidc_request_token)
        redaction.register(*secrets)


@dataclass(frozen=True)
class ArmSettings:
    """One Resource Manager and one set of credentials. Hashable, so that clients can be cached by their settings."""

    arm_endpoint: str
    scope: str
    """The OAuth scope of tokens. It follows from the endpoint, so that a token for one cloud never reaches another."""
    authority: str | None
    """The login service; ``None`` for azure-identity's own choice."""
    is_known_authority: bool
    login: AzureCredentials
    subscription_id: str | None = None
    ca_file: str | None = None
    takes_access_token: bool = True
    """Whether ARM_ACCESS_TOKEN is for what is signed in to."""


def read(get: Callable[[str], object], environ: Mapping[str, str] = os.environ) -> ArmSettings:
    """The settings for this process. Missing credentials are reported when they are used; only the form of ARM_ACCESS_TOKEN is checked here.

    Args:
        get: looks a stack configuration key such as ``apim:armEndpoint`` up, ``None`` when unset.
        environ: the environment variables.

    Raises:
        errors.ConfigurationError: naming the key and the variable that are malformed.
    """
    reader = _Reader(get, environ)
    configured = reader.apim_setting("apim:armEndpoint", "ARM_ENDPOINT") or _CLOUDS[reader.cloud()][0]
    endpoint = configuration.normalise_base_url(configured, "apim:armEndpoint (ARM_ENDPOINT)", _ENDPOINT_DESCRIPTION)
    resource, by_cloud = _audience_and_authority(endpoint)
    own_authority = environ.get("AZURE_AUTHORITY_HOST", "").strip() or None
    authority = own_authority or by_cloud
    return ArmSettings(
        arm_endpoint=endpoint,
        scope=f"{resource}/.default",
        authority=authority,
        is_known_authority=authority is None or _host(authority) in {_host(login) for _, login in _CLOUDS.values()},
        login=reader.login(),
        subscription_id=reader.subscription(),
        ca_file=configuration.ca_file(environ),
    )


def _audience_and_authority(endpoint: str) -> tuple[str, str | None]:
    """The resource that tokens name, and the login service, of the cloud to which an endpoint (also a regional one) belongs."""
    host = _host(endpoint)
    for resource, authority in _CLOUDS.values():
        if host == _host(resource) or host.endswith(f".{_host(resource)}"):
            return resource, authority
    parts = urlsplit(endpoint)
    return f"{parts.scheme}://{parts.netloc}", None


def _host(address: str) -> str:
    return (urlsplit(address if "://" in address else f"https://{address}").hostname or "").lower()


class _Reader:
    """Looks one setting up in the order that holds for it."""

    def __init__(self, get: Callable[[str], object], environ: Mapping[str, str]) -> None:
        self._get = get
        self._environ = environ

    def apim_setting(self, key: str, variable: str) -> str | None:
        """A setting of ours: the variable wins, but over an explicit provider's."""
        if self._get(configuration.EXPLICIT_INSTANCE):
            return self._configured(key) or self._variable(variable)
        return self._variable(variable) or self._configured(key)

    def azure_native_setting(self, key: str, *variables: str) -> str | None:
        """A setting of azure-native: its configuration wins."""
        found = (self._variable(variable) for variable in variables)
        return self._configured(f"azure-native:{key}") or next((value for value in found if value), None)

    def cloud(self) -> str:
        named = (self.azure_native_setting("environment", "ARM_ENVIRONMENT", "AZURE_ENVIRONMENT") or "").lower()
        cloud = _CLOUD_NAME_AFFIXES.sub("", named) or "public"
        if cloud not in _CLOUDS:
            clouds = ", ".join(_CLOUDS)
            raise errors.ConfigurationError(f"azure-native:environment (ARM_ENVIRONMENT) must be one of {clouds}, not {named!r}.")
        return cloud

    def subscription(self) -> str | None:
        found = self.apim_setting("apim:subscriptionId", "ARM_SUBSCRIPTION_ID") or self.azure_native_setting("subscriptionId")
        if found and not re.match(SUBSCRIPTION_ID, found):
            raise errors.ConfigurationError("apim:subscriptionId (ARM_SUBSCRIPTION_ID) must be the UUID of a subscription.")
        return found

    def login(self) -> AzureCredentials:
        return AzureCredentials(
            access_token=_token(self._variable("ARM_ACCESS_TOKEN")),
            tenant_id=self.azure_native_setting("tenantId", "ARM_TENANT_ID"),
            client_id=self.azure_native_setting("clientId", "ARM_CLIENT_ID"),
            client_secret=self.azure_native_setting("clientSecret", "ARM_CLIENT_SECRET"),
            certificate_path=self.azure_native_setting("clientCertificatePath", "ARM_CLIENT_CERTIFICATE_PATH"),
            certificate_password=self.azure_native_setting("clientCertificatePassword", "ARM_CLIENT_CERTIFICATE_PASSWORD"),
            use_oidc=self._flag("useOidc", "ARM_USE_OIDC"),
            oidc_token=self.azure_native_setting("oidcToken", "ARM_OIDC_TOKEN"),
            oidc_token_file=self.azure_native_setting("oidcTokenFilePath", "ARM_OIDC_TOKEN_FILE_PATH"),
            oidc_request_token=self.azure_native_setting(
                "oidcRequestToken", "ARM_OIDC_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
            ),
            oidc_request_url=self.azure_native_setting("oidcRequestUrl", "ARM_OIDC_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_URL"),
            oidc_audience=self.azure_native_setting("oidcAudience", "ARM_OIDC_AUDIENCE") or AzureCredentials.oidc_audience,
            use_msi=self._flag("useMsi", "ARM_USE_MSI"),
            use_default=self._flag("useDefaultAzureCredential", "ARM_USE_DEFAULT_AZURE_CREDENTIAL"),
        )

    def _flag(self, key: str, variable: str) -> bool:
        return (self.azure_native_setting(key, variable) or "").lower() in {"true", "1"}

    def _variable(self, name: str) -> str | None:
        return self._environ.get(name, "").strip() or None

    def _configured(self, key: str) -> str | None:
        value = self._get(key)
        return None if value is None else str(value).strip() or None


def _token(text: str | None) -> str | None:
    token = text.removeprefix("Bearer ").strip() if text else None
    if token and not (token.isascii() and token.isprintable() and " " not in token):
        redaction.register(token)
        raise errors.ConfigurationError(
            "ARM_ACCESS_TOKEN is not a bare token: take it with `az account get-access-token --query accessToken --output tsv`."
        )
    return token
