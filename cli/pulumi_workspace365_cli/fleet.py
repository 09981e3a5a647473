"""Who manages whom: the customers' files beside the settings and the states of the stacks. Pure: it reads no file and sends nothing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pulumi_workspace365_cli.report import CheckStatus
from pulumi_workspace365_cli.stack_state import StackState, StateResource


@dataclass(frozen=True)
class FleetStack:
    """A stack: which files it reads, and what it manages.

    Attributes:
        folder: of the customers' files.
        rings: which it deploys; ``None`` is all.
        updated: when the stack was last updated.
    """

    name: str
    folder: Path
    rings: tuple[str, ...] | None
    state: StackState
    updated: datetime | None = None

    def takes(self, customer: "FleetCustomer") -> bool:
        """Whether its program declares a customer."""
        return customer.folder == self.folder and (self.rings is None or customer.ring in self.rings)


@dataclass(frozen=True)
class FleetCustomer:
    """A customer's file.

    Attributes:
        secret: the name of the secret in the stack's configuration that holds its sign-on key.
    """

    folder: Path
    file: Path
    key: str
    environment: str
    ring: str
    lifecycle: str
    secret: str | None = None


@dataclass(frozen=True)
class Assignment:
    """A customer, or an environment without a file, and the stacks that have to do with it.

    Attributes:
        environment: the name that the server gave, else the wanted one.
        taken_by: the stacks whose settings choose the file.
        managed_by: the stacks whose state holds the environment.
    """

    key: str
    environment: str
    customer: FleetCustomer | None
    taken_by: tuple[str, ...]
    managed_by: tuple[str, ...]
    status: CheckStatus
    problem: str = ""
    remedy: str = ""
    updated: datetime | None = None
    changed: str | None = None
    """When the environment's state last changed, as the engine wrote it."""


def assignments(stacks: Sequence[FleetStack], customers: Iterable[FleetCustomer]) -> list[Assignment]:
    """Every customer, what needs attention first; then the environments of the states that have no file."""
    index = {stack.name: {item.name: item for item in stack.state.environments} for stack in stacks}
    owners = _owners(stacks)
    found = [_customer(stacks, index, owners, customer) for customer in customers]
    with_file = {(name, one.key) for one in found for name in one.managed_by}
    found += _without_file(stacks, owners, with_file)
    rank = {"failed": 0, "warning": 1}
    return sorted(found, key=lambda one: (rank.get(one.status, 2), one.key.casefold(), one.key))


def _owners(stacks: Iterable[FleetStack]) -> Mapping[tuple[str, str], tuple[str, ...]]:
    """The stacks that manage an environment of an instance, whatever its key is."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for stack in stacks:
        for item in stack.state.environments:
            found.setdefault(_place(item), {})[stack.name] = None
    return {place: tuple(names) for place, names in found.items()}


def _place(item: StateResource) -> tuple[str, str]:
    return item.instance or "", item.id.casefold()


def _customer(
    stacks: Sequence[FleetStack],
    index: Mapping[str, Mapping[str, StateResource]],
    owners: Mapping[tuple[str, str], tuple[str, ...]],
    customer: FleetCustomer,
) -> Assignment:
    taken = tuple(stack.name for stack in stacks if stack.takes(customer))
    here = [stack for stack in stacks if stack.folder == customer.folder and customer.key in index[stack.name]]
    items = [index[stack.name][customer.key] for stack in here]
    managed = tuple(dict.fromkeys([*(stack.name for stack in here), *(name for item in items for name in owners[_place(item)])]))
    status, problem, remedy = _judge(customer, taken, managed)
    updated = max((stack.updated for stack in here if stack.updated), default=None)
    changed = next((item.modified for item in items if item.modified), None)
    name = items[0].id if items else customer.environment
    return Assignment(customer.key, name, customer, taken, managed, status, problem, remedy, updated, changed)


def _judge(customer: FleetCustomer, taken: tuple[str, ...], managed: tuple[str, ...]) -> tuple[CheckStatus, str, str]:
    if len(managed) > 1:
        return "failed", f"managed by {len(managed)} stacks: {', '.join(managed)}", MULTIPLE_STACKS_REMEDY
    if len(taken) > 1:
        return "failed", f"{len(taken)} stacks take it: {', '.join(taken)}", "Give each stack rings, or a folder, of its own."
    if not taken:
        also = f", but {managed[0]} manages it" if managed else ""
        return (
            "failed",
            f"no stack takes the ring {customer.ring!r}{also}",
            f"Correct the ring in {customer.file.name}, or add it to a stack.",
        )
    if managed and managed != taken:
        problem = f"managed by {managed[0]}, but its ring {customer.ring!r} is of {taken[0]}"
        return "failed", problem, f"`w365 move {customer.key} --to {taken[0]}` moves its state too; or set the former ring again."
    if not managed:
        return "warning", "not deployed yet", f"`pulumi up --stack {taken[0]}` deploys it."
    return "ok", "", ""


_NO_FILE = "If its file was removed by mistake, restore it. To delete the environment, restore it with `lifecycle: retired`, run `pulumi up`, then remove it."
MULTIPLE_STACKS_REMEDY = "Manage it in one stack only: each of them may change or delete what the other manages."


def _without_file(
    stacks: Iterable[FleetStack], owners: Mapping[tuple[str, str], tuple[str, ...]], with_file: set[tuple[str, str]]
) -> Iterator[Assignment]:
    seen: set[tuple[str, str]] = set()
    for stack in stacks:
        for item in stack.state.environments:
            if (stack.name, item.name) in with_file or _place(item) in seen:
                continue
            seen.add(_place(item))
            managed = owners[_place(item)]
            twice = len(managed) > 1
            problem = f"managed by {len(managed)} stacks: {', '.join(managed)}" if twice else "no file"
            remedy = MULTIPLE_STACKS_REMEDY if twice else _NO_FILE
            status: CheckStatus = "failed" if twice else "warning"
            yield Assignment(item.name, item.id, None, (), managed, status, problem, remedy, stack.updated, item.modified or None)
