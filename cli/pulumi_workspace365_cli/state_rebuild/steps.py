"""Makes the state of a stack again: a preview of its program, the list of its instance, one import, and a preview to see what is left."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from pulumi_dynamic_host import redaction
from pulumi_workspace365_cli import fleet_files, stack_config, stack_views
from pulumi_workspace365_cli.context import PROVISIONING, CommandContext
from pulumi_workspace365_cli.errors import CommandError, PulumiCLIRequired
from pulumi_workspace365_cli.lookup import EnvironmentIndex
from pulumi_workspace365_cli.planning import preview
from pulumi_workspace365_cli.planning.preview import Step
from pulumi_workspace365_cli.stack_edits import stack as stacks
from pulumi_workspace365_cli.stack_edits.resources import Resource, is_default_provider, name_of
from pulumi_workspace365_cli.stack_edits.stack import Document, Stack, is_same
from pulumi_workspace365_cli.stack_state import StackState
from pulumi_workspace365_cli.state_rebuild import deployments
from pulumi_workspace365_cli.state_rebuild.deployments import Rebuilt

_STACK = "pulumi:pulumi:Stack"
_MOST_NAMED = 3


@dataclass(frozen=True)
class Outcome:
    """What was made again.

    Attributes:
        remaining: what a preview of the program would still do; not known where nothing was written.
    """

    stack: str
    instance: str
    rebuilt: Rebuilt
    remaining: tuple[Step, ...] = ()
    is_written: bool = False


def rebuild(context: CommandContext, stack: Stack, *, dry_run: bool) -> Outcome:
    """Make the state of a stack without resources; with ``dry_run`` write nothing.

    Raises:
        W365Error, CommandError: it cannot be made, and the stack is what it was.
    """
    stack.refuse_if_in_use()
    text, former = stack.export()
    _refuse_resources(stack, former)
    client = context.client(PROVISIONING)
    instance = client.settings.instance
    _, document = _previewed(stack)
    secret = _secrets(context, stack)
    listed = EnvironmentIndex(client.list_environments())
    rebuilt = deployments.rebuild(document.get("steps") or [], listed, instance, secret)
    _refuse_managed(context, stack, instance, (entry.name for entry in rebuilt.environments.values()))
    if dry_run or not rebuilt.environments:
        return Outcome(stack.name, instance, rebuilt)
    new = stack.with_secrets_provider(stacks.with_resources(former, rebuilt.resources))
    stack.refuse_if_in_use()  # a run that the export has not seen whole is still there
    if not is_same(stack.export()[1], former):
        raise CommandError(f"Stack {stack.name} was changed meanwhile by another run: nothing was written.")
    stack.import_(json.dumps(new, ensure_ascii=False))
    return Outcome(stack.name, instance, rebuilt, _remaining(stack, rebuilt, text), is_written=True)


def _previewed(stack: Stack) -> tuple[preview.Preview, Document]:
    try:
        return stack.preview()
    except CommandError as problem:
        raise CommandError(
            f"The state of stack {stack.name} cannot be made again, because a preview of its program fails: {problem}"
        ) from problem


def _refuse_resources(stack: Stack, document: Document) -> None:
    stack.refuse_pending(document)
    present = [item for item in stacks.resources_of(document) if item["type"] != _STACK and not is_default_provider(item)]
    if present:
        raise CommandError(
            f"Stack {stack.name} has {len(present)} resources, such as {name_of(present[-1]['urn'])}: its state is not lost, and is left as it is. "
            "`w365 generate --unmanaged` takes over what no stack manages."
        )


def _secrets(context: CommandContext, stack: Stack) -> Callable[[Resource, str], str | None]:
    """A function to the value of a sign-on key, from the configuration that the customer's file names."""
    try:
        project, _ = stack_config.program_folder(stack.root)
        folder = fleet_files.read_stack(context, StackState(())).folder
    except PulumiCLIRequired:  # a program in another language, which reads no customers' files
        return lambda _resource, _name: None
    names = {customer.key: customer.secret for customer in fleet_files.read_customers(folder)}
    lookup = stack_config.reader(stack.root, stack.name, context.environ)

    def secret(resource: Resource, name: str) -> str | None:
        configured = names.get(name_of(resource["urn"])) if name == "key" else None
        value = lookup(f"{project}:{configured}") if configured else None
        redaction.register(value)
        return value

    return secret


def _refuse_managed(context: CommandContext, stack: Stack, instance: str, names: Iterable[str]) -> None:
    """Refuse environments that another stack of the project manages."""
    wanted = {name.casefold() for name in names}
    own = stack.name.rpartition("/")[2]
    others = [replace(context, stack=name) for name in sorted(context.deployed_stacks) if name != own]
    for other, state in zip(others, stack_views.states(others), strict=True):
        for item in sorted(state.on_instance(instance).environments, key=lambda environment: environment.id):
            if item.id.casefold() in wanted:
                raise CommandError(
                    f"Environment {item.id} is managed by stack {other.stack}: nothing was written. Correct the rings first (`w365 fleet` shows them)."
                )


def _remaining(stack: Stack, rebuilt: Rebuilt, former: str) -> tuple[Step, ...]:
    """What a preview would still do; the stack is without resources again if that is something else than what is left out."""
    try:
        found, _ = stack.preview()
        steps = tuple(step for step in found.steps if step.op not in preview.QUIET)
        unexpected = [step for step in steps if not _is_expected(step, rebuilt)]
    except BaseException:
        stack.import_(former)
        raise
    if unexpected:
        stack.import_(former)
        named = "; ".join(f"{step.op} {step.type.rpartition(':')[2]} {step.name}" for step in unexpected[:_MOST_NAMED])
        raise CommandError(
            f"The state of stack {stack.name} was not made again, and the stack has no resources as before: a preview of its program would change what "
            f"was recorded ({named})."
        )
    return steps


def _is_expected(step: Step, rebuilt: Rebuilt) -> bool:
    """Whether a step is about what was left out, or about an environment that is not as the program wants it."""
    if step.op == "create":
        return step.urn not in {item["urn"] for item in rebuilt.resources}
    return step.op == "update" and step.urn in rebuilt.environments and {*step.properties} <= {"active"}
