"""Whether a result is good enough, and why not: a pure function of the answer's body and of what is required.

The state of the long-running operation plays no part: an operation that succeeded has, more often than not, found a backend that is down.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

from pulumi_dynamic_host import redaction, safe_text
from pulumi_workspace365.apim import remedies
from pulumi_workspace365.apim.models import ConnectivityResult, Hop, Issue, destination

Require = Literal["connected", "degraded", "report"]

_CONNECTED = frozenset({"connected", "reachable"})
_DEGRADED = frozenset({"degraded"})
_KNOWN_FAILURES = frozenset({"disconnected", "unreachable", "unknown"})
_LONGEST_TEXT, _LONGEST_READ = 200, 10_000
_MOST_HOPS = 20


class Requirements(Protocol):
    """The requirements of a check, and its backend."""

    @property
    def address(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def require(self) -> Require: ...
    @property
    def max_average_latency_ms(self) -> float | None: ...


@dataclass(frozen=True)
class Evaluation:
    """The verdict in words. All texts are single lines; ``remedies`` name the backend and the port."""

    passed: bool
    """Whether the requirement is met. With ``require="report"`` always: nothing is required."""
    summary: str
    """Status, probes and latencies, in one sentence."""
    problems: tuple[str, ...] = ()
    """What is wrong, first of all why it did not pass, then each issue of each hop. A check that passed may have some too."""
    remedies: tuple[str, ...] = ()
    """Likely causes, and what to do."""
    is_explained: bool = True
    """Whether the service reported a result; it did not if the status is Unknown, no probe failed and no hop has an issue."""

    @property
    def text(self) -> str:
        """All of it in one line."""
        start = f"{self.summary}: {'; '.join(self.problems)}." if self.problems else f"{self.summary}."
        return " ".join([start, *(f"{remedy}." for remedy in self.remedies)])


def evaluate(result: ConnectivityResult, required: Requirements) -> Evaluation:
    """The judgement on the result of a check."""
    return evaluate_result(
        result,
        require=required.require,
        max_average_latency_ms=required.max_average_latency_ms,
        address=required.address,
        port=required.port,
    )


def evaluate_result(
    result: ConnectivityResult,
    *,
    require: Require = "connected",
    max_average_latency_ms: float | None = None,
    address: str,
    port: int,
) -> Evaluation:
    """Judge a result.

    Args:
        result: what the service answered.
        require: ``connected``; ``degraded`` if part of the probes may fail; ``report`` to require nothing.
        max_average_latency_ms: the highest average latency, in milliseconds, that is good enough.
        address: of the backend, for the texts.
        port: of the backend, for the texts.
    """
    backend = _sanitised(destination(address, port))
    reasons = [*_status_problems(result, require, backend), *_latency_problems(result, max_average_latency_ms)]
    issues = [(hop, issue) for hop in in_path_order(result.hops)[:_MOST_HOPS] for issue in hop.issues[:_MOST_HOPS]]
    failed = bool(reasons)
    advice = [
        remedy.format(backend=backend, port=port) for remedy in _advice(result, [issue for _, issue in issues], failed=failed)
    ]
    return Evaluation(
        passed=not failed or require == "report",
        summary=summary(result, backend),
        problems=tuple(dict.fromkeys([*reasons, *(_issue_text(hop, issue) for hop, issue in issues), *_omitted(result.hops)])),
        remedies=tuple(dict.fromkeys(advice)),
        is_explained=not _is_untold(result),
    )


def summary(result: ConnectivityResult, backend: str) -> str:
    """The figures in one sentence, such as ``chat.example.com:443 is Connected (3 probes, none failed; latency 1 ms, 1 to 4 ms)``."""
    figures = "; ".join(part for part in (_probes(result), _latency(result)) if part)
    return f"{backend} is {_sanitised(result.connection_status)}" + (f" ({figures})" if figures else "")


def in_path_order(hops: tuple[Hop, ...]) -> tuple[Hop, ...]:
    """The hops in the order in which packets pass them, each once, whatever graph they form.

    It starts at hops of type Source (else at the first one) and goes breadth first; hops that nothing leads to come last.
    """
    by_id: dict[str, Hop] = {}
    for hop in hops:
        by_id.setdefault(hop.id, hop)
    queue = [hop for hop in hops if hop.type.casefold() == "source"] or list(hops[:1])
    visited, found = {id(hop) for hop in queue}, list(queue)
    for hop in found:  # grows while it is read
        following = (by_id[next_id] for next_id in hop.next_hop_ids if next_id in by_id)
        for following_hop in following:
            if id(following_hop) not in visited:
                visited.add(id(following_hop))
                found.append(following_hop)
    return (*found, *(hop for hop in hops if id(hop) not in visited))


def _status_problems(result: ConnectivityResult, require: Require, backend: str) -> Iterator[str]:
    status, shown = result.connection_status.strip().casefold(), _sanitised(result.connection_status)
    if status in _DEGRADED:
        if require == "connected":
            yield f"{backend} is only Degraded: part of the probes failed, and require='connected' asks for all"
    elif _is_untold(result):
        yield f"it is not known whether the gateway reaches {backend}: the status is {shown}, and no probe failed"
    elif status in _KNOWN_FAILURES:
        yield f"the gateway does not reach {backend}"
    elif status not in _CONNECTED:
        yield f"the status {shown!r} of {backend} is not one that is known to be good"
    if (status in _CONNECTED or status in _DEGRADED) and _all_failed(result):
        yield f"the status is {shown}, but all {result.probes_sent} probes failed"


def _latency_problems(result: ConnectivityResult, limit: float | None) -> Iterator[str]:
    if limit is None:
        return
    if result.average_latency_ms is None:
        yield f"the answer holds no average latency to hold against max_average_latency_ms={limit:g}"
    elif result.average_latency_ms > limit:
        yield f"the average latency of {result.average_latency_ms:g} ms is above max_average_latency_ms={limit:g}"


def _advice(result: ConnectivityResult, issues: list[Issue], *, failed: bool) -> Iterator[str]:
    for issue in issues:
        yield _advised(remedies.for_issue(issue))
    if not failed or issues:
        return
    status = result.connection_status.strip().casefold()
    if _is_untold(result):
        yield _advised(remedies.UNTOLD)
    elif status in _DEGRADED:
        yield _advised(remedies.LOSSY)
    elif status in _CONNECTED and not _all_failed(result):
        yield _advised(remedies.SLOW)
    else:
        yield _advised(remedies.SILENT)


def _is_untold(result: ConnectivityResult) -> bool:
    status = result.connection_status.strip().casefold()
    return status == "unknown" and not result.probes_failed and not any(hop.issues for hop in result.hops)


def _all_failed(result: ConnectivityResult) -> bool:
    return bool(result.probes_sent) and (result.probes_failed or 0) >= (result.probes_sent or 0)


def _advised(remedy: remedies.Remedy) -> str:
    return f"Likely cause: {remedy.cause}. What to do: {remedy.action}"


def _probes(result: ConnectivityResult) -> str:
    if result.probes_sent is None:
        return ""
    failed = "none" if not result.probes_failed else str(result.probes_failed)
    return f"{result.probes_sent} probes, {failed} failed"


def _latency(result: ConnectivityResult) -> str:
    if result.average_latency_ms is None:
        return ""
    least, most = result.minimum_latency_ms, result.maximum_latency_ms
    between = f", {least:g} to {most:g} ms" if least is not None and most is not None else ""
    return f"average latency {result.average_latency_ms:g} ms{between}"


def _issue_text(hop: Hop, issue: Issue) -> str:
    where = " ".join(_sanitised(part) for part in (hop.type, hop.address or hop.id) if part) or "a hop without a name"
    kind = " ".join(_sanitised(part) for part in (issue.origin.lower(), issue.severity.lower()) if part)
    context = ", ".join(_pair(entry) for entry in issue.context[:5])
    return (
        f"hop {where}: {_sanitised(issue.type) or 'Unknown'}"
        + (f" ({kind})" if kind else "")
        + (f" [{context}]" if context else "")
    )


def _pair(entry: dict[str, str]) -> str:
    """Network Watcher's form of context is ``{"key": …, "value": …}``."""
    folded = {name.casefold(): value for name, value in entry.items()}
    if folded.keys() == {"key", "value"}:
        entry = {folded["key"]: folded["value"]}
    return _sanitised(", ".join(f"{name}={value}" for name, value in list(entry.items())[:5]))


def _omitted(hops: tuple[Hop, ...]) -> Iterator[str]:
    left = in_path_order(hops)[_MOST_HOPS:]
    if more := sum(bool(hop.issues) for hop in left):
        yield f"{more} further hops have issues"


def _sanitised(text: str) -> str:
    line = safe_text.one_line(redaction.redact(text[:_LONGEST_READ], is_cut=len(text) > _LONGEST_READ))
    return line if len(line) <= _LONGEST_TEXT else line[:_LONGEST_TEXT] + " …"
