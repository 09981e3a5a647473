"""What API Management itself reaches: its Perform Connectivity Check, through the client that the resource uses too."""

from pulumi_workspace365.apim import errors
from pulumi_workspace365.apim.client import ConnectivityClient
from pulumi_workspace365.apim.models import ServiceTarget
from pulumi_workspace365.errors import ConfigurationError
from pulumi_workspace365_components.validation.checks import ConnectivityCheck
from pulumi_workspace365_components.validation.observations import ClientError, ConnectivitySeen, Observation, Unsupported


def attempt(check: ConnectivityCheck, client: ConnectivityClient, subscription_id: str | None, seconds: float) -> Observation:
    """What the service reports.

    Args:
        check: what to ask.
        client: for Resource Manager.
        subscription_id: where the check itself gives none.
        seconds: for everything together, signing in included.
    """
    subscription = check.subscription_id or subscription_id
    if not subscription:
        return Unsupported(
            f"Check {check.name!r} was not run: it is not known in which subscription {check.service_name} is.",
            "Set apim:subscriptionId, ARM_SUBSCRIPTION_ID or the check's subscription_id.",
        )
    target = ServiceTarget(
        subscription_id=subscription, resource_group_name=check.resource_group_name, service_name=check.service_name
    )
    try:
        return ConnectivitySeen(client.check(target, check.request(), deadline_seconds=seconds))
    except (errors.Unsupported, errors.NotSignedIn, ConfigurationError) as problem:
        return Unsupported(str(problem))
    except errors.ArmError as problem:
        return ClientError(str(problem))
