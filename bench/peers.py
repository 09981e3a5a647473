"""The peers that the benchmark compares."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bench.measurement import Case, Entry, Figures, Operation
from bench.raw_client import Ideal
from bench.stack import Host, Stack
from bench.terraform import Terraform, mirror
from pulumi_workspace365_sandbox.workspace365 import Server

PROGRAMS = Path(__file__).parent / "programs"


class Baseline(Protocol):
    """A peer at work in one case."""

    def operate(self, operation: Operation) -> Figures:
        """Carry an operation out; the operations come in their order, ``create`` first."""

    def entries(self) -> tuple[Entry, ...]:
        """The sizes of its resources in state; empty where it keeps none."""


@dataclass(frozen=True)
class Peer:
    """Someone to be measured."""

    name: str
    what: str
    start: Callable[[Case, Server, Path], Baseline]


def _program(name: str, host: Host) -> Callable[[Case, Server, Path], Baseline]:
    return lambda case, server, folder: Stack(PROGRAMS / name, host, case, server, folder / name)


OURS, FLOOR, USUAL, IDEAL = "this project", "floor", "usual provider", "ideal"

PEERS = (
    Peer(OURS, "environments and settings with this project's resources and host", _program("ours", "project")),
    Peer(FLOOR, "as many trivial dynamic resources that do nothing, same engine and host", _program("floor", "project")),
    Peer(
        USUAL,
        "a dynamic provider as tutorials write one: pickled, a request per call, the SDK's host",
        _program("usual", "stock"),
    ),
    Peer(IDEAL, "the calls alone: async httpx, 16 at once", lambda case, server, _: Ideal(case, server)),
)

TERRAFORM = Peer(
    "Terraform",
    "the same environments and settings with Terraform and a generic REST provider",
    lambda case, server, folder: Terraform(case, server, folder / "terraform"),
)


def peers_here() -> list[Peer]:
    """The peers that this machine can measure."""
    return [*PEERS, TERRAFORM] if mirror() else list(PEERS)
