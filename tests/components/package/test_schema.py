"""The schema that other languages' classes are written from is what the components are."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_dynamic_host.property_names import to_camel_case, to_snake_case
from pulumi_workspace365_components import DiagnosticsArgs, WebSocketApiArgs, WebSocketMonitoringArgs
from pulumi_workspace365_components.arguments import Arguments
from pulumi_workspace365_components.package import provider_settings, resource_schema, schema
from pulumi_workspace365_components.package.components import COMPONENTS, WebSocketApiInputs
from pulumi_workspace365_components.package.marshalling import arguments, names_of, with_wire_names
from pulumi_workspace365_components.package.schema import DISTRIBUTION
from pulumi_workspace365_components.package.type_specs import TypeSpecs, UnsupportedTypeError

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


@pytest.mark.parametrize("token", COMPONENTS)
def test_a_component_has_the_arguments_and_outputs_that_it_has_in_python(token: str) -> None:
    described = DOCUMENT["resources"][token]
    both: dict[str, type[Arguments]] = {"WebSocketApi": WebSocketApiArgs, "WebSocketMonitoring": WebSocketMonitoringArgs}
    python = both[token.rpartition(":")[2]]
    in_place_of_none = {"WebSocketMonitoringArgs": {"alert"}}.get(python.__name__, set())
    assert described["inputProperties"].keys() == {to_camel_case(name) for name in python.model_fields} | in_place_of_none
    assert set(described["requiredInputs"]) == {
        to_camel_case(name) for name, field in python.model_fields.items() if field.is_required()
    }
    assert described["isComponent"]


def test_no_output_of_a_component_is_marked_as_secret_which_java_and_csharp_cannot_compile() -> None:
    components = {token: spec for token, spec in DOCUMENT["resources"].items() if spec.get("isComponent")}
    assert len(components) == 3
    assert not [(token, name) for token, spec in components.items() for name in secrets_of(spec)]


def test_secrets_and_outputs_that_may_be_missing_are_marked() -> None:
    api = DOCUMENT["resources"]["workspace365:index:WebSocketApi"]
    assert set(api["properties"]) - set(api["required"]) == {"probeKey"}
    given = {(token.rpartition(":")[2], name) for token, spec in DOCUMENT["types"].items() for name in secrets_of(spec)}
    backend = {("Backend", "headers"), ("Backend", "query")}
    customer = {("CustomerTemplate", "configuration"), ("CustomerOAuth2SignOn", "key")}
    assert given == backend | customer | {("NamedValue", "value"), ("Validation", "subscriptionKey"), ("Validation", "token")}
    resources = {
        (token.rpartition(":")[2], name)
        for token, cls in resource_schema.classes().items()
        for name in (
            *secrets_of(DOCUMENT["resources"][token]),
            *secrets_of({"properties": DOCUMENT["resources"][token]["inputProperties"]}),
        )
        if cls
    }
    assert resources == {
        ("Environment", "temporaryPassword"),
        ("OAuth2SignOn", "key"),
        ("OAuth2SignOn", "keyDigest"),
        ("Template", "configuration"),
        ("ConnectivityCheck", "headers"),
    }
    assert {
        name for name, spec in DOCUMENT["provider"]["inputProperties"].items() if spec.get("secret")
    } == provider_settings.SECRETS


@pytest.mark.parametrize("token", resource_schema.classes())
def test_a_resource_has_the_arguments_and_outputs_that_it_has_in_python(token: str) -> None:
    described, cls = DOCUMENT["resources"][token], resource_schema.classes()[token]
    declared: Any = cls.args_class.keywords
    own = {*declared.__annotations__} | ({"incarnation"} & {*cls.provider_type.arguments()})
    assert described["inputProperties"].keys() == {to_camel_case(name) for name in own}
    assert own == {*cls.provider_type.arguments()}
    assert set(described["requiredInputs"]) == {to_camel_case(name) for name in declared.__required_keys__}
    assert {to_camel_case(name) for name in cls._outputs} <= described["properties"].keys()
    defaults = {name: spec["default"] for name, spec in described["inputProperties"].items() if "default" in spec}
    assert defaults == {to_camel_case(name): value for name, value in cls.provider_type.defaults().items()}
    replacing = {name for name, spec in described["inputProperties"].items() if spec.get("willReplaceOnChanges")}
    assert replacing == {to_camel_case(name) for name in cls.provider_type.replaced_by}
    assert "## Import" in described["description"]
    assert described["description"].count("```") == 2 * (6 + described["description"].count("```sh"))


def test_every_name_is_the_same_after_it_went_to_the_wire_and_back() -> None:
    names = resource_schema.names() | {"key_digest", "written_to", "arm_endpoint", "configuration_hash"}
    assert {name for name in names if to_snake_case(to_camel_case(name)) != name} == set()


@pytest.mark.slow
def test_the_cli_accepts_the_schema_that_the_plugin_answers(tmp_path: Path) -> None:
    cli = shutil.which("pulumi")
    if not cli:
        pytest.skip("no Pulumi CLI on PATH")
    plugin = Path(sys.prefix, "bin/pulumi-resource-workspace365")
    told = subprocess.run([cli, "package", "get-schema", plugin], capture_output=True, text=True, cwd=tmp_path, check=True)
    answered = json.loads(told.stdout)
    assert answered["resources"].keys() == DOCUMENT["resources"].keys()
    assert answered["version"] == metadata.version(DISTRIBUTION)
    (tmp_path / "schema.json").write_text(told.stdout, encoding="utf-8")
    checked = subprocess.run([cli, "schema", "check", "schema.json"], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")


def secrets_of(spec: dict[str, Any]) -> list[str]:
    return [name for name, described in spec.get("properties", {}).items() if described.get("secret")]


def descriptions() -> dict[str, str]:
    """Every text that other languages show, by where it stands."""
    found = {}
    own = {"provider": DOCUMENT["provider"], "config": {"description": "settings", "properties": DOCUMENT["config"]["variables"]}}
    results = {token: {**spec, **spec["outputs"]} for token, spec in DOCUMENT["functions"].items()}
    for token, spec in {**DOCUMENT["resources"], **DOCUMENT["types"], **results, **own}.items():
        words = spec.get("description", "" if "enum" not in spec else "a choice")
        found[token] = re.sub(r"^```.*?^```$", "", words, flags=re.MULTILINE | re.DOTALL)
        for kind in ("inputProperties", "properties"):
            found |= {f"{token}.{name}": described.get("description", "") for name, described in spec.get(kind, {}).items()}
    return found


def test_everything_is_described_for_all_languages() -> None:
    assert not [where for where, told in descriptions().items() if not told]
    python = re.compile(r"\bNone\b|\bTrue\b|\bFalse\b|``|:\w+:`|^\w+:\n|docs/|Default: `[\d.]+\.0`", re.MULTILINE)
    assert not {where: told for where, told in descriptions().items() if python.search(told)}
    names = {name for offer in COMPONENTS.values() for name in names_of(offer.inputs) | {*offer.component.__annotations__}}
    names |= resource_schema.names()
    snakes = {name for name in names if "_" in name}
    assert not {where: told for where, told in descriptions().items() if snakes & set(re.findall(r"\w+", told))}


def test_a_python_program_does_not_replace_the_plugin_when_it_adds_the_package() -> None:
    added = DOCUMENT["language"]["python"]["packageName"]
    plugin = metadata.distribution(DISTRIBUTION)
    assert re.sub(r"[-_.]+", "-", added) != re.sub(r"[-_.]+", "-", str(plugin.name))
    assert not find_spec(added)


def test_whole_numbers_are_whole_in_every_language() -> None:
    limit = DOCUMENT["types"]["workspace365:index:RateLimit"]["properties"]
    assert [limit[name]["type"] for name in ("calls", "renewalPeriod")] == ["integer", "integer"]


def test_what_is_none_in_python_can_be_said_in_every_language() -> None:
    offer = COMPONENTS["workspace365:index:WebSocketMonitoring"]
    given = {"resourceGroupName": "rg", "serviceName": "apim", "workspaceId": "id"}
    without = offer.args(**arguments(offer.inputs, {**given, "alert": False}))
    assert without == WebSocketMonitoringArgs(**arguments(offer.inputs, given), failed_connections=None)
    assert offer.args(**arguments(offer.inputs, given)) == WebSocketMonitoringArgs(**arguments(offer.inputs, given))
    with pytest.raises(pulumi.RunError, match="alert: it must be true or false"):
        offer.args(**arguments(offer.inputs, {**given, "alert": "no"}))


def test_choices_become_enums() -> None:
    values = {
        token.rpartition(":")[2]: [case["value"] for case in spec["enum"]]
        for token, spec in DOCUMENT["types"].items()
        if "enum" in spec
    }
    assert values["WebSocketApiProtocol"] == ["ws", "wss"]
    assert values["DiagnosticsVerbosity"] == ["error", "information", "verbose"]


def test_an_argument_that_not_every_language_can_give_is_refused_by_name() -> None:
    class Odd(Arguments):
        either: int | str

    with pytest.raises(UnsupportedTypeError, match=r"Odd\.either"):
        TypeSpecs(set()).properties(Odd)


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
    fields = {
        name: values.draw(st.text(max_size=5)) for name in names if len({to_camel_case(other) for other in names}) == len(names)
    }
    model = type("Model", (Arguments,), {"__annotations__": dict.fromkeys(fields, str)})
    sent = {to_camel_case(name): value for name, value in fields.items()}
    assert arguments(model, sent) == fields


def test_messages_name_arguments_as_they_were_written() -> None:
    told = with_wire_names(
        "service_url does not begin with wss://; log_client_ip: it is required; resource_name_of_mine", WebSocketApiInputs
    )
    assert told == "serviceUrl does not begin with wss://; logClientIp: it is required; resource_name_of_mine"


def test_functions_have_no_defaults_with_which_an_sdk_of_go_would_lose_their_arguments() -> None:
    assert not [
        spec
        for function in DOCUMENT["functions"].values()
        for spec in function["inputs"]["properties"].values()
        if "default" in spec
    ]
