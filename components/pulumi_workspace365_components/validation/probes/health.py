"""The health of the configured instance, through the client that everything else uses."""

from pulumi_workspace365 import errors
from pulumi_workspace365.client import Client
from pulumi_workspace365_components.validation.observations import (
    ComponentSeen,
    HealthSeen,
    NotAsked,
    Observation,
    Stated,
)


def attempt(client: Client) -> Observation:
    """What the instance says."""
    try:
        health = client.get_health()
    except (errors.ConfigurationError, errors.Unauthorized) as problem:
        return NotAsked(str(problem))
    except errors.W365Error as problem:
        return Stated(str(problem))
    components = [ComponentSeen(item.component, item.status) for item in health.components]
    return HealthSeen(client.settings.instance, health.overall_status, components, health.product_version or "")
