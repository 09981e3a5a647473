"""Gives a stack another name: what it has is copied to the new one, and only then taken from the old one.

Wherever this ends before its time, the deployment is under the old name, under the new one, or under both; the same rename completes
what was begun.
"""

from collections.abc import Callable
from pathlib import Path

from pulumi_embedded_engine.errors import StateError, accessing
from pulumi_embedded_engine.store.files import exists, make_folder, sync_directory, write_atomically
from pulumi_embedded_engine.store.names import StackName
from pulumi_embedded_engine.store.renaming import renamed
from pulumi_embedded_engine.store.stack_store import StackStore


def relocate(old: StackStore, new: StackStore, move_configuration: Callable[[], None]) -> None:
    """Rename a stack, its history and its tags.

    Args:
        old: the stack.
        new: the stack that it is to be.
        move_configuration: called once the deployment is complete under the new name.

    Raises:
        LockedError: another process holds one of the two.
        StateError: there is a stack of the new name, or a file cannot be written.
    """
    if new.qualified_name == old.qualified_name or _is_one_file(old.path, new.path):
        raise _exists(old, new)
    with old.lock(), new.lock():
        document = renamed(old.document(), StackName(old.project, old.name), StackName(new.project, new.name))
        data = new.checkpoint.encode(document)
        if not new.exists():
            new.checkpoint.replace(data)
        elif new.checkpoint.read() != data:  # else a rename that was killed has written it
            raise _exists(old, new)
        with accessing(new.path):
            if exists(old.tags_path):
                write_atomically(new.tags_path, old.tags_path.read_bytes())
            _move_history(old, new)
        move_configuration()
        old.retire()


def _exists(old: StackStore, new: StackStore) -> StateError:
    return StateError(f"a stack named {new.name if new.project == old.project else new.qualified_name} already exists")


def _is_one_file(old: Path, new: Path) -> bool:
    """Whether two names are one, as where file names differ in case alone."""
    return exists(new) and exists(old) and new.samefile(old)


def _move_history(old: StackStore, new: StackStore) -> None:
    if not exists(old.history):
        return
    make_folder(new.history)
    for path in sorted(old.history.iterdir()):
        name, dash, rest = path.name.rpartition("-")
        if dash and name == old.name:
            path.replace(new.history / f"{new.name}-{rest}")
    sync_directory(new.history)
