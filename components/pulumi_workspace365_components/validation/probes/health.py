"""The health of the configured instance, through the same client as everything else."""

import ssl

from pulumi_workspace365 import errors
from pulumi_workspace365.api.client import Client
from pulumi_workspace365_components.validation.observations import (
    ClientError,
    ComponentObservation,
    HealthObservation,
    NotRun,
    Observation,
)
from pulumi_workspace365_components.validation.probes import network


def attempt(client: Client, tls_context: ssl.SSLContext, seconds: float) -> Observation:
    """Request the health of an instance.

    Args:
        client: of the instance.
        tls_context: for the certificate of a proxy.
        seconds: for finding out whether a proxy on the way stops it.

    Raises:
        ConnectError: a proxy does.
    """
    network.check_proxy(client.settings.instance, tls_context, seconds)
    try:
        health = client.get_health()
    except (errors.ConfigurationError, errors.Unauthorized) as problem:
        return NotRun(str(problem))
    except errors.W365Error as problem:
        return ClientError(str(problem))
    components = [ComponentObservation(item.component, item.status) for item in health.components]
    return HealthObservation(client.settings.instance, health.overall_status, components, health.product_version or "")
