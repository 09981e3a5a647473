"""Fault injection: a layer between a deployment and its providers that makes calls fail, loses answers or kills the engine."""

import asyncio
import functools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal, Self, TypeVar, cast, get_args

from pulumi_embedded_engine.plan.provider import Provider, ProviderError, Providers
from pulumi_embedded_engine.resource import urn as urns
from pulumi_embedded_engine.testing.results import ExpectationFailed

_T = TypeVar("_T")

Operation = Literal["create", "read", "update", "delete"]
Kind = Literal["fail", "lose", "kill", "kill-after"]
_WORDS = {"fail": "a failure", "lose": "a lost answer", "kill": "a kill before", "kill-after": "a kill after"}


@dataclass
class Fault:
    """A fault in calls of one kind about resources of one name. As a context, it ends with it.

    Args:
        operation: create, read, update or delete.
        name: the resource's name in the program.
        kind: `fail` (the provider is not called), `lose` (the call succeeds, but its response is lost), `kill` and `kill-after` (the engine ends
            before or after the provider did it).
        message: the error message of the provider.
        times: how often it happens; None for always.
        hits: how often it happened.
    """

    operation: Operation
    name: str
    kind: Kind
    message: str
    times: int | None
    hits: int = 0
    lifted: bool = False

    def __post_init__(self) -> None:
        if self.operation not in get_args(Operation):
            raise ValueError(f"operation must be one of {', '.join(get_args(Operation))}, not {self.operation!r}")
        if self.times is not None and self.times < 1:
            raise ValueError(f"times must be a positive number, or None for always, not {self.times!r}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        self.lifted = True
        if kind is None:
            self.check()

    def meets(self, operation: str, urn: str) -> bool:
        """Whether it applies to this call."""
        due = not self.lifted and (self.times is None or self.hits < self.times)
        return due and operation == self.operation and urns.name_of(urn) == self.name

    def check(self) -> None:
        """Fail if it never happened: the test would show nothing.

        Raises:
            ExpectationFailed: it did not happen.
        """
        if not self.hits:
            raise ExpectationFailed(
                f"{_WORDS[self.kind]} of {self.operation} '{self.name}' was injected, but no operation called that {self.operation}: "
                "is the name the one in the program, and did anything change that needs the call?"
            )


class Faults:
    """All faults of a stack; stands around the providers (`plan.provider.Providers`) of each operation."""

    def __init__(self, terminate: Callable[[], None]) -> None:
        self.all: list[Fault] = []
        self._terminate = terminate

    def add(self, fault: Fault) -> Fault:
        """Add a fault; returns it."""
        self.all.append(fault)
        return fault

    def wrap(self, providers: Providers) -> Providers:
        """The providers with these faults, for one operation."""
        return cast("Providers", _Providers(providers, self))

    async def call(self, operation: str, urn: str, send: Callable[[], Awaitable[_T]]) -> _T:
        """Make a call, or what faults make of it."""
        fault = next((fault for fault in self.all if fault.meets(operation, urn)), None)
        if fault is None:
            return await send()
        fault.hits += 1
        if fault.kind == "fail":
            raise ProviderError(fault.message)
        if fault.kind != "kill":
            await send()
        if fault.kind == "lose":
            raise ProviderError(fault.message, unclear=True)
        self._terminate()
        return await asyncio.Future()  # cancelled with everything else


class _Providers:
    """Providers whose calls faults may meet."""

    def __init__(self, providers: Providers, faults: Faults) -> None:
        self._providers, self._faults = providers, faults

    def __getattr__(self, name: str) -> Any:
        return getattr(self._providers, name)

    def find(self, reference: str) -> Provider | None:
        found = self._providers.find(reference)
        return None if found is None else cast("Provider", _Provider(found, self._faults))


class _Provider:
    """A provider whose calls faults may meet, but for previews."""

    def __init__(self, provider: Provider, faults: Faults) -> None:
        self._provider, self._faults = provider, faults

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._provider, name)
        return functools.partial(self._call, name, method) if name in get_args(Operation) else method

    async def _call(self, operation: str, method: Callable[..., Awaitable[_T]], *given: Any, **options: Any) -> _T:
        if options.get("preview"):
            return await method(*given, **options)
        subject = given[1] if operation == "update" else given[0]
        urn = subject if isinstance(subject, str) else subject.urn
        return await self._faults.call(operation, urn, functools.partial(method, *given, **options))
