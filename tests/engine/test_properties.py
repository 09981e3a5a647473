"""Property values in memory, on the wire and in state."""

import base64
import json
import math
from typing import Any

import pytest
from google.protobuf import json_format, struct_pb2
from hypothesis import given

from pulumi_embedded_engine.errors import StateError
from pulumi_embedded_engine.resource import paths, state_values, wire_values
from pulumi_embedded_engine.resource.signatures import UNKNOWN_SENTINELS
from pulumi_embedded_engine.resource.values import (
    UNKNOWN,
    Archive,
    Asset,
    OutputValue,
    Properties,
    ResourceReference,
    Secret,
    Value,
    annotate_secrets,
    contains_unknowns,
    equal,
    has_secrets,
    lower_outputs,
    output_dependencies,
    strip_secrets,
    unwrap,
)
from tests.engine import strategies
from tests.engine.cli import RECORDED

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270"}
OUTPUT = {SIGNATURE: "d0e6a833031e9bbcd3f4e8bde6ca49a4"}
RESOURCE = {SIGNATURE: "5cf8f73096256a8f31e491e813e4eb8e"}
ASSET = {SIGNATURE: "c44067f5952c0a294b673a41bacd8c17"}
ARCHIVE = {SIGNATURE: "0def7320c3a5731c473e5ecbe6d01bc7"}
BYTES = {SIGNATURE: "803fd3297a5875dc03ca845dda5d2a98"}
FLOAT = {SIGNATURE: "8ad145fe-0d11-4827-bfd7-1abcbf086f5c"}
UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
URN = "urn:pulumi:dev::p::a:b:C::n"


def conceal(text: str) -> str:
    return base64.b64encode(text.encode("utf-8", "surrogateescape")).decode()


def reveal(text: str) -> str:
    return base64.b64decode(text).decode("utf-8", "surrogateescape")


def wire(values: Properties, **options: bool) -> Any:
    everything = {"keep_secrets": True, "keep_resources": True, "keep_output_values": True}
    return json_format.MessageToDict(wire_values.to_struct(values, **everything | options))


def struct(fields: dict[str, Any]) -> struct_pb2.Struct:
    return json_format.ParseDict(fields, struct_pb2.Struct())


@given(strategies.properties)
def test_what_is_sent_is_what_is_received(values: Properties) -> None:
    sent = wire_values.to_struct(values, keep_secrets=True, keep_resources=True, keep_output_values=True)
    assert wire_values.from_struct(sent) == values


@given(strategies.storable_properties)
def test_what_is_stored_is_what_is_loaded(values: Properties) -> None:
    stored = json.loads(json.dumps(state_values.to_state(values, conceal)))
    assert state_values.from_state(stored, reveal) == values


@given(strategies.storable_properties)
def test_state_with_secrets_in_clear_loads_the_same(values: Properties) -> None:
    assert state_values.from_state(state_values.to_state(values, None), str) == values


@given(strategies.properties)
def test_a_receiver_without_secrets_and_outputs_gets_neither(values: Properties) -> None:
    sent = wire_values.to_struct(values, keep_secrets=False, keep_resources=True, keep_output_values=False)
    assert wire_values.from_struct(sent) == strip_secrets(lower_outputs(values))


@given(strategies.properties)
def test_unknown_values_can_be_left_out(values: Properties) -> None:
    sent = wire_values.to_struct(values, keep_secrets=True, keep_resources=False, keep_output_values=False, keep_unknowns=False)
    assert not contains_unknowns(wire_values.from_struct(sent))


@given(strategies.properties)
def test_no_secret_survives_stripping(values: Properties) -> None:
    assert not has_secrets(strip_secrets(values))
    assert has_secrets(values) or strip_secrets(values) == values


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Secret("s"), SECRET | {"value": "s"}),
        (OutputValue("v", secret=True, dependencies=(URN,)), OUTPUT | {"value": "v", "secret": True, "dependencies": [URN]}),
        (OutputValue(None, known=False), OUTPUT),
        (OutputValue(None), OUTPUT | {"value": None}),
        (ResourceReference(URN), RESOURCE | {"urn": URN, "name": "n", "type": "a:b:C"}),
        (
            ResourceReference(URN, "i", "1.0"),
            RESOURCE | {"urn": URN, "id": "i", "packageVersion": "1.0", "name": "n", "type": "a:b:C"},
        ),
        (ResourceReference(URN, UNKNOWN), RESOURCE | {"urn": URN, "id": "", "name": "n", "type": "a:b:C"}),
        (Asset(text="t", hash="h"), ASSET | {"text": "t", "hash": "h"}),
        (Archive({"a": Asset(path="p")}), ARCHIVE | {"assets": {"a": ASSET | {"path": "p"}}}),
        (Archive(uri="u"), ARCHIVE | {"uri": "u"}),
        (UNKNOWN, UNKNOWN_TEXT),
        ("\udcff", BYTES | {"value": "/w=="}),
        ({}, {}),
        ([], []),
    ],
)
def test_the_wire_form_is_the_protocols(value: Value, expected: Any) -> None:
    assert wire({"x": value}) == {"x": expected}


def test_a_reference_becomes_an_id_or_urn_where_references_are_not_understood() -> None:
    values: Properties = {
        "custom": ResourceReference(URN, "i"),
        "component": ResourceReference(URN),
        "new": ResourceReference(URN, UNKNOWN),
    }
    assert wire(values, keep_resources=False) == {"custom": "i", "component": URN, "new": UNKNOWN_TEXT}


@pytest.mark.parametrize("sentinel", sorted(UNKNOWN_SENTINELS))
def test_every_reserved_text_means_unknown(sentinel: str) -> None:
    assert wire_values.from_struct(struct({"x": [sentinel]})) == {"x": [UNKNOWN]}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({SIGNATURE: "something else"}, "unrecognised signature"),
        (SECRET, "malformed secret"),
        (OUTPUT | {"secret": "yes"}, "malformed output value"),
        (RESOURCE | {"urn": 1}, "urn is not a text"),
        (RESOURCE, "no urn"),
        (RESOURCE | {"urn": URN, "id": 1}, "malformed resource reference"),
        (ARCHIVE | {"assets": {"a": "b"}}, "member 'a' is neither"),
        (ARCHIVE | {"assets": ["a"]}, "assets is not an object"),
        (BYTES | {"value": "?"}, "not base64"),
    ],
)
def test_a_malformed_signed_object_is_refused(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        wire_values.from_struct(struct({"x": fields}))


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (1.0, 1),
        (1.5, 1.5),
        (1e22, 1e22),
        (math.inf, FLOAT | {"value": "7ff0000000000000"}),
        (Secret({"b": [1.0, "<ü>"], "a": None}), SECRET | {"plaintext": '{"a":null,"b":[1,"<ü>"]}'}),
        (ResourceReference(URN, "i"), RESOURCE | {"urn": URN, "id": "i", "packageVersion": ""}),
        (OutputValue("v", secret=True, dependencies=(URN,)), SECRET | {"plaintext": '"v"'}),
        (OutputValue("v", dependencies=(URN,)), "v"),
        (UNKNOWN, UNKNOWN_TEXT),
    ],
)
def test_the_stored_form_is_the_deployments(value: Value, stored: Any) -> None:
    assert state_values.to_state({"x": value}, None) == {"x": stored}
    assert json.dumps(state_values.to_state({"x": value}, None)["x"]) == json.dumps(stored)


def test_a_secret_within_a_secret_is_encrypted_once() -> None:
    values: Properties = {"x": Secret([Secret("inner")])}
    stored = state_values.to_state(values, conceal)
    assert json.loads(reveal(stored["x"]["ciphertext"])) == [SECRET | {"ciphertext": '"inner"'}]
    assert state_values.from_state(stored, reveal) == values


def test_numbers_that_json_lacks_survive() -> None:
    loaded = state_values.from_state(state_values.to_state({"x": math.nan, "y": -math.inf}, None), str)
    assert isinstance(loaded["x"], float)
    assert math.isnan(loaded["x"])
    assert loaded["y"] == -math.inf


def test_the_ids_that_a_former_cli_wrote_are_understood() -> None:
    def stored(id_: Any) -> Any:
        return state_values.from_state({"x": RESOURCE | {"urn": URN, "id": {"V": id_}}}, str)["x"]

    assert [stored(None), stored("i"), stored({})] == [
        ResourceReference(URN),
        ResourceReference(URN, "i"),
        ResourceReference(URN, UNKNOWN),
    ]


@pytest.mark.parametrize("secret", [SECRET, SECRET | {"ciphertext": "c", "plaintext": "p"}, SECRET | {"plaintext": "not json"}])
def test_a_malformed_stored_secret_is_refused(secret: dict[str, str]) -> None:
    with pytest.raises(StateError, match="malformed property"):
        state_values.from_state({"x": secret}, str)


def test_the_clis_state_is_read_and_written_as_it_is() -> None:
    document = json.loads((RECORDED / "interchange/export-show-secrets.json").read_text(encoding="utf-8"))
    found = 0
    for resource in document["deployment"]["resources"]:
        for bag in (resource.get("inputs", {}), resource.get("outputs", {})):
            written = state_values.to_state(state_values.from_state(bag, str), None)
            assert written == bag
            found += len(bag)
    assert found > 20


def test_secrets_are_annotated_by_name() -> None:
    old: Properties = {
        "plain": "p",
        "secret": Secret("s"),
        "object": {"deep": Secret("d"), "other": "o"},
        "list": ["a", Secret("b")],
        "gone": Secret("g"),
        "wrapped": Secret({"k": "v"}),
    }
    new: Properties = {
        "plain": "p",
        "secret": "S",
        "object": {"deep": "D", "other": "O"},
        "list": ["B", "A"],
        "wrapped": {"k": "V"},
        "added": 1.0,
    }
    assert annotate_secrets(new, old) == {
        "plain": "p",
        "secret": Secret("S"),
        "object": {"deep": Secret("D"), "other": "O"},
        "list": Secret(["B", "A"]),
        "wrapped": Secret({"k": "V"}),
        "added": 1.0,
    }
    assert annotate_secrets({"secret": Secret("S")}, old) == {"secret": Secret("S")}


@given(strategies.storable_values)
def test_every_value_equals_itself(value: Value) -> None:
    assert equal(value, value)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (True, 1.0),
        ({"a": 1.0}, {"a": True}),
        (Secret("a"), "a"),
        ([1.0], [1.0, None]),
        (Asset(text="a", hash="1"), Asset(text="a", hash="2")),
        (Asset(text="a"), Archive()),
        (ResourceReference(URN, "a"), ResourceReference(URN, "b")),
        (OutputValue("a"), OutputValue("a", secret=True)),
        ({}, []),
        (UNKNOWN, ""),
    ],
)
def test_values_that_differ_are_not_equal(left: Value, right: Value) -> None:
    assert not equal(left, right)
    assert not equal(right, left)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({"a": None}, {}),
        (Asset(text="a", hash="1"), Asset(path="p", hash="1")),
        (ResourceReference(URN, "a", "1.0"), ResourceReference(URN, "a", "2.0")),
        (OutputValue(["a"]), OutputValue(["a"])),
    ],
)
def test_differences_that_do_not_count(left: Value, right: Value) -> None:
    assert equal(left, right)


def test_marks_are_found_and_taken_off() -> None:
    assert unwrap(Secret(OutputValue(Secret("x")))) == "x"
    assert unwrap(OutputValue(None, known=False)) is UNKNOWN
    assert output_dependencies(
        {"a": [OutputValue("x", dependencies=("1",))], "b": Secret(OutputValue("y", dependencies=("2",)))}
    ) == {"1", "2"}


def test_a_secret_never_shows_in_a_representation() -> None:
    shown = repr({"a": Secret("hush"), "b": OutputValue("hush", secret=True), "c": [Asset(text="hush")]})
    assert "hush" not in shown


@pytest.mark.parametrize(
    "path", [("a\\",), ("a\\", "b\\"), ('a"]',), ("x", "]\\", 0), ('\\"',), ("a\\\\",), ("a\\", 'b"]'), ("a.b", "[0]")]
)
def test_a_path_is_read_as_it_was_written(path: paths.Path) -> None:
    assert paths.parse(paths.render(path)) == path
