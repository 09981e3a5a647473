"""Providers that answer in every form but the one they should, for the tests of the host: ``do`` says in which."""

import asyncio
import datetime as dt
import enum
import os
import threading
import types
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ReadResult, ResourceProvider, UpdateResult

T = TypeVar("T")


class Kind(enum.StrEnum):
    CHAIR = "chair"


class Number(enum.Enum):
    SEVEN = 7


IDS: dict[str, Any] = {
    "int": 7,
    "zero": 0,
    "float": 7.0,
    "uuid": uuid.UUID(int=7),
    "decimal": Decimal("7.50"),
    "date": dt.date(2026, 1, 2),
    "path": Path("/shelf/7"),
    "bytes": b"seven",
    "str enum": Kind.CHAIR,
    "int enum": Number.SEVEN,
    "bool": True,
}
ODD_IDS: dict[str, Any] = {"dict": {"a": 1}, "list": ["a", 1], "surrogate": "a\udcffb"}
RESULTS: dict[str, Any] = {
    "dict of a result": {"id": "it", "outs": {"size": 3}},
    "dict of outputs": {"id": "it", "size": 3},
    "tuple": ("it", {"size": 3}),
    "namespace": types.SimpleNamespace(id="it", outputs={"size": 3}),
    "text": "it",
    "number": 7,
}
NUMBERS = [float("inf"), float("-inf"), 0.1, 1e308]
OUTPUTS: dict[str, Any] = {
    "list of outputs": ["size"],
    "text of outputs": "size",
}


def _deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"d": value}
    return value


async def _never() -> str:
    task = asyncio.ensure_future(asyncio.sleep(600, "late"))
    await asyncio.sleep(0)
    task.cancel()
    return await task


async def _broken() -> str:
    raise OSError("the saw is blunt")


def _recursive() -> Any:
    ring: dict[str, Any] = {}
    ring["ring"] = ring
    return ring


VALUES: dict[str, Any] = {
    "unknown": lambda: pulumi.output.UNKNOWN,
    "sentinel": lambda: "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    "too large": lambda: 10**400,
    "too deep": lambda: _deep(2000),
    "recursive": _recursive,
    "surrogate": lambda: "a\udcffb",
    "bytes": lambda: b"abc",
    "set": lambda: {1, 2},
    "broken awaitable": _broken,
    "cancelled awaitable": _never,
    "cancelled output": lambda: asyncio.run(_output()),
}


async def _output() -> Any:
    return pulumi.Output.from_input(asyncio.sleep(600, "late"))


class Bench(ResourceProvider):
    """Has what every provider has, and no update."""

    serialize_as_secret_always = False

    def create(self, props: dict[str, Any]) -> Any:
        kind, _, which = props["do"].partition(": ")
        match kind:
            case "id":
                return CreateResult({**IDS, **ODD_IDS}[which], {"size": 3})
            case "result":
                return RESULTS[which]
            case "outputs":
                return CreateResult("it", OUTPUTS[which])
            case "value":
                return CreateResult("it", {"size": 3, "odd": VALUES[which]()})
            case "numbers":
                return CreateResult("it", {"numbers": NUMBERS})
            case "key":
                return CreateResult("it", {"size": 3, 7: "seven"})  # type: ignore[dict-item]  # the mistake under test
            case "leave":
                os._exit(10)
        return CreateResult("it", props)


class Locking(ResourceProvider):
    """Has locks, as the instance of a whole module does."""

    serialize_as_secret_always = False

    def __init__(self) -> None:
        self.locks: dict[str, Any] = {
            "lock": threading.Lock(),
            "rlock": threading.RLock(),
            "condition": threading.Condition(),
            "held lock": threading.Lock(),
            "held rlock": threading.RLock(),
        }

    def create(self, props: dict[str, Any]) -> CreateResult:
        return CreateResult("it", {name: self._locked(lock) for name, lock in self.locks.items()} | props)

    def _locked(self, lock: Any) -> bool:
        if free := lock.acquire(blocking=False):
            lock.release()
        return not free


class Taking(ResourceProvider):
    """Takes what is not its own out of the properties that it gets, as providers do that pass them on as keyword arguments."""

    serialize_as_secret_always = False

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        olds.clear()
        del news["__provider"]
        return CheckResult(news, [])

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        return DiffResult(changes=olds.pop("__provider") != news.pop("__provider") or olds != news)

    def create(self, props: dict[str, Any]) -> CreateResult:
        del props["__provider"]
        return CreateResult("it", dict(props))

    def update(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        outs = dict(news)
        del outs["__provider"]
        olds.clear()
        news.clear()
        return UpdateResult(outs)

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        del props["__provider"]
        return ReadResult(id_, dict(props), dict(props))

    def delete(self, _id: str, props: dict[str, Any]) -> None:
        del props["__provider"]


async def _measured(size: float) -> float:
    await asyncio.sleep(0)
    return size + 2


class Loops(ResourceProvider):
    """Uses asyncio as if every thread had a loop."""

    serialize_as_secret_always = False

    def _wait(self, value: T) -> T:
        return asyncio.get_event_loop().run_until_complete(asyncio.sleep(0, value))

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        return self._wait(CheckResult({**news, "checked": pulumi.Output.from_input("yes")}, []))

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        return self._wait(DiffResult(changes=True))

    def create(self, props: dict[str, Any]) -> CreateResult:
        asyncio.run(asyncio.sleep(0))  # which leaves the thread without a loop
        word = pulumi.Output.secret("open-sesame")
        outs = {
            "word": word,
            "loud": word.apply(str.upper),
            "nested": {"words": ["plain", word]},
            "size": _measured(props["size"]),
            "plain": pulumi.Output.from_input("seen"),
            "made": asyncio.run(_made()),
        }
        return CreateResult(pulumi.Output.from_input("it"), outs)  # type: ignore[arg-type]  # an id that is an output

    def update(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        return self._wait(UpdateResult({**news, "word": pulumi.Output.secret("open-barley")}))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        return self._wait(ReadResult(id_, {**props, "word": pulumi.Output.secret("open-oats")}))

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        self._wait(None)


async def _made() -> pulumi.Output[str]:
    output = pulumi.Output.secret("made-in-a-loop-of-its-own")
    await output.future()
    return output


class Coroutines(ResourceProvider):
    """All of it asynchronous."""

    serialize_as_secret_always = False

    async def configure(self, _request: Any) -> None:  # type: ignore[override]  # what people hope for
        self.ready = await asyncio.sleep(0, True)

    async def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:  # type: ignore[override]  # as above
        return await asyncio.sleep(0, CheckResult(news, []))

    async def create(self, props: dict[str, Any]) -> CreateResult:  # type: ignore[override]  # as above
        return await asyncio.sleep(0, CreateResult("it", {**props, "ready": self.ready}))

    async def delete(self, _id: str, _props: dict[str, Any]) -> None:  # type: ignore[override]  # as above
        raise OSError(await asyncio.sleep(0, "nailed to the wall"))


class Pictures(ResourceProvider):
    """Works with assets the way people do: by their content where there is one, by their hash where there is not."""

    serialize_as_secret_always = False

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        return DiffResult(changes=olds["picture"] != news["picture"])

    def create(self, props: dict[str, Any]) -> CreateResult:
        label = pulumi.StringAsset(f"label of {props['picture'].text}")
        return CreateResult("it", {**props, "size": len(props["picture"].text), "label": label})

    def update(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        known = hasattr(olds["picture"], "text")
        return UpdateResult({**olds, **news, "same": olds["picture"] == news["picture"], "old content known": known})

    def delete(self, _id: str, props: dict[str, Any]) -> None:
        props["picture"].text  # noqa: B018  reading it is the mistake under test
