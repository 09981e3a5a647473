"""Functions that only read: environments, licensing, health, export. For programs, at preview and at update.

Each returns a pydantic model at once, and has an ``…_output`` form that takes Pulumi inputs and returns a Pulumi output.
They ask the instance of the stack's configuration and so, unlike resources, need the key in previews too.
"""

from typing import Any, Literal

import pulumi
from pulumi.runtime.config import get_config

from pulumi_workspace365.api import configuration, models
from pulumi_workspace365.api.client import Client, get_client
from pulumi_workspace365.resource import config_keys


def get_environments() -> list[models.EnvironmentEntry]:
    """All environments of the instance (docs/provisioning-api.md#list).

    Raises:
        errors.W365Error: the list cannot be read.
    """
    return _client().list_environments()


def get_environments_output() -> pulumi.Output[list[models.EnvironmentEntry]]:
    """:func:`get_environments` as an output."""
    return pulumi.Output.from_input("").apply(lambda _: get_environments())


def get_licensing(name: str, version: Literal["4.0", "3.5"] = "4.0") -> models.Licensing:
    """Licence and module counts of one environment (docs/provisioning-api.md#licensing); 3.5 has the former licences too.

    Raises:
        errors.NotFound: there is no such environment.
        errors.W365Error: it cannot be read.
    """
    return _client().get_licensing(name, version)


def get_licensing_output(name: pulumi.Input[str], version: Literal["4.0", "3.5"] = "4.0") -> pulumi.Output[models.Licensing]:
    """:func:`get_licensing` with a name that may be an output."""
    return pulumi.Output.from_input(name).apply(lambda known: get_licensing(known, version))


def get_health() -> models.Health:
    """The instance's health, as one of its web servers sees it (docs/provisioning-api.md#health).

    Raises:
        errors.W365Error: it cannot be read; an unhealthy instance is no error.
    """
    return _client().get_health()


def get_health_output() -> pulumi.Output[models.Health]:
    """:func:`get_health` as an output."""
    return pulumi.Output.from_input("").apply(lambda _: get_health())


def export_environment(name: str) -> dict[str, Any]:
    """The environment's configuration (docs/provisioning-api.md#export), opaque; it may be confidential.

    Raises:
        errors.NotFound: there is no such environment.
        errors.W365Error: it cannot be exported.
    """
    return _client().export_environment(name)


def export_environment_output(name: pulumi.Input[str]) -> pulumi.Output[dict[str, Any]]:
    """:func:`export_environment` with a name that may be an output. The result is a secret."""
    return pulumi.Output.secret(pulumi.Output.from_input(name).apply(export_environment))


def _client() -> Client:
    config_keys.refuse_unknown_package_keys()
    return get_client(configuration.read(get_config))
