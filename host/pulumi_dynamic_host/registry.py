"""Maps type tokens to provider classes, for ``pulumi import`` and ``import_=``, which carry no provider.

A module that defines resources calls :func:`register`. The host finds such modules through the entry point group
``pulumi_dynamic_host`` and the variable ``PULUMI_DYNAMIC_HOST_MODULES`` (names, separated by commas). Its earlier names, the group
``pulumi_workspace365.host`` and ``W365_HOST_MODULES``, do the same.
"""

import functools
import importlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_dynamic_host import variables

if TYPE_CHECKING:
    from pulumi.dynamic import ResourceProvider

GROUPS = ("pulumi_dynamic_host", "pulumi_workspace365.host")  # the second is its earlier name
MODULES_VARIABLE = "PULUMI_DYNAMIC_HOST_MODULES"


@dataclass(frozen=True)
class Registration:
    """A provider class and the inputs of its resources, as ``pulumi import`` prints them in code."""

    provider: type["ResourceProvider"]
    inputs: tuple[str, ...] = ()


_registered: dict[str, Registration] = {}


def register(type_token: str, provider: type["ResourceProvider"], inputs: Iterable[str] = ()) -> None:
    """Declare that resources of this type are served by ``provider``, a class of an importable module, made without arguments.

    Raises:
        ValueError: the token is not a distinct dynamic type (resources without a name share one), or belongs to another class.
    """
    if not type_token.startswith("pulumi-python:dynamic/"):
        raise ValueError(
            f"{type_token!r} cannot be registered: a dynamic type looks like pulumi-python:dynamic/MODULE:NAME, which a resource class "
            "gets from class MyResource(Resource, module=…, name=…)"
        )
    registered = _registered.setdefault(type_token, Registration(provider, tuple(inputs))).provider
    if (registered.__module__, registered.__qualname__) != (provider.__module__, provider.__qualname__):
        raise ValueError(
            f"{type_token} is registered for {registered.__qualname__} already and cannot be for {provider.__qualname__} too"
        )


def registrations() -> Mapping[str, Registration]:
    """What all modules have registered.

    Raises:
        ImportError: a module named in the variable, or by an entry point, cannot be imported.
    """
    _import_modules()
    return _registered


def named_modules() -> list[str]:
    """The modules that the variable names."""
    return [name.strip() for name in variables.read(MODULES_VARIABLE).split(",") if name.strip()]


@functools.cache
def _import_modules() -> None:
    from importlib import metadata  # noqa: PLC0415  only imports of resources pay for it

    for group in GROUPS:
        for entry in metadata.entry_points(group=group):
            entry.load()
    for name in named_modules():
        importlib.import_module(name)
