"""An explicit provider: another Workspace 365 instance than the one that the stack's configuration names."""

from typing import Any, Required, TypedDict, Unpack, overload

import pulumi

from pulumi_workspace365 import errors
from pulumi_workspace365.api import configuration, local_only
from pulumi_workspace365.resource import config_keys, keywords


class InstanceArgsDict(TypedDict, total=False):
    """The arguments of :class:`Instance`, which explains them, by name."""

    base_url: Required[str]
    provisioning_key: pulumi.Input[str] | None
    health_api_key: pulumi.Input[str] | None
    request_timeout: float | None
    max_in_flight: int | None
    max_retries: int | None


class InstanceArgs(keywords.ResourceArgs):
    """The arguments of :class:`Instance` as one object."""

    keywords = InstanceArgsDict

    def __init__(self, **arguments: Unpack[InstanceArgsDict]) -> None:
        super().__init__(**arguments)


class Instance(pulumi.ProviderResource):
    """An explicit provider for a second instance. Pass it to resources with ``ResourceOptions(provider=…)``.

    Its settings override environment variables. The keys are encrypted in state; changing a key changes no resource.

    Args:
        base_url: the instance's address; it must be known when the program runs.
        provisioning_key: the key of that instance.
        health_api_key: the key of its Health API.
        request_timeout: the time limit for a whole request in seconds; 60 by default.
        max_in_flight: the maximum number of concurrent requests; 16 by default.
        max_retries: retries of requests that may be sent again; 4 by default.

    Replaced:
        Never. A changed key changes no resource. A resource that moves from one instance to another is refused at preview.

    Drift:
        None: it is configuration, not an object on a server.

    Import:
        Not possible, and not needed.

    Errors:
        without user name, query or fragment: ``base_url`` must be the instance's https address (http for this machine only).
        it lives on …, but this run is configured for …: give the resource the provider of its instance.
    """

    @overload
    def __init__(
        self, resource_name: str, args: InstanceArgs | InstanceArgsDict, opts: pulumi.ResourceOptions | None = None
    ) -> None: ...

    @overload
    def __init__(
        self, resource_name: str, opts: pulumi.ResourceOptions | None = None, **arguments: Unpack[InstanceArgsDict]
    ) -> None: ...

    def __init__(self, resource_name: str, *args: Any, **arguments: Any) -> None:
        config_keys.refuse_unknown_package_keys()
        collected, opts = keywords.collect_arguments(f"Instance {resource_name!r}", InstanceArgs, args, arguments)
        instance_arguments = collected.to_dict()
        try:
            instance = configuration.normalise_base_url(instance_arguments["base_url"], "base_url")
            local_only.require_loopback(instance, "base_url")
        except errors.ConfigurationError as problem:
            raise pulumi.RunError(f"Instance {resource_name!r}: {problem}") from problem
        inputs: dict[str, Any] = {configuration.EXPLICIT_INSTANCE: resource_name, "w365:baseUrl": instance}
        secrets = {"provisioning_key": "w365:provisioningKey", "health_api_key": "w365:healthApiKey"}
        numbers = {
            "request_timeout": "w365:requestTimeout",
            "max_in_flight": "w365:maxInFlight",
            "max_retries": "w365:maxRetries",
        }
        inputs |= {
            key: pulumi.Output.secret(instance_arguments[name]) for name, key in secrets.items() if name in instance_arguments
        }
        inputs |= {key: str(instance_arguments[name]) for name, key in numbers.items() if name in instance_arguments}
        super().__init__(self._package, resource_name, self._named(inputs), opts)

    _package = "pulumi-python"

    @staticmethod
    def _named(inputs: dict[str, Any]) -> dict[str, Any]:
        """The inputs by the names that the package has for them."""
        return inputs
