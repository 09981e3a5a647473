"""How a code block of each language is judged without running it."""

import ast
import json
import re
import shlex
import subprocess
import tomllib
from collections.abc import Callable
from typing import Any

import typer
import yaml

from pulumi_workspace365_cli.app import app
from tests import promql
from tests.docs.pages import ROOT, Block

_MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
_KNOWN_TARGETS = {name for names in re.findall(r"^([a-z][a-z -]*):(?!=)", _MAKEFILE, re.MULTILINE) for name in names.split()}
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")


def problem(block: Block) -> str | None:
    """What is wrong with a block, in one line; ``None`` when nothing is."""
    judge = _JUDGES.get(block.language)
    if judge is None:
        return f"{block}: the language {block.language!r} is judged by nobody; use one of {', '.join(sorted(_JUDGES))}"
    try:
        judge(block.text)
    except (SyntaxError, ValueError, yaml.YAMLError) as wrong:
        return f"{block}: {str(wrong).splitlines()[0]}"
    return None


def commands(text: str) -> list[list[str]]:
    """The commands of a shell block, one a line (``$ `` and comments aside), without their variables."""
    joined = text.replace("\\\n", " ")
    lines = [line.removeprefix("$ ") for line in joined.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    split = [shlex.split(line, comments=True) for line in lines]
    return [[word for position, word in enumerate(words) if position or not _ASSIGNMENT.match(word)] for words in split]


def _shell(text: str) -> None:
    for words in (part for line in commands(text) for part in _parts(line)):
        if words[:1] == ["w365"]:
            _w365(words[1:])
        if words[:1] == ["make"]:
            unknown = [word for word in words[1:] if not word.startswith("-") and "=" not in word and word not in _KNOWN_TARGETS]
            if unknown:
                raise ValueError(f"make has no target {unknown[0]!r}")


def _session(text: str) -> None:
    """A session shows its prompts, by which the site tells what is typed from what is shown."""
    typed = [line for line in text.splitlines() if line.startswith("$ ")]
    if not typed:
        raise ValueError("no line begins with '$ ', so nothing is typed in this session")
    _shell("\n".join(typed))


def _parts(words: list[str]) -> list[list[str]]:
    """The commands of one line, which pipes and the like join."""
    parts: list[list[str]] = [[]]
    for word in words:
        if word in {"|", "&&", "||", ";"}:
            parts.append([])
        elif parts[-1] or not _ASSIGNMENT.match(word):
            parts[-1].append(word)
    return parts


def _w365(words: list[str]) -> None:
    """Whether there is such a command, with such options."""
    root: Any = typer.main.get_command(app)
    name = next((word for word in words if not word.startswith("-")), "")
    command = (
        root.get_command(root.make_context("w365", [], resilient_parsing=True), name) if name not in {"", "COMMAND"} else root
    )
    if command is None:
        raise ValueError(f"w365 has no command {name!r}")
    known = {"--help", "--install-completion", *(option for item in (*command.params, *root.params) for option in item.opts)}
    for word in words:
        if word.startswith("-") and word != "-" and word.partition("=")[0] not in known:
            raise ValueError(f"w365 {name} has no option {word!r}")


def _of_an_example(ending: str) -> Callable[[str], None]:
    """For a language that nothing here parses: the block must stand in an example, which a test runs where the language is."""

    def judge(text: str) -> None:
        sources = (path.read_text(encoding="utf-8") for path in sorted((ROOT / "examples").glob(f"*/**/*.{ending}")))
        if not any(text.strip() in _without_indentation(source, text) for source in sources):
            raise ValueError(f"it is not part of an example's .{ending} file")

    return judge


def _without_indentation(source: str, text: str) -> str:
    """A source whose lines are indented as those of the block, if the block's first line stands there."""
    first = text.strip().splitlines()[0]
    found = re.search(rf"^([ \t]*){re.escape(first)}$", source, re.MULTILINE)
    return re.sub(rf"^{found[1]}", "", source, flags=re.MULTILINE) if found else source


def _lines_of_json(text: str) -> None:
    try:
        json.loads(text)
    except ValueError:
        for line in filter(str.strip, text.splitlines()):
            json.loads(line)


def _applies(text: str) -> None:
    done = subprocess.run(
        ["git", "apply", "--check", "--unidiff-zero", "-"],
        cwd=ROOT,
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ValueError(f"it does not apply: {done.stderr.strip()}")


_JUDGES: dict[str, Callable[[str], object]] = {
    "python": ast.parse,
    "yaml": lambda text: list(yaml.safe_load_all(text)),
    "json": _lines_of_json,
    "toml": tomllib.loads,
    "typescript": _of_an_example("ts"),
    "go": _of_an_example("go"),
    "java": _of_an_example("java"),
    "csharp": _of_an_example("cs"),
    "promql": promql.names,
    "diff": _applies,
    "sh": _shell,
    "console": _session,
    "text": str,
    "{toctree}": str,  # Sphinx judges it
    "xml": str,
}
