"""How an environment goes: exported first where a backup is wanted, deleted, and seen to be gone."""

import json
import logging
import os
from datetime import UTC, datetime
from pathlib import Path

from pulumi_workspace365 import errors, files
from pulumi_workspace365.directory import Directory
from pulumi_workspace365.interrupted import patience

log = logging.getLogger("pulumi_workspace365")


def delete(directory: Directory, name: str) -> None:
    """Delete the environment for good and wait until the list shows it (spec §4.3, A-9).

    Raises:
        errors.Refused: a backup is configured and could not be made; nothing was deleted.
        errors.Unavailable: it is still listed; the resource stays in state.
    """
    if directory.client.settings.backup_dir:
        _back_up(directory, name, Path(directory.client.settings.backup_dir))
    try:
        with directory.writing():
            directory.client.delete_environment(name)
    except errors.NotFound:
        log.info("environment %r was already gone", name)
    if directory.wait_for(name, lambda entry: entry is None, patience(directory)) is not None:
        raise errors.Unavailable(
            f"Environment {name!r} is still listed {patience(directory):g} s after its deletion was accepted: run it again."
        )
    directory.forget(name)


def _back_up(directory: Directory, name: str, folder: Path) -> None:
    readable = "".join(character if character.isalnum() or character in "-_" else "_" for character in name)
    path = folder / f"{readable}-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}.json"
    try:
        exported = directory.client.export_environment(name)
        files.make_folder(folder)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(exported, file, ensure_ascii=False, indent=2)
            file.flush()
            os.fsync(file.fileno())
    except (errors.W365Error, OSError) as problem:
        why = problem.strerror if isinstance(problem, OSError) else str(problem)
        raise errors.Refused(
            f"Environment {name!r} was not deleted, because no backup could be written to {folder} (w365:backupDir): {why}"
        ) from problem
    log.warning(
        "environment %r was exported to %s before its deletion; apps with other configuration are in it only in part", name, path
    )
