"""Update plans: what a preview proposes for each resource, and what an update is limited to. Pure.

A plan constrains an update as the CLI's does (pkg/resource/deploy/plan.go and step_generator.go): the update may do less than was planned,
never more. A value that the preview did not know allows every value.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pulumi_embedded_engine.errors import EngineError
from pulumi_embedded_engine.plan import plan_violations
from pulumi_embedded_engine.plan.context import PlanContext, PlanOptions
from pulumi_embedded_engine.plan.plan_violations import NO_CHANGES, PlannedGoal, PropertyChanges
from pulumi_embedded_engine.plan.snapshot import Entry, state_of
from pulumi_embedded_engine.plan.steps import Op, Step
from pulumi_embedded_engine.resource.state import Resource
from pulumi_embedded_engine.resource.values import Properties

_SEED_BYTES = 32
_LESS = {
    Op.CREATE: {Op.SAME},
    Op.UPDATE: {Op.SAME},
    Op.REPLACE: {Op.SAME, Op.UPDATE},
    Op.CREATE_REPLACEMENT: {Op.SAME, Op.UPDATE},
    Op.DELETE_REPLACED: {Op.SAME, Op.UPDATE},
}
"""What may happen in place of a planned operation, because it does less."""


@dataclass
class ResourcePlan:
    """What is planned for one resource.

    Args:
        goal: what the program asked for; None where it asks for nothing, so that the resource is deleted.
        operations: in their order.
        seed: what a provider makes names from.
        outputs: as the preview left them; for information only.
    """

    goal: PlannedGoal | None = None
    operations: list[Op] = field(default_factory=list)
    seed: bytes = b""
    outputs: Properties | None = None


@dataclass
class UpdatePlan:
    """What a preview proposes, by URN."""

    resources: dict[str, ResourcePlan] = field(default_factory=dict)


class PlanLedger:
    """Holds the steps of one run against a plan, and writes down another one.

    Args:
        saved: what the run is limited to; None where it may do everything.
        made: the plan that the run makes; None where it makes none.
    """

    def __init__(self, saved: UpdatePlan | None = None, recorded: UpdatePlan | None = None) -> None:
        self._saved, self.recorded = saved, recorded
        self._left_out: set[str] = set()
        """New resources that the operation leaves out: they do not come to exist."""
        self._expected = {urn: list(plan.operations) for urn, plan in saved.resources.items()} if saved else {}

    def seed(self, urn: str) -> bytes:
        """What a provider makes names from: as planned, so that it makes the same ones again, or random."""
        planned = self._saved.resources.get(urn) if self._saved else None
        return (planned.seed if planned else b"") or os.urandom(_SEED_BYTES)

    def note_import(self, context: PlanContext) -> None:
        """Write down what is about to be imported, which has no former inputs to compare with."""
        if self.recorded is not None:
            self._write(context, NO_CHANGES)

    def register(self, context: PlanContext, rules: PlanOptions) -> None:
        """Write down what a resource is registered for, and hold it against the plan.

        Raises:
            EngineError: the plan does not allow it.
        """
        old, inputs = state_of(context.old), context.new.state.inputs
        former = old.inputs if old else {}
        if self.recorded is not None:
            self._write(context, plan_violations.changes({} if context.starts_anew(rules) else former, inputs))
        if self._saved is None:
            return
        planned = self._saved.resources.get(context.urn)
        if planned is None and old is None:
            return  # that nothing may be created is said about the step
        reason = (
            plan_violations.goal_violation(planned.goal, context.goal, former, inputs)
            if planned
            else plan_violations.unplanned_violation(old, context.goal, inputs)
        )
        if reason:
            raise EngineError(f"resource {context.urn} violates plan: {reason}")

    def _write(self, context: PlanContext, changes: PropertyChanges) -> None:
        planned = self._entry(context.urn)
        planned.seed, planned.goal = context.seed, PlannedGoal.of(context.goal, changes)

    def _entry(self, urn: str) -> ResourcePlan:
        if self.recorded is None:
            raise ValueError("no plan is being made")
        return self.recorded.resources.setdefault(urn, ResourcePlan())

    def admit(self, steps: list[Step], aliased: Mapping[str, str]) -> list[Step]:
        """The steps of a registration, once they are held against the plan and written down.

        Args:
            steps: what is about to be done.
            aliased: the present URNs of resources by their former ones.

        Raises:
            EngineError: the plan does not allow one of them.
        """
        if any(step.then for step in steps):
            return steps  # reads what is there; what follows from that is admitted afterwards
        for step in steps:
            self._check(step)
            urn = aliased.get(step.urn, step.urn)
            if self.recorded is not None and (step.op != Op.SAME or urn in self.recorded.resources):
                self._entry(urn).operations.append(step.op)
            if step.skipped:
                self._left_out.add(urn)
        return steps

    def admit_final(self, steps: Iterable[Step]) -> None:
        """As `admit`, for what the program does not register any more."""
        for step in steps:
            self._check(step)
            if self.recorded is not None:
                self._entry(step.urn).operations.append(step.op)

    def _check(self, step: Step) -> None:
        if self._saved is None:
            return
        if (expected := self._expected.get(step.urn)) is None:
            if step.op != Op.SAME:
                raise EngineError(f"{step.op} is not allowed by the plan: no steps were expected for this resource")
            return
        if not expected:
            raise EngineError(f"{step.op} is not allowed by the plan: no more steps were expected for this resource")
        planned = expected.pop(0)
        if step.op != planned and step.op not in _LESS.get(planned, ()):
            raise EngineError(f"{step.op} is not allowed by the plan: this resource is constrained to {planned}")

    def register_outputs(self, urn: str, former: Entry | None, new: Properties) -> None:
        """Write down the outputs of a component or the stack, and hold them against the plan.

        Raises:
            EngineError: the plan does not allow them.
        """
        old = former.state.outputs if former else {}
        if self._saved is not None:
            planned = self._saved.resources.get(urn)
            if planned is None:
                raise EngineError(f"no plan for resource {urn}")
            allowed = planned.goal.output_changes if planned.goal else NO_CHANGES
            if reason := plan_violations.changes_violation(old, new, allowed):
                raise EngineError(f"resource violates plan: {reason}")
        if self.recorded is not None and (goal := self._entry(urn).goal):
            goal.output_changes = plan_violations.changes(old, new)

    def complete(self, results: Mapping[str, Entry]) -> None:
        """Write down what the resources look like after the preview."""
        for urn, planned in self.recorded.resources.items() if self.recorded else ():
            if urn in results and urn not in self._left_out:
                planned.outputs = results[urn].state.outputs

    def unregistered(self, existing: Sequence[Resource]) -> list[str]:
        """The URNs of resources that less happened to than was planned; what is gone anyway need not be deleted."""
        there = {resource.urn for resource in existing}
        return sorted(urn for urn, left in self._expected.items() if left and (left != [Op.DELETE] or urn in there))
