"""All commands and flags of the Pulumi CLI, from its own help: those that this engine lacks are refused by name, unknown ones are wrong usage.

The table is read only once a command line has not been understood.
"""

import functools
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pulumi_embedded_engine.errors import EngineError, NeedsPulumiCLI

FILE = Path(__file__).with_name("pulumi_commands.json")
_HIDDEN = {"--event-log=", "--exec-kind=", "--exec-agent=", "--client=", "--remote"}
"""Flags that the help does not show, because they are for other programs or for experiments."""
_HIDDEN_OF = {"up": ("--plan=",)}
"""Those of single commands."""


@dataclass(frozen=True)
class _Flag:
    name: str
    short: str
    takes_value: bool
    """Whether what follows is its value; one that may be left out is given after an equals sign."""

    @classmethod
    def read(cls, text: str) -> "_Flag":
        name, _, short = text.partition(" ")
        return cls(name.removesuffix("=").removesuffix("[=]").removesuffix("["), short, name.endswith("=") and "[" not in name)


@dataclass(frozen=True)
class _Command:
    path: tuple[str, ...]
    flags: tuple[_Flag, ...]

    def flag(self, argument: str) -> _Flag | None:
        """The flag that an argument begins with."""
        name = argument.partition("=")[0]
        return next((flag for flag in self.flags if name == flag.name or (flag.short and argument.startswith(flag.short))), None)


class UsageError(EngineError):
    """The command line makes no sense."""


def refusal(arguments: Sequence[str], supported: Callable[[Sequence[str]], frozenset[str] | None], reason: str) -> EngineError:
    """Why a command line that was not understood is refused.

    Args:
        arguments: the command line.
        supported: the flags of the command that this engine supports, long and short; None if it does not support the command.
        reason: what is wrong where the CLI would have understood it as little.
    """
    command, rest = _found(arguments)
    if isinstance(rest, UsageError):
        return rest
    supported_flags = supported(command.path)
    for argument in rest:
        flag = command.flag(argument)
        if flag is None:
            return UsageError(_unknown_flag(argument))
        if supported_flags is not None and not {flag.name, flag.short} & supported_flags:
            return NeedsPulumiCLI(f"the flag {flag.name}")
    if supported_flags is None:
        return NeedsPulumiCLI(f"the command `pulumi {' '.join(command.path)}`")
    return UsageError(reason)


def _unknown_flag(argument: str) -> str:
    if argument.startswith("--"):
        return f"unknown flag: {argument.partition('=')[0]}"
    return f"unknown shorthand flag: {argument[1]!r} in {argument}"


def _found(arguments: Sequence[str]) -> tuple[_Command, list[str] | UsageError]:
    """The command that is meant, and the flags among its arguments."""
    commands = _table()
    command, flags = commands[()], list[str]()
    waiting = iter(arguments)
    for argument in waiting:
        if argument == "--":
            break
        if argument.startswith("-") and argument != "-":
            flags.append(argument)
            _skip_value(command, argument, waiting)
            continue
        if (below := commands.get((*command.path, argument))) is not None:
            command = below
        elif _has_commands(commands, command.path):
            where = " ".join(("pulumi", *command.path))
            return command, UsageError(f'unknown command "{argument}" for "{where}"\nRun \'{where} --help\' for usage.')
    return command, flags


def _skip_value(command: _Command, argument: str, rest: Iterator[str]) -> None:
    flag = command.flag(argument)
    if flag and flag.takes_value and argument in (flag.name, flag.short):
        next(rest, None)


def _has_commands(commands: dict[tuple[str, ...], _Command], path: tuple[str, ...]) -> bool:
    return any(len(other) == len(path) + 1 and other[: len(path)] == path for other in commands)


@functools.cache
def _table() -> dict[tuple[str, ...], _Command]:
    """Commands by path; an alias of a part of it is a path of its own."""
    commands: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))["commands"]
    everywhere = tuple(map(_Flag.read, [*commands[""]["flags"], *_HIDDEN]))
    found: dict[tuple[str, ...], _Command] = {(): _Command((), everywhere)}
    for text in sorted(commands, key=len):
        if text:
            *above, name = text.split(" ")
            own = map(_Flag.read, [*commands[text]["flags"], *_HIDDEN_OF.get(text, ())])
            command = _Command((*above, name), (*own, *_inherited(commands, above), *everywhere))
            parents = [path for path, other in found.items() if other.path == tuple(above)]
            for parent in parents:
                for called in (name, *commands[text]["aliases"]):
                    found[(*parent, called)] = command
    return found


def _inherited(commands: dict[str, Any], above: Sequence[str]) -> Iterator[_Flag]:
    """Flags of the commands above, which the CLI takes below them, too."""
    for depth in range(1, len(above) + 1):
        yield from map(_Flag.read, commands[" ".join(above[:depth])]["flags"])


def version() -> str:
    """The version of the CLI that the table was made from."""
    return str(json.loads(FILE.read_text(encoding="utf-8"))["version"])
