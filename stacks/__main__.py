"""Every customer of the stack, from one file each."""

import interrupts
import pulumi
from customer_files import Customer, load
from settings import Settings

from pulumi_workspace365_components import CustomerEnvironment

interrupts.silence()
settings = Settings.read()
passwords: dict[str, pulumi.Output[str | None]] = {}


def deploy(customer: Customer) -> dict[str, object]:
    """Declare one customer; returns what the stack tells about it."""
    component = CustomerEnvironment(customer.key, customer.component_args(settings))
    passwords[customer.key] = component.temporary_password
    return {
        "name": component.name,
        "active": component.is_active,
        "lifecycle": customer.lifecycle,
        "signOn": customer.sign_on.authority if customer.sign_on else None,
        "exchange": customer.exchange.server_type if customer.exchange else None,
        "sharePoint": customer.share_point.authentication_type if customer.share_point else None,
    }


pulumi.export("environments", {customer.key: deploy(customer) for customer in load(settings)})
pulumi.export("temporaryPasswords", pulumi.Output.secret(passwords))
