"""Turns what a program registers into steps. Pure: it calls providers through the `Provider` protocol.

The rules are those of the Pulumi CLI (pkg/resource/deploy/step_generator.go), so that both engines take the same steps.
"""

from collections.abc import Set as AbstractSet
from dataclasses import replace

from pulumi_embedded_engine.errors import BailError, EngineError
from pulumi_embedded_engine.plan import cli_messages, steps
from pulumi_embedded_engine.plan.comparison import Comparison
from pulumi_embedded_engine.plan.context import Mode, PlanContext, PlanOptions, StepIndex, desired_state
from pulumi_embedded_engine.plan.goal import Read, Registration, Status
from pulumi_embedded_engine.plan.graph import needs
from pulumi_embedded_engine.plan.guard import Guard
from pulumi_embedded_engine.plan.provider import Messages, Provider, Providers
from pulumi_embedded_engine.plan.replacement import DependentReplacements
from pulumi_embedded_engine.plan.selection import Selection
from pulumi_embedded_engine.plan.snapshot import Entry, Snapshot, state_of
from pulumi_embedded_engine.plan.steps import Op, Step
from pulumi_embedded_engine.plan.update_plan import PlanLedger
from pulumi_embedded_engine.plan.urn_resolver import UrnResolver
from pulumi_embedded_engine.resource import diffs
from pulumi_embedded_engine.resource import urn as urns
from pulumi_embedded_engine.resource.diffs import Changes, DiffResult
from pulumi_embedded_engine.resource.state import Resource
from pulumi_embedded_engine.resource.values import Properties


class Planner:
    """Plans the steps of one operation."""

    def __init__(
        self,
        rules: PlanOptions,
        base: Snapshot,
        urn_resolver: UrnResolver,
        providers: Providers,
        messages: Messages,
        *,
        ledger: PlanLedger | None = None,
    ) -> None:
        self._rules, self._base, self._urn_resolver, self._providers, self._messages = (
            rules,
            base,
            urn_resolver,
            providers,
            messages,
        )
        self.ledger = ledger or PlanLedger()
        self.record = StepIndex()
        self.cascade = DependentReplacements(base, providers, self._provider_of)
        self.selection = Selection(
            rules.limits, base, self.record, urn_resolver, providers=providers, messages=messages, preview=rules.preview
        )
        self._guard = Guard(rules, self.selection, messages)
        self.to_delete: list[Entry] = []
        self.deleted: set[Entry] = set()
        """Old entries whose delete has been planned before the end."""
        self.refreshed: dict[Entry, Entry] = {}
        """Old entries that a refresh replaced, and what it found."""
        self.unavailable: set[str] = set()
        """The URNs of resources that failed, or were skipped as something they depend on did: what depends on them is left alone."""
        self._comparison = Comparison(rules, base, self.record, urn_resolver=urn_resolver, providers=providers, messages=messages)

    @property
    def saw_error(self) -> bool:
        """Whether there were errors that do not stop a preview."""
        return self.selection.saw_error or self._guard.saw_error

    # Reads.

    def read(self, request: Read) -> list[Step]:
        """Plan to read a resource that the stack does not own."""
        requested = request.state
        urn = self._urn_resolver.register(requested.parent, requested.type, urns.name_of(requested.urn))
        if not requested.id:
            raise EngineError(f"Expected an ID for {urn}")
        old, _ = self._urn_resolver.find_old_state(urn, requested.parent, ())
        if requested.id == urns.UNKNOWN_ID and not self._rules.preview:  # that of a resource that failed
            self.record.reads.add(urn)
            self.unavailable.add(urn)
            request.resolve(replace(requested, id=""), Status.SKIPPED, unknown=True)
            return []
        new = Entry(requested)
        if old and not old.state.external and old.state.id != requested.id:
            self.record.replaces.add(urn)
            return [Step(Op.READ_REPLACEMENT, old, new, request), Step(Op.REPLACE, old, new, pending_delete=True)]
        if self._rules.mode == Mode.DESTROY:
            self.to_delete.append(new)
        self.record.reads.add(urn)
        return [Step(Op.READ, old, new, request)]

    # Registrations.

    async def register(self, registration: Registration) -> list[Step]:
        """Plan what a registration needs.

        Raises:
            BailError: it cannot be done, and that has been reported.
            EngineError: it cannot be done.
        """
        goal = registration.goal
        urn = self._urn_resolver.register(goal.parent, goal.type, goal.name)
        old, valid = self._urn_resolver.find_old_state(urn, goal.parent, goal.aliases)
        former = self._urn_resolver.alias_used.get(urn)
        new = Entry(desired_state(goal, urn, former, old))
        if urns.is_provider_type(goal.type):
            self._comparison.provider_states |= {name: new for name in (urn, former) if name}
        context = PlanContext(registration, urn, old, new, valid, self.ledger.seed(urn))
        refresh = self._rules.refresh and not self._depends_on(new, self.unavailable)
        if old and refresh and self.selection.includes(old.state):
            return [self._refresh_first(context, old)]
        return await self._after_refresh(context)

    def _refresh_first(self, context: PlanContext, old: Entry) -> Step:
        async def go_on(found: Entry | None) -> list[Step]:
            if found:
                self._base.graph.alias(found, old)
                self.refreshed[old] = found
            context.old = found
            return await self._after_refresh(context)

        self.record.refreshes.add(context.urn)
        internal = not context.goal.custom or urns.is_provider_type(context.goal.type)
        return Step(Op.REFRESH, old, context.new, then=go_on, internal=internal)

    async def _after_refresh(self, context: PlanContext) -> list[Step]:
        if self._rules.mode == Mode.REFRESH and (
            context.is_provider_managed or self._depends_on(context.new, self.record.skipped)
        ):
            if context.old is None:
                self.record.sames.add(context.urn)
                return [self._skip(context)]
            context.registration.resolve(context.old.state)
            return []
        if self._rules.mode == Mode.DESTROY and (step := self._for_destroy(context)):
            return [step]
        if self._depends_on(context.new, self.unavailable):
            return [self._hold(context)]
        context.provider = await self._provider_of(context.new.state)
        context.recreating = context.urn in self.record.deletes
        if self._is_import(context):
            return self._import(context)
        return await self._after_import(context)

    @staticmethod
    def _depends_on(new: Entry, urns_of_others: AbstractSet[str]) -> bool:
        return not urns_of_others.isdisjoint(needs(new.state) | {new.state.parent})

    def _skip(self, context: PlanContext) -> Step:
        self.record.skipped.add(context.urn)
        return Step(Op.SAME, Entry(context.new.state), context.new, context.registration, skipped=True)

    def _hold(self, context: PlanContext) -> Step:
        """Nothing happens to it, and its provider checks nothing: values from what failed are missing among the inputs."""
        self.record.sames.add(context.urn)
        if context.old is None:
            return Step(Op.SAME, Entry(context.new.state), context.new, context.registration, skipped=True)
        context.new.update(inputs=context.old.state.inputs, outputs=context.old.state.outputs)
        return Step(Op.SAME, context.old, context.new, context.registration)

    def _for_destroy(self, context: PlanContext) -> Step | None:
        """While destroying, a program creates and changes nothing: it only configures providers and rebuilds components."""
        if self._depends_on(context.new, self.record.skipped):
            if context.old:
                context.new.update(outputs=context.old.state.outputs)
            return self._skip(context)
        if context.is_provider_managed and context.old is None:
            return self._skip(context)
        self.to_delete.append(context.new)
        if not context.is_provider_managed or context.old is None:
            return None
        self.record.sames.add(context.urn)
        context.new.update(inputs=context.old.state.inputs)
        return Step(Op.SAME, context.old, context.new, context.registration)

    async def _provider_of(self, state: Resource) -> Provider | None:
        if not state.custom:
            return None
        if urns.is_provider_type(state.type):
            return self._providers.registry
        if (provider := self._providers.find(state.provider)) is None:
            self._messages.error(state.urn, f"unknown provider '{state.provider}' for resource '{state.urn}'")
            raise BailError(f"unknown provider {state.provider}")
        return provider

    # Imports.

    @staticmethod
    def _is_import(context: PlanContext) -> bool:
        if not (context.goal.custom and context.goal.import_id):
            return False
        old = state_of(context.old)
        return not old or old.external or (old.import_id or old.id) != context.goal.import_id

    def _import(self, context: PlanContext) -> list[Step]:
        requested = context.new.state

        async def go_on(found: Entry | None) -> list[Step]:
            context.old, context.imported = found, True
            context.new = Entry(requested)
            return await self._after_import(context)

        self.record.imports.add(context.urn)
        self.ledger.note_import(context)
        original = context.old if not context.recreating else None
        op = Op.IMPORT_REPLACEMENT if original else Op.IMPORT
        ignored = list(context.goal.ignore_changes)
        step = Step(
            op, None, context.new, context.registration, original=original, then=go_on, ignore_changes=ignored, seed=context.seed
        )
        return [step, Step(Op.REPLACE, original, context.new, pending_delete=True)] if original else [step]

    # Inputs.

    async def _after_import(self, context: PlanContext) -> list[Step]:
        context.included = self.selection.included(context.new.state)
        await self._check_inputs(context)
        if not context.valid:
            raise BailError(f"resource {context.urn} is invalid")
        self.ledger.register(context, self._rules)
        self.selection.follow(context.new.state, included=context.included)
        if not context.included:
            return self._leave(context)
        return [*self.selection.needed_first(context.new.state), *await self._included(context)]

    def _leave(self, context: PlanContext) -> list[Step]:
        """Change nothing: the operation is limited to other resources."""
        if context.old:
            return self.selection.unchanged(context.urn, context.old, context.registration)
        self.record.sames.add(context.urn)
        return [self._skip(context)]

    async def _included(self, context: PlanContext) -> list[Step]:
        if context.recreating and context.old:
            return self._recreate(context, context.old)
        if context.old and context.old.state.external:
            self.record.creates.add(context.urn)
            return steps.replacement(context.old, context.new, context.registration, delete_later=True)
        if context.old:
            return await self._compare(context, context.old)
        self.record.creates.add(context.urn)
        return [Step(Op.CREATE, None, context.new, context.registration)]

    async def _check_inputs(self, context: PlanContext) -> None:
        old = state_of(context.old)
        if not context.included:
            if context.provider:
                context.new.update(inputs=old.inputs if old else {})
            return
        if old:
            inputs, failed = diffs.apply_ignore_changes(context.new.state.inputs, old.inputs, context.goal.ignore_changes)
            if failed:
                paths = ", ".join(failed)
                self._messages.info(context.urn, f'cannot ignore changes in added or removed elements of the path: "{paths}"')
            context.new.update(inputs=inputs)
        if context.provider is None:
            return
        if old is None or context.starts_anew(self._rules):
            await self._check(context, None, context.goal.properties)
        else:
            await self._check(context, old, context.new.state.inputs)

    async def _check(self, context: PlanContext, old: Resource | None, news: Properties) -> None:
        if context.provider is None:
            return
        olds, outputs = (old.inputs, old.outputs) if old else ({}, {})
        preview, seed = self._rules.preview, context.seed
        checked = await context.provider.check(context.urn, olds, news, old_outputs=outputs, preview=preview, seed=seed)
        for failure in checked.failures:
            self._messages.error(context.urn, cli_messages.check_failure_message(context.new.state, failure))
        context.valid = context.valid and not checked.failures
        context.new.update(inputs=checked.inputs)

    # Differences.

    def _recreate(self, context: PlanContext, old: Entry) -> list[Step]:
        """The resource was deleted because something it depends on is replaced: now it is clear that it goes on."""
        self.record.deletes.discard(context.urn)
        self.record.replaces.add(context.urn)
        blamed = DiffResult(Changes.SOME, replace_keys=self.cascade.keys.get(context.urn, []))
        create = Step(Op.CREATE_REPLACEMENT, old, context.new, context.registration, blamed)
        return [Step(Op.REPLACE, old, context.new), create]

    async def _compare(self, context: PlanContext, old: Entry) -> list[Step]:
        trigger = self._comparison.is_replacement_triggered(context, old.state)
        diff = DiffResult(Changes.SOME) if trigger else await self._comparison.diff(context, old)
        diff = diffs.apply_replace_on_changes(diff, context.goal.replace_on_changes, init_errors=bool(old.state.init_errors))
        pending = old.state.pending_replacement
        if pending or (diff.changes == Changes.SOME and (diff.replaces or trigger)):
            return await self._replace(context, old, diff)
        if diff.changes == Changes.SOME or old.state.init_errors:
            self.record.updates.add(context.urn)
            ignored = list(context.goal.ignore_changes)
            return [Step(Op.UPDATE, old, context.new, context.registration, diff, ignore_changes=ignored)]
        if context.imported:
            context.registration.resolve(old.state)
            return []
        self.record.sames.add(context.urn)
        return [Step(Op.SAME, old, context.new, context.registration)]

    # Replacements.

    async def _replace(self, context: PlanContext, old: Entry, diff: DiffResult) -> list[Step]:
        self._guard.check_replacement(context, old.state, diff)
        self.record.replaces.add(context.urn)
        if not context.is_replacement_requested(self._rules):
            await self._check(context, None, context.goal.properties)  # defaults must not be carried over from the old resource
            if not context.valid:
                raise BailError(f"resource {context.urn} has check errors")
        chosen = context.goal.delete_before_replace
        if not (diff.delete_before_replace if chosen is None else chosen):
            return steps.replacement(old, context.new, context.registration, diff, delete_later=True)
        return [
            *await self._delete_first(context, old),
            *steps.replacement(old, context.new, context.registration, diff, delete_later=False),
        ]

    async def _delete_first(self, context: PlanContext, old: Entry) -> list[Step]:
        planned: list[Step] = []
        for dependent in reversed(await self.cascade.dependents(old, context.urn, self.record.completed_urns())):
            if dependent in self.deleted:
                continue
            planned.append(self._guard.delete_dependent(context.urn, dependent))
            self.record.deletes.add(dependent.urn)
            self.deleted.add(dependent)
        await self._providers.ensure(old.state.provider)
        if not old.state.pending_replacement:
            # Others that are deleted with this resource must see that it goes.
            self.record.deletes.add(old.urn)
            planned.append(steps.delete(old, replaced=True, pending_replacement=True))
        return planned
