"""A tenth of each campaign, with a fixed seed, and where the Pulumi CLI is a few cases on it; ``make campaign`` runs them in full."""

from pathlib import Path

import pytest

from sandbox.workspace365 import Server
from tests.campaigns import calls, faults, kills, malformed
from tests.campaigns.deployment import EngineName, engines_here
from tests.campaigns.kills import Victim

SEED = 365
_KILLS: dict[EngineName, int] = {"embedded": 10, "pulumi": 3}

needs_cli = pytest.mark.skipif("pulumi" not in engines_here(), reason="no Pulumi CLI on PATH")
on_each_engine = pytest.mark.parametrize("engine", ["embedded", pytest.param("pulumi", marks=needs_cli)])


@pytest.mark.slow
@pytest.mark.parametrize(("engine", "share"), [("embedded", 8), pytest.param("pulumi", 80, marks=needs_cli)])
def test_faults_of_operations_lose_nothing_and_double_nothing(
    engine: EngineName, share: int, server: Server, tmp_path: Path
) -> None:
    chosen = [case for operation in faults.OPERATIONS[1:] for case in faults.sample(faults.cases(operation), share, SEED)]
    verdict = faults.run(chosen, server, tmp_path / "faults", engine)
    assert (verdict.problems, verdict.survived) == ([], len(chosen))


@pytest.mark.parametrize(("engine", "share"), [("embedded", 30), pytest.param("pulumi", 80, marks=needs_cli)])
def test_faults_of_the_list_lose_nothing_and_double_nothing(
    engine: EngineName, share: int, server: Server, tmp_path: Path
) -> None:
    verdict = faults.run(faults.sample(faults.cases("listEnvironments"), share, SEED), server, tmp_path / "faults", engine)
    assert verdict.problems == []


@on_each_engine
@pytest.mark.parametrize("victim", kills.VICTIMS)
def test_after_a_kill_the_next_up_converges(victim: Victim, engine: EngineName, server: Server, tmp_path: Path) -> None:
    plan = [kill for kill in kills.plan(_KILLS[engine], 6, SEED) if kill.victim == victim]
    verdict = kills.Campaign(server, tmp_path, 6, engine).run(plan)
    assert (verdict.problems, verdict.survived[victim]) == ([], len(plan))


def test_malformed_answers_end_in_one_sentence_without_a_secret() -> None:
    assert malformed.try_answers(SEED, 1000).tried >= 1000


def test_malformed_arguments_end_in_one_sentence_without_a_secret() -> None:
    assert malformed.try_arguments(SEED, 1000).tried >= 1000


def test_a_refresh_of_a_hundred_environments_is_one_list(server: Server, tmp_path: Path) -> None:
    costs = {
        cost.run: cost
        for cost in calls.measure(100, server, tmp_path / "calls", runs=("up", "preview", "refresh", "refresh, two 503s"))
    }
    assert [cost.run for cost in costs.values() if cost.code] == []
    assert costs["refresh"].calls == {"listEnvironments": 1}
    assert costs["refresh, two 503s"].calls == {"listEnvironments": 3}
    assert costs["preview"].calls == {}
    assert costs["up"].calls["createEnvironment"] == 100
