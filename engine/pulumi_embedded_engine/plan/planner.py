"""Turns what a program registers into steps. Pure: it calls providers through the `Provider` protocol.

The rules are those of the Pulumi CLI (pkg/resource/deploy/step_generator.go), so that both engines take the same steps.
"""

from pulumi_embedded_engine.errors import EngineError
from pulumi_embedded_engine.plan import cli_messages, steps
from pulumi_embedded_engine.plan.comparison import Comparison
from pulumi_embedded_engine.plan.context import Mode, PlanContext, PlanOptions, StepIndex, desired_state
from pulumi_embedded_engine.plan.goal import Read, Registration
from pulumi_embedded_engine.plan.graph import needs
from pulumi_embedded_engine.plan.guard import Guard
from pulumi_embedded_engine.plan.provider import Messages, Provider, Providers
from pulumi_embedded_engine.plan.replacement import DependentReplacements
from pulumi_embedded_engine.plan.selection import Selection
from pulumi_embedded_engine.plan.snapshot import Entry, Snapshot, state_of
from pulumi_embedded_engine.plan.steps import Op, Step
from pulumi_embedded_engine.plan.update_plan import PlanLedger
from pulumi_embedded_engine.plan.urns import Bail, UrnResolver
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
        identities: UrnResolver,
        providers: Providers,
        messages: Messages,
        *,
        ledger: PlanLedger | None = None,
    ) -> None:
        self._rules, self._base, self._identities, self._providers, self._messages = rules, base, identities, providers, messages
        self.ledger = ledger or PlanLedger()
        self.record = StepIndex()
        self.cascade = DependentReplacements(base, providers, self._provider_of)
        self.selection = Selection(
            rules.limits, base, self.record, identities, providers=providers, messages=messages, preview=rules.preview
        )
        self._guard = Guard(rules, self.selection, messages)
        self.to_delete: list[Entry] = []
        self.deleted: set[Entry] = set()
        """Old entries whose delete has been planned before the end."""
        self.refreshed: dict[Entry, Entry] = {}
        """Old entries that a refresh replaced, and what it found."""
        self._comparison = Comparison(rules, base, self.record, identities=identities, providers=providers, messages=messages)

    @property
    def saw_error(self) -> bool:
        """Whether there were errors that do not stop a preview."""
        return self.selection.saw_error or self._guard.saw_error

    # Reads.

    def read(self, request: Read) -> list[Step]:
        """Plan to read a resource that the stack does not own."""
        requested = request.state
        urn = self._identities.register(requested.parent, requested.type, urns.name_of(requested.urn))
        if not requested.id:
            raise EngineError(f"Expected an ID for {urn}")
        old, _ = self._identities.predecessor(urn, requested.parent, ())
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
            Bail: it cannot be done, and that has been reported.
            EngineError: it cannot be done.
        """
        goal = registration.goal
        urn = self._identities.register(goal.parent, goal.type, goal.name)
        old, valid = self._identities.predecessor(urn, goal.parent, goal.aliases)
        former = self._identities.former.get(urn)
        new = Entry(desired_state(goal, urn, former, old))
        if urns.is_provider_type(goal.type):
            self._comparison.provider_states |= {name: new for name in (urn, former) if name}
        case = PlanContext(registration, urn, old, new, valid, self.ledger.seed(urn))
        if old and self._rules.refresh and self.selection.includes(old.state):
            return [self._refresh_first(case, old)]
        return await self._after_refresh(case)

    def _refresh_first(self, case: PlanContext, old: Entry) -> Step:
        async def go_on(found: Entry | None) -> list[Step]:
            if found:
                self._base.graph.alias(found, old)
                self.refreshed[old] = found
            case.old = found
            return await self._after_refresh(case)

        self.record.refreshes.add(case.urn)
        internal = not case.goal.custom or urns.is_provider_type(case.goal.type)
        return Step(Op.REFRESH, old, case.new, then=go_on, internal=internal)

    async def _after_refresh(self, case: PlanContext) -> list[Step]:
        if self._rules.mode == Mode.REFRESH and (case.is_provider_managed or self._lacks_dependency(case.new)):
            if case.old is None:
                self.record.sames.add(case.urn)
                return [self._skip(case)]
            case.registration.resolve(case.old.state)
            return []
        if self._rules.mode == Mode.DESTROY and (step := self._for_destroy(case)):
            return [step]
        case.provider = await self._provider_of(case.new.state)
        case.recreating = case.urn in self.record.deletes
        if self._is_import(case):
            return self._import(case)
        return await self._after_import(case)

    def _lacks_dependency(self, new: Entry) -> bool:
        return not self.record.skipped.isdisjoint(needs(new.state) | {new.state.parent})

    def _skip(self, case: PlanContext) -> Step:
        self.record.skipped.add(case.urn)
        return Step(Op.SAME, Entry(case.new.state), case.new, case.registration, skipped=True)

    def _for_destroy(self, case: PlanContext) -> Step | None:
        """While destroying, a program creates and changes nothing: it only configures providers and rebuilds components."""
        if self._lacks_dependency(case.new):
            if case.old:
                case.new.update(outputs=case.old.state.outputs)
            return self._skip(case)
        if case.is_provider_managed and case.old is None:
            return self._skip(case)
        self.to_delete.append(case.new)
        if not case.is_provider_managed or case.old is None:
            return None
        self.record.sames.add(case.urn)
        case.new.update(inputs=case.old.state.inputs)
        return Step(Op.SAME, case.old, case.new, case.registration)

    async def _provider_of(self, state: Resource) -> Provider | None:
        if not state.custom:
            return None
        if urns.is_provider_type(state.type):
            return self._providers.registry
        if (provider := self._providers.find(state.provider)) is None:
            self._messages.error(state.urn, f"unknown provider '{state.provider}' for resource '{state.urn}'")
            raise Bail(f"unknown provider {state.provider}")
        return provider

    # Imports.

    @staticmethod
    def _is_import(case: PlanContext) -> bool:
        if not (case.goal.custom and case.goal.import_id):
            return False
        old = state_of(case.old)
        return not old or old.external or (old.import_id or old.id) != case.goal.import_id

    def _import(self, case: PlanContext) -> list[Step]:
        requested = case.new.state

        async def go_on(found: Entry | None) -> list[Step]:
            case.old, case.imported = found, True
            case.new = Entry(requested)
            return await self._after_import(case)

        self.record.imports.add(case.urn)
        self.ledger.note_import(case)
        original = case.old if not case.recreating else None
        op = Op.IMPORT_REPLACEMENT if original else Op.IMPORT
        ignored = list(case.goal.ignore_changes)
        step = Step(op, None, case.new, case.registration, original=original, then=go_on, ignore_changes=ignored, seed=case.seed)
        return [step, Step(Op.REPLACE, original, case.new, pending_delete=True)] if original else [step]

    # Inputs.

    async def _after_import(self, case: PlanContext) -> list[Step]:
        case.included = self.selection.included(case.new.state)
        await self._check_inputs(case)
        if not case.valid:
            raise Bail(f"resource {case.urn} is invalid")
        self.ledger.register(case, self._rules)
        self.selection.follow(case.new.state, included=case.included)
        if not case.included:
            return self._leave(case)
        return [*self.selection.needed_first(case.new.state), *await self._included(case)]

    def _leave(self, case: PlanContext) -> list[Step]:
        """Change nothing: the operation is limited to other resources."""
        if case.old:
            return self.selection.unchanged(case.urn, case.old, case.registration)
        self.record.sames.add(case.urn)
        return [self._skip(case)]

    async def _included(self, case: PlanContext) -> list[Step]:
        if case.recreating and case.old:
            return self._recreate(case, case.old)
        if case.old and case.old.state.external:
            self.record.creates.add(case.urn)
            return steps.replacement(case.old, case.new, case.registration, delete_later=True)
        if case.old:
            return await self._compare(case, case.old)
        self.record.creates.add(case.urn)
        return [Step(Op.CREATE, None, case.new, case.registration)]

    async def _check_inputs(self, case: PlanContext) -> None:
        old = state_of(case.old)
        if not case.included:
            if case.provider:
                case.new.update(inputs=old.inputs if old else {})
            return
        if old:
            inputs, failed = diffs.apply_ignore_changes(case.new.state.inputs, old.inputs, case.goal.ignore_changes)
            if failed:
                paths = ", ".join(failed)
                self._messages.info(case.urn, f'cannot ignore changes in added or removed elements of the path: "{paths}"')
            case.new.update(inputs=inputs)
        if case.provider is None:
            return
        if old is None or case.starts_anew(self._rules):
            await self._check(case, {}, case.goal.properties)
        else:
            await self._check(case, old.inputs, case.new.state.inputs)

    async def _check(self, case: PlanContext, olds: Properties, news: Properties) -> None:
        if case.provider is None:
            return
        checked = await case.provider.check(case.urn, olds, news, preview=self._rules.preview, seed=case.seed)
        for failure in checked.failures:
            self._messages.error(case.urn, cli_messages.check_failure_message(case.new.state, failure))
        case.valid = case.valid and not checked.failures
        case.new.update(inputs=checked.inputs)

    # Differences.

    def _recreate(self, case: PlanContext, old: Entry) -> list[Step]:
        """The resource was deleted because something it depends on is replaced: now it is clear that it goes on."""
        self.record.deletes.discard(case.urn)
        self.record.replaces.add(case.urn)
        blamed = DiffResult(Changes.SOME, replace_keys=self.cascade.keys.get(case.urn, []))
        create = Step(Op.CREATE_REPLACEMENT, old, case.new, case.registration, blamed)
        return [Step(Op.REPLACE, old, case.new), create]

    async def _compare(self, case: PlanContext, old: Entry) -> list[Step]:
        trigger = self._comparison.is_replacement_triggered(case, old.state)
        diff = DiffResult(Changes.SOME) if trigger else await self._comparison.diff(case, old)
        diff = diffs.apply_replace_on_changes(diff, case.goal.replace_on_changes, init_errors=bool(old.state.init_errors))
        pending = old.state.pending_replacement
        if pending or (diff.changes == Changes.SOME and (diff.replaces or trigger)):
            return await self._replace(case, old, diff)
        if diff.changes == Changes.SOME or old.state.init_errors:
            self.record.updates.add(case.urn)
            ignored = list(case.goal.ignore_changes)
            return [Step(Op.UPDATE, old, case.new, case.registration, diff, ignore_changes=ignored)]
        if case.imported:
            case.registration.resolve(old.state)
            return []
        self.record.sames.add(case.urn)
        return [Step(Op.SAME, old, case.new, case.registration)]

    # Replacements.

    async def _replace(self, case: PlanContext, old: Entry, diff: DiffResult) -> list[Step]:
        self._guard.check_replacement(case, old.state, diff)
        self.record.replaces.add(case.urn)
        if not case.is_replacement_requested(self._rules):
            await self._check(case, {}, case.goal.properties)  # defaults must not be carried over from the old resource
            if not case.valid:
                raise Bail(f"resource {case.urn} has check errors")
        chosen = case.goal.delete_before_replace
        if not (diff.delete_before_replace if chosen is None else chosen):
            return steps.replacement(old, case.new, case.registration, diff, delete_later=True)
        return [
            *await self._delete_first(case, old),
            *steps.replacement(old, case.new, case.registration, diff, delete_later=False),
        ]

    async def _delete_first(self, case: PlanContext, old: Entry) -> list[Step]:
        planned: list[Step] = []
        for dependent in reversed(await self.cascade.dependents(old, case.urn, self.record.completed_urns())):
            if dependent in self.deleted:
                continue
            planned.append(self._guard.delete_dependent(case.urn, dependent))
            self.record.deletes.add(dependent.urn)
            self.deleted.add(dependent)
        await self._providers.ensure(old.state.provider)
        if not old.state.pending_replacement:
            # Others that are deleted with this resource must see that it goes.
            self.record.deletes.add(old.urn)
            planned.append(steps.delete(old, replaced=True, pending_replacement=True))
        return planned
