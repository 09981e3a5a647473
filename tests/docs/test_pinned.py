"""Nobody who copies a recipe runs code that nobody has looked at."""

import hashlib
import io
import os
import re
import subprocess
import tarfile
from pathlib import Path

import pytest

from tests.docs import pages, pinned

SCRIPT = pages.ROOT / "docs" / "ci" / "pulumi.sh"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def test_everything_that_pages_recipes_and_scripts_download_is_pinned() -> None:
    assert list(pinned.problems()) == []


@pytest.mark.parametrize(
    "text",
    [
        "curl -fsSL https://get.example.com | sh",
        "curl -fsSL https://get.example.com \\\n  | sudo bash -s -- --yes",
        "wget -qO- https://get.example.com |\n  python3 -",
        'bash -c "$(curl -fsSL https://get.example.com)"',
        "bash <(curl -s https://get.example.com)",
        "source <(curl -s https://get.example.com)",
        'eval "$(curl -s https://get.example.com)"',
        "irm https://get.example.com | iex",
        "    runs-on: ubuntu-latest",
        "image: pulumi/pulumi-python:latest",
        "image: pulumi/pulumi-python",
        "image: python:3.12",
        "container: python:3",
        "FROM python:3.12-slim",
        "  - uses: actions/checkout@v4",
        "  - uses: actions/checkout@main",
        "  - uses: actions/checkout",
        f"  - uses: actions/checkout@{COMMIT}",
        f"  - uses: actions/checkout@{COMMIT} # the newest",
        "  pulumi-version: latest",
        "pip install pulumi-workspace365",
        "python -m pip install -r requirements.txt",
    ],
)
def test_what_is_not_pinned_is_found(text: str) -> None:
    assert list(pinned.wrong("here", text, unattended=True))


@pytest.mark.parametrize(
    "text",
    [
        'curl --output a.tgz https://get.example.com\necho "$sum  a.tgz" | sha256sum --check',
        "image: pulumi/pulumi-python-3.12:3.259.0",
        f"image: python@sha256:{'0' * 64}",
        f"  - uses: actions/checkout@{COMMIT} # v6.0.3",
        "  - uses: ./.github/actions/own",
        "pip install --require-hashes --requirement requirements.txt",
        "the latest version",
    ],
)
def test_what_is_pinned_passes(text: str) -> None:
    assert list(pinned.wrong("here", text, unattended=True)) == []


def run(folder: Path, archive: bytes, script: str) -> "subprocess.CompletedProcess[str]":
    """The script, with a `curl` that brings this archive."""
    (folder / "brought").write_bytes(archive)
    (folder / "bin").mkdir()
    (folder / "bin" / "curl").write_text('#!/bin/sh\nwhile [ "$1" != --output ]; do shift; done\ncp brought "$2"\n')
    (folder / "bin" / "curl").chmod(0o755)
    environment = {"PATH": f"{folder / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin", "TMPDIR": str(folder)}
    return subprocess.run(["bash", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, check=False)


def made() -> bytes:
    """An archive as the CLI's: everything in the folder `pulumi`."""
    with io.BytesIO() as content:
        with tarfile.open(fileobj=content, mode="w:gz") as archive:
            file = tarfile.TarInfo("pulumi/pulumi")
            file.mode, file.size = 0o755, 10
            archive.addfile(file, io.BytesIO(b"#!/bin/sh\n"))
        return content.getvalue()


def test_the_cli_is_installed_when_its_checksum_is_right(tmp_path: Path) -> None:
    script = re.sub(r"sha256=[0-9a-f]{64}", f"sha256={hashlib.sha256(made()).hexdigest()}", SCRIPT.read_text())
    done = run(tmp_path, made(), script)
    assert done.returncode == 0, done.stderr
    assert os.access(tmp_path / ".venv" / "bin" / "pulumi", os.X_OK)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("tmp.")] == []


def test_nothing_of_another_archive_is_installed(tmp_path: Path) -> None:
    done = run(tmp_path, made(), SCRIPT.read_text())
    assert done.returncode != 0
    assert not (tmp_path / ".venv").exists()
