"""Reads which customers' files a stack deploys, and the files, for a look at several stacks."""

from collections.abc import Iterator
from pathlib import Path

from pulumi_workspace365.documents import input_files
from pulumi_workspace365_cli import dates, stack_config
from pulumi_workspace365_cli.context import CommandContext
from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.fleet import FleetCustomer, FleetStack
from pulumi_workspace365_cli.stack_state import StackState


def read_stack(context: CommandContext, state: StackState) -> FleetStack:
    """What a stack deploys by its settings, and what it manages.

    Raises:
        CommandError: a setting is malformed, or cannot be read.
    """
    root = context.project_root or context.folder
    name = (context.stack or context.stack_name()).rpartition("/")[2]
    project, program = stack_config.program_folder(root)
    customers = stack_config.document(root, name, context.environ, f"{project}:customers")
    rings = stack_config.rings(root, name, context.environ)
    listed = context.deployed_stacks.get(name) if "deployed_stacks" in vars(context) else None
    updated = dates.moment(listed) if listed else state.written
    return FleetStack(name, program / "customers" / str(customers or name), rings, state, updated)


def read_customers(folder: Path) -> Iterator[FleetCustomer]:
    """The files of a folder; none where there is no folder, as for a stack that has other resources only.

    Raises:
        CommandError: a file is malformed.
    """
    if not input_files.is_folder(folder):
        return
    from pulumi import RunError  # noqa: PLC0415  loading the SDK takes longer than most commands run

    from pulumi_workspace365_components.stack_files import customer_file, strict_yaml  # noqa: PLC0415  likewise

    try:
        read = strict_yaml.read_folder(folder, customer_file.CustomerModel, customer_file.EXPECTED)
    except RunError as problem:
        raise CommandError(str(problem)) from problem
    for path, customer in read.items():
        yield FleetCustomer(
            folder, path, customer.key, customer.environment.name, customer.ring, customer.lifecycle, customer.secret
        )
