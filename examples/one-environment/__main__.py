"""One environment: a customer's tenant, with its Exchange settings."""

import pulumi

from pulumi_workspace365 import Environment, ExchangeSettings

contoso = Environment(
    "contoso",
    environment_name="contoso",
    admin_email="admin@contoso.example",
    admin_first_name="Carla",
    admin_last_name="Conti",
)
ExchangeSettings("contoso", environment=contoso, server_type="Office365")

pulumi.export("name", contoso.name)
pulumi.export("created", contoso.creation_date)
pulumi.export("first_password", contoso.temporary_password)  # secret: `pulumi stack output --show-secrets`
