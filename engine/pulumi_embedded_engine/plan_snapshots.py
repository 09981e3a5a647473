"""Snapshots of plans: text files beside the tests, with which later plans are compared.

The snapshots of `tests/test_shop.py` are in `tests/pulumi_snapshots/test_shop/`, one file per name.
"""

import difflib
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pulumi_embedded_engine.store import files

__tracebackhide__ = True  # of what fails, pytest shows the line of the test
UPDATE = "--pulumi-update-snapshots"
_FOLDER, _SUFFIX = "pulumi_snapshots", ".txt"
_SAFE = re.compile(r"[a-z0-9_][a-z0-9_.+-]{0,99}")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?|.*\.")  # no names of files on Windows
_LONGEST = 60


class SnapshotError(AssertionError):
    """A plan differs from its snapshot, or there is no snapshot."""


def folder_of(test_file: Path) -> Path:
    """Where the snapshots of a test file are."""
    return test_file.parent / _FOLDER / test_file.stem


def path_of(test_file: Path, name: str) -> Path:
    """The file of a snapshot: one of its own for each name, on each system and however the name is written."""
    if _SAFE.fullmatch(name) and not _RESERVED.fullmatch(name):
        return folder_of(test_file) / f"{name}{_SUFFIX}"
    plain = re.sub(r"[^a-z0-9_]+", "-", name.lower()).strip("-")[:_LONGEST]
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    return folder_of(test_file) / f"{plain or 'snapshot'}-{digest}{_SUFFIX}"


class Snapshots:
    """The snapshots of one run of tests.

    Args:
        update: write the plans in place of comparing them.
    """

    def __init__(self, *, update: bool) -> None:
        self._update = update
        self._written: dict[Path, str] = {}
        self.used: set[Path] = set()

    def compare(self, path: Path, text: str) -> None:
        """Compare a plan with a file, or write it there.

        Raises:
            SnapshotError: they differ, there is no such file, or it cannot be read or written; or two plans of one name differ.
        """
        self.used.add(path)
        try:
            known = self._written.get(path) if self._update else _read(path)
            if known is None and self._update:
                _write(path, text)
                self._written[path] = text
                return
        except (OSError, UnicodeError) as problem:
            raise SnapshotError(f"the snapshot {path} cannot be used: {problem}") from problem
        if known is None:
            raise SnapshotError(
                f"there is no snapshot {path}: run pytest with {UPDATE}, which makes it, and read it before you commit it. The plan:\n"
                f"{_indented(text.splitlines())}"
            )
        if known != text:
            advice = (
                "Two plans with this name differ: give each a name" if self._update else f"If the new plan is right: {UPDATE}"
            )
            lines = difflib.unified_diff(known.splitlines(), text.splitlines(), "the snapshot", "this plan", lineterm="")
            raise SnapshotError(f"the plan differs from the snapshot {path}. {advice}\n{_indented(lines)}")


def unused(test_files: Mapping[Path, bool], used: Iterable[Path]) -> Iterator[Path]:
    """The snapshots that no test used.

    Args:
        test_files: those that ran, and whether all of their tests did.
        used: the snapshots that were compared or written.
    """
    known = {path.resolve() for path in used}
    test_files = {file.resolve(): complete for file, complete in test_files.items()}
    for file, complete in test_files.items():
        if complete:
            yield from sorted(set(folder_of(file).glob(f"*{_SUFFIX}")) - known)
    for home in sorted({file.parent for file in test_files}):
        for folder in sorted((home / _FOLDER).glob("*/")):
            if not (home / f"{folder.name}.py").exists():
                yield from sorted(set(folder.glob(f"*{_SUFFIX}")) - known)


def _indented(lines: Iterable[str]) -> str:
    return "\n".join(f"    {line}".rstrip() for line in lines)


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def _write(path: Path, text: str) -> None:
    """As a whole or not at all: other processes may compare meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    files.write_atomically(path, text.encode(), files.READABLE)
