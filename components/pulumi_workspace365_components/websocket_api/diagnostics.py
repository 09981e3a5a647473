"""Selects what is logged of an API's handshakes, and masks parts of it."""

from collections.abc import Iterator
from typing import Any

import pulumi

from pulumi_workspace365_components.websocket_api.arguments import DiagnosticsArgs, SubscriptionKeyNamesArgs, WebSocketApiArgs
from pulumi_workspace365_components.websocket_api.azure_native import apimanagement
from pulumi_workspace365_components.websocket_api.existing import ExistingResources
from pulumi_workspace365_components.websocket_api.policy.handshake import Handshake
from pulumi_workspace365_components.websocket_api.recorded_ids import RecordedIds
from pulumi_workspace365_components.websocket_api.write_serialization import WriteSerializer


def deploy(
    ids: RecordedIds,
    api: apimanagement.Api,
    settled: pulumi.Output[Handshake],
    serializer: WriteSerializer,
    *,
    existing: ExistingResources,
    opts: pulumi.ResourceOptions,
) -> None:
    """An ApiDiagnostic for each logger of the API's ``diagnostics``; the loggers exist already."""
    args = ids.args
    diagnostics = args.diagnostics or DiagnosticsArgs(azure_monitor=None)
    loggers = {"azuremonitor": diagnostics.azure_monitor, "applicationinsights": diagnostics.application_insights}
    for kind, logger in loggers.items():
        if logger is None or logger == "":
            continue
        resource = apimanagement.ApiDiagnostic(
            f"{ids.name}-{kind}",
            api_id=serializer.after_previous(api.name),
            diagnostic_id=kind,
            logger_id=pulumi.Output.all(api.id, logger).apply(lambda ids: _logger_id(*ids)),
            always_log="allErrors",
            sampling={"sampling_type": "fixed", "percentage": diagnostics.sampling},
            verbosity=diagnostics.verbosity,
            metrics=diagnostics.metrics if kind == "applicationinsights" and diagnostics.metrics is not False else None,
            log_client_ip=diagnostics.log_client_ip,
            frontend={"request": _message(args, diagnostics, settled)},
            backend={"request": _message(args, diagnostics, settled)},
            resource_group_name=args.resource_group_name,
            service_name=args.service_name,
            opts=pulumi.ResourceOptions.merge(
                opts, existing.api_child_options(apimanagement.get_api_diagnostic, diagnostic_id=kind)
            ),
        )
        serializer.register(resource, ids.expect("diagnostic", resource, "apis", api.name, "diagnostics", kind))


def _logger_id(api_id: str, logger: str) -> str:
    """A logger of the API's own service, unless an id says which."""
    return logger if "/" in logger else f"{api_id.rpartition('/apis/')[0]}/loggers/{logger}"


def _message(args: WebSocketApiArgs, diagnostics: DiagnosticsArgs, settled: pulumi.Output[Handshake]) -> Any:
    keys = args.subscription_key_names or SubscriptionKeyNamesArgs()
    always = [*diagnostics.masked_query_parameters, keys.query]
    names = pulumi.Output.all(settled.apply(Handshake.secret_query_parameters), *always).apply(lambda found: list(_flat(found)))
    masked = {
        "query_params": names.apply(lambda found: [*map(_entity, found)]),
        "headers": [_entity(item) for item in diagnostics.masked_headers],
    }
    return {"body": {"bytes": 0}, "data_masking": {key: value for key, value in masked.items() if value}}


def _flat(found: Any) -> Iterator[str]:
    secret, *others = found
    yield from dict.fromkeys([*secret, *others])


def _entity(name: Any) -> Any:
    return {"mode": "Hide", "value": name}
