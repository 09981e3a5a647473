"""The commands on a stack's state: protect, forget, rename and move resources, without a provider that hears of it."""

import argparse
import sys
from collections.abc import Callable
from typing import Any

from pulumi_embedded_engine import stack_edits
from pulumi_embedded_engine.engine import Engine
from pulumi_embedded_engine.errors import EngineError
from pulumi_embedded_engine.plan.state_edits import Move
from pulumi_embedded_engine.stack_commands import engine_named, engine_of, stack_flag, subcommand


def add(commands: Any) -> None:
    """Add the commands to a parser's."""
    state = commands.add_parser("state").add_subparsers(dest="state_command", required=True)
    for name, protected in (("protect", True), ("unprotect", False)):
        parser = _command(state, name, _protect)
        parser.set_defaults(protected=protected)
        stack_flag(parser)
        parser.add_argument("--all", action="store_true")
        parser.add_argument("urn", nargs="*")
    parser = _command(state, "delete", _delete, "remove", "rm")
    stack_flag(parser)
    parser.add_argument("urn", nargs="+")
    parser = _command(state, "rename", _rename)
    stack_flag(parser)
    parser.add_argument("urn", nargs="?")
    parser.add_argument("new_name", nargs="?")
    parser = _command(state, "move", _move, "mv")
    parser.add_argument("--source", default="")
    parser.add_argument("--dest", default="")
    parser.add_argument("--include-parents", action="store_true")
    parser.add_argument("urn", nargs="+")


def _command(commands: Any, name: str, action: Any, *aliases: str) -> argparse.ArgumentParser:
    parser = subcommand(commands, name, action, *aliases)
    parser.add_argument("-y", "--yes", action="store_true", help="accepted: nothing is asked" if name != "move" else None)
    return parser


def _protect(options: argparse.Namespace) -> int:
    if not options.all and not options.urn:
        raise EngineError("Must supply <resource URN> unless pulumi is run interactively")
    engine_of(options).protect(protected=options.protected, only=None if options.all else options.urn)
    what = "All" if options.all else f"{len(options.urn)}"
    sys.stdout.write(f"{what} resources {'protected' if options.protected else 'unprotected'}\n")
    return 0


def _delete(options: argparse.Namespace) -> int:
    engine_of(options).remove_from_state(options.urn)
    count = len(options.urn)
    sys.stdout.write("Resource deleted\n" if count == 1 else f"{count} resources deleted\n")
    return 0


def _rename(options: argparse.Namespace) -> int:
    if options.new_name is None:
        raise EngineError("Must supply <resource URN> and <new name> unless pulumi is run interactively")
    stack_edits.rename_resource(engine_of(options), options.urn, options.new_name)
    sys.stdout.write("Resource renamed\n")
    return 0


def _move(options: argparse.Namespace) -> int:
    if not options.source and not options.dest:
        raise EngineError("at least one of --source or --dest must be provided")
    source, dest = (engine_named(options, name) for name in (options.source, options.dest))
    stack_edits.move_resources(
        source, dest, options.urn, include_parents=options.include_parents, confirm=_confirmation(source, dest, options)
    )
    sys.stdout.write(f"Successfully moved resources from {source.name} to {dest.name}\n")
    return 0


def _confirmation(source: Engine, dest: Engine, options: argparse.Namespace) -> Callable[[Move], None]:
    def confirm(planned: Move) -> None:
        out = sys.stdout
        out.write("".join(f"warning: Resource {urn} not found in source stack\n" for urn in planned.not_found))
        out.write(f"Planning to move the following resources from {source.name} to {dest.name}:\n\n")
        out.write("".join(f"  - {urn}\n" for urn in planned.moved) + "\n")
        if planned.broken_source:
            out.write(
                f"The following resources remaining in {source.name} have dependencies on resources moved to {dest.name}:\n\n"
            )
            out.write("".join(f"  - {text}\n" for text in planned.broken_source))
        if planned.broken_dest:
            out.write("\n" if planned.broken_source else "")
            out.write(f"The following resources being moved to {dest.name} have dependencies on resources in {source.name}:\n\n")
            out.write("".join(f"  - {text}\n" for text in planned.broken_dest))
        if planned.broken_source or planned.broken_dest:
            out.write(
                "\nIf you go ahead with moving these dependencies, it will be necessary to create the appropriate inputs and "
                "outputs in the program for the stack the resources are moved to.\n\n"
            )
        if not options.yes:
            raise EngineError("non-interactive mode requires --yes flag")

    return confirm
