"""``w365 rollout`` on real stacks: the project's engine, its provider host, and the sandbox's server."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from pulumi_workspace365_cli.rollout import record as records
from pulumi_workspace365_cli.rollout.executor import Executor, StackError
from pulumi_workspace365_sandbox.workspace365 import Server, faults
from tests import fork_server, waiting
from tests.docs import pages
from tests.fleet import Fleet

from .conftest import Command

PULUMI = shutil.which("pulumi") if shutil.which("pulumi-language-python") else None
PLAN = """\
waves:
  - {name: canary, stacks: [canary]}
  - {name: broad, stacks: [broad-*], parallel: 2}
"""
EXAMPLE = next(
    block.text
    for block in pages.blocks(pages.ROOT / "docs/guides/rollout.md")
    if (block.language, block.kind) == ("yaml", "rollout")
)
_LONGEST = 300
"""Seconds of what a slow machine may take for several engines that start cold."""
pytestmark = pytest.mark.slow

Make = Callable[..., Fleet]


@pytest.fixture(params=["embedded", *(["pulumi"] if PULUMI else [])])
def make(request: pytest.FixtureRequest, server: Server, bare: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Makes the fleet that a test needs, on either engine; the command of this process and of others find it."""
    if request.param == "embedded":
        monkeypatch.setattr(sys, "executable", str(fork_server.python()))
    else:
        monkeypatch.setenv("PATH", f"{Path(str(PULUMI)).parent}:/usr/bin:/bin")

    def made(stacks: dict[str, list[str]] | None = None, plan: str = PLAN) -> Fleet:
        fleet = Fleet(bare, server, request.param, os.environ["PATH"])
        fleet.prepare(stacks or {name: [f"{name}-one"] for name in ("canary", "broad-1", "broad-2")})
        fleet.plan(plan)
        for name, value in fleet.variables.items():
            monkeypatch.setenv(name, value)
        return fleet

    return made


def statuses(document: dict[str, Any]) -> dict[str, str]:
    return {stack["name"]: stack["status"] for stack in document["stacks"]}


def identifier(fleet: Fleet) -> str:
    return fleet.records()[-1].stem


def waiting_in_its_update(fleet: Fleet, stack: str) -> subprocess.Popen[str]:
    """A rollout in a process of its own, whose program waits in the update of a stack for the file ``go``."""
    fleet.configure(stack, waits=True)
    process = fleet.start()
    waiting.wait_for(lambda: (fleet.folder / "reached").exists() or process.poll() is not None, _LONGEST)
    assert process.poll() is None, process.communicate()[0]
    return process


def test_the_guides_example_updates_stacks_in_waves_and_each_once(
    make: Make, server: Server, w365: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["prod-canary", "prod-early-1", "prod-a"]
    fleet = make({name: [f"{name}-one"] for name in names}, EXAMPLE.replace("soak: 30m", "soak: 1s"))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))

    dry = w365("rollout", "--dry-run", "--output", "json")
    assert (dry.code, statuses(dry.document)) == (0, dict.fromkeys(names, "ok"))
    assert {stack["changes"] for stack in dry.document["stacks"]} == {"1 environment created"}
    assert (server.management.environments(), fleet.records()) == ({}, [])

    ran = w365("rollout", "--stop-at", "canary", "--output", "json")
    assert (ran.code, ran.document["ending"]) == (0, "stopped"), ran.err
    assert statuses(ran.document) == {"prod-canary": "updated", "prod-early-1": "waiting", "prod-a": "waiting"}
    assert list(server.management.environments()) == ["prod-canary-one"]
    assert f"`w365 rollout --resume {identifier(fleet)}` goes on with what is left." in " ".join(ran.document["notes"])

    files = {name: tmp_path / f"rollout.{name}" for name in ("junit", "html")}
    targets = [argument for name, file in files.items() for argument in ("--output", f"{name}={file}")]
    resumed = w365("rollout", "--resume", identifier(fleet), *targets, "--output", "github", "--output", "text")
    assert resumed.code == 0, resumed
    assert "Complete: 3 updated." in resumed.out
    assert "wave early (2 of 3): soaks until" in resumed.err
    assert sorted(server.management.environments()) == sorted(f"{name}-one" for name in names)
    assert server.management.count("createEnvironment") == 3
    assert {name: len(fleet.history(name)) for name in names} == dict.fromkeys(names, 1)
    assert fleet.history("prod-canary")[0]["message"] == f"w365 rollout {identifier(fleet)}, attempt 1"

    cases = [case.get("name") for case in ET.fromstring(files["junit"].read_text()).iter("testcase")]
    assert cases[:3] == ["canary: prod-canary", "early: prod-early-1", "broad: prod-a"]
    page = files["html"].read_text().replace("<wbr>", "")
    assert f'<h1>Rollout {identifier(fleet)}: <span class="badge ok">passed</span></h1>' in page
    assert "When each stack was updated" in (fleet.folder / f".w365/rollouts/{identifier(fleet)}.html").read_text()
    assert "| prod-canary | canary | ✅ updated | 1 environment created |" in (tmp_path / "summary.md").read_text()
    assert fleet.leaks() == []

    fleet.configure("prod-a", note="changed")
    again = w365("rollout", "--output", "json")
    expected = {"prod-canary": "unchanged", "prod-early-1": "unchanged", "prod-a": "updated"}
    assert (again.code, statuses(again.document)) == (0, expected)
    assert {name: len(fleet.history(name)) for name in names} == {"prod-canary": 1, "prod-early-1": 1, "prod-a": 2}


def test_a_refresh_updates_only_what_it_finds_changed(make: Make, server: Server, w365: Command) -> None:
    fleet = make(plan="refresh: true\nwaves: [{name: all, stacks: [canary, broad-1]}]\n")
    assert w365("rollout").code == 0
    server.management.change("canary-one", is_active=False)

    ran = w365("rollout", "--output", "json")

    assert (ran.code, statuses(ran.document)) == (0, {"canary": "updated", "broad-1": "unchanged"}), ran.document
    assert server.management.environment("canary-one").is_active
    assert len(fleet.history("broad-1")) == 1


def test_a_budget_ends_the_rollout_and_is_raised_for_one_run(make: Make, server: Server, w365: Command) -> None:
    fleet = make({"canary": ["one", "two"], "broad-1": ["three"]})
    assert w365("rollout").code == 0
    fleet.configure("canary", active=False)
    fleet.configure("broad-1", active=False)

    dry = w365("rollout", "--dry-run", "--only", "canary")
    assert (dry.code, "more than agreed: suspensions (2 found, 1 allowed): one, two" in dry.out) == (3, True), dry.out
    assert "1 stack in 1 wave: 1 beyond the budgets. Nothing was changed." in dry.out
    ran = w365("rollout", "--output", "json")
    assert (ran.code, ran.document["ending"], statuses(ran.document)) == (3, "red", {"canary": "refused", "broad-1": "waiting"})
    assert ran.document["stacks"][0]["remedy"] == "If this is intended: --allow suspensions=2."
    assert "Nothing was rolled back, and no further stack is updated." in ran.document["notes"][0]
    assert all(environment.is_active for environment in server.management.environments().values())

    resumed = w365("rollout", "--resume", identifier(fleet), "--allow", "suspensions=2", "--output", "json")
    assert (resumed.code, set(statuses(resumed.document).values())) == (0, {"updated"})
    assert not any(environment.is_active for environment in server.management.environments().values())


def test_the_removal_of_a_protected_environment_is_refused_with_the_advice_of_a_plan(
    make: Make, server: Server, w365: Command
) -> None:
    fleet = make({"canary": ["one", "two"], "broad-1": ["three"]})
    fleet.configure("canary", protected=True)
    assert w365("rollout").code == 0
    fleet.configure("canary", environments=["two"])

    for more in (("--dry-run",), ()):
        ran = w365("rollout", *more, "--output", "json")
        assert (ran.code, ran.document["stacks"][0]["status"]) == (1, "failed")
        assert "Environment::one" in ran.document["stacks"][0]["detail"]
        assert "cannot be deleted because it is protected" in " ".join(ran.document["stacks"][0]["detail"].split())
        assert "Do not unprotect it in the state: the next run would delete it." in ran.document["stacks"][0]["remedy"]
    assert sorted(server.management.environments()) == ["one", "three", "two"]


def test_failures_beyond_what_the_wave_allows_end_it(make: Make, server: Server, w365: Command) -> None:
    names = ["canary", "broad-1", "broad-2", "broad-3"]
    fleet = make({name: [f"{name}-one"] for name in names}, PLAN.replace("parallel: 2", "max_failures: 1"))
    fleet.configure("broad-1", broken=True)
    server.management.inject(faults.Status(operation="createEnvironment", environment="broad-2-one", status=400, times=1))

    ran = w365("rollout", "--output", "json")
    assert (ran.code, ran.document["ending"]) == (1, "red")
    assert statuses(ran.document) == {"canary": "updated", "broad-1": "failed", "broad-2": "failed", "broad-3": "waiting"}
    told = {stack["name"]: stack["detail"] for stack in ran.document["stacks"]}
    assert told["broad-1"].endswith("ValueError: this stack is broken")
    assert "Traceback" not in told["broad-1"]
    assert "broad-2-one" in told["broad-2"]
    assert all(detail is None or "\n" not in detail for detail in told.values())
    assert {wave["name"]: wave["status"] for wave in ran.document["waves"]} == {"canary": "green", "broad": "red"}

    fleet.configure("broad-1", broken=None)
    resumed = w365("rollout", "--resume", identifier(fleet), "--output", "json")
    assert (resumed.code, set(statuses(resumed.document).values())) == (0, {"updated"}), resumed.out
    attempts = {stack["name"]: stack["attempts"] for stack in resumed.document["stacks"]}
    assert attempts == {"canary": 1, "broad-1": 1, "broad-2": 2, "broad-3": 1}
    assert server.management.count("createEnvironment") == 5


def test_gates_stand_between_waves(make: Make, server: Server, w365: Command) -> None:
    fleet = make(plan=PLAN + "gate: {checks: true, drift: true}\n")
    check = {"name": "page", "kind": "http", "url": server.variables["W365_BASE_URL"], "contains": "no such text"}
    fleet.configure("canary", **{"workspace365:checks": [check]})

    red = w365("rollout", "--output", "json")
    assert (red.code, red.document["ending"]) == (3, "red")
    assert "canary: canary, checks" in red.verdicts()
    assert red.check("canary: canary, checks")["detail"].startswith("1 of 1 checks failed: page: ")
    assert list(server.management.environments()) == ["canary-one"]

    fleet.configure("canary", **{"workspace365:checks": None})
    server.management.change("canary-one", is_active=False)
    drifted = w365("rollout", "--resume", identifier(fleet), "--output", "json")
    assert (drifted.code, drifted.document["ending"]) == (4, "red")
    assert drifted.check("canary: canary, drift")["detail"] == "drift: canary-one (drifted)"

    server.management.change("canary-one", is_active=True)
    green = w365("rollout", "--resume", identifier(fleet), "--output", "json")
    assert (green.code, green.document["ending"]) == (0, "complete"), green.out
    assert green.verdicts()["canary: canary, checks"] == "skipped"


def test_what_was_judged_is_what_is_deployed(make: Make, server: Server) -> None:
    fleet = make()
    executor = Executor.find(fleet.folder, fleet.folder, os.environ)
    previewed = executor.preview("canary")
    fleet.configure("canary", environments=["canary-one", "unjudged"])

    with pytest.raises(StackError, match="plan"):
        executor.update("canary", previewed.plan, "w365 rollout", lambda _: None)

    assert "unjudged" not in server.management.environments()


def test_ctrl_c_lets_running_stacks_end(make: Make, server: Server) -> None:
    fleet = make(plan="waves: [{name: all, stacks: [canary, broad-1, broad-2]}]\n")
    process = waiting_in_its_update(fleet, "canary")
    process.send_signal(signal.SIGINT)
    (fleet.folder / "go").touch()

    output, _ = process.communicate(timeout=_LONGEST)
    assert process.returncode == 130, output
    assert "Interrupted: 1 updated, 2 waiting." in output
    assert list(server.management.environments()) == ["canary-one"]
    resumed = fleet.start("--resume", identifier(fleet))
    assert "Complete: 3 updated." in resumed.communicate(timeout=_LONGEST)[0]
    assert server.management.count("createEnvironment") == 3


def test_after_a_kill_no_stack_is_updated_twice(make: Make, server: Server, w365: Command) -> None:
    fleet = make()
    process = waiting_in_its_update(fleet, "canary")
    process.kill()
    process.wait()
    assert fleet.events()[-1]["event"] == "update_started"
    (fleet.folder / "go").touch()

    resumed = w365("rollout", "--resume", identifier(fleet), "--output", "json")
    assert (resumed.code, set(statuses(resumed.document).values())) == (0, {"updated"}), resumed.err
    assert server.management.count("createEnvironment") == 3
    assert {name: len(fleet.history(name)) for name in fleet.stacks} == dict.fromkeys(fleet.stacks, 1)
    assert {stack["attempts"] for stack in resumed.document["stacks"]} == {1}


def test_one_process_carries_out_a_rollout(make: Make, w365: Command) -> None:
    fleet = make()
    record = records.Record.create(fleet.folder, "20310203-040506-1f2e")
    assert (
        "Rollout 20310203-040506-1f2e is under way in another process"
        in w365("rollout", "--resume", "20310203-040506-1f2e").error
    )
    record.close()


def test_what_cannot_be_meant_is_refused_before_anything_starts(make: Make, w365: Command) -> None:
    fleet = make()
    assert "the plan has no wave 'canry'; did you mean 'canary'?" in w365("rollout", "--stop-at", "canry").error
    assert "the plan has no stack 'canry'; did you mean 'canary'?" in w365("rollout", "--only", "canry").error
    assert "give no file, --only or --dry-run with it" in w365("rollout", "--resume", "x", "--dry-run").error
    assert "'x' is not the id of a rollout" in w365("rollout", "--resume", "x").error
    assert "There is no rollout 20310203-040506-1f2e" in w365("rollout", "--resume", "20310203-040506-1f2e").error
    assert "--allow" in w365("rollout", "--allow", "suspensions").error
    fleet.configure("extra", environments=[])
    fleet.plan(PLAN.replace("[canary]", "[canary, extra]"))
    refused = w365("rollout").error
    assert refused.startswith("extra: there is a configuration file, but no such stack yet: run `")
    assert refused.endswith("stack init extra` first.")
    assert fleet.records() == []
    (fleet.folder / "rollout.yaml").unlink()
    assert "rollout.yaml cannot be read: No such file" in w365("rollout").error
    document = json.dumps({"waves": [{"name": "one", "stacks": ["canary"]}]})
    (fleet.folder / "other.yaml").write_text(document)
    assert w365("rollout", "other.yaml", "--output", "json").document["stacks"][0]["status"] == "updated"
