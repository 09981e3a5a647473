"""A program's life on an engine and a host: created, run again, changed, refreshed, destroyed; and what its head says of it.

Lines of the head: ``change`` (a text and what replaces it), ``plan`` (what a preview of the change lists), ``outputs`` (of the stack,
``name=value`` at first, and after a comma once changed), ``fails`` (steps that do not exit with 0), ``says`` (a text of the first of
them), ``stock fails`` (those steps on the SDK's host, where they are others), ``stock loses`` (outputs that vanish there), ``stock
hangs`` (why a call never ends there: it is not tried). A program in several files is a folder; its head is in ``__main__.py``.
"""

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests import fork_server, program_files
from tests.engine.scenario import run_embedded

PROGRAMS = Path(__file__).parent / "programs"
STEPS = ("create", "again", "planned", "changed", "refresh", "settled", "destroy")
_HEAD = re.compile(r"^# ([a-z ]+): (.*)$", re.MULTILINE)
_ASSET_HASH = re.compile(r'(?<="c44067f5952c0a294b673a41bacd8c17"), "hash": "[0-9a-f]{64}"')
_UP = ("up", "--yes", "--skip-preview")
_COMMANDS: dict[str, tuple[str, ...]] = {
    "create": _UP,
    "again": (*_UP, "--expect-no-changes"),
    "planned": ("preview", "--json"),
    "changed": _UP,
    "refresh": ("refresh", "--yes", "--skip-preview"),
    "settled": (*_UP, "--expect-no-changes"),
    "destroy": ("destroy", "--yes", "--skip-preview"),
}
Engine = Callable[[Path, list[str]], tuple[int, str]]


def _listed(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


@dataclass
class Program:
    """A program of somebody else, and what is to be seen of it."""

    name: str
    text: str
    head: dict[str, str]

    @classmethod
    def load(cls, name: str) -> "Program":
        text = _main(name).read_text(encoding="utf-8")
        return cls(name, text, dict(_HEAD.findall(text)))

    def write(self, folder: Path) -> None:
        """Write the program as it is at first."""
        if (PROGRAMS / self.name).is_dir():
            shutil.copytree(PROGRAMS / self.name, folder, dirs_exist_ok=True)
        else:
            program_files.write(folder / "__main__.py", self.text)

    @property
    def changed(self) -> str:
        before, _, after = self.head["change"].partition(" -> ")
        body = self.text.partition("\nimport ")
        assert before in body[2] or before in self.text.partition('"""')[2].partition("\n")[2]
        lines = [line if line.startswith("# ") else line.replace(before, after) for line in self.text.splitlines(keepends=True)]
        return "".join(lines)

    def fails(self, host: str) -> set[str]:
        key = "stock fails" if host == "stock" and "stock fails" in self.head else "fails"
        return set(_listed(self.head.get(key, "")))

    def hangs(self, host: str) -> bool:
        return f"{host} hangs" in self.head

    @property
    def plan(self) -> list[str]:
        return sorted(_listed(self.head.get("plan", "")))

    def outputs(self, *, changed: bool) -> dict[str, str]:
        told = _listed(self.head.get("outputs", ""))
        name, _, first = (told[0] if told else "").partition("=")
        return {name: told[1] if changed and len(told) > 1 else first} if told else {}


def names() -> list[str]:
    single = (path.stem for path in PROGRAMS.glob("*.py"))
    return sorted([*single, *(path.parent.name for path in PROGRAMS.glob("*/__main__.py"))])


def _main(name: str) -> Path:
    single = PROGRAMS / f"{name}.py"
    return single if single.exists() else PROGRAMS / name / "__main__.py"


@dataclass
class Seen:
    """What was to be seen of a program."""

    codes: dict[str, int] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    plan: list[str] = field(default_factory=list)
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    states: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def failed(self) -> set[str]:
        return {step for step, code in self.codes.items() if code}


def live(program: Program, folder: Path, engine: Engine, host: str) -> Seen:
    """Lead a program through its life."""
    folder.mkdir()
    (folder / "state").mkdir()
    embedded = engine is run_embedded
    prefix, ours = fork_server.prefix_and_host("embedded" if embedded else "pulumi")
    settings: dict[str, Any] = {
        "name": "foreign",
        "runtime": {"name": "python", "options": {"virtualenv": str(prefix)}},
        "config": {"region": {"default": "north"}},
    }
    if host == "ours":
        settings["plugins"] = {"providers": [{"name": "pulumi-python", "path": str(ours)}]}
    (folder / "Pulumi.yaml").write_text(json.dumps(settings))  # which is YAML, too
    program.write(folder)
    assert engine(folder, ["stack", "init", "dev"])[0] == 0
    seen = Seen()
    for step in STEPS:
        if step == "planned":
            program_files.write(folder / "__main__.py", program.changed)
        seen.codes[step], seen.said[step] = engine(folder, [*_COMMANDS[step], "--stack", "dev"])
        if step == "planned":
            seen.plan = _plan(seen.said[step])
        else:
            seen.states[step] = _state(engine, folder)
            seen.outputs[step] = _outputs(engine, folder)
    shutil.rmtree(folder)
    return seen


def _document(said: str) -> Any:
    return json.JSONDecoder().raw_decode(said[said.index("{") :])[0]


def _plan(said: str) -> list[str]:
    steps = _document(said).get("steps", []) if "{" in said else []
    return sorted(f"{step['op']} {step['urn'].rpartition('::')[2]}" for step in steps if step["op"] != "same")


def _state(engine: Engine, folder: Path) -> list[Any]:
    """What state holds of each resource, in clear, but for what differs from run to run and with the provider's code."""
    _, said = engine(folder, ["stack", "export", "--show-secrets", "--stack", "dev"])
    resources = _document(said)["deployment"].get("resources", [])
    return sorted(
        (
            item["urn"].rpartition("::")[2],
            item.get("id", ""),
            _plain(item.get("inputs", {})),
            _plain(item.get("outputs", {})),
            sorted(item.get("dependencies", [])),
            bool(item.get("initErrors")),
        )
        for item in resources
        if not item["type"].startswith("pulumi:")
    )


def _plain(properties: dict[str, Any]) -> str:
    """Without the hashes of assets, too: the CLI notes them whenever it happens to compute one."""
    text = json.dumps({key: value for key, value in properties.items() if key != "__provider"}, sort_keys=True)
    return _ASSET_HASH.sub("", text)


def _outputs(engine: Engine, folder: Path) -> dict[str, Any]:
    code, said = engine(folder, ["stack", "output", "--json", "--show-secrets", "--stack", "dev"])
    return dict(_document(said)) if code == 0 and "{" in said else {}
