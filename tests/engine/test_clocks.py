"""The machine's clock jumps in the middle of a run: the run, its record and the next runs do not depend on it."""

import json
from pathlib import Path

import pytest

from tests.engine.rough import LONGEST, Rough, wait_until

LIBRARY = next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))), None)
pytestmark = [pytest.mark.slow, pytest.mark.skipif(LIBRARY is None, reason="libfaketime is not installed")]


SLEEP = """
import select
import time

time.sleep = lambda seconds: select.select([], [], [], seconds)  # the library cannot sleep where it leaves one of the clocks alone
"""


class Clock:
    """The wall clock of processes that are started with `variables`; the monotonic one goes on, as where a person sets the clock."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"
        self.set("+0")
        (folder / "site").mkdir()
        (folder / "site/sitecustomize.py").write_text(SLEEP)
        self.variables = {
            "LD_PRELOAD": str(LIBRARY),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "DONT_FAKE_MONOTONIC": "1",
            "PYTHONPATH": str(folder / "site"),
        }

    def set(self, offset: str) -> None:
        self._file.write_text(f"{offset}\n")


@pytest.mark.parametrize(("first", "then"), [("+0", "-3650d"), ("-1d", "+3650d")])
def test_a_clock_that_jumps_in_the_middle_of_a_run_changes_nothing(first: str, then: str, tmp_path: Path) -> None:
    rough, clock = Rough.make(tmp_path / "rough"), Clock(tmp_path)
    rough.cold = True
    clock.set(first)
    rough.variables |= {**clock.variables, "CHAIN": "1", "DOES_b": "wait_for:jumped"}
    process = rough.popen("up", "--yes", "--skip-preview")
    wait_until(rough.directory / "waits-for-jumped")
    clock.set(then)
    (rough.directory / "jumped").touch()
    output, _ = process.communicate(timeout=LONGEST)
    assert process.returncode == 0, output
    assert (rough.creates(), rough.recorded(), rough.pending(), rough.is_released()) == (["a", "b", "c"],) * 2 + ([], True)
    code, text = rough.up("--expect-no-changes")
    assert code == 0, text
    ended = [json.loads(path.read_text()) for path in (rough.state / ".pulumi/history/rough/dev").glob("*.history.json")]
    assert {entry["result"] for entry in ended} == {"succeeded"}
    assert len(ended) == 2
