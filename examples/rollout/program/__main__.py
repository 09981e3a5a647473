"""A customer per stack: enough to see waves go by."""

import pulumi

from pulumi_workspace365 import Environment

settings = pulumi.Config()
customer = settings.require("customer")

Environment(
    customer,
    environment_name=customer,
    admin_email=f"it@{customer}.example",
    admin_first_name="Carla",
    admin_last_name="Conti",
    active=settings.require_bool("active"),
)
