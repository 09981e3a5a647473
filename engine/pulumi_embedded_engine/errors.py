"""Exceptions of the engine.

EngineError
├── Unexpected          an unexpected error
├── ProjectError        Pulumi.yaml or Pulumi.<stack>.yaml is not usable
├── InvalidName         a name that no stack or project can have, or of an organization that there is not
├── SecretsError        a passphrase is missing or wrong, or a ciphertext is damaged
├── StateError          the stored deployment is damaged, too new, or would become inconsistent
│   └── LockedError     another process works on the stack: waiting may help
├── UnsupportedSystem   the engine does not run on this operating system
└── NeedsPulumiCLI      a feature of Pulumi that only the Pulumi CLI has

Each message is one line that stands alone and holds no secret.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class EngineError(Exception):
    """Any refusal of the engine that a person can act on."""


class BailError(EngineError):
    """The operation cannot continue, and the reason has been reported."""


class ProjectError(EngineError):
    """The project or the stack's configuration is malformed; names file, line and key."""


class Unexpected(EngineError):
    """An unexpected error: a defect of this engine, or an invalid response.

    Args:
        what: what was being done.
        problem: what was raised.
    """

    def __init__(self, what: str, problem: Exception) -> None:
        super().__init__(f"{what}: {describe(problem)}")


def describe(problem: Exception) -> str:
    """An exception in one line; its type, if it has no message."""
    if isinstance(problem, EngineError):
        return str(problem)
    return " ".join(f"{type(problem).__name__}: {problem}".split())


class UnsupportedSystem(EngineError):
    """The engine does not run on this operating system."""

    def __init__(self) -> None:
        super().__init__(
            "the embedded engine does not run on Windows, which lacks the process groups and signals with which it ends programs and providers: "
            "use the Pulumi CLI, or WSL"
        )


class InvalidName(EngineError):
    """A name that no stack or project can have."""


class SecretsError(EngineError):
    """A secret cannot be encrypted or decrypted."""


class StateError(EngineError):
    """The deployment of a stack cannot be read, written or trusted."""


@contextmanager
def accessing(path: Path) -> Iterator[None]:
    """Around reading or writing a stack's files: an operating system's refusal becomes a StateError that names the file."""
    try:
        yield
    except OSError as error:
        raise StateError(
            f"{error.filename or path} cannot be used: {error.strerror}; the folder of stacks must be readable, writable and not full"
        ) from error


class LockedError(StateError):
    """Another process holds the stack."""


class NeedsPulumiCLI(EngineError):
    """The program, project or state uses a feature that this engine refuses by name.

    Args:
        feature: what was used, as a noun phrase: "the secrets provider awskms".
    """

    def __init__(self, feature: str) -> None:
        super().__init__(f"{feature} needs the Pulumi CLI: install it and run the same operation with `pulumi`")
