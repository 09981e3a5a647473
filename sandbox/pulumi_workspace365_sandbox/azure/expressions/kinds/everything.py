"""Importing this module fills the table of types."""

from pulumi_workspace365_sandbox.azure.expressions.kinds import (  # noqa: F401  each fills its part
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
    numbers,
    regexes,
    sequences,
    sorting,
    string_builder,
    text,
    web,
)
from pulumi_workspace365_sandbox.azure.expressions.registry import KINDS

__all__ = ["KINDS"]
