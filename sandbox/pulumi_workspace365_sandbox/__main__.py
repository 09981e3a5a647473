"""The local servers, and operations of the project's stack on them."""

import json
import os
import shlex
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from pulumi_workspace365_sandbox.runner import html_report, locks, orchestrator, servers, shells
from pulumi_workspace365_sandbox.runner.display import Display
from pulumi_workspace365_sandbox.runner.engines import Choice, Operation
from pulumi_workspace365_sandbox.runner.orchestrator import RunRequest
from pulumi_workspace365_sandbox.runner.project import COMMAND, HERE, Project, UsageError
from pulumi_workspace365_sandbox.support import input_files
from pulumi_workspace365_sandbox.support.processes import StartError
from pulumi_workspace365_sandbox.support.safe_text import visible

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

Program = Annotated[Path, typer.Option("--program", help="Folder of the project's Pulumi.yaml.", file_okay=False)]
Stack = Annotated[str, typer.Option("--stack", help="The stack to operate on.")]
EngineChoice = Annotated[Choice, typer.Option("--engine", help="auto: the Pulumi CLI when on PATH, else the embedded engine.")]
NoServers = Annotated[
    bool, typer.Option("--no-servers", help="Start no local servers: use stack configuration and environment as they are.")
]
ShellChoice = Annotated[shells.Shell, typer.Option("--shell", help="sh: bash and other POSIX shells.")]
Report = Annotated[
    Path | None,
    typer.Option("--report", metavar="FILE", help="Write a page about what was deployed: the checks of `w365 check`, and more."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


def _console(*, quiet: bool) -> Console:
    """Elsewhere than on a terminal, lines are as long as they are."""
    return Console(quiet=quiet, width=None if sys.stdout.isatty() else 200)


def _operation(name: Operation, help_text: str) -> None:
    @app.command(name, help=help_text)
    def command(
        stack: Stack = "sandbox",
        engine: EngineChoice = "auto",
        program: Program = HERE,
        no_servers: NoServers = False,
        as_json: AsJson = False,
    ) -> None:
        with _refusals_in_one_line():
            request = RunRequest(name, Project.at(program), stack, engine, local_servers=not no_servers)
        _execute(request, as_json=as_json)


def _execute(request: RunRequest, *, as_json: bool) -> None:
    with _refusals_in_one_line():
        report = orchestrator.execute(request, os.environ, Display(_console(quiet=as_json)))
    if as_json:
        sys.stdout.write(report.document() + "\n")
    raise typer.Exit(report.exit_code)


@app.command()
def up(
    *,
    stack: Stack = "sandbox",
    engine: EngineChoice = "auto",
    program: Program = HERE,
    no_servers: NoServers = False,
    report: Report = None,
    as_json: AsJson = False,
) -> None:
    """Deploy the stack, then validate and print what was deployed."""
    with _refusals_in_one_line():
        file = html_report.validate_path(report) if report else None
        request = RunRequest("up", Project.at(program), stack, engine, local_servers=not no_servers, page=file)
    _execute(request, as_json=as_json)


_operation("preview", "Show what `up` would change.")
_operation("refresh", "Take changes made behind Pulumi's back into the stack's state.")
_operation("destroy", "Delete everything the stack deployed.")


@app.command()
def serve(
    program: Program = HERE,
    *,
    as_variables: Annotated[
        bool, typer.Option("--variables", help="Print the variables as lines for a shell instead, as `variables` does.")
    ] = False,
    shell: ShellChoice = "sh",
) -> None:
    """Run the local servers in the foreground. A terminal is told their addresses, a pipe one JSON line with addresses, keys and variables. Ctrl-C stops them."""
    with _refusals_in_one_line():
        project = Project.at(program)
        project.prepare()
        with servers.running(project.folder, f"{COMMAND} serve") as running:
            if running.shared:
                raise StartError(f"The servers of {project.folder} are already run by {servers.owner(project.folder)}.")
            if as_variables:
                _write_variables(project, running, shell)
            elif sys.stdout.isatty():
                sys.stdout.write("".join(f"{line}\n" for line in running.addresses()))
            else:
                sys.stdout.write(json.dumps(running.describe()) + "\n")
            sys.stdout.flush()
            sys.stderr.write(
                f"Ready; Ctrl-C stops the servers. To use them in another shell, for any project: {_other_shell(project)}\n"
            )
            _wait_for_interrupt(running)
            sys.stderr.write("Stopped.\n")


def _other_shell(project: Project) -> str:
    where = "" if project.root == HERE else f" --program {shlex.quote(str(project.root))}"
    folder = "" if Path() == HERE else f"cd {shlex.quote(str(HERE))} && "
    command = f"{folder}{COMMAND.replace('python', shlex.quote(sys.executable), 1)} variables{where}"
    return f'eval "$({command})"'


@app.command()
def variables(program: Program = HERE, shell: ShellChoice = "sh") -> None:
    """Print what another shell needs to use the servers that `serve` runs, for any project: eval "$(… variables)"."""
    with _refusals_in_one_line():
        project = Project.at(program)
        project.prepare()
        _write_variables(project, servers.served(project.folder), shell)


def _write_variables(project: Project, running: servers.Servers, shell: shells.Shell) -> None:
    sys.stdout.write(shells.lines(running.variables | project.unproxied(os.environ), shell))


def _wait_for_interrupt(running: servers.Servers) -> None:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stop.set())
    while not stop.wait(0.5):
        if running.ended:
            raise StartError(f"{running.ended} ended by itself.")


@app.command()
def reset(program: Program = HERE) -> None:
    """Empty `.sandbox/`: the servers' data and the stack's state."""
    with _refusals_in_one_line():
        project = Project.at(program)
        project.prepare()
        with (
            locks.hold(project.folder / "run.lock", f"{COMMAND} reset"),
            locks.hold(project.folder / "servers.lock", f"{COMMAND} reset"),
        ):
            project.empty()
    sys.stdout.write(f"Emptied {project.folder}: the servers' data and the stacks' states are gone.\n")


@contextmanager
def _refusals_in_one_line() -> Iterator[None]:
    """Report wrong use (exit code 2) and other problems (exit code 1) in one line."""
    try:
        yield
    except (UsageError, StartError, locks.HeldError, input_files.FileError) as error:
        Console(stderr=True).print(f"error: {visible(str(error))}", style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(2 if isinstance(error, UsageError) else 1) from None


if __name__ == "__main__":
    app()
