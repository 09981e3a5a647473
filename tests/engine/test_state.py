"""Deployments: reading, writing, order and references."""

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_embedded_engine.errors import NeedsPulumiCLI, StateError
from pulumi_embedded_engine.resource.deployment import Deployment, Operation
from pulumi_embedded_engine.resource.state import Resource
from pulumi_embedded_engine.resource.values import Secret
from pulumi_embedded_engine.store import integrity, references
from pulumi_embedded_engine.store.secrets import PassphraseSecrets
from tests.engine import strategies
from tests.engine.cli import RECORDED
from tests.engine.test_properties import conceal, reveal

Json = dict[str, Any]
PROVIDER = "urn:pulumi:dev::p::pulumi:providers:pkg::default"


def recorded(name: str) -> Json:
    document: Json = json.loads((RECORDED / "interchange" / name).read_text(encoding="utf-8"))
    return document


def urn(name: str, type_: str = "a:b:C") -> str:
    return f"urn:pulumi:dev::p::{type_}::{name}"


@given(strategies.resources)
def test_a_resource_is_loaded_as_it_was_stored(resource: Resource) -> None:
    stored = json.loads(json.dumps(resource.to_json(conceal)))
    assert Resource.from_json(stored, reveal) == resource


def test_a_loaded_resource_keeps_its_ciphertexts_until_it_changes() -> None:
    stored = {"urn": urn("a"), "custom": True, "type": "a:b:C", "inputs": {"s": {}}, "futureField": [1]}
    stored["inputs"] = {"s": Resource(urn="u", type="t", inputs={"s": Secret("x")}).to_json(conceal)["inputs"]["s"]}
    resource = Resource.from_json(stored, reveal)
    assert resource.to_json(lambda _: "encrypted anew") == stored
    changed = dataclasses.replace(resource, protect=True).to_json(lambda _: "encrypted anew")
    assert changed["inputs"]["s"]["ciphertext"] == "encrypted anew"
    assert (changed["futureField"], changed["protect"]) == ([1], True)


def test_the_clis_export_is_written_back_as_it_is(secrets: PassphraseSecrets) -> None:
    document = recorded("export.json")
    deployment = Deployment.from_json(document, secrets.decrypt)
    assert json.loads(json.dumps(deployment.to_json(secrets.encrypt))) == document


def test_the_clis_export_in_clear_is_what_we_print_in_clear(secrets: PassphraseSecrets) -> None:
    deployment = Deployment.from_json(recorded("export.json"), secrets.decrypt)
    assert json.loads(json.dumps(deployment.to_json(None))) == recorded("export-show-secrets.json")


def test_every_option_of_a_recorded_resource_is_understood(secrets: PassphraseSecrets) -> None:
    deployment = Deployment.from_json(recorded("export.json"), secrets.decrypt)
    by_name = {resource.urn.rpartition("::")[2]: resource for resource in deployment.resources}
    assert not any(resource.extra for resource in deployment.resources)
    assert by_name["group-first"].additional_secret_outputs == ("token",)
    assert by_name["group-first"].outputs["token"] == Secret("token of group-first")
    second = by_name["group-second"]
    assert (second.protect, second.ignore_changes) == (True, ("flag", 'texts["odd key"]'))
    assert (second.replace_on_changes, second.custom_timeouts) == (("name",), {"create": 300, "delete": 30})
    assert second.property_dependencies["dependency"] == (by_name["group-first"].urn,)
    fourth = by_name["fourth"]
    assert (fourth.retain_on_delete, fourth.deleted_with, fourth.replace_with) == (
        True,
        by_name["third"].urn,
        (by_name["third"].urn,),
    )
    assert by_name["hooked"].resource_hooks == {"AfterCreate": ("look",)}


def test_version_4_is_written_only_where_features_are_used() -> None:
    plain = Resource(urn=urn("a"), type="a:b:C")
    assert Deployment([plain]).to_json(conceal)["version"] == 3
    used: dict[str, Json] = {
        "hooks": {"resource_hooks": {"AfterCreate": ("h",)}},
        "taint": {"taint": True},
        "replaceWith": {"replace_with": (urn("b"),)},
        "refreshBeforeUpdate": {"refresh_before_update": True},
        "byteString": {"inputs": {"s": Secret("\udcff")}},
    }
    for feature, changes in used.items():
        document = Deployment([dataclasses.replace(plain, **changes)]).to_json(conceal)
        assert (document["version"], document["features"]) == (4, [feature])
    pending = Deployment([plain], [Operation(dataclasses.replace(plain, taint=True), "creating")])
    assert pending.to_json(conceal)["features"] == ["taint"]


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"version": 5, "deployment": {}}, "a deployment of version 5 needs the Pulumi CLI"),
        ({"version": 2, "deployment": {}}, "a deployment of version 2"),
        ({"version": 4, "features": ["hooks", "snippets-prototype", "views"], "deployment": {}}, "snippets-prototype, views"),
    ],
)
def test_a_deployment_that_would_lose_something_needs_the_cli(document: Json, words: str) -> None:
    with pytest.raises(NeedsPulumiCLI, match=words):
        Deployment.from_json(document, reveal)


@pytest.mark.parametrize(
    "deployment",
    [
        {"resources": {"a": 1}},
        {"resources": [{"type": "a:b:C"}]},
        {"resources": [{"urn": "u"}]},
        {"resources": ["x"]},
        {"pending_operations": [{}]},
    ],
)
def test_a_malformed_deployment_is_refused(deployment: Json) -> None:
    with pytest.raises(StateError, match="deployment"):
        Deployment.from_json({"version": 3, "deployment": deployment}, reveal)


def resource(name: str, **fields: Any) -> Json:
    return {"urn": urn(name), "type": "a:b:C", "custom": False, **fields}


def test_a_recorded_deployment_is_consistent() -> None:
    integrity.verify(recorded("export.json")["deployment"]["resources"])


@pytest.mark.parametrize(
    ("resources", "words"),
    [
        ([{"type": "a:b:C"}], "index 0 lacks urn or type"),
        ([resource("a", id="i")], "is a component but has an id"),
        ([resource("a", provider="nonsense")], "unknown provider nonsense"),
        ([resource("a", provider=f"{PROVIDER}::i")], "unknown provider"),
        ([resource("a", parent=urn("b")), resource("b")], "is a child of .*comes after it"),
        ([resource("a", parent=urn("b"))], "is a child of .*is missing"),
        ([resource("a", dependencies=[urn("b")])], "depends on .*is missing"),
        ([resource("a", propertyDependencies={"x": [urn("b")]})], "depends through x on .*is missing"),
        ([resource("a", deletedWith=urn("b"))], "is deleted with .*is missing"),
        ([resource("a"), resource("a")], "occurs 2 times"),
    ],
)
def test_what_the_cli_would_refuse_is_refused(resources: list[Json], words: str) -> None:
    with pytest.raises(StateError, match=words):
        integrity.verify(resources)


def test_what_the_cli_accepts_is_accepted() -> None:
    provider = {"urn": PROVIDER, "type": "pulumi:providers:pkg", "custom": True, "id": "i"}
    integrity.verify(
        [provider, resource("a", provider=f"{PROVIDER}::i"), resource("a", delete=True), resource("b", parent=urn("a"))]
    )
    integrity.verify([resource("a", provider=f"{PROVIDER}::gone", pendingReplacement=True)])


def test_references_to_what_is_gone_are_dropped() -> None:
    kept = references.drop_dangling(
        [
            resource("a"),
            resource("b", dependencies=[urn("gone"), urn("a")], propertyDependencies={"x": [urn("gone")], "y": [urn("a")]}),
            resource("c", deletedWith=urn("gone"), replaceWith=[urn("gone")]),
            resource("d", deletedWith=urn("a"), parent=urn("gone")),
        ]
    )
    assert kept[1]["dependencies"] == [urn("a")]
    assert kept[1]["propertyDependencies"] == {"y": [urn("a")]}
    assert "deletedWith" not in kept[2]
    assert kept[3]["deletedWith"] == urn("a")
    integrity.verify(kept)


@given(st.permutations(range(6)), st.sets(st.integers(0, 5), max_size=3))
def test_any_order_and_any_gap_can_be_repaired(order: list[int], gone: set[int]) -> None:
    provider = {"urn": PROVIDER, "type": "pulumi:providers:pkg", "custom": True, "id": "i"}
    resources = [
        provider,
        resource("a", parent=urn("gone")),
        resource("b", parent=urn("a"), provider=f"{PROVIDER}::i"),
        resource("c", dependencies=[urn("b"), urn("a")], deletedWith=urn("b")),
        resource("c", delete=True, propertyDependencies={"x": [urn("c")]}),
        resource("d", dependencies=[urn("c")]),
    ]
    resources = [resources[place] for place in order if place not in gone]
    if provider not in resources:
        resources = [{name: value for name, value in item.items() if name != "provider"} for item in resources]
    result = references.repair(resources)
    integrity.verify(result)
    assert sorted(item["urn"] for item in result) == sorted(item["urn"] for item in resources)


def test_a_circle_loses_an_edge_but_no_resource() -> None:
    result = references.repair([resource("a", dependencies=[urn("b")]), resource("b", dependencies=[urn("a")])])
    integrity.verify(result)
    assert len(result) == 2


def test_aliases_become_the_present_names_everywhere() -> None:
    old, new = urn("old", "pulumi:providers:pkg"), urn("new", "pulumi:providers:pkg")
    former, present = urn("former", "my:C"), urn("present", "my:C")
    child = "urn:pulumi:dev::p::my:C$a:b:C::child"
    result = references.apply_aliases(
        [
            {"urn": new, "type": "pulumi:providers:pkg", "custom": True, "id": "i", "aliases": [old]},
            {"urn": present, "type": "my:C", "custom": False, "aliases": [former]},
            {"urn": child, "type": "a:b:C", "custom": True, "parent": former, "provider": f"{old}::i"},
            resource("x", dependencies=[former], propertyDependencies={"p": [former]}, deletedWith=former),
        ]
    )
    assert not any("aliases" in item for item in result)
    assert (result[2]["parent"], result[2]["provider"]) == (present, f"{new}::i")
    assert (result[3]["dependencies"], result[3]["deletedWith"]) == ([present], present)
    integrity.verify(result)


def test_one_alias_for_two_resources_is_refused() -> None:
    with pytest.raises(StateError, match="have the same alias"):
        references.apply_aliases([resource("a", aliases=[urn("x")]), resource("b", aliases=[urn("x")])])
