"""The two engines, driven alike: a subprocess with the same arguments, which writes the same events to a file."""

import importlib.util
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pulumi_workspace365_sandbox.runner.project import UsageError

Operation = Literal["up", "preview", "refresh", "destroy"]
Choice = Literal["auto", "pulumi", "embedded"]
ARGUMENTS: dict[Operation, list[str]] = {
    "up": ["up", "--yes", "--skip-preview", "--refresh", "--run-program"],
    "preview": ["preview", "--refresh", "--run-program"],
    "refresh": ["refresh", "--yes", "--skip-preview"],
    "destroy": ["destroy", "--yes", "--skip-preview"],
}


@dataclass(frozen=True)
class Engine:
    """`name`: as in `--engine`; `command`: what to start; `reason`: one line for people, why this one."""

    name: Literal["pulumi", "embedded"]
    command: tuple[str, ...]
    reason: str


def choose_engine(choice: Choice, environment: Mapping[str, str]) -> Engine:
    """The engine to use; UsageError when it is not there."""
    cli = shutil.which("pulumi", path=environment.get("PATH"))
    if choice != "embedded" and cli:
        return Engine("pulumi", (cli,), f"Engine: the Pulumi CLI ({cli})")
    if choice == "pulumi":
        raise UsageError("`--engine pulumi` needs the Pulumi CLI, and there is no `pulumi` on PATH.")
    if importlib.util.find_spec("pulumi_embedded_engine") is None:
        raise UsageError(
            "The embedded engine is not installed beside the sandbox: put the Pulumi CLI on PATH, or install pulumi-embedded-engine "
            "(not released yet: `make wheels` in a clone builds it)."
        )
    why = "as asked for" if choice == "embedded" else "no Pulumi CLI on PATH"
    return Engine("embedded", (sys.executable, "-m", "pulumi_embedded_engine"), f"Engine: the embedded one ({why})")
