"""Every file that is asked for, judged by what reads it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby
from pathlib import Path

from pulumi_workspace365.documents import input_files
from pulumi_workspace365_cli import project_file
from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.file_validation import kinds, projects, single_files
from pulumi_workspace365_cli.file_validation.customer_sets import CustomerSet
from pulumi_workspace365_cli.file_validation.findings import Finding
from pulumi_workspace365_cli.file_validation.kinds import Kind
from pulumi_workspace365_cli.file_validation.projects import Project, Stack

_MOST_OF_FILE = 20


@dataclass(frozen=True)
class Validated:
    """The files that were looked at, by kind, and what was found."""

    files: dict[Path, Kind] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def validate(paths: Sequence[Path]) -> Validated:
    """Judge files, and all files below folders.

    Raises:
        CommandError: a path does not exist, or a folder cannot be read.
    """
    files = _Files()
    chosen, unknown = _chosen(paths, files)
    found = [*_unknown(unknown), *_findings(chosen, files)]
    order = {path: at for at, path in enumerate(chosen)}
    found = list(dict.fromkeys(found))  # a file of budgets may be named by several rollouts
    found.sort(key=lambda one: (order.get(one.file, len(order)), one.line or 0, one.column or 0))
    return Validated(chosen, tuple(_most(found)))


def _most(found: Sequence[Finding]) -> Iterator[Finding]:
    """The first findings of each file, and how many more there are."""
    for path, group in groupby(found, key=lambda one: one.file):
        listed = list(group)
        yield from listed[:_MOST_OF_FILE]
        if (more := len(listed) - _MOST_OF_FILE) > 0:
            yield Finding(path, listed[-1].rule, f"and {more} more", verdict=listed[-1].verdict)


def _chosen(paths: Sequence[Path], files: "_Files") -> tuple[dict[Path, Kind], list[Path]]:
    """The files of known kinds, and those that were named and are of no kind."""
    found: dict[Path, Kind] = {}
    unknown: list[Path] = []
    for path in paths:
        if not input_files.exists(path):
            raise CommandError(f"{input_files.display_path(path)} does not exist.")
        is_folder = input_files.is_folder(path)
        for file in _below(path) if is_folder else [path]:
            absolute = kinds.absolute(file)
            if kind := files.kind(absolute, is_given=not is_folder):
                found.setdefault(absolute, kind)
            elif not is_folder:
                unknown.append(absolute)
    return found, unknown


def _below(folder: Path) -> Iterable[Path]:
    try:
        return list(kinds.files_below(folder))
    except OSError as problem:
        named = input_files.display_path(problem.filename or folder)
        raise CommandError(f"{named}: the folder cannot be read ({problem.strerror}).") from problem


def _unknown(paths: Iterable[Path]) -> Iterator[Finding]:
    for path in paths:
        yield Finding(
            path,
            "unknown-kind",
            "nothing tells what kind of file it is",
            remedy="Let it begin with `# yaml-language-server: $schema=PATH/NAME.json`, where NAME is one that `w365 schema` lists.",
        )


def _findings(chosen: dict[Path, Kind], files: "_Files") -> Iterator[Finding]:
    for path, kind in chosen.items():
        yield from files.findings(path, kind)
    for folder in _folders(chosen, "customer"):
        yield from files.customers(folder).findings(chosen)
    if folders := _folders(chosen, "websocket-api"):
        from pulumi_workspace365_cli.file_validation import api_sets  # noqa: PLC0415  it loads the SDK

        for folder in folders:
            project = files.project(folder)
            yield from api_sets.findings(folder, project.program if project else folder.parents[1], chosen)


def _folders(chosen: dict[Path, Kind], wanted: Kind) -> list[Path]:
    return list(dict.fromkeys(path.parent for path, kind in chosen.items() if kind == wanted))


class _Files:
    """Reads each project and each folder of customers once."""

    def __init__(self) -> None:
        self.project = cache(self._project)
        self.customers = cache(self._customers)
        self._read = cache(projects.read)

    def kind(self, path: Path, *, is_given: bool) -> Kind | None:
        """What kind of file it is. A stack's file is one where the project keeps them."""
        kind = kinds.kind_of(path, is_given=is_given)
        project = self.project(path.parent) if kind == "stack" else None
        return None if kind == "stack" and (project is None or path.parent != project.config_folder) else kind

    def findings(self, path: Path, kind: Kind) -> Iterator[Finding]:
        """What is wrong with a file by itself."""
        project = self.project(path.parent)
        match kind:
            case "checks":
                yield from single_files.of_checks(path)
            case "budgets":
                yield from single_files.of_budgets(path)
            case "rollout":
                yield from single_files.of_rollout(path)
            case "stack" if project:
                yield from self._of_stack(project.stack(path))

    def _of_stack(self, stack: Stack) -> Iterator[Finding]:
        settings = stack.settings
        reads = settings is not None and stack.project.reads_customers and input_files.is_folder(settings.folder)
        yield from single_files.of_stack(stack, self.customers(settings.folder) if settings and reads else None)

    def _project(self, folder: Path) -> Project | None:
        root = project_file.find_root(folder)
        return self._read(root) if root else None

    def _customers(self, folder: Path) -> CustomerSet:
        try:
            return CustomerSet.read(folder, self.project(folder))
        except OSError as problem:
            raise CommandError(
                f"{input_files.display_path(folder)}: the folder cannot be read ({problem.strerror})."
            ) from problem
