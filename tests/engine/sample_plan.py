"""A shelf of items: what programs say about them, the server that keeps them, and the provider; all within this process."""

import asyncio
import itertools
import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pulumi_embedded_engine.plan.goal import Alias
from pulumi_embedded_engine.plan.provider import Checked, CheckFailure, InitFailed, Outcome, ProviderError
from pulumi_embedded_engine.resource import diffs
from pulumi_embedded_engine.resource import urn as urns
from pulumi_embedded_engine.resource.diffs import Changes, DiffResult
from pulumi_embedded_engine.resource.state import Resource
from pulumi_embedded_engine.resource.values import UNKNOWN, Properties, equal

TYPE, GROUP, PROVIDER = "shelf:index:Item", "shelf:index:Group", "pulumi:providers:shelf"


@dataclass(frozen=True)
class Spec:
    """A resource of a program.

    Args:
        uses: the resources whose ids are among its inputs.
        after: the resources it is created after.
        parent: a component; empty for the stack.
        size: an input that can be updated.
        shape: an input that cannot: a change replaces the resource.
        solo: it is deleted before it is replaced.
        named: how often it was renamed.
        protect: it must not be deleted.
        adopts: the id under which it exists already.
        reads: the resource whose id it is looked up by; it is not the stack's own.
    """

    name: str
    uses: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    parent: str = ""
    component: bool = False
    size: int = 0
    shape: int = 0
    solo: bool = False
    named: int = 0
    protect: bool = False
    adopts: str = ""
    reads: str = ""

    @property
    def tied(self) -> bool:
        """Whether another id of something it uses replaces it."""
        return ord(self.name[-1]) % 2 == 0

    @property
    def full_name(self) -> str:
        return f"{self.name}{'x' * self.named}"

    @property
    def aliases(self) -> tuple[Alias, ...]:
        return tuple(Alias(name=f"{self.name}{'x' * times}") for times in range(self.named))


@dataclass
class Server:
    """What exists, by id, and whatever must never happen to it.

    Args:
        failing: (operation, name) of what fails.
        sick: names of what is created or updated only in part.
        solo: names of what goes before its successor comes.
        waits: for each name, those that it is registered after.
        crash_after: how many calls it answers before everything ends.
    """

    objects: dict[str, Properties] = field(default_factory=dict)
    failing: Collection[tuple[str, str]] = ()
    sick: Collection[str] = ()
    solo: Collection[str] = ()
    waits: Mapping[str, Collection[str]] = field(default_factory=dict)
    crash_after: int = 1_000_000
    calls: list[tuple[str, str]] = field(default_factory=list)
    checked: list[str] = field(default_factory=list)
    previewed: list[str] = field(default_factory=list)
    wrongs: list[str] = field(default_factory=list)
    crashed: asyncio.Event = field(default_factory=asyncio.Event)
    _busy: set[str] = field(default_factory=set)
    _ids: Any = field(default_factory=itertools.count)
    _random: random.Random = field(default_factory=lambda: random.Random(1))

    def new_id(self, name: str) -> str:
        return f"{name}-{next(self._ids)}"

    async def call(self, operation: str, name: str, urn: str) -> None:
        """Begin a call: others may come in between, it may fail, and nobody else may touch the resource meanwhile.

        The name alone does not say who it is: with another parent it is another resource, which may come while the first goes.
        """
        if urn in self._busy:
            self.wrongs.append(f"{operation} of {urn} while another call about it runs")
        self._busy.add(urn)
        self.calls.append((operation, name))
        try:
            for _ in range(self._random.randrange(4)):
                await asyncio.sleep(0)
            if len(self.calls) > self.crash_after:
                self.crashed.set()
                await asyncio.Event().wait()
        finally:
            self._busy.discard(urn)
        if (operation, name) in self.failing:
            raise ProviderError(f"{operation} of {name} fails")

    def check_uses(self, properties: Properties) -> None:
        missing = [id_ for id_ in _uses(properties) if id_ not in self.objects]
        if missing:
            self.wrongs.append(f"{properties['name']} uses what does not exist: {missing}")

    def check_unused(self, id_: str) -> None:
        """Nothing may lose what it uses, unless it can live with another one of it, or its own successor exists already.

        What does not wait for it any more may just be letting go of it, as with the CLI: it was registered before.
        """
        name = self.objects[id_]["name"]
        newest = {item["name"]: item for item in self.objects.values()}
        users = [item for item in newest.values() if id_ in _uses(item) and item["name"] != name]
        held = [item for item in users if name in self.waits.get(str(item["name"]), {str(name)})]
        wrong = [item["name"] for item in held if item["tied"] or not self._gives_way(id_)]
        if wrong:
            self.wrongs.append(f"{id_} is deleted while {wrong} use it")

    def _gives_way(self, id_: str) -> bool:
        """Whether it goes before its successor comes: by its own wish, or with something it is tied to."""
        item = self.objects.get(id_)
        if item is None or item["name"] in self.solo:
            return True
        return bool(item["tied"]) and any(map(self._gives_way, _uses(item)))


def _uses(properties: Properties) -> list[Any]:
    return [value for key, value in properties.items() if key.startswith("use:")]


class Shelf:
    """The provider of all resources."""

    def __init__(self, server: Server) -> None:
        self._server = server

    async def check(
        self, urn: str, olds: Properties, news: Properties, *, old_outputs: Properties, preview: bool, seed: bytes
    ) -> Checked:
        del urn, olds, old_outputs, preview, seed
        self._server.checked.append(str(news.get("name")))
        return Checked(news)

    async def diff(
        self, old: Resource, inputs: Properties, *, urn: str, preview: bool, ignore_changes: Sequence[str]
    ) -> DiffResult:
        del urn, preview, ignore_changes
        changed = sorted(diffs.differences(old.inputs, inputs))
        heavy = [key for key in changed if key == "shape" or (":" in key and inputs["tied"])]
        changes = Changes.SOME if changed else Changes.NONE
        return DiffResult(changes, replace_keys=heavy, changed_keys=changed, delete_before_replace=bool(inputs["solo"]))

    async def create(self, new: Resource, *, preview: bool) -> Outcome:
        if preview:
            self._server.previewed.append(f"create {new.inputs['name']}")
            return Outcome("", {**new.inputs, "id": UNKNOWN})
        name = str(new.inputs["name"])
        await self._server.call("create", name, new.urn)
        self._server.check_uses(new.inputs)
        id_ = self._server.new_id(name)
        return self._kept(id_, new.inputs)

    def _kept(self, id_: str, inputs: Properties) -> Outcome:
        self._server.objects[id_] = dict(inputs)
        outcome = Outcome(id_, {**inputs, "place": f"on {id_}"}, inputs)
        if inputs["name"] in self._server.sick:
            raise InitFailed(["it is sick"], outcome)
        return outcome

    async def read(self, urn: str, id_: str, inputs: Properties | None, state: Properties | None, seconds: float) -> Outcome:
        del inputs, seconds
        await self._server.call("read", str((state or {}).get("name")), urn)
        found = self._server.objects.get(id_)
        return Outcome("", None) if found is None else Outcome(id_, {**found, "place": f"on {id_}"}, dict(found))

    async def update(self, old: Resource, new: Resource, *, preview: bool, ignore_changes: Sequence[str]) -> Outcome:
        del ignore_changes
        if preview:
            self._server.previewed.append(f"update {new.inputs['name']}")
            return Outcome(old.id, dict(new.inputs))
        await self._server.call("update", str(new.inputs["name"]), new.urn)
        self._server.check_uses(new.inputs)
        if old.id not in self._server.objects:
            raise ProviderError(f"{old.id} is gone")
        return self._kept(old.id, new.inputs)

    async def delete(self, old: Resource) -> None:
        await self._server.call("delete", str(old.inputs["name"]), old.urn)
        if old.id in self._server.objects:
            self._server.check_unused(old.id)
            del self._server.objects[old.id]

    async def invoke(self, token: str, arguments: Properties, *, preview: bool) -> tuple[Properties, Sequence[CheckFailure]]:
        raise NotImplementedError


class Registry(Shelf):
    """The provider of provider resources, and the way to the one there is."""

    async def diff(
        self, old: Resource, inputs: Properties, *, urn: str, preview: bool, ignore_changes: Sequence[str]
    ) -> DiffResult:
        del urn, preview, ignore_changes
        return DiffResult(Changes.NONE if equal(old.inputs, inputs) else Changes.SOME)

    async def create(self, new: Resource, *, preview: bool) -> Outcome:
        return Outcome(urns.UNKNOWN_ID if preview else "the-shelf", dict(new.inputs))

    async def delete(self, old: Resource) -> None:
        del old

    @property
    def registry(self) -> "Registry":
        return self

    def find(self, reference: str) -> Shelf:
        del reference
        return Shelf(self._server)

    async def ensure(self, reference: str) -> None:
        del reference

    async def start(self, state: Resource, *, checked: bool) -> None:
        del state, checked

    async def diff_config(self, reference: str, old: Resource, inputs: Properties) -> DiffResult:
        del reference, old, inputs
        return diffs.UNCHANGED

    def alias(self, urn: str, former: str) -> None:
        del urn, former
