"""The files of WebSocket APIs of one folder: fields, handshake rules, and keys that two files share. Loading what judges them loads the SDK."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import pulumi

from pulumi_workspace365.documents import input_files
from pulumi_workspace365.documents.yaml_document import ValuePath
from pulumi_workspace365.resource.keywords import ArgumentError
from pulumi_workspace365_cli.file_validation.findings import Finding, Verdict, at
from pulumi_workspace365_cli.file_validation.rules import HANDSHAKE
from pulumi_workspace365_components.stack_files import strict_yaml
from pulumi_workspace365_components.stack_files.strict_yaml import CheckedFile
from pulumi_workspace365_components.stack_files.websocket_apis import EXPECTED, WebSocketFile
from pulumi_workspace365_components.validation import interpolation
from pulumi_workspace365_components.websocket_api.policy import rules
from pulumi_workspace365_components.websocket_api.policy.errors import PolicyError
from pulumi_workspace365_components.websocket_api.policy.rules import Finding as PolicyFinding

Checked = CheckedFile[WebSocketFile]
_PLACEHOLDER = "https://variable.example.com"
_VERDICTS: Mapping[str, Verdict] = {"error": "failed", "warning": "warning", "advice": "skipped"}


class _AnyVariable(Mapping[str, str]):
    """Environment variables of which nothing is known but that they are set."""

    def __getitem__(self, name: str) -> str:
        return _PLACEHOLDER

    def __contains__(self, name: object) -> bool:
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def findings(folder: Path, program: Path, chosen: Collection[Path]) -> Iterator[Finding]:
    """What is wrong with the files of a folder that were chosen.

    Args:
        folder: of the files.
        program: the folder of the program, to which paths in the files are relative.
        chosen: the files.

    Raises:
        OSError: the folder cannot be read.
    """
    read = [
        strict_yaml.check_file(path, WebSocketFile, EXPECTED, variables=_AnyVariable()) for path in strict_yaml.files_of(folder)
    ]
    for one in read:
        if one.path in chosen:
            yield from _of_file(one, program)
    yield from _twins({one.path: one for one in read}, chosen)


def _twins(read: Mapping[Path, Checked], chosen: Collection[Path]) -> Iterator[Finding]:
    known = [(path, one.model) for path, one in read.items() if one.model and ("key",) not in _references(one)]
    for claimed, paths in strict_yaml.twins(known, lambda api: api.key.casefold()).items():
        for path in [path for path in paths[1:] if path in chosen] or [path for path in paths[:1] if path in chosen]:
            other = next(one for one in paths if one != path)
            document = read[other].document
            line = document.line(("key",)) if document else 1
            text = f"key: {claimed!r} is also that of {input_files.display_path(other.name)}, line {line}"
            yield at(path, read[path].document, ("key",), "duplicate-key", text, remedy="Each API needs its own.")


def _references(one: Checked) -> set[ValuePath]:
    found: set[ValuePath] = set()
    interpolation.without_values(one.document.value if one.document else None, found)
    return found


def _of_file(one: Checked, program: Path) -> Iterator[Finding]:
    references = _references(one)
    for problem in one.problems:
        if not problem.field or not any(problem.field[: len(known)] == known for known in references):
            yield Finding(one.path, "field" if problem.field else "syntax", problem.reason, problem.line, problem.column)
    if one.model is None:
        return
    try:
        one.model.component_args(program)
        built = one.model.handshake.args(program).built()
    except (ArgumentError, PolicyError, pulumi.RunError) as problem:
        if not references:
            yield at(one.path, one.document, _spot(problem), "value", _words(problem))
        return
    for found in rules.validate(built, **_surroundings(one.model, references)):
        yield from _of_rule(one, found, references)


def _spot(problem: Exception) -> ValuePath:
    return ("handshake",) if isinstance(problem, PolicyError | pulumi.RunError) else ()


def _words(problem: Exception) -> str:
    return str(problem).removeprefix("WebSocketApiArgs: ").rstrip(".")


def _surroundings(model: WebSocketFile, references: Collection[ValuePath]) -> dict[str, Any]:
    """What the rules may know besides the handshake; what a variable holds is not known."""
    sku = None if ("service", "sku") in references else model.service.sku
    url = None if ("service_url",) in references else model.service_url
    return {"sku": sku, "service_url": url, "subscription_required": model.subscription_required}


def _of_rule(one: Checked, found: PolicyFinding, references: Collection[ValuePath]) -> Iterator[Finding]:
    in_handshake = any(known[:1] == ("handshake",) for known in references)
    if found.severity == "error" and in_handshake:  # it may be about the text that stands for a variable
        return
    where = f" at {found.path}" if found.path else ""
    spot: ValuePath = ("service_url",) if found.rule == "service-url" else ("handshake",)
    text = f"{found.rule}{where}: {found.message.rstrip('.')}"
    verdict = _VERDICTS[found.severity]
    yield at(one.path, one.document, spot, f"{HANDSHAKE}{found.rule}", text, verdict=verdict, remedy=found.remedy)
