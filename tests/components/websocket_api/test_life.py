"""An API from its first deployment to its last: order, changes, drift, replacement."""

from difflib import ndiff
from pathlib import Path

import pytest

from pulumi_workspace365_components import policies
from pulumi_workspace365_sandbox.azure import faults
from tests.components.websocket_api import programs, world
from tests.components.websocket_api.world import World

POLICY = "apis/chat/operations/onHandshake/policies/policy"
WRITTEN = '<policies><inbound><base/><rate-limit-by-key calls="5" renewal-period="60" counter-key="all"/></inbound></policies>'
SAME = """<policies>
  <!-- five a minute -->
  <inbound>
    <base />
    <rate-limit-by-key counter-key="all" renewal-period="60"
                       calls="5"></rate-limit-by-key>
  </inbound>
</policies>"""


@pytest.mark.parametrize("here", world.ENGINES, indirect=True)
def test_everything_is_deployed_in_order_stays_as_it_is_and_goes_in_order(here: World) -> None:
    here.up(programs.complete(here.cloud.openid_config))
    made = here.changes()
    assert sorted(made) == sorted(
        [
            *[
                "PUT products",
                "PUT gateways",
                "PUT namedValues",
                "PUT policyFragments",
                "PUT apis",
                "PUT apis/operations/policies",
            ],
            *["PUT apis/diagnostics", "PUT products/apiLinks", "PUT gateways/apis", "PUT subscriptions"],
        ]
    )
    chain = ["PUT namedValues", "PUT policyFragments", "PUT apis", "PUT apis/operations/policies"]
    assert [call for call in made if call in chain] == chain
    for offered in ("PUT products/apiLinks", "PUT gateways/apis", "PUT subscriptions"):
        assert made.index(offered) > made.index("PUT apis/operations/policies")
    assert here.deployed("namedValues/chat-one-backend-key")["value"] == "sesame-street"
    assert not [secret for secret in ("sesame-street", here.key("chat-one-probe")) if secret in here.state()]
    masked = here.deployed("apis/chat-one/diagnostics/azuremonitor")["frontend"]["request"]["dataMasking"]["queryParams"]
    assert [item["value"] for item in masked] == ["access_token", "subscription-key"]

    here.cloud.management.clear_requests()
    assert here.up().changes == {"same": 12}
    assert here.changes() == []

    here.run("destroy")
    gone = [call for call in here.changes() if call not in {"DELETE products", "DELETE gateways"}]
    links, rest = gone[:3], gone[3:]
    assert sorted(links) == ["DELETE gateways/apis", "DELETE products/apiLinks", "DELETE subscriptions"]
    assert rest == ["DELETE apis", "DELETE policyFragments", "DELETE namedValues"]


@pytest.mark.parametrize("here", world.ENGINES, indirect=True)
def test_a_policy_differs_where_its_meaning_does_and_nowhere_else(here: World) -> None:
    here.up(programs.written(WRITTEN))
    before = here.deployed(POLICY)["value"]
    assert here.preview(programs.written(SAME)).changes == {"same": 4}

    changed = here.up(programs.written(WRITTEN.replace('calls="5"', 'calls="6"')))
    assert changed.changes == {"same": 3, "update": 1}
    assert world.shown(changed)["update ApiOperationPolicy chat"] == ("value",)
    after = here.deployed(POLICY)["value"]
    assert policies.differences(before, after) == ["policies/inbound/rate-limit-by-key/@calls"]
    lines = [line for line in ndiff(before.splitlines(), after.splitlines()) if line[0] in "+-"]
    assert [line[0] for line in lines] == ["-", "+"]


@pytest.mark.parametrize("here", world.ENGINES, indirect=True)
def test_a_policy_changed_behind_pulumis_back_is_seen_and_put_right(here: World) -> None:
    here.up(programs.written(WRITTEN))
    deployed = here.deployed(POLICY)["value"]
    here.cloud.management.change(here.id(POLICY), value="<policies><inbound><base /></inbound></policies>")
    drifted = here.run("refresh")
    assert [step.urn.rpartition("::")[0].rpartition(":")[2] for step in drifted.account.done if step.drifted] == [
        "ApiOperationPolicy"
    ]
    assert here.up().changes == {"same": 3, "update": 1}
    assert here.deployed(POLICY)["value"] == deployed
    assert here.up().changes == {"same": 4}


@pytest.mark.slow
def test_another_id_replaces_the_api_although_both_claim_one_path(here: World) -> None:
    here.up(programs.complete(here.cloud.openid_config))
    here.cloud.management.clear_requests()
    assert here.up(programs.complete(here.cloud.openid_config, api_id="two")).changes == {"same": 4, "replace": 8}
    calls = here.changes()
    assert calls.index("DELETE apis") < calls.index("PUT apis") < calls.index("DELETE policyFragments")
    assert calls.index("DELETE policyFragments") < calls.index("DELETE namedValues")
    assert not here.exists("apis/chat-one")
    assert here.deployed("products/partners/apiLinks/partners--chat-two")["apiId"] == here.id("apis/chat-two")
    assert here.up().changes == {"same": 12}


def test_an_api_of_another_type_is_not_seen_and_told_when_it_is_changed(here: World) -> None:
    """As the page says: azure-native does not tell the type of an API."""
    here.up(programs.OPEN)
    here.cloud.management.change(here.id("apis/chat"), type="http")
    assert here.up().changes == {"same": 4}
    changed = programs.OPEN.replace("**GIVEN", "**GIVEN, description='A chat'")
    assert "The type of an API cannot be changed." in " ".join(here.up(changed, code=1).problems)
    here.cloud.management.delete(here.id("apis/chat"))
    here.up()
    assert here.deployed("apis/chat")["type"] == "websocket"


@pytest.mark.parametrize("here", world.ENGINES, indirect=True)
def test_one_thing_of_an_api_is_changed_after_the_other_as_the_service_locks_it(here: World) -> None:
    here.cloud.management.inject(faults.Latency(operation="PUT", ms=100))
    here.up(programs.complete(here.cloud.openid_config))
    here.up(programs.complete(here.cloud.openid_config, limit="6").replace("sampling=50", "sampling=40"))
    assert [request.operation for request in here.cloud.management.requests() if request.status == 409] == []


@pytest.mark.slow
def test_several_apis_and_several_stacks_share_one_service(here: World, tmp_path: Path) -> None:
    pair = """
for name in ("first", "second"):
    key = policies.NamedValue("key", f"of {name} in STACK")
    handshake = policies.Handshake(inbound=[policies.set_header("X-Key", policies.named_value(key))], named_values=[key])
    given = GIVEN | {"path": f"STACK/{name}", "api_id": f"STACK-{name}"}
    WebSocketApi(name, WebSocketApiArgs(**given, handshake=handshake))
"""
    here.up(pair.replace("STACK", "one"))
    other = here.another(tmp_path / "other")
    other.up(pair.replace("STACK", "two"))
    for stack in ("one", "two"):
        with here.connected(f"{stack}/second", headers={"Ocp-Apim-Subscription-Key": here.key()}) as socket:
            socket.send("hello")
            assert socket.recv() == "hello"
        assert here.cloud.management.backend_requests()[-1].headers["x-key"] == f"of second in {stack}"
    assert here.up().changes == {"same": 9}
    here.run("destroy")
    assert not here.exists("apis/one-first")
    assert here.exists("apis/two-first")
