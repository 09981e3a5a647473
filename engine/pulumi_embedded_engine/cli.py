"""Commands and flags, as the Pulumi CLI has them for what this engine supports."""

import argparse
import functools
import os
import sys
import traceback
from collections.abc import Sequence
from typing import TextIO, cast

from pulumi_embedded_engine import (
    backend_commands,
    config_commands,
    history_commands,
    operation_commands,
    stack_commands,
    state_commands,
)
from pulumi_embedded_engine.arguments import Parser
from pulumi_embedded_engine.backend_stack import StackNotFound
from pulumi_embedded_engine.command_table import UsageError, refusal
from pulumi_embedded_engine.engine import Terminated
from pulumi_embedded_engine.errors import EngineError, Unexpected, UnsupportedSystem, describe
from pulumi_embedded_engine.report.output import Output
from pulumi_embedded_engine.stack_commands import common

EXIT_FAILED, EXIT_NO_STACK, EXIT_CANCELLED = 1, 6, 8
EXIT_INTERRUPTED = 130


def main(arguments: Sequence[str]) -> int:
    """Run a command; returns the exit code: 0 done, 1 failed, 2 usage, 6 no such stack, 7 unexpected changes, 8 ended at once.

    What is printed may get lost; that changes the exit code of those commands alone that do nothing else.
    """
    streams = sys.stdout, sys.stderr
    output, errors = Output(streams[0]), Output(streams[1])
    sys.stdout, sys.stderr = cast("TextIO", output), cast("TextIO", errors)
    try:
        return _exit_code(*_main(arguments), output, errors)
    except KeyboardInterrupt:
        errors.write("error: interrupted\n")
        return EXIT_INTERRUPTED
    finally:
        errors.drain()
        sys.stdout, sys.stderr = streams


def _exit_code(code: int, asks: bool, output: Output, errors: Output) -> int:
    """The exit code once everything is printed, or lost."""
    output.drain()
    if output.write_error and not isinstance(output.write_error, BrokenPipeError):
        errors.write(f"error: standard output is incomplete: {describe(output.write_error)}\n")
    return code or (EXIT_FAILED if asks and output.write_error else 0)


def _main(arguments: Sequence[str]) -> tuple[int, bool]:
    """The exit code, and whether the command does nothing but answer a question."""
    if os.name == "nt":
        return _fail(UnsupportedSystem(), EXIT_FAILED), False
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
    command = parser.subparser(path)
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
    """Parse the command line. Flags may be between a key and its value; argparse alone would take the value as missing.

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
    operation_commands.add(commands)
    stack = stack_commands.add(commands)
    backend_commands.add(stack)
    history_commands.add(stack)
    state_commands.add(commands)
    config_commands.add(commands)
    return parser
