"""The verdicts of checks as a report: one row each, a drawing of every connectivity check's route, and a prominent note about tolerated failures."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from pulumi_workspace365.apim.models import ConnectivityResult, Hop, Issue
from pulumi_workspace365_cli import report as reports
from pulumi_workspace365_cli.report import Check, Column, NetworkNode, NetworkPath, Report, Row, Table, metrics
from pulumi_workspace365_cli.report.metrics import Sample
from pulumi_workspace365_components.validation import verdicts
from pulumi_workspace365_components.validation.verdicts import Verdict

_COLUMNS = (
    Column("verdict", "status"),
    Column("check"),
    Column("kind"),
    Column("what was seen", "prose"),
    Column("seconds", "number"),
)
_WARNED = "Let pass by W365_CHECKS=warn: "


def report(
    found: Sequence[Verdict], source: str, *, enforced: bool, rounds: int = 1, scope: Mapping[str, str] | None = None
) -> Report:
    """What the last round of checks led to.

    Args:
        found: the verdicts, in the order of the checks.
        source: the file or stack that the checks are of.
        enforced: whether a failure is one; false with ``W365_CHECKS=warn``.
        rounds: how often all checks ran.
        scope: what distinguishes these checks from others in metrics.
    """
    checks = tuple(_check(verdict, enforced=enforced) for verdict in found)
    rows = tuple(_row(verdict, check) for verdict, check in zip(found, checks, strict=True))
    facts = {"checks": source} | ({"rounds": str(rounds)} if rounds > 1 else {}) | ({} if enforced else {"W365_CHECKS": "warn"})
    return Report(
        "check",
        "Checks",
        _summary(found, enforced=enforced),
        facts=facts,
        tables=(Table("", _COLUMNS, rows),),
        checks=checks,
        notes=()
        if enforced
        else (
            "W365_CHECKS=warn is set: failed checks are reported, but do not fail the run. Unset it when it is no longer needed.",
        ),
        data={"source": source, "enforced": enforced, "rounds": rounds, "results": [_data(verdict) for verdict in found]},
        exit_code=reports.exit_code_of(checks),
        metrics=tuple(sample for verdict in found for sample in _metrics(verdict, scope or {})),
        scopes=(scope or {},),
    )


def _metrics(verdict: Verdict, scope: Mapping[str, str]) -> Iterator[Sample]:
    labels = {**scope, "check": verdict.check.name, "kind": verdict.check.kind}
    yield metrics.sample(metrics.CHECK_UP, verdict.state == "passed", labels)
    yield metrics.sample(metrics.CHECK_TOLERATED, verdict.state != "passed" and verdict.tolerated, labels)
    yield metrics.sample(metrics.CHECK_SECONDS, round(verdict.seconds, 3), labels)


def _check(verdict: Verdict, *, enforced: bool) -> Check:
    name, seconds = verdict.check.name, round(verdict.seconds, 3)
    if verdict.state == "passed":
        return Check(name, "ok", verdict.message, verdict.remedy, seconds)
    if not verdict.is_failure:
        return Check(name, "skipped", _with_state(verdict), verdict.remedy, seconds)
    if enforced:
        return Check(name, "failed", _with_state(verdict), verdict.remedy, seconds)
    return Check(name, "warning", _WARNED + _with_state(verdict), verdict.remedy, seconds)


def _with_state(verdict: Verdict) -> str:
    return f"Not verifiable: {verdict.message}" if verdict.state == "not verifiable" else verdict.message


def _row(verdict: Verdict, check: Check) -> Row:
    state = verdict.state if check.verdict != "warning" else f"{verdict.state} (tolerated)"
    detail = check.detail + (f"\n→ {check.remedy}" if check.remedy and check.verdict != "ok" else "")
    drawing = _network_path(verdict, verdict.result) if verdict.result and verdict.result.hops else None
    return Row((state, check.name, verdict.check.kind, detail, f"{verdict.seconds:.2f}"), check.verdict, drawing)


def _summary(found: Sequence[Verdict], *, enforced: bool) -> str:
    failed = [verdict for verdict in found if verdict.is_failure]
    tolerated = sum(verdict.tolerated for verdict in found)
    left = f"; {tolerated} could not be verified, which is tolerated" if tolerated else ""
    if not failed:
        return f"{len(found) - tolerated} of {len(found)} checks passed{left}."
    names = ", ".join(verdict.check.name for verdict in failed[:5]) + (", …" if len(failed) > 5 else "")
    summary = f"{len(failed)} of {len(found)} checks did not pass: {names}{left}."
    return summary if enforced else f"{summary} W365_CHECKS=warn tolerates that."


def _data(verdict: Verdict) -> dict[str, Any]:
    return {
        "name": verdict.check.name,
        "kind": verdict.check.kind,
        "target": verdicts.target(verdict.check),
        "state": verdict.state,
        "tolerated": verdict.tolerated,
        "message": verdict.message,
        "remedy": verdict.remedy,
        "seconds": round(verdict.seconds, 3),
        "attempts": verdict.attempts,
        "components": [asdict(part) for part in verdict.parts],
        "connectivity": verdict.result.outputs() if verdict.result else None,
    }


def _network_path(verdict: Verdict, result: ConnectivityResult) -> NetworkPath:
    state = f"{result.connection_status}"
    nodes = tuple(_node(hop, at) for at, hop in enumerate(result.hops))
    return NetworkPath(f"{verdict.check.name}: {verdicts.target(verdict.check)} is {state}", nodes)


def _node(hop: Hop, at: int) -> NetworkNode:
    problems = tuple(_issue(issue) for issue in hop.issues)
    bad = any(issue.severity.casefold() != "warning" for issue in hop.issues)
    label = hop.type or "hop"
    return NetworkNode(
        hop.id or f"hop {at}",
        label,
        hop.address or hop.resource_id.rpartition("/")[2],
        problems,
        hop.next_hop_ids,
        "failed" if bad else "warning" if problems else "ok",
    )


def _issue(issue: Issue) -> str:
    details = " ".join(part for part in (issue.origin.lower(), issue.severity.lower()) if part)
    return f"{issue.type or 'Unknown'} ({details})" if details else issue.type or "Unknown"
