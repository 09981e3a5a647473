"""The health of the configured instance, through the client that everything else uses."""

from pulumi_workspace365 import errors
from pulumi_workspace365.api.client import Client
from pulumi_workspace365_components.validation.observations import (
    ClientError,
    ComponentSeen,
    HealthSeen,
    Observation,
    Unsupported,
)


def attempt(client: Client) -> Observation:
    """What the instance says."""
    try:
        health = client.get_health()
    except (errors.ConfigurationError, errors.Unauthorized) as problem:
        return Unsupported(str(problem))
    except errors.W365Error as problem:
        return ClientError(str(problem))
    components = [ComponentSeen(item.component, item.status) for item in health.components]
    return HealthSeen(client.settings.instance, health.overall_status, components, health.product_version or "")
