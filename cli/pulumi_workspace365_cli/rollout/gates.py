"""What has to hold between two waves: the stacks' own checks, and that their instances are as their states record."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from pulumi_workspace365.api.configuration import failed_checks_pass
from pulumi_workspace365.errors import W365Error
from pulumi_workspace365_cli import stack_checks, stack_drift, stack_views
from pulumi_workspace365_cli.context import PROVISIONING, CommandContext
from pulumi_workspace365_cli.drift import DriftFinding
from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.planning import summary
from pulumi_workspace365_cli.rollout.plan_file import Gate
from pulumi_workspace365_cli.rollout.progress import GateResult
from pulumi_workspace365_components.validation import runner
from pulumi_workspace365_components.validation.checks import CheckError
from pulumi_workspace365_components.validation.verdicts import Verdict


@dataclass(frozen=True)
class Gates:
    """Looks at stacks; ``context_of`` makes the context of one."""

    context_of: Callable[[str], CommandContext]

    def look(self, gate: Gate, stacks: Sequence[str], parallel: int) -> list[GateResult]:
        """A result for each stack and each thing that the gate asks for."""
        results: list[GateResult] = []
        if gate.checks:
            with ThreadPoolExecutor(parallel) as pool:
                results += pool.map(self._checks, stacks)
        if gate.drift:
            results += self._drift(stacks)
        return results

    def _checks(self, name: str) -> GateResult:
        try:
            return self._checked(self.context_of(name), name)
        except (CheckError, CommandError, W365Error) as problem:
            return GateResult(name, "checks", "error", str(problem))

    @staticmethod
    def _checked(context: CommandContext, name: str) -> GateResult:
        checks = stack_checks.read(context, name)
        if not checks:
            return GateResult(name, "checks", "skipped", "its configuration holds no checks")
        verdicts = runner.run(checks, stack_checks.clients(context, checks), lambda _: None)
        failures = [verdict for verdict in verdicts if verdict.is_failure]
        if not failures:
            return GateResult(name, "checks", "ok", f"{len(verdicts)} passed")
        warned = failed_checks_pass(context.environ)
        return GateResult(name, "checks", "ok" if warned else "red", _failed(failures, len(verdicts), warned=warned))

    def _drift(self, stacks: Sequence[str]) -> Iterator[GateResult]:
        try:
            views = stack_views.by_instance([self.context_of(name) for name in stacks], PROVISIONING)
            findings = [finding for view in views for finding in stack_drift.compared(view).findings if finding.is_drift]
        except (CommandError, W365Error) as problem:
            yield GateResult(stacks[0], "drift", "error", str(problem))
            return
        for name in stacks:
            drifted = [finding for finding in findings if finding.stack == name]
            yield GateResult(name, "drift", "red" if drifted else "ok", _drifted(drifted))


def _failed(failures: Sequence[Verdict], total: int, *, warned: bool) -> str:
    first = failures[0]
    ignored = "; W365_CHECKS=warn lets them pass" if warned else ""
    return f"{len(failures)} of {total} checks failed{ignored}: {first.check.name}: {first.message}"


def _drifted(findings: Sequence[DriftFinding]) -> str:
    names = list(dict.fromkeys(f"{finding.environment} ({finding.status})" for finding in findings))
    return f"drift: {summary.names(names)}" if names else "in sync"
