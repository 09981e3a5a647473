"""What is set up once per service."""

from pathlib import Path

from tests.components.websocket_api import programs
from tests.components.websocket_api.world import World

MONITORING = """
WebSocketMonitoring(
    "service",
    WebSocketMonitoringArgs(
        resource_group_name=GIVEN["resource_group_name"],
        service_name=GIVEN["service_name"],
        workspace_id="/subscriptions/one/resourceGroups/logs/providers/Microsoft.OperationalInsights/workspaces/logs",
        failed_connections=THRESHOLD,
    ),
)
"""


def test_handshakes_and_connections_are_delivered_and_failures_raise_an_alert(here: World) -> None:
    here.up(programs.OPEN + MONITORING.replace("THRESHOLD", "3"))
    with here.connected(headers={}) as socket:
        socket.send("hello")
        assert socket.recv() == "hello"
    assert [(row.response_code, row.exported) for row in here.cloud.management.gateway_logs()] == [(101, True)]
    assert {row.exported for row in here.cloud.management.connection_logs()} == {True}
    [alert] = [item for item in here.cloud.management.state().resources.values() if item.kind == "metricAlerts"]
    [criterion] = alert.properties["criteria"]["allOf"]
    assert (criterion["metricName"], criterion["operator"], criterion["threshold"]) == ("ConnectionAttempts", "GreaterThan", 3)
    assert alert.properties["scopes"] == [here.cloud.service_id]
    assert alert.name == f"{here.cloud.service_name}-websocket-connections"
    assert here.up().changes == {"same": 7}
    assert here.up(programs.OPEN + MONITORING.replace("THRESHOLD", "None")).changes == {"same": 6, "delete": 1}


def test_a_second_stack_makes_no_second_alert(here: World, tmp_path: Path) -> None:
    here.up(MONITORING.replace("THRESHOLD", "3"))
    another = MONITORING.replace("THRESHOLD", "3,\n        setting_name='another'").replace('"service"', '"again"')
    refused = here.another(tmp_path / "another").up(another, code=1)
    assert "cannot create already existing resource" in " ".join(refused.problems)
    alerts = [item for item in here.cloud.management.state().resources.values() if item.kind == "metricAlerts"]
    assert len(alerts) == 1
