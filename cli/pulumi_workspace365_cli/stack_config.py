"""The stack's configuration, read from its files; by the Pulumi CLI where only that can. A secret is decrypted when it is asked for.

The only module here that knows the embedded engine: its reader follows the CLI's rules.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pulumi_dynamic_host import redaction
from pulumi_embedded_engine.errors import EngineError, NeedsPulumiCLI
from pulumi_embedded_engine.store.names import StackName
from pulumi_embedded_engine.store.secrets import PassphraseSecrets, passphrase_from_environment
from pulumi_embedded_engine.workspace.config import StackFile
from pulumi_embedded_engine.workspace.project import Project
from pulumi_workspace365_cli import processes
from pulumi_workspace365_cli.errors import CommandError

Lookup = Callable[[str], str | None]


class NeedsTheCLI(CommandError):
    """Only the Pulumi CLI can read this project or stack."""


def variable(key: str) -> str:
    """The environment variable beside a key: ``w365:baseUrl`` is W365_BASE_URL."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key.replace(":", "_")).upper()


def stacks(root: Path) -> list[str]:
    """The stacks of a project that have a configuration file.

    Raises:
        CommandError: the project cannot be read.
        NeedsTheCLI: only the CLI can.
    """
    with _refusals():
        files = Project.load(root).stack_config_dir.glob("Pulumi.*.yaml")
    return sorted(path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in files)


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
            return _from_files(root, stack, environ)
    except NeedsTheCLI:
        if not processes.pulumi(environ):
            raise
    return _from_cli(root, stack, environ)


def document(root: Path, stack: str | None, environ: Mapping[str, str], key: str) -> Any:
    """A structured value of the stack's configuration, its secrets decrypted; ``None`` where the key is not set.

    Raises:
        CommandError: the project's files are malformed, a secret cannot be decrypted, or a CLI is needed that is not there.
    """
    try:
        if stack is not None:
            return _document_from_file(root, stack, environ, key)
    except NeedsTheCLI:
        if not processes.pulumi(environ):
            raise
    entry = _entries_from_cli(root, stack, environ).get(key)
    if entry is None:
        return None
    return entry["objectValue"] if "objectValue" in entry else _parsed(entry.get("value"))


def _document_from_file(root: Path, stack: str, environ: Mapping[str, str], key: str) -> Any:
    with _refusals():
        file = StackFile.load(_stack_file(Project.load(root), stack))

    def plain(value: Any) -> Any:
        if isinstance(value, Mapping):
            if value.keys() == {"secure"} and isinstance(value["secure"], str):
                return _decrypted(file, value["secure"], environ)
            return {name: plain(item) for name, item in value.items()}
        return [plain(item) for item in value] if isinstance(value, list) else value

    value = plain(file.config.get(key))
    return _parsed(value) if isinstance(value, str) else value


def _parsed(text: Any) -> Any:
    """What ``pulumi config set`` without ``--path`` keeps is a text that holds JSON."""
    try:
        return json.loads(text)
    except (TypeError, ValueError):
        return text


def _stack_file(project: Project, stack: str) -> Path:
    """Where the configuration of a stack is, whose name may be qualified."""
    return project.stack_file(StackName.parse(stack, project.name).name)


@contextmanager
def _refusals() -> Iterator[None]:
    """The engine's refusals as those of a command."""
    try:
        yield
    except NeedsPulumiCLI as problem:
        raise NeedsTheCLI(str(problem)) from problem
    except EngineError as problem:
        raise CommandError(str(problem)) from problem


def _from_files(root: Path, stack: str, environ: Mapping[str, str]) -> Lookup:
    with _refusals():
        project = Project.load(root)
        file = StackFile.load(_stack_file(project, stack))
    defaults = {key: declared.default for key, declared in project.declared_config.items()}

    def get(key: str) -> str | None:
        value: Any = file.config.get(key, defaults.get(key))
        if isinstance(value, Mapping) and isinstance(value.get("secure"), str):
            return _decrypted(file, value["secure"], environ)
        return None if value is None else str(value)

    return get


def _decrypted(file: StackFile, ciphertext: str, environ: Mapping[str, str]) -> str:
    if not file.encryption_salt:
        raise CommandError(
            f"{file.source.path} holds a secret but no encryptionsalt: set the secret again with `pulumi config set --secret`."
        )
    with _refusals():
        secret = PassphraseSecrets(passphrase_from_environment(environ), file.encryption_salt).decrypt(ciphertext)
    redaction.register(secret)
    return secret


def _from_cli(root: Path, stack: str | None, environ: Mapping[str, str]) -> Lookup:
    entries = _entries_from_cli(root, stack, environ)
    return lambda key: None if entries.get(key, {}).get("value") is None else str(entries[key]["value"])


def _entries_from_cli(root: Path, stack: str | None, environ: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    command = [*(processes.pulumi(environ) or ()), "config", "--json", "--show-secrets", "--non-interactive"]
    text = processes.ask([*command, *(["--stack", stack] if stack else [])], root, environ, "read the stack's configuration")
    try:
        entries: dict[str, dict[str, Any]] = json.loads(text)
        redaction.register(*(str(entry.get("value") or "") for entry in entries.values() if entry.get("secret")))
    except (ValueError, AttributeError):
        raise CommandError("Could not read the stack's configuration: `pulumi config --json` printed something else.") from None
    return entries
