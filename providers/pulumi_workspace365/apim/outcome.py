"""The outcome of one check: its verdict, its message, and whether the run fails."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from pulumi_workspace365.api import configuration
from pulumi_workspace365.apim import errors, verdicts
from pulumi_workspace365.apim.models import ConnectivityResult

log = logging.getLogger("pulumi_workspace365")

OutcomeStatus = Literal["passed", "reported", "failed", "unsupported", "error"]
"""``reported``: nothing was required. ``error``: the check could not be run."""

_AGAIN = "The next `pulumi up` checks again."


class CheckRequirements(verdicts.Requirements, Protocol):
    """The parameters and requirements of a check."""

    @property
    def region(self) -> str: ...
    @property
    def on_unsupported(self) -> Literal["fail", "warn"]: ...


@dataclass(frozen=True)
class Outcome:
    """One check that was made, or could not be made."""

    verdict: OutcomeStatus
    text: str
    """One line that stands alone."""
    result: ConnectivityResult | None = None
    must_fail: bool = False
    """Whether the run fails for it; one that did not pass and need not fail was let pass."""

    @property
    def passed(self) -> bool:
        """Whether it counts as passed. A check that failed and was tolerated does not."""
        return self.verdict in {"passed", "reported"}


def run_check(check: Callable[[], ConnectivityResult], required: CheckRequirements, *, service: str) -> Outcome:
    """Make a check, judge it, and say loudly what a green run would otherwise hide.

    Raises:
        ConfigurationError: the configuration is incomplete; no setting tolerates this.
    """
    try:
        result = check()
    except errors.CheckUnavailable as problem:
        return _not_passed("unsupported", str(problem), tolerated=required.on_unsupported == "warn")
    except errors.ArmError as problem:
        return _not_passed("error", str(problem))
    return _evaluate(result, required, service)


def _evaluate(result: ConnectivityResult, required: CheckRequirements, service: str) -> Outcome:
    verdict = verdicts.evaluate(result, required)
    who = f"from API Management service {service!r} in {required.region}"
    if not verdict.passed:
        return _not_passed("failed", f"The connectivity check {who} did not pass: {verdict.text}", result)
    text = f"Checked {who}: {verdict.text}"
    if verdict.problems:
        log.warning("%s", text)
    return Outcome("reported" if required.require == "report" else "passed", text, result)


def _not_passed(
    verdict: OutcomeStatus, text: str, result: ConnectivityResult | None = None, *, tolerated: bool = False
) -> Outcome:
    if tolerated:
        log.warning("NOT CHECKED (on_unsupported='warn'), and not counted as passed: %s %s", text, _AGAIN)
    elif configuration.failed_checks_pass():
        log.warning("CHECK NOT PASSED, but let through by W365_CHECKS=warn: %s %s", text, _AGAIN)
        tolerated = True
    else:
        text = f"{text} {_AGAIN} W365_CHECKS=warn lets a run go on in spite of it."
    return Outcome(verdict, text, result, must_fail=not tolerated)
