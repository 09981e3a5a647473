"""An explicit provider: another Workspace 365 instance than the one that the stack's configuration names."""

import pulumi

from pulumi_workspace365 import errors
from pulumi_workspace365.api import configuration, local_only


class Instance(pulumi.ProviderResource):
    """A second instance, given to resources with ``ResourceOptions(provider=…)``.

    Its settings win over environment variables. The keys are encrypted in state; changing one changes no resource.

    Args:
        base_url: the instance's address, known while the program runs.
        provisioning_key: the key of that instance.
        health_api_key: the key of its Health API.
        request_timeout: seconds one request may take as a whole; 60 if left out.
        max_in_flight: requests on their way at once, at most; 16 if left out.
        max_retries: further tries of what may be sent again; 4 if left out.

    Replaced:
        Never. A changed key changes no resource. A resource that moves from one instance to another is refused at preview.

    Drift:
        There is none: it is configuration, not a thing on a server.

    Import:
        Not possible, and not needed.

    Errors:
        without user name, query or fragment: ``base_url`` must be the instance's https address (http for this machine only).
        it lives on …, but this run is configured for …: give the resource the provider of the instance on which it lives.
    """

    def __init__(
        self,
        resource_name: str,
        *,
        base_url: str,
        provisioning_key: pulumi.Input[str] | None = None,
        health_api_key: pulumi.Input[str] | None = None,
        request_timeout: float | None = None,
        max_in_flight: int | None = None,
        max_retries: int | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        try:
            instance = configuration.normalise_base_url(base_url, "base_url")
            local_only.require(instance, "base_url")
        except errors.ConfigurationError as problem:
            raise pulumi.RunError(f"Instance {resource_name!r}: {problem}") from problem
        inputs = {
            configuration.EXPLICIT_INSTANCE: resource_name,
            "w365:baseUrl": instance,
            "w365:provisioningKey": None if provisioning_key is None else pulumi.Output.secret(provisioning_key),
            "w365:healthApiKey": None if health_api_key is None else pulumi.Output.secret(health_api_key),
            "w365:requestTimeout": None if request_timeout is None else str(request_timeout),
            "w365:maxInFlight": None if max_in_flight is None else str(max_in_flight),
            "w365:maxRetries": None if max_retries is None else str(max_retries),
        }
        super().__init__("pulumi-python", resource_name, inputs, opts)
