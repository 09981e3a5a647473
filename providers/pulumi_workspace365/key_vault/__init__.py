"""Secrets in Azure Key Vault, for keys that deployments send. What talks to a vault is imported when a key is read."""

from collections.abc import Callable, Mapping

from pulumi_workspace365.api.secret_references import SecretReference


def read_value(reference: SecretReference, get: Callable[[str], object], environ: Mapping[str, str]) -> str:
    """The value of a secret.

    Args:
        reference: where it is.
        get: looks a stack configuration key such as ``azure-native:tenantId`` up, ``None`` when unset.
        environ: the environment variables.

    Raises:
        errors.SecretUnavailable: there is none that can be used.
        W365Error: signing in failed, or a setting for it is missing or malformed.
    """
    from pulumi_workspace365.key_vault import reader, settings  # noqa: PLC0415  only those who keep keys in a vault pay for it

    return reader.read(reference, settings.read(get, environ)).value
