"""What the program and its provider promise, without a Pulumi CLI and without an account."""

from collections.abc import Callable
from typing import Any

from pulumi_embedded_engine.testing import Result, Stack

ADDRESS = "team@contoso.example"

Operation = Callable[..., Result]


def test_a_list_is_created_and_a_second_up_changes_nothing(up: Operation, stack: Stack, server: Any) -> None:
    assert up().did("create") == ["mailing-lists-test", "team"]
    assert server.lists[ADDRESS]["members"] == ["bob", "carla"]
    assert stack.outputs == {"address": ADDRESS, "archive": f"https://archive.contoso.example/{ADDRESS}"}
    assert "token" in stack.resource("team").secrets


def test_a_new_member_is_an_update(up: Operation, preview: Operation, stack: Stack, server: Any) -> None:
    up()
    stack.configure({"members": ["carla", "bob", "dora"]})
    assert preview().did("update") == ["team"]
    assert server.lists[ADDRESS]["members"] == ["bob", "carla"]
    assert up().did("update") == ["team"]
    assert server.lists[ADDRESS]["members"] == ["bob", "carla", "dora"]


def test_a_lost_answer_makes_no_second_list(up: Operation, stack: Stack, server: Any) -> None:
    with stack.lose_answer("create", "team"):
        up(fails=True)
    assert server.created == 1
    up()
    assert server.created == 1


def test_a_killed_run_leaves_the_list_named_as_pending(up: Operation, stack: Stack, server: Any) -> None:
    with stack.kill("create", "team", after=True):
        assert up(fails=True).killed
    assert stack.pending == [("creating", "team")]
    up()
    assert server.created == 1


def test_a_delete_that_is_refused_is_told_and_can_be_tried_again(
    up: Operation, destroy: Operation, stack: Stack, server: Any
) -> None:
    up()
    with stack.fail("delete", "team", message="the list is on hold"):
        assert "the list is on hold" in destroy(fails=True).errors[0]
    destroy()
    assert server.lists == {}


def test_what_somebody_else_did_is_found_and_set_right(up: Operation, refresh: Operation, server: Any) -> None:
    up()
    server.lists[ADDRESS]["members"] = ["mallory"]
    refresh()
    up()
    assert server.lists[ADDRESS]["members"] == ["bob", "carla"]
    del server.lists[ADDRESS]
    refresh()
    assert up().did("create") == ["team"]
