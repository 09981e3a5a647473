"""Steps that run side by side, and the wait for their end."""

import asyncio
from typing import Any
from unittest import mock

import pytest

from pulumi_embedded_engine.run.step_executor import StepExecutor


def test_what_ended_a_moment_ago_is_not_waited_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    gather, calls = asyncio.gather, []

    def counted(*tasks: Any) -> Any:
        calls.append(tasks)
        assert len(calls) < 10, "the loop never lets go"
        return gather(*tasks)

    async def drained() -> None:
        executor = StepExecutor(mock.Mock(), mock.Mock(), parallel=1, keep_going=False)
        await executor.submit([])
        await asyncio.ensure_future(
            executor.drain()
        )  # its first turn comes after the chain's end and before that is taken note of

    monkeypatch.setattr(asyncio, "gather", counted)
    asyncio.run(drained())
    assert len(calls) == 1
