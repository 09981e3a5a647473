"""Sign-on keys that customers' files keep in Key Vault: a preview finds the newest version and its expiry, never the value's way into state."""

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from pulumi.runtime.config import get_config

from pulumi_workspace365.errors import W365Error
from pulumi_workspace365_components.stack_files import strict_yaml
from pulumi_workspace365_components.stack_files.customer_file import EXPECTED, CustomerModel

_MOST_PROBLEMS = 10
_M = TypeVar("_M", bound=CustomerModel)


def pinned(customers: Mapping[Path, _M]) -> dict[Path, _M]:
    """The customers, each key in Key Vault with the version that is the newest now and with the expiry that the vault knows.

    Secrets are read concurrently, each once. Without such a key nothing is imported or asked.

    Raises:
        pulumi.RunError: a secret cannot be used, or a file gives another expiry; it names file, line and field of each.
    """
    references = {path: reference for path, customer in customers.items() if (reference := customer.vault_secret)}
    if not references:
        return dict(customers)
    from pulumi_workspace365.key_vault import reader, settings  # noqa: PLC0415  only those who keep keys in a vault pay for it

    try:
        found = reader.read_all(references.values(), settings.read(get_config))
    except W365Error as problem:
        raise strict_yaml.run_error(str(problem)) from problem
    changed, problems = dict(customers), list[str]()
    for path, reference in references.items():
        secret, customer = found[reference], customers[path]
        expires = None if isinstance(secret, W365Error) or secret.expires is None else str(secret.expires)
        if isinstance(secret, W365Error):
            problems.append(_told(path, "key_from", str(secret)))
        elif is_other := _other_expiry(customer, expires):
            problems.append(_told(path, "key_expires", is_other))
        else:
            changed[path] = _with_version(customer, str(reference.pinned(secret.version)), expires)
    if problems:
        raise strict_yaml.run_error("; ".join(problems[:_MOST_PROBLEMS]) + _rest(problems) + ".")
    return changed


def _rest(problems: list[str]) -> str:
    return f"; and {len(problems) - _MOST_PROBLEMS} more" if len(problems) > _MOST_PROBLEMS else ""


def _other_expiry(customer: CustomerModel, expires: str | None) -> str:
    given = customer.sign_on.key_expires if customer.sign_on else None
    if not given or not expires or given == expires:
        return ""
    return (
        f"the file says {given}, but the secret in Key Vault expires on {expires}: leave key_expires out, or correct one of them"
    )


def _with_version(customer: _M, key_from: str, expires: str | None) -> _M:
    update = {"key_from": key_from} | ({"key_expires": expires} if expires else {})
    return customer.model_copy(update={"sign_on": customer.sign_on and customer.sign_on.model_copy(update=update)})


def _told(path: Path, field: str, reason: str) -> str:
    document = strict_yaml.check_file(path, CustomerModel, EXPECTED).document
    line = f", line {document.place(('sign_on', field))[0]}" if document else ""
    return f"{strict_yaml.display_path(path)}{line}: sign_on.{field}: {reason.rstrip('.')}"
