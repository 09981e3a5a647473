"""What is shown of a run: changes with their values, and what is waited for."""

import io
from typing import Any

import pytest
from rich.console import Console

from pulumi_workspace365_sandbox.runner import engine_events, property_changes
from pulumi_workspace365_sandbox.runner.display import Display
from tests.sandbox.runner.workbench import SECRET, ended, resource_event

ENVIRONMENT = "pulumi-python:dynamic/workspace365:Environment::contoso"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        (True, False, "p: true → false"),
        (None, "Office365", 'p: (none) → "Office365"'),
        ("old", None, 'p: "old" → (none)'),
        (["a"], ["a", "b"], 'p: ["a"] → ["a", "b"]'),
        ("old", UNKNOWN, 'p: "old" → "[unknown]"'),
        (SECRET, {**SECRET, "ciphertext": "another"}, "p"),
        ({"key": SECRET}, {"key": "plain"}, "p"),
        ("x" * 100, "short", "p"),
        ("same", "same", "p"),
    ],
)
def test_a_change_shows_values_that_are_short_and_no_secret(before: Any, after: Any, shown: str) -> None:
    assert property_changes.describe("p", before, after) == shown


def test_a_resource_with_many_changes_shows_the_first_ones(console: tuple[Display, io.StringIO]) -> None:
    display, out = console
    old, new = {f"p{number}": 1 for number in range(9)}, {f"p{number}": 2 for number in range(9)}
    for event in ended("update", ENVIRONMENT, {"inputs": old}, {"inputs": new, "custom": True}, planning=True):
        display.handle_event(event, engine_events.EventSummary().add(event))
    changes = ", ".join(f"p{number}: 1 → 2" for number in range(5))
    assert out.getvalue() == f"~ would update Environment contoso [{changes} and 4 more]\n"


@pytest.fixture
def console() -> tuple[Display, io.StringIO]:
    """A display of which every silence is too long."""
    out = io.StringIO()
    return Display(Console(file=out, width=200), silence_seconds=0), out


def test_plain_lines_say_what_a_silent_run_waits_for(console: tuple[Display, io.StringIO]) -> None:
    display, out = console
    display.handle_event(None, None)
    assert out.getvalue() == ""  # nothing is in progress
    display.handle_event(resource_event("resourcePreEvent", "create", ENVIRONMENT), None)
    display.handle_event(None, None)
    assert out.getvalue() == "  still creating Environment contoso (0s)\n"


def test_what_a_program_says_for_the_moment_is_shown_at_once(console: tuple[Display, io.StringIO]) -> None:
    display, out = console
    event = {
        "diagnosticEvent": {"message": "chat is deployed; its checks do not pass yet\n", "severity": "info", "ephemeral": True}
    }
    display.handle_event(event, None)
    assert out.getvalue() == "  chat is deployed; its checks do not pass yet\n"
