"""Each policy, asked as the engine asks: for resources of both fronts, and with values that a preview does not know."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import yaml
from pulumi.runtime.proto import analyzer_pb2

from pulumi_workspace365_policies import POLICIES
from tests.policies import analyzer
from tests.policies.analyzer import STACK, UNKNOWN, Analyzer, Declared

FRONTS = pytest.mark.parametrize("front", ["dynamic", "native"])
ORIGIN = '<check-header name="Origin"><value>https://app.example.com</value></check-header>'
JWT = '<validate-jwt header-name="Authorization" />'
COMPONENT = "urn:pulumi:dev::shop::workspace365:index:WebSocketApi::chat"


@pytest.fixture(scope="module")
def process() -> Iterator[Analyzer]:
    with analyzer.running(PULUMI_CONFIG='{"shop:rings": "[\\"canary\\", \\"early\\"]"}') as running:
        yield running


@pytest.fixture
def asked(process: Analyzer) -> Analyzer:
    """The pack with the configuration that it has by itself."""
    process.configure()
    return process


def resource(front: str, kind: str, name: str, **properties: Any) -> Declared:
    if front == "dynamic":
        module = "apim" if kind == "ConnectivityCheck" else "workspace365"
        return Declared(f"pulumi-python:dynamic/{module}:{kind}", name, properties)
    return Declared(f"workspace365:index:{kind}", name, {_camel(key): value for key, value in properties.items()})


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def api(name: str = "chat", *, parent: str = COMPONENT, **properties: Any) -> Declared:
    known = {"path": name, "protocols": ["wss"], "serviceUrl": "wss://chat.example.com/hub", "subscriptionRequired": False}
    return Declared("azure-native:apimanagement:Api", name, known | properties, parent=parent)


def policy(inbound: str, *, of: Declared, deployed: bool = False) -> Declared:
    """The policy of an API's handshake, before or after it was deployed."""
    document = f"<policies><inbound><base />{inbound}</inbound></policies>"
    service = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ApiManagement/service/apim"
    place = (
        {"id": f"{service}/apis/{of.name}/operations/onHandshake/policies/policy"} if deployed else {"operationId": "onHandshake"}
    )
    properties = {**place, "value": document if inbound != UNKNOWN else UNKNOWN}
    return Declared("azure-native:apimanagement:ApiOperationPolicy", of.name, properties, dependencies=(of.urn,))


def check(front: str = "dynamic", address: str = "chat.example.com", parent: str = STACK) -> Declared:
    return replace(resource(front, "ConnectivityCheck", "backend", address=address), parent=parent)


@FRONTS
@pytest.mark.parametrize(
    ("properties", "protect", "wrong"),
    [
        ({"deletion_protection": True}, True, False),
        ({"deletion_protection": True}, False, False),
        ({}, False, False),
        ({"deletion_protection": False}, False, True),
        ({"deletion_protection": False, "active": True}, False, True),
        ({"deletion_protection": False, "active": False}, False, False),
        ({"deletion_protection": False}, True, False),
        ({"deletion_protection": UNKNOWN}, False, False),
        ({"deletion_protection": False, "active": UNKNOWN}, False, False),
    ],
    ids=str,
)
def test_an_environment_is_protected_until_it_is_retired(
    asked: Analyzer, front: str, properties: dict[str, Any], protect: bool, wrong: bool
) -> None:
    one = replace(resource(front, "Environment", "contoso", **properties), protect=protect)
    found = asked.judge(one)
    assert [item.policy for item in found] == (["environment-protected"] if wrong else [])
    for item in found:
        assert item.level == analyzer_pb2.MANDATORY
        assert "Environment 'contoso' is neither protected nor retired" in item.message


def test_pulumis_own_option_can_be_required(asked: Analyzer) -> None:
    one = resource("native", "Environment", "contoso", deletion_protection=True)
    asked.configure(environment_protected={"requireProtect": True})
    [found] = asked.judge(one)
    assert "has no protect, so" in found.message
    assert asked.broken(replace(one, protect=True)) == []
    assert asked.broken(resource("native", "Environment", "contoso", deletion_protection=False, active=False)) == []


@FRONTS
def test_a_sign_on_key_says_when_it_ends(asked: Analyzer, front: str) -> None:
    fields = {"environment": "contoso", "key": "secret-value"}
    [found] = asked.judge(resource(front, "OAuth2SignOn", "contoso", **fields))
    assert (found.policy, found.level) == ("sign-on-key-expires", analyzer_pb2.ADVISORY)
    assert "OAuth2SignOn 'contoso' does not say when its key ends" in found.message
    assert "secret-value" not in found.message
    for known in ("2031-01-01", UNKNOWN):
        assert asked.broken(resource(front, "OAuth2SignOn", "contoso", **fields, key_expires=known)) == []


def test_other_resources_are_nothing_to_the_policies(asked: Analyzer) -> None:
    others = [
        Declared("azure-native:storage:StorageAccount", "files", {}),
        Declared("pulumi-python:dynamic/shop:Environment", "other", {"deletion_protection": False}),
        Declared("workspace365:index:ExchangeSettings", "contoso", {"environment": "contoso"}),
        api("rest", protocols=["https"]),
        api("soon", protocols=UNKNOWN),
    ]
    assert asked.broken(*others) == []


@pytest.mark.parametrize("deployed", [False, True])
def test_an_api_whose_handshake_lacks_nothing_is_well(asked: Analyzer, deployed: bool) -> None:
    assert asked.judge(api(), policy(JWT + ORIGIN, of=api(), deployed=deployed), check()) == []


def test_a_bare_api_breaks_each_rule_and_the_api_is_named(asked: Analyzer) -> None:
    found = asked.judge(api())
    assert {item.policy: item.level for item in found} == {
        "websocket-api-authenticates": analyzer_pb2.MANDATORY,
        "websocket-api-checks-origin": analyzer_pb2.ADVISORY,
        "websocket-api-checked": analyzer_pb2.ADVISORY,
    }
    assert {item.urn for item in found} == {api().urn}
    assert all("WebSocket API 'chat'" in item.message for item in found)
    assert sum("it has no onHandshake policy" in item.message for item in found) == 2


def test_a_subscription_key_authenticates_unless_it_is_not_accepted(asked: Analyzer) -> None:
    keyed = api(subscriptionRequired=True)
    rest = (policy(ORIGIN, of=keyed), check())
    assert asked.broken(keyed, *rest) == []
    asked.configure(websocket_api_authenticates={"accept": ["validate-jwt"]})
    assert asked.broken(keyed, *rest) == ["websocket-api-authenticates"]
    assert asked.broken(keyed, policy(JWT + ORIGIN, of=keyed), check()) == []


def test_what_a_preview_does_not_know_is_no_violation(asked: Analyzer) -> None:
    unknown = (
        (api(), policy(UNKNOWN, of=api()), check()),
        (api(subscriptionRequired=UNKNOWN), policy(ORIGIN, of=api()), check()),
        (api(), policy(JWT + ORIGIN, of=api()), check(address=UNKNOWN)),
        (api(serviceUrl=UNKNOWN), policy(JWT + ORIGIN, of=api()), check()),
        (api(), policy('<include-fragment fragment-id="company" />', of=api()), check()),
    )
    assert [asked.broken(*resources) for resources in unknown] == [[]] * len(unknown)


def test_a_fragment_of_the_stack_is_read(asked: Analyzer) -> None:
    include = policy(ORIGIN + '<include-fragment fragment-id="company" />', of=api())
    fragment = Declared(
        "azure-native:apimanagement:PolicyFragment", "company", {"id": "company", "value": "<fragment><base /></fragment>"}
    )
    assert asked.broken(api(), include, fragment, check()) == ["websocket-api-authenticates"]
    fields = {"id": "/subscriptions/s/service/apim/policyFragments/company"}
    deployed = replace(fragment, properties=fields | {"value": f"<fragment>{JWT}</fragment>"})
    assert asked.broken(api(), include, deployed, check()) == []
    empty = replace(fragment, properties=fields | {"value": "<fragment><base /></fragment>"})
    assert asked.broken(api(), include, empty, check()) == ["websocket-api-authenticates"]


def test_a_policy_that_is_no_xml_is_told(asked: Analyzer) -> None:
    raw = replace(
        policy("", of=api()), properties={"operationId": "onHandshake", "value": '<policies><a b="@("c")" /></policies>'}
    )
    found = asked.judge(api(), raw, check())
    assert len(found) == 2
    assert all("is no plain XML" in item.message for item in found)


def test_the_policy_of_another_operation_or_api_does_not_count(asked: Analyzer) -> None:
    full = policy(JWT + ORIGIN, of=api(), deployed=True)
    both = ["websocket-api-authenticates", "websocket-api-checks-origin"]
    asked_for = replace(full, properties={"operationId": "other", "value": full.properties["value"]})
    assert asked.broken(api(), asked_for, check()) == both
    deployed = replace(full, properties={**full.properties, "id": str(full.properties["id"]).replace("onHandshake", "other")})
    assert asked.broken(api(), deployed, check()) == both
    beside = api(parent=STACK)
    assert asked.broken(beside, policy(JWT + ORIGIN, of=api("news")), check()) == both


def test_the_policy_of_a_component_is_that_of_its_api_whatever_the_version_of_azure_native(asked: Analyzer) -> None:
    component = Declared("workspace365:index:WebSocketApi", "chat", {})
    own = replace(policy(JWT + ORIGIN, of=api()), dependencies=(), parent=COMPONENT)
    versions = [replace(one, type=one.type.replace("apimanagement:", "apimanagement/v20240501:")) for one in (api(), own)]
    assert asked.broken(component, api(), own, check()) == []
    assert asked.broken(component, *versions, check()) == []
    assert "websocket-api-authenticates" in asked.broken(component, versions[0], check())


@FRONTS
def test_a_check_is_found_by_address_by_component_or_by_dependency(asked: Analyzer, front: str) -> None:
    guarded = policy(JWT + ORIGIN, of=api())
    component = Declared("workspace365:index:WebSocketApi", "chat", {})
    elsewhere = check(front, address="other.example.com")
    assert asked.broken(api(), guarded, check(front, address="Chat.Example.com")) == []
    assert asked.broken(component, api(), guarded, replace(elsewhere, parent=COMPONENT)) == []
    assert asked.broken(replace(api(), dependencies=(elsewhere.urn,)), guarded, elsewhere) == []
    assert asked.broken(api(), guarded, elsewhere) == ["websocket-api-checked"]
    beside = api(parent=STACK)
    assert asked.broken(beside, policy(JWT + ORIGIN, of=beside), elsewhere) == ["websocket-api-checked"]
    malformed = api(serviceUrl="wss://[chat")
    assert asked.broken(malformed, policy(JWT + ORIGIN, of=malformed), elsewhere) == ["websocket-api-checked"]


@pytest.mark.parametrize(
    ("exemption", "exempt"),
    [
        ({"exempt": ["contoso"]}, True),
        ({"exempt": ["con*"]}, True),
        ({"exempt": ["fabrikam"]}, False),
        ({"exemptStacks": ["dev"]}, True),
        ({"exemptStacks": ["prod"]}, False),
        ({"exemptRings": ["canary", "early", "late"]}, True),
        ({"exemptRings": ["canary"]}, False),
    ],
    ids=str,
)
def test_customers_apis_stacks_and_rings_are_exempted(asked: Analyzer, exemption: dict[str, Any], exempt: bool) -> None:
    open_ = resource("dynamic", "Environment", "contoso", deletion_protection=False)
    asked.configure(environment_protected=exemption)
    assert asked.broken(open_) == ([] if exempt else ["environment-protected"])
    asked.configure(websocket_api_checks_origin=exemption)
    bare = api("contoso")
    found = asked.broken(bare, policy(JWT, of=bare), check())
    assert found == ([] if exempt else ["websocket-api-checks-origin"])


def test_levels_are_configured(asked: Analyzer) -> None:
    one = resource("dynamic", "OAuth2SignOn", "contoso")
    asked.configure(sign_on_key_expires={"level": analyzer_pb2.MANDATORY})
    assert [item.level for item in asked.judge(one)] == [analyzer_pb2.MANDATORY]
    asked.configure(sign_on_key_expires={"level": analyzer_pb2.DISABLED})
    assert asked.judge(one) == []


def test_the_pack_offers_every_policy_with_a_schema_of_its_configuration(asked: Analyzer) -> None:
    found = {item.name: item for item in asked.info().policies}
    assert list(found) == [item.name for item in POLICIES]
    for item in found.values():
        assert set(item.configSchema.properties.fields) >= {"exempt", "exemptRings", "exemptStacks"}


def test_the_command_prints_the_folder_of_the_pack(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pulumi_workspace365_policies"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    project = yaml.safe_load(Path(done.stdout.rstrip("\n"), "PulumiPolicy.yaml").read_text())
    assert project["version"] == metadata.version("pulumi-workspace365-policies")
    assert project["runtime"] == "python"
