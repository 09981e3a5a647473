"""Property values in their three forms: in memory (``values``), on the wire (``wire_values``) and in state (``state_values``)."""

from pulumi_embedded_engine.resource.signatures import needs_byte_strings
from pulumi_embedded_engine.resource.state_values import Crypt, from_state, to_state
from pulumi_embedded_engine.resource.values import (
    UNKNOWN,
    Archive,
    Asset,
    OutputValue,
    Properties,
    ResourceReference,
    Secret,
    Unknown,
    Value,
    annotate_secrets,
    contains_unknowns,
    equal,
    has_secrets,
    lower_outputs,
    output_dependencies,
    strip_secrets,
    unwrap,
)
from pulumi_embedded_engine.resource.wire_values import from_struct, to_struct

__all__ = [
    "UNKNOWN",
    "Archive",
    "Asset",
    "Crypt",
    "OutputValue",
    "Properties",
    "ResourceReference",
    "Secret",
    "Unknown",
    "Value",
    "annotate_secrets",
    "contains_unknowns",
    "equal",
    "from_state",
    "from_struct",
    "has_secrets",
    "lower_outputs",
    "needs_byte_strings",
    "output_dependencies",
    "strip_secrets",
    "to_state",
    "to_struct",
    "unwrap",
]
