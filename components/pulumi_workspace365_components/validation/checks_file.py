"""A checks file: YAML read strictly, so that what is wrong is named with its file and line, and nothing is taken twice."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

from pulumi_workspace365_components.validation import checks, values
from pulumi_workspace365_components.validation.checks import Check, CheckError

_LARGEST_BYTES = 4 * 1024 * 1024
_EACH: TypeAdapter[Check] = TypeAdapter(Check)
Spot = tuple[str | int, ...]


@dataclass
class _Lines:
    """Where each field stands, by its path in the document."""

    known: dict[Spot, int] = field(default_factory=dict)

    def of(self, spot: Spot) -> int:
        """The line of a field, or of the nearest thing around it."""
        while spot and spot not in self.known:
            spot = spot[:-1]
        return self.known.get(spot, 1)


def read(path: Path, environ: Mapping[str, str]) -> list[Check]:
    """The checks of a file.

    Args:
        path: YAML with a list under ``checks``.
        environ: for ``env:NAME`` and ``${NAME}``.

    Raises:
        CheckError: with file and line.
    """
    try:
        data = path.read_bytes()
        text = data.decode("utf-8") if len(data) <= _LARGEST_BYTES else None
    except OSError as problem:
        raise CheckError(f"{path}: it cannot be read ({problem.strerror}).") from None
    except UnicodeDecodeError:
        raise CheckError(f"{path}: it is no UTF-8 text.") from None
    if text is None:
        raise CheckError(f"{path}: a checks file has at most 4 MiB.")
    return parse(text, str(path), environ, path.parent)


def parse(text: str, source: str, environ: Mapping[str, str], folder: Path) -> list[Check]:
    """The checks of a YAML text; ``source`` names it in messages, and ``file:PATH`` is relative to ``folder``."""
    lines = _Lines()
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        document = None if root is None else _read(root, (), lines)
    except yaml.MarkedYAMLError as problem:
        line = f", line {problem.problem_mark.line + 1}" if problem.problem_mark else ""
        raise CheckError(f"{source}{line}: {problem.problem or 'this is no YAML'}.") from None
    except (yaml.YAMLError, RecursionError, ValueError):
        raise CheckError(f"{source}: it cannot be read as YAML.") from None
    return _Reader(source, environ, folder, lines).checks(document)


def of(document: object, source: str, environ: Mapping[str, str], folder: Path) -> list[Check]:
    """The checks of a document that is read already, such as ``workspace365:checks`` of a stack: a list, or one under ``checks``.

    Raises:
        CheckError: naming every field that is wrong.
    """
    return _Reader(source, environ, folder, None).checks(document)


@dataclass
class _Reader:
    """Makes checks of plain values; ``lines`` are known of a file only."""

    source: str
    environ: Mapping[str, str]
    folder: Path
    lines: _Lines | None
    problems: list[str] = field(default_factory=list)

    def checks(self, document: object) -> list[Check]:
        base: Spot = ()
        if isinstance(document, Mapping):
            if unknown := [str(name) for name in document if name != "checks"]:
                raise CheckError(
                    f"{self._place((unknown[0],))}: {unknown[0]!r:.60}: there is no such field; the list stands under checks."
                )
            document, base = document.get("checks"), ("checks",)
        if not isinstance(document, list) or not document:
            raise CheckError(f"{self._place(base)}: checks: it must be a list of at least one check (docs/checks.md).")
        found = [check for at, given in enumerate(document) if (check := self._check(given, (*base, at)))]
        if self.problems:
            raise CheckError(" ".join(self.problems))
        try:
            checks.refuse_twins(found)
        except CheckError as problem:
            raise CheckError(f"{self.source}: {problem}") from None
        return found

    def _check(self, given: object, spot: Spot) -> Check | None:
        if not isinstance(given, Mapping):
            self.problems.append(f"{self._place(spot)}: check {spot[-1]}: it is a mapping with name and kind.")
            return None
        try:
            return _EACH.validate_python(values.filled(given, self.environ, self.folder))
        except values.ValueMissing as problem:
            wrong = [(problem.spot, f"{'.'.join(map(str, problem.spot))}: {problem.reason}")]
        except ValidationError as problem:
            wrong = [(error["loc"][1:], checks.sentence(error)) for error in problem.errors()]
        name = given.get("name")
        label = f"check {name!r:.80}" if isinstance(name, str) else f"check {spot[-1]}"
        self.problems += dict.fromkeys(f"{self._place((*spot, *where))}: {label}: {said}." for where, said in wrong)
        return None

    def _place(self, spot: Spot) -> str:
        return f"{self.source}, line {self.lines.of(spot)}" if self.lines else self.source


def _read(node: yaml.Node, spot: Spot, lines: _Lines) -> Any:
    """A node as Python's values, its lines noted. No anchors that hold themselves, no field twice."""
    lines.known.setdefault(spot, node.start_mark.line + 1)
    if len(spot) > 50:
        raise yaml.constructor.ConstructorError(None, None, "it is nested too deeply", node.start_mark)
    if isinstance(node, yaml.SequenceNode):
        return [_read(item, (*spot, at), lines) for at, item in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        read: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "a field's name must be a text", key.start_mark)
            if key.value in read:
                raise yaml.constructor.ConstructorError(None, None, f"the field {key.value!r:.60} is given twice", key.start_mark)
            lines.known[(*spot, key.value)] = key.start_mark.line + 1
            read[key.value] = _read(value, (*spot, key.value), lines)
        return read
    return yaml.constructor.SafeConstructor().construct_object(node)
