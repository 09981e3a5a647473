"""Fault injection: a layer between a deployment and its providers that makes calls fail, loses answers or kills the engine."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Self, TypeVar, get_args

from pulumi_embedded_engine.plan.provider import Checked, CheckFailure, Outcome, Provider, ProviderError, Providers
from pulumi_embedded_engine.resource import urn as urns
from pulumi_embedded_engine.resource.diffs import DiffResult
from pulumi_embedded_engine.resource.state import Resource
from pulumi_embedded_engine.resource.values import Properties
from pulumi_embedded_engine.testing.expectations import ExpectationFailed

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
        kind: `fail` (the provider is not asked), `lose` (it did it, but nobody hears), `kill` and `kill-after` (the engine ends
            before or after the provider did it).
        message: what the provider is to have said.
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
        due = not self.lifted and (self.times is None or self.hits < self.times)
        return due and operation == self.operation and urns.name_of(urn) == self.name

    def check(self) -> None:
        """Fail if it never happened: the test would show nothing.

        Raises:
            ExpectationFailed: it did not happen.
        """
        if not self.hits:
            raise ExpectationFailed(
                f"{_WORDS[self.kind]} of {self.operation} '{self.name}' was wanted, but no operation asked for that {self.operation}: "
                "is the name the one in the program, and did anything change that needs the call?"
            )


class Faults:
    """All faults of a stack; stands around the providers (`plan.provider.Providers`) of each operation."""

    def __init__(self, terminate: Callable[[], None]) -> None:
        self.all: list[Fault] = []
        self._terminate = terminate

    def add(self, fault: Fault) -> Fault:
        self.all.append(fault)
        return fault

    def around(self, providers: Providers) -> Providers:
        return _Providers(providers, self)

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
    def __init__(self, providers: Providers, faults: Faults) -> None:
        self._providers, self._faults = providers, faults

    @property
    def registry(self) -> Provider:
        return self._providers.registry

    def find(self, reference: str) -> Provider | None:
        found = self._providers.find(reference)
        return None if found is None else _Provider(found, self._faults)

    async def ensure(self, reference: str) -> None:
        await self._providers.ensure(reference)

    async def start(self, state: Resource, *, checked: bool) -> None:
        await self._providers.start(state, checked=checked)

    async def diff_config(self, reference: str, old: Resource, inputs: Properties) -> DiffResult:
        return await self._providers.diff_config(reference, old, inputs)

    def alias(self, urn: str, former: str) -> None:
        self._providers.alias(urn, former)


class _Provider:
    def __init__(self, provider: Provider, faults: Faults) -> None:
        self._provider, self._faults = provider, faults

    async def check(self, urn: str, olds: Properties, news: Properties, *, preview: bool, seed: bytes) -> Checked:
        return await self._provider.check(urn, olds, news, preview=preview, seed=seed)

    async def diff(
        self, old: Resource, inputs: Properties, *, urn: str, preview: bool, ignore_changes: Sequence[str]
    ) -> DiffResult:
        return await self._provider.diff(old, inputs, urn=urn, preview=preview, ignore_changes=ignore_changes)

    async def create(self, new: Resource, *, preview: bool) -> Outcome:
        async def send() -> Outcome:
            return await self._provider.create(new, preview=preview)

        return await self._call("create", new.urn, send, preview=preview)

    async def read(self, urn: str, id_: str, inputs: Properties | None, state: Properties | None, seconds: float) -> Outcome:
        async def send() -> Outcome:
            return await self._provider.read(urn, id_, inputs, state, seconds)

        return await self._call("read", urn, send)

    async def update(self, old: Resource, new: Resource, *, preview: bool, ignore_changes: Sequence[str]) -> Outcome:
        async def send() -> Outcome:
            return await self._provider.update(old, new, preview=preview, ignore_changes=ignore_changes)

        return await self._call("update", new.urn, send, preview=preview)

    async def delete(self, old: Resource) -> None:
        async def send() -> None:
            await self._provider.delete(old)

        await self._call("delete", old.urn, send)

    async def _call(self, operation: str, urn: str, send: Callable[[], Awaitable[_T]], *, preview: bool = False) -> _T:
        return await (send() if preview else self._faults.call(operation, urn, send))

    async def invoke(self, token: str, arguments: Properties, *, preview: bool) -> tuple[Properties, Sequence[CheckFailure]]:
        return await self._provider.invoke(token, arguments, preview=preview)
