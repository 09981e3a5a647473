"""The findings as a report that can be attached to a bug report: without secrets and, on request, without the instance's address."""

import dataclasses
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from pulumi_workspace365_cli import versions
from pulumi_workspace365_cli.conformance import recommendations
from pulumi_workspace365_cli.conformance.assumptions import ASSUMPTIONS, AssumptionFinding, FindingStatus
from pulumi_workspace365_cli.conformance.session import Session
from pulumi_workspace365_cli.report import Check, Column, Report, Row, Table
from pulumi_workspace365_cli.report import CheckStatus as Shown

_SHOWN: dict[FindingStatus, Shown] = {"holds": "ok", "differs": "failed", "inconclusive": "warning", "not tested": "skipped"}
_ASSUMPTIONS = (
    Column("verdict", "status"),
    Column("assumption"),
    Column("the documentation says", "prose"),
    Column("this project assumes", "prose"),
    Column("observed", "prose"),
    Column("consequence", "prose"),
)
_SETTINGS = (Column("setting"), Column("current"), Column("recommended"), Column("reason", "prose"))
_OPERATIONS = (
    Column("operation"),
    Column("calls", "number"),
    Column("median s", "number"),
    Column("slowest s", "number"),
    Column("responses", "prose"),
)
_FLAGS = {
    "wrong-key": "--also wrong-key",
    "import": "--also import",
    "import-again": "--also import",
    "duplicate": "--also duplicate-name",
    "recreate": "--also recreate",
}
_REFUSED_WITHOUT = {"health": "there is no health key", "refusal": "the instance rejected no name"}
_ERROR, _DIFFERS = 1, 3
_HIDDEN = "(instance)"


def report(session: Session, problems: Sequence[str], *, hide_instance: bool) -> Report:
    """The report of one run.

    Args:
        session: the run.
        problems: what went wrong, in sentences.
        hide_instance: leave the instance's address out.
    """
    findings = list(_all(session, stopped=bool(problems)))
    settings = list(recommendations.recommend(session.settings, session.observed, session.delays, session.findings))
    operations = list(session.observed.operations())
    document = Report(
        "conformance",
        "Conformance of an instance",
        _summary(findings, problems),
        facts={
            "instance": session.settings.instance,
            "w365": versions.installed_version(versions.DISTRIBUTION),
            "also asked": ", ".join(sorted(session.extras)) or "none",
        },
        tables=(
            Table("Assumptions", _ASSUMPTIONS, tuple(map(_row, findings))),
            Table(
                "Recommended settings",
                _SETTINGS,
                tuple(Row((item.setting, item.now, item.choose, item.why)) for item in settings),
            ),
            Table("Responses", _OPERATIONS, tuple(_operation(item) for item in operations)),
        ),
        checks=tuple(map(_check, findings)),
        notes=tuple(session.notes),
        data={
            "instance": session.settings.instance,
            "assumptions": [_data(finding) for finding in findings],
            "settings": [dataclasses.asdict(item) for item in settings],
            "operations": [dataclasses.asdict(item) for item in operations],
            "problems": list(problems),
        },
        exit_code=_ERROR if problems else _DIFFERS if any(item.verdict == "differs" for item in findings) else 0,
    )
    return _without(document, session.settings.instance) if hide_instance else document


def _all(session: Session, *, stopped: bool) -> Iterator[AssumptionFinding]:
    """A finding for each assumption."""
    for assumption in ASSUMPTIONS:
        if assumption.key in session.findings:
            yield session.findings[assumption.key]
        elif (flag := _FLAGS.get(assumption.key)) and flag.rpartition(" ")[2] not in session.extras:
            yield AssumptionFinding(assumption, "not tested", f"{flag} tests it")
        elif assumption.key in _REFUSED_WITHOUT:
            yield AssumptionFinding(assumption, "not tested", _REFUSED_WITHOUT[assumption.key])
        else:
            yield AssumptionFinding(
                assumption, "inconclusive", "the run ended before this test" if stopped else "an earlier test had no result"
            )


def _summary(findings: Sequence[AssumptionFinding], problems: Sequence[str]) -> str:
    counted = Counter(finding.verdict for finding in findings)
    differing = [finding.assumption.question for finding in findings if finding.verdict == "differs"]
    named = f" ({'; '.join(differing)})" if differing else ""
    counts = (
        f"{counted['holds']} assumptions hold, {counted['differs']} differ{named}, {counted['inconclusive']} are inconclusive, "
        f"{counted['not tested']} were not tested."
    )
    return " ".join([*problems, counts])


def _row(finding: AssumptionFinding) -> Row:
    assumption = finding.assumption
    follows = "\n".join(filter(None, (finding.consequence, f"→ {finding.setting}" if finding.setting else "")))
    cells = (
        finding.verdict,
        assumption.question,
        assumption.documented or "nothing",
        assumption.assumed,
        finding.observed,
        follows,
    )
    return Row(cells, _SHOWN[finding.verdict])


def _check(finding: AssumptionFinding) -> Check:
    follows = " ".join(filter(None, (finding.consequence, f"Choose {finding.setting}." if finding.setting else "")))
    return Check(finding.assumption.question, _SHOWN[finding.verdict], f"{finding.verdict}: {finding.observed}", follows)


def _operation(item: Any) -> Row:
    return Row((item.name, str(item.calls), f"{item.median:.3f}", f"{item.slowest:.3f}", "; ".join(item.answers)))


def _data(finding: AssumptionFinding) -> dict[str, str]:
    return {
        **dataclasses.asdict(finding.assumption),
        "verdict": finding.verdict,
        "observed": finding.observed,
        "consequence": finding.consequence,
        "setting": finding.setting,
    }


def _without(document: Report, instance: str) -> Report:
    """The report with every occurrence of the instance's address replaced."""
    parts = urlsplit(instance)
    spellings = "|".join(re.escape(text) for text in (instance, parts.netloc, parts.hostname) if text)
    named = re.compile(rf"(?<![\w.-])(?:{spellings})(?![\w-])", re.IGNORECASE)

    def hidden(text: str) -> str:
        return named.sub(_HIDDEN, text)

    return document.map_texts(hidden)
