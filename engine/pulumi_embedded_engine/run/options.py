"""The options of an operation, and its result."""

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pulumi_embedded_engine.plan.context import EVERYTHING, Limits, Mode
from pulumi_embedded_engine.plan.update_plan import UpdatePlan
from pulumi_embedded_engine.run.imports import Import


@dataclass(frozen=True)
class Options:
    """The options of the operation.

    Args:
        kind: what the program is run for, if it is run.
        refresh: read resources before anything else.
        run_program: refresh or destroy with the program running; an update always runs it.
        parallel: how many steps run at once.
        continue_on_error: failed steps stop only what depends on them.
        ignore_protect: delete and replace protected resources.
        replace: URNs to replace, or patterns of them.
        limits: what may be changed at all.
        imports: what an import is to import.
        plan: what an update is limited to: a plan that a preview saved.
        make_plan: write down, in a preview, what it proposes.
        strict: limit an update to what the preview right before it proposes.
        message: what the history is to say of it.
        debug: hear what programs log for debugging, which the SDK does four times for each resource.
    """

    kind: Mode = Mode.UPDATE
    refresh: bool = False
    run_program: bool = False
    parallel: int = 0
    continue_on_error: bool = False
    ignore_protect: bool = False
    replace: frozenset[str] = frozenset()
    limits: Limits = EVERYTHING
    imports: Sequence[Import] = ()
    plan: UpdatePlan | None = None
    make_plan: bool = False
    strict: bool = False
    message: str = ""
    debug: bool = False

    @property
    def runs_program(self) -> bool:
        """Whether the program runs."""
        return self.kind == Mode.UPDATE or self.run_program


@dataclass(frozen=True)
class RunOutcome:
    """How a run ended; `changes` counts resources by operation, `plan` is what a preview was to write down."""

    ok: bool
    canceled: bool
    changes: Mapping[str, int]
    plan: UpdatePlan | None = None


def history_entry(options: Options, outcome: RunOutcome, config: Mapping[str, Any], started: float) -> dict[str, Any]:
    """The entry of a run that has just ended in the history of its stack (the CLI's pkg/backend/updates.go, UpdateInfo).

    Args:
        options: the options of the operation.
        outcome: how it ended.
        config: the stored configuration, with encrypted secrets.
        started: when it began, in seconds since 1970.
    """
    return {
        "kind": options.kind.value,
        "startTime": int(started),
        "message": options.message,
        "environment": {"exec.kind": "embedded"},
        "config": dict(config),
        "version": 0,
        "result": "succeeded" if outcome.ok else "failed",
        "endTime": int(time.time()),
        "resourceChanges": dict(outcome.changes),
    }


def default_parallel() -> int:
    """Four steps at once per processor, as the CLI; PULUMI_PARALLEL overrides it."""
    setting = os.environ.get("PULUMI_PARALLEL", "")
    return int(setting) if setting.isdecimal() and int(setting) > 0 else len(os.sched_getaffinity(0)) * 4
