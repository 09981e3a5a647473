"""A command line as the Pulumi CLI reads it, which is not how argparse does: no abbreviations, values that begin with a hyphen, `--flag=false`."""

import argparse
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

from pulumi_embedded_engine.command_table import UsageError

_TRUE, _FALSE = {"1", "t", "T", "true", "TRUE", "True"}, {"0", "f", "F", "false", "FALSE", "False"}


class Parser(argparse.ArgumentParser):
    """Raises what argparse would end the process with."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "allow_abbrev": False})

    def error(self, message: str) -> NoReturn:
        """Refuse a command line.

        Raises:
            UsageError: always.
        """
        raise UsageError(_in_the_clis_words(message))

    def subparser(self, path: Sequence[str]) -> "Parser | None":
        """The parser of a command; None where there is no such command, or where it only groups others."""
        parser = self._within(path)
        return parser if parser and parser.get_default("run") else None

    @property
    def flags(self) -> frozenset[str]:
        """The flags of this command, long and short."""
        return frozenset(self._option_string_actions)

    def normalised(self, arguments: Sequence[str]) -> list[str]:
        """The command line in a form that argparse parses as intended.

        Raises:
            UsageError: a flag that is on or off has another value.
        """
        return list(self._normalised(iter(arguments)))

    def _normalised(self, arguments: Iterator[str]) -> Iterator[str]:
        parser, path = self, list[str]()
        for argument in arguments:
            if argument == "--":
                yield argument
                yield from arguments
                return
            name, given, value = argument.partition("=")
            action = parser._option_string_actions.get(name) or self._option_string_actions.get(name)
            if not argument.startswith("-"):
                path.append(argument)
                parser = self._within(path) or parser
                yield argument
            elif action is None:
                yield argument
            elif action.nargs == 0 and given:
                yield from [name] if _truth(", ".join(action.option_strings), value) else []
            elif action.nargs == "?" and not given:
                yield f"{action.option_strings[-1]}={action.const}"
            elif action.nargs is None and not given and (following := next(arguments, None)) is not None:
                yield f"{action.option_strings[-1]}={following}"
            else:
                yield argument

    def _within(self, path: Sequence[str]) -> "Parser | None":
        parser: argparse.ArgumentParser = self
        for name in path:
            choices = next((action.choices for action in parser._actions if isinstance(action, argparse._SubParsersAction)), None)  # noqa: SLF001  argparse has no other way to ask
            if not choices or name not in choices:
                return None
            parser = choices[name]
        return parser if isinstance(parser, Parser) else None


def _truth(name: str, value: str) -> bool:
    if value in _TRUE:
        return True
    if value in _FALSE:
        return False
    raise UsageError(f'invalid argument "{value}" for "{name}" flag: strconv.ParseBool: parsing "{value}": invalid syntax')


def _in_the_clis_words(message: str) -> str:
    subject, _, problem = message.partition(": ")
    flag = subject.removeprefix("argument ").rpartition("/")[2]
    if problem == "expected one argument":
        return f"flag needs an argument: {flag}"
    if problem.startswith("invalid int value: "):
        value = problem.removeprefix("invalid int value: ").strip("'")
        return f'invalid argument "{value}" for "{subject.removeprefix("argument ").replace("/", ", ")}" flag: strconv.ParseInt: parsing "{value}": invalid syntax'
    return message
