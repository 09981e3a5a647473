"""What a deployment took, read from an engine's log of events."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_workspace365_cli import event_log
from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.event_log import DeploymentLog
from pulumi_workspace365_cli.report import Report, Timeline, html_page

from .conftest import Command

URN = "urn:pulumi:dev::shop::"
SENTINEL = "tell-no-one-4711"
ENVIRONMENT = "workspace365:index:CustomerEnvironment$pulumi-python:dynamic/workspace365:Environment::contoso"
API = "azure-native:apimanagement:Api::chat"


def event(at: float, kind: str, op: str, resource: str, *, custom: bool = True, **more: Any) -> dict[str, Any]:
    state = {"custom": custom, "inputs": {"key": SENTINEL}, "outputs": {}}
    return {
        "sequence": 0,
        "timestamp": at,
        kind: {"metadata": {"op": op, "urn": URN + resource, "old": None, "new": state}, **more},
    }


def log(folder: Path, *events: dict[str, Any]) -> Path:
    file = folder / "events"
    file.write_text("".join(f"{json.dumps(item)}\n" for item in events), encoding="utf-8")
    return file


def read(folder: Path, *events: dict[str, Any]) -> DeploymentLog:
    return event_log.read(log(folder, *events))


def run() -> Iterator[dict[str, Any]]:
    """Two steps beside each other, within a component and a stack, after a preview of one."""
    yield event(90, "resourcePreEvent", "create", API, planning=True)
    yield event(91, "resOutputsEvent", "create", API, planning=True)
    yield event(100, "resourcePreEvent", "create", "pulumi:pulumi:Stack::shop-dev", custom=False)
    yield event(100.5, "resourcePreEvent", "same", "pulumi:providers:azure-native::default")
    yield event(101, "resourcePreEvent", "create", ENVIRONMENT)
    yield event(102, "resourcePreEvent", "update", API)
    yield event(104, "resOutputsEvent", "update", API)
    yield event(105, "resOpFailedEvent", "create", ENVIRONMENT)
    yield event(106, "resourcePreEvent", "same", "azure-native:apimanagement:NamedValue::key")
    yield event(106, "resOutputsEvent", "same", "azure-native:apimanagement:NamedValue::key")
    yield {"sequence": 9, "timestamp": 110, "cancelEvent": {}}


def test_a_step_lasts_from_its_beginning_to_its_end(tmp_path: Path) -> None:
    found = read(tmp_path, *run())
    assert [(step.label, step.start, step.seconds, step.verdict) for step in found.steps] == [
        ("create Environment contoso", 11, 4, "failed"),
        ("update Api chat", 12, 2, "ok"),
    ]
    assert (found.seconds, found.unchanged) == (20, 1)
    assert found.timeline.title == "Deployment: 2 steps in 20.0 s; 6.0 s in sum; 1 unchanged"


def test_a_replacement_is_two_steps_and_a_refresh_ends_as_what_it_found(tmp_path: Path) -> None:
    events = [
        event(0, "resourcePreEvent", "refresh", API),
        event(1, "resOutputsEvent", "update", API),
        event(2, "resourcePreEvent", "create-replacement", API),
        event(3, "resourcePreEvent", "replace", API),
        event(3, "resOutputsEvent", "replace", API),
        event(5, "resOutputsEvent", "create-replacement", API),
        event(5, "resourcePreEvent", "delete-replaced", API),
        event(6, "resOutputsEvent", "delete-replaced", API),
    ]
    steps = read(tmp_path, *events).steps
    assert [(step.op, step.seconds) for step in steps] == [("refresh", 1), ("create-replacement", 3), ("delete-replaced", 1)]


def test_steps_shorter_than_the_whole_seconds_of_a_log_have_no_sum(tmp_path: Path) -> None:
    kinds = ("resourcePreEvent", "resOutputsEvent")
    found = read(tmp_path, *(event(3, kind, "create", f"{API}{name}") for name in "ab" for kind in kinds))
    assert found.timeline.title == "Deployment: 2 steps in 0.0 s"
    assert html_page.render(event_log.add_timings(Report("check", "Checks", "All well."), found)).count("under 1 s") == 2


def test_a_step_that_the_log_does_not_end_is_told_as_such(tmp_path: Path) -> None:
    file = log(tmp_path, event(0, "resourcePreEvent", "create", API), {"sequence": 1, "timestamp": 7, "cancelEvent": {}})
    file.write_text(file.read_text() + '{"sequence": 2, "timest')
    shown = html_page.render(event_log.add_timings(Report("check", "Checks", "All well."), event_log.read(file)))
    assert "create Api chat" in shown
    assert "not ended after 7.00 s" in shown


def test_only_the_slowest_of_many_are_drawn_and_all_are_told_to_programs(tmp_path: Path) -> None:
    kinds = ("resourcePreEvent", "resOutputsEvent")
    events = [event(at if kind == kinds[0] else 2 * at, kind, "create", f"{API}{at}") for kind in kinds for at in range(200)]
    found = read(tmp_path, *events)
    assert [span.name for span in found.timeline.spans] == [f"create Api chat{at}" for at in range(150, 200)]
    assert "200 steps" in found.timeline.title
    assert "the 50 slowest are shown" in found.timeline.title
    assert len(found.to_dict["steps"]) == 200


UNUSABLE = [
    '{"timestamp": 1, "resourcePreEvent": {"metadata": {"op": "create", "urn": "short", "new": {"custom": true}}}}\n',
    '{"timestamp": NaN}\n',
    '{"timestamp": 1e999}\n',
]


@pytest.mark.parametrize("text", ["no json\n", '{"sequence": 0}\n', '{"version": 3, "deployment": {}}\n', "\x80\n", *UNUSABLE])
def test_a_file_that_is_no_log_is_refused_in_a_line(tmp_path: Path, text: str) -> None:
    file = tmp_path / "events"
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(CommandError, match=r"^--events: .*events"):
        event_log.read(file)
    with pytest.raises(CommandError, match="cannot be read"):
        event_log.read(tmp_path / "nowhere")


@given(spans=st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=8))
def test_no_bar_leaves_the_page(tmp_path_factory: pytest.TempPathFactory, spans: list[tuple[int, int]]) -> None:
    begun = [event(at, "resourcePreEvent", "create", f"{API}{name}") for name, (at, _) in enumerate(spans)]
    ended = [event(at + took, "resOutputsEvent", "create", f"{API}{name}") for name, (at, took) in enumerate(spans)]
    found = read(tmp_path_factory.getbasetemp(), *sorted([*begun, *ended], key=lambda item: float(item["timestamp"])))
    assert len(found.steps) == len(spans)
    timeline: Timeline = found.timeline
    assert all(span.start >= 0 and span.start + span.seconds <= timeline.seconds for span in timeline.spans)


def test_check_draws_the_deployment_on_its_page_and_tells_it_as_data(w365: Command, bare: Path, tmp_path: Path) -> None:
    (bare / "checks.yaml").write_text("checks: [{name: page, kind: http, url: 'http://127.0.0.1:1/'}]")
    file = log(tmp_path, *run())
    ran = w365(
        "check", "--config", bare / "checks.yaml", "--events", file, "--output", f"html={bare}/page.html", "--output", "json"
    )
    told = json.loads(ran.out)["deployment"]
    assert [(step["op"], step["seconds"], step["failed"]) for step in told["steps"]] == [
        ("create", 4, True),
        ("update", 2, False),
    ]
    shown = (bare / "page.html").read_text(encoding="utf-8")
    assert "failed after 4.00 s" in shown
    assert "margin-left:60.0%;width:10.0%" in shown
    assert SENTINEL not in shown + ran.out
    wrong = w365("check", "--config", bare / "checks.yaml", "--events", bare / "checks.yaml")
    assert wrong.code != 0
    assert "is not an event of Pulumi's engine" in wrong.err
