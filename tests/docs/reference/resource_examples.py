"""An example of each resource, for its page. A test previews all of them as one program."""

EXAMPLES = {
    "Environment": """contoso = Environment(
    "contoso",
    environment_name="contoso",
    admin_email="admin@contoso.example",
    admin_first_name="Carla",
    admin_last_name="Conti",
)
pulumi.export("name", contoso.name)  # as the server made it
""",
    "OAuth2SignOn": """OAuth2SignOn(
    "contoso",
    environment="contoso",
    authority="https://login.microsoftonline.com/contoso.onmicrosoft.com/",
    client_id="6f1f6f0e-0000-4000-8000-00000000c001",
    key_from="env:CONTOSO_SIGN_ON_KEY",
    key_version=1,
    key_expires="2030-06-30",
    verify="token",
)
""",
    "ExchangeSettings": """ExchangeSettings(
    "contoso",
    environment="contoso",
    server_type="OnPremises",
    default_ews_url="https://mail.contoso.example/ews/exchange.asmx",
)
""",
    "SharePointSettings": """SharePointSettings(
    "contoso",
    environment="contoso",
    authentication_type="Online",
    default_url="https://contoso.sharepoint.com",
)
""",
    "Template": """Template(
    "contoso",
    environment="contoso",
    configuration={"apps": [], "tileGroups": []},  # or pulumi.FileAsset("contoso.json"), which `w365 export` wrote
)
""",
    "Instance": """us = Instance(
    "us",
    base_url="https://us.portal.example.com",
    provisioning_key=pulumi.Config().get_secret("usKey"),
)
ExchangeSettings(
    "contoso-us",
    environment="contoso",
    server_type="Office365",
    opts=pulumi.ResourceOptions(provider=us),
)
""",
    "ConnectivityCheck": """ConnectivityCheck(
    "chat-backend",
    subscription_id="00000000-0000-0000-0000-000000000000",
    resource_group_name="platform",
    service_name="contoso-apim",
    region="westeurope",
    address="chat.internal.example.com",
    port=443,
    protocol="TCP",
    triggers=["2026-11-22"],  # whatever changes when the backend is deployed
)
""",
}
"""By the resource's name. Settings name their environment by a text here; in a program give the resource itself, which orders them."""
