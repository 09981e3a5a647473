"""A tenth of each campaign, of which `make test` runs a part, with a fixed seed; `make campaign` runs them in full.

Where the Pulumi CLI is, a few cases run on it.
"""

import shutil
from pathlib import Path

import pytest

from pulumi_workspace365_sandbox.workspace365 import Server
from tests.campaigns import calls, faults, files, kills, malformed, rollouts
from tests.campaigns.deployment import STACK, Deployment, EngineName, Front, engines_here

SEED = 365
KILLS = 10

needs_cli = pytest.mark.skipif("pulumi" not in engines_here(), reason="no Pulumi CLI on PATH")
on_each_engine = pytest.mark.parametrize("engine", ["embedded", pytest.param("pulumi", marks=needs_cli)])
on_each_front = pytest.mark.parametrize("front", ["dynamic", "native"])
slow = pytest.mark.slow


@slow
@on_each_engine
@on_each_front
@pytest.mark.parametrize("setting", faults.SETTINGS)
def test_faults_of_operations_lose_nothing_and_double_nothing(
    setting: faults.Setting, front: Front, engine: EngineName, server: Server, tmp_path: Path
) -> None:
    chosen = [
        case
        for operation in faults.OPERATIONS[1:]
        for case in faults.sample([case for case in faults.cases(operation) if case.setting == setting], 10, SEED)
    ]
    verdict = faults.run(chosen, server, tmp_path / "faults", engine, front)
    assert (verdict.problems, verdict.survived) == ([], len(chosen))


@slow
@on_each_engine
@on_each_front
def test_faults_of_the_list_lose_nothing_and_double_nothing(
    front: Front, engine: EngineName, server: Server, tmp_path: Path
) -> None:
    verdict = faults.run(faults.sample(faults.cases("listEnvironments"), 10, SEED), server, tmp_path / "faults", engine, front)
    assert verdict.problems == []


@slow
@on_each_engine
@pytest.mark.parametrize("kind", kills.KINDS)
def test_after_a_kill_the_next_up_converges(kind: kills.Kind, engine: EngineName, server: Server, tmp_path: Path) -> None:
    verdict = kills.Campaign(server, tmp_path, 6, engine, kind).run(kills.plan(KILLS, 6, SEED, kind))
    assert (verdict.problems, sum(verdict.survived.values())) == ([], KILLS)


@pytest.mark.parametrize("number", [150, pytest.param(1000, marks=slow)])
def test_malformed_answers_end_in_one_sentence_without_a_secret(number: int) -> None:
    assert malformed.try_answers(SEED, number).tried >= number


@pytest.mark.parametrize("number", [150, pytest.param(1000, marks=slow)])
def test_malformed_arguments_end_in_one_sentence_without_a_secret(number: int) -> None:
    assert malformed.try_arguments(SEED, number).tried >= number


@slow
@pytest.mark.parametrize("number", [25, 100])
def test_a_refresh_of_many_environments_is_one_list(number: int, server: Server, tmp_path: Path) -> None:
    costs = {
        cost.run: cost
        for cost in calls.measure(number, server, tmp_path / "calls", runs=("up", "preview", "refresh", "refresh, two 503s"))
    }
    assert [cost.run for cost in costs.values() if cost.code] == []
    assert costs["refresh"].calls == {"listEnvironments": 1}
    assert costs["refresh, two 503s"].calls == {"listEnvironments": 3}
    assert costs["preview"].calls == {}
    assert costs["up"].calls["createEnvironment"] == number


@pytest.mark.parametrize("number", [40, pytest.param(1000, marks=slow)])
def test_spoilt_files_end_in_a_value_or_one_sentence_without_a_secret(number: int, tmp_path: Path) -> None:
    tally = files.try_files(SEED, number, tmp_path)
    assert tally.problems == []
    assert tally.tried == number * len(files.READERS)
    assert min(tally.ended["a value"], tally.ended["a sentence"]) > number


@pytest.mark.parametrize("torn", ["", '{"version": 3, "chec'])
def test_a_torn_checkpoint_is_restored_from_its_copy(torn: str, server: Server, tmp_path: Path) -> None:
    project = Deployment(tmp_path / "stack", server).prepare()
    (checkpoint,) = project.folder.glob(".pulumi/stacks/*/*.json")
    checkpoint.with_name(f"{checkpoint.name}.bak").write_bytes(whole := checkpoint.read_bytes())
    assert not project.restore_checkpoint()
    checkpoint.write_text(torn, encoding="ascii")
    assert project.restore_checkpoint()
    assert checkpoint.read_bytes() == whole


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pulumi") is None, reason="no Pulumi CLI on PATH")
def test_empty_attributes_that_a_killed_cli_left_may_be_deleted(server: Server, tmp_path: Path) -> None:
    project = Deployment(tmp_path / "stack", server, "pulumi").prepare()
    (attributes,) = project.folder.glob(".pulumi/stacks/*/*.json.attrs")
    attributes.write_bytes(b"")
    assert "failed to load checkpoint: EOF" in project.run("stack", "export", "--stack", STACK).output
    assert project.restore_checkpoint()
    assert project.run("stack", "export", "--stack", STACK).code == 0


def test_a_reader_that_breaks_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaking(folder: Path) -> object:
        return (folder / "a.json").read_bytes()[10_000]

    monkeypatch.setattr(files, "READERS", {"breaking": ("a.json", "{}", breaking)})
    assert files.try_files(SEED, 1, tmp_path).problems[0].startswith("breaking: IndexError")


@slow
@on_each_engine
def test_a_rollout_that_is_killed_updates_each_stack_once(engine: EngineName, server: Server, tmp_path: Path) -> None:
    verdict = rollouts.Campaign(server, tmp_path / "fleet", 8, engine).run(rollouts.plan(3, 8, SEED))
    assert (verdict.problems, verdict.kills + verdict.missed) == ([], 3)
