"""``w365 check``: checks whether a deployment works, once or repeatedly until it does."""

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from pulumi_workspace365.api.configuration import failed_checks_pass
from pulumi_workspace365_cli import (
    check_report,
    check_report_details,
    event_log,
    options,
    output_formats,
    progress,
    stack_checks,
    stack_config,
    stack_views,
)
from pulumi_workspace365_cli.context import CommandContext
from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.report import Report
from pulumi_workspace365_components.validation import checks_file, runner
from pulumi_workspace365_components.validation.checks import Check, CheckError
from pulumi_workspace365_components.validation.clients import Clients
from pulumi_workspace365_components.validation.verdicts import Verdict

_WATCH_SECONDS = 600.0

_Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        metavar="FILE",
        exists=True,
        dir_okay=False,
        readable=True,
        help="A checks file, instead of the stack's checks.",
    ),
]
_IfAny = Annotated[bool, typer.Option("--if-any", help="A stack whose configuration holds no checks passes.")]
_Watch = Annotated[
    float | None,
    typer.Option("--watch", metavar="SECONDS", min=0.1, help="Repeat the checks after this many seconds, until all pass."),
]
_Deadline = Annotated[
    float | None, typer.Option("--deadline", metavar="SECONDS", min=0, help="How many seconds --watch continues; 600 by default.")
]
_Events = Annotated[
    Path | None,
    typer.Option(
        "--events",
        metavar="FILE",
        help="The deployment's event log (`--event-log` of an engine), to show how long each step took, also where there are no checks.",
    ),
]


def register(app: typer.Typer) -> None:
    lines = ("w365 check --stack prod --output junit=checks.xml", "w365 check --config checks.yaml --watch 5 --deadline 300")
    app.command("check", epilog=options.examples(*lines))(check)


def check(
    *,
    config: _Config = None,
    if_any: _IfAny = False,
    watch: _Watch = None,
    deadline: _Deadline = None,
    events: _Events = None,
    stack: options.Stack = None,
    sandbox: options.Sandbox = False,
    output: options.OutputOrPrometheus = None,
) -> None:
    """Ask what was deployed whether it works.

    Connectivity, WebSockets, health, HTTP: runs the checks of a file, or those that the stack's configuration holds under workspace365:checks, all at once. Exit code 3 when one does not pass.
    """
    targets = output_formats.resolve_targets(output)
    if config is not None and stack:
        raise typer.BadParameter("give --config FILE or --stack NAME, not both.", param_hint="--config")
    if deadline is not None and watch is None:
        raise typer.BadParameter("it needs --watch SECONDS.", param_hint="--deadline")
    deployment = None if events is None else event_log.read(events)
    context = CommandContext.from_options(stack=stack, sandbox=sandbox, needs_stack=config is None).verified()
    enforced = not failed_checks_pass(context.environ)
    source, checks = _checks(context, config, if_any=if_any or events is not None)
    found, rounds = _watched(
        checks, stack_checks.clients(context, checks), watch, _WATCH_SECONDS if deadline is None else deadline
    )
    scope = _scope(context, config)
    report = check_report.report(found, source, enforced=enforced, rounds=rounds, scope=scope)
    report = report if deployment is None else event_log.add_timings(report, deployment)
    if config is None and any(target.format == "html" for target in targets):
        report = _add_deployed_resources(report, context, found)
    output_formats.write_outputs(report, targets)


def _scope(context: CommandContext, config: Path | None) -> Mapping[str, str]:
    """What distinguishes these checks from others in metrics."""
    if config is not None:
        return {"config": str(config)}
    return {"project": stack_views.project_name(context), "stack": context.stack_name().rpartition("/")[2]}


def _add_deployed_resources(report: Report, context: CommandContext, found: list[Verdict]) -> Report:
    try:
        return check_report_details.add_deployed_resources(report, context.state(), found)
    except CommandError as problem:
        return replace(report, notes=(*report.notes, f"The stack's resources are not shown. {problem}"))


def _checks(context: CommandContext, config: Path | None, *, if_any: bool) -> tuple[str, list[Check]]:
    try:
        if config is not None:
            return str(config), checks_file.read(config, context.environ)
        if context.project_root is None:
            raise CommandError(
                f"There is no Pulumi.yaml in {context.folder} or above: give --config FILE, or run in the folder of a project."
            )
        name = context.stack_name()
        checks = stack_checks.read(context, name)
        if checks is None and if_any:
            return f"stack {name}, which has none", []
        if checks is None:
            raise CommandError(
                f"The stack {name} has no checks: put some under {stack_config.CHECKS} (docs/checks.md), or give --config FILE."
            )
    except CheckError as problem:
        raise typer.BadParameter(str(problem), param_hint="--config" if config else stack_config.CHECKS) from problem
    return f"stack {name}", checks


def _watched(checks: list[Check], clients: Clients, watch: float | None, deadline: float) -> tuple[list[Verdict], int]:
    """The verdicts of the last round, and the number of rounds."""
    ends, rounds = time.monotonic() + deadline, 0
    while True:
        rounds += 1
        with progress.progress_bar(len(checks), f"round {rounds}" if watch else "checks") as tell:
            found = runner.run(checks, clients, lambda verdict: tell(verdict.check.name))
        if watch is None or not any(verdict.is_failure for verdict in found) or time.monotonic() + watch > ends:
            return found, rounds
        time.sleep(watch)
