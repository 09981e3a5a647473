"""Twenty points at which a process of a run is killed, spread over all there are; ``make campaign`` tries each."""

from pathlib import Path

import pytest

from pulumi_workspace365_sandbox.workspace365 import Server
from tests.campaigns import points

SPREAD = 10
_QUICK = (0, 4, 8)
"""Those that `make test` tries; `make test-all` tries the others."""

pytestmark = pytest.mark.skipif(points.library() is None, reason="no C compiler (cc), which makes what counts the calls")


@pytest.fixture(scope="module", params=points.VICTIMS)
def series(request: pytest.FixtureRequest, server: Server, tmp_path_factory: pytest.TempPathFactory) -> points.Series:
    return points.Series(server, tmp_path_factory.mktemp("points"), request.param, unchanged=False)


@pytest.mark.parametrize(
    "part", [part if part in _QUICK else pytest.param(part, marks=pytest.mark.slow) for part in range(SPREAD)]
)
def test_after_a_kill_at_any_point_the_next_up_converges(part: int, series: points.Series) -> None:
    assert series.run([1 + part * (series.calls - 1) // (SPREAD - 1)]).problems == []


@pytest.mark.slow
@pytest.mark.parametrize("victim", points.VICTIMS)
def test_after_the_disk_failed_at_any_point_the_next_up_converges(victim: points.Victim, server: Server, tmp_path: Path) -> None:
    series = points.Series(server, tmp_path, victim, "fail", unchanged=False)
    assert series.run(1 + part * (series.calls - 1) // (SPREAD - 1) for part in range(SPREAD)).problems == []
