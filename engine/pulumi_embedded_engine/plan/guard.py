"""What must not be replaced or deleted. Pure."""

from pulumi_embedded_engine.errors import BailError, EngineError
from pulumi_embedded_engine.plan import cli_messages, steps
from pulumi_embedded_engine.plan.context import PlanContext, PlanOptions
from pulumi_embedded_engine.plan.provider import Messages
from pulumi_embedded_engine.plan.selection import Selection
from pulumi_embedded_engine.plan.snapshot import Entry
from pulumi_embedded_engine.plan.steps import Step
from pulumi_embedded_engine.resource.diffs import DiffResult
from pulumi_embedded_engine.resource.state import Resource


class Guard:
    """Refuses replacements; `saw_error` is set by errors that do not stop a preview."""

    def __init__(self, rules: PlanOptions, selection: Selection, messages: Messages) -> None:
        self._rules, self._selection, self._messages = rules, selection, messages
        self.saw_error = False

    def delete_dependent(self, urn: str, dependent: Entry) -> Step:
        """Delete what depends on a resource that is deleted before it is replaced.

        Raises:
            BailError: it is protected or out of the operation's limits, which has been reported.
        """
        state = dependent.state
        self._selection.check_dependent(urn, state)
        if state.delete:
            return steps.delete(dependent)
        if state.protect and not self._rules.ignore_protect:
            message = (
                f'unable to replace resource "{state.urn}" as part of replacing "{urn}" '
                "as it is currently marked for protection. To unprotect the resource, "
                "remove the `protect` flag from the resource in your Pulumi program and run `pulumi up`, "
                f"or use the command:\n`pulumi state unprotect {cli_messages.quoted(state.urn)}`"
            )
            self._messages.error(urn, message)
            raise BailError(message)
        return steps.delete(dependent, replaced=True, pending_replacement=True)

    def check_replacement(self, context: PlanContext, old: Resource, diff: DiffResult) -> None:
        """Refuse to replace protected resources and resources that the program imports.

        Raises:
            BailError: it is protected, which has been reported; a preview only reports it.
            EngineError: it is imported; a preview only warns.
        """
        self._forbid_replacing_protected(context, old)
        self._forbid_replacing_import(context, old, diff)

    def _forbid_replacing_protected(self, context: PlanContext, old: Resource) -> None:
        if not (context.new.state.protect and old.protect) or self._rules.ignore_protect:
            return
        message = (
            f'unable to replace resource "{context.urn}"\n'
            "as it is currently marked for protection. To unprotect the resource, "
            "remove the `protect` flag from the resource in your Pulumi program and run `pulumi up`"
        )
        self._messages.error(context.urn, message)
        self.saw_error = True
        if not self._rules.preview:
            raise BailError(message)

    def _forbid_replacing_import(self, context: PlanContext, old: Resource, diff: DiffResult) -> None:
        if not context.goal.import_id:
            return
        changed = cli_messages.changes(diff.replace_keys, old.inputs, context.new.state.inputs)
        message = (
            "previously-imported resources that still specify an ID may not be replaced; "
            f"please remove the `import` declaration from your program;\n{changed}"
        )
        if not self._rules.preview:
            raise EngineError(message)
        self._messages.warning(context.urn, message)
