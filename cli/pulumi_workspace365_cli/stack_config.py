"""The stack's configuration, read from its files, or by the Pulumi CLI if only the CLI can read it. Secrets are decrypted on access.

What reads the files needs the embedded engine, which may not be installed; it is imported when it is needed.
"""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pulumi_dynamic_host import redaction
from pulumi_workspace365_cli import processes
from pulumi_workspace365_cli.errors import CommandError, PulumiCLIRequired

Lookup = Callable[[str], str | None]
CHECKS = "workspace365:checks"
"""The key under which a stack holds checks of what it deployed."""


def variable(key: str) -> str:
    """The environment variable beside a key: ``w365:baseUrl`` is W365_BASE_URL."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key.replace(":", "_")).upper()


def stacks(root: Path) -> list[str]:
    """The stacks of a project that have a configuration file.

    Raises:
        CommandError: the project cannot be read.
        PulumiCLIRequired: only the CLI can.
    """
    from pulumi_workspace365_cli import config_files  # noqa: PLC0415  it needs the embedded engine

    return config_files.stacks(root)


def selected(root: Path, environ: Mapping[str, str]) -> str:
    """The stack that ``pulumi stack select`` selected; empty where none is, or where the selection cannot be read.

    Raises:
        PulumiCLIRequired: only the CLI can read the project.
    """
    from pulumi_workspace365_cli import config_files  # noqa: PLC0415  it needs the embedded engine

    try:
        return config_files.selected(root, environ)
    except PulumiCLIRequired:
        raise
    except CommandError:
        return ""


def lock_files(root: Path, stack: str, environ: Mapping[str, str]) -> list[Path]:
    """The files by which runs hold a stack; empty where its backend is no folder, or cannot be read from here: it refuses by itself."""
    try:
        from pulumi_workspace365_cli import config_files  # noqa: PLC0415  it needs the embedded engine

        return config_files.lock_files(root, stack, environ)
    except CommandError:
        return []


def encryption_salt(root: Path, stack: str) -> str:
    """The salt of a stack whose secrets a passphrase protects; empty where its file has none, or cannot be read from here."""
    try:
        from pulumi_workspace365_cli import config_files  # noqa: PLC0415  it needs the embedded engine

        return config_files.encryption_salt(root, stack)
    except CommandError:
        return ""


def program_folder(root: Path) -> tuple[str, Path]:
    """The name of a project, and the folder in which its program runs.

    Raises:
        CommandError: the project cannot be read.
        PulumiCLIRequired: only the CLI can.
    """
    from pulumi_workspace365_cli import config_files  # noqa: PLC0415  it needs the embedded engine

    return config_files.program_folder(root)


def reader(root: Path, stack: str | None, environ: Mapping[str, str]) -> Lookup:
    """A function from full keys to values, ``None`` where unset. It raises CommandError where a secret cannot be decrypted.

    Args:
        root: the folder of Pulumi.yaml.
        stack: its name; ``None`` is the one that the CLI has selected.
        environ: where the passphrase of secrets and the CLI are found.

    Raises:
        CommandError: the project's files are malformed, or need a CLI that is not there or does not answer.
    """
    try:
        if stack is not None:
            from pulumi_workspace365_cli import config_files  # noqa: PLC0415  it needs the embedded engine

            return config_files.lookup(root, stack, environ)
    except PulumiCLIRequired:
        if not processes.find_pulumi(environ):
            raise
    return _from_cli(root, stack, environ)


def document(root: Path, stack: str | None, environ: Mapping[str, str], key: str) -> Any:
    """A structured value of the stack's configuration, its secrets decrypted; ``None`` where the key is not set.

    Raises:
        CommandError: the project's files are malformed, a secret cannot be decrypted, or a CLI is needed that is not there.
    """
    try:
        if stack is not None:
            from pulumi_workspace365_cli import config_files  # noqa: PLC0415  it needs the embedded engine

            return _parsed(config_files.document(root, stack, environ, key))
    except PulumiCLIRequired:
        if not processes.find_pulumi(environ):
            raise
    entry = _entries_from_cli(root, stack, environ).get(key)
    if entry is None:
        return None
    return entry["objectValue"] if "objectValue" in entry else _parsed(entry.get("value"))


def rings(root: Path, stack: str, environ: Mapping[str, str]) -> tuple[str, ...] | None:
    """The rings that a stack deploys; ``None`` is all.

    Raises:
        CommandError: the setting is malformed, or the project's files are.
    """
    project, _ = program_folder(root)
    stated = document(root, stack, environ, f"{project}:rings")
    if stated is None:
        return None
    if not (isinstance(stated, list) and all(isinstance(ring, str) for ring in stated)):
        raise CommandError(f"Stack {stack}: {project}:rings: it must be a list, such as [canary, broad].")
    return tuple(stated)


def _parsed(value: Any) -> Any:
    """What ``pulumi config set`` without ``--path`` keeps is a text that holds JSON."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _from_cli(root: Path, stack: str | None, environ: Mapping[str, str]) -> Lookup:
    entries = _entries_from_cli(root, stack, environ)
    return lambda key: None if entries.get(key, {}).get("value") is None else str(entries[key]["value"])


def _entries_from_cli(root: Path, stack: str | None, environ: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    command = [*(processes.find_pulumi(environ) or ()), "config", "--json", "--show-secrets", "--non-interactive"]
    text = processes.capture_output(
        [*command, *(["--stack", stack] if stack else [])], root, environ, "read the stack's configuration"
    )
    try:
        entries: dict[str, dict[str, Any]] = json.loads(text)
        redaction.register(*(str(entry.get("value") or "") for entry in entries.values() if entry.get("secret")))
    except (ValueError, AttributeError):
        raise CommandError(
            "Could not read the stack's configuration: `pulumi config --json` did not print the expected JSON."
        ) from None
    return entries
