"""A checks file: YAML read strictly, so that what is wrong is named with its file and line, and nothing is taken twice."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from pulumi_workspace365.documents import input_files, yaml_document
from pulumi_workspace365.documents.yaml_document import Document, ValuePath
from pulumi_workspace365_components.validation import checks, interpolation
from pulumi_workspace365_components.validation.checks import Check, CheckError

_MOST_PROBLEMS = 20
_EACH: TypeAdapter[Check] = TypeAdapter(Check)


def read(path: Path, environ: Mapping[str, str]) -> list[Check]:
    """The checks of a file.

    Args:
        path: YAML with a list under ``checks``.
        environ: for ``env:NAME`` and ``${NAME}``.

    Raises:
        CheckError: with file and line.
    """
    try:
        return parse(
            input_files.decode_text(input_files.read_user_file(path), input_files.display_path(path)),
            input_files.display_path(path),
            environ,
            path.parent,
        )
    except input_files.FileError as problem:
        raise CheckError(str(problem)) from problem


def parse(text: str, source: str, environ: Mapping[str, str], folder: Path) -> list[Check]:
    """The checks of a YAML text; ``source`` names it in messages, and ``file:PATH`` is relative to ``folder``."""
    try:
        document = yaml_document.parse(text, source)
    except input_files.FileError as problem:
        raise CheckError(str(problem)) from problem
    return _Reader(source, environ, folder, document).checks(document.value)


def parse_document(document: object, source: str, environ: Mapping[str, str], folder: Path) -> list[Check]:
    """The checks of a document that is read already, such as ``workspace365:checks`` of a stack: a list, or one under ``checks``.

    Raises:
        CheckError: naming every field that is wrong.
    """
    return _Reader(source, environ, folder, None).checks(document)


@dataclass(frozen=True)
class CheckProblem:
    """What is wrong with a check: the path of the field, and a sentence without its end."""

    path: ValuePath
    text: str


def problems_of(document: object) -> list[CheckProblem]:
    """What is wrong with checks, whatever the environment variables and files are to which they refer."""
    reader = _Reader("", {}, Path(), None, has_values=False)
    reader.read(document)
    listed = document.get("checks") if isinstance(document, Mapping) else document
    base: ValuePath = ("checks",) if isinstance(document, Mapping) else ()
    names = [item.get("name") if isinstance(item, Mapping) else None for item in (listed if isinstance(listed, list) else ())]
    twins = [
        CheckProblem((*base, at, "name"), f"two checks have the name {name!r:.100}; each needs its own")
        for at, name in enumerate(names)
        if isinstance(name, str) and name in names[:at]
    ]
    return reader.problems + twins


@dataclass
class _Reader:
    """Makes checks of plain values; ``document`` knows the lines of a file."""

    source: str
    environ: Mapping[str, str]
    folder: Path
    document: Document | None
    problems: list[CheckProblem] = field(default_factory=list)
    has_values: bool = True
    """Whether references are replaced by what they name; else they are taken to name something that fits."""

    def checks(self, document: object) -> list[Check]:
        found = self.read(document)
        if self.problems:
            told = [f"{self._place(problem.path)}: {problem.text}." for problem in self.problems]
            more = len(told) - _MOST_PROBLEMS
            raise CheckError(" ".join([*told[:_MOST_PROBLEMS], *([f"And {more} more."] if more > 0 else [])]))
        try:
            checks.require_unique(found)
        except CheckError as problem:
            raise CheckError(f"{self.source}: {problem}") from problem
        return found

    def read(self, document: object) -> list[Check]:
        """The checks that are well formed; what is wrong with the others becomes ``problems``."""
        base: ValuePath = ()
        if isinstance(document, Mapping):
            if unknown := [str(name) for name in document if name != "checks"]:
                text = f"{unknown[0]!r:.60}: there is no such field; the list stands under checks"
                self.problems.append(CheckProblem((unknown[0],), text))
                return []
            document, base = document.get("checks"), ("checks",)
        if not isinstance(document, list) or not document:
            self.problems.append(CheckProblem(base, "checks: it must be a list of at least one check (docs/checks.md)"))
            return []
        return [check for at, given in enumerate(document) if (check := self._check(given, (*base, at)))]

    def _check(self, given: object, spot: ValuePath) -> Check | None:
        if not isinstance(given, Mapping):
            self.problems.append(CheckProblem(spot, f"check {spot[-1]}: it is a mapping with name and kind"))
            return None
        references: set[ValuePath] = set()
        try:
            filled = (
                interpolation.interpolate(given, self.environ, self.folder)
                if self.has_values
                else interpolation.without_values(given, references)
            )
            return _EACH.validate_python(filled)
        except interpolation.ValueMissing as problem:
            wrong = [(problem.path, f"{'.'.join(map(str, problem.path))}: {problem.reason}")]
        except ValidationError as problem:
            wrong = [
                (error["loc"][1:], checks.sentence(error))
                for error in problem.errors()
                if not interpolation.is_about(error["loc"][1:], references)
            ]
        name = given.get("name")
        label = f"check {name!r:.80}" if isinstance(name, str) else f"check {spot[-1]}"
        self.problems += dict.fromkeys(CheckProblem((*spot, *where), f"{label}: {message}") for where, message in wrong)
        return None

    def _place(self, spot: ValuePath) -> str:
        return f"{self.source}, line {self.document.line(spot)}" if self.document else self.source
