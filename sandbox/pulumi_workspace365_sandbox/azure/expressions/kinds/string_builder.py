"""`StringBuilder`."""

from collections.abc import Callable
from typing import Any

from pulumi_workspace365_sandbox.azure.expressions import formats
from pulumi_workspace365_sandbox.azure.expressions.kinds.text import replaced, string_format
from pulumi_workspace365_sandbox.azure.expressions.limits import allowed
from pulumi_workspace365_sandbox.azure.expressions.registry import define
from pulumi_workspace365_sandbox.azure.expressions.values import Text


def _append(builder: Text, value: Any = "", count: int = 1) -> Text:
    part = formats.text(value)
    builder.size += len(part) * count
    allowed(builder.size)
    builder.parts.append(part * count)
    return builder


def _changed(change: Callable[..., str]) -> Callable[..., Text]:
    def method(builder: Text, *arguments: Any) -> Text:
        made = change("".join(builder.parts), *arguments)
        allowed(len(made))
        builder.parts, builder.size = [made], len(made)
        return builder

    return method


define(
    "StringBuilder",
    makes=("StringBuilder", lambda text="", _=None: _append(Text(), text if isinstance(text, str) else "")),
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
