"""Every customer of the stack, from one file each: customers/<stack>/<name>.yaml. Written by `w365 generate`; it is yours to change."""

from pathlib import Path
from typing import Any

import pulumi
import yaml

import pulumi_workspace365_components as components

FOLDER = Path(__file__).parent / "customers" / (pulumi.Config().get("customers") or pulumi.get_stack())


def settings(customer: dict[str, Any]) -> dict[str, Any]:
    """What the file says of the environment's settings. What it leaves out is not managed."""
    found: dict[str, Any] = {}
    if "sign_on" in customer:
        found["sign_on"] = components.SignOnArgs(**customer.pop("sign_on"))
    if "exchange" in customer:
        found["exchange"] = components.ExchangeArgs(**customer.pop("exchange"))
    if "share_point" in customer:
        found["share_point"] = components.SharePointArgs(**customer.pop("share_point"))
    if "template" in customer:
        template = customer.pop("template")
        found["template"] = components.TemplateArgs(
            configuration=pulumi.FileAsset(template["file"]), revision=template.get("revision")
        )
    return found


def deploy(file: Path) -> None:
    """Declare the customer of a file."""
    customer: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    key, lifecycle = customer.pop("key"), customer.pop("lifecycle", "active")
    environment: dict[str, Any] = customer.pop("environment")
    arguments = {f"admin_{name}": value for name, value in customer.pop("admin", {}).items()} | settings(customer)
    if lifecycle not in {"active", "suspended", "retired"} or customer:
        wrong = f"lifecycle: {lifecycle!r} is none" if not customer else f"there is no field {', '.join(customer)}"
        raise pulumi.RunError(f"{file}: {wrong}.")
    arguments |= {"active": lifecycle == "active", "deletion_protection": lifecycle != "retired"}
    name = environment.pop("name")
    components.CustomerEnvironment(key, components.CustomerEnvironmentArgs(environment_name=name, **environment, **arguments))


for path in sorted(FOLDER.glob("*.yaml")):
    deploy(path)
