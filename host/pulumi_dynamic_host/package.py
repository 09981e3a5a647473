"""What a package offers to the engine in place of dynamic providers: types, functions and components that any language can use."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from pulumi_dynamic_host.errors import HostError
from pulumi_dynamic_host.property_names import ObjectNames

if TYPE_CHECKING:
    from pulumi.dynamic import ResourceProvider


class ResourceType(NamedTuple):
    """A resource of a package.

    Args:
        provider: loads the provider class, of which an instance is made without arguments.
        names: its properties.
    """

    provider: Callable[[], type["ResourceProvider"]]
    names: ObjectNames


class Configuration(NamedTuple):
    """The inputs of a provider resource, or the stack's configuration where none was declared.

    Args:
        inputs: by name; unknown values are left out.
        provider: the name of the provider resource; empty for the default one.
        project: the project's name.
    """

    inputs: Mapping[str, Any]
    provider: str = ""
    project: str = ""


class Invoked(NamedTuple):
    """What a function returned, or what is wrong with its arguments, a sentence each."""

    value: Mapping[str, Any]
    names: ObjectNames
    failures: tuple[str, ...] = ()


class Package(ABC):
    """A package. Everything is asked when it is needed, so that a preview starts without what it does not use."""

    @property
    @abstractmethod
    def version(self) -> str:
        """The version of the plugin."""

    @property
    @abstractmethod
    def configuration_secrets(self) -> frozenset[str]:
        """The inputs of the provider resource that no language shows."""

    @abstractmethod
    def schema(self) -> str:
        """The package's schema, as JSON."""

    @abstractmethod
    def resource_types(self) -> Mapping[str, ResourceType]:
        """The resources, by type token."""

    @abstractmethod
    def check_configuration(self, given: Configuration) -> list[str]:
        """What is wrong with the inputs of the provider resource, a sentence each."""

    @abstractmethod
    def provider_configuration(self, given: Configuration) -> dict[str, Any]:
        """The configuration that the providers get, under its full keys."""

    @abstractmethod
    def invoke(self, token: str, arguments: dict[str, Any], configuration: Mapping[str, Any]) -> Invoked:
        """Call a function."""

    @abstractmethod
    def components(self, engine: str) -> Any:
        """The service whose ``Construct`` builds components; ``engine`` is the engine's address."""

    def resource_type(self, token: str) -> ResourceType:
        """The resource of a type token.

        Raises:
            HostError: there is none.
        """
        known = self.resource_types()
        if token not in known:
            raise HostError(f"{token} is not a resource of this package; it has {', '.join(known)}")
        return known[token]
