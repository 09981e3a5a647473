"""The configuration of the provider: the instance, and the login for connectivity checks.

An explicit provider's settings win over environment variables, as those of :class:`pulumi_workspace365.Instance` do; over the stack's
configuration, variables win. The providers read all of it under the keys that they have in a Python program.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from pulumi_dynamic_host.package import Configuration
from pulumi_dynamic_host.property_names import to_camel_case


class Setting(NamedTuple):
    """One input of the provider resource.

    Args:
        key: of the stack's configuration in a Python program with dynamic resources.
        variable: the environment variable that has the same meaning.
        description: in Markdown.
        type: in the schema.
        secret: whether no language shows it.
    """

    key: str
    variable: str
    description: str
    type: str = "string"
    secret: bool = False


SETTINGS = {
    "baseUrl": Setting(
        "w365:baseUrl", "W365_BASE_URL", "The address of the Workspace 365 instance, such as `https://portal.example.com`."
    ),
    "provisioningKey": Setting("w365:provisioningKey", "W365_PROVISIONING_KEY", "The key of the Provisioning API.", secret=True),
    "healthApiKey": Setting("w365:healthApiKey", "W365_HEALTH_API_KEY", "The key of the Health API.", secret=True),
    "requestTimeout": Setting(
        "w365:requestTimeout", "W365_REQUEST_TIMEOUT", "The time limit for a whole request in seconds. Default: `60`.", "number"
    ),
    "maxInFlight": Setting(
        "w365:maxInFlight", "W365_MAX_IN_FLIGHT", "The maximum number of concurrent requests. Default: `16`.", "integer"
    ),
    "maxRetries": Setting(
        "w365:maxRetries", "W365_MAX_RETRIES", "Retries of requests that may be sent again. Default: `4`.", "integer"
    ),
    "settleSeconds": Setting(
        "w365:settleSeconds",
        "W365_SETTLE_SECONDS",
        "How long to wait until the list of environments shows what was written, in seconds. Default: `60`.",
        "number",
    ),
    "backupDir": Setting(
        "w365:backupDir",
        "W365_BACKUP_DIR",
        "A folder to which each environment is exported before it is deleted; without a backup, nothing is deleted.",
    ),
    "armEndpoint": Setting(
        "apim:armEndpoint",
        "ARM_ENDPOINT",
        "The address of Azure Resource Manager, for connectivity checks. Default: the public cloud's.",
    ),
    "subscriptionId": Setting("apim:subscriptionId", "ARM_SUBSCRIPTION_ID", "The Azure subscription of connectivity checks."),
    "tenantId": Setting("azure-native:tenantId", "ARM_TENANT_ID", "The tenant in which connectivity checks sign in."),
    "clientId": Setting("azure-native:clientId", "ARM_CLIENT_ID", "The client id with which connectivity checks sign in."),
    "clientSecret": Setting(
        "azure-native:clientSecret", "ARM_CLIENT_SECRET", "The client secret with which connectivity checks sign in.", secret=True
    ),
}
"""By the name of the input."""

SECRETS = frozenset(name for name, setting in SETTINGS.items() if setting.secret)
_ARM = frozenset(name for name, setting in SETTINGS.items() if not setting.key.startswith("w365:"))
_SHARED_PROJECT = "workspace365"
"""In a project of this name, the stack's configuration holds the program's own keys beside those of the default provider."""
_UNSET = "https://unset.invalid"


def problems(given: Configuration) -> list[str]:
    """What is wrong with the inputs of a provider resource. What the environment has is judged when it is needed."""
    reasons = [
        f"{name}: there is no such setting{_suggestion(name)}"
        for name in given.inputs
        if name not in SETTINGS and (given.provider or given.project != _SHARED_PROJECT)
    ]
    values = {SETTINGS[name].key: str(value) for name, value in given.inputs.items() if name in SETTINGS}
    return [*reasons, *_problems_of_values(given, values)] if values else reasons


def _problems_of_values(given: Configuration, values: Mapping[str, str]) -> list[str]:
    from pulumi_workspace365 import errors  # noqa: PLC0415  only those who configure something pay for it
    from pulumi_workspace365.api import configuration, local_only  # noqa: PLC0415

    try:
        settings = configuration.read({"w365:baseUrl": _UNSET, **values}.get, {})
        if "w365:baseUrl" in values and given.provider:
            local_only.require_loopback(settings.instance, "w365:baseUrl")
        if _ARM & given.inputs.keys():
            from pulumi_workspace365.apim import arm_settings  # noqa: PLC0415

            arm_settings.read(values.get, {})
    except errors.ConfigurationError as problem:
        return [str(problem)]
    return []


def for_providers(given: Configuration) -> dict[str, Any]:
    """The configuration under the keys that the providers read."""
    found = {SETTINGS[name].key: str(value) for name, value in given.inputs.items() if name in SETTINGS}
    if given.provider:
        from pulumi_workspace365.api.configuration import EXPLICIT_INSTANCE  # noqa: PLC0415

        found[EXPLICIT_INSTANCE] = given.provider
    return found


def variables() -> dict[str, Any]:
    """The stack's configuration in the schema. An SDK evaluates these defaults where a program asks for them, and stores nothing."""
    return {name: {**_spec(setting), "defaultInfo": {"environment": [setting.variable]}} for name, setting in SETTINGS.items()}


def provider() -> dict[str, Any]:
    """The provider resource in the schema.

    Without defaults: an SDK would store the value of a variable as an explicit provider's own, where it would win over the variable
    after the key was rotated.
    """
    return {
        "description": "One Workspace 365 instance. Without an explicit provider, resources use the stack's configuration and the environment "
        "variables, of which the variables win; an explicit provider's own settings win over both. A changed setting never replaces a "
        "resource; one that would move to another instance is refused at preview.",
        "inputProperties": {name: _spec(setting) for name, setting in SETTINGS.items()},
        "properties": {name: _spec(setting) for name, setting in SETTINGS.items() if setting.type == "string"},
    }


def _spec(setting: Setting) -> dict[str, Any]:
    described = f"{setting.description} The environment variable `{setting.variable}` has the same meaning."
    return {"type": setting.type, "description": described, **({"secret": True} if setting.secret else {})}


def _suggestion(name: str) -> str:
    from difflib import get_close_matches  # noqa: PLC0415  for messages only

    near = get_close_matches(to_camel_case(name), SETTINGS, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def wire_keys() -> Mapping[str, str]:
    """The keys of the providers, and what stands for them in a stack with this package."""
    return {setting.key: f"workspace365:{name}" for name, setting in SETTINGS.items()}
