"""`config`: values of a stack's file listed, read, set and removed, the rest of the file as a person wrote it."""

import io
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_embedded_engine.cli import main
from pulumi_embedded_engine.errors import ProjectError
from pulumi_embedded_engine.store.secrets import PassphraseSecrets
from pulumi_embedded_engine.workspace import config_edit
from pulumi_embedded_engine.workspace.yaml_file import YamlFile
from tests.engine import cli
from tests.engine.cli import PASSPHRASE, PulumiCLI
from tests.engine.conftest import RECORDED_CONFIG, SALT

SECURE: str = RECORDED_CONFIG["config"]["interchange:password"]["secure"]
WRITTEN = f"""\
# first words
encryptionsalt: {SALT}

config:
  # about a
  conf:a: one   # said of a
  conf:list:    # said of the list
    - x
    - {{y: 1}}

  # about the password
  w365:password:
    secure: {SECURE}
  conf:block: |
    some
    lines
  # last words
"""
FILES = [
    "",
    "# nothing yet\n",
    "config:\n",
    "config: {}   # empty\n",
    "config: # to come\nencryptionsalt: x",
    "config:\n    'conf:a': &x one\n    conf:b: \"two # no comment\"\n",
    "config:\n  conf:a:   # none\n  conf:c: [1,\n    2]\nencryptionsalt: x\n",
    f"config:\n  a: {{secure: 'v1:x'}} # braces\n\n{WRITTEN.partition('config:')[0]}",
    WRITTEN,
]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """`pulumi_embedded_engine config …` of a stack; standard input is `given`."""
    (tmp_path / "Pulumi.yaml").write_text("name: conf\nruntime: python\nconfig:\n  region: {type: string, default: here}\n")
    (tmp_path / "Pulumi.dev.yaml").write_text(WRITTEN)
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{tmp_path / 'state'}")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", PASSPHRASE)
    main(["-C", str(tmp_path), "stack", "init", "dev"])
    capsys.readouterr()

    def command(*arguments: str, given: str = "", stack: str = "dev") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO(given))
        code = main(["-C", str(tmp_path), "config", "--stack", stack, *arguments])
        return code, *capsys.readouterr()

    return command


def test_values_are_listed_as_the_cli_does_with_the_projects_defaults_and_no_secret(run: Run) -> None:
    rows = ["KEY            VALUE", "a              one", "block          some", "               lines", "               "]
    rows += ['list           ["x",{"y":1}]', "region         here", "w365:password  [secret]", ""]
    assert run() == (0, "\n".join(rows), "")
    told = json.loads(run("--json")[1])
    assert told["w365:password"] == {"secret": True}
    assert told["conf:list"] == {"value": '["x",{"y":1}]', "objectValue": ["x", {"y": 1}], "secret": False}
    assert json.loads(run("--json", "--show-secrets")[1])["w365:password"] == {"value": 'hunter2 "ü"', "secret": True}
    assert run("get", "w365:password")[1] == 'hunter2 "ü"\n'
    assert run("get", "region")[1] == "here\n"


def test_what_is_set_is_kept_beside_what_a_person_wrote(run: Run, tmp_path: Path, secrets: PassphraseSecrets) -> None:
    assert run("set", "a", "true") == (0, "", "")
    assert run("set", "--secret", "list", given="  of two\nlines\n") == (0, "", "")
    assert run("set", "w365:password", "--plaintext", "x: #y") == (0, "", "")
    assert run("set", "new", "--stack", "dev", "--", "https://portal.example.com") == (0, "", "")
    assert run("rm", "block") == run("rm", "never:there") == (0, "", "")
    text = (tmp_path / "Pulumi.dev.yaml").read_text()
    ciphertext = YamlFile.parse(tmp_path, text).content["config"]["conf:list"]["secure"]
    assert secrets.decrypt(ciphertext) == "  of two\nlines"
    wanted = WRITTEN.replace("conf:a: one", 'conf:a: "true"').replace(f"\n    secure: {SECURE}", ' "x: #y"')
    wanted = wanted.replace("\n    - x\n    - {y: 1}", f"\n    secure: {ciphertext}").replace(
        "  conf:block: |\n    some\n    lines\n", ""
    )
    assert text == wanted.replace("  # last", "  conf:new: https://portal.example.com\n  # last")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["get", "nope"], "configuration key 'nope' not found for stack 'dev'"),
        (["set", "a:b:c", "1"], "'a:b:c' is not a configuration key: give a name, or a namespace and a name such as conf:c"),
        (["set", ":x", "1"], "':x' is not a configuration key"),
        (
            ["set", "apiToken", "f3kj2h4lk5j2h3"],
            "'conf:apiToken' looks like a secret; rerun with --secret to encrypt it, or --plaintext",
        ),
        (["set", "a", "\ud800"], "Pulumi.dev.yaml: conf:a cannot be changed here"),
    ],
)
def test_what_cannot_be_done_is_told_and_the_file_stays(run: Run, tmp_path: Path, arguments: list[str], told: str) -> None:
    code, out, err = run(*arguments)
    assert (code, out, told in err) == (1, "", True), err
    assert (tmp_path / "Pulumi.dev.yaml").read_text() == WRITTEN


def test_a_stack_that_is_not_there_has_no_configuration(run: Run) -> None:
    assert run("set", "a", "1", stack="nope") == (6, "", "error: no stack named 'nope' found\n")


@pytest.mark.parametrize(
    ("url", "told"), [("", "run `export PULUMI_BACKEND_URL=file://$PWD/.state` first"), ("/x", "as file:///x")]
)
def test_without_a_place_for_state_a_line_that_names_one_is_told(
    run: Run, monkeypatch: pytest.MonkeyPatch, url: str, told: str
) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", url)
    code, _, err = run("set", "a", "1")
    assert (code, told in err) == (1, True), err


@given(st.sampled_from(FILES), st.sampled_from(["conf:a", "a", "conf:list", "new", "odd key:"]), st.text(max_size=20))
def test_whatever_the_value_and_the_file_only_that_value_changes(text: str, name: str, value: str) -> None:
    path = Path("Pulumi.dev.yaml")
    before = YamlFile.parse(path, text).content or {}
    for new in (value, {"secure": value}):
        changed = config_edit.with_value(text, name, new)
        after = YamlFile.parse(path, changed).content
        assert after == before | {"config": (before.get("config") or {}) | {name: new}}
        assert changed.count("#") >= text.count("#")
        gone = YamlFile.parse(path, config_edit.without_value(changed, name)).content or {}
        rest = {key: item for key, item in after["config"].items() if key != name}
        assert gone == {key: item for key, item in after.items() if key != "config"} | ({"config": rest} if rest else {})


@pytest.mark.parametrize("text", ["config: {conf:a: 1}\n", "config:\n  conf:b: &x {y: 1}\n  conf:a: *x\n", "- a\n"])
def test_what_could_only_be_changed_with_the_rest_is_left_to_a_person(text: str, tmp_path: Path) -> None:
    path = tmp_path / "Pulumi.dev.yaml"
    path.write_text(text)
    content = YamlFile.load(path).content
    with pytest.raises(ProjectError, match="conf:a cannot be changed here without touching the rest"):
        config_edit.change(path, content if isinstance(content, dict) else {}, "conf:a", "2")
    assert path.read_text() == text


def test_what_one_engine_has_set_the_other_reads(run: Run, tmp_path: Path) -> None:
    if not cli.available():
        pytest.skip("no Pulumi CLI on PATH")
    shutil.copytree(tmp_path, tmp_path / "cli")
    pulumi = PulumiCLI(tmp_path / "cli")
    shared = tmp_path / "Pulumi.dev.yaml", tmp_path / "cli/Pulumi.dev.yaml"
    run("set", "--secret", "ours", "hunter2")
    run("set", "odd", "0o17")
    shutil.copy(*shared)
    assert pulumi.run("config", "get", "ours", "--stack", "dev") == "hunter2\n"
    assert pulumi.run("config", "get", "odd", "--stack", "dev") == "0o17\n"
    pulumi.run("config", "set", "--secret", "theirs", "hunter3", "--stack", "dev")
    shutil.copy(*reversed(shared))
    assert run("get", "theirs")[1] == "hunter3\n"
    assert run()[1] == pulumi.run("config", "--stack", "dev")
