"""The resources, the explicit provider and the functions as the package ``workspace365`` has them, for Python programs.

They take and return what those of :mod:`pulumi_workspace365` do, and the classes are subclasses of them: a program changes from one to
the other by its import. State then holds no serialised provider, ``pulumi import`` works by type, and policies see ordinary resources.
The engine must find the plugin ``pulumi-resource-workspace365``, which is installed with this package; ``docs/packages.md`` says how, and
when to choose which.
"""

from collections.abc import Mapping
from typing import Any, Literal

import pulumi

from pulumi_dynamic_host.property_names import path_to_camel_case, to_camel_case, to_snake_case
from pulumi_workspace365 import environment, exchange, instance, sharepoint, sign_on, template
from pulumi_workspace365.api import configuration, models
from pulumi_workspace365.apim import connectivity_check
from pulumi_workspace365.resource import sdk_registration

__all__ = [
    "ConnectivityCheck",
    "Environment",
    "ExchangeSettings",
    "Instance",
    "OAuth2SignOn",
    "SharePointSettings",
    "Template",
    "export_environment",
    "export_environment_output",
    "get_environments",
    "get_environments_output",
    "get_health",
    "get_health_output",
    "get_licensing",
    "get_licensing_output",
]

_PACKAGE = "workspace365"


class _Native:
    """Registers with the package's type, and with names as the package has them."""

    _outputs: tuple[str, ...]

    def _register(self, resource_name: str, inputs: Mapping[str, Any], opts: pulumi.ResourceOptions | None) -> None:
        resource: Any = self
        native = next(cls for cls in type(self).__mro__ if cls.__module__ == __name__)  # a subclass of a program has its type
        named = {to_camel_case(name): value for name, value in inputs.items()}
        token = f"{_PACKAGE}:index:{native.__name__}"
        sdk_registration.register(resource, token, resource_name, named, self._outputs, opts=_with_package_names(opts))

    def translate_output_property(self, prop: str) -> str:
        return to_snake_case(prop)


class Environment(_Native, environment.Environment):
    """An environment; see :class:`pulumi_workspace365.Environment`."""


class OAuth2SignOn(_Native, sign_on.OAuth2SignOn):
    """OAuth2 sign-on of an environment; see :class:`pulumi_workspace365.OAuth2SignOn`."""


class ExchangeSettings(_Native, exchange.ExchangeSettings):
    """Exchange settings of an environment; see :class:`pulumi_workspace365.ExchangeSettings`."""


class SharePointSettings(_Native, sharepoint.SharePointSettings):
    """SharePoint settings of an environment; see :class:`pulumi_workspace365.SharePointSettings`."""


class Template(_Native, template.Template):
    """The template of an environment; see :class:`pulumi_workspace365.Template`."""


class ConnectivityCheck(_Native, connectivity_check.ConnectivityCheck):
    """A check that API Management reaches a backend; see :class:`pulumi_workspace365.ConnectivityCheck`."""


class Instance(instance.Instance):
    """An explicit provider of the package; see :class:`pulumi_workspace365.Instance`."""

    _package = _PACKAGE

    @staticmethod
    def _named(inputs: dict[str, Any]) -> dict[str, Any]:
        return {key.partition(":")[2]: value for key, value in inputs.items() if key != configuration.EXPLICIT_INSTANCE}


def get_environments(opts: pulumi.InvokeOptions | None = None) -> list[models.EnvironmentEntry]:
    """All environments of the provider's instance."""
    return _entries(_call("getEnvironments", {}, opts))


def get_environments_output(opts: pulumi.InvokeOptions | None = None) -> pulumi.Output[list[models.EnvironmentEntry]]:
    """:func:`get_environments` as an output."""
    return _later("getEnvironments", {}, opts).apply(_entries)


def get_licensing(
    name: str, version: Literal["4.0", "3.5"] = "4.0", opts: pulumi.InvokeOptions | None = None
) -> models.Licensing:
    """Licence and module counts of one environment; 3.5 has the former licences too."""
    return models.Licensing.model_validate(_call("getLicensing", {"name": name, "version": version}, opts))


def get_licensing_output(
    name: pulumi.Input[str], version: Literal["4.0", "3.5"] = "4.0", opts: pulumi.InvokeOptions | None = None
) -> pulumi.Output[models.Licensing]:
    """:func:`get_licensing` with a name that may be an output."""
    return _later("getLicensing", {"name": name, "version": version}, opts).apply(models.Licensing.model_validate)


def get_health(opts: pulumi.InvokeOptions | None = None) -> models.Health:
    """The instance's health, as one of its web servers sees it."""
    return models.Health.model_validate(_call("getHealth", {}, opts))


def get_health_output(opts: pulumi.InvokeOptions | None = None) -> pulumi.Output[models.Health]:
    """:func:`get_health` as an output."""
    return _later("getHealth", {}, opts).apply(models.Health.model_validate)


def export_environment(name: str, opts: pulumi.InvokeOptions | None = None) -> dict[str, Any]:
    """The environment's configuration, opaque; it may be confidential."""
    return dict(_call("exportEnvironment", {"name": name}, opts)["configuration"])


def export_environment_output(name: pulumi.Input[str], opts: pulumi.InvokeOptions | None = None) -> pulumi.Output[dict[str, Any]]:
    """:func:`export_environment` with a name that may be an output. The result is a secret."""
    return pulumi.Output.secret(_later("exportEnvironment", {"name": name}, opts)["configuration"])


def _call(function: str, arguments: dict[str, Any], opts: pulumi.InvokeOptions | None) -> Any:
    return pulumi.runtime.invoke(f"{_PACKAGE}:index:{function}", arguments, opts).value


def _later(function: str, arguments: dict[str, Any], opts: pulumi.InvokeOptions | None) -> pulumi.Output[Any]:
    return pulumi.runtime.invoke_output(f"{_PACKAGE}:index:{function}", arguments, opts)


def _entries(result: Mapping[str, Any]) -> list[models.EnvironmentEntry]:
    return [models.EnvironmentEntry.model_validate(entry) for entry in result["environments"]]


def _with_package_names(opts: pulumi.ResourceOptions | None) -> pulumi.ResourceOptions:
    """The options, with property names as the package has them."""
    found = pulumi.ResourceOptions.merge(opts, None)
    for option in ("additional_secret_outputs", "ignore_changes", "replace_on_changes"):
        names = getattr(found, option)
        if names is not None:
            setattr(found, option, [path_to_camel_case(name) for name in names])
    return found
