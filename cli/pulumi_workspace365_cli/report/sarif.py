"""For code scanning: SARIF 2.1.0. Failed checks and warnings are results, and what passed is left out."""

import json
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from pulumi_dynamic_host import safe_text
from pulumi_workspace365_cli.report.model import Check, CheckStatus, Report

VERSION = "2.1.0"
SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: Mapping[CheckStatus, str] = {"failed": "error", "warning": "warning", "skipped": "note"}
_PROJECT_FILE = "Pulumi.yaml"
"""Where a result belongs that is about no file: code scanning shows none without one."""


def render(report: Report) -> str:
    """The report as one run of SARIF."""
    results = [check for check in report.checks if check.verdict in _LEVELS and (check.place or check.verdict != "skipped")]
    rules = list(dict.fromkeys(_rule(report, check) for check in results))
    driver = {
        "name": f"w365 {report.command}",
        "version": metadata.version("pulumi-workspace365"),
        "rules": [_description(report, rule) for rule in rules],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": report.exit_code != 1, "exitCode": report.exit_code}],
        "results": [_result(report, check, rules) for check in results],
    }
    document = {"$schema": SCHEMA, "version": VERSION, "runs": [run]}
    return safe_text.escaped_json(json.dumps(document, indent=2, ensure_ascii=False)) + "\n"


def _rule(report: Report, check: Check) -> str:
    return check.rule or f"{report.command}/{check.name}"


def _description(report: Report, rule: str) -> dict[str, Any]:
    text = report.rules.get(rule)
    return {"id": rule, **({"shortDescription": {"text": text}} if text else {})}


def _result(report: Report, check: Check, rules: Iterable[str]) -> dict[str, Any]:
    rule = _rule(report, check)
    return {
        "ruleId": rule,
        "ruleIndex": list(rules).index(rule),
        "level": _LEVELS[check.verdict],
        "message": {"text": check.advice},
        "locations": [{"physicalLocation": _location(check)}],
    }


def _location(check: Check) -> dict[str, Any]:
    place = check.place
    uri = quote(PurePath(place.file).as_posix() if place else _PROJECT_FILE)
    found: dict[str, Any] = {"artifactLocation": {"uri": uri}}
    if place and place.line:
        found["region"] = {"startLine": place.line, **({"startColumn": place.column} if place.column else {})}
    return found
