"""The commands on a stack: create and remove it, export, import and show what it has; and what all commands share."""

import argparse
import contextlib
import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pulumi_embedded_engine import input_files
from pulumi_embedded_engine.backend_stack import configured_backend_url
from pulumi_embedded_engine.engine import Engine
from pulumi_embedded_engine.errors import EngineError, NeedsPulumiCLI, describe
from pulumi_embedded_engine.report import texts
from pulumi_embedded_engine.report.display import to_json
from pulumi_embedded_engine.report.output import json_text
from pulumi_embedded_engine.store.files import open_private
from pulumi_embedded_engine.workspace.project import Project
from pulumi_embedded_engine.workspace.selected import SelectedStack


def add(commands: Any) -> Any:
    """Add the commands to a parser's; returns where others below `stack` can be added."""
    return _stack(commands)


def common(parser: argparse.ArgumentParser, default: Any = argparse.SUPPRESS) -> None:
    """The flags that every command has, and that may stand before its name."""
    parser.add_argument("-C", "--cwd", default="." if default is None else default, help="the project's folder")
    parser.add_argument(
        "--non-interactive", action="store_true", default=default, help="do not prompt; only `config set` prompts"
    )
    parser.add_argument("--color", default=default, help="accepted: the output has no colours")


def stack_flag(parser: argparse.ArgumentParser) -> None:
    """The flag that names the stack."""
    parser.add_argument("-s", "--stack", help="[organization/[project/]]name; PULUMI_STACK by default")


def subcommand(commands: Any, name: str, action: Callable[[argparse.Namespace], int], *aliases: str) -> argparse.ArgumentParser:
    """The parser of a command below another."""
    parser: argparse.ArgumentParser = commands.add_parser(name, aliases=list(aliases))
    common(parser)
    parser.set_defaults(run=action)
    return parser


def stack_argument(options: argparse.Namespace) -> str | None:
    """The stack that is named as an argument or by its flag.

    Raises:
        EngineError: both are given.
    """
    if options.name and options.stack:
        raise EngineError("only one of --stack or argument stack name may be specified, not both")
    name: str | None = options.name or options.stack
    return name


def require_passphrase(options: argparse.Namespace) -> None:
    """Refuse another secrets provider for a new stack than a passphrase.

    Raises:
        NeedsPulumiCLI: there is one.
    """
    if options.secrets_provider not in {"passphrase", "default"}:
        raise NeedsPulumiCLI(f"the secrets provider {options.secrets_provider}")


def _stack(commands: Any) -> Any:
    stack = commands.add_parser("stack").add_subparsers(dest="stack_command", required=True)
    for name, action in _STACK_COMMANDS.items():
        parser = stack.add_parser(name, aliases={"init": ["new"], "remove": ["rm", "delete"]}.get(name, []))
        common(parser)
        parser.set_defaults(run=action)
        stack_flag(parser)
        if name == "init":
            parser.add_argument("name", nargs="?")
            parser.add_argument("--secrets-provider", default="passphrase")
            parser.add_argument("--no-select", action="store_true")
        if name == "remove":
            parser.add_argument("name", nargs="?")
            parser.add_argument("-y", "--yes", action="store_true")
            parser.add_argument("--preserve-config", action="store_true")
        if name in ("export", "output"):
            parser.add_argument("--show-secrets", action="store_true")
            parser.set_defaults(asks=True)
        if name in ("export", "import"):
            parser.add_argument("--file", type=Path)
        if name == "output":
            parser.add_argument("-j", "--json", action="store_true")
            parser.add_argument("name", nargs="?")
    return stack


def engine_of(options: argparse.Namespace, **more: Any) -> Engine:
    """The engine for the stack that was named, or is selected.

    Raises:
        EngineError: none was, and none is.
    """
    return engine_named(options, options.stack, **more)


def engine_named(options: argparse.Namespace, stack: str | None, **more: Any) -> Engine:
    """The engine for a stack, by default for that of PULUMI_STACK, else for the selected one.

    Raises:
        EngineError: there is none.
    """
    project = Project.load(options.cwd)
    if stack := stack or os.environ.get("PULUMI_STACK"):
        return Engine(project, stack, **more)
    if "PULUMI_STACK" not in os.environ and (selected := selection_of(project)):
        engine = Engine(project, selected, **more)
        if engine.exists():
            return engine
    raise EngineError(
        "no stack selected; please use `pulumi stack select` or `pulumi stack init` to choose one, pass --stack NAME, or set PULUMI_STACK"
    )


def selection_of(project: Project) -> str:
    """The full name of the project's selected stack; empty where none is."""
    return SelectedStack(project, configured_backend_url(project)).name()


def _init(options: argparse.Namespace) -> int:
    options.stack = stack_argument(options)
    if not options.stack:
        raise EngineError("missing stack name")
    require_passphrase(options)
    engine = engine_of(options)
    engine.create()
    sys.stdout.write(f"Created stack '{engine.stack}'\n")
    if not options.no_select:
        try:
            engine.selection.select(str(engine.name))
        except EngineError as error:  # the stack is there: that it has to be named is no failure
            sys.stderr.write(f"warning: {error}\n")
    return 0


def _export(options: argparse.Namespace) -> int:
    engine = engine_of(options)
    text = json_text(engine.export(show_secrets=options.show_secrets), indent=4) + "\n"
    if not options.file:
        sys.stdout.write(text)
        return 0
    try:
        with open_private(options.file) as file:
            file.write(text)
    except OSError as error:
        raise EngineError(f"could not export deployment: {options.file}: {describe(error)}") from error
    return 0


def _import(options: argparse.Namespace) -> int:
    source = str(options.file or "standard input")
    largest = input_files.DOCUMENT_BYTES
    try:
        data = (
            input_files.read_user_file(options.file, largest=largest)
            if options.file
            else input_files.read_stream(sys.stdin.buffer, source)
        )
        document = input_files.parse_json(data, source)
    except input_files.FileError as error:
        raise EngineError(f"could not read the deployment from {error}") from error
    engine_of(options).import_state(document)
    sys.stdout.write("Import complete.\n")
    return 0


def _output(options: argparse.Namespace) -> int:
    outputs = {key: to_json(value, show_secrets=options.show_secrets) for key, value in engine_of(options).outputs().items()}
    if options.name and options.name not in outputs:
        raise EngineError(f"current stack does not have output property '{options.name}'")
    shown = outputs[options.name] if options.name else outputs
    if options.json:
        sys.stdout.write(json_text(shown, indent=2, sort_keys=True) + "\n")
    elif options.name:
        sys.stdout.write(f"{_line(shown)}\n")
    else:
        _table(outputs)
    return 0


def _line(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False)


def _table(outputs: Mapping[str, Any]) -> None:
    if not outputs:
        sys.stdout.write("No output values currently in this stack\n")
        return
    shown = {texts.line(key): texts.line(_line(value)) for key, value in sorted(outputs.items())}
    width = max(len("OUTPUT"), *map(len, shown)) + 2
    sys.stdout.write(f"Current stack outputs ({len(outputs)}):\n    {'OUTPUT'.ljust(width)}VALUE\n")
    for key, value in shown.items():
        sys.stdout.write(f"    {key.ljust(width)}{value}\n")


def _remove(options: argparse.Namespace) -> int:
    options.stack = stack_argument(options)
    engine = engine_of(options)
    if not options.yes:
        raise EngineError("non-interactive mode requires --yes flag")
    engine.remove_stack(preserve_config=options.preserve_config)
    sys.stdout.write(f"Stack '{engine.stack}' has been removed!\n")
    with contextlib.suppress(EngineError):
        engine.selection.select("")
    return 0


_STACK_COMMANDS = {"init": _init, "export": _export, "import": _import, "output": _output, "remove": _remove}
