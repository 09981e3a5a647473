"""A migration, all or nothing. Whenever it is killed, the stack has its former state or the new one, and running it again completes it.

The backup is written first and is, under its name, the note that a migration is not complete.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from pulumi_workspace365.documents import input_files
from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.migration import fronts
from pulumi_workspace365_cli.migration.fronts import Front
from pulumi_workspace365_cli.migration.rewriting import Rewritten, rewrite
from pulumi_workspace365_cli.stack_edits import backups
from pulumi_workspace365_cli.stack_edits import stack as stacks
from pulumi_workspace365_cli.stack_edits.stack import Document, Stack, is_same

_CLASSES = {"native": "pulumi_workspace365.native", "dynamic": "pulumi_workspace365"}
_OTHER: dict[Front, Front] = {"native": "dynamic", "dynamic": "native"}


@dataclass(frozen=True)
class Outcome:
    """What was done; without a backup nothing was written."""

    moved: dict[str, str]
    backup: Path | None = None


def plan(stack: Stack, to: Front) -> Outcome:
    """What a migration would do. Writes nothing.

    Raises:
        CommandError: it cannot be done, or one was interrupted.
    """
    for front in _OTHER:
        if input_files.exists(_backup(stack, front)):
            raise CommandError(f"A migration of stack {stack.name} was interrupted: run `w365 migrate --to {front}` first.")
    return Outcome(dict(_rewritten(stack, stack.export()[1], to).moved))


def migrate(stack: Stack, to: Front) -> Outcome:
    """Rewrite the state, see that a preview is empty, else restore it.

    Raises:
        CommandError: the stack has its former state, or another program changed it meanwhile, as the message says.
    """
    with stack.exclusive_lock():
        return _migrate(stack, to)


def _migrate(stack: Stack, to: Front) -> Outcome:
    if input_files.exists(_backup(stack, _OTHER[to])):
        raise CommandError(
            f"A migration of stack {stack.name} was interrupted: run `w365 migrate --to {_OTHER[to]}` first, which completes or reverts it."
        )
    backup = _backup(stack, to)
    stack.refuse_if_in_use()
    text, current = stack.export()
    if input_files.exists(backup):
        former_text = backups.read(backup)
        former = stacks.parse(former_text, str(backup))
        rewritten = rewrite(former, to)
        if is_same(current, rewritten.document):
            return _verified(stack, to, former_text, rewritten)
        if not is_same(current, former):
            raise CommandError(
                f"Stack {stack.name} was changed after a migration that was interrupted, so it is left as it is. "
                f"The state before the migration is in {backup}: move that file away, then run the command again."
            )
        backups.discard(backup)
    rewritten = _rewritten(stack, current, to)
    if not rewritten.moved:
        return Outcome({})
    backups.write(backup, text)
    if not is_same(stack.export()[1], current):
        backups.discard(backup)
        raise CommandError(
            f"Stack {stack.name} was changed meanwhile by another run: nothing was written. Run the command again."
        )
    try:
        stack.refuse_if_in_use()  # a run that the export has not seen whole is still there
        stack.import_(_text(rewritten.document))
    except CommandError:
        if is_same(stack.export()[1], current):
            backups.discard(backup)
        raise
    return _verified(stack, to, text, rewritten)


def _rewritten(stack: Stack, document: Document, to: Front) -> Rewritten:
    """The export on the other front, if nothing is under way on the former one, which only its own resources can recognize."""
    rewritten = rewrite(document, to)
    types = frozenset(kind.type(_OTHER[to]) for kind in fronts.kinds())
    if rewritten.moved and (names := stack.unrecorded_creates(document, types)):
        raise CommandError(
            f"A run that was interrupted may have created {', '.join(names)}, which stack {stack.name} does not have yet: complete that with "
            f"`pulumi up` of the program on the {_OTHER[to]} front before the migration."
        )
    return rewritten


def _verified(stack: Stack, to: Front, former: str, rewritten: Rewritten) -> Outcome:
    """The end of a migration whose state is written."""
    backup = _backup(stack, to)
    if not is_same(stack.export()[1], rewritten.document):
        raise CommandError(
            f"Stack {stack.name} was changed by another run right after its state was migrated, so it is left as it is. The state before the "
            f"migration is in {backup}."
        )
    try:
        changes = stack.changes()
    except BaseException:
        _restore(stack, former, rewritten, backup)
        raise
    if changes:
        _restore(stack, former, rewritten, backup)
        _refuse(stack, to, changes)
    kept = _named(stack, f"before-{to}-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}")
    backups.rename(backup, kept)
    return Outcome(dict(rewritten.moved), kept)


def _restore(stack: Stack, former: str, rewritten: Rewritten, backup: Path) -> None:
    if not is_same(stack.export()[1], rewritten.document):
        raise CommandError(
            f"Stack {stack.name} was changed by another run while its preview was made, so it is left as it is. The state before the migration "
            f"is in {backup}."
        )
    stack.import_(former)
    if not is_same(stack.export()[1], stacks.parse(former, str(backup))):
        raise CommandError(
            f"Stack {stack.name} could not be restored to what it was; its state before the migration is in {backup}: "
            f"`pulumi stack import --stack {stack.name} --file {backup.name}`."
        )
    backups.discard(backup)


def _refuse(stack: Stack, to: Front, changes: list[str]) -> NoReturn:
    raise CommandError(
        f"Stack {stack.name} was not migrated: its former state was restored, because a preview of the program on the {to} front would change "
        f"something ({'; '.join(changes)}). The program must import its classes from {_CLASSES[to]} before this command runs, and must be "
        "otherwise what was deployed last; its settings must have the names of that front."
    )


def _backup(stack: Stack, to: Front) -> Path:
    return _named(stack, f"to-{to}-unfinished")


def _named(stack: Stack, what: str) -> Path:
    return stack.root / f"w365-migrate-{stack.name.replace('/', '.')}-{what}.json"


def _text(document: Document) -> str:
    return json.dumps(document, ensure_ascii=False)
