"""When the list of environments is read again: at once after the only write, and once for several."""

from types import SimpleNamespace

import pytest

from pulumi_workspace365.api.models import EnvironmentList
from pulumi_workspace365.lifecycle import shared_list
from pulumi_workspace365.lifecycle.shared_list import SharedList

SECONDS_OF_A_LIST = 0.2


@pytest.mark.parametrize(("writes", "rest"), [(0, True), (1, False), (2, True)])
def test_a_list_waits_for_other_writes_unless_there_was_only_one(
    monkeypatch: pytest.MonkeyPatch, writes: int, rest: bool
) -> None:
    now, slept = [100.0], [0.0]

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    def fetch() -> EnvironmentList:
        now[0] += SECONDS_OF_A_LIST
        return EnvironmentList()

    monkeypatch.setattr(shared_list, "time", SimpleNamespace(monotonic=lambda: now[0], sleep=sleep))
    listed = SharedList()
    first = listed.read(fetch, since=0.0, failed_since=0.0)
    for _ in range(writes):
        with listed.track_write():
            now[0] += 0.001
    assert listed.read(fetch, since=now[0], failed_since=now[0]) is not first
    assert (sum(slept) > 0) is rest
