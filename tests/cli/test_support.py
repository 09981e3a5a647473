"""The matrix of what is supported says what pyproject.toml, the recordings, the CI cells and the recipes say."""

import json
import platform
import re
import tomllib

import pytest

from pulumi_workspace365_cli import support
from pulumi_workspace365_cli.diagnosis import installed_versions
from tests.matrix.cells import CELLS
from tests.project import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def locked(package: str) -> str:
    found = re.search(rf"^{package}==([\d.]+)", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.MULTILINE)
    assert found
    return found[1]


def test_python_s_versions_are_those_of_the_package_and_of_the_weekly_cells() -> None:
    known = support.supported("python")
    assert PROJECT["requires-python"] == f">={known.lowest}"
    prefix = "Programming Language :: Python :: 3."
    assert [f"3.{one.removeprefix(prefix)}" for one in PROJECT["classifiers"] if one.startswith(prefix)] == list(known.tried)
    assert {cell.python for cell in CELLS} == set(known.tried)


@pytest.mark.parametrize("package", ["pulumi", "pulumi-azure-native"])
def test_lower_bounds_and_tried_versions_are_those_of_the_packages(package: str) -> None:
    known = support.supported(package)
    required = PROJECT["dependencies"] + PROJECT["optional-dependencies"]["apim"]
    assert f"{package}>={known.lowest},<{known.below}" in required
    assert f"{package}>={known.lowest},<{known.below}" in known.remedy
    assert locked(package) in known.tried


def test_the_cli_and_the_sdk_of_the_recordings_are_the_newest_tried() -> None:
    recordings = [
        path for folder in ("engine", "scenarios", "foreign") for path in (ROOT / "tests" / folder / "recorded").rglob("*.json")
    ]
    heads = [path.read_text(encoding="utf-8")[:120] for path in recordings]
    made = [json.loads(found[1]) for head in heads if (found := re.match(r'\{"made":\s*(\{[^}]*\})', head))]
    assert len(made) > 50
    assert {one["cli"] for one in made} == {support.supported("cli").tried[-1]}
    assert {one["sdk"] for one in made} == {support.supported("pulumi").tried[-1]}


def test_the_cli_that_the_recipes_install_is_supported() -> None:
    found = re.search(r"^version=([\d.]+)$", (ROOT / "docs/ci/pulumi.sh").read_text(encoding="utf-8"), re.MULTILINE)
    assert found
    assert not support.supported("cli").is_too_old(found[1])


@pytest.mark.parametrize("component", support.COMPONENTS)
def test_the_lowest_version_is_not_newer_than_the_first_tried_one(component: str) -> None:
    known = support.supported(component)
    assert not any(map(known.is_too_old, known.tried))
    assert not any(map(known.is_untried, known.tried))


@pytest.mark.parametrize(
    ("component", "version", "verdict", "said"),
    [
        ("python", "3.10.9", "failed", "3.10.9 is older than 3.11"),
        ("python", "3.14.2", "ok", "3.14.2"),
        ("python", "3.15.0a1", "ok", "newer than 3.14"),
        ("pulumi", "3.271.9", "failed", "is older than 3.272"),
        ("pulumi", "3.300.0", "ok", "newer than 3.272.0"),
        ("pulumi", "4.0.0", "failed", "4.0.0 is not supported: it must be below 4"),
        ("pulumi-azure-native", "4.1.0", "failed", "must be below 4"),
        ("cli", "v3.253.0", "failed", "older than 3.254"),
        ("cli", "v3.276.0", "ok", "v3.276.0"),
        ("cli", "v3.276.1-dev+abc", "ok", "newer than 3.276.0"),
        ("cli", "v3.99.0", "failed", "older than 3.254"),
        ("cli", "unknown", "failed", "unknown is older"),
        ("pulumi-azure-native", "3.28.0", "failed", "older than 3.29"),
    ],
)
def test_a_version_is_compared_number_by_number(component: str, version: str, verdict: str, said: str) -> None:
    check = installed_versions.compare("one", component, version)
    assert (check.verdict, check.remedy != "") == (verdict, verdict == "failed")
    assert said in check.detail


def test_this_machine_is_supported() -> None:
    assert platform.system() in support.systems()
    assert {check.verdict for check in installed_versions.run_checks()} <= {"ok", "skipped"}
