"""The faults of the Resource Manager, the login and Key Vault: each one has a name and is for an operation, the next n calls or every call."""

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, NonNegativeInt, PositiveInt, TypeAdapter

from pulumi_workspace365_sandbox.management import faults
from pulumi_workspace365_sandbox.management.faults import Moment

RetryAfterForm = Literal["seconds", "date", "text"]
CHECK = "service/connectivityCheck"
"""The operation of a connectivity check: `POST` starts it, `POLL` asks for its result."""


class Fault(faults.Fault):
    """Which calls a fault is for: `operation` is a method, a kind, or both, as `PUT apis` or `apis/operations/policies`."""

    operation: str | None = None
    when: Moment = "before"

    def matches(self, operation: str) -> bool:
        return self.operation is None or self.operation in {operation, *operation.split(" ", 1)}


class Status(Fault):
    """An ARM error; with `retry_after` also that header. `html`: a proxy's page in its place."""

    fault: Literal["status"] = "status"
    status: int = Field(ge=200, le=599)
    code: str = "InternalServerError"
    message: str = "An error has occurred. Please try again later."
    target: str | None = None
    details: list[dict[str, Any]] = Field(default=[])
    retry_after: NonNegativeInt | None = None
    retry_after_form: RetryAfterForm = "seconds"
    html: bool = False


class Reset(Fault):
    """The connection is reset without an answer."""

    fault: Literal["reset"] = "reset"


class Hang(Fault):
    """No answer until the client leaves, or for `seconds`; then the connection is reset."""

    fault: Literal["hang"] = "hang"
    seconds: NonNegativeFloat | None = None


class Latency(Fault):
    fault: Literal["latency"] = "latency"
    ms: NonNegativeInt


class OperationFails(Fault):
    """A long-running operation is accepted and ends as failed; what it did is undone."""

    fault: Literal["operation_fails"] = "operation_fails"
    code: str = "InternalServerError"
    message: str = "The operation failed."


class CheckIssue(BaseModel):
    """An issue of a hop. `hop`: its type, by default where the service meets such an issue; a hop that is missing is added."""

    model_config = ConfigDict(extra="forbid")
    type: str = "NetworkSecurityRule"
    origin: str = "Outbound"
    severity: str = "Error"
    context: dict[str, str] = Field(default={})
    hop: str | None = None


class CheckResult(Fault):
    """What a connectivity check finds; nothing is probed. What is left out follows from the rest; any text is a status."""

    fault: Literal["check_result"] = "check_result"
    operation: str | None = f"POST {CHECK}"
    status: str | None = Field(default=None, description="None: Connected, Degraded by warnings, Disconnected by an error")
    issues: list[CheckIssue] = Field(default=[])
    latencies: list[int] | None = Field(default=None, description="milliseconds of the probes that passed")
    probes_sent: NonNegativeInt = 10
    probes_failed: NonNegativeInt | None = None
    members: dict[str, Any] = Field(default={}, description="members of the answer that win; null leaves one out")


class CheckRun(Fault):
    """How the long-running operation of a connectivity check goes on. `seconds`: how long it takes at least."""

    fault: Literal["check_run"] = "check_run"
    operation: str | None = f"POST {CHECK}"
    at_once: bool = Field(default=False, description="200 with the result, in place of 202")
    polls: NonNegativeInt = Field(default=0, description="how often it answers 202 to a poll")
    endless: bool = False
    seconds: NonNegativeFloat = 0
    retry_after: NonNegativeInt | None = None
    retry_after_form: RetryAfterForm = "seconds"
    location: Literal["right", "missing", "relative", "plain", "other_host"] = Field(
        default="right", description="plain: http; other_host: the same path at `host`"
    )
    host: str = "https://management.example.com"


class CheckBody(Fault):
    """The result of a connectivity check is malformed; `size` in bytes, of a huge one."""

    fault: Literal["check_body"] = "check_body"
    operation: str | None = f"POST {CHECK}"
    form: Literal["nothing", "html", "huge", "deep", "broken", "null", "array", "string", "number", "empty", "no_status",
                  "wrong_types", "cycle", "dangling", "twins", "another"] = "nothing"  # fmt: skip
    size: PositiveInt = 64 * 1024 * 1024


class SecretBody(Fault):
    """Key Vault answers with another body: `members` as JSON, or what is none; `size` in bytes, of a huge one."""

    fault: Literal["secret_body"] = "secret_body"
    operation: str | None = "GET secrets"
    form: Literal["members", "html", "huge", "deep"] = "members"
    members: dict[str, Any] = Field(default={})
    size: PositiveInt = 64 * 1024 * 1024


AnyFault = Status | Reset | Hang | Latency | OperationFails | CheckResult | CheckRun | CheckBody | SecretBody
FAULT: TypeAdapter[AnyFault] = TypeAdapter(Annotated[AnyFault, Field(discriminator="fault")])
_OF_CHECKS = (CheckResult, CheckRun, CheckBody)
_Kind = TypeVar("_Kind", CheckResult, CheckRun, CheckBody)


class Faults(faults.FaultSet[AnyFault]):
    """Those of the Resource Manager: a call gets the first that matches it."""

    def __init__(self) -> None:
        super().__init__(FAULT)

    def take(self, moment: Moment, operation: str) -> AnyFault | None:
        """The fault of one call at this moment, counted down."""

        def fits(fault: AnyFault) -> bool:
            return fault.when == moment and fault.matches(operation) and not isinstance(fault, _OF_CHECKS)

        return next(self.used(fits), None)

    def of_check(self, kind: type[_Kind], operation: str) -> _Kind | None:
        """The fault of a kind for one connectivity check, counted down."""
        taken_fault = next(self.used(lambda fault: isinstance(fault, kind) and fault.matches(operation)), None)
        return taken_fault if isinstance(taken_fault, kind) else None
