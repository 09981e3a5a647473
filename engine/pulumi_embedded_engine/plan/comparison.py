"""Whether, and why, a registered resource differs from the one of the last deployment. Pure."""

from pulumi_embedded_engine.errors import BailError
from pulumi_embedded_engine.plan.context import PlanContext, PlanOptions, StepIndex
from pulumi_embedded_engine.plan.provider import DiffUnavailable, Messages, Providers
from pulumi_embedded_engine.plan.snapshot import Entry, Snapshot
from pulumi_embedded_engine.plan.urn_resolver import UrnResolver
from pulumi_embedded_engine.resource import diffs
from pulumi_embedded_engine.resource import urn as urns
from pulumi_embedded_engine.resource.diffs import Changes, DiffResult
from pulumi_embedded_engine.resource.state import Resource
from pulumi_embedded_engine.resource.values import contains_unknowns, equal, lower_outputs, strip_secrets


class Comparison:
    """Compares resources; `provider_states` must hold the registered provider resources by URN."""

    def __init__(
        self,
        rules: PlanOptions,
        base: Snapshot,
        record: StepIndex,
        *,
        urn_resolver: UrnResolver,
        providers: Providers,
        messages: Messages,
    ) -> None:
        self._rules, self._base, self._urn_resolver = rules, base, urn_resolver
        self._providers, self._messages, self._record = providers, messages, record
        self.provider_states: dict[str, Entry] = {}

    def is_replacement_triggered(self, context: PlanContext, old: Resource) -> bool:
        """Whether the replacement trigger changed; null is no trigger."""
        trigger, last = (
            strip_secrets(lower_outputs(value)) for value in (context.goal.replacement_trigger, old.replacement_trigger)
        )
        if contains_unknowns(trigger) and not self._rules.preview:
            message = f"replacement trigger contains unknowns for {context.urn}"
            self._messages.error(context.urn, message)
            raise BailError(message)
        if contains_unknowns(trigger) or contains_unknowns(last):
            return True
        return trigger is not None and last is not None and not equal(trigger, last)

    async def diff(self, context: PlanContext, old: Entry) -> DiffResult:
        """Whether a resource has to be changed or replaced, and why: first what the program and the CLI's rules demand, then what its provider says.

        Raises:
            ProviderError: from the provider.
            BailError: the message has been reported.
        """
        goal, state = context.goal, context.new.state
        if context.is_replacement_requested(self._rules):
            return diffs.forced_replacement("id")
        if not self._record.replaces.isdisjoint(goal.replace_with):
            return diffs.forced_replacement("replaceWith")
        if goal.deleted_with in self._record.replaces:
            return diffs.forced_replacement("deletedWith")
        if await self._provider_replaced(old.state, state):
            return diffs.forced_replacement("provider")
        if context.provider is None:
            changed = not equal(old.state.inputs, state.inputs)
            return DiffResult(Changes.SOME if changed else Changes.NONE)
        try:
            diff = await context.provider.diff(
                old.state, state.inputs, urn=context.urn, preview=self._rules.preview, ignore_changes=goal.ignore_changes
            )
        except DiffUnavailable as unavailable:
            self._messages.warning(context.urn, str(unavailable))
            return DiffResult(Changes.SOME)
        return diffs.resolve_unknown_diff(diff, old.state.inputs, state.inputs, goal.ignore_changes)

    async def _provider_replaced(self, old: Resource, new: Resource) -> bool:
        """Whether the resource moves to a provider that cannot manage it as it is."""
        if old.provider == new.provider:
            return False
        if not old.provider or not new.provider:
            return True
        (old_urn, _), (new_urn, _) = (urns.split_provider_reference(ref) for ref in (old.provider, new.provider))
        if self._urn_resolver.aliased.get(old_urn) == new_urn:
            return False
        former, present = self._base.live.get(old_urn), self.provider_states.get(new_urn)
        if former is None or present is None:
            return True
        diff = await self._providers.diff_config(new.provider, former.state, present.state.inputs)
        return diff.replaces
