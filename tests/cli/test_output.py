import csv
import dataclasses
import errno
import io
import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_dynamic_host import redaction
from pulumi_workspace365_cli.report import Check, Column, Report, Row, Table, csv_table, document, github, html_page, junit, text
from pulumi_workspace365_sandbox.workspace365 import Server, faults
from tests import hostile

from .conftest import Command, State


@pytest.mark.usefixtures("server")
def test_several_formats_are_written_at_once_and_text_is_shown(w365: Command, bare: Path) -> None:
    outputs = [f"--output={kind}={kind}.out" for kind in ("json", "junit", "html", "github")]
    ran = w365("health", *outputs)
    assert "Healthy." in ran.out
    assert json.loads((bare / "json.out").read_text(encoding="utf-8"))["schema"] == "w365/health/1"
    assert ET.parse(bare / "junit.out").getroot().tag == "testsuites"
    assert (bare / "html.out").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert (bare / "github.out").read_text(encoding="utf-8").startswith("::notice ")


@pytest.mark.usefixtures("server")
def test_a_format_on_standard_output_takes_the_place_of_text(w365: Command) -> None:
    assert w365("health", "--output", "json").document["summary"] == "Healthy."
    both = w365("health", "--output", "text", "--output", "github").out
    assert "Healthy.\n::notice title=w365 health::Healthy." in both


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--output", "yaml"), "'yaml' is not a format; expected one of text, json, junit, github, html"),
        (("--output", "json="), "'json=' has no file name."),
        (("--output", "json=nowhere/x"), "the folder of 'nowhere/x' does not exist."),
        (("--output", "json", "--output", "html"), "html and json cannot share standard output"),
        (("--nonsense",), "No such option: --nonsense"),
        (("extra",), "unexpected extra argument"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2_before_anything_is_sent(
    w365: Command, server: Server, arguments: tuple[str, ...], said: str
) -> None:
    server.management.clear_requests()
    ran = w365("health", *arguments)
    assert ran.code == 2
    assert said in ran.error
    assert ran.error.endswith("See `w365 health --help`.")
    assert server.management.count() == 0


@pytest.mark.usefixtures("server")
def test_a_file_that_cannot_be_written_is_one_line(w365: Command, bare: Path) -> None:
    (bare / "folder").mkdir()
    assert w365("health", "--output", "json=folder").code == 2
    (bare / "loop").symlink_to("loop")
    ran = w365("health", "--output", "json=loop", "--output", "text=t")
    assert (ran.code, ran.error) == (1, f"loop cannot be written: {os.strerror(errno.ELOOP)}.")


def test_github_gets_annotations_and_a_summary(
    w365: Command, server: Server, bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(bare / "summary.md"))
    server.management.inject(faults.Health(components={"Redis": "FA|IL\n::x"}, overall="50% gone"))
    ran = w365("health", "--output", "github")
    assert ran.code == 3
    assert "::error title=w365 health%3A Redis::FA|IL␛0a;::x" in ran.out.splitlines()
    assert "::error title=w365 health%3A overall::50%25 gone" in ran.out.splitlines()
    written = (bare / "summary.md").read_text(encoding="utf-8")
    assert "| Redis | ❌ FA\\|IL␛0a;::x |" in written
    w365("health", "--output", "github")
    assert (bare / "summary.md").read_text(encoding="utf-8").count("### Health") == 2


def test_colours_are_for_terminals_only_and_never_with_no_color(
    server: Server, bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.management.inject(faults.Health(components={"Redis": "FAIL"}, overall="FAIL"))
    coloured = _on_terminal(bare, "health", columns=100)
    assert "\x1b[1;31mFAIL" in coloured
    assert "component      status" in _plain(coloured)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[1;31m" not in _on_terminal(bare, "health", columns=100)


def test_progress_is_for_people_and_ci_is_none_even_with_a_terminal(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (bare / "checks.yaml").write_text("checks: [{name: nobody, kind: http, url: 'http://127.0.0.1:1/'}]", encoding="utf-8")
    hides_the_cursor = "\x1b[?25l"
    assert hides_the_cursor in _on_terminal(bare, "check", "--config", "checks.yaml", columns=100)
    monkeypatch.setenv("CI", "true")
    assert hides_the_cursor not in _on_terminal(bare, "check", "--config", "checks.yaml", columns=100)


def test_an_error_is_red_on_a_terminal_and_never_with_no_color(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b[31merror: " in _on_terminal(bare, "health", columns=100)
    monkeypatch.setenv("NO_COLOR", "1")
    assert _on_terminal(bare, "health", columns=100).startswith("error: ")


def test_a_narrow_terminal_gets_lines_instead_of_columns(server: Server, bare: Path, state: State) -> None:
    server.management.seed("a-customer-with-a-long-name")
    path = state.holds(state.environment("a-customer-with-a-long-name", None))
    narrow = _on_terminal(bare, "environments", "--state", str(path), columns=40)
    assert "  managed: yes" in _plain(narrow)
    assert max(map(len, _plain(narrow).splitlines())) <= 40


def _plain(shown: str) -> str:
    for code in ("\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[32m", "\x1b[1;31m"):
        shown = shown.replace(code, "")
    return shown


def _on_terminal(folder: Path, *arguments: str, columns: int) -> str:
    """What the command shows on a terminal of this width."""
    ours, theirs = pty.openpty()
    variables = {**os.environ, "COLUMNS": str(columns), "TERM": "xterm-256color"}
    command = [sys.executable, "-m", "pulumi_workspace365_cli", *arguments]
    with subprocess.Popen(command, cwd=folder, env=variables, stdin=theirs, stdout=theirs, stderr=theirs):
        os.close(theirs)
        shown = b""
        try:
            while part := os.read(ours, 4096):
                shown += part
        except OSError:  # how Linux tells that the other side of a terminal has closed
            pass
        finally:
            os.close(ours)
    return shown.decode().replace("\r\n", "\n")


def test_a_reader_that_leaves_early_is_no_error(server: Server, bare: Path) -> None:
    server.management.seed("contoso")
    command = [sys.executable, "-m", "pulumi_workspace365_cli", "environments"]
    with subprocess.Popen(command, cwd=bare, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as reader:
        assert reader.stdout
        assert reader.stderr
        reader.stdout.close()
        assert reader.stderr.read() == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(
    ("redirected", "ended"),
    [
        (">/dev/full", (1, "error: Standard output is incomplete: No space left on device.\n")),
        (">&-", (0, "")),
        (">&- 2>&-", (0, "")),
        ("<&- >&-", (0, "")),
    ],
)
def test_a_standard_output_that_takes_nothing_ends_in_a_line_at_most(redirected: str, ended: tuple[int, str], bare: Path) -> None:
    command = [sys.executable, "-m", "pulumi_workspace365_cli", "health", "--output", "json", "--output", "junit=kept.xml"]
    shell = ["/bin/sh", "-c", f'exec "$@" {redirected}', "sh", *command]
    done = subprocess.run(shell, cwd=bare, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == ended
    assert "/dev/full" in redirected or ET.parse(bare / "kept.xml").getroot().tag == "testsuites"


def test_an_error_of_our_own_is_one_line_without_a_traceback(bare: Path) -> None:
    broken = "from pulumi_workspace365_cli import app, output_formats as outputs; outputs.resolve_targets = None; app.main()"
    done = subprocess.run([sys.executable, "-c", broken, "health"], cwd=bare, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("error: Internal error of w365: TypeError: ")
    assert done.stderr.count("\n") == 1


def test_help_has_examples_and_the_exit_codes(w365: Command) -> None:
    top = w365().out
    assert "Exit codes: 0 success, 1 error, 2 usage, 3 a check failed, 4 drift found." in top
    for command in ("doctor", "environments", "licensing", "health", "export", "drift", "expiry", "init"):
        assert f"  {command} " in top
        shown = w365(command, "--help").out
        assert "Examples:\n" in shown
        assert f"w365 {command}" in shown.partition("Examples:")[2]
        assert "--output" in shown


def test_the_version_is_told(w365: Command) -> None:
    assert w365("--version").out.startswith("w365 ")


def test_a_slip_of_the_pen_is_told_what_was_meant(w365: Command) -> None:
    ran = w365("licencing")
    assert (ran.code, ran.error) == (2, "No such command 'licencing'. Did you mean 'licensing'? See `w365 --help`.")


@pytest.mark.usefixtures("server")
def test_a_command_imports_nothing_that_it_does_not_need(process: Command) -> None:
    loaded = process("--version", env={**os.environ, "PYTHONPROFILEIMPORTTIME": "1"}).err
    assert "pulumi_workspace365_cli.versions" in loaded
    assert not re.search(r"\b(httpx|yaml|rich|websockets|cryptography)$", loaded, re.MULTILINE)


def _offered(process: Command, line: str) -> list[str]:
    """What bash is offered for the last word of a line."""
    place = str(len(line.split(" ")) - 1)
    ran = process(env={**os.environ, "_W365_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": place})
    assert ran.err == ""
    return ran.out.split()


@pytest.mark.slow
def test_the_shell_is_offered_commands_formats_and_stacks(process: Command, bare: Path) -> None:
    assert _offered(process, "w365 ex") == ["export", "expiry"]
    assert _offered(process, "w365 licensing --output ") == [
        "text",
        "json",
        "junit",
        "github",
        "html",
        "sarif",
        "csv",
        "prometheus",
    ]
    assert _offered(process, "w365 drift --stack ") == []
    (bare / "Pulumi.yaml").write_text("name: shop\nruntime: python\n", encoding="utf-8")
    for name in ("dev", "prod"):
        (bare / f"Pulumi.{name}.yaml").write_text("config: {}\n", encoding="utf-8")
    assert _offered(process, "w365 drift --stack ") == ["dev", "prod"]
    assert _offered(process, "w365 drift --stack p") == ["prod"]


@pytest.mark.slow
def test_the_shell_is_offered_the_instance_s_environments_and_nothing_where_it_cannot_be_asked(
    process: Command, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("contoso", "fabrikam", "$(true)", "a;b", "a b", "\x1b[31mred"):
        server.management.seed(name)
    assert _offered(process, "w365 export ") == ["contoso", "fabrikam"]
    assert _offered(process, "w365 licensing con") == ["contoso"]
    monkeypatch.setenv("W365_PROVISIONING_KEY", "another")
    server.management.clear_requests()
    assert _offered(process, "w365 export ") == []
    assert server.management.count() == 1
    monkeypatch.delenv("W365_PROVISIONING_KEY")
    assert _offered(process, "w365 export ") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_can_be_shown_for_each_shell(process: Command, shell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION", "1")  # a shell is named where none is above this process
    assert "_W365_COMPLETE" in process("--show-completion", shell).out


_TEXTS = st.text(max_size=30)
_VERDICTS = st.sampled_from(["ok", "warning", "failed", "skipped"])
_CHECKS = st.lists(st.builds(Check, _TEXTS, _VERDICTS, _TEXTS, _TEXTS), max_size=4).map(tuple)


@given(checks=_CHECKS, name=_TEXTS, with_table=st.booleans())
def test_every_format_takes_any_text(checks: tuple[Check, ...], name: str, *, with_table: bool) -> None:
    rows = tuple(Row((check.name, check.detail), check.verdict) for check in checks)
    tables = (Table(name, (Column("name", "status"), Column("text", "prose")), rows),) if with_table else ()
    report = Report("test", name, name, facts={name: name}, tables=tables, checks=checks, notes=(name,), data={"name": name})
    cleaned = report.sanitized()
    assert json.loads(document.render(cleaned))["name"] == name
    suite = ET.fromstring(junit.render(cleaned))
    assert len(list(suite.iter("testcase"))) == len(checks)
    assert all(line.startswith("::") for line in github.render(cleaned).splitlines())
    assert html_page.render(cleaned).count("<script") == 0
    assert github.summary(cleaned)
    assert "\x1b" not in text.render(cleaned)
    assert text.render(cleaned, terminal=True)


@pytest.mark.parametrize("name", hostile.NAMES)
def test_a_name_commands_nothing_in_any_format(name: str) -> None:
    rows = (Row((name, name, name)),)
    table = Table(name, (Column(name), Column("status", "status"), Column(name, "prose")), rows)
    checks = (Check(name, "failed", name, name), Check(name, "warning", name), Check(name, "skipped", name))
    report = Report("test", name, name, {name: name}, (table,), checks, (name,), {"name": name}, ((name, name),)).sanitized()
    bare = dataclasses.replace(report, tables=())
    for shown in (report, bare):
        for rendered in (text.render(shown), junit.render(shown), html_page.render(shown), github.summary(shown)):
            assert all(item.isprintable() or item == "\n" for item in rendered)
            assert not hostile.commands(rendered)
        told = github.render(shown)
        assert all(item.isprintable() or item == "\n" for item in told)
        assert all(re.match("::(error|warning|notice) title=[^,:]*::", line) for line in told.splitlines())
        assert "##" not in told or not re.search(r"##\w*\[", told)
    ET.fromstring(junit.render(report))
    [cells] = csv.reader(io.StringIO(csv_table.render(report), newline=""))
    assert all(not cell.startswith(("=", "+", "-", "@", "\t", "\uff1d")) for cell in cells)
    made = document.render(report)
    assert json.loads(made)["name"] == name
    assert all(item.isprintable() or item == "\n" for item in made)
    assert not hostile.commands(made)


def test_no_secret_passes_through_a_report() -> None:
    secret = 'tell-no"one-0815'
    redaction.register(secret)
    checks = (Check(f"a {secret}", "failed", secret, secret),)
    table = Table(secret, (Column(secret),), (Row((secret,)),))
    report = Report(
        "test",
        secret,
        secret,
        {"x": secret},
        (table,),
        checks,
        (secret,),
        {"deep": [{secret: secret}]},
        ((secret,),),
        background=(table,),
    ).sanitized()
    for rendered in (
        text.render(report),
        document.render(report),
        junit.render(report),
        html_page.render(report),
        github.render(report),
    ):
        assert "0815" not in rendered.replace("<wbr>", "")


def test_no_command_shows_a_key_in_any_format_even_when_the_server_repeats_it(
    w365: Command, server: Server, bare: Path, state: State
) -> None:
    password = server.management.seed("contoso").temporary_password
    path = state.holds(state.environment("contoso", None), state.sign_on("contoso"))
    repeated = f"key {server.provisioning_key} and {server.health_api_key} are not right"
    commands = (
        ["doctor"],
        ["environments", "--state", path],
        ["licensing"],
        ["health"],
        ["drift", "--state", path],
        ["export", "contoso"],
    )
    formats = [f"--output={name}={name}.out" for name in ("json", "junit", "github", "html", "sarif")]
    for is_refused in (False, True):
        if is_refused:
            server.management.inject(faults.Status(status=403, form="object", text=repeated))
        for command in commands:
            for file in bare.glob("*.out"):
                file.unlink()
            ran = w365(*command, *formats)
            assert ran.code == 0 or is_refused
            written = ran.out + ran.err + "".join(file.read_text(encoding="utf-8") for file in bare.glob("*.out"))
            written = written.replace("<wbr>", "")
            assert not any(secret in written for secret in (server.provisioning_key, server.health_api_key, password))
            assert "[secret]" in written or not is_refused
