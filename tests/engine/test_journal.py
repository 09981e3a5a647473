"""The journal: what a run recorded is what the deployment becomes, wherever the run was cut off."""

import asyncio
import contextlib
import dataclasses
import errno
import itertools
import json
import os
import resource as resources
import signal
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_embedded_engine.errors import EngineError, StateError, Unexpected
from pulumi_embedded_engine.plan.provider import ProviderError
from pulumi_embedded_engine.plan.snapshot import Entry, Snapshot
from pulumi_embedded_engine.plan.steps import Op, Step
from pulumi_embedded_engine.report.recorder import Recorder
from pulumi_embedded_engine.resource.deployment import Deployment, Operation, OperationType
from pulumi_embedded_engine.resource.state import Resource
from pulumi_embedded_engine.resource.values import Secret
from pulumi_embedded_engine.store import journal, replay
from pulumi_embedded_engine.store.journal import Journal
from pulumi_embedded_engine.store.replay import JournalReplayer, Key
from tests.engine.test_properties import conceal, reveal

OPERATION_TYPES: list[OperationType] = ["creating", "updating", "deleting", "reading"]


def resource(name: str, **fields: Any) -> Resource:
    return Resource(urn=f"urn:pulumi:dev::p::a:b:C::{name}", type="a:b:C", custom=True, id=f"id-{name}", **fields)


def folded(base: Deployment, path: Path) -> Deployment:
    result = JournalReplayer(base.to_json(conceal))
    for record in journal.read(path):
        result.apply(record)
    return Deployment.from_json(result.document(base.manifest), reveal)


@pytest.fixture
def paths(tmp_path: Path) -> Iterator[Path]:
    """Names for journals."""
    return (tmp_path / f"journal-{number}" for number in itertools.count())


class Model:
    """A deployment in memory, and the journal's methods applied to it directly."""

    def __init__(self, base: Deployment) -> None:
        self.old: dict[Key, Resource] = {replay.base_key(index): item for index, item in enumerate(base.resources)}
        self.new: dict[Key, Resource] = {}
        self.running: dict[int, Operation] = {}
        self.former = [item for item in base.pending_operations if item.type == "creating"]

    def keys(self) -> list[Key]:
        return [*self.new, *self.old]

    def where(self, key: Key) -> dict[Key, Resource]:
        return self.new if key in self.new else self.old

    def change(self, key: Key, **changes: Any) -> None:
        found = self.where(key)
        found[key] = dataclasses.replace(found[key], **changes)

    def resources(self) -> list[Resource]:
        return [*self.new.values(), *self.old.values()]

    def pending(self) -> list[Operation]:
        return [*self.running.values(), *self.former]


class Run:
    """Draws steps, and takes each on the journal and on the model."""

    def __init__(self, draw: st.DataObject, run: Journal, base: Deployment) -> None:
        self.draw, self.run, self.model = draw.draw, run, Model(base)
        self.names = itertools.count()

    def fresh(self) -> Resource:
        return resource(f"new-{next(self.names)}", inputs={"s": Secret(self.draw(st.text(max_size=3)))})

    def key(self) -> Key | None:
        keys = self.model.keys()
        return self.draw(st.sampled_from(keys)) if keys else None

    def step(self) -> None:
        steps = [
            self.begin,
            self.succeed,
            self.fail,
            self.component,
            self.same,
            self.outputs,
            self.refresh,
            self.mark,
            self.rebuild,
        ]
        self.draw(st.sampled_from(steps))()

    def begin(self) -> None:
        type_ = self.draw(st.sampled_from(OPERATION_TYPES))
        state = self.fresh()
        number = self.run.begin(type_, state)
        self.model.running[number] = Operation(state, type_)

    def succeed(self) -> None:
        if self.model.running:
            number = self.draw(st.sampled_from(sorted(self.model.running)))
            new, remove = self.fresh(), self.key()
            del self.model.running[number]
            if remove is not None:
                del self.model.where(remove)[remove]
            self.model.new[self.run.end(number, new=new, remove=remove)] = new

    def fail(self) -> None:
        if self.model.running:
            number = self.draw(st.sampled_from(sorted(self.model.running)))
            del self.model.running[number]
            self.run.end(number)

    def component(self) -> None:
        new = self.fresh()
        self.model.new[self.run.end(new=new)] = new

    def same(self) -> None:
        old = self.key()
        if old is not None:
            former = self.model.where(old).pop(old)
            new = self.draw(st.sampled_from([None, dataclasses.replace(former, protect=True)]))
            self.model.new[self.run.same(old, new)] = new or former

    def outputs(self) -> None:
        key = self.key()
        if key is not None:
            self.model.change(key, outputs={"o": 1.0})
            self.run.outputs(key, self.model.where(key)[key])

    def refresh(self) -> None:
        key = self.key()
        if key is not None and self.draw(st.booleans()):
            self.model.change(key, outputs={"r": 2.0})
            self.run.refresh(key, self.model.where(key)[key])
        elif key is not None:
            del self.model.where(key)[key]
            self.run.refresh(key, None)

    def mark(self) -> None:
        key = self.key()
        if key is not None and self.draw(st.booleans()):
            self.model.change(key, delete=True)
            self.run.end(mark_delete=key)
        elif key is not None:
            self.model.change(key, pending_replacement=True)
            self.run.end(mark_pending_replacement=key)

    def rebuild(self) -> None:
        self.model.old = self.model.new | self.model.old
        self.model.new = {}
        self.run.rebuild()


base_deployments = st.builds(
    lambda count, pending: Deployment(
        [resource(f"old-{number}") for number in range(count)],
        [Operation(resource(f"pending-{number}"), type_) for number, type_ in enumerate(pending)],
    ),
    st.integers(0, 4),
    st.lists(st.sampled_from(["creating", "deleting"]), max_size=2),
)


@given(base=base_deployments, data=st.data(), steps=st.integers(0, 12))
def test_folding_the_journal_equals_taking_each_step_directly(
    base: Deployment, data: st.DataObject, steps: int, paths: Iterator[Path]
) -> None:
    path = next(paths)
    run = Journal(path, {}, conceal)
    actual = Run(data, run, base)
    for _ in range(steps):
        actual.step()
    run.close()
    result = folded(base, path)
    assert result.resources == actual.model.resources()
    assert result.pending_operations == actual.model.pending()


def test_a_journal_torn_at_any_byte_holds_every_complete_record(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    run = Journal(path, {"base": "hash"}, conceal)
    for name in ("a", "ü\n"):
        run.end(run.begin("creating", resource(name)), new=resource(name))
    run.close()
    data, records = path.read_bytes(), journal.read(path)
    assert len(records) == 5
    for end in range(len(data)):
        path.write_bytes(data[:end])
        assert journal.read(path) == records[: data[:end].count(b"\n")]


def test_a_damaged_record_ends_the_journal(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    run = Journal(path, {}, conceal)
    run.end(new=resource("a"))
    run.end(new=resource("b"))
    run.close()
    data = path.read_bytes()
    path.write_bytes(data.replace(b"id-b", b"id-x"))
    assert [record["kind"] for record in journal.read(path)] == ["header", "end"]
    path.write_bytes(data[:-20] + bytes(20))
    assert [record["kind"] for record in journal.read(path)] == ["header", "end"]


def test_each_step_is_on_disk_when_its_call_returns(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    run = Journal(path, {}, conceal)
    number = run.begin("creating", resource("a"))
    assert journal.read(path)[-1]["type"] == "creating"
    run.end(number, new=resource("a"))
    assert journal.read(path)[-1]["new"]["id"] == "id-a"
    run.close()


@contextlib.contextmanager
def no_room_beyond(size: int) -> Iterator[None]:
    """No file of this process can be written beyond a size."""
    soft, hard = resources.getrlimit(resources.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resources.setrlimit(resources.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resources.setrlimit(resources.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


def test_a_full_disk_says_what_was_not_recorded_and_spoils_nothing(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    run = Journal(path, {}, conceal)
    run.end(new=resource("a"))
    expected = r"end of urn:.*::b \(id id-b\) could not be recorded in .*journal: File too large; .* the stack may not contain it"
    with no_room_beyond(content_length(path) + 100), pytest.raises(StateError, match=expected):
        run.end(new=resource("b"))
    run.end(new=resource("c"))
    run.close()
    assert [item.id for item in folded(Deployment(), path).resources] == ["id-a", "id-c"]


def test_what_was_begun_can_be_ended_on_a_full_disk_and_nothing_else_is_begun(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    run = Journal(path, {}, conceal)
    names = [f"{number:0{500 * number + 1}}" for number in range(8)]
    begun = [run.begin("creating", resource(name)) for name in names]
    with no_room_beyond(path.stat().st_size):
        expected = r"::x was not changed, because the operation could not be recorded in .*File too large"
        with pytest.raises(StateError, match=expected):
            run.begin("creating", dataclasses.replace(resource("x"), inputs={"large": "x" * 100_000}))
        for number, name in zip(begun, names, strict=True):
            run.end(number, new=dataclasses.replace(resource(name), outputs=resource(name).inputs | {"password": Secret(name)}))
    run.close()
    result = folded(Deployment(), path)
    assert [item.id for item in result.resources] == [f"id-{name}" for name in names]
    assert result.pending_operations == []


def test_room_is_given_back(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    run = Journal(path, {}, conceal)
    run.end(run.begin("creating", resource("a")), new=resource("a"))
    assert path.stat().st_size > content_length(path)
    run.release_room()
    assert path.stat().st_size == content_length(path)
    run.commit("hash")
    run.close()
    assert [record["kind"] for record in journal.read(path)] == ["header", "begin", "end", "commit"]


def test_a_disk_that_fails_is_asked_for_nothing_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Journal(tmp_path / "journal", {}, conceal)
    number = run.begin("creating", resource("a"))

    def failing(_descriptor: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(StateError, match=r"end of urn:.*::a \(id id-a\) could not be recorded in .*: Input/output error"):
        run.end(number, new=resource("a"))
    monkeypatch.undo()
    with pytest.raises(StateError, match="::b was not changed"):
        run.begin("creating", resource("b"))
    run.close()


def content_length(path: Path) -> int:
    return len(path.read_bytes().rstrip(b"\0"))


def test_a_step_costs_its_own_size_only(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    run = Journal(path, {}, conceal)
    sizes = [content_length(path)]
    for number in range(1000, 1100):
        run.end(run.begin("creating", resource(f"{number}")), new=resource(f"{number}"))
        sizes.append(content_length(path))
        assert path.stat().st_size - sizes[-1] < 128 * 1024
    run.close()
    costs = [after - before for before, after in itertools.pairwise(sizes)]
    assert max(costs) - min(costs) <= 4  # the operation's number grows


def test_secrets_are_never_in_the_journal_in_clear(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    run = Journal(path, {}, conceal)
    run.begin("creating", resource("a", inputs={"key": Secret("hush-hush")}))
    run.close()
    assert "hush-hush" not in path.read_text()
    assert path.stat().st_mode & 0o077 == 0


def test_threads_share_the_journal(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    run = Journal(path, {}, conceal)

    def work(worker: int) -> None:
        for number in range(20):
            name = f"{worker}-{number}"
            run.end(run.begin("creating", resource(name)), new=resource(name))

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run.close()
    result = folded(Deployment(), path)
    assert len({item.urn for item in result.resources}) == 160
    assert result.pending_operations == []


def test_a_replacement_leaves_what_it_replaces_to_be_deleted(tmp_path: Path) -> None:
    base = Deployment([resource("a"), resource("b")])
    run = Journal(tmp_path / "journal", {}, conceal)
    operation = run.begin("creating", resource("a"))
    run.end(operation, new=dataclasses.replace(resource("a"), id="id-2"), mark_delete=replay.base_key(0))
    run.close()
    assert [(item.id, item.delete) for item in folded(base, tmp_path / "journal").resources] == [
        ("id-2", False),
        ("id-a", True),
        ("id-b", False),
    ]


@pytest.mark.parametrize("with_program", [False, True])
def test_what_a_refresh_found_gone_is_referred_to_by_nobody(with_program: bool, tmp_path: Path) -> None:
    gone, kept = resource("gone"), resource("kept", dependencies=(resource("gone").urn,))
    run = Journal(tmp_path / "journal", {}, conceal)
    if with_program:
        run.end(remove=replay.base_key(0), refreshed=True)
    else:
        run.refresh(replay.base_key(0), None)
    run.close()
    assert folded(Deployment([gone, kept]), tmp_path / "journal").resources == [dataclasses.replace(kept, dependencies=())]


def test_features_are_those_of_the_folded_resources(tmp_path: Path) -> None:
    base = Deployment([resource("a", taint=True)])
    run = Journal(tmp_path / "journal", {}, conceal)
    run.end(new=resource("a", inputs={"x": Secret("\udcff")}), remove=replay.base_key(0))
    run.begin("creating", resource("b", resource_hooks={"AfterCreate": ("h",)}))
    run.close()
    result = JournalReplayer(base.to_json(conceal))
    for record in journal.read(tmp_path / "journal"):
        result.apply(record)
    assert result.document({})["features"] == ["byteString", "hooks"]


def test_a_journal_never_continues_another(tmp_path: Path) -> None:
    Journal(tmp_path / "journal", {}, conceal).close()
    with pytest.raises(StateError, match="journal cannot be used: File exists"):
        Journal(tmp_path / "journal", {}, conceal)


def test_records_are_readable_json(tmp_path: Path) -> None:
    run = Journal(tmp_path / "journal", {"stack": "dev"}, conceal)
    run.close()
    checksum, _, text = (tmp_path / "journal").read_text().partition(" ")
    assert len(checksum) == 8
    record = json.loads(text)
    assert datetime.fromisoformat(record.pop("time")).utcoffset() == timedelta(0)
    assert record == {"kind": "header", "format": 1, "stack": "dev"}


def test_a_deployment_was_written_when_its_last_step_was(tmp_path: Path) -> None:
    run = Journal(tmp_path / "journal", {}, conceal)
    run.begin("creating", resource("a"))
    run.close()
    result = JournalReplayer({})
    for number, record in enumerate(journal.read(tmp_path / "journal")):
        result.apply(record | {"time": f"2026-01-0{number + 1}T00:00:00Z"})
    assert result.document({"time": "2026-05-05T00:00:00Z", "version": "v1"})["deployment"]["manifest"] == {
        "time": "2026-01-02T00:00:00Z",
        "version": "v1",
    }


@pytest.mark.parametrize(
    ("error", "stays"),
    [(ProviderError("refused"), False), (ProviderError("gone", lost=True), True), (Unexpected("odd", ValueError("odd")), True)],
)
def test_a_create_of_which_nobody_can_tell_what_became_stays_pending_with_its_beginning(
    error: EngineError, stays: bool, tmp_path: Path
) -> None:
    run = Journal(tmp_path / "journal", {}, conceal)
    recorder = Recorder(run, Snapshot([]))
    step = Step(Op.CREATE, None, Entry(dataclasses.replace(resource("a"), id="")))
    before = datetime.now(UTC)

    async def fail() -> None:
        await recorder.end(step, await recorder.begin(step), error)

    asyncio.run(fail())
    run.close()
    pending = folded(Deployment(), tmp_path / "journal").pending_operations
    assert [(item.type, item.resource.urn) for item in pending] == [("creating", step.urn)] * stays
    assert all(before <= datetime.fromisoformat(item.resource.modified) <= datetime.now(UTC) for item in pending)
