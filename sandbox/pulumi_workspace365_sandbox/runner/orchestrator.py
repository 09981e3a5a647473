"""One operation from beginning to end: lock, servers, engine, display, verification."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from pulumi_workspace365_sandbox.azure import ManagementError
from pulumi_workspace365_sandbox.runner import engines, html_report, locks, servers, verification
from pulumi_workspace365_sandbox.runner.deployment import Deployment, Result
from pulumi_workspace365_sandbox.runner.display import Display
from pulumi_workspace365_sandbox.runner.engines import Choice, Operation
from pulumi_workspace365_sandbox.runner.project import COMMAND, Project
from pulumi_workspace365_sandbox.runner.verification import VerificationResult
from pulumi_workspace365_sandbox.support.processes import StartError
from pulumi_workspace365_sandbox.support.safe_text import visible


@dataclass(frozen=True)
class RunRequest:
    """What the command line asks for."""

    operation: Operation
    project: Project
    stack: str
    engine: Choice
    local_servers: bool
    page: Path | None = None
    """Where `up` writes a page about what was deployed."""


@dataclass
class Report:
    """What `--json` prints."""

    request: RunRequest
    engine: str
    result: Result | None = None
    verification: VerificationResult | None = None
    problems: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        return 1 if self.problems or self.result is None or self.result.exit_code else 0

    def document(self) -> str:
        document: dict[str, Any] = {
            "operation": self.request.operation,
            "project": self.request.project.name,
            "stack": self.request.stack,
            "engine": self.engine,
            "exitCode": self.exit_code,
            "problems": self.problems,
        }
        if self.result:
            document |= _result_document(self.result)
        if self.verification:
            document["environments"] = [asdict(row) for row in self.verification.rows]
            document["health"] = self.verification.health
            document["handshakes"] = [asdict(api) for api in self.verification.handshakes]
        return visible(json.dumps(document, indent=2, ensure_ascii=False))


def _result_document(result: Result) -> dict[str, Any]:
    failed = {id(step) for step in result.account.failed}
    steps = [*result.account.done, *result.account.failed]
    return {
        "seconds": round(result.seconds, 3),
        "changes": result.changes,
        "steps": [
            {"op": step.op, "urn": step.urn, "keys": step.keys, "failed": id(step) in failed}
            for step in steps
            if step.op not in {"same", "refresh"} or step.drifted or step.gone
        ],
        "diagnostics": [asdict(item) for item in result.account.diagnostics],
        "outputs": result.outputs,
    }


def execute(request: RunRequest, environment: Mapping[str, str], display: Display) -> Report:
    """Carry an order out; a second run of the same project waits for the first. UsageError: the engine is not there."""
    engine = engines.choose_engine(request.engine, environment)
    display.note(engine.reason)
    report = Report(request, engine.name)
    request.project.prepare()
    purpose = f"{COMMAND} {request.operation}"
    with locks.hold(request.project.folder / "run.lock", purpose, lambda who: display.note(f"Waiting for {who} …")):
        try:
            with _prepare_environment(request, environment, purpose) as variables:
                _run(report, Deployment(request.project, request.stack, engine, variables), display)
        except StartError as error:
            _refused(report, display, str(error))
    return report


@contextmanager
def _prepare_environment(request: RunRequest, environment: Mapping[str, str], purpose: str) -> Iterator[dict[str, str]]:
    """The variables of the engine, and the local servers behind them."""
    if not request.local_servers:
        yield request.project.user_variables(environment)
        return
    with servers.running(request.project.folder, purpose) as started:
        yield request.project.local_variables(environment) | started.variables


def _run(report: Report, deployment: Deployment, display: Display) -> None:
    request = report.request
    refused = _unknown(request) or deployment.ensure_stack()
    if not refused and request.operation == "destroy" and request.local_servers:
        display.note("Local servers only: lifting the protection of the stack's resources, and W365_ALLOW_DELETE=*.")
        deployment = replace(deployment, environment={**deployment.environment, "W365_ALLOW_DELETE": "*"})
        refused = deployment.unprotect()
    if refused:
        _refused(report, display, refused)
        return
    with display.live():
        report.result = deployment.run(request.operation, display.handle_event)
    display.finished(report.result)
    report.problems += report.result.problems
    if request.operation == "up" and request.local_servers and report.result.exit_code == 0:
        _validate(report, deployment, display)
    if request.page and report.result.exit_code == 0:
        _tell(report, request.page, deployment, display)


def _unknown(request: RunRequest) -> str:
    """Only `up` makes a stack of which nothing is known: elsewhere its name is a slip of the pen."""
    project = request.project
    if (
        request.operation == "up"
        or not request.local_servers
        or project.has_stack(request.stack)
        or project.has_configuration(request.stack)
    ):
        return ""
    return f"There is no stack {request.stack!r}: neither a Pulumi.{request.stack}.yaml nor a state of it. Only `up` makes a new one."


def _validate(report: Report, deployment: Deployment, display: Display) -> None:
    outputs = report.result.outputs if report.result else {}
    try:
        report.verification = verification.verify(outputs, deployment.environment)
    except (OSError, ValueError, LookupError, TypeError, ManagementError) as error:
        _refused(report, display, f"The deployment could not be validated: {type(error).__name__}: {error}")
        return
    if report.verification:
        display.show_verification(report.verification)
        report.problems += report.verification.problems


def _tell(report: Report, file: Path, deployment: Deployment, display: Display) -> None:
    request = report.request
    events = report.result.events if report.result else []
    problem = html_report.write_report(
        file, request.project, request.stack, deployment.environment, events, local=request.local_servers
    )
    if problem:
        _refused(report, display, problem)
    else:
        display.note(f"Report: {file}")


def _refused(report: Report, display: Display, problem: str) -> None:
    report.problems.append(problem)
    display.error(problem)
