"""An app registration of the customer's tenant, its client secret, and the environment that signs on with both."""

import pulumi
import pulumi_azuread as azuread

from pulumi_workspace365 import Environment, OAuth2SignOn

config = pulumi.Config()
expires = config.require("keyExpires")  # a new day makes a new secret, and sends it

tenant = azuread.get_client_config_output().tenant_id
application = azuread.Application(
    "contoso",
    display_name="Workspace 365",
    web=azuread.ApplicationWebArgs(redirect_uris=[config.require("redirectUri")]),
)
azuread.ServicePrincipal("contoso", client_id=application.client_id)
secret = azuread.ApplicationPassword(
    "contoso", application_id=application.id, display_name="Workspace 365", end_date=f"{expires}T23:59:59Z"
)

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
    authority=tenant.apply(lambda id_: f"https://login.microsoftonline.com/{id_}"),
    client_id=application.client_id,
    key=secret.value,
    key_expires=expires,
)

pulumi.export("client_id", application.client_id)
