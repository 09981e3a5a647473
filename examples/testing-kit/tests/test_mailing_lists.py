"""What the program and its provider promise, without a Pulumi CLI and without an account."""

from collections.abc import Callable
from typing import Any

from pulumi_embedded_engine.testing import Result, Stack

ADDRESS = "team@contoso.example"

Operation = Callable[..., Result]


def test_a_list_is_created_and_a_second_up_changes_nothing(pulumi_up: Operation, pulumi_stack: Stack, server: Any) -> None:
    assert pulumi_up().did("create") == ["mailing-lists-test", "team"]
    assert server.lists[ADDRESS]["members"] == ["bob", "carla"]
    assert pulumi_stack.outputs == {"address": ADDRESS, "archive": f"https://archive.contoso.example/{ADDRESS}"}
    assert "token" in pulumi_stack.resource("team").secrets


def test_a_new_member_is_an_update(
    pulumi_up: Operation,
    pulumi_preview: Operation,
    pulumi_stack: Stack,
    pulumi_plan_snapshot: Callable[..., None],
    server: Any,
) -> None:
    pulumi_up()
    pulumi_stack.configure({"members": ["carla", "bob", "dora"]})
    pulumi_plan_snapshot(pulumi_preview())
    assert server.lists[ADDRESS]["members"] == ["bob", "carla"]
    assert pulumi_up().did("update") == ["team"]
    assert server.lists[ADDRESS]["members"] == ["bob", "carla", "dora"]


def test_a_lost_answer_makes_no_second_list(pulumi_up: Operation, pulumi_stack: Stack, server: Any) -> None:
    with pulumi_stack.lose_answer("create", "team"):
        pulumi_up(fails=True)
    assert server.created == 1
    pulumi_up()
    assert server.created == 1


def test_a_killed_run_leaves_the_list_named_as_pending(pulumi_up: Operation, pulumi_stack: Stack, server: Any) -> None:
    with pulumi_stack.kill("create", "team", after=True):
        assert pulumi_up(fails=True).killed
    assert pulumi_stack.pending == [("creating", "team")]
    pulumi_up()
    assert server.created == 1


def test_a_delete_that_is_refused_is_told_and_can_be_tried_again(
    pulumi_up: Operation, pulumi_destroy: Operation, pulumi_stack: Stack, server: Any
) -> None:
    pulumi_up()
    with pulumi_stack.fail("delete", "team", message="the list is on hold"):
        assert "the list is on hold" in pulumi_destroy(fails=True).errors[0]
    pulumi_destroy()
    assert server.lists == {}


def test_what_somebody_else_did_is_found_and_set_right(pulumi_up: Operation, pulumi_refresh: Operation, server: Any) -> None:
    pulumi_up()
    server.lists[ADDRESS]["members"] = ["mallory"]
    pulumi_refresh()
    pulumi_up()
    assert server.lists[ADDRESS]["members"] == ["bob", "carla"]
    del server.lists[ADDRESS]
    pulumi_refresh()
    assert pulumi_up().did("create") == ["team"]
