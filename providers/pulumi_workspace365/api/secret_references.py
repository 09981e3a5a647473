"""Where a secret is in Azure Key Vault: ``keyvault:VAULT/SECRET[/VERSION]``. It is parsed without a network."""

import re
from dataclasses import dataclass, replace

PREFIX = "keyvault:"
FORM = "keyvault:VAULT/SECRET or keyvault:VAULT/SECRET/VERSION"

_NAME = r"[A-Za-z](-?[A-Za-z0-9]){2,23}"
_HOST = rf"{_NAME}(\.[A-Za-z0-9]([A-Za-z0-9-]{{0,61}}[A-Za-z0-9])?){{2,6}}"
_SECRET = r"[0-9A-Za-z-]{1,127}"  # noqa: S105  a pattern of names
_VERSION = r"[0-9a-f]{32}"
PATTERN = rf"{PREFIX}({_NAME}|{_HOST})/{_SECRET}(/{_VERSION})?"
_PUBLIC_SUFFIX = "vault.azure.net"


@dataclass(frozen=True)
class SecretReference:
    """One secret. ``host`` is the vault's DNS name; without a ``version`` the newest is meant."""

    host: str
    name: str
    version: str | None = None

    @classmethod
    def parse(cls, text: str) -> "SecretReference":
        """Read a reference.

        Raises:
            ValueError: it has another form; the message is the end of a sentence.
        """
        problem = _problem(text)
        if problem:
            raise ValueError(problem)
        vault, name, *version = text.removeprefix(PREFIX).split("/")
        host = vault if "." in vault else f"{vault}.{_PUBLIC_SUFFIX}"
        return cls(host.lower(), name, version[0] if version else None)

    @property
    def vault_url(self) -> str:
        """The vault's address."""
        return f"https://{self.host}"

    def pinned(self, version: str) -> "SecretReference":
        """The same secret in one version."""
        return replace(self, version=version)

    def __str__(self) -> str:
        vault = self.host.removesuffix(f".{_PUBLIC_SUFFIX}")
        return f"{PREFIX}{vault}/{self.name}{f'/{self.version}' if self.version else ''}"


def is_reference(source: str) -> bool:
    """Whether ``key_from`` names a secret in Key Vault."""
    return source.startswith(PREFIX)


def judge(source: str) -> str:
    """A ``key_from`` unchanged.

    Raises:
        ValueError: it is a reference of a wrong form.
    """
    if is_reference(source):
        SecretReference.parse(source)
    return source


def _problem(text: str) -> str:
    if re.fullmatch(PATTERN, text):
        return ""
    vault, *rest = text.removeprefix(PREFIX).split("/")
    if not text.startswith(PREFIX) or len(rest) not in {1, 2}:
        return f"it must be {FORM}"
    if not re.fullmatch(f"{_NAME}|{_HOST}", vault):
        return (
            "the vault must be its name (3 to 24 letters, digits and single hyphens, a letter first), or its host such as "
            "contoso.vault.usgovcloudapi.net, in keyvault:VAULT/SECRET"
        )
    if not re.fullmatch(_SECRET, rest[0]):
        return "the secret's name in keyvault:VAULT/SECRET must have 1 to 127 letters, digits and hyphens"
    return "the version in keyvault:VAULT/SECRET/VERSION must be 32 hexadecimal digits in lower case"
