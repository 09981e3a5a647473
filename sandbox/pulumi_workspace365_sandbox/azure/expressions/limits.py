"""The budget of one evaluation, which keeps the gateway responsive whatever is deployed to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from pulumi_workspace365_sandbox.azure.expressions.errors import LimitExceeded

STEPS = 200_000
MEMORY = 8 * 1024 * 1024
"""Characters, bytes and items that all values made by an expression hold together."""
LARGEST = 1024 * 1024
"""Characters or bytes of one text or array of bytes."""
MOST = 100_000
"""Items of one collection."""
DEEPEST_TREE = 90
DEEPEST_CALLS = 180
PATTERN_SECONDS = 0.5
_SCANNED = 16
_READ = 256
"""Items, and characters, that are read in one step."""


@dataclass
class Budget:
    """The steps and the memory that are left."""

    steps: int = STEPS
    memory: int = MEMORY
    depth: int = 0

    def step(self, count: int = 1) -> None:
        self.steps -= count
        if self.steps < 0:
            raise LimitExceeded(f"The expression takes more than {STEPS} steps")

    def take(self, size: int) -> None:
        self.memory -= size
        if self.memory < 0:
            raise LimitExceeded(f"The values of the expression take more than {MEMORY} characters, bytes and items together")

    def charge_scan(self, value: object) -> None:
        """A value is read as a whole."""
        if isinstance(value, str | bytes | bytearray):
            self.step(len(value) // _READ)
        elif isinstance(value, list | dict):
            self.step(len(value) // _SCANNED)

    def charge_memory(self, value: object) -> None:
        """A value was made."""
        if isinstance(value, str | bytes | bytearray):
            check_text_size(len(value))
            self.take(len(value))
        elif isinstance(value, list | dict):
            check_item_count(len(value))
            self.take(len(value))

    def enter(self) -> None:
        self.depth += 1
        if self.depth > DEEPEST_CALLS:
            raise LimitExceeded("The expression is nested too deeply, or calls itself too often")

    def leave(self) -> None:
        self.depth -= 1


_CURRENT: ContextVar[Budget | None] = ContextVar("budget", default=None)


@contextmanager
def use_budget(budget: Budget) -> Iterator[None]:
    """What is spent in this context counts against a budget."""
    token = _CURRENT.set(budget)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def spend(steps: int = 0, memory: int = 0) -> None:
    """For work that is long without steps of its own. Raises LimitExceeded."""
    budget = _CURRENT.get()
    if budget is not None:
        budget.step(steps)
        budget.take(memory)


def check_text_size(size: int) -> None:
    """Raises LimitExceeded for a text of this size, before it is made."""
    if size > LARGEST:
        raise LimitExceeded(f"A value of the expression holds more than {LARGEST} characters or bytes")


def check_item_count(count: int) -> None:
    """Raises LimitExceeded for a collection of so many items, before it is made."""
    if count > MOST:
        raise LimitExceeded(f"A value of the expression holds more than {MOST} items")
