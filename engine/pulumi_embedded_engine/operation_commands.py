"""The operations: `up`, `preview`, `refresh`, `destroy` and `import`."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO, cast

from pulumi_embedded_engine import input_files, limits, plan_files
from pulumi_embedded_engine.engine import Engine, OperationResult
from pulumi_embedded_engine.errors import EngineError, NeedsPulumiCLI, describe
from pulumi_embedded_engine.plan.context import Mode
from pulumi_embedded_engine.report.display import Display
from pulumi_embedded_engine.report.events import EventLog, Listener
from pulumi_embedded_engine.report.output import Output
from pulumi_embedded_engine.report.preview_json import PreviewJson
from pulumi_embedded_engine.run.imports import ImportFileError, single_resource_file
from pulumi_embedded_engine.run.options import Options
from pulumi_embedded_engine.stack_commands import common, engine_of, stack_flag
from pulumi_embedded_engine.store.files import open_private

EXIT_FAILED, EXIT_USAGE, EXIT_CHANGES = 1, 2, 7

_KINDS = {
    "up": Mode.UPDATE,
    "preview": Mode.UPDATE,
    "refresh": Mode.REFRESH,
    "destroy": Mode.DESTROY,
    "import": Mode.IMPORT,
}
_PLAN_SAVED = "Update plan written to '{0}'\nRun `pulumi up --plan='{0}'` to constrain the update to the operations planned by this preview\n"
_ALIASES = {"up": ["update"], "preview": ["pre"], "destroy": ["down", "dn"]}


def add(commands: Any) -> None:
    """Add the commands to a parser's."""
    for name in _KINDS:
        _operation(commands, name)


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
    parser.add_argument("--exec-kind", help="accepted: the Automation API says by it who runs the engine")
    if name == "import":
        _import_flags(parser)
        limits.none(parser)
    else:
        _program_flags(parser)
        limits.add(parser, name)
    _plan_flags(parser, name)


def _program_flags(parser: argparse.ArgumentParser) -> None:
    for flag in ("--run-program", "--expect-no-changes", "--continue-on-error", "--ignore-protect", "--remove"):
        parser.add_argument(flag, action="store_true")
    parser.add_argument("-r", "--refresh", nargs="?", const="true", default="false", choices=["true", "false"])
    parser.add_argument("--replace", action="append", default=[], metavar="URN")


def _plan_flags(parser: argparse.ArgumentParser, name: str) -> None:
    parser.set_defaults(save_plan="", plan="", strict=False)
    if name == "preview":
        parser.add_argument("--save-plan", default="", metavar="FILE")
    elif name == "up":
        parser.add_argument("--plan", default="", metavar="FILE")
        parser.add_argument("--strict", action="store_true")


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
        if self._file_output and self._file_output.write_error:
            sys.stderr.write(f"warning: --event-log is incomplete: {describe(self._file_output.write_error)}\n")


def _operate(options: argparse.Namespace) -> int:
    name = options.operation
    limits.check(options)
    if options.skip_preview and options.preview_only:
        raise EngineError("--skip-preview and --preview-only cannot be used together")
    if options.skip_preview and options.strict:
        raise EngineError("--strict cannot be used with --skip-preview; strict requires a preview")
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
    protected = engine.protected() if options.exclude_protected else None
    if protected and len(protected) == len(engine.load().resources):
        return _say(options, f"There were no unprotected resources to destroy. {_still(protected)}")
    try:
        engine_options = _engine_options(engine, options, protected or ())
        result = engine.execute(engine_options, audience.listeners, _runs(options, only_preview=only_preview))
    finally:
        display.finish()
        audience.close()
    if audience.digest:
        sys.stdout.write(json.dumps(audience.digest.document, indent=4) + "\n")
    if result.ok and protected:
        _say(options, f"All unprotected resources were destroyed. {_still(protected)}")
    elif result.ok and name == "destroy" and options.remove and not only_preview and not options.target:
        engine.remove_stack()
        _say(options, "The resources in the stack have been deleted, and the history and configuration removed.")
    code = _code(name, result, options)
    if code == 0 and options.save_plan and result.plan:
        plan_files.save(Path(options.save_plan), result.plan, engine, show_secrets=options.show_secrets)
        _say(options, _PLAN_SAVED.format(options.save_plan))
    return code


def _still(protected: Sequence[str]) -> str:
    return f"There are still {len(protected)} protected resources associated with this stack."


def _say(options: argparse.Namespace, text: str) -> int:
    if not options.json:
        sys.stdout.write(f"{text}\n")
    return 0


def _runs(options: argparse.Namespace, *, only_preview: bool) -> Sequence[bool]:
    if only_preview:
        return (True,)
    return (False,) if options.skip_preview else (True, False)


def _engine_options(engine: Engine, options: argparse.Namespace, protected: Sequence[str]) -> Options:
    if options.operation == "import":
        return engine.import_options(
            _import_file(options), Options(parallel=options.parallel, message=options.message), protect=options.protect == "true"
        )
    return Options(
        kind=_KINDS[options.operation],
        limits=limits.given(options, protected),
        refresh=options.refresh == "true" or options.operation == "refresh",
        run_program=options.run_program,
        parallel=options.parallel,
        continue_on_error=options.continue_on_error,
        ignore_protect=options.ignore_protect,
        replace=frozenset([*options.replace, *options.target_replace]),
        message=options.message,
        debug=options.debug,
        plan=plan_files.load(Path(options.plan), engine) if options.plan else None,
        make_plan=bool(options.save_plan),
        strict=options.strict,
    )


def _import_file(options: argparse.Namespace) -> Any:
    if options.generate_code != "false":
        raise NeedsPulumiCLI("generating code for what is imported (`--generate-code=false` does without)")
    if options.file:
        if options.type or options.parent or options.provider or options.properties:
            raise ImportFileError("an inline resource may not be specified in conjunction with an import file")
        try:
            return input_files.parse_json(
                input_files.read_user_file(options.file, largest=input_files.DOCUMENT_BYTES), str(options.file)
            )
        except input_files.FileError as error:
            raise ImportFileError(f"could not read import file: {error}") from error
    if not options.id:
        missing = "id" if options.name else "name and id" if options.type else "type, name, and id"
        raise ImportFileError(f"an inline resource must be specified if no converter or import file is used, missing {missing}")
    selected = [name for name in options.properties.split(",") if name]
    return single_resource_file(
        options.type, options.name, options.id, parent=options.parent, provider=options.provider, selected=selected
    )


def _code(name: str, result: OperationResult, options: argparse.Namespace) -> int:
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
