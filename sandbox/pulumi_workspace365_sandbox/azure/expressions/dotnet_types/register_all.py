"""Importing this module fills the table of types."""

from pulumi_workspace365_sandbox.azure.expressions.dotnet_types import (  # noqa: F401  each fills its part
    containers,
    context,
    convert,
    credentials,
    dates,
    encodings,
    enumerations,
    guids,
    hashing,
    json_tokens,
    linq,
    linq_ordering,
    numbers,
    random_numbers,
    regexes,
    string_builder,
    text,
    web,
)
from pulumi_workspace365_sandbox.azure.expressions.registry import TYPES

__all__ = ["TYPES"]
