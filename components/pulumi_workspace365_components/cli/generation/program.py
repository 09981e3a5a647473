"""Every customer of the stack, from one file each: customers/<stack>/<name>.yaml. Written by `w365 generate`; it is yours to change."""

from pathlib import Path
from typing import Any

import pulumi
import yaml

import pulumi_workspace365_components as components

FOLDER = Path("customers", pulumi.Config().get("customers") or pulumi.get_stack())
LIFECYCLES = ("active", "suspended", "retired")


def read(file: Path) -> dict[str, Any]:
    """The fields of a customer's file."""
    try:
        customer = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as problem:
        raise pulumi.RunError(f"{file}: it cannot be read as YAML: {' '.join(str(problem).split())}") from None
    if not isinstance(customer, dict) or not isinstance(customer.get("key"), str):
        raise pulumi.RunError(f"{file}: a customer's file has a key, which is a text.")
    return customer


def take(file: Path, customer: dict[str, Any], part: str) -> dict[str, Any]:
    """Take a part with fields of its own out of a customer's file."""
    fields = customer.pop(part, {})
    if not isinstance(fields, dict):
        raise pulumi.RunError(f"{file}: {part} has fields of its own.")
    return fields


def settings(file: Path, customer: dict[str, Any]) -> dict[str, Any]:
    """The environment's settings. What the file leaves out is not managed."""
    kinds = {"sign_on": components.SignOnArgs, "exchange": components.ExchangeArgs, "share_point": components.SharePointArgs}
    found: dict[str, Any] = {name: kind(**take(file, customer, name)) for name, kind in kinds.items() if name in customer}
    if template := take(file, customer, "template"):
        document = pulumi.FileAsset(template.pop("file", ""))
        found["template"] = components.TemplateArgs(configuration=document, **template)
    return found


def deploy(file: Path) -> None:
    """Declare the customer of a file."""
    customer = read(file)
    key, lifecycle = customer.pop("key"), customer.pop("lifecycle", "active")
    environment = take(file, customer, "environment")
    arguments = {f"admin_{name}": value for name, value in take(file, customer, "admin").items()} | settings(file, customer)
    if customer or lifecycle not in LIFECYCLES or "name" not in environment:
        wrong = (
            f"there is no field {', '.join(map(str, customer))}"
            if customer
            else "environment.name or lifecycle is missing or wrong"
        )
        raise pulumi.RunError(f"{file}: {wrong}.")
    arguments |= {"active": lifecycle == "active", "deletion_protection": lifecycle != "retired"}
    name = environment.pop("name")
    components.CustomerEnvironment(key, components.CustomerEnvironmentArgs(environment_name=name, **environment, **arguments))


def refuse_doubles(files: list[Path]) -> None:
    """Two files for one environment would work against each other."""
    seen: dict[tuple[str, str], Path] = {}
    for file in files:
        customer = read(file)
        environment = customer.get("environment")
        name = environment.get("name") if isinstance(environment, dict) else None
        for what, value in (("key", customer["key"]), ("environment.name", name)):
            first = seen.setdefault((what, value.casefold()), file) if isinstance(value, str) else file
            if first != file:
                raise pulumi.RunError(f"{first} and {file} both have {what} {value!r}; each customer needs its own.")


files = sorted(FOLDER.glob("*.yaml"))
if not files:  # rather than forget every customer
    raise pulumi.RunError(
        f"There is no customer's file in {FOLDER}: set the stack's configuration key customers to the right folder."
    )
refuse_doubles(files)
for path in files:
    deploy(path)
