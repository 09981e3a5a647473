"""How programs wait for their outputs: with one callback for each instead of one in every call, and at once for what fails."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from pathlib import Path
from typing import Any

import pytest

from pulumi_embedded_engine.engine import Engine
from pulumi_embedded_engine.program import main
from pulumi_embedded_engine.program.main import FirstCompleted
from tests.engine.cli import PASSPHRASE
from tests.engine.conftest import SALT

Wait = Callable[..., Awaitable[tuple[set[asyncio.Future[Any]], set[asyncio.Future[Any]]]]]
NUMBER = 3


class Counted(asyncio.Future[int]):
    callbacks = 0

    def add_done_callback(self, fn: Callable[[Any], object], **more: Any) -> None:
        Counted.callbacks += 1
        super().add_done_callback(fn, **more)


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(asyncio.wait_for(work, 30))


async def seen(wait: Wait, order: Iterable[int], at_once: int, how: str) -> tuple[list[int], list[int]]:
    """What somebody has heard of who waits for the first, and again for the first of the rest, until one fails or none is left; and what is left."""
    futures = [asyncio.get_running_loop().create_future() for _ in range(NUMBER)]
    numbers = {future: number for number, future in enumerate(futures)}

    async def complete() -> None:
        for step, number in enumerate(order):
            if step % at_once == 0:
                for _ in range(5):  # whoever waits gets to wait again
                    await asyncio.sleep(0)
            if how == "fails" and number == 1:
                futures[number].set_exception(ValueError("broken"))
            elif how == "is cancelled" and number == 1:
                futures[number].cancel()
            else:
                futures[number].set_result(number)

    completing = asyncio.ensure_future(complete())
    heard, pending, failed = list[int](), set(futures), False
    while pending and not failed:
        before = pending
        done, pending = await wait(pending, return_when=asyncio.FIRST_COMPLETED)
        assert done
        assert done | pending == before
        heard += map(numbers.__getitem__, done)
        failed = any(future.cancelled() or future.exception() for future in done)
    await completing
    return sorted(heard), sorted(map(numbers.__getitem__, pending))


@pytest.mark.parametrize("how", ["succeeds", "fails", "is cancelled"])
@pytest.mark.parametrize("at_once", [1, 2, 3])
@pytest.mark.parametrize("order", list(itertools.permutations(range(NUMBER))))
def test_the_same_was_done_when_one_failed_or_all_were_done_as_with_asyncio(
    order: tuple[int, ...], at_once: int, how: str
) -> None:
    assert run(seen(FirstCompleted().wait, order, at_once, how)) == run(seen(asyncio.wait, order, at_once, how))


def test_one_that_fails_is_heard_of_although_others_never_complete() -> None:
    async def work() -> bool:
        waits, loop = FirstCompleted(), asyncio.get_running_loop()
        never, succeeding, failing = (loop.create_future() for _ in range(3))
        loop.call_soon(succeeding.set_result, 0)
        done, pending = await waits.wait({never, succeeding}, return_when=asyncio.FIRST_COMPLETED)
        assert (done, pending) == ({succeeding}, {never})
        loop.call_soon(failing.set_exception, ValueError("broken"))
        done, pending = await waits.wait({never, failing}, return_when=asyncio.FIRST_COMPLETED)
        return (done, pending) == ({failing}, {never}) and str(failing.exception()) == "broken"

    assert run(work())


@pytest.mark.parametrize("number", [10, 40])
def test_those_that_succeed_one_after_the_other_are_heard_of_together(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main, "_SOON_SECONDS", 3600)

    async def work() -> int:
        waits, futures = FirstCompleted(), [asyncio.get_running_loop().create_future() for _ in range(number)]

        async def complete() -> None:
            for future in futures:
                await asyncio.sleep(0)
                future.set_result(0)

        completing, rounds, pending = asyncio.ensure_future(complete()), 0, set(futures)
        while pending:
            _, pending = await waits.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            rounds += 1
        await completing
        return rounds

    assert run(work()) == 1


@pytest.mark.parametrize("number", [10, 40])
def test_each_future_gets_one_callback_however_often_it_is_waited_for(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main, "_SOON_SECONDS", 0)

    async def work() -> int:
        waits, futures = FirstCompleted(), [Counted() for _ in range(number)]
        Counted.callbacks = 0
        pending: set[asyncio.Future[int]] = set(futures)
        for future in futures:
            asyncio.get_running_loop().call_soon(future.set_result, 0)
            done, pending = await waits.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            assert done
        return Counted.callbacks

    assert run(work()) == number


def test_futures_that_come_later_are_waited_for_too() -> None:
    async def work() -> bool:
        waits, loop = FirstCompleted(), asyncio.get_running_loop()
        never, later = loop.create_future(), loop.create_future()
        first = loop.create_future()
        first.set_result(0)
        await waits.wait({never, first}, return_when=asyncio.FIRST_COMPLETED)
        loop.call_soon(later.set_result, 1)
        return await waits.wait({never, later}, return_when=asyncio.FIRST_COMPLETED) == ({later}, {never})

    assert run(work())


def test_who_is_cancelled_while_waiting_can_wait_again() -> None:
    async def work() -> bool:
        waits, loop = FirstCompleted(), asyncio.get_running_loop()
        future = loop.create_future()
        waiting = asyncio.ensure_future(waits.wait({future}, return_when=asyncio.FIRST_COMPLETED))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait({waiting})
        loop.call_soon(future.set_result, 1)
        return await waits.wait({future}, return_when=asyncio.FIRST_COMPLETED) == ({future}, set())

    assert run(work())


def test_two_who_wait_at_once_both_hear_of_theirs() -> None:
    async def work() -> bool:
        waits, loop = FirstCompleted(), asyncio.get_running_loop()
        one, other = loop.create_future(), loop.create_future()
        both = asyncio.gather(*(waits.wait({future}, return_when=asyncio.FIRST_COMPLETED) for future in (one, other)))
        await asyncio.sleep(0)
        other.set_result(0)
        await asyncio.sleep(0)
        one.set_result(0)
        return await both == [({one}, set()), ({other}, set())]

    assert run(work())


@pytest.mark.parametrize("how", [{"return_when": asyncio.ALL_COMPLETED}, {}, {"return_when": asyncio.FIRST_EXCEPTION}])
def test_whoever_waits_for_more_than_the_first_gets_all(how: dict[str, Any]) -> None:
    async def work() -> bool:
        loop = asyncio.get_running_loop()
        futures = {loop.create_future() for _ in range(NUMBER)}
        for future in futures:
            loop.call_soon(future.set_result, 0)
        return await FirstCompleted().wait(futures, **how) == (futures, set())

    assert run(work())


def test_a_time_limit_is_kept_and_nothing_to_wait_for_is_refused() -> None:
    async def work() -> bool:
        future = asyncio.get_running_loop().create_future()
        with pytest.raises(ValueError, match="empty"):
            await FirstCompleted().wait([], return_when=asyncio.FIRST_COMPLETED)
        return await FirstCompleted().wait({future}, timeout=0, return_when=asyncio.FIRST_COMPLETED) == (set(), {future})

    assert run(work())


def test_the_sdk_of_a_program_waits_in_this_way_and_the_program_itself_as_ever(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "Pulumi.yaml").write_text("name: waiting\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text(f"encryptionsalt: {SALT}\n")
    (tmp_path / "__main__.py").write_text(
        "import asyncio, sys\nimport pulumi\nsdk = sys.modules['pulumi.runtime.stack'].asyncio\n"
        "pulumi.export('sdk', type(getattr(sdk.wait, '__self__', None)).__name__)\n"
        "pulumi.export('program', asyncio.wait.__module__)\npulumi.export('rest', sdk.sleep is asyncio.sleep)\n"
    )
    engine = Engine(tmp_path, "dev", backend_url=f"file://{tmp_path / 'state'}", passphrase=PASSPHRASE)
    engine.create()
    assert engine.up().outputs == {"sdk": "FirstCompleted", "program": "asyncio.tasks", "rest": True}
