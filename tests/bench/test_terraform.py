"""Terraform takes part only where it and its provider are: nothing is downloaded to have it."""

from pathlib import Path

import pytest

from bench import peers, terraform


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a mirror with the provider, named to the benchmark; Terraform is on PATH."""
    command = tmp_path / "bin" / "terraform"
    provider = (
        tmp_path / "mirror" / "registry" / "mastercard" / "restapi" / "2.0.0" / "here" / "terraform-provider-restapi_v2.0.0"
    )
    for path in (command, provider):
        path.parent.mkdir(parents=True)
        path.touch(mode=0o700)
    monkeypatch.setenv("PATH", str(command.parent))
    monkeypatch.setenv(terraform.PLUGINS_VARIABLE, str(tmp_path / "mirror"))
    return tmp_path / "mirror"


def test_it_takes_part_where_it_is_found(mirror: Path) -> None:
    assert terraform.mirror() == mirror
    assert peers.TERRAFORM in peers.peers_here()


def test_it_stays_out_without_its_provider(mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert mirror.exists()
    monkeypatch.setenv(terraform.PLUGINS_VARIABLE, str(tmp_path / "elsewhere"))
    assert peers.TERRAFORM not in peers.peers_here()


def test_it_stays_out_where_it_is_not_installed(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert mirror.exists()
    monkeypatch.setenv("PATH", str(mirror))
    assert peers.TERRAFORM not in peers.peers_here()
