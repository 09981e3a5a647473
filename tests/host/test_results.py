"""Whatever a provider returns: what it created is kept."""

import base64
import functools
import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dill
import pytest
from google.protobuf.json_format import MessageToDict
from pulumi.dynamic import ResourceProvider
from pulumi.runtime.proto import provider_pb2

from tests.host import workshop
from tests.host.conftest import SECRET, SIGNATURE, HostProcess, Hosts, failing, secret, struct
from tests.host.test_answers import reference

ASSET, ARCHIVE = "c44067f5952c0a294b673a41bacd8c17", "0def7320c3a5731c473e5ecbe6d01bc7"


def made(kind: str = "Bench", **props: Any) -> dict[str, Any]:
    return {"__provider": reference(kind, "workshop"), **props}


def asset(of: str = "", kind: str = ASSET, **content: Any) -> dict[str, Any]:
    """As the engine sends one; without content where it only compares."""
    return {SIGNATURE: kind, "hash": hashlib.sha256(of.encode()).hexdigest(), **content}


def kept(host: HostProcess, do: str) -> provider_pb2.ErrorResourceInitFailed:
    """A create that is recorded with the reasons why it is not as it should be."""
    partial = failing(lambda: host.create(made(do=do))).partial
    assert partial
    assert partial.reasons
    assert partial.properties["__provider"] == reference("Bench", "workshop")
    return partial


@pytest.mark.parametrize(
    ("which", "text"),
    [
        ("int", "7"),
        ("zero", "0"),
        ("float", "7"),
        ("uuid", "00000000-0000-0000-0000-000000000007"),
        ("decimal", "7.50"),
        ("date", "2026-01-02"),
        ("path", "/shelf/7"),
        ("bytes", "seven"),
        ("str enum", "chair"),
        ("int enum", "7"),
        ("bool", "true"),
    ],
)
def test_an_id_of_any_scalar_is_text(ours: HostProcess, stock: HostProcess, which: str, text: str) -> None:
    answer = ours.create(made(do=f"id: {which}"))
    assert (answer.id, answer.properties["size"]) == (text, 3)
    if which not in {"str enum", "bytes"}:  # which protobuf takes for text
        assert "TypeError" in failing(lambda: stock.create(made(do=f"id: {which}"))).message


def test_every_scalar_is_tried() -> None:
    assert len(workshop.IDS) == 11


@pytest.mark.parametrize(("which", "text"), [("dict", '{"a": 1}'), ("list", '["a", 1]'), ("surrogate", r"a\udcffb")])
def test_an_id_that_is_none_is_recorded_as_text_with_an_error(ours: HostProcess, which: str, text: str) -> None:
    partial = kept(ours, f"id: {which}")
    assert (partial.id, partial.properties["size"]) == (text, 3)


@pytest.mark.parametrize(
    ("which", "id_", "size"),
    [
        ("dict of a result", "it", 3),
        ("dict of outputs", "it", 3),
        ("tuple", "it", 3),
        ("namespace", "it", None),
        ("text", "it", None),
        ("number", "7", None),
    ],
)
def test_the_id_in_a_result_of_another_type_is_recorded_with_an_error(
    ours: HostProcess, stock: HostProcess, which: str, id_: str, size: int | None
) -> None:
    partial = kept(ours, f"result: {which}")
    assert (partial.id, MessageToDict(partial.properties).get("size")) == (id_, size)
    assert "in place of a CreateResult" in partial.reasons[0]
    assert failing(lambda: stock.create(made(do=f"result: {which}"))).partial is None


@pytest.mark.parametrize("which", sorted(workshop.OUTPUTS))
def test_outputs_that_are_no_dict_do_not_lose_the_resource(ours: HostProcess, which: str) -> None:
    partial = kept(ours, f"outputs: {which}")
    assert (partial.id, "not a dict" in partial.reasons[0]) == ("it", True)


@pytest.mark.parametrize("which", sorted(workshop.VALUES))
def test_a_value_that_cannot_be_stored_loses_neither_the_resource_nor_the_other_outputs(ours: HostProcess, which: str) -> None:
    partial = kept(ours, f"value: {which}")
    assert (partial.id, partial.properties["size"], "odd" in partial.properties.fields) == ("it", 3, False)
    assert partial.reasons[0].startswith("the output 'odd' is a ")


def test_numbers_that_are_none_are_kept_as_they_are(ours: HostProcess) -> None:
    assert [
        item.number_value for item in ours.create(made(do="numbers")).properties.fields["numbers"].list_value.values
    ] == workshop.NUMBERS


def test_a_name_that_is_no_text_loses_nothing_else(ours: HostProcess) -> None:
    partial = kept(ours, "key: 7")
    assert (partial.id, partial.properties["size"]) == ("it", 3)


def test_a_provider_that_leaves_the_process_fails_one_call(ours: HostProcess) -> None:
    message = failing(lambda: ours.create(made(do="leave"))).message
    assert message.startswith("the provider's process ended with code 10")
    assert "os._exit(10) at workshop.py:" in message
    assert ours.create(made(do="id: int")).id == "7"


def test_a_process_that_a_provider_forks_ends_as_ever() -> None:
    program = """
import os
from pulumi_dynamic_host import process_exit as endings
endings.intercept_os_exit()
child = os.fork()
if not child:
    os._exit(11)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "11\n"


def test_outputs_and_awaitables_are_waited_for_and_stay_secret(ours: HostProcess, stock: HostProcess) -> None:
    answer = ours.create(made("Loops", size=1))
    assert answer.id == "it"
    assert MessageToDict(answer.properties) == {
        "__provider": reference("Loops", "workshop"),
        "word": secret("open-sesame"),
        "loud": secret("OPEN-SESAME"),
        "nested": {"words": ["plain", secret("open-sesame")]},
        "size": 3,
        "plain": "seen",
        "made": secret("made-in-a-loop-of-its-own"),
    }
    assert failing(lambda: stock.create(made("Loops", size=1))).partial is None


def test_a_secret_that_a_provider_made_is_masked_from_then_on(ours: HostProcess) -> None:
    ours.create(made("Loops", size=1))
    message = failing(
        lambda: ours.create({**made("TreeProvider"), "__provider": reference(), "do": "frost", "pin": "open-sesame"})
    )
    assert message.message == "it froze while pin was [secret]"


def test_every_call_has_a_loop(ours: HostProcess, stock: HostProcess) -> None:
    props = struct(made("Loops", size=1))
    calls: dict[str, Callable[[Any], Any]] = {
        "check": lambda host: host.rpc.Check(provider_pb2.CheckRequest(news=props)).inputs["checked"],
        "diff": lambda host: host.rpc.Diff(provider_pb2.DiffRequest(id="it", olds=props, news=props)).changes,
        "update": lambda host: host.rpc.Update(provider_pb2.UpdateRequest(id="it", olds=props, news=props)).properties["word"][
            "value"
        ],
        "read": lambda host: host.rpc.Read(provider_pb2.ReadRequest(id="it", properties=props)).properties["word"]["value"],
        "delete": lambda host: host.rpc.Delete(provider_pb2.DeleteRequest(id="it", properties=props)) and "done",
    }
    said = {name: call(ours) for name, call in calls.items()}
    assert said == {"check": "yes", "diff": 2, "update": "open-barley", "read": "open-oats", "delete": "done"}
    for call in calls.values():
        assert "no current event loop" in failing(functools.partial(call, stock)).message


def test_a_provider_may_be_asynchronous(ours: HostProcess) -> None:
    props = made("Coroutines", size=1)
    assert ours.rpc.Check(provider_pb2.CheckRequest(news=struct(props))).inputs["size"] == 1
    answer = ours.create(props)
    assert (answer.id, answer.properties["ready"]) == ("it", True)
    request = provider_pb2.DeleteRequest(id="it", properties=struct(props))
    assert "nailed to the wall" in failing(lambda: ours.rpc.Delete(request)).message


def update(host: HostProcess, old: dict[str, Any], new: dict[str, Any], **state: Any) -> dict[str, Any]:
    request = provider_pb2.UpdateRequest(
        id="it",
        old_inputs=struct(old),
        olds=struct({**old, **{name: value for name, value in state.items() if name != "preview"}}),
        news=struct(new),
        preview=state.get("preview", False),
    )
    return MessageToDict(host.rpc.Update(request).properties)


@pytest.mark.parametrize("preview", [True, False])
def test_without_an_update_the_old_outputs_stay_under_the_new_inputs(
    ours: HostProcess, stock: HostProcess, *, preview: bool
) -> None:
    old = made(size=1, gone="x", pin=secret("hunter12"))
    new = made(size=2, pin=secret("hunter12"), picture=asset("a", text="a"))
    outs = update(ours, old, new, serial="B-17", word=secret("hunter13"), preview=preview)
    assert outs == {**new, "serial": "B-17", "word": secret("hunter13")}
    if not preview:
        assert list(update(stock, made(size=1), made(size=2), serial="B-17")) == ["__provider"]


def test_a_provider_kept_by_value_without_an_update_is_one_too(ours: HostProcess) -> None:
    kind: Any = type("ByValue", (ResourceProvider,), {"__module__": "__main__"})
    provider = base64.b64encode(dill.dumps(kind(), recurse=True, byref=False)).decode()
    old = {"__provider": provider, "size": 1}
    assert update(ours, old, {**old, "size": 2}, serial="B-17")["serial"] == "B-17"
    assert update(ours, old, {**old, "size": 2}, serial="B-17", preview=True)["serial"] == "B-17"


def test_a_provider_may_change_the_properties_that_it_gets(ours: HostProcess, stock: HostProcess) -> None:
    props = made("Taking", size=1)
    sent = struct(props)
    check = provider_pb2.CheckRequest(olds=sent, news=sent)
    update = provider_pb2.UpdateRequest(id="it", old_inputs=sent, olds=sent, news=sent)
    read = provider_pb2.ReadRequest(id="it", properties=sent, inputs=sent)
    calls: dict[str, Callable[[HostProcess], Any]] = {
        "check": lambda host: host.rpc.Check(check).inputs,
        "create": lambda host: host.create(props).properties,
        "update": lambda host: host.rpc.Update(update).properties,
        "read": lambda host: host.rpc.Read(read).properties,
        "read inputs": lambda host: host.rpc.Read(read).inputs,
    }
    assert {name: MessageToDict(call(ours)) for name, call in calls.items()} == dict.fromkeys(calls, props)
    assert ours.rpc.Diff(provider_pb2.DiffRequest(id="it", olds=sent, news=sent)).changes == provider_pb2.DiffResponse.DIFF_NONE
    ours.rpc.Delete(provider_pb2.DeleteRequest(id="it", properties=sent))
    for call in calls.values():
        assert "KeyError: '__provider'" in failing(functools.partial(call, stock)).message


def test_a_lock_that_a_provider_captured_is_free(ours: HostProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "workshop", workshop)
    monkeypatch.setattr(workshop.Locking, "__module__", "workshop")
    provider = workshop.Locking()
    with provider.locks["held lock"], provider.locks["held rlock"]:
        captured = {"__provider": base64.b64encode(dill.dumps(provider)).decode()}
    assert MessageToDict(ours.create(captured).properties) == {**dict.fromkeys(provider.locks, False), **captured}


class Pictures:
    """A resource with an asset, as the engine leads it through its life."""

    def __init__(self, host: HostProcess, before: str, after: str) -> None:
        self.host = host
        self.first, self.second = (
            made("Pictures", picture=asset(before, text=before)),
            made("Pictures", picture=asset(after, text=after)),
        )
        self.old, self.new = made("Pictures", picture=asset(before)), made("Pictures", picture=asset(after))

    def diff(self) -> Any:
        request = provider_pb2.DiffRequest(id="it", old_inputs=struct(self.old), olds=struct(self.old), news=struct(self.new))
        return self.host.rpc.Diff(request).changes


@pytest.mark.parametrize(("before", "after"), [("plum", "damson"), ("plum", ""), ("", "plum")])
def test_a_resource_with_an_asset_is_led_through_its_life(ours: HostProcess, stock: HostProcess, before: str, after: str) -> None:
    it, same = Pictures(ours, before, after), Pictures(ours, before, before)
    answer = ours.create(it.first)
    outs = MessageToDict(answer.properties)
    assert (outs["size"], outs["label"]["hash"]) == (len(before), asset(f"label of {before}")["hash"])
    assert outs["picture"] == asset(before, text=before)
    assert (it.diff(), same.diff()) == (provider_pb2.DiffResponse.DIFF_SOME, provider_pb2.DiffResponse.DIFF_NONE)
    outs = update(ours, it.old, it.second)
    assert (outs["picture"], outs["same"], outs["old content known"]) == (asset(after, text=after), False, before == "")
    request = provider_pb2.ReadRequest(id="it", properties=struct(it.old), inputs=struct(it.old))
    expected = asset(before) if before else asset(before, text="")
    assert MessageToDict(ours.rpc.Read(request).properties)["picture"] == expected
    assert "Invalid asset" in failing(lambda: Pictures(stock, before, after).diff()).message


def test_what_is_not_known_of_an_old_asset_is_explained(ours: HostProcess) -> None:
    request = provider_pb2.DeleteRequest(id="it", properties=struct(made("Pictures", picture=asset("plum"))))
    message = failing(lambda: ours.rpc.Delete(request)).message
    assert message.startswith("AttributeError: 'text': this asset is known by its hash alone")


WHOLE = {
    "text": asset("x", text="x"),
    "file": asset("x", path="x.txt"),
    "remote": asset("x", uri="https://host.example/x"),
    "folder": asset("x", ARCHIVE, path="./folder"),
    "remote archive": asset("x", ARCHIVE, uri="https://host.example/x.zip"),
    "nested": asset(
        "x", ARCHIVE, assets={"a": asset("a", text="a"), "deep": asset("b", ARCHIVE, assets={"c": asset("c", text="c")})}
    ),
    "empty": asset("x", ARCHIVE, assets={}),
}
PLACES: dict[str, Callable[[Any], Any]] = {
    "alone": lambda value: value,
    "in a list": lambda value: [1, [value]],
    "in an object": lambda value: {"a": {"b": value}},
    "secret": secret,
}


def elided(value: dict[str, Any]) -> dict[str, Any]:
    return {name: value[name] for name in (SIGNATURE, "hash") if name in value}


@pytest.mark.parametrize("kind", WHOLE)
@pytest.mark.parametrize("place", PLACES)
def test_every_asset_and_archive_goes_through_every_call_as_it_is(ours: HostProcess, kind: str, place: str) -> None:
    value, held = WHOLE[kind], PLACES[place]
    props, old = (made(do="keep", held=held(value), size=1), made(do="keep", held=held(elided(value)), size=1))
    state = MessageToDict(ours.create(props).properties)
    remembered = state.pop("__assets", None)
    assert state == props
    assert MessageToDict(ours.rpc.Check(provider_pb2.CheckRequest(olds=struct(props), news=struct(props))).inputs) == props
    olds = struct({**old, "__assets": remembered} if remembered else old)
    request = provider_pb2.ReadRequest(id="it", properties=olds, inputs=struct(old))
    found = MessageToDict(ours.rpc.Read(request).properties)
    is_archive = value[SIGNATURE] == ARCHIVE  # which the engine does not complete
    assert (found.pop("__assets", None), found) == (remembered, props if is_archive else old)
    diff = ours.rpc.Diff(provider_pb2.DiffRequest(id="it", olds=olds, old_inputs=struct(old), news=struct(old)))
    assert list(diff.diffs) == []
    assert MessageToDict(ours.rpc.Delete(provider_pb2.DeleteRequest(id="it", properties=olds))) == {}
    if remembered:
        assert (place == "secret") == (remembered.get(SIGNATURE) == SECRET)


def test_an_asset_that_only_the_outputs_hold_keeps_its_content(ours: HostProcess) -> None:
    first = made("Pictures", picture=asset("plum", text="plum"))
    old = made("Pictures", picture=asset("plum"))
    created = MessageToDict(ours.create(first).properties)
    label = asset("label of plum", text="label of plum")
    remembered = {label["hash"]: json.dumps(label, sort_keys=True)}  # as a text: the engine would take an asset's content away
    assert (created["label"], created["__assets"]) == (label, remembered)
    state = {**created, "picture": asset("plum"), "label": elided(label)}
    request = provider_pb2.ReadRequest(id="it", properties=struct(state), inputs=struct(old))
    read = MessageToDict(ours.rpc.Read(request).properties)
    assert (read["label"], read["__assets"], read["picture"]) == (label, remembered, asset("plum"))
    second = made("Pictures", picture=asset("damson", text="damson"))
    change = provider_pb2.UpdateRequest(id="it", old_inputs=struct(old), olds=struct(state), news=struct(second))
    updated = MessageToDict(ours.rpc.Update(change).properties)
    assert (updated["label"], updated["picture"]) == (label, second["picture"])


@pytest.mark.parametrize("kind", [ASSET, ARCHIVE])
def test_what_has_no_content_any_more_is_left_out_of_the_outputs_with_a_warning(
    hosts: Hosts, ours: HostProcess, kind: str
) -> None:
    hosts.engine.messages.clear()
    request = provider_pb2.ReadRequest(
        id="it", urn="urn:pulumi:dev::p::t::n", properties=struct(made(held=[asset("x", kind), {SIGNATURE: kind}], size=1))
    )
    assert MessageToDict(ours.rpc.Read(request).properties) == made(held=[None, None], size=1)
    assert ["content is no longer known" in log.message for log in hosts.engine.messages] == [True, True]


def test_unknowns_beside_an_asset_stay_unknown_in_previews(ours: HostProcess) -> None:
    props = made(do="04da6b54-80e4-46f7-96ec-b56ff0331ba9", picture=asset("x", text="x"))
    assert MessageToDict(ours.rpc.Check(provider_pb2.CheckRequest(news=struct(props))).inputs) == props
    assert MessageToDict(ours.create(props, preview=True).properties) == props


def test_the_file_of_an_output_is_known_by_its_hash(ours: HostProcess) -> None:
    path = Path(workshop.__file__)
    props = made(do="keep", held={SIGNATURE: ASSET, "path": str(path)})
    held = MessageToDict(ours.create(props).properties)["held"]
    assert held["hash"] == hashlib.sha256(path.read_bytes()).hexdigest()
