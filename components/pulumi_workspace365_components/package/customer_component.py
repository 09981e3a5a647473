"""``CustomerEnvironment`` for other languages: the component of Python programs, with children of the package."""

from collections.abc import Mapping
from typing import Any, ClassVar

import pulumi

from pulumi_dynamic_host.property_names import to_camel_case, to_snake_case
from pulumi_workspace365 import native
from pulumi_workspace365.exchange import ExchangeArgsDict
from pulumi_workspace365.sharepoint import SharePointArgsDict
from pulumi_workspace365.sign_on import SignOnArgsDict
from pulumi_workspace365.template import CustomerTemplateArgsDict
from pulumi_workspace365_components import customer
from pulumi_workspace365_components.package.type_specs import NAME

TOKEN = f"{NAME}:index:CustomerEnvironment"
SECTIONS: Mapping[str, tuple[str, Any]] = {
    "sign_on": ("OAuth2SignOn", SignOnArgsDict),
    "exchange": ("ExchangeSettings", ExchangeArgsDict),
    "share_point": ("SharePointSettings", SharePointArgsDict),
    "template": ("Template", CustomerTemplateArgsDict),
}
"""The arguments that are objects: the resource that each declares, and its fields."""


class CustomerEnvironment(customer.CustomerEnvironment):
    """A customer, whose resources are those of the package."""

    _resources: ClassVar[Any] = native

    @staticmethod
    def _output_name(name: str) -> str:
        return to_camel_case(name)


def construct(name: str, inputs: Mapping[str, Any], options: pulumi.ResourceOptions | None) -> CustomerEnvironment:
    """Build the component.

    Raises:
        pulumi.RunError: an argument is wrong.
    """
    given = _named(inputs)
    for section in SECTIONS.keys() & given.keys():
        if not isinstance(given[section], Mapping):
            raise pulumi.RunError(
                f"{section}: it must be an object that is known when the program runs; its values may be outputs."
            )
        given[section] = _named(given[section])
    return CustomerEnvironment(name, customer.CustomerEnvironmentArgs(**given), options)


def names() -> set[str]:
    """The names of the arguments, as Python has them."""
    return {
        *customer.CustomerEnvironmentArgsDict.__annotations__,
        *(name for _, fields in SECTIONS.values() for name in fields.__annotations__),
    }


def _named(inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {to_snake_case(name): value for name, value in inputs.items() if value is not None}
