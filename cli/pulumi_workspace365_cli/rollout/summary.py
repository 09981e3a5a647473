"""The report of a rollout: what became of each stack and wave, and what to do next."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from pulumi_workspace365_cli.report import Check, CheckStatus, Column, Report, Row, Span, Table, Timeline
from pulumi_workspace365_cli.rollout.plan_file import Wave
from pulumi_workspace365_cli.rollout.progress import GateResult, Progress, StackProgress
from pulumi_workspace365_cli.rollout.waves import Ending, soak_ends

FAILED, RED, DRIFTED, INTERRUPTED = 1, 3, 4, 130
_STACKS = (
    *(Column("stack"), Column("wave"), Column("status", "status"), Column("changes", "prose"), Column("seconds", "number")),
    Column("what", "prose"),
)
_WAVES = (
    Column("wave"),
    Column("status", "status"),
    Column("stacks", "number"),
    Column("done", "number"),
    Column("what", "prose"),
)
_VERDICTS: dict[str, CheckStatus] = {"refused": "failed", "failed": "failed", "waiting": "skipped", "updating": "warning"}
_GATE_VERDICTS: dict[str, CheckStatus] = {"ok": "ok", "skipped": "skipped", "red": "failed", "error": "failed"}


def report(progress: Progress, ending: Ending) -> Report:
    """What a rollout came to, failures first."""
    stacks = sorted(progress.stacks.values(), key=lambda stack: not is_failure(stack))
    code = exit_code(progress, ending)
    count = Counter(stack.status for stack in stacks)
    counted = ", ".join(
        f"{count[status]} {status}" for status in ("updated", "unchanged", "refused", "failed", "waiting") if count[status]
    )
    return Report(
        "rollout",
        f"Rollout {progress.identifier}",
        f"{_HEADS[ending] if not (ending == 'complete' and code) else 'Complete, with failures'}: {counted or 'no stack'}.",
        facts={"record": f".w365/rollouts/{progress.identifier}.jsonl"},
        tables=(
            Table("Waves", _WAVES, tuple(_wave_row(wave, progress) for wave in progress.plan.waves), is_sequence=True),
            Table("Stacks", _STACKS, tuple(map(_stack_row, stacks))),
        ),
        checks=(*map(_check, stacks), *_gate_checks(progress)),
        notes=tuple(_notes(progress, ending)),
        data=_data(progress, ending),
        exit_code=code,
        timeline=_timeline(progress),
    )


_HEADS: dict[Ending, str] = {
    "complete": "Complete",
    "stopped": "Stopped as asked",
    "red": "Stopped",
    "interrupted": "Interrupted",
}


def is_failure(stack: StackProgress) -> bool:
    """Whether a stack was refused, or failed."""
    return stack.status in {"refused", "failed"}


def exit_code(progress: Progress, ending: Ending) -> int:
    """1 for a failure, 3 for a budget or a check, 4 for drift, 130 where somebody interrupted it; else 0."""
    statuses = {stack.status for stack in progress.stacks.values()}
    red = {(result.about, result.status) for result in _gate_results(progress)}
    if "failed" in statuses or red & {("checks", "error"), ("drift", "error")}:
        return FAILED
    if "refused" in statuses or ("checks", "red") in red:
        return RED
    if ("drift", "red") in red:
        return DRIFTED
    return INTERRUPTED if ending == "interrupted" else 0


def _gate_results(progress: Progress) -> list[GateResult]:
    return [result for wave in progress.waves.values() for result in wave.gate or ()]


def _notes(progress: Progress, ending: Ending) -> Iterator[str]:
    resume = f"`w365 rollout --resume {progress.identifier}`"
    failed = any(map(is_failure, progress.stacks.values()))
    if failed or ending == "red":
        yield (
            f"Nothing was rolled back, and no further stack is updated. Mend what is red, then run {resume}: it goes on with what is left. "
            "To take a change back, restore its former version, and roll that out."
        )
    elif ending in {"stopped", "interrupted"}:
        yield f"{resume} goes on with what is left."
    for wave in progress.plan.waves:
        ends = soak_ends(wave, progress)
        if ends and not progress.waves[wave.name].passed and ends > datetime.now(UTC):
            yield f"Wave {wave.name} soaks until {ends:%Y-%m-%d %H:%M:%S} UTC; no wave begins before."
    if progress.plan.unassigned:
        yield f"In no wave: {', '.join(progress.plan.unassigned)}."


def _status(wave: Wave, progress: Progress) -> tuple[str, CheckStatus]:
    state = progress.waves[wave.name]
    if state.passed:
        return "green", "ok"
    if len(progress.failures(wave)) > wave.max_failures or (state.gate is not None and not state.gate_is_green):
        return "red", "failed"
    ends = soak_ends(wave, progress)
    return ("soaking", "skipped") if ends and ends > datetime.now(UTC) else ("waiting", "skipped")


def _wave_row(wave: Wave, progress: Progress) -> Row:
    status, verdict = _status(wave, progress)
    done = sum(progress.stacks[name].is_done for name in wave.stacks)
    red = [
        f"{result.stack}: {result.detail}" for result in progress.waves[wave.name].gate or () if result.status in {"red", "error"}
    ]
    return Row((wave.name, status, str(len(wave.stacks)), str(done), "; ".join(red)), verdict)


def _stack_row(stack: StackProgress) -> Row:
    seconds = "" if stack.seconds is None else f"{stack.seconds:.1f}"
    what = " ".join(filter(None, (stack.detail, stack.remedy)))
    return Row((stack.name, stack.wave, stack.status, stack.changes, seconds, what), _VERDICTS.get(stack.status, "ok"))


def _check(stack: StackProgress) -> Check:
    detail = f"{stack.status}: {stack.detail or stack.changes}" if stack.detail or stack.changes else stack.status
    return Check(f"{stack.wave}: {stack.name}", _VERDICTS.get(stack.status, "ok"), detail, stack.remedy, stack.seconds)


def _gate_checks(progress: Progress) -> Iterator[Check]:
    for name, wave in progress.waves.items():
        for result in wave.gate or ():
            yield Check(f"{name}: {result.stack}, {result.about}", _GATE_VERDICTS[result.status], result.detail)


def _timeline(progress: Progress) -> Timeline | None:
    ended = [stack for stack in progress.stacks.values() if stack.began and stack.ended]
    first = min((stack.began for stack in ended if stack.began), default=None)
    last = max((stack.ended for stack in ended if stack.ended), default=None)
    if first is None or last is None:
        return None
    spans = [
        Span(stack.name, (stack.began - first).total_seconds(), stack.seconds or 0, _VERDICTS.get(stack.status, "ok"))
        for stack in ended
        if stack.began
    ]
    return Timeline("When each stack was updated", tuple(spans), (last - first).total_seconds())


def _data(progress: Progress, ending: Ending) -> dict[str, Any]:
    return {
        "id": progress.identifier,
        "dry_run": False,
        "ending": ending,
        "waves": [_wave_data(wave, progress) for wave in progress.plan.waves],
        "stacks": [_stack_data(stack) for stack in progress.stacks.values()],
    }


def _wave_data(wave: Wave, progress: Progress) -> dict[str, Any]:
    state, ends = progress.waves[wave.name], soak_ends(wave, progress)
    return {
        "name": wave.name,
        "status": _status(wave, progress)[0],
        "stacks": list(wave.stacks),
        "soaks_until": ends.isoformat(timespec="seconds") if ends and wave.soak else None,
        "gate": [asdict(result) for result in state.gate or ()],
    }


def _stack_data(stack: StackProgress) -> dict[str, Any]:
    return {
        "name": stack.name,
        "wave": stack.wave,
        "status": stack.status,
        "changes": stack.changes or None,
        "detail": stack.detail or None,
        "remedy": stack.remedy or None,
        "attempts": stack.attempts,
        "seconds": stack.seconds,
    }
