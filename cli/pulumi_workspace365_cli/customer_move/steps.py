"""A move, all or nothing: both states and the customer's file, or none of them.

The target has the customer before the source loses it, so that a kill in between loses nobody. Exports of both are written first; then a note,
whose presence says that the move is not complete. Whenever the command is killed, running it again completes the move or takes it back.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

from pulumi_workspace365.documents import input_files, json_document
from pulumi_workspace365_cli import project_file
from pulumi_workspace365_cli.customer_move import deployments, ring_line
from pulumi_workspace365_cli.customer_move.preconditions import Assignment
from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.stack_edits import backups
from pulumi_workspace365_cli.stack_edits import stack as stacks
from pulumi_workspace365_cli.stack_edits.stack import Document, Stack, is_same

_NOTE = "w365-move-{customer}-unfinished.json"


@dataclass(frozen=True)
class Note:
    """What an interrupted move was about to do; what the file beside Pulumi.yaml holds.

    Attributes:
        file: the customer's, from the folder of Pulumi.yaml.
        before: its text.
        after: its text with the ring of the target.
        backups: the files with the states before, of source and target.
    """

    customer: str
    project: str
    source: str
    target: str
    ring: str
    file: str
    before: str
    after: str
    backups: tuple[str, str]


def note_path(root: Path, customer: str) -> Path:
    """Where the note of a move is while it is not complete."""
    return root / _NOTE.format(customer=customer)


def interrupted(root: Path) -> Note | None:
    """The note of an interrupted move.

    Raises:
        CommandError: it cannot be read.
    """
    for path in sorted(root.glob(_NOTE.format(customer="*"))):
        try:
            found: Any = json_document.parse(backups.read(path), str(path))
            return Note(**{**found, "backups": tuple(found["backups"])})
        except (input_files.FileError, TypeError, KeyError) as problem:
            raise CommandError(
                f"{path}, the note of an interrupted move, is damaged. The states before the move are in the backups beside it: see what `w365 fleet` says, "
                "correct it, then remove the note."
            ) from problem
    return None


@dataclass
class Move:
    """A move of a customer between two stacks. Whoever begins, resumes and carries out one holds the locks of both."""

    note: Note
    source: Stack
    target: Stack
    former: tuple[Document, Document]
    planned: deployments.Moved = field(init=False)
    _written: set[str] = field(default_factory=set)
    """What has changed by this move: names of stacks, and the customer's file."""

    def __post_init__(self) -> None:
        self.planned = self._moved(self.former[0])

    @classmethod
    def begin(cls, assignment: Assignment, source: Stack, target: Stack) -> "Move":
        """A move of which nothing is written yet.

        Raises:
            CommandError: it cannot be done.
        """
        former = source.export()[1], target.export()[1]
        for stack, document in zip((source, target), former, strict=True):
            stack.refuse_pending(document)
        return cls(new_note(assignment, source.root), source, target, former)

    @classmethod
    def resume(cls, note: Note, source: Stack, target: Stack) -> "Move":
        """A move that was interrupted.

        Raises:
            CommandError: a backup cannot be read, or another program changed a state meanwhile.
        """
        paths = [source.root / name for name in note.backups]
        before, after = (stacks.parse(backups.read(path), str(path)) for path in paths)
        move = cls(note, source, target, (before, after))
        for stack, former, planned in ((source, before, move.planned.source), (target, after, move.planned.target)):
            current = stack.export()[1]
            if is_same(current, planned):
                move._written.add(stack.name)
            elif not is_same(current, former):
                move._give_up(f"Stack {stack.name}")
        return move

    def carry_out(self) -> None:
        """Write what is not written yet, and see that both previews are empty; else take everything back.

        Raises:
            CommandError: both states and the file are what they were, or another program changed one, as the message says.
        """
        for stack in (self.source, self.target):
            stack.refuse_if_in_use()
        for name, document in zip(self.note.backups, self.former, strict=True):
            backups.write(self.source.root / name, _text(document))
        backups.write(note_path(self.source.root, self.note.customer), json.dumps(vars(self.note), ensure_ascii=False))
        try:
            self._replace(self.target, self.former[1], self.planned.target)
            self._replace(self.source, self.former[0], self.planned.source)
            self._write_file()
            changes = [(stack, stack.changes()) for stack in (self.source, self.target)]
        except BaseException:
            self._take_back()
            raise
        if different := [(stack, found) for stack, found in changes if found]:
            self._take_back()
            self._refuse(*different[0])
        backups.discard(note_path(self.source.root, self.note.customer))

    def _moved(self, source: Document) -> deployments.Moved:
        note = self.note
        return deployments.move(source, self.former[1], note.customer, note.project, (note.source, note.target))

    def _replace(self, stack: Stack, former: Document, planned: Document) -> None:
        if stack.name in self._written:
            return
        if not is_same(stack.export()[1], former):
            self._changed_meanwhile(f"Stack {stack.name}")
        text = _text(self._for_import()) if stack is self.target else _text(planned)
        stack.refuse_if_in_use()  # a run that the export has not seen whole is still there
        self._written.add(stack.name)
        stack.import_(text)
        if not is_same(stack.export()[1], planned):
            self._changed_meanwhile(f"Stack {stack.name}")

    def _for_import(self) -> Document:
        """The target's new state, with the secrets that arrive in the clear: its secrets provider encrypts them."""
        arriving = self.source.export_in_clear()
        if not is_same(arriving, self.former[0]):
            self._changed_meanwhile(f"Stack {self.source.name}")
        return self.target.with_secrets_provider(self._moved(arriving).target)

    def _write_file(self) -> None:
        path = self.source.root / self.note.file
        current = read_file(path)
        if current not in {self.note.before, self.note.after}:
            self._changed_meanwhile(self.note.file)
        self._written.add(self.note.file)
        if current != self.note.after:
            project_file.replace(path, self.note.after, path.stat().st_mode & 0o777)

    def _take_back(self) -> None:
        """Make both states and the file what they were."""
        path = self.source.root / self.note.file
        if self.note.file in self._written and (current := read_file(path)) != self.note.before:
            if current != self.note.after:
                self._give_up(self.note.file)
            project_file.replace(path, self.note.before, path.stat().st_mode & 0o777)
        self._restore(self.source, self.former[0], self.planned.source)
        self._restore(self.target, self.former[1], self.planned.target)
        backups.discard(note_path(self.source.root, self.note.customer))
        for name in self.note.backups:
            backups.discard(self.source.root / name)

    def _restore(self, stack: Stack, former: Document, planned: Document) -> None:
        if stack.name not in self._written:
            return
        current = stack.export()[1]
        if is_same(current, former):
            return
        if not is_same(current, planned):
            self._give_up(f"Stack {stack.name}")
        stack.import_(_text(former))
        if not is_same(stack.export()[1], former):
            self._give_up(f"Stack {stack.name}")

    def _changed_meanwhile(self, what: str) -> NoReturn:
        raise CommandError(
            f"{what} was changed meanwhile by another program, so customer {self.note.customer} was not moved. Run the command again."
        )

    def _give_up(self, what: str) -> NoReturn:
        raise CommandError(
            f"{what} was changed by another program while customer {self.note.customer} was moved, so it is left as it is. The states before the "
            f"move are in {' and '.join(self.note.backups)}. See what `w365 fleet` says, correct it, then remove "
            f"{note_path(self.source.root, self.note.customer).name}."
        )

    def _refuse(self, stack: Stack, changes: list[str]) -> NoReturn:
        raise CommandError(
            f"Customer {self.note.customer} was not moved: both states and its file are what they were, because a preview of stack {stack.name} would "
            f"change something afterwards ({'; '.join(changes)}). Deploy that first, or correct it."
        )


def new_note(assignment: Assignment, root: Path) -> Note:
    """The note of a move that begins now.

    Raises:
        CommandError: the customer's file cannot be read, or its ring cannot be changed.
    """
    customer, path = assignment.customer, assignment.customer.file
    before = read_file(path)
    after = before if customer.ring == assignment.ring else ring_line.with_ring(before, assignment.ring, str(path))
    begun = f"w365-move-{customer.key}-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"
    names = (f"{begun}-{assignment.source}.json", f"{begun}-{assignment.target}.json")
    file = str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
    return Note(
        customer.key, assignment.project, assignment.source, assignment.target, assignment.ring, file, before, after, names
    )


def read_file(path: Path) -> str:
    """The text of a customer's file, with its line ends and its byte order mark.

    Raises:
        CommandError: it cannot be read.
    """
    try:
        return input_files.read_regular_file(path).decode("utf-8")
    except (input_files.FileError, UnicodeDecodeError) as problem:
        raise CommandError(f"{input_files.display_path(path)} cannot be read: {problem}.") from problem


def _text(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False)
