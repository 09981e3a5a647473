"""The alerts and the dashboard: valid, and of nothing but metrics and labels that the command writes."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from pulumi_workspace365_cli.report.metrics import FAMILIES
from tests import promql
from tests.docs.pages import ROOT, blocks

FOLDER = ROOT / "docs/monitoring"
ALERTS: list[dict[str, Any]] = yaml.safe_load((FOLDER / "alerts.yaml").read_text(encoding="utf-8"))["groups"][0]["rules"]
DASHBOARD: dict[str, Any] = json.loads((FOLDER / "dashboard.json").read_text(encoding="utf-8"))
GUIDE = ROOT / "docs/guides/monitoring.md"


def wrong(expression: str, *more: str) -> Iterator[str]:
    """The metrics and labels that do not exist; a label has to be one of a metric of the expression."""
    metrics, labels = promql.names(expression)
    if not metrics:
        yield f"{expression}: no metric"
    known = {label for name in metrics & FAMILIES.keys() for label in FAMILIES[name].labels}
    yield from (f"{expression}: {name}" for name in sorted((metrics - FAMILIES.keys()) | ({*labels, *more} - known)))


def test_alerts_name_only_metrics_and_labels_that_exist() -> None:
    assert ALERTS
    for alert in ALERTS:
        assert alert.keys() <= {"alert", "expr", "for", "labels", "annotations"}
        texts = " ".join(alert["annotations"].values())
        shown = re.findall(r"\{\{ \$labels\.(\w+) \}\}", texts)
        assert texts.count("{{") == len(shown) + texts.count("{{ $value }}"), texts
        assert list(wrong(alert["expr"], *shown)) == []
        assert alert["labels"]["severity"] in {"critical", "warning", "info"}
    assert len({alert["alert"] for alert in ALERTS}) == len(ALERTS)


def test_an_alert_of_a_metric_or_a_label_that_does_not_exist_is_noticed() -> None:
    assert list(wrong("workspace365_check_ip == 0")) == ["workspace365_check_ip == 0: workspace365_check_ip"]
    assert len(list(wrong('workspace365_check_up{ring="canary"} == 0'))) == 1
    assert len(list(wrong("sum by (customer) (workspace365_check_up)"))) == 1
    assert len(list(wrong("workspace365_check_up == 0", "environment"))) == 1
    with pytest.raises(ValueError, match="unknown function"):
        list(wrong("amount(workspace365_check_up)"))
    with pytest.raises(ValueError, match="brackets"):
        list(wrong("count(workspace365_check_up"))


@pytest.mark.skipif(shutil.which("promtool") is None, reason="Prometheus' promtool is not on PATH")
@pytest.mark.parametrize("arguments", [("check", "rules", "alerts.yaml"), ("test", "rules", "alerts.test.yaml")], ids=" ".join)
def test_prometheus_itself_accepts_the_alerts(arguments: tuple[str, ...]) -> None:
    done = subprocess.run(["promtool", *arguments], cwd=FOLDER, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_dashboard_shows_only_metrics_and_labels_that_exist() -> None:
    expressions = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    expressions += [one["query"]["query"] for one in DASHBOARD["templating"]["list"] if one["type"] == "query"]
    assert len(expressions) > len(DASHBOARD["panels"]) > 10
    assert [problem for expression in expressions for problem in wrong(expression)] == []
    legends = [(target["expr"], target["legendFormat"]) for panel in DASHBOARD["panels"] for target in panel["targets"]]
    for expression, legend in legends:
        assert list(wrong(expression, *re.findall(r"\{\{(\w+)\}\}", legend))) == []


def test_panels_of_the_dashboard_do_not_cover_each_other() -> None:
    places = [panel["gridPos"] for panel in DASHBOARD["panels"]]
    cells = [(x, y) for at in places for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])]
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) < 24
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(places)


def test_the_guide_s_expression_is_of_metrics_that_exist() -> None:
    expressions = [block.text for block in blocks(GUIDE) if block.language == "promql"]
    assert expressions
    assert [problem for expression in expressions for problem in wrong(expression)] == []
