"""A preview against its budgets."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from pulumi_workspace365_cli.planning import budgets, changes, summary
from pulumi_workspace365_cli.planning.budgets import Budget, Risk
from pulumi_workspace365_cli.planning.changes import Change
from pulumi_workspace365_cli.planning.preview import Preview


@dataclass(frozen=True)
class Judgement:
    """What a preview would change, and how that compares with what is allowed."""

    changes: tuple[Change, ...]
    budgets: tuple[Budget, ...]

    @property
    def sentence(self) -> str:
        """The changes in words."""
        return summary.sentence(summary.groups(self.changes)) or "no changes"

    @property
    def exceeded(self) -> tuple[Budget, ...]:
        """The budgets that the preview exceeds."""
        return tuple(budget for budget in self.budgets if budget.is_exceeded)

    def subjects(self, risk: Risk) -> tuple[str, ...]:
        """What counts for a risk: names, in their order."""
        return tuple(sorted({change.subject for change in self.changes if change.risk == risk}))


def judge(preview: Preview, allowed: Mapping[Risk, int | None]) -> Judgement:
    """Every change of a preview without errors, and every kind of risk against its budget."""
    listed = changes.parse_changes(preview)
    by_risk = Counter(risk for risk, _ in {(change.risk, change.urn) for change in listed if change.risk})
    return Judgement(tuple(listed), budgets.evaluate(by_risk, allowed))
