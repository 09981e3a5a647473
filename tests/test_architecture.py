"""The page about the architecture names every module of the packages that it describes."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
_SECTION = re.compile(r"^#{2,3} (?:Inside )?`(?P<package>[\w.]+)`\n(?P<text>.*?)(?=^#{2,3} )", re.MULTILINE | re.DOTALL)
SECTIONS = {match["package"]: match["text"] for match in _SECTION.finditer(PAGE)}


def folder(package: str) -> Path:
    """The folder of a package; one without a prefix is part of ``pulumi_workspace365``."""
    parts = package.split(".") if package.startswith("pulumi_") else ["pulumi_workspace365", package]
    return next(path for path in (top.joinpath(*parts) for top in ROOT.iterdir()) if path.is_dir())


def modules(path: Path) -> set[str]:
    """The modules and packages in a folder."""
    packages = {item.name for item in path.iterdir() if (item / "__init__.py").exists()}
    return packages | {item.stem for item in path.glob("*.py") if not item.stem.startswith("__")}


def test_the_page_has_a_section_for_every_distribution() -> None:
    assert {
        "pulumi_workspace365",
        "pulumi_workspace365_cli",
        "pulumi_dynamic_host",
        "pulumi_embedded_engine",
        "pulumi_workspace365_sandbox",
        "pulumi_workspace365_policies",
    } <= SECTIONS.keys()


@pytest.mark.parametrize("package", sorted(SECTIONS))
def test_a_section_names_every_module(package: str) -> None:
    named = set(re.findall(r"`(\w+)`", SECTIONS[package]))
    assert sorted(modules(folder(package)) - named) == []
