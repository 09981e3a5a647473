"""The faults: each one has a name and is addressable to an operation, an environment, the next n calls or every call.

Two kinds. An *answer fault* takes the place of the honest answer, `when` "before" anything is done or "after" the operation
was carried out (only if it succeeded). A *shape* changes one thing about an otherwise honest call.
"""

from typing import Annotated, Any, Literal, get_args

from pydantic import Field, NonNegativeInt, PositiveInt, TypeAdapter

from pulumi_workspace365_sandbox.management import faults
from pulumi_workspace365_sandbox.management.faults import Moment
from pulumi_workspace365_sandbox.workspace365.records import Operation

Stage = Literal["before", "shape", "after"]
Form = Literal["array", "object", "string", "text", "html", "empty"]


class Fault(faults.Fault):
    """Which calls a fault is for. `environment`: the name in the path, for a create the wanted name; case matters not."""

    operation: Operation | None = None
    environment: str | None = None

    @property
    def stage(self) -> Stage:
        """When the fault is looked for: on arrival, with the operation, or once that was carried out."""
        return "shape"

    @property
    def kind(self) -> str:
        """A call gets at most one fault of each kind; the others wait for the next call."""
        return self.fault

    def matches(self, operation: Operation | None, environment: str | None) -> bool:
        right_operation = self.operation in {None, operation}
        return right_operation and (self.environment is None or self.environment.casefold() == (environment or "").casefold())


class ResponseFault(Fault):
    when: Moment = "before"

    @property
    def stage(self) -> Stage:
        return self.when

    @property
    def kind(self) -> str:
        return "answer"


class Status(ResponseFault):
    """An error status. `form`: of the body; `retry_after` in seconds, sent as a number or as a date."""

    fault: Literal["status"] = "status"
    status: int = Field(ge=200, le=599)
    form: Form = "empty"
    text: str = "The value is not valid."
    members: list[str] = Field(default=["EnvironmentName"])
    retry_after: NonNegativeInt | None = None
    retry_after_form: Literal["seconds", "date"] = "seconds"


class Reset(ResponseFault):
    """The connection is reset (RST) without an answer."""

    fault: Literal["reset"] = "reset"


class Close(ResponseFault):
    """The connection is closed in good order (FIN) without an answer."""

    fault: Literal["close"] = "close"


class Truncate(ResponseFault):
    """The connection ends in the middle of the answer's body; `size` bytes of it are sent, None: half."""

    fault: Literal["truncate"] = "truncate"
    size: NonNegativeInt | None = None


class Trickle(ResponseFault):
    """The honest answer, one byte every `ms` milliseconds: no pause is long, the whole is."""

    fault: Literal["trickle"] = "trickle"
    when: Literal["after"] = "after"
    ms: PositiveInt = 100


class Hang(ResponseFault):
    """No answer until the client leaves, or for `seconds`; then the connection is closed."""

    fault: Literal["hang"] = "hang"
    seconds: float | None = None


class Redirect(ResponseFault):
    """A redirect to the same path on another host; `location` is that host's base URL."""

    fault: Literal["redirect"] = "redirect"
    location: str
    status: Literal[301, 302, 303, 307, 308] = 301


class Html(ResponseFault):
    """A login page."""

    fault: Literal["html"] = "html"
    status: int = 200


class WrongJson(ResponseFault):
    """Status 200 with JSON that is not what the operation answers, or no JSON at all (`broken`)."""

    fault: Literal["wrong_json"] = "wrong_json"
    form: Literal["object", "array", "null", "number", "string", "broken"] = "object"


class Encoded(ResponseFault):
    """The right answer, compressed with `coding` although the client did not accept it; with `br` and `zstd` the name is wrong."""

    fault: Literal["encoded"] = "encoded"
    when: Literal["after"] = "after"
    coding: Literal["gzip", "deflate", "br", "zstd", "gzip, gzip"] = "gzip"


class Interim(ResponseFault):
    """100 Continue again and again, every `ms` milliseconds, until the client leaves."""

    fault: Literal["interim"] = "interim"
    ms: PositiveInt = 20


class HugeBody(ResponseFault):
    """Status 200 and a JSON string of `size` bytes, streamed."""

    fault: Literal["huge_body"] = "huge_body"
    size: PositiveInt = 64 * 1024 * 1024


class Latency(Fault):
    """`ms` milliseconds pass before the operation is carried out, or after it and before the answer."""

    fault: Literal["latency"] = "latency"
    when: Moment = "before"
    ms: NonNegativeInt

    @property
    def stage(self) -> Stage:
        return self.when


class EmptyList(Fault):
    """The list is empty."""

    fault: Literal["empty_list"] = "empty_list"
    operation: Literal["listEnvironments"] = "listEnvironments"


class TruncatedList(Fault):
    """The list holds its first `keep` entries only."""

    fault: Literal["truncated_list"] = "truncated_list"
    operation: Literal["listEnvironments"] = "listEnvironments"
    keep: NonNegativeInt


class CreationDate(Fault):
    """The list gives `creationDate` otherwise.

    Left out, null, `/Date(ms)/`, day only, with the hour of another time zone; seconds since 1970, RFC 1123, UTC without saying
    so, the hour of another zone without saying so or as if it were UTC, or a text that is no date.
    """

    fault: Literal["creation_date"] = "creation_date"
    operation: Literal["listEnvironments"] = "listEnvironments"
    form: Literal["absent", "null", "dotnet", "day", "zone", "unix", "rfc1123", "unzoned", "local", "mislabelled", "unreadable"]


class BadEntry(Fault):
    """One entry of the list is spoiled, as `form` says: that of the environment `of`, or one more where `of` is left out."""

    fault: Literal["bad_entry"] = "bad_entry"
    operation: Literal["listEnvironments"] = "listEnvironments"
    form: Literal["empty", "null", "number", "absent", "dots", "long", "active", "date", "twice", "text", "nothing"] = "null"
    of: str | None = None


class UnknownFields(Fault):
    """Every object of the answer carries a field that no page documents."""

    fault: Literal["unknown_fields"] = "unknown_fields"


class TemporaryPassword(Fault):
    """The answer to a create tells this JSON value as the temporary password."""

    fault: Literal["temporary_password"] = "temporary_password"
    operation: Literal["createEnvironment"] = "createEnvironment"
    value: Any


class Late(Fault):
    """A create or delete shows in the list only after `calls` further lists, and not before `ms` milliseconds."""

    fault: Literal["late"] = "late"
    operation: Literal["createEnvironment", "deleteEnvironment"] = "createEnvironment"
    calls: NonNegativeInt = 0
    ms: NonNegativeInt = 0


class Outage(Fault):
    """Once the operation was carried out, the operation `of` answers `status` to `calls` calls, or for `ms` milliseconds.

    Whichever ends first; with neither it lasts until the faults are cleared. What is answered to the call itself is another fault's.
    """

    fault: Literal["outage"] = "outage"
    operation: Operation = "createEnvironment"
    of: Operation = "listEnvironments"
    status: int = Field(default=503, ge=400, le=599)
    calls: PositiveInt | None = None
    ms: PositiveInt | None = None

    def status_fault(self) -> Status:
        """The fault that it sets."""
        return Status(operation=self.of, status=self.status, times=self.calls, lasts=self.ms)


class Health(Fault):
    """What the health call answers: status by component (any text), the overall one and the HTTP status."""

    fault: Literal["health"] = "health"
    operation: Literal["getHealth"] = "getHealth"
    components: dict[str, str] = Field(default={})
    overall: str | None = Field(default=None, description="None: OK when every component is OK or NOT_APPLICABLE, else FAIL")
    status: int = 200
    response_time: str | None = None


Answering = Status | Reset | Close | Truncate | Trickle | Hang | Redirect | Html | WrongJson | Encoded | Interim | HugeBody
Shaping = (
    Latency | EmptyList | TruncatedList | CreationDate | BadEntry | UnknownFields | TemporaryPassword | Late | Outage | Health
)
AnyFault = Answering | Shaping
FAULT: TypeAdapter[AnyFault] = TypeAdapter(Annotated[AnyFault, Field(discriminator="fault")])
FAULTS: dict[str, type[Fault]] = {kind.model_fields["fault"].default: kind for kind in get_args(AnyFault)}


class Faults(faults.FaultSet[AnyFault]):
    """Those of the API: a call gets the first of each kind."""

    def __init__(self) -> None:
        super().__init__(FAULT)

    def take(self, stage: Stage, operation: Operation | None, environment: str | None) -> list[AnyFault]:
        """The faults of one call at this stage, counted down, at most one of each kind."""
        by_kind: dict[str, AnyFault] = {}

        def fits(fault: AnyFault) -> bool:
            return fault.stage == stage and fault.kind not in by_kind and fault.matches(operation, environment)

        for fault in self.used(fits):
            by_kind[fault.kind] = fault
        return list(by_kind.values())
