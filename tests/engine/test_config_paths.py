"""Values within lists and objects of the configuration are set, got and removed as the Pulumi CLI does it."""

from pathlib import Path

import pytest
import yaml

from tests.engine import cli
from tests.engine.conftest import SALT
from tests.engine.stacks import CIPHERTEXT, Json, Stacks

needs_cli = pytest.mark.skipif(not cli.available(), reason="no Pulumi CLI on PATH")


@pytest.fixture(params=["embedded", pytest.param("pulumi", marks=needs_cli)])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Stacks:
    made = Stacks.make(tmp_path / "shop", request.param)
    (made.directory / "Pulumi.dev.yaml").write_text(f"encryptionsalt: {SALT}\n")
    made.done("stack", "init", "dev")
    return made


def configure(project: Stacks, text: str) -> None:
    (project.directory / "Pulumi.dev.yaml").write_text(f"encryptionsalt: {SALT}\n{text}")


def stored(project: Stacks) -> Json:
    content: Json = yaml.safe_load((project.directory / "Pulumi.dev.yaml").read_text())
    return content.get("config") or {}


@pytest.mark.parametrize(
    ("before", "path", "value", "after"),
    [
        ("", "a.b", "x", {"shop:a": {"b": "x"}}),
        ("", "a", "1", {"shop:a": "1"}),
        ("", "a[0]", "1", {"shop:a": [1]}),
        ("", "a[2].b", "true", {"shop:a": [None, None, {"b": True}]}),
        ("", 'other:a["x.y"][0]', "-5", {"other:a": {"x.y": [-5]}}),
        ("", '["a.b"].c', "007", {"shop:a.b": {"c": "007"}}),
        ("config:\n  shop:a:\n    b: 1\n    c: [x]\n", "a.c[1]", "no", {"shop:a": {"b": 1, "c": ["x", "no"]}}),
        ("config:\n  shop:a: text\n", "a.b", "x", {"shop:a": {"b": "x"}}),
        ("config:\n  shop:a: [{b: 1}, 2]\n", "a[0].b", "{}", {"shop:a": [{"b": "{}"}, 2]}),
        ("config:\n  shop:a:\n    b: null\n", "a.b.c", "x", {"shop:a": {"b": {"c": "x"}}}),
        ("config:\n  shop:a:\n    b: 1\n", "a.secure", "x", {"shop:a": {"b": 1, "secure": "x"}}),
    ],
)
def test_a_value_is_set_at_a_path(project: Stacks, before: str, path: str, value: str, after: Json) -> None:
    configure(project, before)
    project.done("config", "set", "--path", path, "--stack", "dev", "--", value)
    assert stored(project) == after


@pytest.mark.parametrize(
    ("before", "path", "says"),
    [
        ("config:\n  shop:a: {b: text}\n", "a.b.c", "a.b: expected a map"),
        ("config:\n  shop:a: {b: text}\n", "a.b[0]", "a.b: expected an array"),
        ("config:\n  shop:a: [1]\n", "a.b", "a.b: key for an array must be an int"),
        ("config:\n  shop:a: {b: 1}\n", "a[0]", "a[0]: key for a map must be a string"),
        ("config:\n  shop:a: [1]\n", "a[3]", "a[3]: array index out of range"),
        ("", "a.secure", 'maps with the single key "secure" are reserved'),
        ("", "[0].b", "first path segement of config key must be a string"),
        ("", "a.", "invalid config key path: expected property path to end with a name or index"),
        ("", "a.[0]", "invalid config key path: expected property name after '.'"),
        ("", "a[x]", "invalid config key path: invalid array index"),
        ("", 'a["x]', "invalid config key path: missing closing quote in property name"),
    ],
)
def test_a_path_that_does_not_fit_is_refused(project: Stacks, before: str, path: str, says: str) -> None:
    configure(project, before)
    text = (project.directory / "Pulumi.dev.yaml").read_text()
    code, said = project.ask("config", "set", "--path", path, "value", "--stack", "dev")
    assert (code, f"error: could not set config: {says}" in said) == (1, True), said
    assert (project.directory / "Pulumi.dev.yaml").read_text() == text


SECRETS = f"config:\n  shop:a:\n    b: {{secure: {CIPHERTEXT}}}\n    c: [1, x, true]\n    d: {{}}\n"


@pytest.mark.parametrize(
    ("path", "said"), [("a.b", "hush"), ("a.c[0]", "1"), ("a.c[2]", "true"), ("a.c", '[1,"x",true]'), ("a.d", "{}")]
)
def test_a_value_is_got_from_a_path(project: Stacks, path: str, said: str) -> None:
    configure(project, SECRETS)
    assert project.done("config", "get", "--path", path, "--stack", "dev") == f"{said}\n"


@pytest.mark.parametrize("path", ["a.x", "a.c[3]", "a.c.x", "a[0]", "a.b.secure", "nothing.x"])
def test_what_is_not_there_is_not_found(project: Stacks, path: str) -> None:
    configure(project, SECRETS)
    code, said = project.ask("config", "get", "--path", path, "--stack", "dev")
    assert (code, f"configuration key '{path}' not found for stack 'dev'" in said) == (1, True), said


def test_a_secret_below_a_path_is_a_secret(project: Stacks) -> None:
    configure(project, "")
    project.done("config", "set", "--path", "a.b[0]", "hush", "--secret", "--stack", "dev")
    assert stored(project)["shop:a"]["b"][0].keys() == {"secure"}
    assert project.done("config", "get", "--path", "a.b[0]", "--stack", "dev") == "hush\n"
    assert "hush" not in project.done("config", "--stack", "dev")


@pytest.mark.parametrize(
    ("path", "after"),
    [
        ("a.b", {"shop:a": {"c": [1, "x", True], "d": {}}}),
        ("a.c[1]", {"shop:a": {"b": {"secure": CIPHERTEXT}, "c": [1, True], "d": {}}}),
        ("a", {}),
        ("a.x.y", {"shop:a": {"b": {"secure": CIPHERTEXT}, "c": [1, "x", True], "d": {}}}),
        ("nothing.x", {"shop:a": {"b": {"secure": CIPHERTEXT}, "c": [1, "x", True], "d": {}}}),
    ],
)
def test_a_value_is_removed_from_a_path(project: Stacks, path: str, after: Json) -> None:
    configure(project, SECRETS)
    project.done("config", "rm", "--path", path, "--stack", "dev")
    assert stored(project) == after


def test_what_is_left_is_not_taken_for_a_secret(project: Stacks) -> None:
    configure(project, "config:\n  shop:a: {secure: x, b: 1}\n")
    code, said = project.ask("config", "rm", "--path", "a.b", "--stack", "dev")
    assert (code, 'maps with the single key "secure" are reserved' in said) == (1, True)


def test_comments_and_other_keys_stay(tmp_path: Path) -> None:
    project = Stacks.make(tmp_path / "shop")
    project.done("stack", "init", "dev")
    configure(project, "config:\n  # first\n  shop:z: 1 # z\n  shop:a:\n    b: on\n  # last\n  shop:c: 2\n")
    project.done("config", "set", "--path", "a.d[0].e", "yes", "--stack", "dev")
    assert (project.directory / "Pulumi.dev.yaml").read_text() == (
        f'encryptionsalt: {SALT}\nconfig:\n  # first\n  shop:z: 1 # z\n  shop:a:\n    b: "on"\n    d:\n      - e: "yes"\n'
        "  # last\n  shop:c: 2\n"
    )
