"""The record of a run (the CLI's pkg/backend/updates.go, UpdateInfo)."""

import time
from collections.abc import Mapping
from typing import Any

from pulumi_embedded_engine.run.options import Options, Outcome


def entry(options: Options, outcome: Outcome, config: Mapping[str, Any], started: float) -> dict[str, Any]:
    """The entry of a run that has just ended.

    Args:
        options: what was asked for.
        outcome: how it ended.
        config: the configuration as it is stored, secrets encrypted.
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
