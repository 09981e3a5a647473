"""The schema that other languages' classes are written from is what the components are."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_workspace365_components import DiagnosticsArgs, WebSocketApiArgs, WebSocketMonitoringArgs
from pulumi_workspace365_components.arguments import Arguments
from pulumi_workspace365_components.package import schema
from pulumi_workspace365_components.package.offered import OFFERS, WebSocketApiInputs
from pulumi_workspace365_components.package.wire import arguments, camel, wire_words

DOCUMENT: dict[str, Any] = json.loads(schema.FILE.read_text(encoding="utf-8"))


def objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects(inner)


def test_the_committed_schema_is_the_one_that_the_components_have() -> None:
    assert schema.FILE.read_text(encoding="utf-8") == schema.text(), (
        "write it again: python -m pulumi_workspace365_components.package.schema"
    )


def test_every_type_is_one_that_all_languages_have() -> None:
    references = [item["$ref"] for item in objects(DOCUMENT) if "$ref" in item and item["$ref"] != "pulumi.json#/Any"]
    assert references
    assert {reference.removeprefix("#/types/") for reference in references} == DOCUMENT["types"].keys()
    assert not [item for item in objects(DOCUMENT) if "oneOf" in item]
    typed = [item["type"] for item in objects(DOCUMENT) if isinstance(item.get("type"), str)]
    assert set(typed) <= {"string", "boolean", "number", "integer", "array", "object"}


@pytest.mark.parametrize("token", OFFERS)
def test_a_component_has_the_arguments_and_outputs_that_it_has_in_python(token: str) -> None:
    described = DOCUMENT["resources"][token]
    both: dict[str, type[Arguments]] = {"WebSocketApi": WebSocketApiArgs, "WebSocketMonitoring": WebSocketMonitoringArgs}
    python = both[token.rpartition(":")[2]]
    assert described["inputProperties"].keys() == {camel(name) for name in python.model_fields}
    assert set(described["requiredInputs"]) == {camel(name) for name, field in python.model_fields.items() if field.is_required()}
    assert described["isComponent"]


def test_secrets_and_outputs_that_may_be_missing_are_marked() -> None:
    api = DOCUMENT["resources"]["workspace365:index:WebSocketApi"]
    assert [name for name, spec in api["properties"].items() if spec.get("secret")] == ["probeKey"]
    assert set(api["properties"]) - set(api["required"]) == {"probeKey"}


def test_choices_become_enums() -> None:
    values = {
        token.rpartition(":")[2]: [case["value"] for case in spec["enum"]]
        for token, spec in DOCUMENT["types"].items()
        if "enum" in spec
    }
    assert values["WebSocketApiProtocols"] == ["ws", "wss"]
    assert values["DiagnosticsVerbosity"] == ["error", "information", "verbose"]


def test_an_argument_that_not_every_language_can_give_is_refused_by_name() -> None:
    class Odd(Arguments):
        either: int | str

    with pytest.raises(schema.UnsupportedTypeError, match=r"Odd\.either"):
        schema.Schema({}).properties(Odd)


def test_objects_within_objects_arrive_typed() -> None:
    given = {"resourceGroupName": "rg", "diagnostics": {"logClientIp": True, "maskedHeaders": ["X"]}, "products": None, "typo": 1}
    found = arguments(WebSocketApiInputs, given)
    assert found == {
        "resource_group_name": "rg",
        "diagnostics": DiagnosticsArgs(log_client_ip=True, masked_headers=["X"]),
        "typo": 1,
    }


words = st.lists(st.from_regex(r"[a-z][a-z0-9]*", fullmatch=True), min_size=1, max_size=4).map("_".join)


@given(names=st.sets(words, max_size=6), values=st.data())
def test_any_model_is_rebuilt_from_what_other_languages_send(names: set[str], values: st.DataObject) -> None:
    fields = {name: values.draw(st.text(max_size=5)) for name in names if len({camel(other) for other in names}) == len(names)}
    model = type("Model", (Arguments,), {"__annotations__": dict.fromkeys(fields, str)})
    sent = {camel(name): value for name, value in fields.items()}
    assert arguments(model, sent) == fields


def test_messages_name_arguments_as_they_were_written() -> None:
    told = wire_words(
        "service_url does not begin with wss://; log_client_ip: it is required; resource_name_of_mine", WebSocketApiInputs
    )
    assert told == "serviceUrl does not begin with wss://; logClientIp: it is required; resource_name_of_mine"
