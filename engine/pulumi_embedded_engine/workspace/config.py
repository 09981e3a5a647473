"""A stack's configuration: Pulumi.<stack>.yaml over the defaults of Pulumi.yaml, as the texts a program receives.

Rules of Pulumi's pkg/workspace/config.go and sdk/go/common/resource/config: a name without namespace gets the project's, objects
become JSON text, ``secure`` values are decrypted at any depth and make their whole key a secret.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from pulumi_embedded_engine.errors import NeedsPulumiCLI, ProjectError, SecretsError
from pulumi_embedded_engine.store.files import exists
from pulumi_embedded_engine.store.secrets import PassphraseSecrets
from pulumi_embedded_engine.workspace import config_paths, go_json
from pulumi_embedded_engine.workspace.config_declarations import Declaration, full_key
from pulumi_embedded_engine.workspace.config_paths import Element, is_secure
from pulumi_embedded_engine.workspace.yaml_file import Key, YamlFile

_STACK_KEYS = {"config", "encryptionsalt", "secretsprovider", "encryptedkey", "environment"}
_LONGEST_KEY = 3  # namespace:config:name


@dataclass(frozen=True)
class StackConfig:
    """What a program receives: texts by full key (namespace:name), and which keys hold secrets."""

    values: Mapping[str, str]
    secret_keys: frozenset[str]
    encryption_salt: str


@dataclass(frozen=True)
class StackFile:
    """Pulumi.<stack>.yaml; a missing file is an empty one."""

    source: YamlFile
    encryption_salt: str
    config: Mapping[str, Any]

    @classmethod
    def load(cls, path: Path) -> Self:
        source = YamlFile.load(path) if exists(path) else YamlFile(path)
        content = {} if source.content is None else source.content
        if not isinstance(content, dict):
            raise source.error("expected a mapping of names to values")
        if unknown := sorted(content.keys() - _STACK_KEYS):
            raise source.error(f"unknown; expected {', '.join(sorted(_STACK_KEYS))}", unknown[0])
        provider = content.get("secretsprovider") or "passphrase"
        if provider != "passphrase":
            raise NeedsPulumiCLI(f"the secrets provider {str(provider).partition(':')[0]} in {path}")
        if content.get("environment"):
            raise NeedsPulumiCLI(f"environment in {path}")
        salt, values = content.get("encryptionsalt") or "", content.get("config") or {}
        if not isinstance(salt, str):
            raise source.error("expected a string", "encryptionsalt")
        if not isinstance(values, dict):
            raise source.error("expected a mapping of names to values", "config")
        return cls(source, salt, values)


def resolve(
    file: StackFile, project: str, stack: str, declared: Mapping[str, Declaration], secrets: PassphraseSecrets | None
) -> StackConfig:
    """The stack's values over the project's; see Project.stack_config."""
    values: dict[str, str] = {}
    secret_keys: set[str] = set()
    for name, value in file.config.items():
        key = full_key(file.source, project, name)
        if key in values:
            raise file.source.error(f"is given twice: with and without the namespace {project}", "config", name)
        if any(secure_values(value)):
            secret_keys.add(key)
        plain = _decrypted(file, value, secrets.decrypt if secrets else None, ("config", name))
        values[key] = go_json.text(plain)
        if key in declared:
            _check_type(file, stack, name, declared[key], plain, secret=key in secret_keys)
    missing = [key for key, item in declared.items() if key not in values and item.default is None]
    if missing:
        names = ", ".join(f"'{key.removeprefix(f'{project}:')}'" for key in missing)
        raise ProjectError(
            f"Stack '{stack}' is missing configuration value {names}: set it in {file.source.path}, or with `python -m pulumi_embedded_engine config set`"
        )
    defaults = {key: go_json.text(item.default) for key, item in declared.items() if key not in values}
    return StackConfig(values | defaults, frozenset(secret_keys), file.encryption_salt)


def stored_values(file: StackFile, project: str) -> dict[str, Any]:
    """The stack's own values by full key, secrets encrypted."""
    return {full_key(file.source, project, name): value for name, value in file.config.items()}


@dataclass(frozen=True)
class DisplayedValue:
    """A value as `config` displays it: its text, its content if it is a list or an object, and whether it is a secret."""

    text: str
    content: Any
    secret: bool


def displayed_values(
    file: StackFile, project: str, declared: Mapping[str, Declaration], decrypt: Callable[[str], str] | None
) -> dict[str, DisplayedValue]:
    """The stack's values and the project's defaults by full key; nothing is missed that has neither."""
    values = {
        key: DisplayedValue(go_json.text(item.default), item.default, secret=False)
        for key, item in declared.items()
        if item.default is not None
    }
    for name, value in file.config.items():
        content = _decrypted(file, value, decrypt, ("config", name))
        values[full_key(file.source, project, name)] = DisplayedValue(
            go_json.text(content), content, secret=any(secure_values(value))
        )
    return dict(sorted(values.items()))


def shown_at(
    file: StackFile,
    project: str,
    declared: Mapping[str, Declaration],
    decrypt: Callable[[str], str] | None,
    *,
    key: str,
    path: Sequence[Element],
) -> DisplayedValue | None:
    """The value at a path below a key, as in `displayed_values`; None if there is none."""
    full, name = name_of(file, project, key)
    default = declared[full].default if full in declared else None
    value, there = config_paths.found(file.config.get(name, default), path)
    if not there or (name not in file.config and default is None):
        return None
    content = _decrypted(file, value, decrypt, ("config", name, *path))
    return DisplayedValue(go_json.text(content), content, secret=any(secure_values(value)))


def name_of(file: StackFile, project: str, key: str) -> tuple[str, str]:
    """The full form of a given key, and its name in the file.

    Raises:
        ProjectError: it is no key.
    """
    parts = key.split(":")
    if not all(parts) or len(parts) > _LONGEST_KEY or parts[1:-1] not in ([], ["config"]):
        raise ProjectError(
            f"{key!r} is not a configuration key: give a name, or a namespace and a name such as {project}:{parts[-1] or 'name'}"
        )
    full = full_key(YamlFile(file.source.path), project, key)
    return full, next((name for name in file.config if full_key(file.source, project, name) == full), full)


def secure_values(value: Any) -> Iterator[str]:
    """The ciphertexts in a value."""
    if is_secure(value):
        yield value["secure"]
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from secure_values(item)


def _decrypted(file: StackFile, value: Any, decrypt: Callable[[str], str] | None, keys: tuple[Key, ...]) -> Any:
    if is_secure(value):
        if decrypt is None:
            raise file.source.error("is encrypted, but the stack has no encryptionsalt", *keys)
        try:
            return decrypt(value["secure"])
        except SecretsError as error:
            raise SecretsError(f"{file.source.error(str(error), *keys)}") from error
    if isinstance(value, dict):
        return {key: _decrypted(file, item, decrypt, (*keys, key)) for key, item in value.items()}
    if isinstance(value, list):
        return [_decrypted(file, item, decrypt, (*keys, index)) for index, item in enumerate(value)]
    return value


def _check_type(file: StackFile, stack: str, name: str, declared: Declaration, value: Any, *, secret: bool) -> None:
    if not declared.type:
        return
    if declared.secret and not secret:
        raise file.source.error(
            f"Stack '{stack}' with configuration key '{name}' must be encrypted as it's secret", "config", name
        )
    content = value if isinstance(value, dict | list) else go_json.text(value)
    if not declared.allows(content):
        raise file.source.error(
            f"Stack '{stack}' with configuration key '{name}' must be of type '{declared.type_name}'", "config", name
        )
