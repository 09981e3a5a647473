"""What API Management itself reaches: its Perform Connectivity Check, through the client that the resource uses too."""

import ssl

from pulumi_workspace365.apim import errors
from pulumi_workspace365.apim.client import ConnectivityClient
from pulumi_workspace365.apim.models import ServiceTarget
from pulumi_workspace365.errors import ConfigurationError
from pulumi_workspace365_components.validation.checks import ConnectivityCheck
from pulumi_workspace365_components.validation.observations import ClientError, ConnectivityObservation, NotRun, Observation
from pulumi_workspace365_components.validation.probes import network


def attempt(
    check: ConnectivityCheck,
    client_and_subscription: tuple[ConnectivityClient, str | None],
    tls_context: ssl.SSLContext,
    seconds: float,
) -> Observation:
    """What the service reports.

    Args:
        check: what to ask.
        client_and_subscription: the client for Resource Manager, and the subscription where the check itself gives none.
        tls_context: for the certificate of a proxy.
        seconds: for everything together, signing in included.

    Raises:
        ConnectError: a proxy on the way stops it.
    """
    client, subscription_id = client_and_subscription
    subscription = check.subscription_id or subscription_id
    if not subscription:
        return NotRun(
            f"Check {check.name!r} was not run: it is not known in which subscription {check.service_name} is.",
            "Set apim:subscriptionId, ARM_SUBSCRIPTION_ID or the check's subscription_id.",
        )
    target = ServiceTarget(
        subscription_id=subscription, resource_group_name=check.resource_group_name, service_name=check.service_name
    )
    deadline = network.Deadline(seconds)
    network.check_proxy(client.endpoint, tls_context, deadline.left)
    try:
        return ConnectivityObservation(client.check(target, check.request(), deadline_seconds=deadline.left))
    except (errors.CheckUnavailable, errors.NotSignedIn, ConfigurationError) as problem:
        return NotRun(str(problem))
    except errors.ArmError as problem:
        return ClientError(str(problem))
