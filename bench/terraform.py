"""Terraform with a generic REST provider, as a peer where both are on this machine."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from bench import processes
from bench.measurement import Case, Entry, Figures, Operation
from pulumi_workspace365_sandbox.workspace365 import Server

PLUGINS_VARIABLE = "BENCH_TERRAFORM_PLUGINS"
_PROVIDER = "terraform-provider-restapi*"
_PROGRAM = Path(__file__).parent / "programs" / "terraform"
_ARGUMENTS: dict[Operation, list[str]] = {
    "create": ["apply", "-auto-approve"],
    "no-op up": ["apply", "-auto-approve"],
    "preview": ["plan"],
    "refresh": ["apply", "-refresh-only", "-auto-approve"],
    "destroy": ["destroy", "-auto-approve"],
}


def mirror() -> Path | None:
    """The folder of unpacked providers that holds the one we need, if Terraform is here too. Nothing is downloaded."""
    named = os.environ.get(PLUGINS_VARIABLE)
    folder = Path(named) if named else Path.home() / ".terraform.d" / "plugins"
    return folder if shutil.which("terraform") and any(folder.rglob(_PROVIDER)) else None


@dataclass
class Terraform:
    """The same environments and settings. It refreshes whatever it does, so a no-op and a plan read lists too."""

    case: Case
    server: Server
    folder: Path

    def __post_init__(self) -> None:
        shutil.copytree(_PROGRAM, self.folder)
        self._run("init", f"-plugin-dir={mirror()}")

    def operate(self, operation: Operation) -> Figures:
        """Carry an operation out.

        Raises:
            FailedError: it failed.
        """
        self.server.management.clear_requests()
        used = self._run(*_ARGUMENTS[operation])
        return Figures(used.seconds, used.cpu, calls=self.server.management.statistics().by_operation)

    def entries(self) -> tuple[Entry, ...]:
        return ()

    def _run(self, *arguments: str) -> processes.Used:
        log = self.folder / "output.txt"
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
        variables = {
            **inherited,
            "CHECKPOINT_DISABLE": "1",
            "NO_PROXY": "127.0.0.1",
            "TF_VAR_url": self.server.base_url,
            "TF_VAR_key": self.server.provisioning_key,
            "TF_VAR_environments": str(self.case.environments),
        }
        return processes.completed(["terraform", *arguments, "-input=false", "-no-color"], self.folder, variables, log)
