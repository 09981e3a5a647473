"""The texts of customers' files and of the import file."""

import json
from collections.abc import Iterable
from typing import Any

import yaml

from pulumi_dynamic_host import safe_text
from pulumi_workspace365.api.models import EnvironmentEntry
from pulumi_workspace365_cli.generation.customer_selection import GeneratedCustomer

WRITE_ONLY = (
    "Sign-on, Exchange, SharePoint and templates cannot be imported, because the API can write them but not read them. What is left out of a "
    "customer's file stays on the server as it is; what is added to it is sent by the next `pulumi up`."
)
"""Why a generated file holds no settings."""

_COMMENT = """\
# Written by `w365 generate` from {instance}. It is yours: change it as you like, but never the key.
#
# There are no settings here (sign_on, exchange, share_point, template): the API can write them but not read them, so they cannot be
# imported. What is left out stays on the server as it is; what you add is sent by the next `pulumi up`.
#
# on_delete: abandon means that removing this file forgets the environment and leaves it on the server.
"""
_COMPONENT = "workspace365:index:CustomerEnvironment"
_ENVIRONMENT = "pulumi-python:dynamic/workspace365:Environment"


def customer_file(customer: GeneratedCustomer, instance: str, ring: str = "") -> str:
    """The file of one customer, as `customers/<set>/<name>.yaml`; without a ring it is in the default one."""
    environment = {"name": customer.entry.name, "adopt_existing": True, "on_delete": "abandon"}
    lifecycle = {} if customer.entry.is_active else {"lifecycle": "suspended"}
    rings = {"ring": ring} if ring else {}
    document = {"key": customer.key, **lifecycle, **rings, "environment": environment}
    is_seen = safe_text.visible(customer.entry.name) == customer.entry.name
    body: str = yaml.safe_dump(document, sort_keys=False, allow_unicode=is_seen, width=1000)
    return _COMMENT.format(instance=instance) + body


def import_file(customers: Iterable[GeneratedCustomer], instance: str, provider: str) -> str:
    """What ``pulumi import --file`` takes.

    Each entry contains the complete state from the list, so that the next preview shows no change.

    Args:
        customers: whom to import.
        instance: where the environments live.
        provider: the reference to the provider of environments, as state keeps it.
    """
    resources = [part for customer in customers for part in _imports(customer, instance, provider)]
    return safe_text.escaped_json(json.dumps({"nameTable": {}, "resources": resources}, indent=2, ensure_ascii=False)) + "\n"


def _imports(customer: GeneratedCustomer, instance: str, provider: str) -> Iterable[dict[str, Any]]:
    """The component, and the environment inside it. Their URNs have one name; in the import file each needs its own."""
    yield {"type": _COMPONENT, "name": customer.key, "component": True}
    inputs = _inputs(customer.entry) | {"instance": instance, "__provider": provider}
    yield {
        "type": _ENVIRONMENT,
        "name": f"{customer.key} environment",
        "logicalName": customer.key,
        "id": customer.entry.name,
        "parent": customer.key,
        "inputs": inputs,
        "outputs": {**inputs, **_outputs(customer.entry)},
    }


def _inputs(entry: EnvironmentEntry) -> dict[str, Any]:
    """As the program declares it with the customer's file."""
    return {
        "active": entry.is_active,
        "adopt_existing": True,
        "deletion_protection": True,
        "environment_name": entry.name,
        "name_policy": "accept",
        "on_delete": "abandon",
    }


def _outputs(entry: EnvironmentEntry) -> dict[str, Any]:
    return {
        "creation_date": entry.creation_date,
        "environment_id": None,
        "incarnation": entry.creation_date,
        "is_active": entry.is_active,
        "name": entry.name,
        "temporary_password": None,
        "temporary_password_available": False,
    }
