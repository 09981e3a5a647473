"""The pages' code, run: programs on the embedded engine against the sandbox's server, customers' files by the stack's own reader."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from pulumi_workspace365_components.stack_files.customers import CustomerFile
from pulumi_workspace365_sandbox import workspace365
from tests import fork_server
from tests.docs import pages, parsing

BLOCKS = [block for page in pages.pages() for block in pages.blocks(page)]
HOST = pages.ROOT / "host" / "pulumi_dynamic_host"


def of_kind(language: str, kind: str) -> list[pages.Block]:
    found = [block for block in BLOCKS if (block.language, block.kind) == (language, kind)]
    assert found, f"no page has a block ```{language} {kind}"
    return found


@pytest.fixture(scope="module")
def server() -> Iterator[workspace365.Server]:
    with workspace365.running() as started:
        yield started


@pytest.mark.parametrize("page", pages.pages(), ids=lambda page: str(page.relative_to(pages.ROOT)))
def test_every_link_leads_somewhere_and_every_block_can_be_read(page: Path) -> None:
    assert list(pages.broken_links(page)) == []
    assert [wrong for block in pages.blocks(page) if (wrong := parsing.problem(block))] == []


@pytest.mark.parametrize("block", of_kind("yaml", "customer"), ids=str)
def test_a_customers_file_on_a_page_is_one_that_the_stack_reads(block: pages.Block) -> None:
    assert CustomerFile.model_validate(yaml.safe_load(block.text)).key


@pytest.mark.parametrize("block", of_kind("python", "program"), ids=str)
def test_a_program_on_a_page_runs(block: pages.Block, server: workspace365.Server, tmp_path: Path) -> None:
    assert "to create" in previewed(block.text, server, tmp_path)


def test_the_examples_of_all_resources_run_as_one_program(server: workspace365.Server, tmp_path: Path) -> None:
    examples = of_kind("python", "resource")  # and the stack, and one more beside the Instance
    assert f"{len(examples) + 2} to create" in previewed("\n".join(block.text for block in examples), server, tmp_path)


def previewed(program: str, server: workspace365.Server, tmp_path: Path) -> str:
    """What a preview of a program shows."""
    (tmp_path / "__main__.py").write_text(program)
    (tmp_path / "Pulumi.yaml").write_text(
        f"name: page\nruntime: python\nplugins:\n  providers:\n    - name: pulumi-python\n      path: {HOST}\n"
        f"    - name: workspace365\n      path: {sys.prefix}/bin\n"
    )
    environment = {
        **os.environ,
        **server.variables,
        "PULUMI_BACKEND_URL": f"file://{tmp_path}",
        "PULUMI_CONFIG_PASSPHRASE": "page",
    }
    for arguments in (
        ["stack", "init", "dev"],
        ["preview", "--stack", "dev", "--allow-remote"],
    ):  # pages name real addresses; a preview asks nobody
        command = [str(fork_server.python()), "-m", "pulumi_embedded_engine", "--non-interactive", *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
