"""What becomes of an export: names, types and references, nothing decrypted; and what is refused in one sentence."""

from typing import Any

import pytest

from pulumi_workspace365_cli import resource_names
from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.migration import fronts
from pulumi_workspace365_cli.migration.rewriting import rewrite
from pulumi_workspace365_cli.stack_edits.stack import is_same

STACK = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev"
DEFAULT = "urn:pulumi:dev::shop::pulumi:providers:pulumi-python::default"
EU = "urn:pulumi:dev::shop::pulumi:providers:pulumi-python::eu"
DYNAMIC = "pulumi-python:dynamic/workspace365:Environment"
CHECK = "pulumi-python:dynamic/apim:ConnectivityCheck"
CIPHER = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:x:y"}


def urn(kind: str, name: str) -> str:
    return f"urn:pulumi:dev::shop::{kind}::{name}"


def resource(kind: str, name: str, **more: Any) -> dict[str, Any]:
    own = {"urn": urn(kind, name), "type": kind.rpartition("$")[2], "custom": True, "id": name, "provider": f"{DEFAULT}::1"}
    return {**own, **more}


def provider(of: str, name: str, id_: str, **inputs: Any) -> dict[str, Any]:
    kind = f"pulumi:providers:{of}"
    return {"urn": urn(kind, name), "type": kind, "custom": True, "id": id_, "inputs": inputs, "outputs": inputs}


def export(*resources: dict[str, Any], **deployment: Any) -> dict[str, Any]:
    stack = {"urn": STACK, "type": "pulumi:pulumi:Stack", "custom": False}
    return {"version": 3, "deployment": {"resources": [stack, *resources], **deployment}}


def by_urn(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {item["urn"]: item for item in document["deployment"]["resources"]}


def test_names_with_colons_children_aliases_and_outputs_follow() -> None:
    parent = urn(DYNAMIC, "a::b$c")
    child = f"{DYNAMIC}$random:index:RandomId"
    document = export(
        provider("pulumi-python", "default", "1"),
        provider("random", "default", "2"),
        resource(DYNAMIC, "a::b$c", inputs={"admin_email": "x@y.example"}, aliases=[urn(DYNAMIC, "old")], modified="t"),
        resource(
            child,
            "below",
            parent=parent,
            provider=f"{urn('pulumi:providers:random', 'default')}::2",
            inputs={"prefix": parent, "some_key": f"see {parent}"},
            propertyDependencies={"some_key": [parent]},
            deletedWith=parent,
        ),
    )
    rewritten = rewrite(document, "native")
    found = by_urn(rewritten.document)
    moved = "urn:pulumi:dev::shop::workspace365:index:Environment::a::b$c"
    assert rewritten.moved == {parent: moved}
    assert found[moved]["aliases"] == [urn("workspace365:index:Environment", "old")]
    assert found[moved]["modified"] == "t"
    below = found["urn:pulumi:dev::shop::workspace365:index:Environment$random:index:RandomId::below"]
    assert (below["parent"], below["deletedWith"], below["inputs"]["prefix"]) == (moved, moved, moved)
    assert below["propertyDependencies"] == {"some_key": [moved]}
    assert below["inputs"]["some_key"] == f"see {parent}"
    assert urn("pulumi:providers:pulumi-python", "default") not in found
    assert rewrite(rewritten.document, "native").moved == {}


def test_objects_of_the_schema_are_renamed_inside_and_those_of_the_user_are_not() -> None:
    hops = [{"resource_id": "r", "next_hop_ids": ["n"], "issues": []}]
    document = export(
        provider("pulumi-python", "default", "1"),
        resource(CHECK, "c", inputs={"triggers": {"some_key": 1}, "headers": CIPHER, "port": 443}, outputs={"hops": hops}),
    )
    there = rewrite(document, "native").document
    found = by_urn(there)[urn("workspace365:index:ConnectivityCheck", "c")]
    assert found["inputs"] == {"triggers": {"some_key": 1}, "headers": CIPHER, "port": 443}
    assert list(found["outputs"]["hops"][0]) != list(hops[0])
    back = by_urn(rewrite(there, "dynamic").document)[urn(CHECK, "c")]
    assert back["outputs"]["hops"] == hops
    assert {**back["inputs"], "__provider": ""} == {**document["deployment"]["resources"][2]["inputs"], "__provider": ""}


def test_what_is_read_of_a_stack_has_the_names_that_a_migration_gives() -> None:
    for kind in fronts.kinds():
        outputs = dict.fromkeys(kind.declared.names.known, "a")
        read = resource_names.normalised({"type": kind.native, "outputs": outputs})
        assert read["type"] == resource_names.dynamic_type(kind.native) == kind.dynamic
        assert read["outputs"].keys() == kind.renamed(outputs, "dynamic").keys() - {"__provider"}


def test_what_the_schema_calls_secret_becomes_secret() -> None:
    document = export(provider("pulumi-python", "default", "1"), resource(DYNAMIC, "a", outputs={"temporary_password": "plain"}))
    found = by_urn(rewrite(document, "native").document)[urn("workspace365:index:Environment", "a")]
    assert found["outputs"]["temporaryPassword"]["plaintext"] == '"plain"'


def test_a_default_provider_that_others_use_stays_and_one_that_is_there_is_used() -> None:
    mine = provider("workspace365", "default", "9")
    theirs = resource("pulumi-python:dynamic:Resource", "theirs")
    document = export(provider("pulumi-python", "default", "1"), theirs, resource(DYNAMIC, "a"), mine)
    found = rewrite(document, "native").document["deployment"]["resources"]
    assert [item["id"] for item in found if item["type"].startswith("pulumi:providers")] == ["9", "1"]
    assert found[-1]["provider"] == f"{mine['urn']}::9"
    assert theirs in found


def test_instances_keep_their_keys_encrypted() -> None:
    settings = {
        "w365:instance": "eu",
        "w365:baseUrl": "https://a.example",
        "w365:provisioningKey": CIPHER,
        "w365:maxRetries": "2",
    }
    document = export(provider("pulumi-python", "eu", "5", **settings), resource(DYNAMIC, "a", provider=f"{EU}::5"))
    there = rewrite(document, "native").document
    found = by_urn(there)
    instance = found[urn("pulumi:providers:workspace365", "eu")]
    assert instance["inputs"] == {"baseUrl": "https://a.example", "provisioningKey": CIPHER, "maxRetries": "2"}
    assert found[urn("workspace365:index:Environment", "a")]["provider"] == f"{instance['urn']}::5"
    assert by_urn(rewrite(there, "dynamic").document)[EU]["inputs"] == settings


_PENDING = {"pending_operations": [{"type": "creating", "resource": resource(DYNAMIC, "b")}]}
_CUSTOMER = f"workspace365:index:CustomerEnvironment${DYNAMIC}"


@pytest.mark.parametrize(
    ("resources", "deployment", "reason"),
    [
        ([resource(DYNAMIC, "a")], _PENDING, "pending operations"),
        ([resource(DYNAMIC, "a", delete=True)], {}, "Environment a is still to be deleted"),
        ([resource(_CUSTOMER, "a")], {}, "Environment a is part of a CustomerEnvironment"),
        ([resource(DYNAMIC, "a", inputs={"__provider": "Zm9v"})], {}, "its provider is not the one"),
        ([resource(DYNAMIC, "a"), resource("workspace365:index:Environment", "a")], {}, "on both fronts"),
        ([provider("pulumi-python", "eu", "5"), resource(DYNAMIC, "a", provider=f"{EU}::5")], {}, "is no Instance"),
        (
            [
                provider("pulumi-python", "eu", "5", **{"w365:instance": "eu"}),
                resource("pulumi-python:dynamic:Resource", "mine", provider=f"{EU}::5"),
            ],
            {},
            "Resource mine uses an Instance",
        ),
        ([provider("pulumi-python", "eu", "5", **{"w365:instance": "eu", "w365:odd": "1"})], {}, "setting w365:odd"),
    ],
)
def test_what_cannot_be_migrated_is_refused(resources: list[dict[str, Any]], deployment: dict[str, Any], reason: str) -> None:
    document = export(provider("pulumi-python", "default", "1"), *resources, **deployment)
    with pytest.raises(CommandError, match=reason):
        rewrite(document, "native")


def test_an_empty_stack_has_nothing_to_migrate() -> None:
    for document in ({"version": 3}, {"version": 3, "deployment": None}, export()):
        assert rewrite(document, "native").moved == {}
        assert is_same(rewrite(document, "dynamic").document, document)
