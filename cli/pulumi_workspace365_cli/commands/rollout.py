"""``w365 rollout``: updates the stacks of a project in waves."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from pulumi_workspace365.api.naming import nearest
from pulumi_workspace365_cli import options, output_formats, stack_config
from pulumi_workspace365_cli import progress as progress_bars
from pulumi_workspace365_cli.commands import rollout_emission
from pulumi_workspace365_cli.context import CommandContext
from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.planning import budgets
from pulumi_workspace365_cli.planning.budgets import Risk
from pulumi_workspace365_cli.report import Report, html_page
from pulumi_workspace365_cli.rollout import dry_run as dry_runs
from pulumi_workspace365_cli.rollout import plan_file, summary
from pulumi_workspace365_cli.rollout.display import Display
from pulumi_workspace365_cli.rollout.executor import Executor
from pulumi_workspace365_cli.rollout.gates import Gates
from pulumi_workspace365_cli.rollout.interruption import Interruption
from pulumi_workspace365_cli.rollout.plan_file import RolloutFile, RolloutPlan
from pulumi_workspace365_cli.rollout.progress import Progress, plan_document
from pulumi_workspace365_cli.rollout.record import FOLDER, Record, new_id
from pulumi_workspace365_cli.rollout.shared_host import open_hosts
from pulumi_workspace365_cli.rollout.waves import Rollout

_File = Annotated[
    Path | None,
    typer.Argument(
        metavar="FILE", help="The plan of the rollout (default: rollout.yaml beside Pulumi.yaml).", show_default=False
    ),
]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Preview and judge every stack; change nothing.")]
_Only = Annotated[
    list[str] | None, typer.Option("--only", metavar="STACK", help="Only this stack of the plan, or this pattern. Repeatable.")
]
_Resume = Annotated[str | None, typer.Option("--resume", metavar="ID", help="Go on with a rollout that did not complete.")]
_StopAt = Annotated[str | None, typer.Option("--stop-at", metavar="WAVE", help="End after this wave and its gate.")]
_Allow = Annotated[
    list[str] | None,
    typer.Option(
        "--allow", metavar="RISK=N", help="How many changes a stack may have; overrides the plan's budgets. Repeatable."
    ),
]
_OwnHosts = Annotated[
    bool,
    typer.Option(
        "--own-hosts", help="Give every stack a host of its own, instead of one for all (each then reads the instance's list)."
    ),
]


def register(app: typer.Typer) -> None:
    lines = (
        "w365 rollout --dry-run",
        "w365 rollout --stop-at canary",
        "w365 rollout --resume 20310203-040506-1f2e --output html=rollout.html",
        "w365 rollout --emit github --output .github/workflows/rollout.yml",
    )
    app.command("rollout", epilog=options.examples(*lines))(rollout)


def rollout(
    *,
    file: _File = None,
    dry_run: _DryRun = False,
    only: _Only = None,
    resume: _Resume = None,
    stop_at: _StopAt = None,
    allow: _Allow = None,
    own_hosts: _OwnHosts = False,
    emit: rollout_emission.Emit = None,
    commit: rollout_emission.Commit = None,
    force: rollout_emission.Force = False,
    sandbox: options.Sandbox = False,
    output: rollout_emission.Output = None,
) -> None:
    """Update the stacks of a project in waves.

    Each stack is previewed, judged as by w365 plan, and updated by the plan that was judged; after each wave its gate has to hold. Ctrl-C lets running stacks end. Nothing is rolled back. Exit code 1 when a stack failed, 3 when a budget is exceeded or a check failed, 4 when a gate found drift, 130 when interrupted.
    """
    _refuse_combinations(file=file, only=only, resume=resume, dry_run=dry_run)
    if not emit:
        _refuse_for_emission("without", "--commit" if commit else "", "--force" if force else "")
        targets = rollout_emission.targets(output)
    context = CommandContext.from_options(sandbox=sandbox)
    if context.project_root is None:
        raise CommandError(f"There is no Pulumi.yaml in {context.folder} or above: run in the folder of a Pulumi project.")
    order = _Order(context, context.project_root, _limits(allow), own_hosts=own_hosts)
    if emit:
        others = {
            "--dry-run": dry_run,
            "--only": only,
            "--resume": resume,
            "--allow": allow,
            "--own-hosts": own_hosts,
            "--sandbox": sandbox,
        }
        _refuse_for_emission("with", *(name for name, given in others.items() if given))
        order.emit(file, rollout_emission.EmissionOrder.from_options(emit, output, stop_at=stop_at, commit=commit, force=force))
        return
    if dry_run:
        result = order.preview(order.plan(file, only))
    elif resume:
        result = order.resume(resume, stop_at)
    else:
        result = order.start(order.plan(file, only), stop_at)
    output_formats.write_outputs(result, targets)


def _refuse_combinations(*, file: Path | None, only: Sequence[str] | None, resume: str | None, dry_run: bool) -> None:
    if resume and (file or only or dry_run):
        raise typer.BadParameter(
            "the rollout goes on as it began: give no file, --only or --dry-run with it.", param_hint="--resume"
        )


def _refuse_for_emission(which: str, *names: str) -> None:
    if any(names):
        raise typer.BadParameter(f"it has no meaning {which} --emit.", param_hint=next(filter(None, names)))


def _limits(allow: Sequence[str] | None) -> dict[Risk, int | None]:
    try:
        return budgets.from_options(allow or ())
    except ValueError as problem:
        raise typer.BadParameter(str(problem), param_hint="--allow") from problem


@dataclass(frozen=True)
class _Order:
    """What is asked for, where."""

    context: CommandContext
    root: Path
    limits: Mapping[Risk, int | None]
    own_hosts: bool

    def plan(self, file: Path | None, only: Sequence[str] | None) -> RolloutPlan:
        """The plan in a file, with the stacks of the project."""
        return _restricted(self._of_project(self._read(file)), only or ())

    def emit(self, file: Path | None, order: rollout_emission.EmissionOrder) -> None:
        """Write a plan down for another executor."""
        read = self._read(file)
        plan = self._of_project(read)
        _require_wave(plan, order.stop_at)
        order.carry_out(read, plan, self.context)

    def _read(self, file: Path | None) -> RolloutFile:
        return plan_file.read(file or self.root / plan_file.NAME)

    def _of_project(self, read: RolloutFile) -> RolloutPlan:
        names = sorted({*self.context.configured_stacks, *self.context.deployed_stacks})
        needs_rings = any(wave.rings for wave in read.waves)
        plan = read.plan({name: self._rings(name) if needs_rings else None for name in names})
        if missing := [name for name in plan.stacks if name not in self.context.deployed_stacks]:
            raise CommandError(
                f"{', '.join(missing)}: there is a configuration file, but no such stack yet: run `pulumi stack init {missing[0]}` first."
            )
        return plan

    def _rings(self, name: str) -> Sequence[str] | None:
        return stack_config.rings(self.root, name, self.context.environ)

    def preview(self, plan: RolloutPlan) -> Report:
        """A dry run."""
        plan = self._with_limits(plan)
        with (
            TemporaryDirectory() as folder,
            self._executor(Path(folder), plan) as executor,
            progress_bars.progress_bar(len(plan.stacks), "previews") as tell,
        ):
            return dry_runs.report(plan, dry_runs.previews(plan, executor, tell))

    def start(self, plan: RolloutPlan, stop_at: str | None) -> Report:
        """A new rollout."""
        plan = self._with_limits(plan)
        _require_wave(plan, stop_at)
        identifier = new_id()
        record = Record.create(self.root, identifier)
        progress = Progress(identifier, plan)
        progress.apply(record.append("started", id=identifier, plan=plan_document(plan)))
        return self._carry_out(progress, record, stop_at)

    def resume(self, identifier: str, stop_at: str | None) -> Report:
        """An earlier rollout."""
        record, events = Record.reopen(self.root, identifier)
        progress = Progress.replay(events)
        progress.plan = self._with_limits(progress.plan)
        _require_wave(progress.plan, stop_at)
        progress.apply(record.append("resumed", budgets=dict(self.limits)))
        return self._carry_out(progress, record, stop_at)

    def _carry_out(self, progress: Progress, record: Record, stop_at: str | None) -> Report:
        folder = record.path.with_suffix("")
        folder.mkdir(0o700, exist_ok=True)
        display = Display()
        with ExitStack() as stack:
            stack.callback(record.close)
            interruption = stack.enter_context(Interruption())
            stack.enter_context(display.shown())
            display.line(f"rollout {progress.identifier}")
            executor = stack.enter_context(self._executor(folder, progress.plan))
            gates = Gates(lambda name: replace(self.context, stack=name))
            ending = Rollout(progress, record, executor, gates, display, interruption).run(stop_at)
        report = summary.report(progress, ending)
        page = record.path.with_suffix(".html")
        output_formats.write(page, html_page.render(report.sanitized()))
        return replace(report, facts={**report.facts, "page": str(FOLDER / page.name)})

    @contextmanager
    def _executor(self, folder: Path, plan: RolloutPlan) -> Iterator[Executor]:
        contexts = [replace(self.context, stack=name) for name in plan.stacks]
        with open_hosts(contexts, own_hosts=self.own_hosts) as hosts:
            yield Executor.find(self.root, folder, self.context.environ, hosts=hosts, refresh=plan.refresh)

    def _with_limits(self, plan: RolloutPlan) -> RolloutPlan:
        return replace(plan, budgets={**plan.budgets, **self.limits})


def _restricted(plan: RolloutPlan, only: Sequence[str]) -> RolloutPlan:
    """Only the stacks that were asked for, in their waves."""
    for pattern in only:
        if not any(fnmatchcase(name, pattern) for name in plan.stacks):
            raise _unknown("stack", pattern, plan.stacks, "--only")
    if not only:
        return plan
    waves = [
        replace(wave, stacks=tuple(name for name in wave.stacks if any(fnmatchcase(name, pattern) for pattern in only)))
        for wave in plan.waves
    ]
    return replace(plan, waves=tuple(wave for wave in waves if wave.stacks), unassigned=())


def _require_wave(plan: RolloutPlan, name: str | None) -> None:
    waves = [wave.name for wave in plan.waves]
    if name is not None and name not in waves:
        raise _unknown("wave", name, waves, "--stop-at")


def _unknown(kind: str, name: str, known: Sequence[str], option: str) -> typer.BadParameter:
    near = nearest(name, known)
    meant = f"did you mean {near!r}?" if near else f"its {kind}s are {', '.join(known)}."
    return typer.BadParameter(f"the plan has no {kind} {name!r}; {meant}", param_hint=option)
