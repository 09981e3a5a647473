"""What is logged of handshakes, and which numbers of them go to Application Insights."""

import pytest

from tests.components.websocket_api import world
from tests.components.websocket_api.world import World

LOGGER = """
from pulumi_azure_native import apimanagement as am

there = dict(resource_group_name=GIVEN["resource_group_name"], service_name=GIVEN["service_name"])
logger = am.Logger(
    "insights", **there, logger_id="insights", logger_type="applicationInsights", credentials={"instrumentationKey": "made-up"}
)
"""
API = """
WebSocketApi(
    "chat",
    WebSocketApiArgs(
        **GIVEN,
        subscription_required=False,
        diagnostics=DiagnosticsArgs(azure_monitor="", application_insights=LOGGER, metrics=METRICS, sampling=50, verbosity="error"),
        handshake=policies.Handshake(inbound=[policies.emit_metric("handshakes", "API ID")]),
    ),
)
"""
DIAGNOSTIC = "apis/chat/diagnostics/applicationinsights"


def api(*, metrics: bool, logger: str = "logger.name") -> str:
    return LOGGER + API.replace("METRICS", repr(metrics)).replace("LOGGER", logger)


@pytest.mark.slow
@pytest.mark.parametrize("here", world.ENGINES, indirect=True)
def test_metrics_go_to_application_insights_from_the_first_deployment_to_the_last(here: World) -> None:
    assert here.preview(api(metrics=True)).changes["create"] == 6
    here.up()
    deployed = here.deployed(DIAGNOSTIC)
    assert deployed["loggerId"] == here.id("loggers/insights")
    assert deployed["metrics"] is True
    assert (deployed["sampling"]["percentage"], deployed["verbosity"]) == (50, "error")
    assert not here.exists("apis/chat/diagnostics/azuremonitor")

    here.cloud.management.clear_requests()
    assert here.up(api(metrics=True, logger="logger.id")).changes == {"same": 6}
    changed = here.up(api(metrics=False))
    assert changed.changes == {"same": 5, "update": 1}
    assert world.shown(changed)["update ApiDiagnostic chat-applicationinsights"] == ("metrics",)
    assert here.changes() == ["PUT apis/diagnostics"]
    assert here.deployed(DIAGNOSTIC).get("metrics") in {None, False}
    here.up(api(metrics=True))

    here.cloud.management.change(here.id(DIAGNOSTIC), metrics=False)
    here.run("refresh")
    assert here.up().changes == {"same": 5, "update": 1}
    assert here.deployed(DIAGNOSTIC)["metrics"] is True
    here.cloud.management.clear_requests()
    here.up(LOGGER)
    assert here.changes() == ["DELETE apis"]
    assert not here.exists(DIAGNOSTIC)
