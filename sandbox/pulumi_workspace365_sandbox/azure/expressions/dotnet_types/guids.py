"""`Guid`."""

import uuid
from typing import Any

from pulumi_workspace365_sandbox.azure.expressions import formats
from pulumi_workspace365_sandbox.azure.expressions.dotnet_types.numbers import try_parse
from pulumi_workspace365_sandbox.azure.expressions.errors import DotNetException
from pulumi_workspace365_sandbox.azure.expressions.registry import define
from pulumi_workspace365_sandbox.azure.expressions.values import ByteArray, guid

define(
    "Guid",
    makes=("Guid", lambda text=None: uuid.UUID(int=0) if text is None else _guid_of(text)),
    functions={
        "NewGuid": ("Guid", uuid.uuid4),
        "Parse": ("Guid", guid),
        "TryParse": ("bool", try_parse(lambda text: guid(text or ""), uuid.UUID(int=0)), "Guid"),
    },
    constants={"Empty": ("Guid", uuid.UUID(int=0))},
    methods={
        "ToString": ("string", lambda value, form="D": formats.guid_text(value, form)),
        "ToByteArray": ("byte[]", lambda value: ByteArray(value.bytes_le)),
    },
)


def _guid_of(given: Any) -> uuid.UUID:
    if isinstance(given, str):
        return guid(given)
    if len(given) != 16:
        raise DotNetException("ArgumentException", "Byte array for Guid must be exactly 16 bytes long. (Parameter 'b')")
    return uuid.UUID(bytes_le=bytes(given))
