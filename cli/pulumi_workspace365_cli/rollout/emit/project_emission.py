"""What the files of other executors take from the project: where its stacks live, the commit, where the file is kept."""

import os
import re
from collections.abc import Iterable
from pathlib import Path

from pulumi_workspace365.api import configuration
from pulumi_workspace365.errors import ConfigurationError
from pulumi_workspace365_cli import processes, stack_config
from pulumi_workspace365_cli.context import CommandContext
from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.rollout.emit import DEFAULT_FILES
from pulumi_workspace365_cli.rollout.emit.emission import Emission, Executor
from pulumi_workspace365_cli.rollout.plan_file import RolloutFile, RolloutPlan


def build(
    executor: Executor,
    file: RolloutFile,
    plan: RolloutPlan,
    contexts: Iterable[CommandContext],
    *,
    output: Path | None,
    commit: str | None,
) -> Emission:
    """A rollout of a project to be written down.

    Args:
        executor: for whom.
        file: the plan.
        plan: its waves, with the stacks of the project.
        contexts: of every stack.
        output: where the file is kept; ``None`` is the usual place.
        commit: what the operator deploys; ``None`` is the one that is checked out.

    Raises:
        CommandError: a name or a path cannot be written down safely, or the commit is not known.
    """
    of_plan = [context for context in contexts if context.stack in plan.stacks]
    root = next((context.project_root for context in of_plan if context.project_root), None)
    if root is None:
        raise CommandError("There is no Pulumi.yaml here or above: run in the folder of a Pulumi project.")
    is_operator = executor == "operator"
    return Emission(
        plan,
        file.emit,
        _below(root, file.path),
        _below(root, output) if output else DEFAULT_FILES[executor],
        _instances(of_plan),
        stack_config.program_folder(root)[0] if is_operator and file.emit.organization else "",
        (commit or _checked_out(root, of_plan[0])) if is_operator else "",
    )


def _below(root: Path, path: Path) -> str:
    return Path(os.path.relpath(path.absolute(), root.absolute())).as_posix()


def _instances(contexts: Iterable[CommandContext]) -> dict[str, str]:
    """The host of the instance of each stack whose configuration names one."""
    addresses = {context.stack or "": _address(context) for context in contexts}
    labels = {name: re.sub(r"[^A-Za-z0-9.]+", "-", address.partition("://")[2]).strip("-") for name, address in addresses.items()}
    if len(set(labels.values())) < len(set(addresses.values())):
        raise CommandError(
            f"Instances that differ only in punctuation cannot be kept apart: {', '.join(sorted(set(addresses.values())))}."
        )
    return labels


def _address(context: CommandContext) -> str:
    try:
        address = context.configured("w365:baseUrl")
        return configuration.normalise_base_url(address) if address else ""
    except (ConfigurationError, CommandError):
        return ""  # a rollout says so where it needs it


def _checked_out(root: Path, context: CommandContext) -> str:
    command = ["git", "rev-parse", "HEAD"]
    try:
        return processes.capture_output(command, root, context.environ, "read which commit is checked out").strip()
    except CommandError as problem:
        raise CommandError(f"{problem} Give --commit.") from problem
