"""Each run that may change something is noted where `pulumi stack history` finds it."""

import json
from typing import Any

import pytest

from pulumi_embedded_engine import cli as embedded
from pulumi_embedded_engine.engine import Engine, Options
from tests import program_files
from tests.engine import cli
from tests.engine.cli import PASSPHRASE, PulumiCLI
from tests.engine.conftest import SALT

PROGRAM = "import pulumi\npulumi.export('number', pulumi.Config().require_int('number'))\n"


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> PulumiCLI:
    """A project whose stack `dev` saw a preview, an update that went well and one that did not."""
    tmp_path = tmp_path_factory.mktemp("noted")
    project = PulumiCLI(tmp_path)
    (tmp_path / "state").mkdir()
    (tmp_path / "Pulumi.yaml").write_text("name: noted\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text(f"encryptionsalt: {SALT}\nconfig:\n  number: 1\n  noted:more: {{a: b}}\n")
    (tmp_path / "__main__.py").write_text(PROGRAM)
    engine = Engine(tmp_path, "dev", backend_url=project.url, passphrase=PASSPHRASE)
    engine.create()
    assert engine.preview(Options()).ok
    assert engine.up(Options(message="the first one")).ok
    program_files.write(tmp_path / "__main__.py", "raise ValueError\n")
    assert not engine.up().ok
    return project


def noted(project: PulumiCLI) -> list[dict[str, Any]]:
    folder = project.directory / "state/.pulumi/history/noted/dev"
    return [json.loads(path.read_text()) for path in sorted(folder.glob("dev-*.history.json"))]


def test_runs_are_noted_and_previews_are_not(ran: PulumiCLI) -> None:
    first, second = noted(ran)
    assert (first["kind"], first["result"], first["message"]) == ("update", "succeeded", "the first one")
    assert first["resourceChanges"] == {"create": 1}
    assert first["config"] == {"noted:number": 1, "noted:more": {"a": "b"}}
    assert first["startTime"] <= first["endTime"] <= second["endTime"]
    assert second["result"] == "failed"


def test_each_note_has_the_deployment_that_the_run_left(ran: PulumiCLI) -> None:
    folder = ran.directory / "state/.pulumi"
    copies = sorted(folder.glob("history/noted/dev/dev-*.checkpoint.json"))
    assert len(copies) == 2
    assert copies[-1].read_text() == (folder / "stacks/noted/dev.json").read_text()


def test_the_cli_lists_them(ran: PulumiCLI) -> None:
    if not cli.available():
        pytest.skip("no Pulumi CLI on PATH")
    listed = json.loads(ran.run("stack", "history", "--stack", "dev", "--json", "--show-secrets"))
    assert [item["result"] for item in listed] == ["failed", "succeeded"]
    assert listed[1]["message"] == "the first one"


def test_this_engine_lists_them_as_the_cli_does(
    ran: PulumiCLI, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", ran.url)
    command = ["--cwd", str(ran.directory), "stack", "history", "--stack", "dev", "--json"]

    def listed(*flags: str) -> Any:
        assert embedded.main([*command, *flags]) == 0
        return json.loads(capsys.readouterr().out)

    newest, oldest = listed()
    assert (newest["result"], oldest["result"], oldest["message"]) == ("failed", "succeeded", "the first one")
    assert oldest["config"]["noted:number"] == {"value": "1", "secret": False}
    assert oldest["config"]["noted:more"]["objectValue"] == {"a": "b"}
    assert listed("--page-size", "1") == [newest]
    assert listed("--page-size", "1", "--page", "2") == [oldest]
    assert listed("--page-size", "1", "--page", "3") == []
    if cli.available():
        assert json.loads(ran.run("stack", "history", "--stack", "dev", "--json")) == [newest, oldest]
    assert embedded.main(command[:-1]) == 1
    assert "`stack history` without --json needs the Pulumi CLI" in capsys.readouterr().err


def test_a_secret_of_the_configuration_is_not_shown(
    ran: PulumiCLI, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", ran.url)
    folder = ran.directory / "state/.pulumi/history/noted/dev"
    entry = {"kind": "update", "startTime": 1, "config": {"noted:key": {"secure": "v1:x"}, "noted:list": [{"secure": "v1:x"}]}}
    (folder / "dev-1.history.json").write_text(json.dumps(entry))
    assert embedded.main(["--cwd", str(ran.directory), "stack", "history", "-s", "dev", "-j"]) == 0
    assert json.loads(capsys.readouterr().out)[-1] == {
        "kind": "update",
        "startTime": "1970-01-01T00:00:01.000Z",
        "config": {"noted:key": {"secret": True}, "noted:list": {"secret": True}},
    }
    (folder / "dev-1.history.json").write_text("[")
    assert embedded.main(["--cwd", str(ran.directory), "stack", "history", "-s", "dev", "-j"]) == 1
    assert "error: the history of the stack cannot be read: " in capsys.readouterr().err
