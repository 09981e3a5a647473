"""Which stack a customer moves from, to which ring; refused before anything is changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pulumi_workspace365.api.naming import nearest
from pulumi_workspace365.errors import ConfigurationError
from pulumi_workspace365_cli import fleet_files, stack_config, stack_views
from pulumi_workspace365_cli.context import CommandContext
from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.fleet import FleetCustomer, FleetStack
from pulumi_workspace365_cli.stack_state import StateResource


@dataclass(frozen=True)
class Assignment:
    """What a move is to do.

    Attributes:
        source: the stack that manages the customer.
        target: the stack that is to.
        ring: the customer's ring there.
    """

    customer: FleetCustomer
    project: str
    source: str
    target: str
    ring: str


def assign(
    context: CommandContext, customer: str, target: str, *, ring: str | None, target_environ: Mapping[str, str]
) -> Assignment:
    """What has to be moved where.

    Args:
        context: of the project, and of the stack that has the customer if that was given; else all stacks are looked at.
        customer: the key.
        target: the stack that is to have it.
        ring: the ring there; the target's only one if it is not given.
        target_environ: the variables with which the target's secrets are read.

    Raises:
        CommandError: the customer cannot be moved there; it says why and what to do.
    """
    project, _ = stack_config.program_folder(context.require_project())
    target = _own_name(target, project)
    contexts = _contexts(context, target)
    states = stack_views.states(contexts)
    stacks = [fleet_files.read_stack(one, state) for one, state in zip(contexts, states, strict=True)]
    chosen = next(stack for stack in stacks if stack.name == target)
    holder = _holder(stacks, customer, chosen)
    file = _file(holder, chosen, customer)
    assignment = Assignment(file, project, holder.name, target, _ring(file, chosen, ring))
    _refuse_ring(assignment, stacks, context)
    target_context = replace(context, stack=target, environ=target_environ)
    _refuse_instance(target_context, _environment(holder, customer))
    _refuse_missing_secret(assignment, context.require_project(), target_environ)
    return assignment


def _own_name(stack: str, project: str) -> str:
    """The name of a stack of this project, without organization and project."""
    parts = stack.split("/")
    if len(parts) > 2 and parts[-2] != project:
        raise CommandError(
            f"Stack {stack} is of the project {parts[-2]!r}: customers move between stacks of one project, {project!r} here."
        )
    return parts[-1]


def _contexts(context: CommandContext, target: str) -> list[CommandContext]:
    context.require_stack(target)
    if context.stack:
        context.require_stack(context.stack)
        given = (context.stack.rpartition("/")[2], target)
        if given[0] == target:
            raise CommandError(f"--stack and --to name the same stack, {target}.")
        contexts = [one for one in stack_views.all_of(replace(context, stack=None)) if one.stack in given]
    else:
        contexts = stack_views.all_of(context)
    for one in contexts:
        if one.stack == target and not one.is_deployed:
            raise CommandError(f"Stack {target} has a configuration file, but no state: run `pulumi stack init {target}` first.")
    return contexts


def _environment(stack: FleetStack, customer: str) -> StateResource:
    return next(item for item in stack.state.environments if item.name == customer)


def _holder(stacks: Sequence[FleetStack], customer: str, target: FleetStack) -> FleetStack:
    """The one stack that manages the customer."""
    holders = [stack for stack in stacks if any(item.name == customer for item in stack.state.environments)]
    if len(holders) > 1:
        names = ", ".join(stack.name for stack in holders)
        raise CommandError(
            f"Customer {customer} is managed by {len(holders)} stacks ({names}): remove it from the state of all but one first."
        )
    if holders == [target]:
        raise CommandError(f"Customer {customer} is in stack {target.name} already.")
    if holders:
        return holders[0]
    known = {item.name for stack in stacks for item in stack.state.environments}
    files = {one.key: one for stack in stacks for one in fleet_files.read_customers(stack.folder)}
    if customer in files:
        raise CommandError(
            f"No stack manages customer {customer} yet: set its ring in {files[customer].file.name} and run `pulumi up --stack {target.name}`."
        )
    near = nearest(customer, sorted({*known, *files}))
    raise CommandError(f"There is no customer {customer!r}{f'; did you mean {near!r}?' if near else '.'}")


def _file(source: FleetStack, target: FleetStack, customer: str) -> FleetCustomer:
    file = next((one for one in fleet_files.read_customers(source.folder) if one.key == customer), None)
    if file is None:
        raise CommandError(f"No file in {source.folder} has the key {customer}: restore it first.")
    if source.folder != target.folder:
        raise CommandError(
            f"Stack {target.name} reads other files ({target.folder.name}) than stack {source.name} ({source.folder.name}): customers move between "
            "stacks that share a folder and have rings of their own."
        )
    other = next((item for item in target.state.environments if _place(item) == _place(_environment(source, customer))), None)
    if other:
        raise CommandError(
            f"Stack {target.name} manages that environment already, as {other.name}: remove it from one of the states first."
        )
    return file


def _place(item: StateResource) -> tuple[str | None, str]:
    return item.instance, item.id.casefold()


def _ring(customer: FleetCustomer, target: FleetStack, given: str | None) -> str:
    """The ring that the customer gets; the one it has if the target takes that."""
    takes = target.rings
    if given is None and takes is not None:
        given = customer.ring if customer.ring in takes else takes[0] if len(takes) == 1 else None
    if given is None:
        rings = f"takes the rings {', '.join(takes)}" if takes else "takes every ring" if takes is None else "takes no ring"
        raise CommandError(f"Stack {target.name} {rings}: say with --ring which one customer {customer.key} gets.")
    if takes is not None and given not in takes:
        raise CommandError(f"Stack {target.name} does not take the ring {given!r}, only {', '.join(takes)}.")
    return given


def _refuse_ring(assignment: Assignment, stacks: Sequence[FleetStack], context: CommandContext) -> None:
    """Refuse a ring that another stack takes too, or that is not allowed."""
    moved = replace(assignment.customer, ring=assignment.ring)
    for stack in stacks:
        if stack.name != assignment.target and stack.takes(moved):
            rings = "every ring" if stack.rings is None else f"the ring {assignment.ring!r}"
            raise CommandError(
                f"Stack {stack.name} takes {rings} too, so both would manage customer {moved.key}: give each stack rings of its own."
            )
    for name in (assignment.source, assignment.target):
        key = f"{assignment.project}:allowedRings"
        allowed: Any = stack_config.document(context.require_project(), name, context.environ, key)
        if isinstance(allowed, list) and assignment.ring not in allowed:
            raise CommandError(
                f"{assignment.ring!r} is not an allowed ring: {key} of stack {name} has {', '.join(map(str, allowed))}."
            )


def _refuse_instance(target: CommandContext, environment: StateResource) -> None:
    try:
        instance = target.settings().instance
    except ConfigurationError as problem:
        raise CommandError(f"Stack {target.stack}: {problem}") from problem
    if environment.instance not in {None, instance}:
        raise CommandError(
            f"Customer {environment.name} lives on {environment.instance}, but stack {target.stack} is configured for {instance}: an environment "
            "cannot change its instance."
        )


def _refuse_missing_secret(assignment: Assignment, root: Path, environ: Mapping[str, str]) -> None:
    """The sign-on key is in the configuration of the stack, where each stack has its own."""
    secret = assignment.customer.secret
    if secret and stack_config.reader(root, assignment.target, environ)(f"{assignment.project}:{secret}") is None:
        raise CommandError(
            f"The file of customer {assignment.customer.key} reads config:{secret}, which stack {assignment.target} does not have: run "
            f"`pulumi config set --secret {secret} --stack {assignment.target}` with the same value first."
        )
