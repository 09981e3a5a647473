"""A customer whose sign-on key is a secret of the stack's configuration, wherever that comes from."""

import pulumi

from pulumi_workspace365 import Environment, OAuth2SignOn

contoso = Environment(
    "contoso",
    environment_name="contoso",
    admin_email="admin@contoso.example",
    admin_first_name="Carla",
    admin_last_name="Conti",
)
OAuth2SignOn(
    "contoso",
    environment=contoso,
    authority="https://login.microsoftonline.com/contoso.onmicrosoft.com",
    client_id="6f1f6f0e-0000-4000-8000-00000000c001",
    key=pulumi.Config().require_secret("contosoSignOnKey"),
)
