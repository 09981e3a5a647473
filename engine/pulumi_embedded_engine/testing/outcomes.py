"""The outcome of an operation, and the message for an unexpected one."""

from collections.abc import Sequence

from pulumi_embedded_engine import engine
from pulumi_embedded_engine.errors import EngineError
from pulumi_embedded_engine.testing.expectations import ExpectationFailed, failed
from pulumi_embedded_engine.testing.results import Recording, Result

Ended = engine.Result | EngineError


def canceled(ended: Ended) -> bool:
    """Whether a person ended it."""
    return isinstance(ended, engine.Result) and ended.canceled


def result(ended: Ended, recording: Recording, *, killed: bool) -> Result:
    """How it ended, for the test."""
    said = [] if killed or not isinstance(ended, EngineError) else [str(ended)]
    return Result(
        ok=isinstance(ended, engine.Result) and ended.ok,
        killed=killed,
        changes=ended.changes if isinstance(ended, engine.Result) else {},
        steps=tuple(recording.steps),
        output=recording.output,
        errors=(*recording.said("error"), *said),
        warnings=recording.said("warning"),
    )


def unexpected(what: str, result: Result, recording: Recording, ended: Ended) -> ExpectationFailed:
    """It ended as the test did not expect."""
    if result.ok:
        done = ", ".join(map(str, result.steps)) or "nothing changed"
        return failed(f"{what} was expected to fail, but succeeded: {done}", result.output)
    if result.killed:
        return failed(f"{what} was killed by a fault: expect that with fails=True")
    if isinstance(ended, EngineError):
        return failed(f"{what} could not be carried out: {ended}", result.output)
    where = ", ".join(map(str, recording.failures)) or "the program"
    return failed(f"{what} failed at {where}: {_reason(result.errors)}", result.output)


def _reason(errors: Sequence[str]) -> str:
    """The first error in one line: of a traceback, the last one."""
    if not errors:
        return "no reason was told"
    lines = errors[0].strip().splitlines()
    return lines[-1 if "Traceback" in errors[0] else 0].strip()
