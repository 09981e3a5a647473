"""Records what the CLI does with the programs: ``python -m tests.engine.record_programs [NAME…]``, with a CLI on PATH."""

import json
import sys
import tempfile
from pathlib import Path

from tests.engine.cli import RECORDED
from tests.engine.scenario import Scenario, names, run_pulumi
from tests.scenarios import versions


def record(name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        noted = Scenario(name, Path(folder) / name, run_pulumi).run()
    target = RECORDED / "programs" / f"{name}.json"
    target.parent.mkdir(exist_ok=True)
    lines = ",\n".join(json.dumps(item, ensure_ascii=False, sort_keys=True) for item in noted)
    target.write_text(f'{{"made":{json.dumps(versions.installed())},"operations":[\n{lines}]}}\n', encoding="utf-8")


if __name__ == "__main__":
    for program in sys.argv[1:] or names():
        record(program)
