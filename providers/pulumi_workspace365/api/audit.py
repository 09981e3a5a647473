"""One JSON line per change made to an instance, when ``W365_AUDIT`` names a file or ``stderr``. Never a secret.

Fields: ``time`` (ISO 8601, UTC), ``instance``, ``operation`` (words), ``method``, ``path``, ``outcome`` (``done`` or the error's
class), ``milliseconds``, ``who``, ``commit`` and ``run`` (if CI provides them), ``resource`` (its URN, if the host provides it).
"""

import getpass
import json
import logging
import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

from pulumi_dynamic_host import context, redaction, safe_text
from pulumi_workspace365 import errors

log = logging.getLogger("pulumi_workspace365")

_WHO = ("GITHUB_ACTOR", "GITLAB_USER_LOGIN", "BUILD_REQUESTEDFOREMAIL", "BUILD_REQUESTEDFOR")
_COMMIT = ("GITHUB_SHA", "CI_COMMIT_SHA", "BUILD_SOURCEVERSION")
_RUN = ("GITHUB_RUN_ID", "CI_PIPELINE_ID", "BUILD_BUILDID")

_lock = threading.Lock()


@contextmanager
def record_change(instance: str, operation: str, method: str, path: str) -> Iterator[None]:
    """Record what becomes of the change made in the ``with`` block. A line that cannot be written afterwards is a warning.

    Raises:
        errors.ConfigurationError: before the block, when the file cannot be written: a change that must be recorded is not made.
    """
    target = os.environ.get("W365_AUDIT", "").strip()
    if not target:
        yield
        return
    _check(target)
    began, outcome = time.monotonic(), "interrupted"
    line = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "instance": instance,
        "operation": operation,
        "method": method,
        "path": path,
    }
    try:
        yield
        outcome = "done"
    except errors.W365Error as problem:
        outcome = type(problem).__name__
        raise
    finally:
        result = {"outcome": outcome, "milliseconds": round((time.monotonic() - began) * 1000)}
        try:
            _write(target, {**line, **result, **_origin(os.environ), "resource": context.current().urn or None})
        except Exception as problem:  # noqa: BLE001  the change was made: what became of it must not be lost for its audit line
            why = problem.strerror if isinstance(problem, OSError) and problem.strerror else type(problem).__name__
            log.warning("the audit line of %r could not be written to %s (%s): %s", operation, target, outcome, why)


def _origin(environ: Mapping[str, str]) -> dict[str, str | None]:
    def first(names: tuple[str, ...]) -> str | None:
        return next((environ[name] for name in names if environ.get(name)), None)

    return {"who": first(_WHO) or _user(), "commit": first(_COMMIT), "run": first(_RUN)}


def _user() -> str | None:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return None


def _check(target: str) -> None:
    if target == "stderr":
        return
    try:
        os.close(_opened(target))
    except (OSError, ValueError) as problem:
        why = problem.strerror if isinstance(problem, OSError) else "no such name is possible"
        raise errors.ConfigurationError(
            f"W365_AUDIT names {target}, which cannot be written: {why}. No change is made unrecorded."
        ) from problem


def _write(target: str, line: Mapping[str, object]) -> None:
    text = (
        safe_text.escaped_json(
            redaction.redact(json.dumps({name: value for name, value in line.items() if value is not None}, ensure_ascii=False))
        )
        + "\n"
    )
    with _lock:
        if target == "stderr":
            sys.stderr.write(text)
            sys.stderr.flush()
            return
        with os.fdopen(_opened(target), "ab") as file:
            file.write(text.encode("utf-8", "backslashreplace"))


def _opened(target: str) -> int:
    """Open for appending, without waiting for the reader of a pipe."""
    return os.open(target, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NONBLOCK", 0), 0o600)
