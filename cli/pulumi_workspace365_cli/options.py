"""The options that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from pulumi_workspace365_cli import output_formats
from pulumi_workspace365_cli.output_formats import Target


def _stacks(incomplete: str) -> list[str]:
    from pulumi_workspace365_cli import completion  # noqa: PLC0415  only a shell that completes pays for it

    return completion.stacks(incomplete)


def _environments(ctx: typer.Context, incomplete: str) -> list[str]:
    from pulumi_workspace365_cli import completion  # noqa: PLC0415  likewise

    return completion.environments(ctx, incomplete)


def examples(*lines: str) -> str:
    """The end of a command's help."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


_OUTPUT_HELP = "How to show the result: text, json, junit, github, html or sarif, to standard output or to a file. Repeatable."


def _output(*names: str, parser: Callable[[str], Target], complete: Callable[[str], list[str]], more: str = "") -> Any:
    return typer.Option(*names, parser=parser, metavar="FORMAT[=FILE]", help=f"{_OUTPUT_HELP}{more}", autocompletion=complete)


Output = Annotated[list[Target] | None, _output("--output", "-o", parser=output_formats.parse, complete=output_formats.complete)]
LongOutput = Annotated[list[Target] | None, _output("--output", parser=output_formats.parse, complete=output_formats.complete)]
"""For a command whose -o is the file that it makes."""
OutputOrPrometheus = Annotated[
    list[Target] | None,
    _output(
        "--output",
        "-o",
        parser=output_formats.parse_or_prometheus,
        complete=output_formats.complete_or_prometheus,
        more=" This command also has prometheus.",
    ),
]
OutputOrCsv = Annotated[
    list[Target] | None,
    _output(
        "--output",
        "-o",
        parser=output_formats.parse_or_csv,
        complete=output_formats.complete_or_csv,
        more=" This command also has csv and prometheus.",
    ),
]
Names = Annotated[
    list[str] | None, typer.Argument(metavar="NAME", help="Environments (default: all).", autocompletion=_environments)
]
Name = Annotated[str, typer.Argument(metavar="NAME", help="The environment.", show_default=False, autocompletion=_environments)]
_DEFAULT_STACK = "default: PULUMI_STACK, the selected stack, or the project's only one"
Stack = Annotated[
    list[str] | None,
    typer.Option("--stack", "-s", metavar="NAME", help=f"The stack ({_DEFAULT_STACK}).", autocompletion=_stacks),
]
"""For a command that looks at one stack: a second one is refused."""
FromStack = Annotated[
    list[str] | None,
    typer.Option(
        "--stack", "-s", metavar="NAME", help="The stack that manages it (default: all are looked at).", autocompletion=_stacks
    ),
]
Stacks = Annotated[
    list[str] | None,
    typer.Option("--stack", "-s", metavar="NAME", help=f"A stack ({_DEFAULT_STACK}). Repeatable.", autocompletion=_stacks),
]
AllStacks = Annotated[bool, typer.Option("--all-stacks", help="Every stack of the project.")]
State = Annotated[
    Path | None,
    typer.Option(
        "--state",
        metavar="FILE",
        help="A file written by `pulumi stack export` (- for standard input), instead of exporting the state.",
    ),
]
Sandbox = Annotated[
    bool, typer.Option("--sandbox", help="Use the local servers that `python -m sandbox serve` runs for this project.")
]
