"""``w365 rollout --emit``: the plan of a rollout written down for an engine that others run."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from pulumi_workspace365.documents import input_files
from pulumi_workspace365_cli import output_formats
from pulumi_workspace365_cli.context import CommandContext
from pulumi_workspace365_cli.output_formats import Target
from pulumi_workspace365_cli.rollout import emit
from pulumi_workspace365_cli.rollout.emit import emitted_file, project_emission
from pulumi_workspace365_cli.rollout.emit.emission import EXECUTORS, Executor, differences
from pulumi_workspace365_cli.rollout.plan_file import RolloutFile, RolloutPlan

Emit = Annotated[
    Executor | None,
    typer.Option(
        "--emit",
        help=f"Carry nothing out: write the plan down for {', '.join(EXECUTORS[:-1])} (CI) or {EXECUTORS[-1]} (Pulumi Kubernetes Operator).",
        show_choices=False,
        metavar="EXECUTOR",
    ),
]
Commit = Annotated[
    str | None, typer.Option("--commit", metavar="HASH", help="What the operator deploys (default: what is checked out).")
]
Force = Annotated[bool, typer.Option("--force", help="Replace an emitted file although it was edited.")]
Output = Annotated[
    list[str] | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FORMAT[=FILE]",
        help="How to show the result: text, json, junit, github or html, to standard output or to a file. Repeatable. With --emit the file, or -.",
        autocompletion=output_formats.complete,
    ),
]
"""As of every command; with ``--emit`` the name of the file."""


def targets(requested: Sequence[str] | None) -> list[Target]:
    """Where the report of a rollout goes."""
    try:
        return output_formats.resolve_targets([output_formats.parse(value) for value in requested or ()])
    except typer.BadParameter as problem:
        raise typer.BadParameter(problem.message, param_hint="--output") from problem


@dataclass(frozen=True)
class EmissionOrder:
    """What is asked for.

    Attributes:
        stop_at: the last wave of the file; for the operator.
    """

    executor: Executor
    output: Path | None
    stop_at: str | None
    commit: str | None
    force: bool

    @classmethod
    def from_options(
        cls, executor: Executor, output: Sequence[str] | None, *, stop_at: str | None, commit: str | None, force: bool
    ) -> "EmissionOrder":
        """Those of the command line.

        Raises:
            typer.BadParameter: they exclude each other.
        """
        if len(output or ()) > 1:
            raise typer.BadParameter("with --emit it is one file, or -.", param_hint="--output")
        for name, given in (("--stop-at", stop_at), ("--commit", commit)):
            if given and executor != "operator":
                raise typer.BadParameter(f"with --emit it is for the operator only, not for {executor}.", param_hint=name)
        place = (output or ["-"])[0]
        if not place:
            raise typer.BadParameter("it has no file name.", param_hint="--output")
        return cls(executor, None if place == "-" else Path(place), stop_at, commit, force)

    def carry_out(self, file: RolloutFile, plan: RolloutPlan, context: CommandContext) -> None:
        """Write the file, or show it.

        Raises:
            CommandError: the executor cannot do what the plan asks for, a name cannot be written down safely, or the file is not ours.
        """
        if self.stop_at:
            last = [wave.name for wave in plan.waves].index(self.stop_at)
            plan = replace(plan, waves=plan.waves[: last + 1])
        contexts = [replace(context, stack=name) for name in plan.stacks]
        emission = project_emission.build(self.executor, file, plan, contexts, output=self.output, commit=self.commit)
        emission = replace(emission, stop_at=self.stop_at or "")
        text = emit.render(self.executor, emission)
        if self.output is None:
            sys.stdout.write(text)
        else:
            done = emitted_file.keep(self.output, text, force=self.force)
            shown = input_files.display_path(self.output)
            typer.echo(f"{shown} {done}: {len(plan.waves)} waves, {len(plan.stacks)} stacks.")
        for note in differences(emission, self.executor):
            typer.echo(f"note: {note}", err=True)
