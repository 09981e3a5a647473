"""A program's life on an engine and a host: created, run again, changed, refreshed, destroyed; and what its head says of it.

Lines of the head: ``change`` (a text and what replaces it), ``plan`` (what a preview of the change lists), ``outputs`` (of the stack,
``name=value`` at first, and after a comma once changed), ``fails`` (steps that do not exit with 0), ``says`` (a text of the first of
them), ``stock fails`` (those steps on the SDK's host, where they are others), ``stock loses`` (outputs that vanish there), ``stock
hangs`` (why a call never ends there: it is not tried). A program in several files is a folder; its head is in ``__main__.py``.
"""

import hashlib
import itertools
import json
import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from pulumi_embedded_engine.store.secrets import PassphraseSecrets
from tests import fork_server, program_files
from tests.engine.cli import PASSPHRASE
from tests.engine.normal import UNORDERED
from tests.scenarios.trace import Trace, neutral, told

PROGRAMS = Path(__file__).parent / "programs"
RECORDED = Path(__file__).parent / "recorded"
"""What each program did on the Pulumi CLI with each host."""
STEPS = ("create", "again", "planned", "changed", "refresh", "settled", "destroy")
_HEAD = re.compile(r"^# ([a-z ]+): (.*)$", re.MULTILINE)
_ASSET = "c44067f5952c0a294b673a41bacd8c17"
_CODE = re.compile(r"gA[SW][A-Za-z0-9+/]{20,}=*")
_LONG = 5000
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
    def about(self) -> str:
        """What the program does, in a sentence."""
        return self.text.split('"""')[1].partition("\n")[0].rstrip(".")

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
    resources: dict[str, list[str]] = field(default_factory=dict)
    """Those in state after each step, by name, without the engine's own."""
    trace: Trace = field(default_factory=Trace)

    @property
    def failed(self) -> set[str]:
        return {step for step, code in self.codes.items() if code}

    @property
    def operations(self) -> list[dict[str, Any]]:
        """The trace without the provider's code, which holds paths of files."""
        return [comparable(operation) for operation in self.trace.operations]


def live(program: Program, folder: Path, engine: Engine, host: str) -> Seen:
    """Lead a program through its life."""
    folder.mkdir()
    (folder / "state").mkdir()
    prefix, ours = fork_server.prefix(), fork_server.host()
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
    names = {str(folder): "<project>", str(prefix): "<python>", sys.prefix: "<python>"}
    seen = Seen()
    for step in STEPS:
        if step == "planned":
            program_files.write(folder / "__main__.py", program.changed)
        _take(step, seen, folder, engine, names)
    shutil.rmtree(folder)
    return seen


def _take(step: str, seen: Seen, folder: Path, engine: Engine, names: dict[str, str]) -> None:
    log, events, state = folder / "grpc.log", folder / "events.log", folder / "decrypted.json"
    for path in (log, events):
        path.unlink(missing_ok=True)
    seen.codes[step], said = engine(folder, [*_COMMANDS[step], "--stack", "dev", "--event-log", str(events)])
    seen.said[step] = said
    calls = told(_lines(log))
    checkpoint = _decrypted(folder)
    resources = (checkpoint["checkpoint"].get("latest") or {}).get("resources") or []
    state.write_text(json.dumps(checkpoint))
    seen.trace.add(step, seen.codes[step], _lines(events), calls, state=state, stderr=said, names=names)
    if step == "planned":
        seen.plan = _plan(said)
        preview = _document(said) if "{" in said else {}
        preview.pop("duration", None)
        preview.get("steps", []).sort(key=lambda item: item["urn"])  # resources that do not depend on each other have no order
        seen.trace.operations[-1]["preview"] = neutral(preview, names)
    seen.outputs[step] = _outputs(resources)
    own = (item for item in resources if not item["type"].startswith("pulumi:"))
    seen.resources[step] = sorted(item["urn"].rpartition("::")[2] for item in own)


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def _document(said: str) -> Any:
    return json.JSONDecoder().raw_decode(said[said.index("{") :])[0]


def _plan(said: str) -> list[str]:
    steps = _document(said).get("steps", []) if "{" in said else []
    return sorted(f"{step['op']} {step['urn'].rpartition('::')[2]}" for step in steps if step["op"] != "same")


def _outputs(resources: list[dict[str, Any]]) -> dict[str, Any]:
    """The stack's, in clear."""
    found: dict[str, Any] = next((item.get("outputs", {}) for item in resources if item["type"] == "pulumi:pulumi:Stack"), {})
    return {name: _clear(value) for name, value in found.items()}


def _decrypted(folder: Path) -> Any:
    """The stack's file with its secrets in clear, as `stack export --show-secrets` writes them."""
    salt = yaml.safe_load((folder / "Pulumi.dev.yaml").read_text(encoding="utf-8"))["encryptionsalt"]
    decrypt = PassphraseSecrets(PASSPHRASE, salt).decrypt

    def plain(value: dict[str, Any]) -> dict[str, Any]:
        return {
            "plaintext" if key == "ciphertext" else key: decrypt(item) if key == "ciphertext" else item
            for key, item in value.items()
        }

    text = (folder / "state/.pulumi/stacks/foreign/dev.json").read_text(encoding="utf-8")
    return json.loads(text, object_hook=plain)


def _clear(value: Any) -> Any:
    if isinstance(value, dict):
        return json.loads(value["plaintext"]) if "plaintext" in value else {key: _clear(item) for key, item in value.items()}
    return [_clear(item) for item in value] if isinstance(value, list) else value


def comparable(operation: dict[str, Any]) -> dict[str, Any]:
    """An operation without what differs from run to run. Two of one name, of which one is to be deleted, are read and deleted in any order."""
    found: dict[str, Any] = _comparable(operation)
    if operation["command"].startswith("refresh"):
        found["calls"] = {urn: sorted(calls, key=_id) for urn, calls in found["calls"].items()}
    for urn, calls in found["calls"].items():
        groups = (list(group) for _, group in itertools.groupby(calls, lambda call: call["method"]))
        found["calls"][urn] = [
            call
            for group in groups
            for call in (sorted(group, key=json.dumps) if group[0]["method"] in {"Read", "Delete"} else group)
        ]
    if operation["command"] == "destroy":
        found["steps"] = {urn: sorted(steps, key=json.dumps) for urn, steps in found["steps"].items()}
    return found


def _id(call: dict[str, Any]) -> str:
    return str(call["request"].get("id", ""))


def _comparable(value: Any, key: str = "") -> Any:
    """Without the hashes of assets, too: the CLI notes them whenever it happens to compute one. What depends on several has no order."""
    if isinstance(value, dict):
        asset = _ASSET in value.values()
        return {name: _comparable(item, name) for name, item in value.items() if not (asset and name == "hash")}
    if isinstance(value, str):
        text = _CODE.sub("<code>", value)
        return text if len(text) < _LONG else f"<{len(text)} characters, {hashlib.sha256(text.encode()).hexdigest()}>"
    if isinstance(value, list):
        items = [_comparable(item) for item in value]
        return sorted(items) if key in UNORDERED else items
    return value
