"""A stack's configuration: Pulumi.<stack>.yaml over the defaults of Pulumi.yaml, as the texts a program receives.

Rules of Pulumi's pkg/workspace/config.go and sdk/go/common/resource/config: a name without namespace gets the project's, objects
become JSON text, ``secure`` values are decrypted at any depth and make their whole key a secret.
"""

import decimal
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from pulumi_embedded_engine.errors import NeedsPulumiCLI, ProjectError, SecretsError
from pulumi_embedded_engine.store.secrets import PassphraseSecrets
from pulumi_embedded_engine.workspace import config_paths
from pulumi_embedded_engine.workspace.config_paths import Element, is_secure
from pulumi_embedded_engine.workspace.yaml_file import Key, YamlFile

_TYPES = {"string", "integer", "boolean", "array", "object"}
_DECLARATION_KEYS = {"type", "items", "description", "secret", "default", "value"}
_STACK_KEYS = {"config", "encryptionsalt", "secretsprovider", "encryptedkey", "environment"}
_LONGEST_KEY = 3  # namespace:config:name
_LARGEST_NESTED = 2**63 - 1  # larger whole numbers within objects lose precision in the CLI
_EXPONENT_FROM, _EXPONENT_BELOW = 1e21, 1e-6  # where Go's JSON changes to exponents


@dataclass(frozen=True)
class StackConfig:
    """What a program receives: texts by full key (namespace:name), and which keys hold secrets."""

    values: Mapping[str, str]
    secret_keys: frozenset[str]
    encryption_salt: str


@dataclass(frozen=True)
class Declaration:
    """The declaration of a key in Pulumi.yaml; ``default`` is None if there is none."""

    type: str = ""
    items: Mapping[str, Any] | None = None
    secret: bool = False
    default: Any = None


@dataclass(frozen=True)
class StackFile:
    """Pulumi.<stack>.yaml; a missing file is an empty one."""

    source: YamlFile
    encryption_salt: str
    config: Mapping[str, Any]

    @classmethod
    def load(cls, path: Path) -> Self:
        source = YamlFile.load(path) if path.exists() else YamlFile(path)
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
            raise source.error("expected a text", "encryptionsalt")
        if not isinstance(values, dict):
            raise source.error("expected a mapping of names to values", "config")
        return cls(source, salt, values)


def declarations(file: YamlFile, project: str, section: Any) -> dict[str, Declaration]:
    """The ``config`` section of Pulumi.yaml, by full key.

    Raises:
        ProjectError: a declaration is malformed; names file, line and key.
    """
    if section is None or isinstance(section, str):
        return {}
    if not isinstance(section, dict):
        raise file.error("expected a mapping of names to values", "config")
    return {_full_key(file, project, key): _declaration(file, project, key, value) for key, value in sorted(section.items())}


def _declaration(file: YamlFile, project: str, key: str, value: Any) -> Declaration:
    if any(mark in key for mark in ".["):
        raise NeedsPulumiCLI(f"the configuration key {key!r} in {file.path}, which is a path into an object,")
    own = ":" not in key or key.startswith(f"{project}:")
    if not isinstance(value, dict):
        if not isinstance(value, str | int | list):
            raise file.error(
                "expected a text, a whole number, true, false, a list, or an object with default or value", "config", key
            )
        return Declaration(default=value)
    if unknown := sorted(value.keys() - _DECLARATION_KEYS):
        raise file.error(f"unknown; expected {', '.join(sorted(_DECLARATION_KEYS))}", "config", key, unknown[0])
    type_, items, default, fixed = (value.get(name) for name in ("type", "items", "default", "value"))
    if type_ is not None and (not isinstance(type_, str) or type_ not in _TYPES):
        raise file.error(f"unknown type; expected {', '.join(sorted(_TYPES))}", "config", key, "type")
    if default is not None and fixed is not None:
        raise file.error("cannot have both a default and a value", "config", key)
    if not own and (type_ or default is not None or fixed is None):
        raise file.error("a key of another namespace needs a value, and takes neither type nor default", "config", key)
    items = items if type_ == "array" else None
    if type_ == "array" and not _is_items(items):
        raise file.error("an array needs the type of its items", "config", key)
    if type_ and default is not None and not _fits(type_, items, default):
        raise file.error(f"the default is not of type {_type_name(type_, items)}", "config", key, "default")
    return Declaration(type_ or "", items, value.get("secret") is True, fixed if default is None else default)


def _is_items(items: Any) -> bool:
    """Whether this says of which type the items of an array are, and if they are arrays, the items of those."""
    if not isinstance(items, dict) or not isinstance(items.get("type"), str) or items["type"] not in _TYPES:
        return False
    return items["type"] != "array" or _is_items(items.get("items"))


def resolve(
    file: StackFile, project: str, stack: str, declared: Mapping[str, Declaration], secrets: PassphraseSecrets | None
) -> StackConfig:
    """The stack's values over the project's; see Project.stack_config."""
    values: dict[str, str] = {}
    secret_keys: set[str] = set()
    for name, value in file.config.items():
        key = _full_key(file.source, project, name)
        if key in values:
            raise file.source.error(f"is given twice: with and without the namespace {project}", "config", name)
        if any(_secure_values(value)):
            secret_keys.add(key)
        plain = _decrypted(file, value, secrets.decrypt if secrets else None, ("config", name))
        values[key] = _text(plain)
        if key in declared:
            _check_type(file, stack, name, declared[key], plain, secret=key in secret_keys)
    missing = [key for key, item in declared.items() if key not in values and item.default is None]
    if missing:
        names = ", ".join(f"'{key.removeprefix(f'{project}:')}'" for key in missing)
        raise ProjectError(
            f"Stack '{stack}' is missing configuration value {names}: set it in {file.source.path}, or with `python -m pulumi_embedded_engine config set`"
        )
    defaults = {key: _text(item.default) for key, item in declared.items() if key not in values}
    return StackConfig(values | defaults, frozenset(secret_keys), file.encryption_salt)


def stored_values(file: StackFile, project: str) -> dict[str, Any]:
    """The stack's own values by full key, secrets encrypted."""
    return {_full_key(file.source, project, name): value for name, value in file.config.items()}


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
        key: DisplayedValue(_text(item.default), item.default, secret=False)
        for key, item in declared.items()
        if item.default is not None
    }
    for name, value in file.config.items():
        content = _decrypted(file, value, decrypt, ("config", name))
        values[_full_key(file.source, project, name)] = DisplayedValue(_text(content), content, secret=any(_secure_values(value)))
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
    return DisplayedValue(_text(content), content, secret=any(_secure_values(value)))


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
    full = _full_key(YamlFile(file.source.path), project, key)
    return full, next((name for name in file.config if _full_key(file.source, project, name) == full), full)


def _full_key(file: YamlFile, project: str, name: str) -> str:
    match name.split(":"):
        case [bare]:
            return f"{project}:{bare}"
        case [_, _]:
            return name
        case [namespace, "config", bare]:
            return f"{namespace}:{bare}"
    raise file.error("expected a key of the form <namespace>:<name>", "config", name)


def _secure_values(value: Any) -> Iterator[str]:
    if is_secure(value):
        yield value["secure"]
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _secure_values(item)


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


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return str(value) if type(value) is int else _json(value)


def _json(value: Any) -> str:
    """JSON exactly as Go writes it: sorted names, no spaces, HTML's characters escaped, numbers shortest."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{_json(key)}:{_json(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_json, value)) + "]"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, int) and value > _LARGEST_NESTED:
        return _number(float(value))
    text = json.dumps(value, ensure_ascii=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _number(value: float) -> str:
    if value == 0 or _EXPONENT_BELOW <= abs(value) < _EXPONENT_FROM:
        text = format(decimal.Decimal(repr(value)), "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    return repr(value).replace("e-0", "e-")


def _check_type(file: StackFile, stack: str, name: str, declared: Declaration, value: Any, *, secret: bool) -> None:
    if not declared.type:
        return
    if declared.secret and not secret:
        raise file.source.error(
            f"Stack '{stack}' with configuration key '{name}' must be encrypted as it's secret", "config", name
        )
    content = value if isinstance(value, dict | list) else _text(value)
    if not _fits(declared.type, declared.items, content):
        expected = _type_name(declared.type, declared.items)
        raise file.source.error(f"Stack '{stack}' with configuration key '{name}' must be of type '{expected}'", "config", name)


def _fits(type_: str, items: Mapping[str, Any] | None, value: Any) -> bool:
    match type_:
        case "string":
            return isinstance(value, str)
        case "integer":
            return _is_integer(value)
        case "boolean":
            return isinstance(value, bool) or value in ("true", "false")
        case "object":
            return isinstance(value, dict)
        case _:
            if not isinstance(value, list) or items is None:
                return False
            return all(_fits(items["type"], items.get("items"), item) for item in value)


def _is_integer(value: Any) -> bool:
    if isinstance(value, str):
        return value.removeprefix("-").removeprefix("+").isdecimal()
    return isinstance(value, int | float) and not isinstance(value, bool) and float(value).is_integer()


def _type_name(type_: str, items: Mapping[str, Any] | None) -> str:
    return f"array<{_type_name(items['type'], items.get('items'))}>" if items else type_
