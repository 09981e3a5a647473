"""Every customer of the stack, from one file each: customers/<stack>/<name>.yaml. It is yours to change."""

from pathlib import Path

import pulumi

import pulumi_workspace365_components as components
from pulumi_workspace365_components.stack_files import customers
from pulumi_workspace365_components.stack_files.settings import StackSettings

settings = StackSettings.read(Path(__file__).parent)
found = customers.load(settings)
if not found:  # rather than forget every customer
    raise pulumi.RunError(
        f"There is no customer's file in customers/{settings.customers}: set {settings.key('customers')} to the right folder."
    )
for customer in found:
    components.CustomerEnvironment(customer.key, customer.component_args(settings))
