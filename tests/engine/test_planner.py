"""Whatever a program registers and however it changes: the order of dependencies holds, and a second run has nothing to do."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pulumi_embedded_engine.resource import urn as urns
from pulumi_embedded_engine.store.backend import Backend
from pulumi_embedded_engine.store.secrets import PassphraseSecrets
from tests.engine.planning import Stack
from tests.engine.sample_plan import TYPE, Spec
from tests.properties import examples

NAMES = "abcdefgh"
COMPONENTS = "AB"
numbers = itertools.count()


@st.composite
def programs(draw: st.DrawFn) -> list[Spec]:
    """Programs over the same names: each resource may use, or come after, those before it in the alphabet."""
    components = [Spec(name, component=True) for name in COMPONENTS if draw(st.booleans())]
    specs = list(components)
    for name in NAMES:
        if not draw(st.booleans()):
            continue
        earlier = [spec.name for spec in specs if not spec.component]
        some = st.lists(st.sampled_from(earlier), unique=True, max_size=2) if earlier else st.just([])
        parent = draw(st.sampled_from(["", *(spec.name for spec in components)])) if components else ""
        spec = Spec(name, tuple(draw(some)), tuple(draw(some)), parent, size=draw(st.integers(0, 1)))
        specs.append(replace(spec, shape=draw(st.integers(0, 1)), solo=draw(st.booleans())))
    return specs


operations = st.sampled_from(["create", "update", "delete"])
failures = st.sets(st.tuples(operations, st.sampled_from(NAMES)), max_size=4)
thorough = examples(30)  # each has a stack of its own in the folder


def stack(folder: Path, secrets: PassphraseSecrets) -> Stack:
    store = Backend.from_url(f"file://{folder}").stack("shop", f"s{next(numbers)}")
    store.init(secrets)
    return Stack(store, secrets)


def assert_deployed(stack: Stack, specs: Sequence[Spec]) -> None:
    """Exactly what the program says exists, state knows it, and nothing wrong happened on the way."""
    assert stack.server.wrongs == []
    wanted = {spec.name: (spec.size, spec.shape, set(spec.uses)) for spec in specs if not spec.component}
    objects = stack.server.objects
    there = {
        item["name"]: (item["size"], item["shape"], {objects[str(id_)]["name"] for key, id_ in item.items() if ":" in key})
        for item in objects.values()
    }
    assert there == wanted
    assert len(objects) == len(wanted)
    assert stack.ids() == objects.keys()
    assert stack.pending() == []


def assert_settled(stack: Stack, specs: Sequence[Spec]) -> None:
    stack.server.calls.clear()
    ran = stack.up(specs)
    assert ran.ok
    assert ran.changes.keys() <= {"same"}
    assert stack.server.calls == []


ENTANGLED = [
    Spec("a", size=1, shape=1, solo=True),
    Spec("d", after=("a",), solo=True),
    Spec("e", uses=("d",), after=("a",), size=1, solo=True),
    Spec("f", uses=("d",), after=("e",), size=1, shape=1, solo=True),
    Spec("h", uses=("e", "d"), size=1),
]
FREED = [
    Spec("c", shape=1, solo=True),
    Spec("d", uses=("c",), size=1, shape=1, solo=True),
    Spec("h", uses=("c",), shape=1, solo=True),
]
"""What `d` took with it comes back without waiting for `d`."""


@pytest.mark.slow
@thorough
@example(first=ENTANGLED, second=FREED)
@given(first=programs(), second=programs())
def test_any_change_of_a_program_is_deployed_in_order_and_then_there_is_nothing_to_do(
    tmp_path: Path, secrets: PassphraseSecrets, first: list[Spec], second: list[Spec]
) -> None:
    here = stack(tmp_path, secrets)
    for specs in (first, second):
        assert here.up(specs).ok
        assert_deployed(here, specs)
        assert_settled(here, specs)
    assert here.destroy().ok
    assert_deployed(here, [])
    assert here.resources() == []


TAKEN = [Spec("a"), Spec("c", uses=("a",), solo=True), Spec("d", uses=("c", "a"), after=("c",), shape=1, solo=True)]
WAITED_FOR = [Spec("a", size=1, solo=True), Spec("c", uses=("a",), shape=1, solo=True), Spec("f", after=("a", "c"), shape=1)]
"""`c` cannot be replaced, as `d` does not go: the program must hear of it."""


@pytest.mark.slow
@thorough
@example(first=TAKEN, second=WAITED_FOR, failing={("delete", "d")}, sick=set(), on=True)
@given(first=programs(), second=programs(), failing=failures, sick=st.sets(st.sampled_from(NAMES), max_size=2), on=st.booleans())
def test_after_any_failures_nothing_is_lost_and_the_next_run_completes_what_was_begun(  # noqa: PLR0917  hypothesis names them
    tmp_path: Path,
    secrets: PassphraseSecrets,
    first: list[Spec],
    second: list[Spec],
    failing: set[tuple[str, str]],
    sick: set[str],
    on: bool,
) -> None:
    here = stack(tmp_path, secrets)
    assert here.up(first).ok
    here.server.failing, here.server.sick = failing, sick
    here.up(second, keep_going=on)
    assert here.server.wrongs == []
    assert here.ids() == here.server.objects.keys()
    assert here.pending() == []
    here.server.failing = here.server.sick = ()
    assert here.up(second).ok
    assert_deployed(here, second)
    assert_settled(here, second)


def test_what_depends_on_a_failure_is_left_alone_and_predicted_without_a_check_of_its_inputs(
    tmp_path: Path, secrets: PassphraseSecrets
) -> None:
    first = [
        Spec("a"),
        Spec("b", uses=("a",)),
        Spec("group", component=True, after=("b",)),
        Spec("child", parent="group"),
        Spec("c"),
    ]
    here = stack(tmp_path, secrets)
    here.server.failing = {("create", "a")}
    failed = here.up(first, keep_going=True)
    assert [message for message in failed.messages if "error" in message] == ["error: create of a fails"]
    assert [name for name in here.server.checked if name != "None"] == ["a", "c"]
    assert here.server.previewed == ["create b", "create child"]
    assert [item["name"] for item in here.server.objects.values()] == ["c"]
    here.server.failing = ()
    assert here.up(first).ok

    second = [replace(spec, size=int(not spec.component)) for spec in first]
    here.server.failing = {("update", "a")}
    here.server.checked.clear()
    here.server.previewed.clear()
    assert not here.up(second, keep_going=True).ok
    assert [name for name in here.server.checked if name != "None"] == ["a", "c"]
    assert here.server.previewed == ["update b", "update child"]
    assert {item["name"]: item["size"] for item in here.server.objects.values()} == {"a": 0, "b": 0, "child": 0, "c": 1}
    assert {urns.name_of(item.urn): item.inputs["size"] for item in here.resources() if item.type == TYPE} == {
        "a": 0,
        "b": 0,
        "child": 0,
        "c": 1,
    }
    here.server.failing = ()
    assert here.up(second).ok
    assert_deployed(here, second)
    assert_settled(here, second)


def test_a_program_goes_on_after_an_import_that_fails(tmp_path: Path, secrets: PassphraseSecrets) -> None:
    here = stack(tmp_path, secrets)
    assert not here.up([Spec("a", adopts="nothing"), Spec("b", uses=("a",)), Spec("c")], keep_going=True).ok
    assert [item["name"] for item in here.server.objects.values()] == ["c"]
    assert len(here.ids()) == 1


def test_what_has_no_id_because_something_failed_is_not_read_or_recorded(tmp_path: Path, secrets: PassphraseSecrets) -> None:
    here = stack(tmp_path, secrets)
    here.server.failing = {("create", "a")}
    specs = [Spec("a"), Spec("found", reads="a"), Spec("b", uses=("found",))]
    assert not here.up(specs, keep_going=True).ok
    assert here.ids() == set()
    assert ("read", "found") not in here.server.calls
    assert here.server.previewed == ["create b"]


def test_a_program_ends_where_a_resource_cannot_be_read_before_it_is_planned(tmp_path: Path, secrets: PassphraseSecrets) -> None:
    here = stack(tmp_path, secrets)
    specs = [Spec("a"), Spec("b", uses=("a",))]
    assert here.up(specs).ok
    here.server.failing = {("read", "a")}
    assert not here.up(specs, keep_going=True, reads_first=True).ok
    assert here.ids() == here.server.objects.keys()
    here.server.failing = ()
    assert here.up(specs, keep_going=True, reads_first=True).ok


@thorough
@given(first=programs(), second=programs(), calls=st.integers(0, 8))
def test_a_run_that_is_killed_leaves_everything_it_did_in_state_or_named_as_pending(
    tmp_path: Path, secrets: PassphraseSecrets, first: list[Spec], second: list[Spec], calls: int
) -> None:
    here = stack(tmp_path, secrets)
    assert here.up(first).ok
    here.server.calls.clear()
    here.server.crash_after = calls
    here.up(second)
    here.server.crash_after = 1_000_000
    assert here.server.wrongs == []
    pending = {(kind, urns.name_of(urn)) for kind, urn in here.pending()}
    lost = [str(item["name"]) for id_, item in here.server.objects.items() if id_ not in here.ids()]
    assert {("creating", name) for name in lost} <= pending
    missing = {
        urns.name_of(resource.urn) for resource in here.resources() if resource.id in here.ids() - here.server.objects.keys()
    }
    assert {("deleting", name) for name in missing} <= pending
    assert {name for _, name in here.server.calls[calls:]} <= {name for _, name in pending}


@pytest.mark.slow
@thorough
@given(specs=programs(), gone=st.sets(st.sampled_from(NAMES)), grown=st.sets(st.sampled_from(NAMES)))
def test_a_refresh_finds_whatever_changed_behind_its_back_and_the_next_run_sets_it_right(
    tmp_path: Path, secrets: PassphraseSecrets, specs: list[Spec], gone: set[str], grown: set[str]
) -> None:
    here = stack(tmp_path, secrets)
    assert here.up(specs).ok
    objects = here.server.objects
    for id_, item in list(objects.items()):
        if item["name"] in grown:
            objects[id_] = {**item, "size": 7}
        if item["name"] in gone:
            del objects[id_]
    assert here.refresh().ok
    assert here.ids() == objects.keys()
    found = {resource.id: resource.inputs["size"] for resource in here.resources() if resource.id in objects}
    assert found == {id_: item["size"] for id_, item in objects.items()}
    assert here.up(specs).ok
    assert {item["name"] for item in objects.values()} == {spec.name for spec in specs if not spec.component}
    assert_settled(here, specs)


@thorough
@given(first=programs(), second=programs())
def test_a_preview_changes_nothing_and_foresees_every_resource_that_changes(
    tmp_path: Path, secrets: PassphraseSecrets, first: list[Spec], second: list[Spec]
) -> None:
    here = stack(tmp_path, secrets)
    assert here.up(first).ok
    before = here.store.export(), dict(here.server.objects)
    here.server.calls.clear()
    foreseen = here.up(second, preview=True)
    assert foreseen.ok
    assert here.server.calls == []
    assert (here.store.export(), here.server.objects) == before
    done = here.up(second)
    assert done.ok
    for operation in ("create", "delete"):
        assert foreseen.changes.get(operation) == done.changes.get(operation)
