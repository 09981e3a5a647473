"""Why a secret cannot be used, in words: each text is the end of a sentence that begins with the place of the reference."""

import json
from datetime import date
from typing import Any

from pulumi_dynamic_host import redaction, safe_text
from pulumi_workspace365.api.secret_references import SecretReference
from pulumi_workspace365.apim.azure_transport import UNREADABLE
from pulumi_workspace365.errors import W365Error

_LONGEST, _LONGEST_BODY = 300, 64 * 1024
_ROLE = "give the identity that deploys the role Key Vault Secrets User on the vault"


class SecretUnavailable(W365Error):
    """Key Vault gave no secret that can be used. Nothing was sent to the environment."""


def unavailable(reference: SecretReference, reason: str) -> SecretUnavailable:
    """The error about one secret; ``reason`` says what is wrong and what to do, without a full stop."""
    version = f" in version {reference.version}" if reference.version else ""
    return SecretUnavailable(f"secret {reference.name!r}{version} of key vault {reference.host} {reason}")


def disabled(reference: SecretReference) -> SecretUnavailable:
    """The version is switched off."""
    return unavailable(reference, "is disabled: enable it, or add a version that is")


def expired(reference: SecretReference, day: date) -> SecretUnavailable:
    """``exp`` has passed."""
    return unavailable(reference, f"expired on {day}: add a new version that has not")


def premature(reference: SecretReference, day: date) -> SecretUnavailable:
    """``nbf`` has not come."""
    return unavailable(
        reference, f"is not valid before {day}: wait until then, change its activation date, or name an earlier version"
    )


def refused(reference: SecretReference, problem: Any) -> SecretUnavailable:
    """The vault answered with an error status.

    Args:
        reference: what was asked for.
        problem: the ``HttpResponseError`` of azure-core.
    """
    status, (code, message) = problem.status_code, _told(problem)
    if status < 400:
        return no_vault(reference, f"its answer is none of Key Vault (HTTP {status})")
    if code == "SecretDisabled":
        return disabled(reference)
    if status == 404:
        return unavailable(
            reference, "is not there: correct the vault, the name or the version in the reference, or add the secret"
        )
    if status == 401:
        return unavailable(
            reference, f"was refused (HTTP 401{message}): sign in to the tenant of the vault's subscription (ARM_TENANT_ID)"
        )
    if status == 403:
        return unavailable(reference, f"must not be read (HTTP 403{message}): {_ROLE}, and let its firewall accept this machine")
    if status == 429:
        return unavailable(reference, "was not given out, because the vault is asked too often (HTTP 429): try again later")
    return unavailable(reference, f"was not given out (HTTP {status}{message}): try again later")


def unreached(reference: SecretReference, problem: BaseException) -> SecretUnavailable:
    """No answer, or none that can be read."""
    reason = _line(str(problem))
    if reason.startswith(UNREADABLE):
        return no_vault(reference, reason)
    advice = "is the vault's name right, and do name resolution, proxy and firewall lead there"
    return unavailable(reference, f"cannot be reached: {reason}; {advice}")


def no_vault(reference: SecretReference, what: str) -> SecretUnavailable:
    """What answers does not behave as Key Vault."""
    return unavailable(
        reference, f"cannot be read, because {what}: does the address lead to a key vault, without a server in between"
    )


def _told(problem: Any) -> tuple[str, str]:
    """The innermost code of an error's body, and its text for a pair of parentheses that is already open."""
    try:
        error = json.loads(problem.response.text()[:_LONGEST_BODY])["error"]
        code = str((error.get("innererror") or {}).get("code") or error["code"])
        message = _line(str(error.get("message") or ""))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return "", ""
    return code, f", {code}: {message}" if message else f", {code}"


def _line(text: str) -> str:
    return safe_text.one_line(redaction.redact(text[: 4 * _LONGEST]))[:_LONGEST].rstrip(". ")
