"""``w365 conformance``: which readings of the documentation hold on this instance, tried on a temporary environment."""

import sys
from typing import Annotated

import typer

from pulumi_workspace365.api import naming as api_naming
from pulumi_workspace365.api.configuration import Settings
from pulumi_workspace365.lifecycle import journal
from pulumi_workspace365_cli import options, output_formats
from pulumi_workspace365_cli.conformance import environment_name, report, run
from pulumi_workspace365_cli.conformance.pending_removals import CreateRecord, CreateRecords
from pulumi_workspace365_cli.conformance.session import Extra, RunDeadline, Session, print_line
from pulumi_workspace365_cli.context import HEALTH, PROVISIONING, CommandContext
from pulumi_workspace365_cli.errors import CommandError

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
        help="The environment's administrator; the instance may send a mail there.",
    ),
]
_Yes = Annotated[bool, typer.Option("--yes", "-y", help="Start without confirmation, for scripts.")]
_Also = Annotated[
    list[Extra] | None,
    typer.Option(
        "--also",
        help="Also test this: a call with a wrong key; an import of the environment's own export; a second create of its name, which may make a second environment; a create of its name after its removal. Repeatable.",
    ),
]
_PlainName = Annotated[
    bool, typer.Option("--plain-name", help="Give the environment a name of lower-case letters, digits and hyphens only.")
]
_Hide = Annotated[bool, typer.Option("--hide-instance", help="Omit the instance's address from the report.")]
_Deadline = Annotated[
    float,
    typer.Option(
        "--deadline",
        metavar="SECONDS",
        min=_LEAST_SECONDS,
        max=_MOST_SECONDS,
        help="When to stop testing; the removal gets two more minutes.",
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
    """Find out how this instance reads the documentation, and which settings to choose.

    Creates one throw-away environment, asks it, and removes it again, also after Ctrl-C; no other environment is touched. Asks before it begins. Exit code 3 when something differs from what this project assumes.
    """
    targets = output_formats.resolve_targets(output)
    context = CommandContext.from_options(stack=stack, sandbox=sandbox)
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
    """The settings, with the health key where there is one.

    Raises:
        CommandError, W365Error: the instance or its key is missing or malformed.
    """
    try:
        settings = context.settings(PROVISIONING, HEALTH)
    except CommandError:
        settings = context.settings(PROVISIONING)
    if not settings.provisioning_key:
        raise CommandError("There is no provisioning key: set W365_PROVISIONING_KEY, or W365_PROVISIONING_KEY_FILE.")
    return settings


def _records() -> CreateRecords:
    """Beside the journal of creates, which this process's create is noted in.

    Raises:
        CommandError: that is off.
    """
    path = journal.location()
    if path is None:
        raise CommandError(
            "The journal of creates is off, so a killed run would leave an environment that nobody finds: name a file with W365_JOURNAL, on "
            "a disk that lasts."
        )
    return CreateRecords(path.with_name(_FOLDER))


def _clear(session: Session, *, yes: bool) -> None:
    """Remove what an earlier run was kept from removing.

    Raises:
        CommandError: it is still there, or is to stay.
    """
    left = session.records.for_instance(session.settings.instance)
    if not left:
        return
    lines = [f"An earlier `w365 conformance` ended before it removed what it had created on {session.settings.instance}:"]
    lines += [f"  {_display(record)}" for record in left]
    _confirm([*lines, "It is removed first; nothing else is touched."], yes=yes)
    with session.deadline.stop_on_signals(lambda: print_line(_STOPPING)):
        problems = run.remove_left_over(session, left)
    if session.deadline.interrupted:
        raise CommandError(" ".join(["It was interrupted; nothing was created.", *problems]))
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
        Extra.DUPLICATE_NAME: "a second create of its name: should that make a second environment, it is removed too",
        Extra.RECREATE: "a second create after its removal, and a second removal",
    }
    return [
        f"This creates a temporary environment on {session.settings.instance}, tests it, and removes it again:",
        f"  name           {name}" + ("" if plain else f" (if that is refused: {environment_name.ascii_name(session.token)})"),
        f"  administrator  {session.email}; the instance may send a mail there",
        *(f"  also           {text}" for extra, text in extras.items() if extra in session.extras),
        f"No other environment is touched. It takes a minute or two, {session.deadline.remaining / 60 + 2:.0f} minutes at most.",
    ]


def _confirm(lines: list[str], *, yes: bool) -> None:
    """Begin only if that is wanted.

    Raises:
        typer.BadParameter: nobody can be asked.
        CommandError: it is not.
    """
    for line in lines:
        print_line(line)
    if yes:
        return
    if sys.stdin is None or not sys.stdin.isatty():
        raise typer.BadParameter("there is no terminal to ask for confirmation: give --yes to start.", param_hint="--yes")
    try:
        print_line("Go on? [y/N]")
        answer = sys.stdin.readline()
    except KeyboardInterrupt:
        answer = ""
    if answer.strip().lower() not in {"y", "yes"}:
        raise CommandError("Nothing was sent.")
