"""The stack's configuration, read from its files by the embedded engine, which follows the CLI's rules. Only this module imports the engine."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pulumi_dynamic_host import redaction
from pulumi_workspace365_cli import processes
from pulumi_workspace365_cli.errors import CommandError, PulumiCLIRequired

try:
    from pulumi_embedded_engine.errors import EngineError, NeedsPulumiCLI
    from pulumi_embedded_engine.store.backend import Backend
    from pulumi_embedded_engine.store.names import StackName
    from pulumi_embedded_engine.store.secrets import PassphraseSecrets, passphrase_from_environment
    from pulumi_embedded_engine.workspace.config import StackFile
    from pulumi_embedded_engine.workspace.project import Project
    from pulumi_embedded_engine.workspace.selected import SelectedStack
except ModuleNotFoundError as problem:
    if problem.name != "pulumi_embedded_engine":
        raise
    raise PulumiCLIRequired(
        f"The stack's configuration is read by the Pulumi CLI or the embedded engine, and {processes.NEITHER}."
    ) from problem


def stacks(root: Path) -> list[str]:
    """The stacks of a project that have a configuration file; ``Pulumi.NAME.example.yaml`` is an example, and no stack.

    Raises:
        CommandError: the project cannot be read.
        PulumiCLIRequired: only the CLI can.
    """
    with _refusals():
        files = Project.load(root).stack_config_dir.glob("Pulumi.*.yaml")
    names = (path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in files)
    return sorted(name for name in names if not name.endswith(".example"))


def selected(root: Path, environ: Mapping[str, str]) -> str:
    """The stack that ``pulumi stack select`` selected for a project, of the CLI or the embedded engine; empty where none is.

    Raises:
        CommandError, PulumiCLIRequired: as ``stacks``, or the selection is damaged.
    """
    with _refusals():
        project = Project.load(root)
        full = SelectedStack(project, _backend(project, environ), environ).name()
    return full.rpartition("/")[2] if full.startswith("organization/") else full


def _backend(project: Project, environ: Mapping[str, str]) -> str:
    """The address of the backend; without a variable and an entry in Pulumi.yaml, the one that the CLI is logged in to."""
    if url := environ.get("PULUMI_BACKEND_URL") or project.backend_url:
        return url
    home = Path(environ.get("PULUMI_HOME") or Path(environ.get("HOME") or "~").expanduser() / ".pulumi")
    try:
        return str(json.loads((home / "credentials.json").read_text("utf-8"))["current"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def lock_files(root: Path, stack: str, environ: Mapping[str, str]) -> list[Path]:
    """The files by which runs hold a stack whose backend is a folder.

    Raises:
        CommandError, PulumiCLIRequired: as ``stacks``, or the backend is none.
    """
    with _refusals():
        project = Project.load(root)
        folder = Backend.from_url(_backend(project, environ)).root / ".pulumi/locks/organization" / project.name
    return sorted((folder / stack.rpartition("/")[2]).glob("*.json"))


def encryption_salt(root: Path, stack: str) -> str:
    """The ``encryptionsalt`` of a stack's file; empty where it has none.

    Raises:
        CommandError, PulumiCLIRequired: as ``stacks``.
    """
    with _refusals():
        return StackFile.load(_stack_file(Project.load(root), stack)).encryption_salt


def program_folder(root: Path) -> tuple[str, Path]:
    """The name of a project, and the folder in which its program runs.

    Raises:
        CommandError, PulumiCLIRequired: as ``stacks``.
    """
    with _refusals():
        project = Project.load(root)
    return project.name, project.program_dir


def lookup(root: Path, stack: str, environ: Mapping[str, str]) -> Callable[[str], str | None]:
    """A function from full keys to values, ``None`` if unset; it decrypts a secret on access.

    Raises:
        CommandError, PulumiCLIRequired: as ``stacks``; from the function, where a secret cannot be decrypted.
    """
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


def document(root: Path, stack: str, environ: Mapping[str, str], key: str) -> Any:
    """A value as it stands in the file, its secrets decrypted; ``None`` where the key is not set.

    Raises:
        CommandError, PulumiCLIRequired: as ``stacks``, or a secret cannot be decrypted.
    """
    with _refusals():
        project = Project.load(root)
        file = StackFile.load(_stack_file(project, stack))

    def plain(value: Any) -> Any:
        if isinstance(value, Mapping):
            if value.keys() == {"secure"} and isinstance(value["secure"], str):
                return _decrypted(file, value["secure"], environ)
            return {name: plain(item) for name, item in value.items()}
        return [plain(item) for item in value] if isinstance(value, list) else value

    declared = project.declared_config.get(key)
    return plain(file.config.get(key, declared.default if declared else None))


def _stack_file(project: Project, stack: str) -> Path:
    """Where the configuration of a stack is, whose name may be qualified."""
    return project.stack_file(StackName.parse(stack, project.name).name)


@contextmanager
def _refusals() -> Iterator[None]:
    """The engine's refusals as those of a command."""
    try:
        yield
    except NeedsPulumiCLI as problem:
        raise PulumiCLIRequired(str(problem)) from problem
    except EngineError as problem:
        raise CommandError(str(problem)) from problem


def _decrypted(file: StackFile, ciphertext: str, environ: Mapping[str, str]) -> str:
    if not file.encryption_salt:
        raise CommandError(
            f"{file.source.path} holds a secret but no encryptionsalt: set the secret again with `pulumi config set --secret`."
        )
    with _refusals():
        secret = PassphraseSecrets(passphrase_from_environment(environ), file.encryption_salt).decrypt(ciphertext)
    redaction.register(secret)
    return secret
