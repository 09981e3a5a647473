"""The response to each call: status, content type, shape and time. Never a value of a response."""

import re
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from pulumi_workspace365.api.transport import HttpExchange
from pulumi_workspace365_cli.conformance import response_shapes

_OPERATIONS = tuple(
    (re.compile(pattern), operation)
    for pattern, operation in (
        (r"POST /Provisioning/Environment/", "create"),
        (r"GET /Provisioning/Environment/", "list"),
        (r"PUT /Provisioning/Environment/[^/]+/Activate/", "activate"),
        (r"PUT /Provisioning/Environment/[^/]+/Deactivate/", "deactivate"),
        (r"DELETE /Provisioning/Environment/[^/]+/", "delete"),
        (r"GET /Provisioning/Environment/[^/]+/Export/", "export"),
        (r"PUT /Provisioning/Environment/[^/]+/Import/", "import"),
        (r"GET /Provisioning/[^/]+/Licensing/", "licensing"),
        (r"PUT /Provisioning/[^/]+/SingleSignOnSettings/OAuth2/", "sign-on"),
        (r"PUT /Provisioning/[^/]+/ExchangeSettings/", "Exchange"),
        (r"PUT /Provisioning/[^/]+/SharePointSettings/", "SharePoint"),
        (r"GET /api/health", "health"),
    )
)
_LONGEST_DATE = 64
_LIMIT_HEADER = re.compile(r"(x-)?(ms-)?rate-?limit[a-z-]{0,30}|retry-after", re.IGNORECASE)


@dataclass(frozen=True)
class ObservedResponse:
    """One response, without its content. ``skew`` is how far the server's clock is ahead, by the ``Date`` header, which has whole seconds."""

    operation: str
    version: str
    status: int
    content_type: str
    shape: str
    size: int
    seconds: float
    skew: timedelta | None
    limits: tuple[str, ...]

    @property
    def is_throttled(self) -> bool:
        """Whether the server requests fewer or later calls."""
        return self.status == 429 or "retry-after" in self.limits

    @property
    def description(self) -> str:
        """The response in words."""
        kind = f", {self.content_type}" if self.content_type else ""
        return f"HTTP {self.status}{kind}, {self.shape}"


@dataclass(frozen=True)
class OperationSummary:
    """The responses to one operation: each distinct one once, and the times in seconds."""

    name: str
    answers: tuple[str, ...]
    calls: int
    median: float
    slowest: float


class Observations:
    """The responses of one run."""

    def __init__(self) -> None:
        self.responses: list[ObservedResponse] = []

    def record(self, exchange: HttpExchange) -> None:
        """Record a response. For ``Client(observe=…)``. Never raises, because the response to a create must still be recorded."""
        try:
            self.responses.append(_observed_response(exchange))
        except Exception:  # noqa: BLE001  a response must not be lost because it cannot be described
            self.responses.append(
                ObservedResponse("other", "", exchange.status, "", "not described", 0, exchange.seconds, None, ())
            )

    def last(self, operation: str) -> ObservedResponse | None:
        """The last response to an operation."""
        return next((response for response in reversed(self.responses) if response.operation == operation), None)

    def operations(self) -> Iterator[OperationSummary]:
        """A summary of each operation, in the order of the first calls."""
        for name in dict.fromkeys(f"{response.operation} {response.version}".strip() for response in self.responses):
            responses = [response for response in self.responses if f"{response.operation} {response.version}".strip() == name]
            times = [response.seconds for response in responses]
            descriptions = tuple(dict.fromkeys(_without_lengths(response.description) for response in responses))
            yield OperationSummary(name, descriptions, len(responses), round(statistics.median(times), 4), round(max(times), 4))

    @property
    def skew(self) -> timedelta | None:
        """How far the instance's clock is ahead of this machine's, by the dates of its responses."""
        skews = [response.skew for response in self.responses if response.skew is not None]
        return statistics.median_low(skews) if skews else None

    @property
    def slowest(self) -> ObservedResponse | None:
        """The response that took the longest; None without responses."""
        return max(self.responses, key=lambda response: response.seconds, default=None)

    def matching(self, predicate: Callable[[ObservedResponse], bool]) -> list[ObservedResponse]:
        """The responses for which the predicate is true."""
        return [response for response in self.responses if predicate(response)]


def _observed_response(exchange: HttpExchange) -> ObservedResponse:
    line = f"{exchange.request.method} {exchange.request.path}"
    operation = next((name for pattern, name in _OPERATIONS if pattern.fullmatch(line)), "other")
    limits = tuple(sorted({name.lower() for name in exchange.headers if _LIMIT_HEADER.fullmatch(name)}))
    kind = exchange.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    version = exchange.request.query.get("version", "") if operation == "licensing" else ""
    return ObservedResponse(
        operation,
        version,
        exchange.status,
        kind if re.fullmatch(r"[a-z0-9.+/-]{1,60}", kind) else "",
        response_shapes.describe_shape(exchange.body),
        len(exchange.body),
        exchange.seconds,
        _skew(exchange),
        limits,
    )


def _skew(exchange: HttpExchange) -> timedelta | None:
    context = datetime.now(UTC) - timedelta(seconds=exchange.seconds / 2)
    try:
        there = parsedate_to_datetime(exchange.headers.get("Date", "")[:_LONGEST_DATE])
        return (there if there.tzinfo else there.replace(tzinfo=UTC)) + timedelta(seconds=0.5) - context
    except (ValueError, TypeError, OverflowError, IndexError):  # servers write zones and years that no calendar has
        return None


def _without_lengths(description: str) -> str:
    return re.sub(r"\[\d+ of", "[n of", description)
