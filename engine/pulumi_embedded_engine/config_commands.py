"""The commands on a stack's configuration: list, get, set and remove values, in the file that both engines read."""

import argparse
import getpass
import re
import sys
from typing import Any

from pulumi_embedded_engine import input_files
from pulumi_embedded_engine.engine import Engine
from pulumi_embedded_engine.errors import EngineError
from pulumi_embedded_engine.report.output import json_text
from pulumi_embedded_engine.stack_commands import common, engine_of, stack_flag
from pulumi_embedded_engine.workspace import config_paths
from pulumi_embedded_engine.workspace.config import DisplayedValue
from pulumi_embedded_engine.workspace.config_paths import ConfigPathError, Element

_MASK = "[secret]"
_NAMED_LIKE_A_SECRET = re.compile("(?i)passwd|pass|pwd|secret|token")
_LOOKS_RANDOM = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])[^\s:]{12,}")


def add(commands: Any) -> None:
    """Add the commands to a parser's."""
    config = commands.add_parser("config")
    _common(config, _list)
    stack_flag(config)
    config.add_argument("--show-secrets", action="store_true")
    config.add_argument("-j", "--json", action="store_true")
    actions = config.add_subparsers(dest="config_command")
    get = _common(actions.add_parser("get"), _get)
    get.add_argument("key")
    get.add_argument("-j", "--json", action="store_true", default=argparse.SUPPRESS)
    put = _common(actions.add_parser("set"), _set)
    put.add_argument("key")
    put.add_argument("value", nargs="?", help="asked for, or read from standard input, when it is left out")
    kind = put.add_mutually_exclusive_group()
    kind.add_argument("--secret", action="store_true", help="encrypt the value")
    kind.add_argument("--plaintext", action="store_true", help="keep it in the clear, whatever it looks like")
    put.add_argument("--raw", action="store_true", help="keep the last line's end of what standard input has")
    remove = _common(actions.add_parser("remove", aliases=["rm", "delete"]), _remove)
    remove.add_argument("key")
    for parser in (get, put, remove):
        parser.add_argument("-s", "--stack", default=argparse.SUPPRESS)
        parser.add_argument("--path", action="store_true", help="the key is a path to a value in a list or an object")


def _common(parser: argparse.ArgumentParser, action: Any) -> argparse.ArgumentParser:
    common(parser)
    parser.set_defaults(run=action, asks=action in (_list, _get))
    return parser


def _existing(options: argparse.Namespace) -> Engine:
    engine = engine_of(options)
    engine.require_exists()
    return engine


def _list(options: argparse.Namespace) -> int:
    engine = _existing(options)
    values = engine.project.displayed_config(engine.stack, _decrypter(engine) if options.show_secrets else lambda _: _MASK)
    if options.json:
        members = {key: _as_json(value, hidden=value.secret and not options.show_secrets) for key, value in values.items()}
        sys.stdout.write(json_text(members, indent=2) + "\n")
        return 0
    own = f"{engine.project.name}:"
    rows = [("KEY", "VALUE"), *((key.removeprefix(own), value.text) for key, value in values.items())]
    width = max(len(key) for key, _ in rows) + 2
    for key, text in rows:
        first, *rest = text.split("\n")
        sys.stdout.write("".join(f"{name.ljust(width)}{line}\n" for name, line in [(key, first), *(("", line) for line in rest)]))
    return 0


def _place(options: argparse.Namespace) -> tuple[str, tuple[Element, ...]]:
    """The key that is meant, and the path below it.

    Raises:
        ConfigPathError: it is no path.
    """
    return config_paths.parse(options.key) if options.path else (options.key, ())


def _get(options: argparse.Namespace) -> int:
    engine = _existing(options)
    key, path = _place(options)
    full = engine.project.full_key(engine.stack, key)
    value = engine.project.shown_config_at(engine.stack, key, path, lambda _: _MASK)
    if value is None:
        named = options.key if path else full.removeprefix(f"{engine.project.name}:")
        raise EngineError(f"configuration key '{named}' not found for stack '{engine.display_name}'")
    if value.secret:
        value = engine.project.shown_config_at(engine.stack, key, path, _decrypter(engine)) or value
    text = json_text(_as_json(value, hidden=False), indent=2) if options.json else value.text
    sys.stdout.write(f"{text}\n")
    return 0


def _set(options: argparse.Namespace) -> int:
    engine = _existing(options)
    value = _value(options)
    try:
        _put(engine, options, value)
    except ConfigPathError as error:
        raise EngineError(f"could not set config: {error}") from error
    return 0


def _put(engine: Engine, options: argparse.Namespace, value: str) -> None:
    key, path = _place(options)
    full = engine.project.full_key(engine.stack, key)
    if not (options.secret or options.plaintext) and _looks_like_a_secret(options.key if path else full, value):
        raise EngineError(
            f"config value for '{full}' looks like a secret; rerun with --secret to encrypt it, or --plaintext if you meant to store in plaintext"
        )
    plain = config_paths.coerced(value) if path else value
    engine.project.set_config(engine.stack, key, {"secure": engine.secrets().encrypt(value)} if options.secret else plain, path)


def _remove(options: argparse.Namespace) -> int:
    engine = _existing(options)
    key, path = _place(options)
    engine.project.set_config(engine.stack, key, None, path)
    return 0


def _decrypter(engine: Engine) -> Any:
    """The key is derived only once a secret is met."""
    return lambda ciphertext: engine.secrets().decrypt(ciphertext)


def _as_json(value: DisplayedValue, *, hidden: bool) -> dict[str, Any]:
    members: dict[str, Any] = {} if hidden else {"value": value.text}
    if isinstance(value.content, dict | list) and not hidden:
        members["objectValue"] = value.content
    return {**members, "secret": value.secret}


def _value(options: argparse.Namespace) -> str:
    """What was given; else what standard input has; else what a person types, unseen where it is a secret."""
    if options.value is not None:
        return str(options.value)
    if not sys.stdin.isatty():
        text = _piped()
        return text if options.raw else text.removesuffix("\n").removesuffix("\r")
    if options.non_interactive:
        raise EngineError("config value must be specified in non-interactive mode")
    return getpass.getpass("value: ") if options.secret else input("value: ")


def _piped() -> str:
    try:
        text = sys.stdin.read(input_files.SETTINGS_BYTES + 1)
    except UnicodeDecodeError as error:
        raise EngineError(f"standard input is not text in {sys.stdin.encoding}") from error
    if len(text) > input_files.SETTINGS_BYTES:
        raise EngineError("standard input is too long for the value of a key")
    return text


def _looks_like_a_secret(key: str, value: str) -> bool:
    return bool(_NAMED_LIKE_A_SECRET.search(key.rpartition(":")[2]) and _LOOKS_RANDOM.fullmatch(value))
