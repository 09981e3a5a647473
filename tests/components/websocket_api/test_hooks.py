"""Checks bound to a resource of any package, asked with what it became."""

import re
from typing import Any

import pulumi
import pytest

from pulumi_workspace365_components import validate_after_deploy
from pulumi_workspace365_sandbox.runner.deployment import Result
from tests.components.validation import scripted
from tests.components.websocket_api import world
from tests.components.websocket_api.world import World

HOOKED = """
from pulumi_azure_native import apimanagement as am

there = dict(resource_group_name=GIVEN["resource_group_name"], service_name=GIVEN["service_name"], state="published")
other = am.Product("other", **there, product_id="other", display_name="elsewhere")
hooks = validate_after_deploy(CHECKS, settle=0, on_failure=ON_FAILURE)
am.Product("shop", **there, product_id="shop", display_name=NAME, opts=pulumi.ResourceOptions(hooks=hooks))
"""
DEPLOYED = "lambda deployed: [dict(name='page', kind='http', url=f'{URL}/{deployed[\"displayName\"]}')]"
FROM_ANOTHER = "dict(name='page', kind='http', url=pulumi.Output.concat(URL, '/', other.display_name))"


def hooked(url: str, name: str, checks: str = DEPLOYED, on_failure: str = "fail") -> str:
    made = HOOKED.replace("CHECKS", checks).replace("NAME", repr(name)).replace("ON_FAILURE", repr(on_failure))
    return f"URL = {url!r}\n{made}"


def told(result: Result) -> str:
    return " ".join([*(item.message for item in result.account.diagnostics), *result.problems])


def pages(server: scripted.Scripted) -> list[str]:
    return [request.split()[1] for request in server.asked]


@pytest.mark.parametrize("here", world.ENGINES, indirect=True)
def test_what_was_just_deployed_is_asked_and_nothing_else(here: World) -> None:
    with scripted.running(lambda visit: visit.status(200)) as server:
        here.preview(hooked(server.http, "one"))
        assert server.asked == []
        assert "1 of 1 checks passed" in told(here.up())
        here.up()
        here.up(hooked(server.http, "two"))
        here.run("destroy")
    assert pages(server) == ["/page/one", "/page/two"]


@pytest.mark.parametrize("here", world.ENGINES, indirect=True)
def test_a_failed_check_fails_the_up_once_and_says_how_to_make_that_last(here: World) -> None:
    with scripted.running(lambda visit: visit.status(503)) as server:
        said = told(here.up(hooked(server.http, "one"), code=1))
        assert "1 of 1 checks of shop did not pass. page: " in said
        assert "503, not 200" in said
        assert "does not ask again: run `w365 check` in CI, or use a ConnectivityCheck resource" in said
        assert here.exists("products/shop")
        here.up()
        assert len(server.asked) == 1


def test_a_check_may_take_what_another_resource_became_and_warn_only(here: World) -> None:
    with scripted.running(lambda visit: visit.status(503)) as server:
        result = here.up(hooked(server.http, "one", FROM_ANOTHER, "warn"))
    assert pages(server) == ["/page/elsewhere"]
    assert "This run lets it pass" in told(result)


def test_an_output_that_there_is_not_is_named_with_those_that_there_are(here: World) -> None:
    said = told(here.up(hooked("http://127.0.0.1:1", "one", "lambda deployed: dict(url=deployed['display_name'])"), code=1))
    assert "shop has no output 'display_name'; it has " in said
    assert "displayName" in said


@pytest.mark.parametrize(
    ("check", "said"),
    [
        ({"name": "page", "kind": "htpt"}, "validate_after_deploy: Check 'page': kind is one of"),
        ({"name": "page", "kind": "health", "timout": 1}, "Check 'page': timout: there is no such field"),
        ("page", "A check is a mapping with name and kind, not a text"),
    ],
)
def test_a_wrong_check_stops_the_program(check: Any, said: str) -> None:
    with pytest.raises(pulumi.RunError, match=re.escape(said)):
        validate_after_deploy(check)


def test_at_least_one_check_is_given() -> None:
    with pytest.raises(pulumi.RunError, match="give at least one check"):
        validate_after_deploy()
