"""One JSON line per change made to an instance, when ``W365_AUDIT`` names a file or ``stderr``. Never a secret.

Fields: ``time`` (ISO 8601, UTC), ``instance``, ``operation`` (words), ``method``, ``path``, ``outcome`` (``done`` or the error's
class), ``milliseconds``, ``who``, ``commit`` and ``run`` (where CI tells), ``resource`` (its URN, where the host tells).
"""

import getpass
import json
import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from pulumi_workspace365 import errors, redaction
from pulumi_workspace365.host import context

_WHO = ("GITHUB_ACTOR", "GITLAB_USER_LOGIN", "BUILD_REQUESTEDFOREMAIL", "BUILD_REQUESTEDFOR")
_COMMIT = ("GITHUB_SHA", "CI_COMMIT_SHA", "BUILD_SOURCEVERSION")
_RUN = ("GITHUB_RUN_ID", "CI_PIPELINE_ID", "BUILD_BUILDID")

_lock = threading.Lock()


@contextmanager
def recorded(instance: str, operation: str, method: str, path: str) -> Iterator[None]:
    """Record what becomes of the change made in the ``with`` block.

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
        taken = {"outcome": outcome, "milliseconds": round((time.monotonic() - began) * 1000)}
        _write(target, {**line, **taken, **_origin(os.environ), "resource": context.current().urn or None})


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
        with Path(target).open("a", encoding="utf-8"):
            pass
    except OSError as problem:
        raise errors.ConfigurationError(
            f"W365_AUDIT names {target}, which cannot be written: {problem.strerror}. No change is made unrecorded."
        ) from None


def _write(target: str, line: Mapping[str, object]) -> None:
    text = (
        redaction.redact(json.dumps({name: value for name, value in line.items() if value is not None}, ensure_ascii=False))
        + "\n"
    )
    with _lock:
        if target == "stderr":
            sys.stderr.write(text)
            sys.stderr.flush()
            return
        with Path(target).open("a", encoding="utf-8") as file:
            file.write(text)
