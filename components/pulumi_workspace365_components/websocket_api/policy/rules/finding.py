"""The finding of a rule: place, problem and remedy."""

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

Severity: TypeAlias = Literal["error", "warning", "advice"]
"""``error``: the service refuses it or it cannot work, a preview stops; ``warning``: likely not what is meant; ``advice``: could be better."""

SEVERITIES: tuple[Severity, ...] = get_args(Severity)


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding.

    Args:
        rule: the rule's id, the name of its page in docs/reference/rules.
        severity: error, warning or advice.
        path: where in the policy, like ``inbound/choose/when[2]/cors``; empty where it concerns the API.
        message: what is wrong, in one sentence that shows no value of the policy.
        remedy: what to do.
    """

    rule: str
    severity: Severity
    path: str
    message: str
    remedy: str

    def __str__(self) -> str:
        """One line that stands alone."""
        return f"{self.severity} {self.rule}{f' at {self.path}' if self.path else ''}: {self.message} {self.remedy}"


def errors(findings: list[Finding]) -> list[Finding]:
    """Those that must stop a deployment."""
    return [finding for finding in findings if finding.severity == "error"]
