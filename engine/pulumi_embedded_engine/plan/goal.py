"""The desired state of one resource, and the registration that waits for it. Pure."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pulumi_embedded_engine.resource.state import Resource
from pulumi_embedded_engine.resource.values import Properties, Value

TIMED_OPERATIONS = ("create", "update", "delete", "read")
"""The names in ``custom_timeouts``."""


@dataclass(frozen=True)
class Alias:
    """A former identity of a resource: a whole URN, or what differed from the present one."""

    urn: str = ""
    name: str = ""
    type: str = ""
    stack: str = ""
    project: str = ""
    parent: str = ""
    no_parent: bool = False


@dataclass
class Goal:
    """The desired state of a resource. Optional booleans are None if the program does not set them."""

    type: str
    name: str
    custom: bool
    properties: Properties
    parent: str = ""
    provider: str = ""
    dependencies: tuple[str, ...] = ()
    property_dependencies: dict[str, tuple[str, ...]] = field(default_factory=dict)
    protect: bool | None = None
    delete_before_replace: bool | None = None
    retain_on_delete: bool | None = None
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    replacement_trigger: Value = None
    additional_secret_outputs: tuple[str, ...] = ()
    hide_diff: tuple[str, ...] = ()
    aliases: tuple[Alias, ...] = ()
    import_id: str = ""
    deleted_with: str = ""
    replace_with: tuple[str, ...] = ()
    custom_timeouts: dict[str, float] = field(default_factory=dict)
    resource_hooks: dict[str, tuple[str, ...]] = field(default_factory=dict)
    source_position: str = ""
    stack_trace: tuple[Mapping[str, str], ...] = ()


class Status(StrEnum):
    """How a registration ended."""

    SUCCESS = "success"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Registered:
    """The answer to a registration. `unknown`: outputs that it lacks are not known, as this operation did not make the resource."""

    state: Resource
    status: Status = Status.SUCCESS
    unknown: bool = False


@dataclass(eq=False, kw_only=True)
class PendingCall:
    """A call of the program that waits for the outcome."""

    outcome: "asyncio.Future[Registered]"

    def resolve(self, state: Resource, status: Status = Status.SUCCESS, *, unknown: bool = False) -> None:
        """Answer the call with the state of the resource."""
        if not self.outcome.done():
            self.outcome.set_result(Registered(state, status, unknown))


@dataclass(eq=False, kw_only=True)
class Registration(PendingCall):
    """A goal, and the call that waits for it."""

    goal: Goal


@dataclass(eq=False, kw_only=True)
class Read(PendingCall):
    """A program's request to read a resource that this stack does not own: `state` holds its id and inputs."""

    state: Resource


@dataclass(eq=False)
class Outputs:
    """The outputs a component or the stack registers once its constructor is through."""

    urn: str
    outputs: Properties
    outcome: "asyncio.Future[None]"

    def resolve(self) -> None:
        """Answer the call."""
        if not self.outcome.done():
            self.outcome.set_result(None)
