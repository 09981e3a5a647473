"""Every metric that ``--output prometheus`` writes: its name, what it tells, and the labels that distinguish its samples.

All are gauges. Where two samples of one report have the same labels, the lower value is the one to act on.
No label holds more than the names of a project: no address with a query, no message, no secret.
"""

from collections.abc import Mapping
from dataclasses import dataclass

PREFIX = "workspace365_"


@dataclass(frozen=True)
class Family:
    """A metric. ``command`` is the subcommand that writes it, empty for one that all write."""

    name: str
    help: str
    labels: tuple[str, ...]
    command: str = ""


@dataclass(frozen=True)
class Sample:
    """One value; ``labels`` in the order of the family's."""

    name: str
    labels: tuple[str, ...]
    value: float


def _family(command: str, name: str, labels: str, what: str) -> Family:
    return Family(f"{PREFIX}{name}", what, tuple(labels.split()), command)


INSTANCE_LABEL = "workspace365_instance"
"""Prometheus itself sets ``instance``."""
_CHECK = "project stack config check kind"
_KEY = "project stack environment resource"
_ENVIRONMENT = f"{INSTANCE_LABEL} environment"
_OWNED = f"project stack {INSTANCE_LABEL}"
_CUSTOMER = "project stack customer"

LAST_RUN = _family(
    "",
    "last_run_timestamp_seconds",
    f"command project stack config {INSTANCE_LABEL}",
    "When the command last came to a result.",
)
CHECK_UP = _family("check", "check_up", _CHECK, "Whether the check passed.")
CHECK_TOLERATED = _family("check", "check_tolerated", _CHECK, "Whether the check did not pass, in a way that it tolerates.")
CHECK_SECONDS = _family("check", "check_duration_seconds", _CHECK, "How long the check took.")
KEY_EXPIRY = _family(
    "expiry",
    "sign_on_key_expiry_timestamp_seconds",
    _KEY,
    "The beginning, in UTC, of the day on which the sign-on key ends.",
)
KEY_EXPIRY_KNOWN = _family("expiry", "sign_on_key_expiry_known", _KEY, "Whether the sign-on has a readable key_expires.")
IN_SYNC = _family(
    "drift", "environment_in_sync", f"{_OWNED} environment", "Whether neither the environment nor its settings drifted."
)
FINDINGS = _family("drift", "drift_findings", f"{_OWNED} status", "How many resources or unmanaged environments have the status.")
LISTED = _family("environments", "environment_listed", _ENVIRONMENT, "Whether the instance lists the environment.")
ACTIVE = _family("environments", "environment_active", _ENVIRONMENT, "Whether the environment is active.")
CREATED = _family("environments", "environment_created_timestamp_seconds", _ENVIRONMENT, "When the environment was created.")
MANAGING = _family(
    "environments",
    "environment_managing_stacks",
    _ENVIRONMENT,
    "How many of the stacks that were looked at manage the environment; more than one is a mistake.",
)
LICENSING_UP = _family("licensing", "licensing_up", _ENVIRONMENT, "Whether the environment's licensing could be read.")
USERS = _family("licensing", "active_users", f"{_ENVIRONMENT} counted_as", "Active users, as the instance counts them.")
INSTANCE_UP = _family("health", "instance_up", INSTANCE_LABEL, "Whether the instance calls itself healthy.")
COMPONENT_UP = _family("health", "component_up", f"{INSTANCE_LABEL} component", "Whether a component in use is healthy.")
CUSTOMER_INFO = _family(
    "fleet", "customer_info", f"{_CUSTOMER} environment ring lifecycle", "1, with what is known of the customer as labels."
)
CUSTOMER_OK = _family("fleet", "customer_ok", _CUSTOMER, "Whether the customer has one stack, the one that takes its ring.")
CUSTOMER_MANAGED = _family("fleet", "customer_managed", _CUSTOMER, "Whether a stack manages the customer's environment.")
STACK_UPDATED = _family("fleet", "stack_update_timestamp_seconds", "project stack", "When the stack was last updated.")

LABELS: Mapping[str, str] = {
    "command": "the `w365` subcommand",
    "project": "the name of the project, from Pulumi.yaml; empty where it cannot be read",
    "stack": "the name of the stack; empty for a file of checks, and for environments that no stack manages",
    "config": "the file of `w365 check --config`, as it was given",
    "check": "the name of the check",
    "kind": "`connectivity`, `websocket`, `health` or `http`",
    "environment": "the name of the environment on the instance",
    "resource": "the name of the sign-on in the program",
    "customer": "the key of the customer's file, which is the name of the environment in the program",
    "ring": "the customer's ring",
    "lifecycle": "`active`, `suspended` or `retired`",
    "status": "`in_sync`, `drifted`, `gone`, `re_created`, `not_verifiable` or `unmanaged`",
    "component": "a component of the instance, as its health names it",
    "counted_as": "the module or licence, as in `w365 licensing --output json`",
    INSTANCE_LABEL: "the address of the instance; Prometheus itself sets `instance`",
}

FAMILIES: Mapping[str, Family] = {
    family.name: family
    for family in (
        *(LAST_RUN, CHECK_UP, CHECK_TOLERATED, CHECK_SECONDS, KEY_EXPIRY, KEY_EXPIRY_KNOWN, IN_SYNC, FINDINGS),
        *(LISTED, ACTIVE, CREATED, MANAGING, LICENSING_UP, USERS, INSTANCE_UP, COMPONENT_UP),
        *(CUSTOMER_INFO, CUSTOMER_OK, CUSTOMER_MANAGED, STACK_UPDATED),
    )
}


def sample(family: Family, value: float, labels: Mapping[str, str]) -> Sample:
    """A value of a metric. Labels that are not given are empty, which Prometheus takes for absent.

    Raises:
        ValueError: a label is not one of the metric's.
    """
    unknown = labels.keys() - set(family.labels)
    if unknown:
        raise ValueError(f"{family.name} has no label {', '.join(sorted(unknown))}")
    return Sample(family.name, tuple(labels.get(name, "") for name in family.labels), float(value))
