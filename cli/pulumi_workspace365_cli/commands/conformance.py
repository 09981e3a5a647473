"""``w365 conformance``: tests on a temporary environment which assumptions about the API hold on this instance."""

import sys
from typing import Annotated

import typer

from pulumi_workspace365.api import naming as api_naming
from pulumi_workspace365.api.configuration import Settings
from pulumi_workspace365.lifecycle import journal
from pulumi_workspace365_cli import options, output_formats
from pulumi_workspace365_cli.conformance import environment_name, report, run
from pulumi_workspace365_cli.conformance.deadline import RunDeadline
from pulumi_workspace365_cli.conformance.pending_removals import CreateRecord, CreateRecords
from pulumi_workspace365_cli.conformance.session import Extra, Session
from pulumi_workspace365_cli.context import HEALTH, PROVISIONING, CommandContext
from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.progress import print_line

_SECONDS, _LEAST_SECONDS = 600.0, 5.0
_MOST_SECONDS = 86_400.0
_FOLDER = "conformance"
_STOPPING = "Stopping: waiting for the current call, then removing what was created."


def _email(text: str) -> str:
    try:
        return api_naming.validate_email(text)
    except ValueError as problem:
        raise typer.BadParameter(f"{problem}.") from problem


_Email = Annotated[
    str,
    typer.Option(
        "--admin-email",
        metavar="ADDRESS",
        parser=_email,
        show_default=False,
        help="The environment's administrator; the instance may send a mail to this address.",
    ),
]
_Yes = Annotated[bool, typer.Option("--yes", "-y", help="Start without confirmation, for scripts.")]
_Also = Annotated[
    list[Extra] | None,
    typer.Option(
        "--also",
        help="Run an additional test: a call with a wrong key; an import of the environment's own export; a second create with the same name, which may create a second environment; a create with the same name after the removal. Repeatable.",
    ),
]
_PlainName = Annotated[
    bool, typer.Option("--plain-name", help="Use a name that consists of lower-case letters, digits and hyphens only.")
]
_Hide = Annotated[bool, typer.Option("--hide-instance", help="Omit the instance's address from the report.")]
_Deadline = Annotated[
    float,
    typer.Option(
        "--deadline",
        metavar="SECONDS",
        min=_LEAST_SECONDS,
        max=_MOST_SECONDS,
        help="Stop testing after this time; the removal may take two more minutes.",
    ),
]


def register(app: typer.Typer) -> None:
    lines = (
        "w365 conformance --admin-email admin@example.com",
        "w365 conformance --admin-email admin@example.com --also import --also recreate --output html=conformance.html",
        "w365 conformance --admin-email admin@example.com --yes --hide-instance --output json=conformance.json",
    )
    app.command("conformance", epilog=options.examples(*lines))(conformance)


def conformance(
    *,
    admin_email: _Email,
    yes: _Yes = False,
    also: _Also = None,
    plain_name: _PlainName = False,
    hide_instance: _Hide = False,
    deadline: _Deadline = _SECONDS,
    stack: options.Stack = None,
    sandbox: options.Sandbox = False,
    output: options.Output = None,
) -> None:
    """Test which assumptions about the API hold on this instance.

    Recommends settings. Creates one temporary environment, tests the API with it, and removes it again, also after Ctrl-C. Does not touch any other environment. Asks for confirmation before it starts. Exit code 3 if the instance differs from an assumption.
    """
    targets = output_formats.resolve_targets(output)
    context = CommandContext.from_options(stack=stack, sandbox=sandbox).verified()
    settings = _settings(context)
    records = _records()
    with records.exclusive_lock(settings.instance):
        session = Session(
            settings, records, RunDeadline(deadline), environment_name.new_token(), admin_email, frozenset(also or ())
        )
        _clear(session, yes=yes)
        _confirm(_plan(session, plain=plain_name), yes=yes)
        with session.deadline.stop_on_signals(lambda: print_line(_STOPPING)):
            session.start()
            problems = run.run(session, plain=plain_name)
    output_formats.write_outputs(report.report(session, problems, hide_instance=hide_instance), targets)


def _settings(context: CommandContext) -> Settings:
    """The settings, with the health key if there is one.

    Raises:
        CommandError, W365Error: the instance or its key is missing or malformed.
    """
    try:
        settings = context.settings(PROVISIONING, HEALTH)
    except CommandError:
        settings = context.settings(PROVISIONING)
    settings = settings.with_vault_key()
    if not settings.provisioning_key:
        raise CommandError("There is no provisioning key: set W365_PROVISIONING_KEY, or W365_PROVISIONING_KEY_FILE.")
    return settings


def _records() -> CreateRecords:
    """The records of this command, in a folder beside the journal of creates.

    Raises:
        CommandError: the journal is off.
    """
    path = journal.location()
    if path is None:
        raise CommandError(
            "The journal of creates is off, so the next run could not find an environment that a killed run left behind: set W365_JOURNAL to "
            "a file on a persistent disk."
        )
    return CreateRecords(path.with_name(_FOLDER))


def _clear(session: Session, *, yes: bool) -> None:
    """Remove what an earlier run did not remove.

    Raises:
        CommandError: the removal failed or was not confirmed.
    """
    left = session.records.for_instance(session.settings.instance)
    if not left:
        return
    lines = [f"An earlier `w365 conformance` ended before it removed what it had created on {session.settings.instance}:"]
    lines += [f"  {_display(record)}" for record in left]
    _confirm([*lines, "This run removes it first and does not touch anything else."], yes=yes)
    with session.deadline.stop_on_signals(lambda: print_line(_STOPPING)):
        problems = run.remove_left_over(session, left)
    if session.deadline.interrupted:
        raise CommandError(" ".join(["The run was interrupted; nothing was created.", *problems]))
    if problems:
        raise CommandError(f"What an earlier run created could not be removed. {' '.join(problems)}")


def _display(record: CreateRecord) -> str:
    name = (
        f"{record.name!r}, requested as {record.asked!r}" if record.name and record.name != record.asked else repr(record.asked)
    )
    return f"{name}, {record.began:%Y-%m-%d %H:%M:%S} UTC"


def _plan(session: Session, *, plain: bool) -> list[str]:
    name = environment_name.ascii_name(session.token) if plain else environment_name.special_character_name(session.token)
    extras = {
        Extra.WRONG_KEY: "one call with a wrong key",
        Extra.IMPORT: "an import of its own export",
        Extra.DUPLICATE_NAME: "a second create with the same name; if this creates a second environment, it is removed too",
        Extra.RECREATE: "a create with the same name after the removal, and a second removal",
    }
    return [
        f"This creates a temporary environment on {session.settings.instance}, tests it, and removes it again:",
        f"  name           {name}"
        + ("" if plain else f" (if the instance rejects it: {environment_name.ascii_name(session.token)})"),
        f"  administrator  {session.email}; the instance may send a mail to this address",
        *(f"  also           {text}" for extra, text in extras.items() if extra in session.extras),
        f"No other environment is touched. The run takes one or two minutes, at most {session.deadline.remaining / 60 + 2:.0f}.",
    ]


def _confirm(lines: list[str], *, yes: bool) -> None:
    """Ask for confirmation, unless ``yes``.

    Raises:
        typer.BadParameter: there is no terminal.
        CommandError: the answer was not yes.
    """
    for line in lines:
        print_line(line)
    if yes:
        return
    if sys.stdin is None or not sys.stdin.isatty():
        raise typer.BadParameter("there is no terminal to ask for confirmation: give --yes to start.", param_hint="--yes")
    try:
        print_line("Continue? [y/N]")
        answer = sys.stdin.readline()
    except KeyboardInterrupt:
        answer = ""
    if answer.strip().lower() not in {"y", "yes"}:
        raise CommandError("Nothing was sent.")
