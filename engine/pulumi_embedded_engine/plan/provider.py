"""The interface of a provider, implemented by a process, the registry of providers, or the engine itself. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pulumi_embedded_engine.errors import EngineError
from pulumi_embedded_engine.resource.diffs import DiffResult
from pulumi_embedded_engine.resource.state import Resource
from pulumi_embedded_engine.resource.values import Properties


class ProviderError(EngineError):
    """A provider answered with an error.

    Args:
        message: the provider's words.
        unclear: the provider may have carried out part of the call (an internal or unknown error).
        lost: the provider went away before it answered.
    """

    def __init__(self, message: str, *, unclear: bool = False, lost: bool = False) -> None:
        super().__init__(message)
        self.unclear, self.lost = unclear, lost


class InitFailed(ProviderError):
    """A resource exists but is not (yet) as it should be: state keeps it with the reasons, and the next update tries again."""

    def __init__(self, reasons: Sequence[str], outcome: "Outcome") -> None:
        count = len(reasons)
        listed = "".join(f"\n\t* {reason}" for reason in reasons)
        super().__init__(f"{count} error{'s' if count != 1 else ''} occurred:{listed}\n\n" if reasons else "resource init failed")
        self.reasons = tuple(reasons)
        self.outcome = outcome


class DiffUnavailable(EngineError):
    """The provider cannot compare in this preview."""


@dataclass(frozen=True)
class CheckFailure:
    """What is wrong with the inputs; `property` is empty where it is not one property."""

    property: str
    reason: str


@dataclass(frozen=True)
class Checked:
    """The inputs as the provider wants them, or what is wrong with them."""

    inputs: Properties
    failures: Sequence[CheckFailure] = ()


@dataclass(frozen=True)
class Outcome:
    """What exists after a create, an update or a read. Of a read: no outputs means it does not exist."""

    id: str
    outputs: Properties | None
    inputs: Properties | None = None
    refresh_before_update: bool = False


class Provider(Protocol):
    """A provider of resources; every method raises ProviderError."""

    async def check(
        self, urn: str, olds: Properties, news: Properties, *, old_outputs: Properties, preview: bool, seed: bytes
    ) -> Checked:
        """Validate the new inputs of a resource, and fill in defaults.

        Args:
            urn: the resource.
            olds: its inputs in state; empty for a new resource.
            news: what the program gives.
            old_outputs: its outputs in state; empty for a new resource.
            preview: unknown values are allowed.
            seed: random bytes for generated names, the same in a preview and in the update that follows its plan.
        """

    async def diff(
        self, old: Resource, inputs: Properties, *, urn: str, preview: bool, ignore_changes: Sequence[str]
    ) -> DiffResult:
        """Compare the state of a resource with its new inputs.

        Raises:
            DiffUnavailable: that is not possible in this preview.
        """

    async def create(self, new: Resource, *, preview: bool) -> Outcome:
        """Create a resource; in a preview, predict its outputs.

        Raises:
            InitFailed: it exists, but is not as it should be.
        """

    async def read(self, urn: str, id_: str, inputs: Properties | None, state: Properties | None, seconds: float) -> Outcome:
        """Read a resource as it is now; without inputs and state it is an import. The timeout is in seconds, 0 for the provider's own."""

    async def update(self, old: Resource, new: Resource, *, preview: bool, ignore_changes: Sequence[str]) -> Outcome:
        """Update a resource; in a preview, predict its outputs.

        Raises:
            InitFailed: it was changed, but is not as it should be.
        """

    async def delete(self, old: Resource) -> None:
        """Delete a resource."""

    async def invoke(self, token: str, arguments: Properties, *, preview: bool) -> tuple[Properties, Sequence[CheckFailure]]:
        """Call a function; returns its result, and what is wrong with the arguments."""


class Providers(Protocol):
    """Every provider of a deployment."""

    @property
    def registry(self) -> Provider:
        """The provider of provider resources."""

    def find(self, reference: str) -> Provider | None:
        """The running provider of a reference (URN and id)."""

    async def ensure(self, reference: str) -> None:
        """Start the provider of a reference as it stands in state, if it does not run yet; an empty reference needs none."""

    async def start(self, state: Resource, *, checked: bool) -> None:
        """Start and configure the provider of a provider resource, reusing the one that checked its inputs if `checked`."""

    async def diff_config(self, reference: str, old: Resource, inputs: Properties) -> DiffResult:
        """What it would mean for a resource to move from the old provider to the one of the reference."""

    def alias(self, urn: str, former: str) -> None:
        """Note that a provider resource has a former URN, so that references to it still find it."""


class Messages(Protocol):
    """Where a deployment reports what a person should read; an empty URN means the whole stack."""

    def error(self, urn: str, message: str) -> None:
        """Report an error."""

    def warning(self, urn: str, message: str) -> None:
        """Report a warning."""

    def info(self, urn: str, message: str) -> None:
        """Report a message that needs no action."""
