"""``W365_LOG``: what a command does, line by line on standard error, for a bug report."""

import logging
from collections.abc import Mapping

from pulumi_dynamic_host import redaction, safe_text
from pulumi_workspace365_cli.errors import CommandError

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING}
_PACKAGES = ("pulumi_workspace365", "pulumi_workspace365_components")


class _OneLine(logging.Formatter):
    """Time, level, module and text in one line, without known secrets."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        return safe_text.one_line(redaction.redact(super().format(record)))


def enable(environ: Mapping[str, str]) -> None:
    """Write the log of this project's packages to standard error, from the level on that ``W365_LOG`` names, if it is set.

    Raises:
        CommandError: it names no level.
    """
    named = environ.get("W365_LOG", "").strip().lower()
    if not named:
        return
    if named not in _LEVELS:
        raise CommandError(f"W365_LOG must be {', '.join(_LEVELS)} or unset, not {named!r:.40}.")
    handler = logging.StreamHandler()
    handler.setFormatter(_OneLine())
    for package in _PACKAGES:
        log = logging.getLogger(package)
        log.setLevel(_LEVELS[named])
        log.addHandler(handler)
        log.propagate = False
