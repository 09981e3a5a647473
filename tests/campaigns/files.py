"""Files that were torn, doubled and mixed up at random: each reader gives a value or one sentence, and shows no secret."""

import json
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi

from pulumi_embedded_engine.errors import EngineError
from pulumi_embedded_engine.report import texts
from pulumi_embedded_engine.store.backend import Backend
from pulumi_embedded_engine.workspace.config import StackFile
from pulumi_embedded_engine.workspace.project import Project
from pulumi_workspace365.errors import W365Error
from pulumi_workspace365.lifecycle import journal_records
from pulumi_workspace365.lifecycle.journal import Journal
from pulumi_workspace365.lifecycle.journal_records import Subject
from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.planning import preview
from pulumi_workspace365_components.stack_files import customers
from pulumi_workspace365_components.stack_files.strict_yaml import read_folder
from pulumi_workspace365_components.validation import checks_file
from pulumi_workspace365_components.validation.checks import CheckError
from pulumi_workspace365_sandbox.runner import project as sandbox_project
from tests import hostile

SECRET = "s3cr3t-of-a-customer-Zx81"
_LONGEST_SENTENCE = 5000  # the ten first problems of a file, each with its name
_SENTENCES = (W365Error, CommandError, EngineError, pulumi.RunError, sandbox_project.UsageError, CheckError)
_CUSTOMER = """\
key: contoso
environment:
  name: contoso
admin: {email: a@example.org, first_name: A, last_name: B}
sign_on:
  authority: https://login.example.org/t
  client_id: c
  key_from: env:KEY
  key_expires: 2027-02-28
exchange: &e {server_type: Office365}
"""
_CHECKS = """\
checks:
- kind: http
  name: home
  url: https://example.org/
  expect_status: 200
"""
_PROJECT = "name: shop\nruntime: {name: python, options: {virtualenv: .venv}}\nconfig:\n  a: {type: string, default: x}\n"
_STACK = f"encryptionsalt: v1:a:b\nconfig:\n  shop:a: x\n  shop:k: {{secure: {SECRET}}}\n  shop:l: [1, 2.5, true, null]\n"
_URN = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev"
_RESOURCE = {"urn": _URN, "type": "pulumi:pulumi:Stack", "outputs": {"a": {"b": [1, None, "c"]}}}
_DEPLOYMENT = {"manifest": {"time": "2026-01-01T00:00:00Z", "magic": "", "version": ""}, "resources": [_RESOURCE]}
_STATE = json.dumps({"version": 3, "checkpoint": {"stack": "organization/shop/dev", "latest": _DEPLOYMENT}})
_PREVIEW = json.dumps(
    {"config": {"k": SECRET}, "steps": [{"op": "create", "urn": _URN, "newState": _RESOURCE}], "changeSummary": {}}
)
_INTENTS = [Subject(_URN, "https://example.org", name).record("intent", at="2026-01-01T00:00:00+00:00") for name in ("a", "b")]
_JOURNAL = b"".join(journal_records.encode(record) for record in _INTENTS).decode()


def _customers(folder: Path) -> object:
    return read_folder(folder, customers.CustomerFile, "a customer")


def _state(folder: Path) -> object:
    return Backend.from_url(f"file://{folder}").stack("shop", "dev").load(lambda _text: "")


def _meta(folder: Path) -> object:
    state = folder / READERS["state"][0]
    state.parent.mkdir(parents=True, exist_ok=True)
    state.write_text(_STATE)
    return _state(folder)


READERS: dict[str, tuple[str, str, Callable[[Path], object]]] = {
    "customer": ("contoso.yaml", _CUSTOMER, _customers),
    "checks": ("checks.yaml", _CHECKS, lambda folder: checks_file.read(folder / "checks.yaml", {})),
    "project": ("Pulumi.yaml", _PROJECT, Project.load),
    "project of the sandbox": ("Pulumi.yaml", _PROJECT, sandbox_project.Project.at),
    "stack": ("Pulumi.dev.yaml", _STACK, lambda folder: StackFile.load(folder / "Pulumi.dev.yaml")),
    "meta": (".pulumi/meta.yaml", "version: 1\n", _meta),
    "state": (".pulumi/stacks/shop/dev.json", _STATE, _state),
    "preview": ("preview.json", _PREVIEW, lambda folder: preview.read((folder / "preview.json").read_bytes(), "preview.json")),
    "journal": ("creates.jsonl", _JOURNAL, lambda folder: Journal(folder / "creates.jsonl").open_intents()),
}
"""The file that each reads, a whole content of it, and the reader."""


@dataclass
class Tally:
    """What became of the files; a problem names the reader and what it said."""

    tried: int = 0
    ended: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


def try_files(seed: int, number: int, folder: Path) -> Tally:
    """Have each reader read so many spoilt files."""
    tally = Tally()
    for name, (file, whole, read) in READERS.items():
        place = folder / name.replace(" ", "-")
        path = place / file
        path.parent.mkdir(parents=True)
        chance = random.Random(f"{seed} {name}")
        for _ in range(number):
            data = spoilt(whole.encode(), chance)
            path.write_bytes(data)
            tally.tried += 1
            try:
                read(place)
                tally.ended["a value"] += 1
            except _SENTENCES as refusal:
                tally.ended["a sentence"] += 1
                said = (
                    texts.visible(str(refusal)) if isinstance(refusal, EngineError) else str(refusal)
                )  # as the engine prints it
                tally.problems += _wrong(name, said, data)
            except Exception as problem:  # noqa: BLE001  what is looked for
                tally.problems.append(f"{name}: {type(problem).__name__} for {data[:200]!r}")
    return tally


def _wrong(name: str, sentence: str, data: bytes) -> list[str]:
    if SECRET in sentence:
        return [f"{name}: it shows the secret for {data[:200]!r}"]
    if len(sentence) > _LONGEST_SENTENCE or any(ord(letter) < 32 and letter not in "\n\t" for letter in sentence):
        return [f"{name}: no sentence for {data[:200]!r}"]
    return []


def spoilt(data: bytes, chance: random.Random) -> bytes:
    """The content after up to three changes."""
    for _ in range(chance.randint(1, 3)):
        data = chance.choice(_CHANGES)(data, chance)
    return data


def _span(data: bytes, chance: random.Random) -> tuple[int, int]:
    start = chance.randint(0, len(data))
    return start, min(len(data), start + chance.randint(1, 40))


def _flipped(data: bytes, chance: random.Random) -> bytes:
    start, _ = _span(data, chance)
    return data[:start] + bytes([chance.randrange(256)]) + data[start + 1 :]


def _cut(data: bytes, chance: random.Random) -> bytes:
    start, end = _span(data, chance)
    return data[:start] + data[end:]


def _torn(data: bytes, chance: random.Random) -> bytes:
    return data[: _span(data, chance)[0]]


def _doubled(data: bytes, chance: random.Random) -> bytes:
    start, end = _span(data, chance)
    return data[:end] + data[start:end] * chance.choice([1, 2, 50]) + data[end:]


def _mixed(data: bytes, chance: random.Random) -> bytes:
    start, end = _span(data, chance)
    return data[:start] + chance.choice(_PIECES) + data[chance.choice([start, end]) :]


def _word(data: bytes, chance: random.Random) -> bytes:
    """Another value in the place of one that stands between separators."""
    words = data.split(b" ")
    words[chance.randrange(len(words))] = chance.choice(_PIECES)
    return b" ".join(words)


_CHANGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (_flipped, _cut, _torn, _doubled, _mixed, _word)
_WORDS: tuple[Any, ...] = (
    None,
    True,
    -1,
    1e308,
    10**99,
    "",
    [],
    {},
    [[]],
    {"a": {}},
    "x" * 300,
    "\x00",
    "\x1b[31m",
    "\u202e",
    "\ud800",
)
_PIECES: tuple[bytes, ...] = (
    *(json.dumps(word).encode() for word in _WORDS),
    *(content for content in (*hostile.YAML.values(), *hostile.JSON.values()) if len(content) < 500),
    *(name.encode("utf-8", "surrogatepass") for name in hostile.NAMES),
    *(
        b"[" * 400,
        b"{a: " * 400,
        b"&a ",
        b"*a",
        b"<<: ",
        b"!!int ",
        b"!!timestamp ",
        b"2027-02-29",
        b"\n",
        b"\t",
        b"---\n",
        b": ",
        b"- ",
    ),
)
