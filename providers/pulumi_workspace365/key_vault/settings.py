"""How key vaults are reached: who signs in, as for the connectivity check, and which authorities are trusted."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from pulumi_workspace365 import errors
from pulumi_workspace365.api import configuration, local_only
from pulumi_workspace365.apim import arm_settings
from pulumi_workspace365.apim.arm_settings import ArmSettings

_ENDPOINT = "W365_KEY_VAULT_ENDPOINT"


@dataclass(frozen=True)
class KeyVaultSettings:
    """``endpoint``: a server of this machine that stands for every vault, as the sandbox's does."""

    azure: ArmSettings
    endpoint: str | None = None

    def signing_in(self, scope: str) -> ArmSettings:
        """The settings with which to sign in for a scope; a token for Resource Manager is none for a vault."""
        login = replace(self.azure.login, access_token=None)
        return replace(
            self.azure, arm_endpoint=scope.removesuffix("/.default"), scope=scope, login=login, takes_access_token=False
        )

    def require_local(self, vault_url: str) -> None:
        """Refuse a vault elsewhere, where the embedded engine allows servers of this machine only.

        Raises:
            ConfigurationError: it is elsewhere.
        """
        local_only.require_loopback(self.endpoint or vault_url, "keyvault:")


def read(get: Callable[[str], object], environ: Mapping[str, str] = os.environ) -> KeyVaultSettings:
    """The settings for this process.

    Args:
        get: looks a stack configuration key such as ``azure-native:tenantId`` up, ``None`` when unset.
        environ: the environment variables.

    Raises:
        errors.ConfigurationError: naming the key and the variable that are malformed.
    """
    endpoint = environ.get(_ENDPOINT, "").strip()
    if endpoint:
        endpoint = configuration.normalise_base_url(endpoint, _ENDPOINT, "the address of a server of this machine")
        if not configuration.is_loopback(urlsplit(endpoint).hostname or ""):
            raise errors.ConfigurationError(
                f"{_ENDPOINT} must be the address of a server of this machine, for tests: a vault elsewhere is named in keyvault:HOST/SECRET."
            )
    return KeyVaultSettings(arm_settings.read(get, environ), endpoint or None)
