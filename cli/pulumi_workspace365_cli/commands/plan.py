"""``w365 plan``: evaluates the output of ``pulumi preview --json`` without keys or network."""

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from pulumi_workspace365.documents import input_files
from pulumi_workspace365_cli import options, output_formats, project_file
from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.planning import budgets, error_advice, preview, summary
from pulumi_workspace365_cli.planning.budgets import Budget, Risk
from pulumi_workspace365_cli.planning.changes import Change
from pulumi_workspace365_cli.planning.judgement import Judgement, judge
from pulumi_workspace365_cli.planning.preview import Preview
from pulumi_workspace365_cli.report import Check, Column, Report, Row, Table, exit_code_of, github

_STANDARD_INPUT = Path("-")
_MOST_WARNINGS = 10
_MOST_ERRORS = 20
_PREVIEW_ERROR = "plan/preview-error"
_CHANGES = (Column("what"), Column("change"), Column("how many", "number"), Column("which", "prose"))
_BUDGETS = (Column("risk"), Column("found", "number"), Column("allowed", "number"), Column("verdict", "status"), Column("counts", "prose"))  # fmt: skip


def register(app: typer.Typer) -> None:
    examples = options.examples(
        "pulumi preview --json | w365 plan",
        "w365 plan preview.json --allow sign_on=40 --output text --output junit=plan.xml --comment plan.md",
    )
    app.command("plan", epilog=examples)(plan)


def plan(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="What `pulumi preview --json` printed; - is standard input.", show_default=False),
    ] = _STANDARD_INPUT,
    *,
    allow: Annotated[
        list[str] | None,
        typer.Option(
            "--allow", metavar="RISK=N", help=f"How many are allowed, or any. Repeatable. Risks: {', '.join(budgets.RISKS)}."
        ),
    ] = None,
    budgets_file: Annotated[
        Path | None, typer.Option("--budgets", metavar="FILE", help="A YAML file of budgets; --allow overrides it.")
    ] = None,
    stack: Annotated[
        str | None,
        typer.Option(
            "--stack",
            "-s",
            metavar="NAME",
            help="Whose preview it is. The comment names it even if the preview failed before; a preview of another stack is refused.",
        ),
    ] = None,
    comment: Annotated[
        Path | None, typer.Option("--comment", metavar="FILE", help="Write a Markdown comment for the pull request.")
    ] = None,
    output: options.Output = None,
) -> None:
    """Judge a preview: does it change more than agreed?

    Needs neither keys nor network. Exit code 3 when a budget is exceeded, 1 when the preview failed or is not whole.
    """
    targets = output_formats.resolve_targets(output)
    allowed = _allowed(allow or [], budgets_file)
    found = preview.read(_content(file), _label(file))
    assessment = _of_stack(report(found, allowed), found, stack, _label(file))
    if comment is not None:
        output_formats.write(comment, _comment(assessment))
    output_formats.write_outputs(assessment, targets)


def _of_stack(assessment: Report, found: Preview, stack: str | None, label: str) -> Report:
    """Previews of several stacks are told apart even if one failed before it named its stack."""
    name = (stack or "").rpartition("/")[2]
    if not name or (found.steps and found.stack == name):
        return assessment
    if found.steps:
        raise CommandError(f"{label} is a preview of the stack {found.stack!r}, not of {name!r}.")
    return replace(assessment, facts={"stack": name}, data={**assessment.data, "stack": name})


def report(found: Preview, allowed: Mapping[Risk, int | None]) -> Report:
    """The changes and the budgets; of a preview that failed, the errors."""
    return _failure_report(found) if found.errors else _evaluated(found, allowed)


def _evaluated(found: Preview, allowed: Mapping[Risk, int | None]) -> Report:
    judged = judge(found, allowed)
    listed, sentence = judged.changes, judged.sentence
    checks = tuple(_check(budget, judged) for budget in judged.budgets)
    grouped = summary.groups(listed)
    over = [f"{budget.risk} ({budget.found} found, {budget.allowed} allowed)" for budget in judged.exceeded]
    along = summary.groups(map(_with_display_name, filter(_goes_along, listed)))
    rows = tuple(Row((kind, act, str(len(who)), summary.names(who))) for kind, act, who in [*grouped, *along])
    return Report(
        "plan",
        "Evaluation of the preview",
        f"{sentence[0].upper()}{sentence[1:]}." + (f" More than agreed: {', '.join(over)}." if over else ""),
        facts=_facts(found),
        tables=(
            *([Table("Changes", _CHANGES, rows)] if rows else []),
            Table("Budgets", _BUDGETS, tuple(map(_row, judged.budgets))),
        ),
        checks=checks,
        notes=(*found.warnings[:_MOST_WARNINGS], *([_RAISE] if over else [])),
        data={
            **_head(found),
            "changes": [_data(change) for change in listed],
            "budgets": [{"risk": item.risk, "found": item.found, "allowed": item.allowed} for item in judged.budgets],
            "errors": [],
        },
        exit_code=exit_code_of(checks),
        rules={f"plan/{risk}": f"How many there may be: {meaning}." for risk, meaning in budgets.MEANINGS.items()},
    )


def _goes_along(change: Change) -> bool:
    """Whether a resource is replaced because what holds it is: no budget counts it, but what it holds is lost like the rest."""
    return change.is_part and change.op == "replace" and change.kind != "environment"


def _with_display_name(change: Change) -> Change:
    return replace(change, act="replaced with its parent", is_part=False)


_RAISE = "If this is intended, have it reviewed, then raise the budget for this one change: --allow RISK=N, or the budgets file."


def _failure_report(found: Preview) -> Report:
    """A preview that failed tells nothing of what would change: no count is shown."""
    errors = found.errors
    return Report(
        "plan",
        "Evaluation of the preview",
        f"The preview failed with {len(errors)} error{'s' if len(errors) > 1 else ''}: what would change is not known.",
        facts=_facts(found),
        checks=tuple(
            Check(f"preview, error {number}", "failed", error, error_advice.remedy(error), rule=_PREVIEW_ERROR)
            for number, error in enumerate(errors[:_MOST_ERRORS], 1)
        ),
        notes=tuple(found.warnings[:_MOST_WARNINGS]),
        data={**_head(found), "changes": None, "budgets": None, "errors": errors},
        exit_code=1,
        rules={_PREVIEW_ERROR: "The preview succeeds."},
    )


def _facts(found: Preview) -> dict[str, str]:
    return {"stack": found.stack, "project": found.project} if found.steps else {}


def _head(found: Preview) -> dict[str, object]:
    counts = Counter(step.op for step in found.steps)
    return {"stack": found.stack, "project": found.project, "steps": dict(sorted(counts.items()))}


def _check(budget: Budget, judged: Judgement) -> Check:
    allowed = budgets.ANY if budget.allowed is None else budget.allowed
    detail = f"{budget.found} {budgets.MEANINGS[budget.risk]}; allowed: {allowed}."
    if not budget.is_exceeded:
        return Check(budget.risk, "ok", detail)
    return Check(
        budget.risk,
        "failed",
        detail,
        f"They are {summary.names(judged.subjects(budget.risk))}. If this is intended: --allow {budget.risk}={budget.found}.",
    )


def _row(budget: Budget) -> Row:
    allowed = budgets.ANY if budget.allowed is None else str(budget.allowed)
    cells = (budget.risk, str(budget.found), allowed, "exceeded" if budget.is_exceeded else "ok", budgets.MEANINGS[budget.risk])
    return Row(cells, "failed" if budget.is_exceeded else "ok")


def _data(change: Change) -> dict[str, object]:
    members = {name: getattr(change, name) for name in ("kind", "subject", "act", "risk", "op", "urn")}
    return {**members, "part_of_another": change.is_part, "properties": list(change.properties)}


def _comment(assessment: Report) -> str:
    """The first line is not shown: by it a workflow finds its earlier comment."""
    return f"<!-- w365 plan {assessment.facts.get('stack', '')} -->\n{github.summary(assessment.sanitized())}"


def _allowed(given: Sequence[str], file: Path | None) -> dict[Risk, int | None]:
    try:
        own = budgets.from_options(given)
    except ValueError as problem:
        raise typer.BadParameter(str(problem), param_hint="--allow") from problem
    limits = budgets.from_document(project_file.parse(file).value, input_files.display_path(file)) if file else {}
    return {**budgets.DEFAULTS, **limits, **own}


def _content(file: Path) -> bytes:
    if file == _STANDARD_INPUT and sys.stdin.isatty():
        raise typer.BadParameter(
            "nothing is piped in: run `pulumi preview --json | w365 plan`, or name a file.", param_hint="FILE"
        )
    try:
        return (
            input_files.read_stream(sys.stdin.buffer)
            if file == _STANDARD_INPUT
            else input_files.read_user_file(file, largest=input_files.DOCUMENT_BYTES)
        )
    except input_files.FileError as problem:
        raise CommandError(f"{_label(file)} cannot be read: {problem.detail}.") from problem


def _label(file: Path) -> str:
    return "Standard input" if file == _STANDARD_INPUT else input_files.display_path(file)
