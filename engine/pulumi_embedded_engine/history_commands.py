"""``stack history``: the runs of a stack, the newest first, as the Pulumi CLI prints them in JSON."""

import argparse
import datetime as dt
import sys
from collections.abc import Mapping
from typing import Any

from pulumi_embedded_engine.errors import EngineError, NeedsPulumiCLI
from pulumi_embedded_engine.report.output import json_text
from pulumi_embedded_engine.stack_commands import engine_of, stack_flag, subcommand
from pulumi_embedded_engine.store import history
from pulumi_embedded_engine.workspace import config, go_json

_PAGE_SIZE = 10


def add(stack: Any) -> None:
    """Add the command below `stack`."""
    parser = subcommand(stack, "history", _history)
    stack_flag(parser)
    parser.add_argument("-j", "--json", action="store_true")
    parser.add_argument("--page-size", type=int, default=_PAGE_SIZE, metavar="N")
    parser.add_argument("--page", type=int, default=1, metavar="N")
    parser.set_defaults(asks=True)


def _history(options: argparse.Namespace) -> int:
    if not options.json:
        raise NeedsPulumiCLI("`stack history` without --json")
    if options.page_size < 0 or options.page < 0:
        raise EngineError("--page-size and --page must not be negative")
    engine = engine_of(options)
    engine.require_exists()
    entries = history.read(engine.store.history)
    size = options.page_size or len(entries)
    first = max(options.page - 1, 0) * size
    sys.stdout.write(json_text([_shown(entry) for entry in entries[first : first + size]], indent=2) + "\n")
    return 0


def _shown(entry: Mapping[str, Any]) -> dict[str, Any]:
    stored = entry.get("config") or {}
    return {
        **entry,
        "startTime": _time(entry.get("startTime")),
        "config": {key: _value(value) for key, value in stored.items()},
        **({"endTime": _time(entry["endTime"])} if entry.get("endTime") else {}),
    }


def _time(seconds: Any) -> str:
    moment = dt.datetime.fromtimestamp(seconds if isinstance(seconds, int) else 0, dt.UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"


def _value(value: Any) -> dict[str, Any]:
    """A value of the configuration; of what holds a secret only that."""
    if not isinstance(value, dict | list):
        return {"value": go_json.text(value), "secret": False}
    if any(config.secure_values(value)):
        return {"secret": True}
    return {"value": go_json.text(value), "objectValue": value, "secret": False}
