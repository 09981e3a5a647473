"""The trusted certificate authorities: the system's certificate authorities, certifi's, and those of ``W365_CA_FILE``."""

import ssl
from pathlib import Path

import certifi

from pulumi_workspace365 import errors
from pulumi_workspace365.documents import input_files


def create_context(ca_file: str | None) -> ssl.SSLContext:
    """A verifying TLS context.

    Raises:
        errors.ConfigurationError: the file cannot be read, or holds no PEM certificates.
    """
    trusted = ssl.create_default_context()
    trusted.load_verify_locations(certifi.where())
    if ca_file:
        input_files.read_regular_file(Path(ca_file), source=f"W365_CA_FILE names {input_files.display_path(ca_file)}")
        try:
            trusted.load_verify_locations(ca_file)
        except (ssl.SSLError, OSError) as problem:
            raise errors.ConfigurationError(f"W365_CA_FILE names {ca_file}, which holds no PEM certificates.") from problem
    return trusted
