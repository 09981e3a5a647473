"""The project's own stack on the project's own sandbox, from nothing to nothing, with each engine there is."""

import shutil
from pathlib import Path

import pytest

from pulumi_workspace365_sandbox.runner import servers
from tests import project
from tests.docs import pages
from tests.docs.reading import Reader

needs_cli = pytest.mark.skipif(shutil.which("pulumi") is None, reason="no Pulumi CLI on PATH")


def follow_the_quickstart(folder: Path) -> None:
    """The page's own edits; they end with contoso suspended, and with all else repaired."""
    make = folder / "bin/make"
    make.parent.mkdir()
    make.write_text('#!/bin/sh\nexec python -m sandbox "$1" --program .\n')
    make.chmod(0o755)
    steps = [block for block in pages.blocks(pages.ROOT / "docs/quickstart.md") if block.kind.startswith("quickstart")]
    assert len(steps) > 8
    reader = Reader(folder)
    for block in steps:
        reader.follow(block)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["embedded", pytest.param("pulumi", marks=needs_cli)])
def test_a_stack_comes_up_stays_as_it_is_is_repaired_and_goes(tmp_path: Path, engine: str) -> None:
    def run(operation: str, *more: str) -> dict[str, int]:
        told = project.run(tmp_path, operation, *more, engine=engine)
        assert told["exitCode"] == 0, told
        if operation == "up":
            assert [(row["key"], row["active"], row["problem"]) for row in told["environments"]] == [
                ("contoso", True, ""),
                ("fabrikam", True, ""),
                ("northwind", False, ""),
            ]
        changes: dict[str, int] = told["changes"]
        return changes

    project.copy(tmp_path, engine)
    folder = tmp_path / ".sandbox"
    committed = (tmp_path / "stacks/Pulumi.sandbox.yaml").read_bytes()
    made = run("up")["create"]
    page = tmp_path / "report.html"
    assert run("up", "--report", str(page)) == {"same": made}
    for told in (
        "fabrikam",
        "ActiveDirectoryFederationServices",
        "echo: what a handshake passes",
        "validate-jwt",
        "is Connected",
    ):
        assert told in page.read_text(encoding="utf-8")
    with servers.running(folder, "a test") as running:
        running.workspace365.management.change("fabrikam", is_active=False)
    if engine == "embedded":
        follow_the_quickstart(tmp_path)
    else:
        assert run("preview") == {"update": 1, "same": made - 1}
        assert run("up") == {"update": 1, "same": made - 1}
    with servers.running(folder, "a test") as running:
        active = {name: found.is_active for name, found in running.workspace365.management.environments().items()}
    assert active == {"contoso": engine != "embedded", "fabrikam": True, "northwind": False}
    assert run("destroy") == {"delete": made}
    with servers.running(folder, "a test") as running:
        assert running.workspace365.management.environments() == {}
    assert (tmp_path / "stacks/Pulumi.sandbox.yaml").read_bytes() == committed
