"""Whatever a file that a command reads may hold, and whatever stands in its place: one sentence, the right exit code, soon."""

import copy
import itertools
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import hostile
from tests.cli.conftest import Command

SECONDS = 60  # for what hangs; each takes a few hundredths
PREVIEW = Path(__file__).parent / "previews" / "changes.cli.json"
VALUES: list[Any] = [None, 5, -1.5, "x", [], {}, True, [5], {"a": 5}, [[]], ["x"]]


def refused(w365: Command, *arguments: str | Path, code: int = 1) -> str:
    began = time.monotonic()
    ran = w365(*arguments)
    assert time.monotonic() - began < SECONDS
    assert ran.code == code, ran
    assert len(ran.error) < 700
    assert "Traceback" not in ran.error
    assert "Internal error" not in ran.error
    return ran.error


def made(path: Path, kind: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    hostile.KINDS[kind](path)


@pytest.mark.parametrize("kind", hostile.KINDS)
def test_what_is_no_file_is_told(kind: str, w365: Command, bare: Path) -> None:
    for name in ("preview.json", "budgets.yaml", "state.json", "checks.yaml"):
        if kind not in {"pipe", "link to a pipe"} or name == "preview.json":  # a second is waited for who may write to it
            made(bare / name, kind)
        else:
            made(bare / name, "socket")
    assert "preview.json" in refused(w365, "plan", "preview.json")
    (bare / "whole.json").write_bytes(PREVIEW.read_bytes())
    assert "budgets.yaml" in refused(w365, "plan", "whole.json", "--budgets", "budgets.yaml")
    assert "state.json" in refused(w365, "expiry", "--state", "state.json")
    assert "checks.yaml" in refused(w365, "check", "--config", "checks.yaml", code=2)


def test_a_preview_that_is_none_is_told(w365: Command, bare: Path) -> None:
    for name, content in hostile.JSON.items():
        (bare / "preview.json").write_bytes(content)
        assert "preview.json" in refused(w365, "plan", "preview.json"), name


def test_an_export_that_is_none_is_told(w365: Command, bare: Path) -> None:
    for name, content in hostile.JSON.items():
        (bare / "state.json").write_bytes(content)
        assert "state.json" in refused(w365, "expiry", "--state", "state.json"), name


def test_budgets_and_checks_that_are_none_are_told(w365: Command, bare: Path) -> None:
    (bare / "whole.json").write_bytes(PREVIEW.read_bytes())
    for name, content in hostile.YAML.items():
        (bare / "hostile.yaml").write_bytes(content)
        assert "hostile.yaml" in refused(w365, "plan", "whole.json", "--budgets", "hostile.yaml"), name
        assert "hostile.yaml" in refused(w365, "check", "--config", "hostile.yaml", code=2), name


@pytest.mark.parametrize("name", hostile.YAML)
def test_a_project_that_is_none_is_told_or_left_alone(name: str, w365: Command, bare: Path) -> None:
    (bare / "Pulumi.yaml").write_bytes(hostile.YAML[name])
    if name not in {"empty", "only comments"}:  # to which the entry is added
        assert "Pulumi.yaml" in refused(w365, "init")
        assert (bare / "Pulumi.yaml").read_bytes() == hostile.YAML[name]
    assert "Pulumi.yaml" in refused(w365, "environments", "--stack", "dev")


@pytest.mark.parametrize("name", hostile.YAML)
def test_a_stack_that_is_none_is_told(name: str, w365: Command, bare: Path) -> None:
    (bare / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (bare / "Pulumi.dev.yaml").write_bytes(hostile.YAML[name])
    told = refused(w365, "environments", "--stack", "dev")
    assert "Pulumi.dev.yaml" in told or name in {"empty", "only comments"}


@pytest.mark.parametrize("kind", hostile.KINDS)
@pytest.mark.parametrize("variable", ["W365_PROVISIONING_KEY_FILE", "W365_CA_FILE"])
def test_a_file_that_a_variable_names_is_told(
    variable: str, kind: str, w365: Command, bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("W365_BASE_URL", "https://127.0.0.1:9")
    monkeypatch.setenv("W365_PROVISIONING_KEY", "key-of-nothing")
    made(bare / "named", kind)
    monkeypatch.setenv(variable, str(bare / "named"))
    if variable == "W365_PROVISIONING_KEY_FILE":
        monkeypatch.delenv("W365_PROVISIONING_KEY")
    assert f"{variable} names {bare / 'named'}" in refused(w365, "environments")


@pytest.mark.parametrize("kind", ["link to itself", "folder"])
def test_a_place_that_no_project_can_be_written_to_is_told(kind: str, w365: Command, bare: Path) -> None:
    made(bare / "Pulumi.yaml", kind)
    assert "Pulumi.yaml cannot be written" in refused(w365, "init")


def test_a_name_that_no_file_can_have_is_told(w365: Command, bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long = "x" * 300
    monkeypatch.setenv("W365_BASE_URL", "https://127.0.0.1:9")
    monkeypatch.setenv("W365_PROVISIONING_KEY", "key-of-nothing")
    monkeypatch.setenv("W365_MAX_RETRIES", "0")
    (bare / "whole.json").write_bytes(PREVIEW.read_bytes())
    ran = w365("plan", "whole.json", "--output", f"html={long}")
    assert (ran.code, "cannot be written: File name too long" in ran.err) == (1, True), ran
    assert "no connection" in refused(w365, "export", "contoso", "-o", long)
    monkeypatch.setenv("W365_CA_FILE", long)
    assert "which is not a file" in refused(w365, "environments")


def test_an_argument_that_is_no_text_is_told(w365: Command, bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes that are no UTF-8 arrive as halves of surrogate pairs."""
    monkeypatch.setenv("W365_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("W365_PROVISIONING_KEY", "key-of-nothing")
    assert bare.is_dir()
    assert "cannot be used as an environment's name" in refused(w365, "export", "a\udcff")
    ran = w365("licensing", "a\udcff")
    assert (ran.code, "cannot be used as an environment's name" in ran.out) == (1, True), ran


def test_a_folder_that_is_closed_to_this_user_is_told(w365: Command, bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("W365_BASE_URL", "https://127.0.0.1:9")
    monkeypatch.setenv("W365_PROVISIONING_KEY", "key-of-nothing")
    monkeypatch.setenv("W365_MAX_RETRIES", "0")
    (bare / "whole.json").write_bytes(PREVIEW.read_bytes())
    closed = bare / "closed"
    closed.mkdir(mode=0)
    if os.access(closed, os.X_OK):
        pytest.skip("no folder is closed to this user")
    try:
        ran = w365("plan", "whole.json", "--output", "html=closed/x")
        assert (ran.code, "closed/x cannot be written: Permission denied" in ran.err) == (1, True), ran
        assert "no connection" in refused(w365, "export", "contoso", "-o", "closed/x")
        monkeypatch.setenv("W365_CA_FILE", "closed/x")
        assert "which is not a file" in refused(w365, "environments")
    finally:
        closed.chmod(0o700)


def test_numbers_of_thousands_of_digits_are_told(w365: Command, bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("W365_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("W365_ALLOW_VANISHED", "9" * 5000)
    assert "must be a number of environments" in refused(w365, "environments")
    monkeypatch.setenv("COLUMNS", "9" * 5000)
    monkeypatch.setenv("LINES", "9" * 5000)
    (bare / "whole.json").write_bytes(PREVIEW.read_bytes())
    assert w365("plan", "whole.json").code in {0, 3}


def spots(value: Any, spot: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield spot
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield from spots(value[key], (*spot, key))


def changed(document: Any, spot: tuple[Any, ...], value: Any) -> Any:
    if not spot:
        return value
    result = copy.deepcopy(document)
    inner = result
    for key in spot[:-1]:
        inner = inner[key]
    inner[spot[-1]] = value
    return result


@pytest.mark.parametrize("step", [pytest.param(23, id="some"), pytest.param(1, id="all", marks=pytest.mark.slow)])
def test_whatever_stands_in_a_field_of_a_preview_or_an_export(step: int, w365: Command, bare: Path) -> None:
    preview = json.loads(PREVIEW.read_text(encoding="utf-8"))
    preview["steps"] = preview["steps"][:4]
    preview["changeSummary"] = {}
    export = {"version": 3, "deployment": {"resources": [step["newState"] for step in preview["steps"] if "newState" in step]}}
    for command, document in ((("plan", "file.json"), preview), (("expiry", "--state", "file.json"), export)):
        for spot, value in list(itertools.product(spots(document), VALUES))[::step]:
            (bare / "file.json").write_text(json.dumps(changed(document, spot, value)))
            ran = w365(*command)
            assert ran.code in {0, 1, 3}
            assert "Internal error" not in ran.err
            if ran.err:
                assert len(ran.error) < 700
