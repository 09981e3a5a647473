"""The options that several commands have, said once."""

from pathlib import Path
from typing import Annotated

import typer

from pulumi_workspace365_components.cli import outputs
from pulumi_workspace365_components.cli.outputs import Target


def examples(*lines: str) -> str:
    """The end of a command's help."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


_OUTPUT_HELP = "How to show the result: text, json, junit, github or html, to standard output or to a file. Repeatable."

Output = Annotated[
    list[Target] | None,
    typer.Option("--output", parser=outputs.parse, metavar="FORMAT[=FILE]", help=_OUTPUT_HELP, autocompletion=outputs.complete),
]
OutputOrCsv = Annotated[
    list[Target] | None,
    typer.Option(
        "--output", parser=outputs.parse_or_csv, metavar="FORMAT[=FILE]", help=f"{_OUTPUT_HELP} Here also csv.",
        autocompletion=outputs.complete,
    ),
]  # fmt: skip
Stack = Annotated[
    str | None, typer.Option("--stack", "-s", metavar="NAME", help="The stack; else PULUMI_STACK, else the project's only one.")
]
State = Annotated[
    Path | None,
    typer.Option(
        "--state", metavar="FILE", help="What `pulumi stack export` wrote (- for standard input), instead of asking for it."
    ),
]
Sandbox = Annotated[
    bool, typer.Option("--sandbox", help="Use the local servers that `python -m sandbox serve` runs for this project.")
]
