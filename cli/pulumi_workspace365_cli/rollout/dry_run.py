"""``w365 rollout --dry-run``: every stack previewed and judged, in one table. Nothing is changed, and nothing recorded."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from pulumi_workspace365_cli.planning import error_advice
from pulumi_workspace365_cli.planning.judgement import Judgement, judge
from pulumi_workspace365_cli.report import Check, CheckStatus, Column, Report, Row, Table
from pulumi_workspace365_cli.rollout.executor import Executor, StackError
from pulumi_workspace365_cli.rollout.plan_file import RolloutPlan, Wave
from pulumi_workspace365_cli.rollout.stack_rollout import refusal

_FAILED, _EXCEEDED = 1, 3
_COLUMNS = (Column("stack"), Column("wave"), Column("verdict", "status"), Column("changes", "prose"), Column("what", "prose"))
_VERDICTS: dict[str, CheckStatus] = {"ok": "ok", "refused": "failed", "failed": "failed"}


@dataclass(frozen=True)
class StackVerdict:
    """What a rollout would do with a stack. ``judged`` is ``None`` where the preview failed."""

    name: str
    wave: str
    judged: Judgement | None
    error: str = ""

    @property
    def status(self) -> str:
        """``ok``, ``refused`` or ``failed``."""
        if self.judged is None:
            return "failed"
        return "refused" if self.judged.exceeded else "ok"

    @property
    def changes(self) -> str:
        """The changes in words."""
        return self.judged.sentence if self.judged else ""

    @property
    def detail(self) -> tuple[str, str]:
        """Why it would be refused, or failed; and what to do."""
        if self.judged and self.judged.exceeded:
            return refusal(self.judged)
        return self.error, error_advice.remedy(self.error)


def previews(plan: RolloutPlan, executor: Executor, tell: Callable[[str], None]) -> list[StackVerdict]:
    """Preview each stack, as many at once as its wave allows. ``tell`` is called with each name."""
    found: list[StackVerdict] = []
    for wave in plan.waves:
        with ThreadPoolExecutor(wave.parallel) as pool:
            found += pool.map(lambda name, wave=wave: _previewed(name, wave, plan, executor, tell), wave.stacks)
    return found


def _previewed(name: str, wave: Wave, plan: RolloutPlan, executor: Executor, tell: Callable[[str], None]) -> StackVerdict:
    try:
        previewed = executor.preview(name)
    except StackError as problem:
        return StackVerdict(name, wave.name, None, str(problem))
    finally:
        tell(name)
    previewed.plan.unlink(missing_ok=True)
    return StackVerdict(name, wave.name, judge(previewed.preview, plan.budgets))


def report(plan: RolloutPlan, found: list[StackVerdict]) -> Report:
    """One table of all stacks."""
    count = Counter(one.status for one in found)
    counted = ", ".join(f"{count[status]} {word}" for status, word in _COUNTED if count[status])
    code = _FAILED if count["failed"] else _EXCEEDED if count["refused"] else 0
    notes = [f"In no wave: {', '.join(plan.unassigned)}."] if plan.unassigned else []
    return Report(
        "rollout",
        "Rollout, dry run",
        f"{_number(found, 'stack')} in {_number(plan.waves, 'wave')}: {counted}. Nothing was changed.",
        tables=(Table("", _COLUMNS, tuple(map(_row, found))),),
        checks=tuple(map(_check, found)),
        notes=tuple(notes),
        data={
            "id": None,
            "dry_run": True,
            "ending": None,
            "waves": list(map(_wave, plan.waves)),
            "stacks": list(map(_data, found)),
        },
        exit_code=code,
    )


_COUNTED = (("ok", "within the budgets"), ("refused", "beyond the budgets"), ("failed", "failed"))


def _number(things: Sequence[object], noun: str) -> str:
    return f"{len(things)} {noun}{'' if len(things) == 1 else 's'}"


def _row(one: StackVerdict) -> Row:
    return Row((one.name, one.wave, one.status, one.changes, " ".join(filter(None, one.detail))), _VERDICTS[one.status])


def _check(one: StackVerdict) -> Check:
    detail, remedy = one.detail
    return Check(f"{one.wave}: {one.name}", _VERDICTS[one.status], detail or one.changes, remedy)


def _wave(wave: Wave) -> dict[str, Any]:
    return {"name": wave.name, "status": None, "stacks": list(wave.stacks), "soaks_until": None, "gate": []}


def _data(one: StackVerdict) -> dict[str, Any]:
    detail, remedy = one.detail
    return {
        "name": one.name,
        "wave": one.wave,
        "status": one.status,
        "changes": one.changes or None,
        "detail": detail or None,
        "remedy": remedy or None,
        "attempts": 0,
        "seconds": None,
    }
