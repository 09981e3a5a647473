"""``w365 help`` and ``w365 version``: what people type who know other tools."""

import subprocess
import sys

import pytest

from pulumi_workspace365_cli import app

from .conftest import Command


def test_help_and_version_as_commands_say_what_they_say_as_options(w365: Command) -> None:
    assert w365("help").out == w365("--help").out
    assert w365("version").out == w365("--version").out


@pytest.mark.parametrize("command", ["plan", "rollout", "help"])
def test_help_of_a_command_is_its_help(w365: Command, command: str) -> None:
    assert command in app.COMMANDS
    assert w365("help", command).out == w365(command, "--help").out


def test_help_of_no_command_names_the_nearest(w365: Command) -> None:
    ran = w365("help", "plann")
    assert (ran.code, ran.out) == (2, "")
    assert "No such command 'plann'. Did you mean 'plan'?" in ran.error


def test_the_short_form_of_output_is_everywhere_but_where_it_is_the_file(w365: Command) -> None:
    for command in app.COMMANDS:
        told = w365("help", command).out
        if "--output" in told:
            assert ("-o, --output" in told) == (command != "export"), command


def test_the_list_of_commands_says_what_their_own_help_begins_with(w365: Command) -> None:
    listed = w365("--help").out
    for command, summary in app.COMMANDS.items():
        assert f"  {command:12}  {summary}\n" in listed
        assert summary in w365(command, "--help").out


def test_the_list_of_commands_imports_none_of_them() -> None:
    code = (
        "import sys; from pulumi_workspace365_cli import app; app.run(['--help']); "
        "print(sorted(name for name in sys.modules if name.startswith('pulumi_workspace365_cli.commands') or name in {'pulumi', 'httpx'}))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout.splitlines()[-1] == "[]"
