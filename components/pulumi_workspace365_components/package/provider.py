"""Builds the package's components for programs in other languages."""

import asyncio
from collections.abc import Awaitable, Collection
from typing import Any, TypeVar

import pulumi
from pulumi.provider import ConstructResult, Provider

from pulumi_dynamic_host.property_names import to_camel_case
from pulumi_workspace365_components import customer
from pulumi_workspace365_components.package import customer_component
from pulumi_workspace365_components.package.marshalling import arguments, names_of
from pulumi_workspace365_components.package.wording import with_camel_case_names

_T = TypeVar("_T")


class ComponentProvider(Provider):
    """Builds what ``schema.json`` offers.

    Raises:
        pulumi.InputPropertiesError: from ``construct``, where arguments are wrong or a handshake breaks a rule; in one sentence each.
    """

    def construct(
        self, name: str, resource_type: str, inputs: pulumi.Inputs, options: pulumi.ResourceOptions | None = None
    ) -> ConstructResult:
        """Make a component of the package and answer with its outputs, in camelCase."""
        if resource_type == customer_component.TOKEN:
            return _customer(name, inputs, options)
        try:
            from pulumi_workspace365_components.package.components import COMPONENTS  # noqa: PLC0415  loads azure-native; a schema needs none
        except pulumi.RunError as problem:
            raise _refusal(str(problem)) from problem
        spec = COMPONENTS.get(resource_type)
        if spec is None:
            raise _refusal(f"{resource_type} is not a component of this package; it has {', '.join(COMPONENTS)}.")
        try:
            args = spec.args(**arguments(spec.inputs, inputs))
            component: Any = spec.component
            built = component(name, args, options)
        except pulumi.RunError as problem:
            raise _refusal(with_camel_case_names(str(problem), names_of(spec.inputs))) from problem
        return ConstructResult(urn=built.urn, state=_outputs(built, names_of(spec.inputs)))


def _customer(name: str, inputs: pulumi.Inputs, options: pulumi.ResourceOptions | None) -> ConstructResult:
    names = customer_component.names()
    try:
        built = customer_component.construct(name, inputs, options)
    except pulumi.RunError as problem:
        raise _refusal(with_camel_case_names(str(problem), names)) from problem
    return ConstructResult(urn=built.urn, state=_outputs(built, names, customer.CustomerEnvironment))


def _outputs(component: Any, names: Collection[str], declared: type | None = None) -> dict[str, pulumi.Output[Any]]:
    values = ((name, getattr(component, name)) for name in (declared or type(component)).__annotations__)
    return {to_camel_case(name): _explained(value, names) for name, value in values if isinstance(value, pulumi.Output)}


def _explained(output: pulumi.Output[Any], names: Collection[str]) -> pulumi.Output[Any]:
    """The same output. What it fails with, once all values are known, reaches the program as a sentence."""

    async def awaited(part: Awaitable[_T]) -> _T:
        try:
            return await part
        except pulumi.RunError as problem:
            raise _refusal(with_camel_case_names(str(problem), names)) from problem

    future = asyncio.ensure_future
    return pulumi.Output(
        future(awaited(output.resources())),
        future(awaited(output.future(with_unknowns=True))),
        future(awaited(output.is_known())),
        future(awaited(output.is_secret())),
    )


def _refusal(message: str) -> pulumi.InputPropertiesError:
    """Without a property: the engine would print its value, which may be a secret."""
    return pulumi.InputPropertiesError(message, [])
