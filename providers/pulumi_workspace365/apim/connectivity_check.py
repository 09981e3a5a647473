"""A connectivity check as a resource: creating and updating it *is* the check, so ``pulumi up`` is green only when the gateway reaches its backend.

A resource and not a hook, because a hook that failed is forgotten by the next ``up``. A check that failed on its first run is not in the state
and so runs again; one that failed later, was let pass or could not run keeps ``passed=False`` in its outputs, and runs again for that.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Literal, Required, Self, TypedDict, Unpack, overload

import pulumi
from pulumi import dynamic as pulumi_dynamic
from pydantic import Field, ValidationError, model_validator

from pulumi_dynamic_host import context
from pulumi_workspace365.api import configuration
from pulumi_workspace365.apim import arm_settings, errors, outcome, verdicts
from pulumi_workspace365.apim.models import (
    ConnectivityRequest,
    ConnectivityResult,
    ResourceGroupName,
    ServiceName,
    ServiceTarget,
    SubscriptionId,
)
from pulumi_workspace365.apim.outcome import Outcome
from pulumi_workspace365.errors import ConfigurationError, Refused
from pulumi_workspace365.resource import base
from pulumi_workspace365.resource.keywords import ResourceArgs


class ConnectivityCheckArgsDict(TypedDict, total=False):
    """The arguments of :class:`ConnectivityCheck`, which explains them, by name."""

    resource_group_name: Required[pulumi.Input[str]]
    service_name: Required[pulumi.Input[str]]
    region: Required[pulumi.Input[str]]
    address: Required[pulumi.Input[str]]
    port: Required[pulumi.Input[int]]
    instance: pulumi.Input[int] | None
    protocol: pulumi.Input[Literal["TCP", "HTTP", "HTTPS"]] | None
    method: pulumi.Input[Literal["GET", "POST"]] | None
    valid_status_codes: pulumi.Input[Sequence[pulumi.Input[int]]] | None
    headers: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None
    preferred_ip_version: pulumi.Input[Literal["IPv4"]] | None
    subscription_id: pulumi.Input[str] | None
    require: pulumi.Input[verdicts.Require] | None
    max_average_latency_ms: pulumi.Input[float] | None
    triggers: Any
    every_update: pulumi.Input[bool] | None
    on_unsupported: pulumi.Input[Literal["fail", "warn"]] | None


class ConnectivityCheckArgs(ResourceArgs):
    """The arguments of :class:`ConnectivityCheck` as one object."""

    keywords = ConnectivityCheckArgsDict

    def __init__(self, **arguments: Unpack[ConnectivityCheckArgsDict]) -> None:
        super().__init__(**arguments)


class ConnectivityCheckInputs(ConnectivityRequest):
    """The arguments as the provider gets them: a request, the service that carries it out, and what is required of the result."""

    subscription_id: SubscriptionId | None = None
    resource_group_name: ResourceGroupName
    service_name: ServiceName
    require: verdicts.Require = "connected"
    max_average_latency_ms: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    triggers: Any = None
    every_update: bool = False
    on_unsupported: Literal["fail", "warn"] = "fail"

    @model_validator(mode="after")
    def _report_requires_nothing(self) -> Self:
        if self.require == "report" and self.max_average_latency_ms is not None:
            raise ValueError("max_average_latency_ms: require='report' never fails; leave one of the two out")
        return self


class _StillUnconnected(pulumi_dynamic.UpdateResult):
    """A failed check of a resource that exists: a host that knows ``reasons`` records the outputs and fails, and the next ``up`` checks again."""

    def __init__(self, outs: dict[str, Any], reason: str) -> None:
        super().__init__(outs)
        self.reasons = [reason]


class ConnectivityCheckProvider(base.Provider[ConnectivityCheckInputs]):
    """Runs checks. Nothing exists at the service: reading repeats what was found last, deleting does nothing. Previews never ask the service."""

    args_type = ConnectivityCheckInputs
    secret_arguments = frozenset({"headers"})
    secret_outputs = frozenset({"headers"})

    @classmethod
    def arguments(cls) -> tuple[str, ...]:
        return tuple(ConnectivityCheckInputs.model_fields)

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        fields = ConnectivityCheckInputs.model_fields.items()
        return {name: field.default for name, field in fields if not field.is_required() and field.default is not None}

    def set_instance(self, _olds: dict[str, Any], _inputs: dict[str, Any]) -> list[str]:
        """A check belongs to no instance; the configuration is validated anyway, so that a preview reports errors."""
        arm_settings.read(self._config.get)
        configuration.failed_checks_pass()
        return []

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> pulumi_dynamic.CheckResult:
        result = super().check(olds, news)
        if not result.failures and isinstance(news.get("address"), str) and isinstance(news.get("port"), int | float):
            for warning in _warnings(news):
                base.log.warning("%s", warning)
        return result

    def diff(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> pulumi_dynamic.DiffResult:
        """A check is due when an argument changed, when it did not pass, when another service or cloud is configured, or always."""
        result = super().diff(id_, olds, news)
        if not result.changes and (why := self._due(olds, news)):
            base.log.info("%s", why)
            result.changes = True
        return result

    def _due(self, olds: Mapping[str, Any], news: Mapping[str, Any]) -> str:
        if not olds.get("passed"):
            return f"The last check did not pass ({olds.get('verdict', 'unknown')}), so the check runs again."
        if news.get("every_update"):
            return "every_update=True: the check runs at every `pulumi up`."
        args, configured = self.parse(news), arm_settings.read(self._config.get)
        elsewhere = olds.get("arm_endpoint") != configured.arm_endpoint
        if args.subscription_id or configured.subscription_id:
            elsewhere |= str(olds.get("service_id")).casefold() != _target(args, configured).id.casefold()
        return "The last check was of another service than the configured one, so the check runs again." if elsewhere else ""

    def preview_update(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> dict[str, Any]:
        """Only the arguments: what the check will find is not known before."""
        return self.recorded_arguments(news)

    def create(self, props: dict[str, Any]) -> pulumi_dynamic.CreateResult:
        """Run the check.

        Raises:
            errors.ArmError: it did not pass, or could not be run; the resource is not in the state then, and made again at the next ``up``.
        """
        args, check_outcome = self.parse(props), self._run(props)
        if check_outcome.must_fail:
            raise errors.ArmError(check_outcome.text)
        return pulumi_dynamic.CreateResult(
            f"{args.service_name}/{args.region}/{args.destination}", self._outputs(props, check_outcome)
        )

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> pulumi_dynamic.UpdateResult:
        """Run the check again. When it does not pass, that is recorded, so that going back to the old arguments does not hide it.

        Raises:
            errors.ArmError: it did not pass, and the host cannot record it.
        """
        check_outcome = self._run(_news)
        outs = self._outputs(_news, check_outcome)
        if not check_outcome.must_fail:
            return pulumi_dynamic.UpdateResult(outs)
        if context.current().hosted:
            return _StillUnconnected(outs, check_outcome.text)
        raise errors.ArmError(check_outcome.text)

    def read(self, id_: str, props: dict[str, Any]) -> pulumi_dynamic.ReadResult:
        """What was found last: a refresh does not check.

        Raises:
            Refused: it is an import, for which there is nothing to read.
        """
        if "address" not in props:
            raise Refused(
                "A connectivity check cannot be imported: nothing of it exists at the service. Declare it and run `pulumi up`."
            )
        return pulumi_dynamic.ReadResult(id_, dict(props))

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Nothing exists at the service."""

    def _run(self, props: Mapping[str, Any]) -> Outcome:
        from pulumi_workspace365.apim import client  # noqa: PLC0415  programs and previews do without an HTTP client

        args, call = self.parse(props), context.current()
        configured = arm_settings.read(self._config.get)
        target, asks = _target(args, configured), client.get_client(configured)
        seconds = call.timeout or client.DEADLINE_SECONDS
        return outcome.run_check(
            lambda: asks.check(target, args, deadline_seconds=seconds, cancelled=call.cancelled), args, service=args.service_name
        )

    def _outputs(self, props: Mapping[str, Any], check_outcome: Outcome) -> dict[str, Any]:
        configured = arm_settings.read(self._config.get)
        found = check_outcome.result.outputs() if check_outcome.result else {}
        return {
            **self.recorded_arguments(props),
            **dict.fromkeys(ConnectivityResult.model_fields),
            **found,
            "checked_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "verdict": check_outcome.verdict,
            "passed": check_outcome.passed,
            "summary": check_outcome.text,
            "service_id": _target(self.parse(props), configured).id,
            "arm_endpoint": configured.arm_endpoint,
        }


class ConnectivityCheck(base.Resource, module="apim", name="ConnectivityCheck"):
    """A check that API Management's gateway reaches a backend. Until it passes, it fails the ``up`` and blocks the resources that depend on it.

    It runs when it is created, when an argument changes, and at every ``up`` until it has passed. Previews and refreshes do not run it.

    Args:
        resource_group_name: the resource group of the API Management service.
        service_name: the name of the API Management service.
        region: the region of the service from which to check, such as ``northeurope``.
        address: the backend's host name, IP address or URL. For a WebSocket backend, only the host name.
        port: the backend's port.
        instance: the instance of the gateway from which to check.
        protocol: ``TCP`` (connects only), ``HTTP`` or ``HTTPS`` (sends a request); by default the service decides.
        method: the method of an HTTP check, ``GET`` or ``POST``.
        valid_status_codes: the status codes that pass an HTTP check.
        headers: the headers of an HTTP check. Secret: encrypted in state, never shown.
        preferred_ip_version: the IP version of the probes, ``IPv4``.
        subscription_id: the subscription of the service; defaults to ``apim:subscriptionId`` or ``ARM_SUBSCRIPTION_ID``.
        require: ``connected``; ``degraded`` if some probes may fail; ``report`` only records the result.
        max_average_latency_ms: the highest average latency that passes, in milliseconds.
        triggers: any values; the check runs again when they change, such as the version that was deployed.
        every_update: runs at every ``up``. Each preview then shows a change, so it cannot be used with ``--expect-no-changes``.
        on_unsupported: ``warn`` lets the ``up`` pass if this service, tier or login cannot run checks. The result never counts as passed.

    Replaced:
        Never. A changed argument runs the check again.

    Drift:
        Not detected: a refresh keeps the last result. Use ``w365 check`` at any time, or ``every_update=True``.

    Import:
        Not possible, because the service stores nothing of it. Declare it and run ``pulumi up``.

    Errors:
        the gateway does not reach …: the message names the hop and its issues. Correct the network, then run it again.
        does not know in which subscription the service is: give ``subscription_id``, or set ``ARM_SUBSCRIPTION_ID``.
        This service cannot run connectivity checks: ``on_unsupported="warn"`` lets the ``up`` pass.
        W365_CHECKS=warn lets a run go on in spite of it: for a hotfix that cannot wait. It reports failed checks and lets this run pass.
    """

    provider_type: ClassVar[type[base.Provider[Any]]] = ConnectivityCheckProvider
    args_class = ConnectivityCheckArgs

    connection_status: pulumi.Output[str | None]
    """``Connected``, ``Degraded``, ``Disconnected``, ``Unknown``, or another status of the service; ``None`` if the check could not run."""
    average_latency_ms: pulumi.Output[float | None]
    """The average latency of the probes, in milliseconds."""
    minimum_latency_ms: pulumi.Output[float | None]
    """The latency of the fastest probe, in milliseconds."""
    maximum_latency_ms: pulumi.Output[float | None]
    """The latency of the slowest probe, in milliseconds."""
    probes_sent: pulumi.Output[int | None]
    """The number of probes that the gateway sent."""
    probes_failed: pulumi.Output[int | None]
    """The number of probes that got no answer."""
    hops: pulumi.Output[Sequence[Mapping[str, Any]] | None]
    """The hops from the gateway to the backend, each with ``type``, ``id``, ``address``, ``resource_id``, ``next_hop_ids`` and ``issues``."""
    checked_at: pulumi.Output[str]
    """The time of the last check, as an ISO 8601 time in UTC."""
    passed: pulumi.Output[bool]
    """Whether the last check passed; if not, the next ``up`` checks again."""
    verdict: pulumi.Output[str]
    """``passed``, ``reported``, ``failed``, ``unsupported``, or ``error`` when it could not run."""
    summary: pulumi.Output[str]
    """The result as text."""
    service_id: pulumi.Output[str]
    """The ARM id of the service that ran the check."""

    @overload
    def __init__(
        self,
        resource_name: str,
        args: ConnectivityCheckArgs | ConnectivityCheckArgsDict,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None: ...

    @overload
    def __init__(
        self, resource_name: str, opts: pulumi.ResourceOptions | None = None, **arguments: Unpack[ConnectivityCheckArgsDict]
    ) -> None: ...

    def __init__(self, resource_name: str, *args: Any, **arguments: Any) -> None:
        given, opts = self._arguments(resource_name, args, arguments)
        super().__init__(resource_name, given, opts)


def _target(args: ConnectivityCheckInputs, configured: arm_settings.ArmSettings) -> ServiceTarget:
    subscription = args.subscription_id or configured.subscription_id
    if not subscription:
        raise ConfigurationError(
            "subscription_id: the check does not know in which subscription the service is. Give it, or set apim:subscriptionId "
            "(ARM_SUBSCRIPTION_ID)."
        )
    return ServiceTarget(
        subscription_id=subscription, resource_group_name=args.resource_group_name, service_name=args.service_name
    )


def _warnings(news: Mapping[str, Any]) -> list[str]:
    fields = {name: news[name] for name in ("address", "port") if name in news}
    protocol = news.get("protocol")
    try:
        request = ConnectivityRequest(region="-", **fields, protocol=protocol if isinstance(protocol, str) else None)
    except ValidationError:
        return []
    return request.warnings()
