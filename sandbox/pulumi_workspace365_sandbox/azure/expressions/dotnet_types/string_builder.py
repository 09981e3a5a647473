"""`StringBuilder`."""

from collections.abc import Callable
from typing import Any

from pulumi_workspace365_sandbox.azure.expressions import formats
from pulumi_workspace365_sandbox.azure.expressions.dotnet_types.text import replaced, string_format
from pulumi_workspace365_sandbox.azure.expressions.limits import check_text_size
from pulumi_workspace365_sandbox.azure.expressions.registry import define
from pulumi_workspace365_sandbox.azure.expressions.values import StringBuilderValue


def _append(builder: StringBuilderValue, value: Any = "", count: int = 1) -> StringBuilderValue:
    part = formats.text(value)
    builder.size += len(part) * count
    check_text_size(builder.size)
    builder.parts.append(part * count)
    return builder


def _changed(change: Callable[..., str]) -> Callable[..., StringBuilderValue]:
    def method(builder: StringBuilderValue, *arguments: Any) -> StringBuilderValue:
        made = change("".join(builder.parts), *arguments)
        check_text_size(len(made))
        builder.parts, builder.size = [made], len(made)
        return builder

    return method


define(
    "StringBuilder",
    makes=("StringBuilder", lambda text="", _=None: _append(StringBuilderValue(), text if isinstance(text, str) else "")),
    members={"Length": ("int", lambda builder: builder.size)},
    methods={
        "Append": ("StringBuilder", _append),
        "AppendLine": ("StringBuilder", lambda builder, text="": _append(builder, f"{formats.text(text)}\r\n")),
        "AppendFormat": ("StringBuilder", lambda builder, pattern, *items: _append(builder, string_format(pattern, *items))),
        "Insert": ("StringBuilder", _changed(lambda text, at, part: text[:at] + formats.text(part) + text[at:])),
        "Remove": ("StringBuilder", _changed(lambda text, at, count: text[:at] + text[at + count :])),
        "Replace": ("StringBuilder", _changed(lambda text, old, new: replaced(text, formats.text(old), formats.text(new)))),
        "Clear": ("StringBuilder", _changed(lambda _: "")),
        "ToString": ("string", lambda builder: "".join(builder.parts)),
    },
)
