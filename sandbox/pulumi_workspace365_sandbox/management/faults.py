"""Faults: each one has a name and is for calls of an operation, the next n of them or every one. What they do is the servers' affair."""

import time
from collections.abc import Callable, Iterator
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, PositiveInt, TypeAdapter

Moment = Literal["before", "after"]


class Fault(BaseModel):
    """What every fault has."""

    model_config = ConfigDict(extra="forbid")
    fault: str
    times: PositiveInt | None = Field(default=None, description="the next n matching calls; None: every call")
    skip: NonNegativeInt = Field(default=0, description="so many matching calls pass untouched first")
    lasts: NonNegativeInt | None = Field(default=None, description="milliseconds from when it is set; None: until removed")


_Fault = TypeVar("_Fault", bound=Fault)


class FaultSet(Generic[_Fault]):
    """The faults that are set, in the order they were set: the first that fits a call is the one it gets."""

    def __init__(self, adapter: TypeAdapter[_Fault]) -> None:
        self.adapter = adapter
        self._set: dict[int, _Fault] = {}
        self._ends: dict[int, float] = {}
        self._number = 0

    def add(self, fault: _Fault) -> int:
        self._number += 1
        self._set[self._number] = fault
        if fault.lasts is not None:
            self._ends[self._number] = time.monotonic() + fault.lasts / 1000
        return self._number

    def remove(self, number: int) -> bool:
        return self._set.pop(number, None) is not None

    def clear(self) -> None:
        self._set.clear()

    def listed(self) -> list[dict[str, Any]]:
        self._expire()
        return [{"number": number, **fault.model_dump()} for number, fault in self._set.items()]

    def used(self, fits: Callable[[_Fault], bool]) -> Iterator[_Fault]:
        """The faults for one call, counted down; each is asked about when the one before it has been taken."""
        self._expire()
        for number, fault in list(self._set.items()):
            if fits(fault) and self._use(number, fault):
                yield fault

    def _expire(self) -> None:
        for number in [number for number, end in self._ends.items() if end <= time.monotonic()]:
            del self._ends[number]
            self._set.pop(number, None)

    def _use(self, number: int, fault: _Fault) -> bool:
        """Count one call; True when the fault is for it."""
        if fault.skip:
            fault.skip -= 1
            return False
        if fault.times is not None:
            fault.times -= 1
            if fault.times == 0:
                del self._set[number]
        return True
