"""Commands and flags, as the Pulumi CLI has them for what this engine supports."""

import argparse
import functools
import json
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO, cast

from pulumi_embedded_engine import config_commands, input_files, stack_commands
from pulumi_embedded_engine.arguments import Parser
from pulumi_embedded_engine.command_table import UsageError, refusal
from pulumi_embedded_engine.engine import Engine, Result, StackNotFound, Terminated
from pulumi_embedded_engine.errors import EngineError, NeedsPulumiCLI, Unexpected, describe
from pulumi_embedded_engine.plan.context import Mode
from pulumi_embedded_engine.report.display import Display
from pulumi_embedded_engine.report.events import EventLog, Listener
from pulumi_embedded_engine.report.output import Output
from pulumi_embedded_engine.report.preview_json import PreviewJson
from pulumi_embedded_engine.run.imports import ImportFileError, single
from pulumi_embedded_engine.run.options import Options
from pulumi_embedded_engine.stack_commands import common, engine_of, stack_flag
from pulumi_embedded_engine.store.files import open_private

EXIT_FAILED, EXIT_USAGE, EXIT_NO_STACK, EXIT_CHANGES, EXIT_CANCELLED = 1, 2, 6, 7, 8
EXIT_INTERRUPTED = 130

_KINDS = {
    "up": Mode.UPDATE,
    "preview": Mode.UPDATE,
    "refresh": Mode.REFRESH,
    "destroy": Mode.DESTROY,
    "import": Mode.IMPORT,
}
_ALIASES = {"up": ["update"], "preview": ["pre"]}


def main(arguments: Sequence[str]) -> int:
    """Run a command; returns the exit code: 0 done, 1 failed, 2 usage, 6 no such stack, 7 unexpected changes, 8 ended at once.

    What is printed may get lost; that changes the exit code of those commands alone that do nothing else.
    """
    streams = sys.stdout, sys.stderr
    output, errors = Output(streams[0]), Output(streams[1])
    sys.stdout, sys.stderr = cast("TextIO", output), cast("TextIO", errors)
    try:
        return _answered(*_main(arguments), output, errors)
    except KeyboardInterrupt:
        errors.write("error: interrupted\n")
        return EXIT_INTERRUPTED
    finally:
        errors.drain()
        sys.stdout, sys.stderr = streams


def _answered(code: int, asks: bool, output: Output, errors: Output) -> int:
    """The exit code once everything is printed, or lost."""
    output.drain()
    if output.lost and not isinstance(output.lost, BrokenPipeError):
        errors.write(f"error: standard output is incomplete: {describe(output.lost)}\n")
    return code or (EXIT_FAILED if asks and output.lost else 0)


def _main(arguments: Sequence[str]) -> tuple[int, bool]:
    """The exit code, and whether the command does nothing but answer a question."""
    parser = _parser()
    if not arguments:
        parser.print_help()
        return 0, True
    try:
        options = _parsed(parser, arguments)
    except UsageError as error:
        return _fail(refusal(arguments, functools.partial(_flags_of, parser), str(error)), EXIT_FAILED), False
    return _run(options), vars(options).get("asks", False)


def _flags_of(parser: Parser, path: Sequence[str]) -> frozenset[str] | None:
    command = parser.below(path)
    return parser.flags if not path else command.flags if command else None


def _run(options: argparse.Namespace) -> int:
    try:
        code: int = options.run(options)
    except StackNotFound as error:
        return _fail(error, EXIT_NO_STACK)
    except Terminated as error:
        return _fail(error, EXIT_CANCELLED)
    except EngineError as error:
        return _fail(error, EXIT_FAILED)
    except Exception as problem:  # noqa: BLE001  nobody who deploys something reads a traceback
        if vars(options).get("debug"):
            traceback.print_exc()
        return _fail(Unexpected(f"{options.command} failed", problem), EXIT_FAILED)
    return code


def _parsed(parser: Parser, arguments: Sequence[str]) -> argparse.Namespace:
    """Flags may stand between a key and its value, for which argparse alone takes the value to be left out.

    Raises:
        UsageError: nobody can say what is meant.
    """
    options, late = parser.parse_known_args(parser.normalised(arguments))
    if late:
        value = late[1:] if late[0] == "--" else late
        if vars(options).get("value", "") is not None or len(value) != 1 or (value == late and value[0].startswith("-")):
            parser.error(f"unrecognized arguments: {' '.join(late)}")
        options.value = value[0]
    return options


def _fail(error: EngineError, code: int) -> int:
    sys.stderr.write(f"error: {error}\n")
    return code


def _parser() -> Parser:
    parser = Parser(prog="pulumi_embedded_engine", description=__doc__)
    common(parser, default=None)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in _KINDS:
        _operation(commands, name)
    stack_commands.add(commands)
    config_commands.add(commands)
    return parser


def _operation(commands: Any, name: str) -> None:
    parser = commands.add_parser(name, aliases=_ALIASES.get(name, []))
    common(parser)
    stack_flag(parser)
    parser.set_defaults(run=_operate, operation=name)
    for flag in ("--yes", "--skip-preview", "--json", "--diff", "--debug"):
        short = {"--yes": ["-y"], "--skip-preview": ["-f"], "--json": ["-j"], "--debug": ["-d"]}.get(flag, [])
        parser.add_argument(*([] if (name, flag) == ("import", "--skip-preview") else short), flag, action="store_true")
    for flag in ("--show-replacement-steps", "--show-reads", "--show-config", "--suppress-progress"):
        parser.add_argument(flag, action="store_true", help="accepted")
    for flag in ("--preview-only", "--allow-remote", "--show-sames", "--show-secrets", "--suppress-outputs"):
        parser.add_argument(flag, action="store_true")
    parser.add_argument("-m", "--message", default="", help="the message for the stack's history")
    parser.add_argument("--suppress-permalink", nargs="?", const="false", help="accepted")
    parser.add_argument("-p", "--parallel", type=int, default=0)
    parser.add_argument("--event-log", type=Path)
    if name == "import":
        _import_flags(parser)
    else:
        _program_flags(parser)


def _program_flags(parser: argparse.ArgumentParser) -> None:
    for flag in ("--run-program", "--expect-no-changes", "--continue-on-error", "--ignore-protect", "--remove"):
        parser.add_argument(flag, action="store_true")
    parser.add_argument("-r", "--refresh", nargs="?", const="true", default="false", choices=["true", "false"])
    parser.add_argument("--replace", action="append", default=[], metavar="URN")


def _import_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("type", nargs="?")
    parser.add_argument("name", nargs="?")
    parser.add_argument("id", nargs="?")
    parser.add_argument("-f", "--file", type=Path)
    parser.add_argument("--parent", default="", metavar="[NAME=]URN")
    parser.add_argument("--provider", default="", metavar="[NAME=]URN")
    parser.add_argument("--properties", default="", metavar="NAMES")
    for flag in ("--protect", "--generate-code"):
        parser.add_argument(flag, nargs="?", const="true", default="true", choices=["true", "false"])


@dataclass
class _Audience:
    listeners: list[Listener]
    digest: PreviewJson | None = None
    log: EventLog | None = None
    stream: EventLog | None = None
    _file: TextIO | None = None
    _file_output: Output | None = None

    def open_log(self, path: Path) -> None:
        """Write events to a file as well.

        Raises:
            EngineError: it cannot be opened.
        """
        try:
            self._file = open_private(path)
        except OSError as error:
            raise EngineError(f"--event-log {path} cannot be written: {error.strerror}") from error
        self._file_output = Output(self._file)
        self.log = EventLog(self._file_output, last_only=True)
        self.listeners.append(self.log)

    def close(self) -> None:
        for log in (self.log, self.stream):
            if log:
                log.close()
        if self._file:
            self._file.close()
        if self._file_output and self._file_output.lost:
            sys.stderr.write(f"warning: --event-log is incomplete: {describe(self._file_output.lost)}\n")


def _operate(options: argparse.Namespace) -> int:
    name = options.operation
    only_preview = name == "preview" or options.preview_only
    if not (only_preview or options.yes or options.skip_preview):
        sys.stderr.write(
            "error: --yes or --skip-preview or --preview-only must be passed in to proceed when running in non-interactive mode\n"
        )
        return EXIT_USAGE
    display = Display(
        sys.stdout,
        show_sames=options.show_sames,
        show_secrets=options.show_secrets,
        debug=options.debug,
        suppress_outputs=options.suppress_outputs,
    )
    audience = _audience(options, display, only_preview=only_preview)
    announce = display.headline if display in audience.listeners else _unannounced
    engine = engine_of(options, allow_remote=options.allow_remote, announce=announce)
    try:
        result = engine.operate(_wanted(engine, options), audience.listeners, _runs(options, only_preview=only_preview))
    finally:
        display.finish()
        audience.close()
    if audience.digest:
        sys.stdout.write(json.dumps(audience.digest.document, indent=4) + "\n")
    if result.ok and name == "destroy" and options.remove and not only_preview:
        engine.remove_stack()
        if not audience.digest:
            sys.stdout.write("The resources in the stack have been deleted, and the history and configuration removed.\n")
    return _code(name, result, options)


def _runs(options: argparse.Namespace, *, only_preview: bool) -> Sequence[bool]:
    if only_preview:
        return (True,)
    return (False,) if options.skip_preview else (True, False)


def _wanted(engine: Engine, options: argparse.Namespace) -> Options:
    if options.operation == "import":
        return engine.importing(
            _import_file(options), Options(parallel=options.parallel, message=options.message), protect=options.protect == "true"
        )
    return Options(
        kind=_KINDS[options.operation],
        refresh=options.refresh == "true" or options.operation == "refresh",
        run_program=options.run_program,
        parallel=options.parallel,
        continue_on_error=options.continue_on_error,
        ignore_protect=options.ignore_protect,
        replace=frozenset(options.replace),
        message=options.message,
        debug=options.debug,
    )


def _import_file(options: argparse.Namespace) -> Any:
    if options.generate_code != "false":
        raise NeedsPulumiCLI("generating code for what is imported (`--generate-code=false` does without)")
    if options.file:
        if options.type or options.parent or options.provider or options.properties:
            raise ImportFileError("an inline resource may not be specified in conjunction with an import file")
        try:
            return input_files.json_value(input_files.named(options.file, largest=input_files.DOCUMENT_BYTES), str(options.file))
        except input_files.FileError as error:
            raise ImportFileError(f"could not read import file: {error}") from error
    if not options.id:
        missing = "id" if options.name else "name and id" if options.type else "type, name, and id"
        raise ImportFileError(f"an inline resource must be specified if no converter or import file is used, missing {missing}")
    selected = [name for name in options.properties.split(",") if name]
    return single(options.type, options.name, options.id, parent=options.parent, provider=options.provider, selected=selected)


def _code(name: str, result: Result, options: argparse.Namespace) -> int:
    if not result.ok:
        return EXIT_FAILED
    if name != "import" and options.expect_no_changes and result.changed:
        operation = {"up": "update"}.get(name, name)
        sys.stderr.write(f"error: no changes were expected for {operation} but changes were proposed\n")
        return EXIT_CHANGES
    return 0


def _audience(options: argparse.Namespace, display: Display, *, only_preview: bool) -> _Audience:
    audience = _Audience([])
    if not options.json:
        audience.listeners.append(display)
    elif only_preview:
        audience.digest = PreviewJson(show_sames=options.show_sames)
        audience.listeners.append(audience.digest)
    else:
        audience.stream = EventLog(cast("Output", sys.stdout))
        audience.listeners.append(audience.stream)
    if options.event_log:
        audience.open_log(options.event_log)
    return audience


def _unannounced(_text: str) -> None:
    pass
