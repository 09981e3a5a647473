"""Who reads a key that is in Key Vault. The package names it when it is imported, because what reads keys is built on what is here."""

from collections.abc import Callable, Mapping

from pulumi_workspace365.api.secret_references import SecretReference

VaultReader = Callable[[SecretReference, Callable[[str], object], Mapping[str, str]], str]
"""Gives the value of a secret. The other arguments look a configuration key up, and are the environment variables."""

_readers: list[VaultReader] = []


def register(reader: VaultReader) -> None:
    """Let keys be read so."""
    _readers[:] = [reader]


def bound(reference: SecretReference, get: Callable[[str], object], environ: Mapping[str, str]) -> Callable[[], str]:
    """A function that reads the secret when it is called; it raises what the reader raises."""
    return lambda: _readers[0](reference, get, environ)
