"""Deletes an environment: exports it first if a backup is configured, and verifies that it is gone."""

import json
import logging
from datetime import UTC, datetime
from pathlib import Path

from pulumi_workspace365 import errors
from pulumi_workspace365.documents import input_files
from pulumi_workspace365.lifecycle.environment_cache import EnvironmentCache
from pulumi_workspace365.lifecycle.interrupted_creates import settle_timeout

log = logging.getLogger("pulumi_workspace365")

_LONGEST_NAME = 60
"""Characters of the environment's name in that of its backup: a file's name has 255 bytes at most."""


def delete(cache: EnvironmentCache, name: str) -> None:
    """Delete the environment for good and wait until the list shows it (docs/provisioning-api.md#delete, A-9).

    Raises:
        errors.Refused: a backup is configured and could not be made; nothing was deleted.
        errors.Unavailable: it is still listed; the resource stays in state.
    """
    if cache.client.settings.backup_dir:
        _back_up(cache, name, Path(cache.client.settings.backup_dir))
    try:
        with cache.track_write():
            cache.client.delete_environment(name)
    except errors.NotFound:
        log.info("environment %r was already gone", name)
    if cache.wait_for(name, lambda entry: entry is None, settle_timeout(cache)) is not None:
        raise errors.Unavailable(
            f"Environment {name!r} is still listed {settle_timeout(cache):g} s after its deletion was accepted: run it again."
        )
    cache.forget(name)


def _back_up(cache: EnvironmentCache, name: str, folder: Path) -> None:
    readable = "".join(character if character.isalnum() or character in "-_" else "_" for character in name[:_LONGEST_NAME])
    path = folder / f"{readable}-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}.json"
    try:
        exported = json.dumps(cache.client.export_environment(name), ensure_ascii=False, indent=2)
        input_files.make_folder(folder)
        input_files.write_new(path, exported.encode("utf-8", "backslashreplace"))  # half a surrogate pair as JSON's own escape
    except (errors.W365Error, OSError, ValueError, RecursionError) as problem:
        why = problem.strerror if isinstance(problem, OSError) else str(problem)
        raise errors.Refused(
            f"Environment {name!r} was not deleted, because no backup could be written to {folder} (w365:backupDir): {why}"
        ) from problem
    log.warning(
        "environment %r was exported to %s before its deletion; apps with other configuration are in it only in part", name, path
    )
