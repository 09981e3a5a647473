"""The list of environments, which may lag behind creates and deletes."""

import time
from dataclasses import dataclass
from typing import Any

from pulumi_workspace365_sandbox.workspace365.faults import Late
from pulumi_workspace365_sandbox.workspace365.records import Environment


@dataclass
class _Delay:
    calls: int
    until: float

    def pending(self) -> bool:
        """Whether the list still lags; each call counts as one list."""
        if self.calls:
            self.calls -= 1
            return True
        return time.monotonic() < self.until


def entry(environment: Environment) -> dict[str, Any]:
    return {"name": environment.name, "isActive": environment.is_active, "creationDate": environment.creation_date}


class Listing:
    """What the list shows: created environments that are not visible yet, deleted ones that still are."""

    def __init__(self) -> None:
        self._hidden: dict[str, _Delay] = {}
        self._ghosts: dict[str, tuple[dict[str, Any], _Delay]] = {}

    def lag(self, environment: Environment, late: Late) -> None:
        """Show the create or delete of this environment later than it happened."""
        delay = _Delay(late.calls, time.monotonic() + late.ms / 1000)
        if late.operation == "createEnvironment":
            self._hidden[environment.id] = delay
        else:
            self._ghosts[environment.id] = (entry(environment), delay)

    def clear(self) -> None:
        self._hidden.clear()
        self._ghosts.clear()

    def entries(self, environments: dict[str, Environment]) -> list[dict[str, Any]]:
        """The answer of one list call."""
        self._hidden = {key: delay for key, delay in self._hidden.items() if delay.pending()}
        self._ghosts = {key: ghost for key, ghost in self._ghosts.items() if ghost[1].pending()}
        shown = [entry(item) for item in environments.values() if item.id not in self._hidden]
        names = {item["name"] for item in shown}
        return shown + [ghost for ghost, _ in self._ghosts.values() if ghost["name"] not in names]
