"""The servers as tests use them: what the fixtures of `pytest_plugin` are made of. Each test finds a server empty, and can inject faults.

The API is that of `workspace365.Server` and `azure.LocalAzure`: addresses, keys and `variables`; `management` shows and changes everything
behind the API's back. Faults that are injected here are contexts: they end with the block, and fail the test if they did not occur.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Generic, Self, TypeVar

from pulumi_workspace365_sandbox import azure, azure_native, workspace365
from pulumi_workspace365_sandbox.management.client import Client
from pulumi_workspace365_sandbox.runner.project import Project
from pulumi_workspace365_sandbox.support.processes import Running
from pulumi_workspace365_sandbox.workspace365.records import Operation

__tracebackhide__ = True  # of what fails, pytest shows the line of the test
_Server = TypeVar("_Server", bound="Workspace365Server | AzureServer")


class FaultNotMet(AssertionError):
    """An injected fault did not occur, so that the test would show nothing."""


class InjectedFault:
    """A fault of a server. As a context, it ends with the block.

    Args:
        management: of the server.
        fault: what happens, to which calls.
    """

    def __init__(self, management: Client[Any, Any, Any, Any], fault: Any) -> None:
        self._management, self._fault = management, fault
        self._before = len(management.requests())
        [self._number] = management.inject(fault)
        self._lifted = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        met = self._met
        self._remove()
        if kind is None and not met:
            raise FaultNotMet(self._message)

    @property
    def _met(self) -> bool:
        left = next((item for item in self._management.state().faults if item["number"] == self._number), None)
        if left is None or self._fault.times is not None:
            return left is None or left["times"] < self._fault.times
        return any(self._fault.fault in request.faults for request in self._management.requests()[self._before :])

    @property
    def _message(self) -> str:
        calls = self._fault.operation or "any operation"
        environment = getattr(self._fault, "environment", None)
        about = f" about '{environment}'" if environment else ""
        return f"the fault '{self._fault.fault}' was injected for {calls}{about}, but the server got no such request"

    def _remove(self) -> None:
        self._lifted = True
        if any(item["number"] == self._number for item in self._management.state().faults):
            self._management.remove_fault(self._number)

    def check(self) -> None:
        """Fail if it was never lifted and never met.

        Raises:
            FaultNotMet: it did not occur.
        """
        if not self._lifted and not self._met:
            raise FaultNotMet(self._message)


@dataclass(frozen=True)
class _WithFaults:
    """A server that keeps the faults that a test injects."""

    injected: list[InjectedFault] = field(default_factory=list, repr=False, compare=False, kw_only=True)

    def _inject(self, management: Client[Any, Any, Any, Any], fault: Any) -> InjectedFault:
        self.injected.append(InjectedFault(management, fault))
        return self.injected[-1]


@dataclass(frozen=True)
class Workspace365Server(_WithFaults, workspace365.Server):
    """The Workspace 365 server of one test.

    `operation` is the name of an operation of the API, such as createEnvironment, and `environment` limits a fault to one environment. `times`
    is how often a fault occurs; None: every time.
    """

    foreign: ClassVar = ("W365_BASE_URL", "W365_PROVISIONING_KEY", "W365_HEALTH_API_KEY", "W365_JOURNAL")
    """How variables begin that could lead a test to a real instance."""

    @property
    def secrets(self) -> list[str]:
        """What nobody may see in clear: the keys, and the passwords of the environments' first administrators."""
        keys = [self.provisioning_key, self.health_api_key]
        if self.ended:
            return keys
        state = self.management.state()
        passwords = [environment.temporary_password for environment in state.environments.values()]
        return list(filter(None, [*keys, *state.keys.model_dump().values(), *passwords]))

    def lose_answer(self, operation: Operation, *, environment: str | None = None, times: int | None = 1) -> InjectedFault:
        """Carry out the request, then reset the connection in place of an answer."""
        return self._inject(
            self.management, workspace365.faults.Reset(when="after", operation=operation, environment=environment, times=times)
        )

    def refuse(
        self, operation: Operation | None = None, *, environment: str | None = None, times: int | None = 1
    ) -> InjectedFault:
        """Reset the connection before anything is done."""
        return self._inject(
            self.management, workspace365.faults.Reset(when="before", operation=operation, environment=environment, times=times)
        )

    def fail(
        self,
        operation: Operation | None = None,
        *,
        status: int = 500,
        environment: str | None = None,
        times: int | None = 1,
        retry_after: int | None = None,
    ) -> InjectedFault:
        """Answer with an error before anything is done; `retry_after` in seconds is sent as a header."""
        fault = workspace365.faults.Status(
            status=status, operation=operation, environment=environment, times=times, retry_after=retry_after
        )
        return self._inject(self.management, fault)

    def delay(
        self,
        operation: Operation | None = None,
        *,
        seconds: float,
        environment: str | None = None,
        times: int | None = 1,
    ) -> InjectedFault:
        """Wait before the request is carried out."""
        ms = round(seconds * 1000)
        return self._inject(
            self.management, workspace365.faults.Latency(ms=ms, operation=operation, environment=environment, times=times)
        )


@dataclass(frozen=True)
class AzureServer(_WithFaults, azure.LocalAzure):
    """The local Azure of one test: Resource Manager, sign-in, one API Management service with its gateway, and azure-native.

    `operation` is a method, a kind of resource, or both, such as ``PUT apis``. `times` is how often a fault occurs; None: every time.
    """

    native: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    """The variables by which an engine attaches to azure-native."""
    foreign: ClassVar = ("ARM_", "AZURE_")
    """How variables begin that could lead a test to a real account."""

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables by which programs, engines and Azure's own clients find and trust it."""
        return super().variables | self.local_variables | dict(self.native)

    @property
    def secrets(self) -> list[str]:
        """What nobody may see in clear: the secret with which programs sign in."""
        return [self.client_secret]

    def lose_answer(self, operation: str | None = None, *, times: int | None = 1) -> InjectedFault:
        """Carry out the request, then reset the connection in place of an answer."""
        return self._inject(self.management, azure.faults.Reset(when="after", operation=operation, times=times))

    def refuse(self, operation: str | None = None, *, times: int | None = 1) -> InjectedFault:
        """Reset the connection before anything is done."""
        return self._inject(self.management, azure.faults.Reset(when="before", operation=operation, times=times))

    def fail(
        self, operation: str | None = None, *, status: int = 500, times: int | None = 1, retry_after: int | None = None
    ) -> InjectedFault:
        """Answer with an error before anything is done; `retry_after` in seconds is sent as a header."""
        return self._inject(
            self.management, azure.faults.Status(status=status, operation=operation, times=times, retry_after=retry_after)
        )

    def delay(self, operation: str | None = None, *, seconds: float, times: int | None = 1) -> InjectedFault:
        """Wait before the request is carried out."""
        return self._inject(self.management, azure.faults.Latency(ms=round(seconds * 1000), operation=operation, times=times))


class ReusableServer(Generic[_Server]):
    """One server for the tests of a process: started by the first, and anew if it has ended."""

    def __init__(self, start: Callable[[], AbstractContextManager[_Server]]) -> None:
        self._start, self._stack = start, ExitStack()
        self._server: _Server | None = None

    @contextmanager
    def for_a_test(self) -> Iterator[_Server]:
        """The server, as at its first start.

        Raises:
            StartError: it does not start.
            FaultNotMet: a fault that was injected, and not ended, did not occur.
        """
        if self._server is None or self._server.ended:
            self.close()
            self._server = self._stack.enter_context(self._start())
        server = self._server
        server.injected.clear()  # of the test before
        server.management.reset()
        if isinstance(server, Workspace365Server):
            server.management.change_keys(provisioning_key=server.provisioning_key, health_api_key=server.health_api_key)
        yield server
        for fault in () if server.ended else server.injected:
            fault.check()

    def close(self) -> None:
        """End it."""
        self._server = None
        self._stack.close()


@contextmanager
def workspace365_server() -> Iterator[Workspace365Server]:
    """Run a server that keeps nothing, for the length of a `with` block.

    Raises:
        StartError: it does not start.
    """
    with workspace365.running() as started:
        yield Workspace365Server(**_values(started))


@contextmanager
def azure_server() -> Iterator[AzureServer]:
    """Run a local Azure that keeps nothing, and azure-native for it, for the length of a `with` block.

    Raises:
        StartError: one of the two does not start.
    """
    with azure.running() as started, azure_native.running(started.variables) as native:
        yield AzureServer(**_values(started), native=native.variables)


def _values(started: Running) -> dict[str, Any]:
    return {item.name: getattr(started, item.name) for item in fields(started)}


def variables(server: "Workspace365Server | AzureServer", environment: Mapping[str, str] = os.environ) -> dict[str, str | None]:
    """What to set in an environment so that programs find the server, and no other; None stands for what is to be removed."""
    removed: dict[str, str | None] = {name: None for name in environment if name.startswith(server.foreign)}
    return removed | Project.unproxied(environment) | server.variables
