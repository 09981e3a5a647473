"""Names that are deprecated: they work as before, and a preview tells where they stand and what to write instead."""

import os
import subprocess
from pathlib import Path

import pytest

from tests import fork_server
from tests.docs import pages

NAMES = {
    "SubscriptionKeyNames": "SubscriptionKeyNamesArgs",
    "TemplateArgs": "CustomerTemplateArgs",
    "Validation": "ValidationArgs",
}


def previewed(program: str, folder: Path) -> str:
    """What a preview shows; the program imports from a module of its own, as large ones do."""
    (folder / "__main__.py").write_text("import customers\n")
    (folder / "customers.py").write_text(program)
    (folder / "Pulumi.yaml").write_text("name: earlier\nruntime: python\n")
    own = {"PULUMI_BACKEND_URL": folder.as_uri(), "PULUMI_CONFIG_PASSPHRASE": "earlier"}
    for arguments in (["stack", "init", "dev"], ["preview", "--stack", "dev"]):
        command = [str(fork_server.python()), "-m", "pulumi_embedded_engine", "--non-interactive", *arguments]
        done = subprocess.run(command, cwd=folder, env={**os.environ, **own}, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_a_preview_tells_where_an_earlier_name_stands_and_what_is_in_its_place(tmp_path: Path) -> None:
    lines = [f"from pulumi_workspace365_components import {name}" for name in NAMES]
    shown = previewed("\n".join(lines), tmp_path)
    for line, (name, now) in enumerate(NAMES.items(), start=1):
        assert (
            f"customers.py:{line}: FutureWarning: {name} of pulumi_workspace365_components is the earlier name of {now}" in shown
        )
        assert shown.count(f"Use {now}:") == 1


def test_a_name_of_today_warns_of_nothing(tmp_path: Path) -> None:
    lines = [f"from pulumi_workspace365_components import {now}" for now in NAMES.values()]
    assert "Warning" not in previewed("\n".join(lines), tmp_path)


def test_a_star_import_takes_no_earlier_name_and_warns_of_nothing(tmp_path: Path) -> None:
    program = (
        f"from pulumi_workspace365_components import *\nassert 'ValidationArgs' in dir()\nassert not {set(NAMES)} & set(dir())\n"
    )
    assert "Warning" not in previewed(program, tmp_path)


@pytest.mark.parametrize("name", NAMES)
def test_the_page_lists_the_name_with_the_one_in_its_place(name: str) -> None:
    page = (pages.ROOT / "docs/upgrading.md").read_text()
    [row] = [line for line in page.splitlines() if line.startswith("|") and f"`{name}`" in line]
    earlier, now = (cell.split("`")[1::2] for cell in row.strip("|").split("|"))
    assert now[earlier.index(name)] == NAMES[name]
