"""What the engine shows of names and outputs, which servers make, steers no terminal and commands no CI system."""

import json
import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_embedded_engine.report import texts
from tests import hostile
from tests.engine.cli import PASSPHRASE

PROGRAM = """\
import json
import pulumi

names = json.loads(open("names.json").read())
for at, name in enumerate(names):
    pulumi.export(f"output {at} {name}".replace("\\0", ""), name)
    pulumi.log.info(name)
pulumi.export("listed", names)
pulumi.export("lines", "a\\nb\\r\\nc\\t" + chr(27))
"""
SENDABLE = [name for name in hostile.NAMES if "\ud800" not in name]  # which no program can send


def seen(text: str, *more: str) -> bool:
    return all(unicodedata.category(item)[0] != "C" or item in {"\n", *more} for item in text) and not {"\u2028", "\u2029"} & set(
        text
    )


@pytest.mark.parametrize("name", hostile.NAMES)
def test_a_text_is_shown_by_what_is_seen_of_it(name: str) -> None:
    assert seen(texts.line(name), "\t")
    assert "\n" not in texts.line(name)
    assert seen(texts.visible(name), "\t", "\r")
    assert not hostile.commands(texts.line(name)) + hostile.commands(texts.visible(name))
    told = json.dumps({name: name}, ensure_ascii=False, indent=1)
    assert json.loads(texts.visible(told)) == {name: name}


@pytest.mark.parametrize(
    "text", ["Müller & Söhne", "日本語", "a\u3000b", "a\u00a0b", "x::y::z", "::1", "## h", "50 %", "👍", "a\r\nb\tc\n"]
)
def test_what_is_seen_stays(text: str) -> None:
    assert texts.visible(text) == text


@given(st.text())
def test_any_text_is_shown(text: str) -> None:
    assert seen(texts.line(text), "\t")


@pytest.mark.parametrize("part", ["::", "::a", " ", "\n", "##", "##a", "\x1b", "\u202e", "\r\n", "\r"])
def test_a_long_text_takes_no_longer_than_its_length(part: str) -> None:
    assert seen(texts.visible(part * (1_000_000 // len(part))), "\t", "\r")


class Workplace:
    """A project whose outputs and messages are hostile."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "state").mkdir()
        (folder / "Pulumi.yaml").write_text("name: shown\nruntime: python\n")
        (folder / "__main__.py").write_text(PROGRAM)
        (folder / "names.json").write_text(json.dumps(SENDABLE))
        self.run("stack", "init", "dev")

    def run(self, *arguments: str, code: int = 0) -> "subprocess.CompletedProcess[str]":
        environment = {
            **os.environ,
            "PULUMI_BACKEND_URL": f"file://{self.folder / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PYTHONUTF8": "1",
        }
        done = subprocess.run(
            [sys.executable, "-m", "pulumi_embedded_engine", *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            check=False,
        )
        assert done.returncode == code, done.stderr
        return subprocess.CompletedProcess(done.args, code, done.stdout.decode(), done.stderr.decode())


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    return Workplace(tmp_path_factory.mktemp("shown"))


def harmless(ran: "subprocess.CompletedProcess[str]") -> str:
    for text in (ran.stdout, ran.stderr):
        assert seen(text.replace("\r\n", "\n"), "\t"), ascii(text)
        assert not hostile.commands(text)
    return ran.stdout


@pytest.mark.slow
def test_nothing_that_a_run_shows_steers_a_terminal(workplace: Workplace) -> None:
    assert "clipboard" in harmless(workplace.run("preview", "--stack", "dev"))
    assert "clipboard" in harmless(workplace.run("up", "--yes", "--skip-preview", "--stack", "dev"))
    stack = ("--stack", "dev")
    assert "clipboard" in harmless(workplace.run("stack", "output", *stack))
    assert json.loads(harmless(workplace.run("stack", "output", "--json", *stack)))["listed"] == SENDABLE
    assert json.loads(harmless(workplace.run("stack", "output", "listed", *stack))) == SENDABLE
    assert workplace.run("stack", "output", "lines", *stack).stdout == "a\nb\r\nc\t\\u001b\n"
    harmless(workplace.run("stack", "export", *stack))
    assert json.loads(harmless(workplace.run("preview", "--json", *stack)))["steps"]
    for event in harmless(workplace.run("up", "--yes", "--skip-preview", "--json", *stack)).splitlines():
        assert json.loads(event)
    workplace.run("up", "--yes", "--skip-preview", "--event-log", "log", *stack)
    for event in (workplace.folder / "log").read_text(encoding="utf-8").splitlines():
        assert seen(event)
        assert json.loads(event)


@pytest.mark.slow
def test_neither_does_an_error_that_a_person_or_a_program_causes(workplace: Workplace) -> None:
    for name in SENDABLE:
        if "\0" not in name:
            harmless(workplace.run("stack", "output", f"no{name}", "--stack", "dev", code=1))
            break
    harmless(workplace.run("stack", "output", "".join(SENDABLE).replace("\0", ""), "--stack", "dev", code=1))
    harmless(workplace.run("config", "get", "".join(SENDABLE).replace("\0", "").replace(":", ""), "--stack", "dev", code=1))
    harmless(workplace.run("preview", "--stack", "\x1b[31mred\x1b[0m", code=1))
