"""What the Pulumi CLI did in each scenario, kept as test data, and how a trace is compared with it.

A recording is one JSON file per scenario and host. Values that occur more than once are kept once, in `values`, and referred to.
"""

import difflib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios import versions

FOLDER = Path(__file__).with_name("recorded")
_REFERENCE = "→"
_LONG = 50  # items of a list up to which each is compared with its counterpart
_SHORT = 60  # characters up to which repeating a value costs less than naming it


def is_on() -> bool:
    """Whether traces of the CLI are to be kept instead of compared."""
    return os.environ.get("SCENARIOS_RECORD") == "1"


@dataclass(frozen=True)
class Explanation:
    """A difference that is meant. `where`: a pattern of its place, such as `.*/summaries/0/maybeCorrupt`."""

    where: str
    why: str


EXPLAINED = [
    Explanation(
        ".*/summaries/0/maybeCorrupt",
        "After a failed create with --continue-on-error the summary event of the embedded engine has maybeCorrupt: true, as the create may "
        "have left something behind; in the event of the CLI it is false. Nothing depends on it.",
    ),
    Explanation(
        r".*\.no_yaml\..*/stderr/0",
        "The embedded engine names the file and the line of a malformed stack configuration; the CLI does not.",
    ),
    Explanation(
        r"leaving\.stock/.*/(state/pending|diagnostics).*",
        "Where the process of the SDK's host ends in the middle of a create, the CLI reports EOF and forgets the create, although the object may "
        "exist; the embedded engine reports how the process ended, and keeps the create as pending, so that nobody loses or doubles the object.",
    ),
]


@dataclass(frozen=True)
class Difference:
    """One difference: its place, and both texts line by line."""

    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.where}\n{self.text}"


def differences(name: str, recorded: list[dict[str, Any]], found: list[dict[str, Any]]) -> list[Difference]:
    """Every part in which two traces differ, the explained ones left out."""
    return [
        item
        for item in _differences(name, recorded, found)
        if not any(re.fullmatch(known.where, item.where) for known in EXPLAINED)
    ]


def _differences(name: str, recorded: list[dict[str, Any]], found: list[dict[str, Any]]) -> Iterator[Difference]:
    commands = [[operation["command"] for operation in trace] for trace in (recorded, found)]
    if commands[0] != commands[1]:
        yield Difference(f"{name}/commands", f"{commands[0]}\n{commands[1]}")
    for number, (before, after) in enumerate(zip(recorded, found, strict=False)):
        place = f"{name}/{number} {before['command']}"
        early = before["code"] and "--continue-on-error" not in before["command"]
        one, other = (_of_a_failure(item) if early else item for item in (before, after))
        for part in one:
            yield from _compared(f"{place}/{part}", one[part], other[part])


def _of_a_failure(operation: dict[str, Any]) -> dict[str, Any]:
    """What counts of an operation that ended early: how much else was under way is a matter of chance."""
    errors = [item for item in operation["diagnostics"] if item[0] == "error"]
    return {name: operation[name] for name in ("code", "stderr", "state")} | {"diagnostics": errors}


def _compared(place: str, before: Any, after: Any) -> Iterator[Difference]:
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict) and before.keys() == after.keys():
        for key in before:
            yield from _compared(f"{place}/{key}", before[key], after[key])
        return
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after) < _LONG:
        for index, pair in enumerate(zip(before, after, strict=True)):
            yield from _compared(f"{place}/{index}", *pair)
        return
    one, other = (json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False).splitlines() for value in (before, after))
    yield Difference(place, "\n".join(difflib.unified_diff(one, other, "Pulumi CLI", "found", lineterm="", n=2)))


# Files.


def load(name: str, folder: Path = FOLDER) -> list[dict[str, Any]]:
    """The recording of a scenario: `customers.ours`."""
    document = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    operations: list[dict[str, Any]] = _expanded(document["operations"], document["values"])
    return operations


def compare(name: str, operations: list[dict[str, Any]], *, on_cli: bool, folder: Path = FOLDER) -> None:
    """Fail the test where a trace differs from its recording; a CLI of another version is let off."""
    found = [str(difference) for difference in differences(name, load(name, folder), operations)]
    if on_cli:
        allow_for_another_cli(found, folder / f"{name}.json")
    assert not found, "\n\n".join(found)


def allow_for_another_cli(found: list[str], path: Path) -> None:
    """Skip a test that found differences with a CLI of another version than the recording: they are no mistakes of ours."""
    [made] = versions.recorded([path])
    if found and made["cli"] != versions.cli():
        pytest.skip(
            f"recorded with the CLI {made['cli']}; {versions.cli()} differs in {len(found)} places, the first: {found[0]}"
        )


def save(name: str, operations: list[dict[str, Any]], folder: Path = FOLDER) -> None:
    folder.mkdir(exist_ok=True)
    counted: dict[str, int] = {}
    _count(operations, counted)
    names = {text: index for index, text in enumerate(text for text, count in counted.items() if count > 1)}
    values = [_folded(json.loads(text), names, whole=True) for text in names]
    document = {"made": versions.installed(), "values": values, "operations": _folded(operations, names)}
    (folder / f"{name}.json").write_text(_layout(document) + "\n", encoding="utf-8")


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _count(value: Any, counted: dict[str, int]) -> None:
    """How often each composed value occurs; what is inside one that was seen before is not counted again."""
    if not isinstance(value, dict | list):
        return
    text = _text(value)
    if len(text) > _SHORT:
        counted[text] = counted.get(text, 0) + 1
        if counted[text] > 1:
            return
    # In the order of the names, so that a recording of the same behaviour is the same file.
    for item in (value[name] for name in sorted(value)) if isinstance(value, dict) else value:
        _count(item, counted)


def _folded(value: Any, names: dict[str, int], *, whole: bool = False) -> Any:
    if not isinstance(value, dict | list):
        return value
    if not whole and (index := names.get(_text(value))) is not None:
        return f"{_REFERENCE}{index}"
    if isinstance(value, dict):
        return {key: _folded(item, names) for key, item in sorted(value.items())}
    return [_folded(item, names) for item in value]


def _expanded(value: Any, values: list[Any]) -> Any:
    if isinstance(value, str) and value.startswith(_REFERENCE):
        return _expanded(values[int(value[1:])], values)
    if isinstance(value, dict):
        return {key: _expanded(item, values) for key, item in value.items()}
    return [_expanded(item, values) for item in value] if isinstance(value, list) else value


def _layout(document: dict[str, Any]) -> str:
    """One line per value and per resource of an operation, so that a change of the recording can be read."""
    values = ",\n".join(_text(value) for value in document["values"])
    operations = ",\n".join(
        "{" + ",\n ".join(f"{json.dumps(part)}:{_lines(content)}" for part, content in operation.items()) + "}"
        for operation in document["operations"]
    )
    return f'{{"made":{_text(document["made"])},"values":[\n{values}\n],"operations":[\n{operations}\n]}}'


def _lines(content: Any) -> str:
    if not isinstance(content, dict):
        return _text(content)
    return "{" + ",\n  ".join(f"{json.dumps(key)}:{_text(item)}" for key, item in content.items()) + "}"
