"""A small fleet, and the arithmetic of a large one: what is counted is held to, never a time."""

import dataclasses
from pathlib import Path

import pytest

from bench import fleet, fleet_tables
from bench.fleet import Fleet, FleetSample, Shape
from bench.simulation import Cost, simulate
from pulumi_workspace365_sandbox import workspace365


@pytest.mark.slow
def test_a_rollout_reads_one_list_where_others_read_one_for_each_stack(tmp_path: Path) -> None:
    with workspace365.running() as server:
        measured = Fleet(tmp_path / "fleet", server, "embedded", Shape(3, 1), 2)
        measured.prepare()
        samples = {(one.change, one.way): one for one in fleet.measure(measured, lambda _: None)}
    assert {samples["refresh", way].lists for way in ("loop", "xargs")} == {3 * 2}  # in the preview and in the update
    assert samples["refresh", "rollout"].lists == 1
    assert {samples["unchanged", way].lists for way in fleet.WAYS} == {0}
    assert min(one.command_memory for one in samples.values()) > 0
    times, goals, _ = fleet_tables.sheets(list(samples.values()))
    assert len(times.rows) == 9
    assert ("lists of an instance and wave ≤ 1", "1.00", "embedded, 3x1, refresh", "yes") in goals.rows


def test_a_fleet_on_runners_is_arithmetic() -> None:
    cost = Cost.through((10, 15.0), (200, 205.0))
    assert cost == Cost(5.0, 1.0)
    assert simulate(2000, 1, cost).seconds == 3 * 5 + 2000
    assert simulate(2000, 10, cost).seconds == 3 * 5 + 2 + 18 + 180
    assert (simulate(2000, 10, cost).lists, simulate(2000, 50, cost).lists) == (30, 20 + 50 + 50)
    assert simulate(3, 50, cost).lists == 3
    with pytest.raises(ValueError, match="two numbers"):
        Cost.through((10, 1.0), (10, 2.0))


def test_goals_tell_the_worst_case() -> None:
    def sample(way: fleet.Way, stacks: int, customers: int, seconds: float) -> FleetSample:
        return FleetSample("embedded", Shape(stacks, customers), 2, way, "unchanged", seconds, seconds, 100.0, 50.0, 1)

    samples = [sample("rollout", 40, 50, 50), sample("loop", 40, 50, 100), sample("xargs", 40, 50, 50)]
    samples += [sample("rollout", 10, 1, 10), sample("rollout", 200, 1, 210)]
    _, goals, simulated = fleet_tables.sheets(samples)
    assert [row[1:] for row in goals.rows] == [
        ("1.00", "embedded, 40x50, unchanged", "yes"),
        ("0.50", "embedded, 40x50, unchanged", "yes"),
        ("1.00", "embedded, 40x50, unchanged", "no"),
        ("100.00", "embedded, 40x50, unchanged", "yes"),
        ("1.05", "embedded, unchanged", "yes"),
    ]
    assert [row[2] for row in simulated.rows] == ["1", "10", "50"]


def test_figures_of_some_stacks_say_so() -> None:
    whole = FleetSample("embedded", Shape(40, 50), 2, "rollout", "refresh", 9.0, 9.0, 100.0, 50.0, 1, 40)
    times = fleet_tables.sheets([whole, dataclasses.replace(whole, way="loop", measured=10)])[0]
    assert [row[4] for row in times.rows] == ["rollout", "loop, from 10 of 40"]


@pytest.mark.parametrize("text", ["", "unchange", "unchanged,", "refresh,x"])
def test_other_changes_are_refused(text: str) -> None:
    assert fleet_tables.changes("refresh,one setting") == ["one setting", "refresh"]
    with pytest.raises(ValueError, match=r".*"):
        fleet_tables.changes(text)


@pytest.mark.parametrize("text", ["", "40", "x", "0x1", "40x0", "a x b"])
def test_other_shapes_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        fleet_tables.shapes(text)
