import base64
import json
import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.empty_pb2 import Empty
from google.protobuf.json_format import MessageToDict
from pulumi.runtime.proto import engine_pb2, provider_pb2

from tests.host.conftest import HostProcess, Hosts, failing, secret, struct

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
TYPE = "pulumi-python:dynamic/sample_providers:Tree"
URN = f"urn:pulumi:dev::p::{TYPE}::tree"


def reference(provider: str = "TreeProvider", module: str = "sample_providers") -> str:
    """What the SDK stores for an instance of an importable class without state."""
    parts = b"".join(b"\x8c" + bytes([len(text)]) + text.encode() + b"\x94" for text in (module, provider))
    frame = parts + b"\x93\x94)\x81\x94."
    return base64.b64encode(
        b"\x80" + bytes([pickle.DEFAULT_PROTOCOL]) + b"\x95" + len(frame).to_bytes(8, "little") + frame
    ).decode()


def tree(provider: str = "TreeProvider", **props: Any) -> dict[str, Any]:
    return {"__provider": reference(provider), "size": 1, **props}


def test_twenty_blocking_creates_run_at_once(ours: HostProcess) -> None:
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: ours.create(tree(do="together", seconds=20)), range(20)))
    assert [answer.id for answer in answers] == ["tree-1"] * 20


def test_the_stock_host_runs_four(stock: HostProcess) -> None:
    with ThreadPoolExecutor(20) as pool:
        outcomes = list(pool.map(lambda _: failing(lambda: stock.create(tree(do="together", seconds=1))), range(20)))
    assert all("BrokenBarrierError" in outcome.message for outcome in outcomes)


def test_the_number_of_calls_at_once_is_one_setting(hosts: Hosts) -> None:
    with hosts.ours(Path(__file__).parent, environment={"W365_HOST_PARALLEL": "2"}) as host, ThreadPoolExecutor(3) as pool:
        outcomes = list(pool.map(lambda _: failing(lambda: host.create(tree(do="together", seconds=1))), range(3)))
    assert all("BrokenBarrierError" in outcome.message for outcome in outcomes)


def test_an_expected_error_is_its_message_without_secrets(ours: HostProcess, stock: HostProcess) -> None:
    props = tree(do="frost", pin=secret("hunter2-pin"))
    assert failing(lambda: ours.create(props)).message == "it froze while pin was [secret]"
    assert "Traceback" in failing(lambda: stock.create(tree(do="frost", pin="hunter2-pin"))).message


def test_a_bug_is_a_short_trace_of_the_provider_without_secrets(ours: HostProcess) -> None:
    first, *frames = failing(lambda: ours.create(tree(do="bug", pin=secret("hunter3-pin")))).message.splitlines()
    assert first == "KeyError: '[secret]'"
    assert [frame.split(" in ")[1] for frame in frames] == [
        'create: return _CREATES[props.get("do", "grow")](props)',
        '_bug: return deeper(props["pin"])',
        "deeper: return os.environ[key]",
        "__getitem__",  # where the library below gave up
    ]
    assert all(frame.startswith("  sample_providers.py:") for frame in frames[:-1])


def test_a_secret_of_the_configuration_is_masked_too(ours: HostProcess) -> None:
    assert failing(lambda: ours.create(tree(do="frost", pin="configured-key"))).message == "it froze while pin was [secret]"


def test_leaving_the_process_is_only_a_failed_call(ours: HostProcess) -> None:
    assert failing(lambda: ours.create(tree(do="exit"))).message.startswith("SystemExit: 3")
    assert ours.create(tree()).id == "tree-1"


@pytest.mark.parametrize(
    ("do", "message"),
    [
        ("nothing", "create() returned NoneType, which has no id; it must return a CreateResult"),
        ("empty id", "create() returned the id ''; a resource's id must be a text that is not empty"),
    ],
)
def test_a_wrong_answer_of_a_provider_is_named(ours: HostProcess, do: str, message: str) -> None:
    assert failing(lambda: ours.create(tree(do=do))).message == message


def test_a_provider_that_is_gone_is_named_with_what_to_do(ours: HostProcess) -> None:
    outcome = failing(lambda: ours.create({"__provider": reference(module="pear")}))
    assert outcome.message.startswith(
        "the provider of this resource cannot be loaded: No module named 'pear'. It is kept in state"
    )


def test_a_failing_configure_is_reported_for_each_resource(ours: HostProcess) -> None:
    for _ in range(2):
        assert failing(lambda: ours.create(tree("StrictProvider"))).message == "set sample_providers:gardener"


def test_a_half_done_create_is_recorded_with_its_reasons(ours: HostProcess, stock: HostProcess) -> None:
    props = tree(do="half", pin=secret("hunter4-pin"))
    partial = failing(lambda: ours.create(props)).partial
    assert partial
    assert (partial.id, list(partial.reasons)) == ("tree-1", ["no leaves yet", "watered with [secret]"])
    assert MessageToDict(partial.properties) == {**props, "root": "deep"}
    assert MessageToDict(partial.inputs) == props
    assert stock.create(tree(do="half")).id == "tree-1"  # plain success


def test_a_half_done_update_is_recorded(ours: HostProcess) -> None:
    request = provider_pb2.UpdateRequest(id="tree-1", olds=struct(tree()), news=struct(tree(do="half update")))
    partial = failing(lambda: ours.rpc.Update(request)).partial
    assert partial
    assert (partial.id, list(partial.reasons), partial.properties["root"]) == ("tree-1", ["still bare"], "deep")


def test_a_large_half_done_resource_is_recorded(ours: HostProcess) -> None:
    partial = failing(lambda: ours.create(tree(do="half", text="x" * 300_000))).partial
    assert partial
    assert partial.properties["text"] == "x" * 300_000


def test_a_resource_whose_output_cannot_be_stored_is_not_lost(ours: HostProcess, stock: HostProcess) -> None:
    partial = failing(lambda: ours.create(tree(do="unstorable"))).partial
    assert partial
    assert (partial.id, partial.properties["root"], "planted" in partial.properties.fields) == ("tree-1", "deep", False)
    assert list(partial.reasons) == ["the output 'planted' is a datetime or holds something else that cannot be stored in state"]
    assert failing(lambda: stock.create(tree(do="unstorable"))).partial is None


def test_secrets_keep_their_marks_and_providers_see_plain_values(ours: HostProcess) -> None:
    props = tree(pin=secret("hunter5"), list=["a", secret("hunter6")], deep={"open": 1, "shut": secret({"in": "hunter7"})})
    expected = {**props, "root": "deep", "list": secret(["a", "hunter6"])}
    assert MessageToDict(ours.create(props).properties) == expected


def test_a_failed_check_does_not_show_a_secret(ours: HostProcess, stock: HostProcess) -> None:
    news = tree(do="fail check", pin=secret("hunter8"))
    [failure] = ours.rpc.Check(provider_pb2.CheckRequest(urn=URN, news=struct(news))).failures
    assert (failure.property, failure.reason) == ("", "pin: [secret] is too short")
    [failure] = stock.rpc.Check(provider_pb2.CheckRequest(urn=URN, news=struct({**news, "pin": "hunter8"}))).failures
    assert failure.property == "pin"  # whose value the engine then prints


def test_a_check_keeps_unknowns_and_secrets(ours: HostProcess) -> None:
    news = tree(pin=secret(UNKNOWN), at={"any": [UNKNOWN]})
    assert MessageToDict(ours.rpc.Check(provider_pb2.CheckRequest(urn=URN, news=struct(news))).inputs) == news


def test_a_provider_that_is_not_known_yet_is_not_asked(ours: HostProcess) -> None:
    news = {"__provider": UNKNOWN, "size": 1}
    assert MessageToDict(ours.rpc.Check(provider_pb2.CheckRequest(urn=URN, news=struct(news))).inputs) == news


def test_a_preview_never_creates_or_updates(ours: HostProcess) -> None:
    props = tree(do="frost", pin=UNKNOWN)
    assert MessageToDict(ours.create(props, preview=True).properties) == props
    request = provider_pb2.UpdateRequest(id="tree-1", olds=struct(tree(root="deep")), news=struct(props), preview=True)
    assert MessageToDict(ours.rpc.Update(request).properties) == props


def test_a_provider_may_tell_a_preview_its_outputs(ours: HostProcess) -> None:
    props = tree("ForeseeingProvider", pin=secret("hunter9"))
    assert MessageToDict(ours.create(props, preview=True).properties) == {**props, "root": UNKNOWN, "height": 1}
    olds = struct({**tree("ForeseeingProvider"), "root": "deep"})
    request = provider_pb2.UpdateRequest(id="tree-1", olds=olds, news=struct({**props, "size": 2}), preview=True)
    assert MessageToDict(ours.rpc.Update(request).properties) == {**props, "size": 2, "root": "deep", "id_seen": "tree-1"}


def diff(host: HostProcess, old_inputs: dict[str, Any], news: dict[str, Any], olds: dict[str, Any] | None = None) -> Any:
    outputs = olds or {**old_inputs, "root": "deep"}
    request = provider_pb2.DiffRequest(
        id="tree-1", urn=URN, old_inputs=struct(old_inputs), olds=struct(outputs), news=struct(news)
    )
    return host.rpc.Diff(request)


def test_differences_are_detailed_and_marked(ours: HostProcess, stock: HostProcess) -> None:
    old, new = tree(kind="oak", notes=["a", "b"]), tree(kind="elm", size=2, notes=["a"]) | {"odd.key": 1}
    answer, plain = diff(ours, old, new), diff(stock, old, new)
    kind = provider_pb2.PropertyDiff
    assert {path: (item.kind, item.inputDiff) for path, item in answer.detailedDiff.items()} == {
        "kind": (kind.UPDATE_REPLACE, True),
        "size": (kind.UPDATE, True),
        "notes[1]": (kind.DELETE, True),
        '["odd.key"]': (kind.ADD, True),
    }
    assert list(answer.diffs) == ["kind", "notes", "odd.key", "size"]
    assert list(answer.stables) == ["root"]
    assert (plain.hasDetailedDiff, list(plain.stables)) == (False, [])
    for name in ("changes", "replaces", "deleteBeforeReplace"):
        assert getattr(answer, name) == getattr(plain, name)


def test_what_changed_outside_is_shown_against_the_outputs(ours: HostProcess) -> None:
    answer = diff(ours, tree(size=1), tree(size=1), olds=tree(size=7, root="deep"))
    assert {path: item.inputDiff for path, item in answer.detailedDiff.items()} == {"size": False}


def test_a_provider_may_say_the_differences_itself(ours: HostProcess) -> None:
    answer = diff(ours, tree(size=1, label="a"), tree(size=2, label="b", do="say the difference"))
    assert list(answer.detailedDiff) == ["size"]


def test_no_change_and_no_opinion_stay_as_they_are(ours: HostProcess) -> None:
    same, unsure = diff(ours, tree(label="a"), tree(label="b")), diff(ours, tree(), tree(do="engine decides"))
    assert (same.changes, same.hasDetailedDiff) == (provider_pb2.DiffResponse.DIFF_NONE, False)
    assert (unsure.changes, unsure.hasDetailedDiff) == (provider_pb2.DiffResponse.DIFF_UNKNOWN, False)


def test_a_provider_learns_timeout_and_resource(ours: HostProcess) -> None:
    known = MessageToDict(ours.create(tree(do="context"), urn=URN, timeout=90).properties)["context"]
    assert known == {"timeout": 90, "urn": URN, "operation": "create", "hosted": True, "preview": False}


def test_a_provider_works_without_that_on_the_stock_host(stock: HostProcess) -> None:
    known = MessageToDict(stock.create(tree(do="context"), urn=URN, timeout=90).properties)["context"]
    assert known == {"timeout": None, "urn": "", "operation": "", "hosted": False, "preview": False}


def test_logs_reach_the_engine_beside_the_resource_without_secrets(hosts: Hosts, ours: HostProcess) -> None:
    hosts.engine.messages.clear()
    ours.create(tree(do="talk", pin=secret("hunter10")), urn=URN)
    assert [(item.severity, item.message) for item in hosts.engine.messages] == [
        (engine_pb2.INFO, "watering with [secret]"),
        (engine_pb2.WARNING, "dry soil"),
        (engine_pb2.DEBUG, "seeds counted"),
        (engine_pb2.WARNING, "the well is low"),
    ]
    assert {item.urn for item in hosts.engine.messages} == {URN}
    assert ours.process.stdout
    assert ours.process.stdout.readline() == "printed [secret]\n"


def test_a_refresh_returns_outputs_and_inputs(ours: HostProcess) -> None:
    state = {**tree(pin=secret("hunter11")), "root": "old"}
    request = provider_pb2.ReadRequest(id="tree-1", urn=URN, type=TYPE, properties=struct(state), inputs=struct(tree()))
    answer = ours.rpc.Read(request)
    assert MessageToDict(answer.properties) == {**state, "root": "deep"}
    assert MessageToDict(answer.inputs) == {"__provider": reference(), "size": 1}


def test_a_refresh_of_a_missing_object_forgets_it(ours: HostProcess) -> None:
    request = provider_pb2.ReadRequest(id="felled", urn=URN, type=TYPE, properties=struct(tree()), inputs=struct(tree()))
    assert ours.rpc.Read(request).id == ""


def read(host: HostProcess, id_: str, type_: str = TYPE, **inputs: Any) -> Any:
    return host.rpc.Read(provider_pb2.ReadRequest(id=id_, urn=URN, type=type_, inputs=struct(inputs) if inputs else None))


def test_an_import_finds_its_provider_by_the_type(ours: HostProcess, stock: HostProcess) -> None:
    answer = read(ours, "tree-9")
    assert (answer.id, MessageToDict(answer.inputs)) == ("tree-9", {"__provider": reference(), "size": 1})
    assert MessageToDict(answer.properties) == {"__provider": reference(), "size": 1, "root": "deep"}
    assert "KeyError" in failing(lambda: read(stock, "tree-9")).message


def test_the_stock_host_does_not_notice_a_missing_object(stock: HostProcess) -> None:
    assert read(stock, "felled", **tree()).id == ""


@pytest.mark.parametrize("inputs", [{}, tree()], ids=["import", "lookup"])
def test_importing_or_looking_up_what_is_missing_says_so(ours: HostProcess, inputs: dict[str, Any]) -> None:
    message = f"{TYPE} 'felled' does not exist: read() of TreeProvider found nothing by this id"
    assert failing(lambda: read(ours, "felled", **inputs)).message == message


def test_an_import_without_inputs_says_what_read_must_return(ours: HostProcess) -> None:
    assert "must return ReadResult(id, outs, inputs)" in failing(lambda: read(ours, "outputs only")).message


def test_an_import_of_an_unregistered_type_says_how_to_register(ours: HostProcess) -> None:
    message = failing(lambda: read(ours, "x", "pulumi-python:dynamic/sample_providers:Shrub")).message
    assert "registry.register('pulumi-python:dynamic/sample_providers:Shrub', ItsProvider)" in message


def test_the_schema_lists_registered_types(ours: HostProcess) -> None:
    schema = json.loads(ours.rpc.GetSchema(provider_pb2.GetSchemaRequest()).schema)
    assert set(schema["resources"][TYPE]["inputProperties"]) == {"size", "kind"}
    assert schema["language"]["python"]["packageName"] == "sample_providers"


def test_a_rotated_key_never_replaces_the_provider(ours: HostProcess) -> None:
    request = provider_pb2.DiffRequest(
        old_inputs=struct({"w365:key": "a", "b": "same"}), news=struct({"w365:key": UNKNOWN, "b": "same"})
    )
    answer = ours.rpc.DiffConfig(request)
    assert (answer.changes, list(answer.replaces)) == (provider_pb2.DiffResponse.DIFF_SOME, [])
    assert [(path, item.kind) for path, item in answer.detailedDiff.items()] == [
        ('["w365:key"]', provider_pb2.PropertyDiff.UPDATE)
    ]


def test_a_checked_configuration_comes_back_as_it_is(ours: HostProcess) -> None:
    news = struct({"w365:key": UNKNOWN, "version": "1.0.0"})
    assert ours.rpc.CheckConfig(provider_pb2.CheckRequest(news=news)).inputs == news


def test_functions_do_not_exist(ours: HostProcess) -> None:
    message = failing(lambda: ours.rpc.Invoke(provider_pb2.InvokeRequest(tok="a:b:c"))).message
    assert message == "dynamic providers have no functions: a:b:c does not exist"


def test_modules_are_looked_up_from_the_working_folder(ours: HostProcess, stock: HostProcess) -> None:
    answers = [MessageToDict(host.create(tree(do="folder")).properties) for host in (ours, stock)]
    assert answers[0] == answers[1]


def test_what_is_deferred_at_the_start_is_there_when_used(ours: HostProcess) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: ours.create(tree(do="automation")).properties["stack"], range(8)))
    assert answers == ["Stack"] * 8


def test_a_delete_is_acknowledged(ours: HostProcess) -> None:
    request = provider_pb2.DeleteRequest(id="tree-1", urn=URN, properties=struct(tree()))
    assert ours.rpc.Delete(request) == Empty()
