"""The commands on stacks as such: list, select, rename and tag them, change the passphrase of their secrets."""

import argparse
import datetime as dt
import getpass
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from pulumi_embedded_engine import input_files, stack_edits
from pulumi_embedded_engine.backend_stack import StackNotFound, configured_backend_url
from pulumi_embedded_engine.engine import Engine
from pulumi_embedded_engine.errors import EngineError, NeedsPulumiCLI
from pulumi_embedded_engine.report import texts
from pulumi_embedded_engine.report.output import json_text
from pulumi_embedded_engine.stack_commands import (
    engine_of,
    require_passphrase,
    selection_of,
    stack_argument,
    stack_flag,
    subcommand,
)
from pulumi_embedded_engine.store import tags
from pulumi_embedded_engine.store.backend import Backend
from pulumi_embedded_engine.store.stack_store import StackStore
from pulumi_embedded_engine.workspace.project import Project

_CLOUD = ("awskms", "azurekeyvault", "gcpkms", "hashivault")
_SECRETS_PROVIDERS = ("default", "passphrase", *_CLOUD)
_UNITS = (
    (365 * 86400 - 5 * 86400, "year"),
    (30 * 86400, "month"),
    (7 * 86400, "week"),
    (86400, "day"),
    (3600, "hour"),
    (60, "minute"),
    (1, "second"),
)


def add(stack: Any) -> None:
    """Add the commands below `stack`."""
    listed = _command(stack, "list", _list, "ls")
    listed.add_argument("-a", "--all", action="store_true")
    listed.add_argument("-p", "--project", default="")
    listed.add_argument("-o", "--organization", help="accepted: a folder has one organization")
    listed.add_argument("-t", "--tag", default="")
    _output_flags(listed)
    select = _command(stack, "select", _select)
    stack_flag(select)
    select.add_argument("name", nargs="?")
    select.add_argument("-c", "--create", action="store_true")
    select.add_argument("--secrets-provider", default="default")
    _command(stack, "unselect", _unselect)
    rename = _command(stack, "rename", _rename)
    stack_flag(rename)
    rename.add_argument("new_name")
    change = _command(stack, "change-secrets-provider", _change_secrets_provider)
    stack_flag(change)
    change.add_argument("provider")
    _tags(stack.add_parser("tag"))


def _tags(tag: Any) -> None:
    stack_flag(tag)
    actions = tag.add_subparsers(dest="tag_command", required=True)
    for name, aliases, action, arguments in (
        ("list", ["ls"], _tag_list, []),
        ("get", [], _tag_get, ["name"]),
        ("set", [], _tag_set, ["name", "value"]),
        ("remove", ["rm", "delete"], _tag_remove, ["name"]),
    ):
        parser = _command(actions, name, action, *aliases)
        parser.add_argument("-s", "--stack", default=argparse.SUPPRESS)
        for argument in arguments:
            parser.add_argument(argument)
        if name == "list":
            _output_flags(parser)


def _command(commands: Any, name: str, action: Any, *aliases: str) -> argparse.ArgumentParser:
    parser = subcommand(commands, name, action, *aliases)
    parser.set_defaults(asks=action in (_list, _tag_list, _tag_get))
    return parser


def _output_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-j", "--json", action="store_true")
    parser.add_argument("--output", default="default")


def _wants_json(options: argparse.Namespace) -> bool:
    if options.output not in {"", "default", "json"}:
        raise EngineError(
            f'invalid argument "{options.output}" for "--output" flag: output "{options.output}" not supported, '
            "valid values are: default or json"
        )
    return bool(options.json or options.output == "json")


# Stacks.


def _list(options: argparse.Namespace) -> int:
    wants_json = _wants_json(options)
    project = Project.load(options.cwd)
    project_name = options.project or ("" if options.all else project.name)
    name, _, value = options.tag.partition("=")
    found = [
        store
        for store in Backend.from_url(configured_backend_url(project)).stacks()
        if project_name in {"", store.project}
        and (not options.tag or _is_tagged(store, name, value, any_value="=" not in options.tag))
    ]
    selected = selection_of(project)
    rows = sorted(((_display_name(store, project), store) for store in found), key=lambda row: row[0])
    if wants_json:
        sys.stdout.write(json_text([_summary(shown, store, selected) for shown, store in rows], indent=2) + "\n")
        return 0
    _table(("NAME", "LAST UPDATE", "RESOURCE COUNT"), [_row(shown, store, selected) for shown, store in rows])
    return 0


def _is_tagged(store: StackStore, name: str, value: str, *, any_value: bool) -> bool:
    found = tags.load(store.tags_path)
    return name in found and (any_value or found[name] == value)


def _display_name(store: StackStore, project: Project) -> str:
    return store.name if store.project == project.name else store.qualified_name


def _summary(shown: str, store: StackStore, selected: str) -> dict[str, Any]:
    time, count = store.summary()
    last_update = {} if time is None else {"lastUpdate": f"{time:%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1000:03}Z"}
    counted = {} if count is None else {"resourceCount": count}
    return {"name": shown, "current": store.qualified_name == selected, **last_update, **counted}


def _row(shown: str, store: StackStore, selected: str) -> Sequence[str]:
    time, count = store.summary()
    ago = "n/a" if time is None else _ago((dt.datetime.now(dt.UTC) - time).total_seconds())
    return f"{shown}{'*' if store.qualified_name == selected else ''}", ago, "n/a" if count is None else str(count)


def _ago(seconds: float) -> str:
    """How long ago something was, in the largest unit of which it is at least one."""
    size, unit = next(((size, unit) for size, unit in _UNITS if abs(seconds) >= size), (1, ""))
    if not unit:
        return "now"
    count = int(abs(seconds) // size)
    return f"{count} {unit}{'' if count == 1 else 's'} {'ago' if seconds > 0 else 'from now'}"


def _table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    lines = [[texts.line(cell) for cell in row] for row in (headers, *rows)]
    widths = [max(len(row[column]) for row in lines) for column in range(len(headers))]
    for row in lines:
        cells = [cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=False)]
        sys.stdout.write("  ".join([*cells, row[-1]]) + "\n")


def _select(options: argparse.Namespace) -> int:
    stack = stack_argument(options)
    if not stack:
        raise StackNotFound("no stack selected; specify a stack name with --stack")
    require_passphrase(options)
    engine = Engine(options.cwd, stack)
    if options.create and not engine.exists():
        engine.create()
        sys.stdout.write(f"Created stack '{engine.stack}'\n")
    engine.require_exists()
    engine.selection.select(str(engine.name))
    return 0


def _unselect(options: argparse.Namespace) -> int:
    project = Project.load(options.cwd)
    if selection_of(project):
        Engine(project, "any").selection.select("")
        sys.stderr.write("Stack was unselected\n")
    return 0


def _rename(options: argparse.Namespace) -> int:
    engine = engine_of(options)
    new = Engine(engine.project, options.new_name)
    stack_edits.rename_stack(engine, new)
    engine.selection.select(str(new.name))
    sys.stdout.write(f"Renamed {engine.display_name} to {new.display_name}\n")
    return 0


def _change_secrets_provider(options: argparse.Namespace) -> int:
    kind = options.provider.partition(":")[0]
    if kind not in _SECRETS_PROVIDERS:
        raise EngineError(f"unknown secrets provider type '{kind}' (supported values: {','.join(_SECRETS_PROVIDERS)})")
    if kind in _CLOUD:
        raise NeedsPulumiCLI(f"the secrets provider {kind}")
    engine = engine_of(options)
    engine.require_exists()
    engine.require_own_project()
    passphrase = _new_passphrase() if kind == "passphrase" else None
    sys.stdout.write("Migrating old configuration and state to new secrets provider\n")
    stack_edits.change_passphrase(engine, passphrase)
    return 0


def _new_passphrase() -> str:
    """The first line of standard input, without the spaces around it; or what a person types twice, unseen."""
    if not sys.stdin.isatty():
        try:
            line = sys.stdin.readline(input_files.SECRET_BYTES)
        except UnicodeDecodeError as error:
            raise EngineError(f"standard input is not text in {sys.stdin.encoding}") from error
        if not line:
            raise EngineError(
                "the new passphrase is missing: give it as a line of standard input; an empty line is an empty passphrase"
            )
        return line.strip()
    while True:
        first = getpass.getpass("Enter your new passphrase to protect config/secrets: ")
        if getpass.getpass("Re-enter your new passphrase to confirm: ") == first:
            return first
        sys.stderr.write("error: passphrases do not match\n")


# Tags.


def _tagged(options: argparse.Namespace) -> tuple[Engine, dict[str, str]]:
    engine = engine_of(options)
    engine.require_exists()
    return engine, tags.load(engine.store.tags_path)


def _tag_list(options: argparse.Namespace) -> int:
    wants_json = _wants_json(options)
    _, found = _tagged(options)
    if wants_json:
        sys.stdout.write(json_text(dict(sorted(found.items())), indent=2) + "\n")
        return 0
    _table(("NAME", "VALUE"), sorted(found.items()))
    return 0


def _tag_get(options: argparse.Namespace) -> int:
    engine, found = _tagged(options)
    if options.name not in found:
        raise EngineError(f"stack tag '{options.name}' not found for stack '{engine.display_name}'")
    sys.stdout.write(f"{found[options.name]}\n")
    return 0


def _tag_set(options: argparse.Namespace) -> int:
    return _tag(options, {options.name: options.value})


def _tag_remove(options: argparse.Namespace) -> int:
    return _tag(options, {options.name: None})


def _tag(options: argparse.Namespace, changes: Mapping[str, str | None]) -> int:
    engine = engine_of(options)
    engine.require_exists()
    with engine.store.lock():
        found = {**tags.load(engine.store.tags_path), **changes}
        tags.save(engine.store.tags_path, {name: value for name, value in found.items() if value is not None})
    return 0
