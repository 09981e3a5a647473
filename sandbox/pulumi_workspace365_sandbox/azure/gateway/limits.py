"""Counters of calls in a sliding window, for rate limits and quotas."""

import math
import time
from collections import defaultdict, deque


class Counters:
    """One for the gateway, for as long as it runs."""

    def __init__(self) -> None:
        self._calls: defaultdict[str, deque[float]] = defaultdict(deque)

    def count(self, key: str, limit: int, period: float, increment: int = 1) -> tuple[int, int]:
        """Count a call: how many are left after it, and the seconds until one is free again where it is one too many (else 0)."""
        now = time.monotonic()
        calls = self._calls[key]
        while calls and period and calls[0] <= now - period:
            calls.popleft()
        if len(calls) + increment > limit:
            free = calls[0] + period - now if calls and period else period
            return 0, max(1, math.ceil(free))
        calls.extend([now] * increment)
        return limit - len(calls), 0

    def clear(self) -> None:
        self._calls.clear()
