"""A rollout's record, read back after whatever ended its process."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pulumi_dynamic_host import redaction
from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.planning import budgets
from pulumi_workspace365_cli.rollout import waves
from pulumi_workspace365_cli.rollout.plan_file import Gate, RolloutPlan, Wave
from pulumi_workspace365_cli.rollout.progress import Progress, plan_document
from pulumi_workspace365_cli.rollout.record import FOLDER, Record, new_id

ID = "20310203-040506-1f2e"
PLAN = RolloutPlan(
    (Wave("canary", ("a",), 1, 60, 0, Gate()), Wave("broad", ("b", "c"), 2, 0, 1, Gate(checks=True, drift=True))),
    budgets.DEFAULTS,
)


def written(root: Path, *events: tuple[str, dict[str, Any]]) -> Path:
    record = Record.create(root, ID)
    record.append("started", id=ID, plan=plan_document(PLAN))
    for event, data in events:
        record.append(event, **data)
    record.close()
    return record.path


def ended(stack: str, status: str, detail: str = "") -> tuple[str, dict[str, Any]]:
    return "stack_ended", {"stack": stack, "status": status, "detail": detail, "remedy": ""}


def replayed(root: Path) -> Progress:
    record, events = Record.reopen(root, ID)
    record.close()
    return Progress.replay(events)


def test_a_rollout_is_where_its_record_says(tmp_path: Path) -> None:
    started = ("update_started", {"stack": "b", "message": "m"})
    written(
        tmp_path,
        ("stack_started", {"stack": "a"}),
        ("stack_previewed", {"stack": "a", "changes": "1 created"}),
        ("update_started", {"stack": "a", "message": "m"}),
        ended("a", "updated"),
        ("gate", {"wave": "canary", "results": [{"stack": "a", "about": "checks", "status": "ok", "detail": ""}]}),
        ("wave_passed", {"wave": "canary"}),
        started,
        ("an event of a later version", {}),
        ("stack_started", {"stack": "c"}),
        ended("c", "failed", "why"),
        ("stack_started", {"stack": "c"}),
    )
    progress = replayed(tmp_path)
    assert progress.plan == PLAN
    assert {name: stack.status for name, stack in progress.stacks.items()} == {"a": "updated", "b": "updating", "c": "waiting"}
    assert (progress.stacks["a"].changes, progress.stacks["b"].attempts, progress.stacks["c"].detail) == ("1 created", 1, "")
    assert (progress.waves["canary"].passed, progress.waves["canary"].gate_is_green) == (True, True)
    assert (progress.waves["broad"].passed, progress.waves["broad"].gate_is_green) == (False, False)
    assert [stack.name for stack in progress.left(PLAN.waves[1])] == ["b", "c"]


def test_a_line_that_was_cut_off_is_forgotten_and_the_next_one_stands_alone(tmp_path: Path) -> None:
    path = written(tmp_path, ended("a", "updated"))
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"time": "2031')

    record, events = Record.reopen(tmp_path, ID)
    record.append("resumed")
    record.close()

    assert [event["event"] for event in events] == ["started", "stack_ended"]
    assert path.read_bytes().startswith(whole)
    assert [json.loads(line)["event"] for line in path.read_text().splitlines()] == ["started", "stack_ended", "resumed"]


@pytest.mark.parametrize("line", [b"{\n", b"[]\n", b"{}\n", b'"x"\n', b"\xff\n"])
def test_a_damaged_record_is_refused_with_its_line(tmp_path: Path, line: bytes) -> None:
    path = written(tmp_path)
    path.write_bytes(path.read_bytes() + line + path.read_bytes())
    with pytest.raises(CommandError, match=rf"{ID}\.jsonl, line 2: this is not an event of a rollout; the record is damaged\."):
        Record.reopen(tmp_path, ID)


@pytest.mark.parametrize(
    "text", ["", '{"event": "started", "time": "x"}\n', f'{{"event": "started", "id": "{ID}", "plan": {{}}}}\n']
)
def test_a_record_without_its_plan_is_refused(tmp_path: Path, text: str) -> None:
    written(tmp_path).write_text(text)
    with pytest.raises(CommandError, match="The record of the rollout is damaged, or of another version of w365"):
        replayed(tmp_path)


def test_a_record_is_private_out_of_git_and_without_secrets(tmp_path: Path) -> None:
    redaction.register("sentinel-in-a-record")
    path = written(tmp_path, ended("a", "failed", 'the server said "sentinel-in-a-record"'))
    assert "sentinel-in-a-record" not in path.read_text()
    assert replayed(tmp_path).stacks["a"].detail.startswith('the server said "')
    assert path.stat().st_mode & 0o77 == 0
    assert (tmp_path / ".w365/.gitignore").read_text() == "*\n"


def test_a_record_belongs_to_one_process_at_a_time(tmp_path: Path) -> None:
    record = Record.create(tmp_path, ID)
    with pytest.raises(CommandError, match=f"Rollout {ID} is under way in another process: wait until it ends"):
        Record.reopen(tmp_path, ID)
    record.close()
    Record.reopen(tmp_path, ID)[0].close()


def test_an_unknown_rollout_is_refused_with_the_nearest(tmp_path: Path) -> None:
    written(tmp_path)
    with pytest.raises(CommandError, match=f"There is no rollout 20310203-040506-1f2f in .*; did you mean {ID}\\?"):
        Record.reopen(tmp_path, "20310203-040506-1f2f")
    for name in ("../x", "", "20310203-040506-1F2E", f"{ID}/x"):
        with pytest.raises(CommandError, match="is not the id of a rollout"):
            Record.reopen(tmp_path, name)


def test_what_cannot_be_recorded_does_not_happen(tmp_path: Path) -> None:
    (tmp_path / FOLDER.parent).write_text("a file where a folder has to be")
    with pytest.raises(CommandError, match=r"cannot be used: .*; without it no stack is updated\."):
        Record.create(tmp_path, new_id())


def test_a_soak_counts_from_the_recorded_end_of_its_wave(tmp_path: Path) -> None:
    written(tmp_path, ended("a", "updated"), ended("b", "updated"))
    progress = replayed(tmp_path)
    end = progress.stacks["a"].ended
    assert end is not None
    assert waves.soak_ends(PLAN.waves[0], progress) == end + timedelta(seconds=60)
    assert waves.soak_ends(PLAN.waves[1], progress) is None


def test_a_clock_that_was_set_back_does_not_prolong_a_soak(tmp_path: Path) -> None:
    path = written(tmp_path, ended("a", "updated"))
    path.write_text(path.read_text().replace(f"{datetime.now(UTC):%Y}-", "2999-"))
    ends = waves.soak_ends(PLAN.waves[0], replayed(tmp_path))
    assert ends is not None
    assert ends <= datetime.now(UTC) + timedelta(seconds=60)


def test_a_wave_with_a_stack_that_was_started_again_has_everything_before_it_again(tmp_path: Path) -> None:
    passed = ("wave_passed", {"wave": "broad"})
    written(
        tmp_path, ended("b", "failed"), ended("c", "updated"), passed, ("stack_started", {"stack": "b"}), ended("b", "updated")
    )
    progress = replayed(tmp_path)
    assert (progress.waves["broad"].passed, progress.left(PLAN.waves[1])) == (False, [])
    assert progress.ended_at(PLAN.waves[1]) == progress.stacks["b"].ended


def test_a_thread_that_is_left_behind_appends_nothing(tmp_path: Path) -> None:
    record = Record.create(tmp_path, ID)
    record.close()
    other = (tmp_path / "other").open("wb")  # takes the number of the file that was closed
    with other, pytest.raises(CommandError, match="cannot be used: Bad file descriptor"):
        record.append("stack_ended", stack="a")
    assert (tmp_path / "other").read_bytes() == b""
