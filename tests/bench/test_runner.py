"""A small run of the benchmark: what is counted holds whatever the machine does, so calls and bytes gate, seconds never do."""

from pathlib import Path

import pytest

from bench import runner
from bench.measurement import OPERATIONS, Case, Figures, Operation, Sample
from bench.peers import FLOOR, IDEAL, OURS, PEERS, USUAL

pytestmark = pytest.mark.slow
COUNT = 2
CASE = Case("embedded", COUNT, 0)
WRITES = {"createEnvironment": COUNT, "setOAuth2": COUNT, "setExchange": COUNT, "setSharePoint": COUNT}


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, Operation], Sample]:
    return _run(tmp_path_factory.mktemp("ours"), (OURS, IDEAL), all_operations=True)


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, Operation], Sample]:
    return _run(tmp_path_factory.mktemp("others"), (FLOOR, USUAL), all_operations=False)


def _run(folder: Path, names: tuple[str, ...], *, all_operations: bool) -> dict[tuple[str, Operation], Sample]:
    peers = [peer for peer in PEERS if peer.name in names]
    run = runner.CaseRun(CASE, peers, OPERATIONS if all_operations else ("create", "refresh", "destroy"), 1)
    found = runner.measure(run, folder, lambda _: None)
    samples = {(sample.peer, sample.operation): sample for sample in found}
    assert [sample.failure for sample in samples.values() if sample.failure] == []
    return samples


def _figures(samples: dict[tuple[str, Operation], Sample], peer: str, operation: Operation) -> Figures:
    figures = samples[peer, operation].figures
    assert figures
    return figures


def _calls(samples: dict[tuple[str, Operation], Sample], peer: str, operation: Operation) -> dict[str, int]:
    return {name: count for name, count in _figures(samples, peer, operation).calls.items() if count}


def test_a_create_sends_everything_once_and_reads_few_lists(ours: dict[tuple[str, Operation], Sample]) -> None:
    calls = _calls(ours, OURS, "create")
    assert 1 <= calls.pop("listEnvironments") <= COUNT + 1
    assert calls == WRITES


@pytest.mark.parametrize("operation", ["no-op up", "preview"])
def test_what_changes_nothing_calls_no_server(ours: dict[tuple[str, Operation], Sample], operation: Operation) -> None:
    assert _calls(ours, OURS, operation) == {}


def test_a_refresh_reads_one_list(ours: dict[tuple[str, Operation], Sample]) -> None:
    assert _calls(ours, OURS, "refresh") == {"listEnvironments": 1}


def test_a_destroy_deletes_each_environment_once(ours: dict[tuple[str, Operation], Sample]) -> None:
    calls = _calls(ours, OURS, "destroy")
    assert 1 <= calls.pop("listEnvironments") <= COUNT + 1
    assert calls == {"deleteEnvironment": COUNT}


def test_settings_are_small_in_state(
    ours: dict[tuple[str, Operation], Sample], others: dict[tuple[str, Operation], Sample]
) -> None:
    (trivial,) = others[FLOOR, "create"].entries
    settings = [entry for entry in ours[OURS, "create"].entries if entry.kind != "Environment"]
    assert {entry.kind for entry in settings} == {"OAuth2SignOn", "ExchangeSettings", "SharePointSettings"}
    assert max(entry.properties for entry in settings) <= 1024
    assert max(entry.whole for entry in settings) <= 1.1 * trivial.whole


def test_the_peers_do_the_same_work(
    ours: dict[tuple[str, Operation], Sample], others: dict[tuple[str, Operation], Sample]
) -> None:
    assert _calls(ours, IDEAL, "create") == {**WRITES, "listEnvironments": 2}
    assert _calls(ours, IDEAL, "destroy") == {"deleteEnvironment": COUNT, "listEnvironments": 2}
    assert _calls(others, USUAL, "create") == WRITES
    assert _calls(others, USUAL, "refresh") == {"listEnvironments": COUNT}
    assert _calls(others, USUAL, "destroy") == {"deleteEnvironment": COUNT}
    assert all(_calls(others, FLOOR, operation) == {} for operation in ("create", "refresh", "destroy"))


def test_processes_are_measured_one_by_one(ours: dict[tuple[str, Operation], Sample]) -> None:
    if not Path("/proc/self/status").exists():
        pytest.skip("peaks of memory are read from /proc")
    parts = _figures(ours, OURS, "create").parts
    assert set(parts) == {"engine", "program", "host"}
    assert all(part.memory > 10 for part in parts.values())
