"""WebSocketMonitoring: what is set up once per service, and not per API, to see handshakes and connections."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Required, TypedDict, Unpack, overload

import pulumi

from pulumi_workspace365.resource import keywords
from pulumi_workspace365_components.arguments import Arguments
from pulumi_workspace365_components.websocket_api.arguments import apply_to_input
from pulumi_workspace365_components.websocket_api.azure_native import apimanagement, monitor

LOG_CATEGORIES = ("GatewayLogs", "WebSocketConnectionLogs")
"""Handshakes, to the table ApiManagementGatewayLogs; connections from handshake to end, to ApiManagementWebSocketConnectionLogs."""


class WebSocketMonitoringArgsDict(TypedDict, total=False):
    """A :class:`WebSocketMonitoringArgs`, which explains the fields, by name."""

    resource_group_name: Required[pulumi.Input[str]]
    service_name: Required[pulumi.Input[str]]
    workspace_id: Required[pulumi.Input[str]]
    setting_name: pulumi.Input[str]
    alert_name: pulumi.Input[str] | None
    action_groups: Sequence[pulumi.Input[str]]
    failed_connections: pulumi.Input[float] | None
    succeeded: Sequence[pulumi.Input[str]]
    window: pulumi.Input[str]
    evaluation_frequency: pulumi.Input[str]
    severity: pulumi.Input[int]


class WebSocketMonitoringArgs(Arguments):
    """Monitoring of all WebSocket APIs of one service.

    Raises:
        ArgumentError: an argument is missing, misspelled or cannot be; a sentence for each.
    """

    if TYPE_CHECKING:

        def __init__(self, **arguments: Unpack[WebSocketMonitoringArgsDict]) -> None: ...

    resource_group_name: pulumi.Input[str]
    """The resource group of the service; the alert goes there too."""
    service_name: pulumi.Input[str]
    """The API Management service, which exists already."""
    workspace_id: pulumi.Input[str]
    """ARM id of the Log Analytics workspace that takes the logs."""
    setting_name: pulumi.Input[str] = "websocket"
    """The name of the diagnostic setting; a service has up to five, and two must not send the same category to one workspace."""
    alert_name: pulumi.Input[str] | None = None
    """The name of the alert in the resource group; the service's with ``-websocket-connections`` behind it if left out. It is the same
    in every stack, so that no second alert is made for one service."""
    action_groups: Sequence[pulumi.Input[str]] = ()
    """ARM ids of the action groups that are told when connections fail."""
    failed_connections: pulumi.Input[float] | None = 5.0
    """More failed connections than this within ``window`` raise the alert; None for no alert."""
    succeeded: Sequence[pulumi.Input[str]] = ("Success", "Succeeded")
    """States of the metric that are no failure. The reference does not list the states: compare with the metric's in the portal."""
    window: pulumi.Input[str] = "PT5M"
    """The time over which failed connections are counted, as an ISO 8601 duration."""
    evaluation_frequency: pulumi.Input[str] = "PT1M"
    """How often failed connections are counted, as an ISO 8601 duration."""
    severity: pulumi.Input[int] = 2
    """How bad the alert is: 0 (critical) to 4."""


class WebSocketMonitoring(pulumi.ComponentResource):
    """Handshakes and connections of a service in Log Analytics, and an alert on connections that fail.

    Use it once per service: two diagnostic settings that send one category to one workspace are refused.

    Replaced:
        The diagnostic setting, when its name, service or workspace changes; the alert, when its name changes. No log is lost that
        was written already.

    Drift:
        Seen by a refresh: all of it.

    Import:
        As any azure-native resource: ``azure-native:monitor:DiagnosticSetting`` and ``azure-native:monitor:MetricAlert``, with the
        component as parent.

    Errors:
        (azure-native) cannot create already existing resource: another stack has an alert of this name. Give ``alert_name``, or monitor the service in
            one stack only.
        (Azure Monitor) already used in another diagnostic setting: the service sends the category to this workspace already. Remove that
            setting, or import it.
        (the alert) fires though nothing fails: the metric has a state that ``succeeded`` does not name. Compare it with the portal.
    """

    diagnostic_setting_id: pulumi.Output[str]
    """The ARM id of the diagnostic setting."""
    alert_id: pulumi.Output[str | None]
    """The ARM id of the alert, where there is one."""

    @overload
    def __init__(
        self,
        resource_name: str,
        args: WebSocketMonitoringArgs | WebSocketMonitoringArgsDict,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None: ...

    @overload
    def __init__(
        self, resource_name: str, opts: pulumi.ResourceOptions | None = None, **arguments: Unpack[WebSocketMonitoringArgsDict]
    ) -> None: ...

    def __init__(self, resource_name: str, *args: Any, **arguments: Any) -> None:
        subject = f"WebSocketMonitoring {resource_name!r}"
        collected, opts = keywords.collect_arguments(subject, WebSocketMonitoringArgs, args, arguments)
        self._deploy(resource_name, collected, opts)

    def _deploy(self, resource_name: str, args: WebSocketMonitoringArgs, opts: pulumi.ResourceOptions | None) -> None:
        super().__init__("workspace365:index:WebSocketMonitoring", resource_name, None, opts)
        service = apimanagement.get_api_management_service_output(
            resource_group_name=args.resource_group_name,
            service_name=args.service_name,
            opts=pulumi.InvokeOptions(parent=self),
        )
        setting = self._setting(resource_name, args, service.id)
        threshold = args.failed_connections
        alert = self._alert(resource_name, args, service.id, threshold) if threshold is not None else None
        self.diagnostic_setting_id = setting.id
        self.alert_id = alert.id if alert else pulumi.Output.from_input(None)
        self.register_outputs({"diagnostic_setting_id": self.diagnostic_setting_id, "alert_id": self.alert_id})

    def _setting(self, name: str, args: WebSocketMonitoringArgs, service_id: pulumi.Output[str]) -> monitor.DiagnosticSetting:
        return monitor.DiagnosticSetting(
            name,
            resource_uri=service_id,
            name=args.setting_name,
            workspace_id=args.workspace_id,
            log_analytics_destination_type="Dedicated",  # a table for each category; connection events have no other
            logs=[{"category": category, "enabled": True} for category in LOG_CATEGORIES],
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )

    def _alert(
        self, name: str, args: WebSocketMonitoringArgs, service_id: pulumi.Output[str], threshold: pulumi.Input[float]
    ) -> monitor.MetricAlert:
        failures = monitor.MetricCriteriaArgs(
            criterion_type="StaticThresholdCriterion",
            name="failed-connections",
            metric_namespace="Microsoft.ApiManagement/service",
            metric_name="ConnectionAttempts",
            dimensions=[monitor.MetricDimensionArgs(name="State", operator="Exclude", values=list(args.succeeded))],
            operator="GreaterThan",
            threshold=threshold,
            time_aggregation="Total",
            skip_metric_validation=True,  # the metric is there only once somebody connected
        )
        return monitor.MetricAlert(
            f"{name}-connections",
            rule_name=apply_to_input(args.service_name, _alert_name) if args.alert_name is None else args.alert_name,
            resource_group_name=args.resource_group_name,
            location="global",
            description="WebSocket connections fail",
            scopes=[service_id],
            criteria=monitor.MetricAlertSingleResourceMultipleMetricCriteriaArgs(
                odata_type="Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria", all_of=[failures]
            ),
            actions=[{"action_group_id": group} for group in args.action_groups],
            window_size=args.window,
            evaluation_frequency=args.evaluation_frequency,
            severity=args.severity,
            enabled=True,
            opts=pulumi.ResourceOptions(parent=self),
        )


def _alert_name(service_name: str) -> str:
    return f"{service_name}-websocket-connections"
