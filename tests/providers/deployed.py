"""What an ``up`` of a program leaves in state."""

import json
from pathlib import Path
from typing import Any

from bench.measurement import Case
from bench.stack import Stack
from pulumi_workspace365_sandbox import workspace365


def deployed(program: str, folder: Path) -> list[dict[str, Any]]:
    """The resources in state after an ``up`` of a program on the embedded engine and a server of its own; ``folder`` gets its files."""
    (folder / "program").mkdir()
    (folder / "program" / "__main__.py").write_text(program, encoding="utf-8")
    with workspace365.running() as server:
        Stack(folder / "program", "project", Case("embedded", 1, 0), server, folder / "stack").operate("create")
    state = json.loads(next((folder / "stack" / ".pulumi" / "stacks").rglob("bench.json")).read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = state["checkpoint"]["latest"]["resources"]
    return found
