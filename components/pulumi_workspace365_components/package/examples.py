"""One example per resource, written once and shown in several languages."""

import json
from collections.abc import Mapping
from typing import Any

from pulumi_dynamic_host.property_names import to_camel_case

_ENVIRONMENT = {
    "environment_name": "contoso",
    "admin_email": "admin@contoso.example",
    "admin_first_name": "Carla",
    "admin_last_name": "Conti",
}


class Reference(str):
    """An output: ``contoso.name``. Or a setting of the program: ``config.signOnKey``."""

    __slots__ = ()


_OF_CONTOSO = {"environment": Reference("contoso.name"), "incarnation": Reference("contoso.incarnation")}

EXAMPLES: Mapping[str, Mapping[str, Any]] = {
    "Environment": _ENVIRONMENT,
    "OAuth2SignOn": {
        **_OF_CONTOSO,
        "authority": "https://login.microsoftonline.com/contoso.onmicrosoft.com",
        "client_id": "00000000-0000-0000-0000-000000000001",
        "key": Reference("config.signOnKey"),
    },
    "ExchangeSettings": {**_OF_CONTOSO, "server_type": "Office365"},
    "SharePointSettings": {
        **_OF_CONTOSO,
        "authentication_type": "Online",
        "default_url": "https://contoso.sharepoint.com",
    },
    "Template": {**_OF_CONTOSO, "configuration": Reference("file.template.json")},
    "ConnectivityCheck": {
        "resource_group_name": "rg-gateway",
        "service_name": "apim-contoso",
        "region": "northeurope",
        "address": "chat.example.com",
        "port": 443,
        "protocol": "TCP",
    },
}
"""The arguments, by resource."""


def section(resource: str) -> str:
    """The examples of a resource, as a registry reads them."""
    arguments = EXAMPLES[resource]
    name = "gateway" if resource == "ConnectivityCheck" else "contoso"
    declared = [("Environment", "contoso", _ENVIRONMENT)] if "environment" in arguments else []
    blocks = [
        f"```{language}\n{write([*declared, (resource, name, arguments)])}\n```"
        for language, write in (("typescript", _typescript), ("python", _python), ("yaml", _yaml))
    ]
    return "\n".join(
        ["{{% examples %}}", "## Example Usage", "{{% example %}}", *blocks, "{{% /example %}}", "{{% /examples %}}"]
    )


_Declared = list[tuple[str, str, Mapping[str, Any]]]


def _typescript(declared: _Declared) -> str:
    lines = ['import * as pulumi from "@pulumi/pulumi";', 'import * as workspace365 from "@pulumi/workspace365";', ""]
    if _has_settings(declared):
        lines += ["const config = new pulumi.Config();"]
    for kind, name, arguments in declared:
        variable = _variable(kind)
        lines += [f'const {variable} = new workspace365.{kind}("{name}", {{']
        lines += [f"    {to_camel_case(argument)}: {_in_typescript(value)}," for argument, value in arguments.items()]
        lines += ["});"]
    return "\n".join(lines)


def _in_typescript(value: Any) -> str:
    if not isinstance(value, Reference):
        return json.dumps(value)
    owner, _, rest = value.partition(".")
    calls = {"config": f'config.requireSecret("{rest}")', "file": f'new pulumi.asset.FileAsset("{rest}")'}
    return calls.get(owner, str(value))


def _python(declared: _Declared) -> str:
    lines = ["import pulumi", "from pulumi_workspace365 import native", ""]
    if _has_settings(declared):
        lines += ["config = pulumi.Config()"]
    for kind, name, arguments in declared:
        lines += [f"{'contoso = ' if kind == 'Environment' else ''}native.{kind}(", f'    "{name}",']
        shown = {name: value for name, value in arguments.items() if name != "incarnation"}
        lines += [f"    {argument}={_in_python(value)}," for argument, value in shown.items()]
        lines += [")"]
    return "\n".join(lines)


def _in_python(value: Any) -> str:
    if not isinstance(value, Reference):
        return json.dumps(value)
    owner, _, rest = value.partition(".")
    calls = {"config": f'config.require_secret("{rest}")', "file": f'pulumi.FileAsset("{rest}")'}
    return calls.get(owner, "contoso")


def _yaml(declared: _Declared) -> str:
    lines = ["resources:"]
    for kind, name, arguments in declared:
        key = _variable(kind)
        named = [] if key == name else [f"    name: {name}"]
        lines += [f"  {key}:", f"    type: workspace365:{kind}", *named, "    properties:"]
        lines += [f"      {to_camel_case(argument)}: {_in_yaml(value)}" for argument, value in arguments.items()]
    if _has_settings(declared):
        lines = ["config:", "  signOnKey: {type: string, secret: true}", *lines]
    return "\n".join(lines)


def _in_yaml(value: Any) -> str:
    if not isinstance(value, Reference):
        return json.dumps(value) if isinstance(value, str) and ":" in value else str(value)
    owner, _, rest = value.partition(".")
    calls = {"config": f"${{{rest}}}", "file": f"{{fn::fileAsset: {rest}}}"}
    return calls.get(owner, f"${{{value}}}")


def _variable(kind: str) -> str:
    """What the resource is called in the program."""
    return "contoso" if kind == "Environment" else kind[:1].lower() + kind[1:]


def _has_settings(declared: _Declared) -> bool:
    """Whether an argument is a setting of the program."""
    values = (value for *_, arguments in declared for value in arguments.values())
    return any(isinstance(value, Reference) and value.startswith("config.") for value in values)
