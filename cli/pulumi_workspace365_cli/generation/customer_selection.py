"""Converts environments of an instance to customers of a stack, each with a unique key."""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pulumi_workspace365.api.models import EnvironmentEntry
from pulumi_workspace365_cli.errors import CommandError

_LONGEST = 80
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)", re.IGNORECASE)
"""Names that Windows gives to devices, also with an extension."""


@dataclass(frozen=True)
class GeneratedCustomer:
    """One environment and the key that names it in Pulumi's state and on disk."""

    key: str
    entry: EnvironmentEntry

    @property
    def file_name(self) -> str:
        """The name of the customer's file."""
        return f"{'_' if _DEVICE.match(self.key) else ''}{self.key}.yaml"


@dataclass(frozen=True)
class SkippedEnvironment:
    """An environment that no program could declare, and why."""

    name: str
    reason: str


def select(
    entries: Iterable[EnvironmentEntry], refusal: Callable[[str], str]
) -> tuple[tuple[GeneratedCustomer, ...], tuple[SkippedEnvironment, ...]]:
    """The customers, by key, and what had to be left out.

    Args:
        entries: the list of the instance.
        refusal: why an environment of this name cannot be declared; empty if it can.

    Raises:
        CommandError: two would have the same key, or the same name, where case does not count.
    """
    reasons = [(entry, refusal(entry.name)) for entry in entries]
    customers = sorted(
        (GeneratedCustomer(key(entry.name), entry) for entry, reason in reasons if not reason), key=lambda item: item.key
    )
    _refuse_twins(customers)
    return tuple(customers), tuple(SkippedEnvironment(entry.name, reason) for entry, reason in reasons if reason)


def key(name: str) -> str:
    """A key for an environment: its name, in the letters that keys, files and URNs can have."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii")
    derived = re.sub(r"[^A-Za-z0-9._-]+", "-", plain).strip("-._")[:_LONGEST].rstrip("-._")
    return derived or f"environment-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _refuse_twins(customers: Iterable[GeneratedCustomer]) -> None:
    customers_by_key: dict[str, GeneratedCustomer] = {}
    for customer in customers:
        for folded in {customer.key.casefold(), f"name:{customer.entry.name.casefold()}"}:
            first = customers_by_key.setdefault(folded, customer)
            if first is not customer:
                raise CommandError(
                    f"The environments {first.entry.name!r} and {customer.entry.name!r} would share one file and one key, {customer.key!r}, where "
                    "case and special characters do not count. Name the environments to generate, with only one of these, and write the "
                    "other by hand with a key of its own."
                )
