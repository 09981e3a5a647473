"""`Random`."""

import random

from pulumi_workspace365_sandbox.azure.expressions.errors import out_of_range
from pulumi_workspace365_sandbox.azure.expressions.limits import check_text_size
from pulumi_workspace365_sandbox.azure.expressions.registry import define
from pulumi_workspace365_sandbox.azure.expressions.values import ByteArray

_RANDOM = random.SystemRandom()


class Random:
    """`Random`; with a seed it gives the same numbers each time, though not those of .NET."""

    kind = "Random"

    def __init__(self, seed: int | None = None) -> None:
        self._source = _RANDOM if seed is None else random.Random(seed)  # noqa: S311  what C# says, no secret

    def next(self, low: int | None = None, high: int | None = None) -> int:
        least, most = (0, 2**31 - 1) if low is None else (0, low) if high is None else (low, high)
        if most < least:
            raise out_of_range("maxValue")
        return self._source.randrange(least, max(most, least + 1))

    def fill(self, data: ByteArray) -> None:
        check_text_size(len(data))
        data[:] = bytes(self._source.randrange(256) for _ in data)

    def double(self) -> float:
        return self._source.random()


define(
    "Random",
    makes=("Random", lambda seed=None: Random(seed)),
    methods={"Next": ("int", Random.next), "NextDouble": ("double", Random.double), "NextBytes": ("void", Random.fill)},
)
