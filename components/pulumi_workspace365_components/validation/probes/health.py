"""The health of the configured instance, through the same client as everything else."""

import ssl

from pulumi_workspace365 import errors
from pulumi_workspace365.api.client import Client
from pulumi_workspace365_components.validation.observations import (
    ClientError,
    ComponentSeen,
    HealthSeen,
    Observation,
    Unsupported,
)
from pulumi_workspace365_components.validation.probes import network


def attempt(client: Client, trusted: ssl.SSLContext, seconds: float) -> Observation:
    """What the instance says.

    Args:
        client: of the instance.
        trusted: whose certificates are accepted of a proxy on the way.
        seconds: for finding out whether a proxy on the way stops it.

    Raises:
        NotReached: a proxy does.
    """
    network.pass_proxy(client.settings.instance, trusted, seconds)
    try:
        health = client.get_health()
    except (errors.ConfigurationError, errors.Unauthorized) as problem:
        return Unsupported(str(problem))
    except errors.W365Error as problem:
        return ClientError(str(problem))
    components = [ComponentSeen(item.component, item.status) for item in health.components]
    return HealthSeen(client.settings.instance, health.overall_status, components, health.product_version or "")
