"""Checks of the environment variables: unknown names and values, and certificate files that are not there."""

import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import pulumi

from pulumi_dynamic_host import process
from pulumi_workspace365.api import configuration
from pulumi_workspace365.api.naming import nearest
from pulumi_workspace365.documents import input_files
from pulumi_workspace365.errors import ConfigurationError
from pulumi_workspace365.resource import sdk_registration
from pulumi_workspace365_cli.report import Check

_PREFIX = "W365_"
NAMES = frozenset(
    f"{_PREFIX}{name}"
    for name in (
        *("ALLOW_DELETE", "ALLOW_VANISHED", "AUDIT", "BACKUP_DIR", "BASE_URL", "CA_FILE", "CHECKS", "ENVIRONMENT"),
        *("HEALTH_API_KEY", "HEALTH_API_KEY_FILE", "HOST_MODULES", "HOST_ORPHAN_SECONDS", "HOST_PARALLEL", "HOST_PARENT"),
        *(
            "JOURNAL",
            "KEY_VAULT_ENDPOINT",
            "LOG",
            "MAX_IN_FLIGHT",
            "MAX_RETRIES",
            "PROVISIONING_KEY",
            "PROVISIONING_KEY_FILE",
            "REAL_AZURE_NATIVE",
        ),
        *("REQUEST_TIMEOUT", "SDK_DECLARED_OUTPUTS", "SDK_SHORT_STACKS", "SETTLE_SECONDS"),
    )
)
"""Every variable of this project that begins with ``W365_``."""
_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def unknown_names(environ: Mapping[str, str]) -> Check:
    """Whether a variable that nothing reads has almost the name of one that is read. Others may be the user's own."""
    name = "variables"
    unread = sorted(variable for variable in environ if variable.upper().startswith(_PREFIX) and variable not in NAMES)
    meant = {variable: near for variable in unread if (near := _nearest(variable))}
    if meant:
        detail = "; ".join(f"nothing reads {variable}; did you mean {near}?" for variable, near in meant.items())
        return Check(name, "warning", detail, "Correct the name, or unset the variable.")
    return Check(name, "ok", f"not read by this package: {', '.join(unread)}" if unread else "no unknown name")


def _nearest(variable: str) -> str | None:
    """The most similar name, apart from what all names have in common."""
    near = nearest(variable[len(_PREFIX) :], [known.removeprefix(_PREFIX) for known in NAMES])
    return f"{_PREFIX}{near}" if near else None


def unknown_values(environ: Mapping[str, str]) -> Check:
    """Whether what reads the variables that no other check covers refuses a value."""
    readers: tuple[Callable[[], object], ...] = (
        lambda: configuration.failed_checks_pass(environ),
        lambda: configuration.allow_vanished(environ),
        *(
            partial(number.parse, key, environ.get(number.variable, "").strip() or None)
            for key, number in configuration.NUMBERS.items()
        ),
        lambda: sdk_registration.is_on(sdk_registration.OUTPUTS_VARIABLE),
        lambda: sdk_registration.is_on(sdk_registration.STACKS_VARIABLE),
        process.settings,
    )
    refused = [problem for problem in map(_refusal, readers) if problem]
    if refused:
        return Check("values of variables", "failed", "; ".join(refused), "Correct the value, or unset the variable.")
    return Check("values of variables", "ok", "no unknown value")


def _refusal(read: Callable[[], object]) -> str | None:
    try:
        read()
    except (ConfigurationError, pulumi.RunError, ValueError) as problem:
        return str(problem).rstrip(".")
    return None


def certificate_files(environ: Mapping[str, str]) -> Check:
    """Whether the certificate authorities that other programs' variables name are there; they take the place of the system's."""
    name, named = "certificate files", {variable: environ[variable] for variable in _CERTIFICATES if environ.get(variable)}
    missing = [variable for variable, path in named.items() if not all(map(os.path.exists, _paths(variable, path)))]
    if missing:
        detail = "; ".join(
            f"{variable} names {input_files.display_path(Path(named[variable]))}, which is not there" for variable in missing
        )
        return Check(name, "warning", detail, "Correct or unset it: connections that need the authorities of this file fail.")
    if named:
        return Check(name, "ok", f"in place of the system's: {', '.join(named)}")
    return Check(name, "skipped", "only the system's; W365_CA_FILE adds more")


def _paths(variable: str, value: str) -> list[str]:
    return value.split(os.pathsep) if variable == "SSL_CERT_DIR" else [value]
