"""For programs: one JSON document. Its ``schema`` ends in a number that grows when something is removed or changes its meaning."""

import json
from dataclasses import asdict
from importlib import metadata
from typing import Any

from pulumi_dynamic_host import safe_text
from pulumi_workspace365_cli.report.model import Report


def _without_empty(check: dict[str, Any]) -> dict[str, Any]:
    """Only some checks have a place and a rule."""
    return {name: value for name, value in check.items() if value or name not in {"place", "rule"}}


def render(report: Report) -> str:
    """The report as JSON."""
    head = {
        "schema": report.schema,
        "generated": report.generated.isoformat(),
        "generator": f"pulumi-workspace365 {metadata.version('pulumi-workspace365')}",
        "exit_code": report.exit_code,
        "summary": report.summary,
        "facts": dict(report.facts),
    }
    checks = [_without_empty(asdict(check)) for check in report.checks]
    document = {**head, **report.data, "checks": checks, "notes": list(report.notes)}
    return safe_text.escaped_json(json.dumps(document, indent=2, ensure_ascii=False)) + "\n"
