"""The top of the HTML page: what was looked at, when, the verdict, and how many checks came to which."""

from collections import Counter
from html import escape

from pulumi_workspace365_cli.report import markup
from pulumi_workspace365_cli.report.model import CheckStatus, Report

_WORDS: dict[CheckStatus, str] = {"failed": "failed", "warning": "warning", "ok": "passed", "skipped": "skipped"}
_BEST = {True: "passed", False: "done"}  # whether anything was checked


def document_title(report: Report) -> str:
    """What, the verdict and when, for a browser's tab; not escaped."""
    return f"{_subject(report)}: {_verdict_word(report)}, {report.generated:%Y-%m-%d %H:%M} UTC"


def render(report: Report) -> str:
    """The top as HTML: it fits on the first screen of a phone."""
    verdict, when = _verdict(report), f"{report.generated:%Y-%m-%d %H:%M:%S} UTC"
    parts = [
        f'<h1>{markup.text(_subject(report))}: <span class="badge {verdict}">{_verdict_word(report)}</span></h1>',
        f'<p class="when">w365 {escape(report.command)}, <time datetime="{report.generated.isoformat()}">{when}</time></p>',
        _counts(report) if report.checks else "",
        f'<p class="summary {verdict}">{markup.text(report.summary)}</p>',
    ]
    return "\n".join(filter(None, parts))


def _verdict(report: Report) -> CheckStatus:
    found = {check.verdict for check in report.checks}
    if report.exit_code or "failed" in found:
        return "failed"
    return "warning" if "warning" in found else "ok"


def _verdict_word(report: Report) -> str:
    words = {"failed": "failed", "warning": "passed with warnings"}
    return words.get(_verdict(report), _BEST[bool(report.checks)])


def _subject(report: Report) -> str:
    """The report's title and what it is about: its file or stack, else its stacks' project, else its instance."""
    about = report.facts.get("checks") or _stack(report) or report.facts.get("project") or report.facts.get("instance")
    return f"{report.title}, {about}" if about else report.title


def _stack(report: Report) -> str:
    projects = dict.fromkeys(scope["project"] for scope in report.scopes if scope.get("project"))
    stacks = list(dict.fromkeys(scope["stack"] for scope in report.scopes if scope.get("stack")))
    if "stack" in report.facts or len(stacks) == 1:
        return f"stack {report.facts.get('stack') or stacks[0]}"
    return f"{len(stacks)} stacks of {', '.join(projects)}" if projects else ""


def _counts(report: Report) -> str:
    count = Counter(check.verdict for check in report.checks)
    items = (
        f'<li class="{verdict if count[verdict] else "none"}"><b>{count[verdict]}</b>{word}</li>'
        for verdict, word in _WORDS.items()
    )
    return f'<ul class="counts">{"".join(items)}</ul>'
