"""The checks that a stack's configuration holds, and what is needed to run them."""

from pulumi_workspace365.api.configuration import ca_file
from pulumi_workspace365_cli import stack_config
from pulumi_workspace365_cli.context import HEALTH, CommandContext
from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_components.validation import checks_file
from pulumi_workspace365_components.validation.checks import Check
from pulumi_workspace365_components.validation.clients import Clients


def read(context: CommandContext, name: str) -> list[Check] | None:
    """The checks of a stack; ``None`` where its configuration holds none.

    Raises:
        CommandError: there is no project, or the configuration cannot be read.
        CheckError: a check is malformed.
    """
    if context.project_root is None:
        raise CommandError(f"There is no Pulumi.yaml in {context.folder} or above: run in the folder of a project.")
    document = stack_config.document(context.project_root, name, context.environ, stack_config.CHECKS)
    if document is None:
        return None
    return checks_file.parse_document(document, f"{stack_config.CHECKS} of stack {name}", context.environ, context.project_root)


def clients(context: CommandContext, checks: list[Check]) -> Clients:
    """What the checks connect with. Settings that are missing stop everything before anything is sent.

    Raises:
        W365Error, CommandError: a setting is missing or malformed.
    """
    found = Clients(lambda: context.client(HEALTH), context.resource_manager, ca_file(context.environ))
    kinds = {check.kind for check in checks}
    if kinds & {"websocket", "http"}:
        found.tls_context  # noqa: B018  reads the file
    if "health" in kinds:
        context.settings(HEALTH)
    if "connectivity" in kinds:
        found.resource_manager  # noqa: B018  reads the settings
    return found
