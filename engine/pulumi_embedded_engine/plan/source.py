"""The program's registrations and reads, in order, and their end."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from pulumi_embedded_engine.errors import EngineError
from pulumi_embedded_engine.plan.goal import Outputs, Read, Registration
from pulumi_embedded_engine.plan.steps import Step

Answer = TypeVar("Answer")


class Closed(EngineError):
    """The operation is over: the program gets no more answers."""


@dataclass(frozen=True)
class Finished:
    """The program has registered everything, or ended early; then `error` is the reason."""

    error: EngineError | None = None


@dataclass(frozen=True)
class Refused:
    """A request of the program stops the operation."""

    error: EngineError
    urn: str = ""


@dataclass(frozen=True)
class Found:
    """A refresh or an import within the program is through: the rest can be planned."""

    plan: Callable[[], Awaitable[list[Step]]]
    urn: str


Event = Registration | Read | Outputs | Finished | Refused | Found


class Source:
    """The queue between the program's requests and the deployment."""

    def __init__(self) -> None:
        self.events: asyncio.Queue[Event] = asyncio.Queue()
        self._closed = asyncio.Event()

    def put(self, event: Event) -> None:
        """Hand an event to the deployment without waiting for an answer."""
        self.events.put_nowait(event)

    def close(self) -> None:
        """Let everyone who waits for an answer go."""
        self._closed.set()

    async def ask(self, event: Event, outcome: "asyncio.Future[Answer]") -> Answer:
        """Hand an event to the deployment and wait for its answer.

        Raises:
            Closed: the operation ended first.
        """
        self.put(event)
        await self.wait_or_closed(outcome)
        return outcome.result()

    async def wait_or_closed(self, outcome: "asyncio.Future[Answer]") -> None:
        """Wait for an answer, or for the end of the operation."""
        closed: asyncio.Future[Any] = asyncio.ensure_future(self._closed.wait())
        waiting: list[asyncio.Future[Any]] = [outcome, closed]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            closed.cancel()
        if not outcome.done():
            raise Closed("resource monitor shut down while waiting on step's done channel")

    async def closed(self) -> None:
        """Wait for the end of the operation."""
        await self._closed.wait()
