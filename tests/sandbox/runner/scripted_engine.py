"""Stands in for the `pulumi` executable: a real process that takes the CLI's arguments and writes the events it is told to.

Told by the environment: SCRIPT_RECORD (where each call is noted), and for operations SCRIPT_EVENTS (a file copied to
--event-log), SCRIPT_HOLD (wait until this file exists, or for an interrupt), SCRIPT_STDERR, SCRIPT_EXIT; for `stack init` and
`state unprotect` SCRIPT_STATE_EXIT.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path


def note(**what: object) -> None:
    with Path(os.environ["SCRIPT_RECORD"]).open("a", encoding="utf-8") as record:
        record.write(json.dumps({"pid": os.getpid(), **what}) + "\n")


def interrupted(*_: object) -> None:
    note(interrupted=True)
    sys.exit(255)


def make_stack(name: str) -> None:
    folder = Path(os.environ["PULUMI_BACKEND_URL"].removeprefix("file://"), ".pulumi/stacks/scripted")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text("{}")


def operate(arguments: list[str]) -> None:
    log = Path(arguments[arguments.index("--event-log") + 1])
    if "SCRIPT_EVENTS" in os.environ:
        log.write_bytes(Path(os.environ["SCRIPT_EVENTS"]).read_bytes())
    parent = os.getppid()
    while "SCRIPT_HOLD" in os.environ and not Path(os.environ["SCRIPT_HOLD"]).exists() and os.getppid() == parent:
        time.sleep(0.01)


signal.signal(signal.SIGINT, interrupted)
note(arguments=sys.argv[1:], environment=dict(os.environ))
if sys.argv[1] in {"stack", "state"}:
    code = int(os.environ.get("SCRIPT_STATE_EXIT", "0"))
    if sys.argv[1] == "stack" and not code:
        make_stack(sys.argv[sys.argv.index("--stack") + 1])
    sys.exit(code)
operate(sys.argv)
note(ended=True)
sys.stderr.write(os.environ.get("SCRIPT_STDERR", ""))
sys.exit(int(os.environ.get("SCRIPT_EXIT", "0")))
