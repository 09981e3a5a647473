"""Reads and validates the instance's address, keys and settings.

Order (``docs/configuration.md``): an explicit ``Instance`` provider, then the environment variable, then stack config. A
variable wins over stack config because refresh and destroy see the stack config of the last ``up`` only.
"""

import ipaddress
import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from pulumi_dynamic_host import redaction
from pulumi_workspace365 import errors
from pulumi_workspace365.api import secret_references, vault_reading
from pulumi_workspace365.api.cli_hints import for_installed_cli
from pulumi_workspace365.api.secret_references import SecretReference
from pulumi_workspace365.documents import input_files

EXPLICIT_INSTANCE = "w365:instance"
"""The config key by which an ``Instance`` provider marks its settings as winning over environment variables."""

DEFAULT_PORTS = {"https": 443, "http": 80}
"""By scheme, for comparing addresses."""


@dataclass(frozen=True)
class Settings:
    """How one Workspace 365 instance is reached. ``instance`` is its identity: scheme, host, port and path."""

    instance: str
    provisioning_key: str | None = field(default=None, repr=False)
    health_api_key: str | None = field(default=None, repr=False)
    provisioning_key_from: SecretReference | None = None
    """Where the provisioning key is in Key Vault, instead of the key itself."""
    read_vault_key: Callable[[], str] | None = field(default=None, repr=False, compare=False)
    """Reads it from there."""
    request_timeout: float = 60.0
    """Seconds one request may take as a whole."""
    max_in_flight: int = 16
    max_retries: int = 4
    settle_seconds: float = 60.0
    """Seconds for which the list is watched for what a write must lead to."""
    allow_vanished: int = 1
    backup_dir: str | None = None
    """Where an export is written before an environment is deleted; no backup then means no delete."""
    ca_file: str | None = None

    def __post_init__(self) -> None:
        redaction.register(self.provisioning_key, self.health_api_key)

    def with_vault_key(self) -> "Settings":
        """The settings with the provisioning key itself, wherever it is kept.

        Raises:
            errors.W365Error: Key Vault does not give it.
        """
        if not self.read_vault_key:
            return self
        return replace(self, provisioning_key=self.read_vault_key(), provisioning_key_from=None, read_vault_key=None)

    @property
    def key_identity(self) -> str | None:
        """What tells one provisioning key from another."""
        return str(self.provisioning_key_from) if self.provisioning_key_from else self.provisioning_key

    @property
    def longest_create(self) -> float:
        """Seconds that a create may take with everything around it."""
        return 3 * self.request_timeout + self.settle_seconds

    @property
    def is_loopback(self) -> bool:
        """Whether the instance is on this machine."""
        return is_loopback(urlsplit(self.instance).hostname or "")


def read(get: Callable[[str], object], environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings for this process.

    Args:
        get: looks a stack configuration key such as ``w365:baseUrl`` up, ``None`` when unset.
        environ: the environment variables.

    Raises:
        errors.ConfigurationError: naming the key and the variable that are missing or malformed.
    """
    return _Reader(get, environ).settings()


def may_delete(*names: str | None, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether ``W365_ALLOW_DELETE`` (names, comma separated, or ``*``) lets this run delete the environment of one of these names."""
    allowed = {name.strip().casefold() for name in environ.get("W365_ALLOW_DELETE", "").split(",") if name.strip()}
    return "*" in allowed or any(name and name.casefold() in allowed for name in names)


def failed_checks_pass(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether ``W365_CHECKS=warn`` lets this run go on when a check fails.

    Raises:
        errors.ConfigurationError: it is set to something else than ``enforce`` or ``warn``.
    """
    mode = environ.get("W365_CHECKS", "").strip().lower() or "enforce"
    if mode not in {"enforce", "warn"}:
        raise errors.ConfigurationError(f"W365_CHECKS must be enforce or warn, not {mode!r}.")
    return mode == "warn"


_MOST_DIGITS = 9


def allow_vanished(environ: Mapping[str, str] = os.environ) -> int:
    """How many environments one run may find gone, from ``W365_ALLOW_VANISHED``.

    Raises:
        errors.ConfigurationError: it is no number.
    """
    text = environ.get("W365_ALLOW_VANISHED", "").strip() or "1"
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise errors.ConfigurationError(f"W365_ALLOW_VANISHED must be a number of environments, not {text!r:.40}.")
    return int(text)


@dataclass(frozen=True)
class Number:
    """A setting that is a number from ``least`` to ``most``."""

    variable: str
    default: float
    least: float
    most: float

    def parse(self, key: str, text: str | None) -> float:
        """The number that a text is, the default without one.

        Raises:
            errors.ConfigurationError: it is no number, or one outside the range.
        """
        if text is None:
            return self.default
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not self.least <= number <= self.most:
            raise errors.ConfigurationError(
                f"{key} ({self.variable}) must be a number from {self.least:g} to {self.most:g}, not {text!r}."
            )
        return number


NUMBERS = {
    "w365:requestTimeout": Number("W365_REQUEST_TIMEOUT", 60.0, least=0.1, most=3600),
    "w365:maxInFlight": Number("W365_MAX_IN_FLIGHT", 16, least=1, most=256),
    "w365:maxRetries": Number("W365_MAX_RETRIES", 4, least=0, most=20),
    "w365:settleSeconds": Number("W365_SETTLE_SECONDS", 60.0, least=0, most=3600),
}
"""By key of the stack's configuration."""
_INSTANCE = "the instance's address, such as https://portal.example.com"


def normalise_base_url(url: str, name: str = "w365:baseUrl", meaning: str = _INSTANCE) -> str:
    """The instance's identity for a base URL: lower-case scheme and host, no default port, no final slash (docs/provisioning-api.md#a-20).

    Args:
        url: what was configured.
        name: of the setting.
        meaning: what the setting must be, after "must be".

    Raises:
        errors.ConfigurationError: when it is no https URL (http is for loopback only), or carries a user, query or fragment.
    """
    advice = f"{name} must be {meaning}"
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").encode("idna").decode("ascii").lower(), parts.port
    except (ValueError, UnicodeError):
        raise errors.ConfigurationError(f"{advice}; the current value is not a URL.") from None
    if parts.scheme not in DEFAULT_PORTS or not host:
        raise errors.ConfigurationError(f"{advice}; the current value has no https:// or no host.")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise errors.ConfigurationError(f"{advice}, without user name, query or fragment; keys have settings of their own.")
    if parts.scheme == "http" and not is_loopback(host):
        raise errors.ConfigurationError(f"{advice}: http would send keys in the clear to {host}; use https.")
    netloc = f"[{host}]" if ":" in host else host
    if port and port != DEFAULT_PORTS[parts.scheme]:
        netloc += f":{port}"
    return f"{parts.scheme}://{netloc}{parts.path.rstrip('/')}"


def is_loopback(host: str) -> bool:
    """Whether a host name or address is on this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


class _Reader:
    """Looks one setting up in the agreed order."""

    def __init__(self, get: Callable[[str], object], environ: Mapping[str, str]) -> None:
        self._get = get
        self._environ = environ
        self._explicit = bool(get(EXPLICIT_INSTANCE))

    def settings(self) -> Settings:
        url = self._text("w365:baseUrl", "W365_BASE_URL")
        if not url:
            raise errors.ConfigurationError(
                for_installed_cli(
                    "No Workspace 365 instance is configured: run `pulumi config set w365:baseUrl https://…` or set W365_BASE_URL."
                )
            )
        key = self._key("w365:provisioningKey", "W365_PROVISIONING_KEY")
        reference = _reference(key) if key and secret_references.is_reference(key) else None
        return Settings(
            instance=normalise_base_url(url, "w365:baseUrl (W365_BASE_URL)"),
            provisioning_key=None if reference else key,
            provisioning_key_from=reference,
            read_vault_key=vault_reading.bound(reference, self._get, self._environ) if reference else None,
            health_api_key=self._key("w365:healthApiKey", "W365_HEALTH_API_KEY"),
            request_timeout=self._number("w365:requestTimeout"),
            max_in_flight=int(self._number("w365:maxInFlight")),
            max_retries=int(self._number("w365:maxRetries")),
            settle_seconds=self._number("w365:settleSeconds"),
            allow_vanished=allow_vanished(self._environ),
            backup_dir=self._text("w365:backupDir", "W365_BACKUP_DIR"),
            ca_file=ca_file(self._environ),
        )

    def _text(self, key: str, variable: str) -> str | None:
        configured = self._get(key)
        from_config = None if configured is None else str(configured).strip()
        from_environ = self._environ.get(variable, "").strip() or None
        return (from_config or from_environ) if self._explicit else (from_environ or from_config)

    def _key(self, key: str, variable: str) -> str | None:
        value = self._text(key, variable)
        path = self._environ.get(f"{variable}_FILE", "").strip()
        if path and not (self._environ.get(variable, "").strip() or (self._explicit and value)):
            value = _read_key_file(path, f"{variable}_FILE")
        if value and not (value.isascii() and value.isprintable()):
            redaction.register(value)
            raise errors.ConfigurationError(
                f"{key} ({variable}) contains a character that is not allowed in an HTTP header: copy the key again."
            )
        return value

    def _number(self, key: str) -> float:
        number = NUMBERS[key]
        return number.parse(key, self._text(key, number.variable))


def _reference(text: str) -> SecretReference:
    try:
        return SecretReference.parse(text)
    except ValueError as problem:
        raise errors.ConfigurationError(f"w365:provisioningKey (W365_PROVISIONING_KEY): {problem}.") from None


def ca_file(environ: Mapping[str, str] = os.environ) -> str | None:
    """The file of certificate authorities that ``W365_CA_FILE`` names.

    Raises:
        errors.ConfigurationError: there is no such file.
    """
    path = environ.get("W365_CA_FILE", "").strip()
    if path and not input_files.is_file(Path(path)):
        raise errors.ConfigurationError(
            f"W365_CA_FILE names {input_files.display_path(path)}, which is not a file: give a PEM file of certificate authorities."
        )
    return path or None


def _read_key_file(path: str, variable: str) -> str:
    try:
        return input_files.decode_text(
            input_files.read_user_file(Path(path), largest=input_files.SECRET_BYTES), input_files.display_path(path)
        ).strip()
    except input_files.FileError as problem:
        raise errors.ConfigurationError(
            f"{variable} names {input_files.display_path(path)}, which cannot be read: {problem.detail}."
        ) from problem
