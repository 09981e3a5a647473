"""Commands and flags, as the Pulumi CLI has them for what this engine supports."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pulumi_embedded_engine.case import Mode
from pulumi_embedded_engine.digest import Digest
from pulumi_embedded_engine.display import Display, rendered
from pulumi_embedded_engine.engine import Engine, Result, StackNotFound
from pulumi_embedded_engine.errors import EngineError, NeedsPulumiCLI
from pulumi_embedded_engine.events import MASK, EventLog, Listener
from pulumi_embedded_engine.operation import Options
from pulumi_embedded_engine.properties import to_state
from pulumi_embedded_engine.values import Properties, Secret, strip_secrets

EXIT_FAILED, EXIT_USAGE, EXIT_NO_STACK, EXIT_CHANGES = 1, 2, 6, 7

_KINDS = {"up": Mode.UPDATE, "preview": Mode.UPDATE, "refresh": Mode.REFRESH, "destroy": Mode.DESTROY}
_REFUSED = [
    "--target",
    "--target-dependents",
    "--target-replace",
    "--exclude",
    "--exclude-dependents",
    "--policy-pack",
    "--policy-pack-config",
    "--plan",
    "--save-plan",
    "--attach-debugger",
    "--import-file",
    "--import-pending-creates",
    "--clear-pending-creates",
    "--config",
    "--config-path",
    "--remote",
    "--exclude-protected",
    "--generate-plan",
]


def main(arguments: Sequence[str]) -> int:
    """Run a command; returns the exit code: 0 done, 1 failed, 2 usage, 6 no such stack, 7 unexpected changes."""
    _refuse(arguments)
    options = _parser().parse_args(arguments)
    try:
        code: int = options.run(options)
    except StackNotFound as error:
        return _fail(error, EXIT_NO_STACK)
    except EngineError as error:
        return _fail(error, EXIT_FAILED)
    return code


def _fail(error: EngineError, code: int) -> int:
    sys.stderr.write(f"error: {error}\n")
    return code


def _refuse(arguments: Sequence[str]) -> None:
    for argument in arguments:
        flag = argument.partition("=")[0]
        if flag in _REFUSED:
            sys.stderr.write(f"error: {NeedsPulumiCLI(f'the flag {flag}')}\n")
            sys.exit(EXIT_USAGE)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="pulumi_embedded_engine", description=__doc__)
    _common(parser, default=None)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in _KINDS:
        _operation(commands, name)
    _stack(commands)
    _state(commands)
    return parser


def _common(parser: argparse.ArgumentParser, default: Any = argparse.SUPPRESS) -> None:
    parser.add_argument("-C", "--cwd", default="." if default is None else default, help="the project's folder")
    parser.add_argument("--non-interactive", action="store_true", default=default, help="accepted: nothing is ever asked")
    parser.add_argument("--color", default=default, help="accepted: the output has no colours")


def _operation(commands: Any, name: str) -> None:
    parser = commands.add_parser(name, aliases={"up": ["update"], "preview": ["pre"]}.get(name, []))
    _common(parser)
    parser.set_defaults(run=_operate, command=name)
    parser.add_argument("-s", "--stack", default=os.environ.get("PULUMI_STACK"))
    for flag in ("--yes", "--skip-preview", "--run-program", "--expect-no-changes", "--json", "--diff", "--show-secrets"):
        short = {"--yes": ["-y"], "--skip-preview": ["-f"], "--json": ["-j"]}.get(flag, [])
        parser.add_argument(*short, flag, action="store_true")
    for flag in ("--continue-on-error", "--ignore-protect", "--show-sames", "--allow-remote", "--debug"):
        parser.add_argument(*(["-d"] if flag == "--debug" else []), flag, action="store_true")
    for flag in ("--show-replacement-steps", "--show-reads", "--show-config", "--suppress-outputs", "--suppress-progress"):
        parser.add_argument(flag, action="store_true", help="accepted")
    parser.add_argument("--preview-only", action="store_true")
    parser.add_argument("--remove", action="store_true")
    parser.add_argument("-m", "--message", help="accepted: this engine keeps no history")
    parser.add_argument("--suppress-permalink", nargs="?", help="accepted")
    parser.add_argument("-r", "--refresh", nargs="?", const="true", default="false", choices=["true", "false"])
    parser.add_argument("-p", "--parallel", type=int, default=0)
    parser.add_argument("--replace", action="append", default=[], metavar="URN")
    parser.add_argument("--event-log", type=Path)


def _stack(commands: Any) -> None:
    stack = commands.add_parser("stack").add_subparsers(dest="stack_command", required=True)
    for name, action in (("init", _init), ("export", _export), ("import", _import), ("output", _output)):
        parser = stack.add_parser(name)
        _common(parser)
        parser.set_defaults(run=action)
        parser.add_argument("-s", "--stack", default=os.environ.get("PULUMI_STACK"))
        if name == "init":
            parser.add_argument("name", nargs="?")
            parser.add_argument("--secrets-provider", default="passphrase")
            parser.add_argument("--no-select", action="store_true", help="accepted")
        if name in ("export", "output"):
            parser.add_argument("--show-secrets", action="store_true")
        if name in ("export", "import"):
            parser.add_argument("--file", type=Path)
        if name == "output":
            parser.add_argument("-j", "--json", action="store_true")
            parser.add_argument("name", nargs="?")


def _state(commands: Any) -> None:
    state = commands.add_parser("state").add_subparsers(dest="state_command", required=True)
    parser = state.add_parser("unprotect")
    _common(parser)
    parser.set_defaults(run=_unprotect)
    parser.add_argument("-s", "--stack", default=os.environ.get("PULUMI_STACK"))
    parser.add_argument("-y", "--yes", action="store_true", help="accepted")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("urn", nargs="*")


def _engine(options: argparse.Namespace, **more: Any) -> Engine:
    stack = options.stack
    if not stack:
        raise StackNotFound("no stack selected: pass --stack NAME, or set PULUMI_STACK")
    return Engine(options.cwd, stack, **more)


# Operations.


@dataclass
class _Audience:
    listeners: list[Listener]
    digest: Digest | None = None
    log: EventLog | None = None
    stream: EventLog | None = None

    def close(self) -> None:
        for log in (self.log, self.stream):
            if log:
                log.close()


def _operate(options: argparse.Namespace) -> int:
    name = {"update": "up", "pre": "preview"}.get(options.command, options.command)
    only_preview = name == "preview" or options.preview_only
    if not (only_preview or options.yes or options.skip_preview):
        sys.stderr.write(
            "error: --yes or --skip-preview or --preview-only must be passed in to proceed when running in non-interactive mode\n"
        )
        return EXIT_USAGE
    display = Display(sys.stdout, show_sames=options.show_sames, show_secrets=options.show_secrets)
    audience = _audience(options, display, only_preview=only_preview)
    announce = display.headline if display in audience.listeners else _unannounced
    engine = _engine(options, allow_remote=options.allow_remote, announce=announce)
    wanted = Options(
        kind=_KINDS[name],
        refresh=options.refresh == "true" or name == "refresh",
        run_program=options.run_program,
        parallel=options.parallel,
        continue_on_error=options.continue_on_error,
        ignore_protect=options.ignore_protect,
        replace=frozenset(options.replace),
    )
    try:
        result = _run(engine, name, wanted, audience.listeners, preview=not options.skip_preview, only_preview=only_preview)
    finally:
        display.finish()
        audience.close()
    if audience.digest:
        sys.stdout.write(json.dumps(audience.digest.document, indent=4) + "\n")
    if result.ok and name == "destroy" and options.remove and not only_preview:
        engine.store.remove()
    return _code(name, result, options)


def _code(name: str, result: Result, options: argparse.Namespace) -> int:
    if not result.ok:
        return EXIT_FAILED
    if options.expect_no_changes and result.changed:
        operation = {"up": "update"}.get(name, name)
        sys.stderr.write(f"error: no changes were expected for {operation} but changes were proposed\n")
        return EXIT_CHANGES
    return 0


def _audience(options: argparse.Namespace, display: Display, *, only_preview: bool) -> _Audience:
    audience = _Audience([])
    if not options.json:
        audience.listeners.append(display)
    elif only_preview:
        audience.digest = Digest()
        audience.listeners.append(audience.digest)
    else:
        audience.stream = EventLog(Path("/dev/stdout"))
        audience.listeners.append(audience.stream)
    if options.event_log:
        audience.log = EventLog(options.event_log)
        audience.listeners.append(audience.log)
    return audience


def _unannounced(_text: str) -> None:
    pass


def _run(
    engine: Engine, name: str, wanted: Options, listeners: Sequence[Listener], *, preview: bool, only_preview: bool
) -> Result:
    if only_preview:
        return engine.preview(wanted, listeners)
    action = {"up": engine.up, "refresh": engine.refresh, "destroy": engine.destroy}[name]
    return action(wanted, listeners, preview=preview)


# The stack.


def _init(options: argparse.Namespace) -> int:
    options.stack = options.name or options.stack
    if options.secrets_provider not in {"passphrase", "default"}:
        raise NeedsPulumiCLI(f"the secrets provider {options.secrets_provider}")
    _engine(options).create()
    sys.stdout.write(f"Created stack '{options.stack}'\n")
    return 0


def _export(options: argparse.Namespace) -> int:
    engine = _engine(options)
    document = engine.export(show_secrets=options.show_secrets)
    text = json.dumps(document, indent=4) + "\n"
    if options.file:
        options.file.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    return 0


def _import(options: argparse.Namespace) -> int:
    text = options.file.read_text(encoding="utf-8") if options.file else sys.stdin.read()
    _engine(options).import_state(json.loads(text))
    sys.stdout.write("Import complete.\n")
    return 0


def _output(options: argparse.Namespace) -> int:
    outputs = _engine(options).outputs()
    if options.name and options.name not in outputs:
        raise EngineError(f"current stack does not have output property '{options.name}'")
    shown: Properties = {
        key: MASK if isinstance(value, Secret) and not options.show_secrets else value for key, value in outputs.items()
    }
    plain = to_state(strip_secrets(shown), None)
    wanted = plain[options.name] if options.name else plain
    if options.json:
        sys.stdout.write(json.dumps(wanted, indent=4) + "\n")
    elif options.name:
        sys.stdout.write(f"{wanted if isinstance(wanted, str) else json.dumps(wanted)}\n")
    else:
        _table(outputs, show_secrets=options.show_secrets)
    return 0


def _table(outputs: Any, *, show_secrets: bool) -> None:
    if not outputs:
        sys.stdout.write("No output values currently in this stack\n")
        return
    width = max(len("OUTPUT"), *(len(key) for key in outputs)) + 2
    sys.stdout.write(f"Current stack outputs ({len(outputs)}):\n    {'OUTPUT'.ljust(width)}VALUE\n")
    for key, value in sorted(outputs.items()):
        text = rendered(value, show_secrets=show_secrets)
        sys.stdout.write(f"    {key.ljust(width)}{json.loads(text) if text.startswith(chr(34)) else text}\n")


def _unprotect(options: argparse.Namespace) -> int:
    if not options.all and not options.urn:
        sys.stderr.write("error: name the URNs of resources, or pass --all\n")
        return EXIT_USAGE
    count = _engine(options).unprotect(None if options.all else options.urn)
    sys.stdout.write(f"{count} resources unprotected\n")
    return 0
