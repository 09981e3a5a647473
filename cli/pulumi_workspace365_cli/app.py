"""The ``w365`` command: its commands and its exit codes. Every error is reported in one line."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from types import TracebackType
from typing import Annotated, Any, cast

import typer
from typer.core import TyperCommand, TyperGroup

from pulumi_dynamic_host import interpreter_exit, redaction, safe_text
from pulumi_workspace365.api.cli_hints import for_installed_cli
from pulumi_workspace365.errors import W365Error
from pulumi_workspace365_cli import debug_log, versions
from pulumi_workspace365_cli.errors import CommandError

# typer brings a click of its own or uses the installed one: these are the UsageError and ClickException of whichever it is
_UsageError, _ClickError = cast("tuple[type[Exception], type[Exception]]", typer.BadParameter.__mro__[1:3])
_USAGE = 2
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}
"""Why standard output takes no more; a pipe that nobody reads is typer's."""
COMMANDS = {
    "doctor": "Check the set-up and suggest remedies.",
    "environments": "List environments: managed or not, active, age.",
    "licensing": "Count users per licence and module, also in total.",
    "health": "Show the health of the instance.",
    "check": "Ask what was deployed whether it works.",
    "export": "Export an environment's configuration as JSON.",
    "drift": "Compare stacks with the instance.",
    "expiry": "Show when sign-on keys end, soonest first.",
    "fleet": "Show which stack manages whom.",
    "plan": "Judge a preview: does it change more than agreed?",
    "rollout": "Update the stacks of a project in waves.",
    "generate": "Write a program, customers' files and an import file.",
    "init": "Prepare the Pulumi project of this folder.",
    "schema": "Print the JSON Schema of a kind of file.",
    "validate": "Find mistakes in files, before a preview.",
    "conformance": "Test which assumptions about the API hold on this instance.",
    "recover": "Note what a lost run may have created.",
    "migrate": "Rewrite a stack's state for the other kind of classes.",
    "move": "Move a customer to another stack.",
    "rebuild": "Make the lost state of a stack again.",
    "help": "Show what a command does, as its --help.",
    "version": "Print versions.",
}
"""What a list of the commands says of each: the first sentence of its own help, without importing it."""


class _Commands(TyperGroup):
    """Imports a command on use: importing all of them would take longer than most commands run."""

    _listing = False

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  typer's signature
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if self._listing:
            return TyperCommand(cmd_name, help=COMMANDS[cmd_name])
        for name in {cmd_name} & set(COMMANDS) or COMMANDS:  # all for a slip of the pen: the likely ones are suggested
            if name not in self.commands:
                self.commands[name] = _imported(name)
        return super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with self._names_and_summaries():
            super().format_commands(ctx, formatter)

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:
        with self._names_and_summaries():
            return super().shell_complete(ctx, incomplete)

    @contextmanager
    def _names_and_summaries(self) -> Iterator[None]:
        """Within, commands are only listed, and none is imported."""
        self._listing = True
        try:
            yield
        finally:
            self._listing = False


def _imported(name: str) -> Any:
    one = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    import_module(f"pulumi_workspace365_cli.commands.{name}").register(one)
    return typer.main.get_command(one)


app = typer.Typer(
    name="w365",
    cls=_Commands,
    help="Inspect Workspace 365 environments, and check what was deployed.",
    epilog="Exit codes: 0 success, 1 error, 2 usage, 3 a check failed, 4 drift found.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


@app.callback(invoke_without_command=True)
def w365(
    context: typer.Context,
    show_version: Annotated[bool, typer.Option("--version", help="Print versions and exit.")] = False,
) -> None:
    if show_version:
        typer.echo(versions.version_line())
    elif context.invoked_subcommand is None:
        typer.echo(context.get_help())


def main() -> None:
    """Run the command line and end the process."""
    sys.excepthook = _internal_error
    code = run(sys.argv[1:])
    interpreter_exit.skip_search()
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run a command line; returns the exit code."""
    try:
        debug_log.enable(os.environ)
        code = typer.main.get_command(app).main(arguments, prog_name="w365", standalone_mode=False)
    except (CommandError, W365Error) as problem:
        return _fail(str(problem), 1)
    except _ClickError as problem:
        return _fail(_usage(problem), _USAGE if isinstance(problem, _UsageError) else 1)
    except OSError as problem:
        if problem.filename or problem.errno not in _NO_ROOM:
            raise
        with suppress(OSError, ValueError):  # else the interpreter would try once more as it ends, and say so
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _fail(f"Standard output is incomplete: {problem.strerror}.", 1)
    return code if isinstance(code, int) else 0


def _usage(problem: BaseException) -> str:
    context = getattr(problem, "ctx", None)
    message = str(problem.format_message()).replace("Value error, ", "")  # type: ignore[attr-defined]  # every click error has it
    message = message if message.endswith("?") else f"{message.rstrip('.')}."
    return f"{message} See `{context.command_path if context else 'w365'} --help`."


def _fail(message: str, code: int) -> int:
    line = safe_text.one_line(for_installed_cli(redaction.redact(message)))
    typer.secho(f"error: {line}", fg=None if os.environ.get("NO_COLOR") else "red", err=True)
    return code


def _internal_error(kind: type[BaseException], problem: BaseException, trace: TracebackType | None) -> None:
    where = trace
    while where and where.tb_next:
        where = where.tb_next
    place = f" at {where.tb_frame.f_globals.get('__name__')}:{where.tb_lineno}" if where else ""
    _fail(f"Internal error of w365: {kind.__name__}: {problem}{place}. Please report it.", 1)
