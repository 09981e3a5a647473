"""One example per resource, written once and shown in several languages."""

from collections.abc import Mapping
from typing import Any

from pulumi_workspace365_components.package.example_programs import PROGRAMS, Choice, Declared, Reference

_ENVIRONMENT = {
    "environment_name": "contoso",
    "admin_email": "admin@contoso.example",
    "admin_first_name": "Carla",
    "admin_last_name": "Conti",
}
_OF_CONTOSO = {"environment": Reference("contoso.name"), "incarnation": Reference("contoso.incarnation")}

EXAMPLES: Mapping[str, Mapping[str, Any]] = {
    "Environment": _ENVIRONMENT,
    "OAuth2SignOn": {
        **_OF_CONTOSO,
        "authority": "https://login.microsoftonline.com/contoso.onmicrosoft.com",
        "client_id": "00000000-0000-0000-0000-000000000001",
        "key": Reference("config.signOnKey"),
    },
    "ExchangeSettings": {**_OF_CONTOSO, "server_type": Choice("Office365")},
    "SharePointSettings": {
        **_OF_CONTOSO,
        "authentication_type": Choice("Online"),
        "default_url": "https://contoso.sharepoint.com",
    },
    "Template": {**_OF_CONTOSO, "configuration": Reference("file.template.json")},
    "ConnectivityCheck": {
        "resource_group_name": "rg-gateway",
        "service_name": "apim-contoso",
        "region": "northeurope",
        "address": "chat.example.com",
        "port": 443,
        "protocol": Choice("TCP"),
    },
}
"""The arguments, by resource."""


def programs(resource: str) -> dict[str, str]:
    """The example of a resource by language, each a complete program."""
    arguments = EXAMPLES[resource]
    name = "gateway" if resource == "ConnectivityCheck" else "contoso"
    environment = [Declared("Environment", "contoso", _ENVIRONMENT)] if "environment" in arguments else []
    declared = [*environment, Declared(resource, name, arguments)]
    return {language: write(declared) for language, write in PROGRAMS.items()}


def section(resource: str) -> str:
    """The examples of a resource, as a registry reads them."""
    blocks = [f"```{language}\n{program}\n```" for language, program in programs(resource).items()]
    return "\n".join(
        ["{{% examples %}}", "## Example Usage", "{{% example %}}", *blocks, "{{% /example %}}", "{{% /examples %}}"]
    )
