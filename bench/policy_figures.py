"""What the library of handshake policies takes for many documents, and whether it takes time in proportion to a text, whatever stands there."""

import contextlib
import time
from collections.abc import Iterator

from bench.limits import Limited
from pulumi_workspace365_components.websocket_api import policy

_DOCUMENTS, _CHARACTERS = 1000, 10_000
_SMALL, _LARGE = 2**16, 2**20
_REPEATED = (
    "a",
    "0",
    " ",
    "\n",
    '"',
    "'",
    "\\",
    '\\"',
    "<",
    ">",
    "=",
    "/",
    "-",
    ".",
    "_",
    ":",
    "&",
    "%",
    "@(",
    "@{",
    "{{",
    "<!--",
    "a ",
)
_FRAMES = tuple(
    f"<policies><inbound>{one}</inbound></policies>"
    for one in (
        '<trace source="a">TEXT</trace>',
        "TEXT",
        '<set-variable name="a" value="TEXT" />',
        '<set-variable name="a" value="@(TEXT)" />',
    )
)
_NOTICED, _LONG = 0.02, 1.0
"""Seconds below which the clock says nothing about a text, and above which a short text has taken too long."""


def measure() -> Iterator[Limited]:
    """The library on documents of its own making, in this process."""
    text = _document()
    began = time.process_time()
    for number in range(_DOCUMENTS):
        handshake = policy.Handshake.parse(text.replace("NUMBER", str(number)))
        policy.rules.validate(handshake)
        handshake.rawxml()
    target = f"{_DOCUMENTS} policy documents of 10 kB parsed, validated and rendered ≤ 5 s of processor time"
    yield Limited(target, 5.0, (time.process_time() - began,))
    growth = max(map(_growth, _FRAMES))
    yield Limited("time of the slowest hostile policy per character, 1 MiB ÷ 512 KiB ≤ 1.5", 1.5, (growth,))


def _document() -> str:
    """Conditions, expressions and headers, as long as a document of some size."""
    one = (
        '<choose><when condition="@(context.Request.Headers.GetValueOrDefault(&quot;X-{number}&quot;, &quot;&quot;) == &quot;NUMBER&quot;)">'
        '<set-header name="X-Route-{number}" exists-action="override"><value>NUMBER</value></set-header></when></choose>'
    )
    count = _CHARACTERS // len(one)
    statements = "".join(one.replace("{number}", str(number)) for number in range(count))
    return f"<policies><inbound><base />{statements}</inbound><backend><base /></backend></policies>"


def _growth(frame: str) -> float:
    """How many times longer a character takes in 1 MiB than in half of it, of the text that takes longest; 0: no time to speak of."""
    first, repeated = max((_seconds(frame, text, _SMALL), text) for text in _REPEATED)
    if first > _LONG:
        return first
    half, whole = (_seconds(frame, repeated, size) for size in (_LARGE // 2, _LARGE))
    return whole / (2 * half) if half > _NOTICED else 0.0


def _seconds(frame: str, repeated: str, size: int) -> float:
    text = frame.replace("TEXT", repeated * ((size - len(frame)) // len(repeated)))
    began = time.process_time()
    with contextlib.suppress(policy.PolicyError):
        policy.rules.validate(policy.Handshake.parse(text))
    return time.process_time() - began
