"""The result of an operation, the state after it, and the message for what was not expected, for assertions in tests."""

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pulumi_embedded_engine import engine
from pulumi_embedded_engine.errors import EngineError
from pulumi_embedded_engine.plan.snapshot import state_of
from pulumi_embedded_engine.plan.steps import Op, Step
from pulumi_embedded_engine.report.display import Display, to_json
from pulumi_embedded_engine.report.events import Diagnostic, metadata
from pulumi_embedded_engine.resource import urn as urns
from pulumi_embedded_engine.resource.state import Resource
from pulumi_embedded_engine.resource.values import Value, has_secrets
from pulumi_embedded_engine.testing import leaks

QUIET = frozenset({Op.SAME, Op.REFRESH, Op.REMOVE_PENDING_REPLACE})


class ExpectationFailed(AssertionError):
    """An operation ended, or left something behind, as the test did not expect."""


def failed(what: str, output: str = "") -> ExpectationFailed:
    """The failure, with the messages of the operation."""
    said = "\n".join(f"    {line}" for line in output.strip().splitlines())
    return ExpectationFailed(f"{what}\n{said}" if said else what)


@dataclass(frozen=True)
class StepDone:
    """A step that was taken, or planned by a preview. `op` is the CLI's word, such as create-replacement."""

    op: str
    name: str
    type: str

    def __str__(self) -> str:
        return f"{self.op} {self.name}"


@dataclass(frozen=True)
class Result:
    """How an operation ended.

    Args:
        ok: it did all it was to do.
        killed: a fault ended the engine in the middle of it.
        changes: the number of resources by operation, as the CLI counts them.
        steps: what was done (in a preview: what would be) but for what stayed the same, in order.
        output: what a person is shown.
        errors: the messages of errors and warnings, without known secrets.
        text: what was done (in a preview: what would be) to compare with a snapshot: without times, UUIDs, ports of this machine, folders and secrets.
        exposed: a secret stood in clear in what `text` is made of; it is masked there.
    """

    ok: bool
    killed: bool = False
    changes: Mapping[str, int] = field(default_factory=dict)
    steps: tuple[StepDone, ...] = ()
    output: str = field(default="", repr=False)
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    text: str = field(default="", repr=False)
    exposed: bool = field(default=False, repr=False)

    def did(self, op: str) -> list[str]:
        """The names of the resources with which this was done, sorted."""
        return sorted(step.name for step in self.steps if step.op == op)


@dataclass(frozen=True)
class DeployedResource:
    """A resource in state. `inputs` and `outputs` are plain values in clear; `secrets` names the outputs that are secret."""

    name: str
    type: str
    id: str
    urn: str
    inputs: Mapping[str, Any] = field(repr=False)
    outputs: Mapping[str, Any] = field(repr=False)
    secrets: frozenset[str]
    protect: bool

    @classmethod
    def from_state(cls, state: Resource) -> "DeployedResource":
        """A resource of a deployment."""
        return cls(
            name=urns.name_of(state.urn),
            type=state.type,
            id=state.id,
            urn=state.urn,
            inputs=to_python(state.inputs),
            outputs=to_python(state.outputs),
            secrets=frozenset(key for key, value in state.outputs.items() if has_secrets(value)),
            protect=state.protect,
        )


def to_python(value: Value) -> Any:
    """A value as plain Python, with secrets in clear."""
    return to_json(value, show_secrets=True)


class Recording(Display):
    """Listens to an operation, and keeps what a person would be shown."""

    def __init__(self) -> None:
        self._shown = io.StringIO()
        super().__init__(self._shown)
        self.steps: list[StepDone] = []
        self.failures: list[StepDone] = []
        self.metadata: list[dict[str, Any]] = []
        self.secrets: set[str] = set()
        self.diagnostics: list[Diagnostic] = []

    @property
    def output(self) -> str:
        """What was shown so far."""
        return self._shown.getvalue()

    def said(self, severity: str) -> tuple[str, ...]:
        """The messages of a severity."""
        return tuple(item.message for item in self.diagnostics if item.severity == severity)

    def diagnostic(self, diagnostic: Diagnostic) -> None:
        self.diagnostics.append(diagnostic)
        super().diagnostic(diagnostic)

    def done(self, op: Op, step: Step, *, planning: bool) -> None:
        shown = _done(op, step)
        if op not in QUIET and not urns.is_default_provider(step.urn) and shown not in self.steps:
            self.steps.append(shown)  # a component is done a second time when its outputs are
        self.metadata.append(metadata(op, step))
        for state in filter(None, map(state_of, (step.old, step.new))):
            self.secrets.update(leaks.secret_texts({"inputs": state.inputs, "outputs": state.outputs}))
        super().done(op, step, planning=planning)

    def failed(self, step: Step, *, unclear: bool, done: int) -> None:
        self.failures.append(_done(step.op, step))
        super().failed(step, unclear=unclear, done=done)


def _done(op: Op, step: Step) -> StepDone:
    return StepDone(op.value, urns.name_of(step.urn), step.type)


@dataclass
class Ended:
    """How an operation ended on an engine.

    Args:
        result: without its text.
        interrupted: a person ended it.
        failures: the steps that failed.
        metadata: of the events about completed steps.
        secrets: the secrets among the properties of these steps, as far as they are known.
        refused: why it could not be carried out, if it could not.
    """

    result: Result
    interrupted: bool = False
    failures: Sequence[StepDone] = ()
    metadata: Sequence[Mapping[str, Any]] = ()
    secrets: Iterable[str] = ()
    refused: str = ""


def ended(outcome: engine.OperationResult | EngineError, recording: Recording, *, killed: bool) -> Ended:
    """How an operation of the embedded engine ended."""
    refused = str(outcome) if isinstance(outcome, EngineError) and not killed else ""
    done = outcome if isinstance(outcome, engine.OperationResult) else engine.OperationResult(ok=False)
    result = Result(
        ok=done.ok,
        killed=killed,
        changes=done.changes,
        steps=tuple(recording.steps),
        output=recording.output,
        errors=(*recording.said("error"), *filter(None, [refused])),
        warnings=recording.said("warning"),
    )
    return Ended(result, done.canceled, recording.failures, recording.metadata, recording.secrets, refused)


def unexpected(what: str, ended: Ended) -> ExpectationFailed:
    """It ended as the test did not expect."""
    result = ended.result
    if result.ok:
        done = ", ".join(map(str, result.steps)) or "nothing changed"
        return failed(f"{what} was expected to fail, but succeeded: {done}", result.output)
    if result.killed:
        return failed(f"{what} was killed by a fault: expect that with fails=True")
    if ended.refused:
        return failed(f"{what} could not be carried out: {ended.refused}", result.output)
    where = ", ".join(map(str, ended.failures)) or "the program"
    return failed(f"{what} failed at {where}: {_reason(result.errors)}", result.output)


def _reason(errors: Sequence[str]) -> str:
    """The first error in one line: of a traceback, the last one."""
    if not errors:
        return "no reason was told"
    lines = errors[0].strip().splitlines()
    return lines[-1 if "Traceback" in errors[0] else 0].strip()
