"""How many calls each operation of the engine costs, by the number of environments: reads share one list, whatever their number."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pulumi_workspace365_sandbox.workspace365 import Server, faults
from tests.campaigns import deployment
from tests.campaigns.deployment import Deployment, EngineName, Wanted

_RUNS: dict[str, list[str]] = {
    "up": ["up", "--yes", "--skip-preview"],
    "up, unchanged": ["up", "--yes", "--skip-preview"],
    "preview": ["preview"],
    "refresh": ["refresh", "--yes", "--skip-preview"],
    "up --refresh": ["up", "--yes", "--skip-preview", "--refresh"],
    "refresh, two 503s": ["refresh", "--yes", "--skip-preview"],
}


@dataclass(frozen=True)
class Cost:
    """What one run asked of the API."""

    run: str
    environments: int
    calls: Mapping[str, int]
    code: int

    @property
    def lists(self) -> int:
        return self.calls.get("listEnvironments", 0)


def measure(
    environments: int, server: Server, folder: Path, engine: EngineName = "embedded", runs: Iterable[str] = tuple(_RUNS)
) -> list[Cost]:
    """Deploy so many environments and count the calls of every kind of run, ``up`` first."""
    deployment.reset(server)
    project = Deployment(folder, server, engine).prepare()
    project.want({f"customer-{number:03}": Wanted(parts=("sign-on",)) for number in range(environments)})
    return [_cost(name, environments, project) for name in runs]


def _cost(name: str, environments: int, project: Deployment) -> Cost:
    management = project.server.management
    management.clear_requests()
    if "503" in name:
        management.inject(faults.Status(operation="listEnvironments", status=503, times=2))
    code = project.run(*_RUNS[name], "--stack", deployment.STACK).code
    return Cost(name, environments, management.statistics().by_operation, code)
