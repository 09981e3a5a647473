"""Declaring a resource to Pulumi's SDK for less than the usual price, which a program pays for each resource at every preview.

The SDK makes an output (five futures and a task) of every property, read or not, and records every frame of the call stack down
to the interpreter's, which is over half of a small resource's entry in state. Measured in docs/performance.md.

Both savings rest on how the SDK works inside, which it does not promise. ``tests/providers/test_sdk_canary.py`` holds against the
lowest and the newest SDK, and a variable switches each saving off: docs/how-it-works.md#what-rests-on-the-inside-of-pulumis-sdk.
"""

import inspect
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from types import FrameType
from typing import Any, get_origin

import pulumi

FRAMES_OF_THE_SDK = 5
"""Between ours and its look at the stack: 4, and one to spare, which costs a few bytes. One too few would cost a frame of the program."""

OUTPUTS_VARIABLE = "W365_SDK_DECLARED_OUTPUTS"
STACKS_VARIABLE = "W365_SDK_SHORT_STACKS"


class _Properties(dict[str, Any]):
    """Inputs that list only the declared outputs until ``complete``: the SDK makes the resource's attributes of what it lists."""

    def __init__(self, inputs: Mapping[str, Any], outputs: tuple[str, ...]) -> None:
        super().__init__(inputs)
        self._outputs: tuple[str, ...] | None = outputs

    def __iter__(self) -> Iterator[str]:
        return super().__iter__() if self._outputs is None else iter(self._outputs)

    def complete(self) -> None:
        """From now on this is a dictionary like others."""
        self._outputs = None


def declared_outputs(resource: type) -> tuple[str, ...]:
    """The names that a resource class and its bases annotate as outputs."""
    named = (
        name
        for base in resource.__mro__
        if base not in pulumi.CustomResource.__mro__
        for name, kind in inspect.get_annotations(base).items()
        if _class(kind) is pulumi.Output
    )
    return tuple(dict.fromkeys(named))


def _class(annotation: Any) -> Any:
    return get_origin(annotation)


def register(
    resource: pulumi.CustomResource,
    token: str,
    name: str,
    inputs: Mapping[str, Any],
    outputs: tuple[str, ...],
    *,
    opts: pulumi.ResourceOptions | None,
) -> None:
    """Construct a resource with these inputs, of which those left at ``None`` are not sent. Only ``outputs`` become its attributes.

    Raises:
        pulumi.RunError: a variable that switches a saving off is neither ``on`` nor ``off``.
    """
    present = {key: value for key, value in inputs.items() if value is not None}
    short = is_on(STACKS_VARIABLE)
    with _frames_recorded(_depth(inspect.currentframe()) + FRAMES_OF_THE_SDK) if short else nullcontext():
        if is_on(OUTPUTS_VARIABLE):
            properties = _Properties(present, outputs)
            pulumi.CustomResource.__init__(resource, token, name, properties, opts)
            properties.complete()
        else:
            pulumi.CustomResource.__init__(resource, token, name, {**dict.fromkeys(outputs), **present}, opts)


def is_on(variable: str) -> bool:
    """Whether the saving that a variable switches is on.

    Raises:
        pulumi.RunError: the variable is neither ``on`` nor ``off``.
    """
    value = os.environ.get(variable, "")
    if value not in {"", "on", "off"}:
        raise pulumi.RunError(f"{variable} is {value!r}; it must be on (the default) or off.")
    return value != "off"


def _depth(frame: FrameType | None) -> int:
    """Frames from this one down to the program's first; all of them where none is seen to run it (inline programs)."""
    depth = 0
    while frame is not None and frame.f_code.co_filename != "<frozen runpy>":
        frame, depth = frame.f_back, depth + 1
    return depth


@contextmanager
def _frames_recorded(most: int) -> Iterator[None]:
    """Let a look at the stack see so many of the innermost frames."""
    before = getattr(sys, "tracebacklimit", None)
    sys.tracebacklimit = most
    try:
        yield
    finally:
        if before is None:
            del sys.tracebacklimit
        else:
            sys.tracebacklimit = before
