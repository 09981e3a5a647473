"""One stack of a rollout: previewed, judged, and updated by the very plan that was judged. Each step is recorded before the next one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pulumi_workspace365_cli.planning import error_advice, summary
from pulumi_workspace365_cli.planning.budgets import Risk
from pulumi_workspace365_cli.planning.judgement import Judgement, judge
from pulumi_workspace365_cli.rollout.executor import Executor, StackError, StackPreview
from pulumi_workspace365_cli.rollout.progress import StackProgress, StackStatus

Append = Callable[..., None]
"""Records an event and takes it into account."""


@dataclass(frozen=True)
class StackRollout:
    """Brings one stack to its end.

    Attributes:
        identifier: of the rollout.
        budgets: what a stack may change.
        append: records an event.
        tell: shows what is going on.
        may_update: whether an update may still start.
    """

    identifier: str
    executor: Executor
    budgets: Mapping[Risk, int | None]
    append: Append
    tell: Callable[[str, str], None]
    may_update: Callable[[], bool]

    def run(self, stack: StackProgress) -> None:
        """Update a stack, unless an interrupted update of it went well.

        Raises:
            CommandError: the record cannot be written.
        """
        try:
            if stack.status == "updating" and self._went_well(stack):
                self._end(stack, "updated")
                return
            self.append("stack_started", stack=stack.name)
            self._update(stack)
        except StackError as problem:
            self._end(stack, "failed", str(problem), error_advice.remedy(str(problem)))

    def _went_well(self, stack: StackProgress) -> bool:
        self.tell(stack.name, "looking for the end of an update that was under way")
        return self.executor.outcome(stack.name, stack.message) == "succeeded"

    def _update(self, stack: StackProgress) -> None:
        self.tell(stack.name, "previewing")
        previewed = self.executor.preview(stack.name)
        try:
            self._deploy(stack, previewed)
        finally:
            previewed.plan.unlink(missing_ok=True)

    def _deploy(self, stack: StackProgress, previewed: StackPreview) -> None:
        judged = judge(previewed.preview, self.budgets)
        changes = _sentence(judged, is_unchanged=previewed.is_unchanged)
        self.append("stack_previewed", stack=stack.name, changes=changes)
        if judged.exceeded:
            self._end(stack, "refused", *refusal(judged))
        elif previewed.is_unchanged:
            self._end(stack, "unchanged")
        elif not self.may_update():
            self._end(stack, "waiting")
        else:
            message = f"w365 rollout {self.identifier}, attempt {stack.attempts + 1}"
            self.append("update_started", stack=stack.name, message=message)
            self.tell(stack.name, f"updating: {judged.sentence}")
            self.executor.update(
                stack.name,
                previewed.plan,
                message,
                lambda done: self.tell(stack.name, f"updating, {done} done: {judged.sentence}"),
            )
            self._end(stack, "updated")

    def _end(self, stack: StackProgress, status: StackStatus, detail: str = "", remedy: str = "") -> None:
        told: dict[str, Any] = {"stack": stack.name, "status": status, "detail": detail, "remedy": remedy}
        self.append("stack_ended", **told)


def _sentence(judged: Judgement, *, is_unchanged: bool) -> str:
    return judged.sentence if judged.changes or is_unchanged else "no resource changes, only settings or outputs of the stack"


def refusal(judged: Judgement) -> tuple[str, str]:
    """Which budgets a stack exceeds, and what to do where that is intended."""
    over = [
        f"{budget.risk} ({budget.found} found, {budget.allowed} allowed): {summary.names(judged.subjects(budget.risk))}"
        for budget in judged.exceeded
    ]
    allow = " ".join(f"--allow {budget.risk}={budget.found}" for budget in judged.exceeded)
    return f"more than agreed: {'; '.join(over)}", f"If this is intended: {allow}."
