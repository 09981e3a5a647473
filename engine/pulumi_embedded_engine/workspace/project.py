"""Pulumi.yaml: what the project is called, how its program runs, which plugins it brings (Pulumi's sdk/go/common/workspace)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from pulumi_embedded_engine.errors import InvalidName, NeedsPulumiCLI, ProjectError
from pulumi_embedded_engine.store.files import exists, write_text_in_place
from pulumi_embedded_engine.store.names import is_path_segment, validate_project_name, validate_stack_name
from pulumi_embedded_engine.store.secrets import PassphraseSecrets
from pulumi_embedded_engine.store.secrets_change import TextChange
from pulumi_embedded_engine.workspace import config, config_declarations, config_edit, config_paths
from pulumi_embedded_engine.workspace.config import StackConfig
from pulumi_embedded_engine.workspace.config_paths import Element
from pulumi_embedded_engine.workspace.yaml_file import YamlFile, read_bytes_and_text, read_text

FILE_NAMES = ("Pulumi.yaml", "Pulumi.yml")
_TEXTS = ("name", "description", "main", "stackConfigDir")
_PLUGIN_KEYS = {"name", "path", "version"}


@dataclass(frozen=True)
class ProviderPlugin:
    """An entry of ``plugins.providers``; ``path`` is absolute."""

    name: str
    path: Path
    version: str = ""


@dataclass(frozen=True)
class Project:
    """A project; paths are absolute.

    ``program_dir`` is the folder the program runs in, ``program`` its file, or "." for the folder's ``__main__.py``.
    ``runtime_options`` may hold ``virtualenv``, ``toolchain`` and ``typechecker``; ``options`` may hold ``refresh``.
    """

    root: Path
    name: str
    description: str
    program_dir: Path
    program: str
    stack_config_dir: Path
    runtime_options: Mapping[str, Any]
    provider_plugins: tuple[ProviderPlugin, ...]
    options: Mapping[str, Any]
    backend_url: str
    declared_config: Mapping[str, config_declarations.Declaration]

    @classmethod
    def load(cls, directory: Path | str) -> Self:
        """The project of a folder or of the nearest folder above.

        Raises:
            ProjectError: there is none, or it is malformed; names file, line and key.
            NeedsPulumiCLI: the project uses what this engine does not support.
        """
        path = _find(Path(directory).absolute())
        file = YamlFile.load(path)
        content = _mapping(file, file.content)
        _check(file, content)
        root = path.parent
        program_dir, program = _program(file, root, content.get("main") or "")
        return cls(
            root=root,
            name=content["name"],
            description=content.get("description") or "",
            program_dir=program_dir,
            program=program,
            stack_config_dir=root / _stack_config_dir(file, content),
            runtime_options=_runtime_options(file, content),
            provider_plugins=_plugins(file, root, content),
            options=_options(file, content),
            backend_url=_mapping(file, content.get("backend"), "backend").get("url") or "",
            declared_config=config_declarations.declarations(file, content["name"], content.get("config")),
        )

    def stack_file(self, stack: str) -> Path:
        """Where the configuration of a stack is, by its plain name; the file may be missing.

        Raises:
            InvalidName: no stack can have the name.
        """
        return self.stack_config_dir / f"Pulumi.{validate_stack_name(stack)}.yaml"

    def encryption_salt(self, stack: str) -> str:
        """The salt of the stack's passphrase provider; empty for a stack without secrets yet.

        Raises:
            ProjectError: the stack's file is malformed.
            NeedsPulumiCLI: the stack uses another secrets provider.
        """
        return config.StackFile.load(self.stack_file(stack)).encryption_salt

    def set_encryption_salt(self, stack: str, salt: str) -> None:
        """Write the salt of a new stack to its file; everything else is unchanged.

        Raises:
            ProjectError: the file cannot be read or written.
        """
        path = self.stack_file(stack)
        former = read_text(path) if exists(path) else ""
        try:
            write_text_in_place(path, f"encryptionsalt: {salt}\n{former}")
        except (OSError, UnicodeError) as error:
            raise ProjectError(f"{path}: cannot be written: {getattr(error, 'strerror', None) or error}") from error

    def holds_only_salt(self, stack: str) -> bool:
        """Whether nothing that a person has set would be lost with a stack's file.

        Raises:
            ProjectError: the file is malformed.
        """
        return (config.StackFile.load(self.stack_file(stack)).source.content or {}).keys() <= {"encryptionsalt"}

    def config_encrypted_anew(self, stack: str, old: PassphraseSecrets, new: PassphraseSecrets) -> TextChange:
        """The change of a stack's file that encrypts its secrets again; nothing is written.

        Raises:
            ProjectError: the file is malformed, or is written in a way that is left to a person.
            SecretsError: a ``secure`` value cannot be decrypted.
        """
        path = self.stack_file(stack)
        self.stored_config(stack)
        before, text = read_bytes_and_text(path) if exists(path) else (b"", "")
        after = config_edit.encrypted_anew(path, text, new.encryption_salt, lambda secret: new.encrypt(old.decrypt(secret)))
        return TextChange(path, before, after)

    def displayed_config(self, stack: str, decrypt: Callable[[str], str]) -> dict[str, config.DisplayedValue]:
        """The values of a stack's file and the project's defaults by full key, whether or not they are all there.

        Raises:
            ProjectError: a file is malformed.
            SecretsError: a ``secure`` value cannot be decrypted.
        """
        return config.displayed_values(config.StackFile.load(self.stack_file(stack)), self.name, self.declared_config, decrypt)

    def full_key(self, stack: str, key: str) -> str:
        """A key with its namespace, as a person may leave it out.

        Raises:
            ProjectError: it is no key.
        """
        return config.name_of(config.StackFile.load(self.stack_file(stack)), self.name, key)[0]

    def shown_config_at(
        self, stack: str, key: str, path: Sequence[Element], decrypt: Callable[[str], str]
    ) -> config.DisplayedValue | None:
        """The value at a path below a key, as of `displayed_config`; None where there is none."""
        file = config.StackFile.load(self.stack_file(stack))
        return config.shown_at(file, self.name, self.declared_config, decrypt, key=key, path=path)

    def set_config(
        self, stack: str, key: str, value: str | bool | int | Mapping[str, str] | None, path: Sequence[Element] = ()
    ) -> None:
        """Set a value in a stack's file, a text or ``{"secure": ciphertext}``, or remove it; everything else is unchanged.

        Args:
            stack: the stack of the file.
            key: the value's key.
            value: None removes it.
            path: the path below the key; everything below that key is then rewritten.

        Raises:
            ProjectError: it is no key, or the file is malformed, cannot be written, or is written in a way that is left to a person.
        """
        at = self.stack_file(stack)
        file = config.StackFile.load(at)
        _, name = config.name_of(file, self.name, key)
        new: Any = value
        if path and value is None:
            new = config_paths.without(file.config.get(name), path)
        elif path:
            new = config_paths.with_value(file.config.get(name), path, value, name.rpartition(":")[2])
        config_edit.change(at, file.source.content, name, new)

    def stored_config(self, stack: str) -> dict[str, Any]:
        """The stored values of a stack's file by full key, with encrypted secrets."""
        return config.stored_values(config.StackFile.load(self.stack_file(stack)), self.name)

    def stack_config(self, stack: str, secrets: PassphraseSecrets | None) -> StackConfig:
        """The configuration of a stack, with the project's defaults.

        Raises:
            ProjectError: a value is malformed, missing or not of the declared type; names file, line and key.
            SecretsError: a ``secure`` value cannot be decrypted.
            NeedsPulumiCLI: the stack uses environments or another secrets provider.
        """
        file = config.StackFile.load(self.stack_file(stack))
        return config.resolve(file, self.name, stack, self.declared_config, secrets)


def _find(directory: Path) -> Path:
    for folder in (directory, *directory.parents):
        for name in FILE_NAMES:
            if (folder / name).is_file():
                return folder / name
    raise ProjectError(f"no Pulumi.yaml in {directory} or above: run in the folder of a Pulumi project, or name one")


def _mapping(file: YamlFile, value: Any, *keys: str) -> dict[str, Any]:
    """The mapping at ``keys``; a missing one is empty, but for the whole file."""
    if value is None and keys:
        return {}
    if not isinstance(value, dict):
        raise file.error("expected a mapping of names to values", *keys)
    return value


def _holds_nul(value: Any) -> bool:
    if isinstance(value, dict | list):
        return any(map(_holds_nul, value.values() if isinstance(value, dict) else value))
    return isinstance(value, str) and "\0" in value


def _check(file: YamlFile, content: dict[str, Any]) -> None:
    if nul := next((key for key, value in content.items() if _holds_nul(value)), None):
        raise file.error("the character U+0000 cannot be part of a name or path", nul)
    for key in _TEXTS:
        if content.get(key) is not None and not isinstance(content[key], str):
            raise file.error("expected a string", key)
    if not content.get("name"):
        raise file.error("the project is missing a 'name' attribute")
    try:
        validate_project_name(content["name"])
    except InvalidName as error:
        raise file.error(str(error), "name") from error
    for key in ("packages", "requiredPulumiVersion"):
        if content.get(key):
            raise NeedsPulumiCLI(f"{key} in {file.path}")


def _runtime_options(file: YamlFile, content: dict[str, Any]) -> Mapping[str, Any]:
    runtime = content.get("runtime")
    fields = {"name": runtime} if isinstance(runtime, str) else _mapping(file, runtime, "runtime")
    _only(file, fields, {"name", "options"}, "runtime")
    if fields.get("name") != "python":
        raise NeedsPulumiCLI(f"the runtime {fields.get('name')!r} in {file.path}")
    return _mapping(file, fields.get("options"), "runtime", "options")


def _program(file: YamlFile, root: Path, main: str) -> tuple[Path, str]:
    path = root / main
    if path.is_dir():
        return path, "."
    if path.is_file():
        return path.parent, path.name
    raise file.error(f"{path} does not exist", "main")


def _stack_config_dir(file: YamlFile, content: dict[str, Any]) -> str:
    former = content.get("config")  # where projects named this folder before stackConfigDir existed
    if not isinstance(former, str):
        return content.get("stackConfigDir") or ""
    if content.get("stackConfigDir"):
        raise file.error("both config and stackConfigDir name a folder: keep stackConfigDir", "config")
    return former


def _plugins(file: YamlFile, root: Path, content: dict[str, Any]) -> tuple[ProviderPlugin, ...]:
    plugins = _mapping(file, content.get("plugins"), "plugins")
    for kind in ("analyzers", "languages"):
        if plugins.get(kind):
            raise NeedsPulumiCLI(f"plugins.{kind} in {file.path}")
    entries = plugins.get("providers") or []
    if not isinstance(entries, list):
        raise file.error("expected a list", "plugins", "providers")
    return tuple(_plugin(file, root, entry, index) for index, entry in enumerate(entries))


def _plugin(file: YamlFile, root: Path, entry: Any, index: int) -> ProviderPlugin:
    keys = ("plugins", "providers", index)
    if not isinstance(entry, dict) or not all(isinstance(value, str) for value in entry.values()):
        raise file.error("expected name, path and version as strings", *keys)
    if not entry.get("name") or not entry.get("path"):
        raise file.error("name or path is missing", *keys)
    if unknown := sorted(entry.keys() - _PLUGIN_KEYS):
        raise file.error(f"unknown; expected {', '.join(sorted(_PLUGIN_KEYS))}", *keys, unknown[0])
    if not is_path_segment(entry["name"]):
        raise file.error("cannot be the name of a plugin", *keys, "name")
    return ProviderPlugin(entry["name"], (root / entry["path"]).absolute(), entry.get("version", ""))


def _options(file: YamlFile, content: dict[str, Any]) -> Mapping[str, Any]:
    options = _mapping(file, content.get("options"), "options")
    _only(file, options, {"refresh"}, "options")
    if options.get("refresh") not in (None, "always"):
        raise file.error("expected always", "options", "refresh")
    return options


def _only(file: YamlFile, fields: dict[str, Any], allowed: set[str], *keys: str) -> None:
    if unknown := sorted(fields.keys() - allowed):
        raise file.error(f"unknown; expected {', '.join(sorted(allowed))}", *keys, unknown[0])
