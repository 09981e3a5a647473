"""The ``w365`` command on one page, as its own help tells it."""

from typing import Any

import typer

from pulumi_workspace365_cli.app import app
from tests.docs.reference import markdown


def page() -> str:
    """The page of all commands."""
    root: Any = typer.main.get_command(app)
    context = root.make_context("w365", [], resilient_parsing=True)
    commands = [(name, root.get_command(context, name)) for name in root.list_commands(context)]
    return markdown.page(
        "# w365, command by command\n",
        "What each command is for, formats and settings: [the w365 command](../w365.md). Every command also takes `--help`.\n",
        f"{root.epilog}\n",
        *(part for name, command in commands if not command.hidden for part in _command(context, name, command)),
        markdown.NOTE,
    )


def _command(context: Any, name: str, command: Any) -> list[str]:
    inner = type(context)(command, info_name=name, parent=context)
    usage = " ".join(["w365", name, *command.collect_usage_pieces(inner)])
    rows = [_parameter(inner, item) for item in command.params if not getattr(item, "hidden", False) and item.name != "help"]
    return [
        f"## w365 {name}\n",
        f"```text\n{usage}\n```\n",
        markdown.prose(command.help or "").replace("\b", "") + "\n",
        markdown.table(("argument or option", "meaning"), [row for row in rows if row]),
        _examples(command.epilog or ""),
    ]


def _parameter(context: Any, item: Any) -> tuple[str, str]:
    if item.param_type_name == "argument":
        return f"`{item.metavar or item.name.upper()}`", getattr(item, "help", None) or ""
    names, text = item.get_help_record(context) or ("", "")
    return f"`{names}`", " ".join(str(text).split())


def _examples(epilog: str) -> str:
    lines = [line.strip() for line in epilog.replace("\b", "").splitlines() if line.strip() and line.strip() != "Examples:"]
    return "```sh\n" + "\n".join(lines) + "\n```\n" if lines else ""
