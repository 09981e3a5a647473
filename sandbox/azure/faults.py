"""The faults of the Resource Manager and the login: each one named knob, for an operation, the next n calls or every call."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, PositiveInt, TypeAdapter

Moment = Literal["before", "after"]


class Fault(BaseModel):
    """Which calls a fault is for: `operation` is a method, a kind, or both, as `PUT apis` or `apis/operations/policies`."""

    model_config = ConfigDict(extra="forbid")
    fault: str
    operation: str | None = None
    times: PositiveInt | None = Field(default=None, description="the next n matching calls; None: every call")
    when: Moment = "before"

    def matches(self, operation: str) -> bool:
        return self.operation is None or self.operation in {operation, *operation.split(" ", 1)}


class Status(Fault):
    """An ARM error; with `retry_after` also that header. `html`: a proxy's page in its place."""

    fault: Literal["status"] = "status"
    status: int = Field(ge=200, le=599)
    code: str = "InternalServerError"
    message: str = "An error has occurred. Please try again later."
    retry_after: NonNegativeInt | None = None
    html: bool = False


class Reset(Fault):
    """The connection is reset without an answer."""

    fault: Literal["reset"] = "reset"


class Latency(Fault):
    fault: Literal["latency"] = "latency"
    ms: NonNegativeInt


class OperationFails(Fault):
    """A long-running operation is accepted and ends as failed; what it did is undone."""

    fault: Literal["operation_fails"] = "operation_fails"
    code: str = "InternalServerError"
    message: str = "The operation failed."


AnyFault = Status | Reset | Latency | OperationFails
FAULT: TypeAdapter[AnyFault] = TypeAdapter(Annotated[AnyFault, Field(discriminator="fault")])


class Faults:
    """The faults that are set, in the order they were set: the first that matches a call is the one it gets."""

    def __init__(self) -> None:
        self._set: dict[int, AnyFault] = {}
        self._number = 0

    def add(self, fault: AnyFault) -> int:
        self._number += 1
        self._set[self._number] = fault
        return self._number

    def clear(self) -> None:
        self._set.clear()

    def listed(self) -> list[dict[str, Any]]:
        return [{"number": number, **fault.model_dump()} for number, fault in self._set.items()]

    def take(self, moment: Moment, operation: str) -> AnyFault | None:
        """The fault of one call at this moment, counted down."""
        for number, fault in list(self._set.items()):
            if fault.when == moment and fault.matches(operation):
                self._use(number, fault)
                return fault
        return None

    def _use(self, number: int, fault: AnyFault) -> None:
        if fault.times is None:
            return
        fault.times -= 1
        if fault.times == 0:
            del self._set[number]
