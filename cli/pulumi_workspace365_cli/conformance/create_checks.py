"""What the create shows: its answer, the name, the list, the creation date."""

import time
from datetime import timedelta

from pulumi_workspace365 import errors
from pulumi_workspace365.api import timestamps
from pulumi_workspace365.api.configuration import Settings
from pulumi_workspace365.api.models import EnvironmentEntry
from pulumi_workspace365.api.naming import collision_key
from pulumi_workspace365_cli.conformance import creation_dates, environment_name, throwaway_environment
from pulumi_workspace365_cli.conformance.session import Session
from pulumi_workspace365_cli.conformance.throwaway_environment import ThrowawayEnvironment

_UNDATED = (
    "An environment that was deleted and created again is not seen to be another one; after a lost answer only the name tells."
)
_WRONG_ZONE = (
    "What a create whose answer was lost has made under another name looks like somebody else's work: look at the instance before you run "
    "that again. Report it to whoever runs the instance."
)
_LEAST_WATCHED_SECONDS = 30.0
_SETTLE = "w365:settleSeconds"


def create(session: Session, *, plain: bool) -> ThrowawayEnvironment:
    """Create the throw-away environment and find out what that shows; under a plain name if the other is refused.

    Raises:
        errors.W365Error: it was not created, or it cannot be told.
        NotOursError: the instance answered with an environment that is not certainly new.
        StoppedError: the asking ends.
    """
    asked = environment_name.ascii_name(session.token) if plain else environment_name.special_character_name(session.token)
    session.deadline.check()
    session.print_progress(f"creating {asked!r}")
    try:
        made = throwaway_environment.create(session, asked)
    except errors.Rejected as refusal:
        _refused(session, asked, refusal)
        if plain:
            raise
        return create(session, plain=True)
    answered = time.monotonic()
    _answer(session, made)
    _shown(session, made, answered)
    return made


def wait_until_listed(
    session: Session, made: ThrowawayEnvironment, since: float | None = None
) -> tuple[EnvironmentEntry | None, float | None]:
    """Wait until the list shows the environment; its entry and the seconds that took, ``since`` when it was answered.

    Raises:
        NotOursError: it is not certainly the one that was created.
    """
    seconds = listing_timeout(session.settings)
    session.print_progress(f"waiting for the list to show it (at most {seconds:g} s)")
    entry, after = session.poll(made.find_on_list, lambda entry: entry is not None, seconds, since)
    if entry is None and not made.holds_token:
        raise throwaway_environment.NotOursError(
            f"environment {made.name!r}, as the answer to the create named it, is not on the list"
        )
    return entry, after


def check_creation_date(session: Session, made: ThrowawayEnvironment, entry: EnvironmentEntry) -> None:
    """What the creation date tells."""
    text = entry.creation_date
    if not text:
        session.record_finding("date-form", "differs", "the list gives none", _UNDATED, "W365_JOURNAL on a disk that lasts")
        session.record_finding("date-moment", "cannot be told", "there is none")
        return
    read = timestamps.parse(text)
    shown = creation_dates.date_format(text)
    if read is None:
        session.record_finding(
            "date-form", "differs", f"{shown!r}, which cannot be read", _UNDATED, "W365_JOURNAL on a disk that lasts"
        )
        session.record_finding("date-moment", "cannot be told", "it cannot be read")
        return
    if creation_dates.is_day_only(text):
        session.record_finding(
            "date-form", "differs", f"{shown!r}, a day only", "What is created again on the same day is not seen to be new."
        )
        session.record_finding("date-moment", "cannot be told", f"{read.date()}, while it was {made.create.began.date()} here")
        return
    zoned = "a zone" if read.tzinfo else "no zone"
    room = "" if read.tzinfo else "Where creates are told apart by their dates, two days of room are left instead of 15 minutes."
    session.record_finding("date-form", "holds", f"{shown!r}, with {zoned}", room)
    _moment(session, made, text)


def _moment(session: Session, made: ThrowawayEnvironment, text: str) -> None:
    offset = creation_dates.clock_offset(text, made.create)
    if offset == timedelta():
        session.record_finding("date-moment", "holds", "the moment of the create, by the instance's own clock")
    elif offset is not None:
        hours = offset.total_seconds() / 3600
        read = timestamps.parse(text)
        session.record_finding(
            "date-moment",
            "differs",
            f"{abs(hours):g} hours {'after' if hours > 0 else 'before'} the create: the time of another zone, which the text does not tell",
            _WRONG_ZONE if read and read.tzinfo else "Ages are off by as much.",
            "W365_JOURNAL on a disk that lasts",
        )
    else:
        session.record_finding(
            "date-moment", "differs", "not the moment of the create, in no zone", _UNDATED, "W365_JOURNAL on a disk that lasts"
        )


def _refused(session: Session, asked: str, refusal: errors.Rejected) -> None:
    seen = session.observed.last("create")
    told = f"{asked!r}: {seen.description if seen else refusal}"
    if seen and seen.status == 400:
        session.record_finding(
            "refusal",
            "holds",
            told,
            "Names with such characters cannot be deployed.",
            "environment_name: letters, digits, hyphens",
        )
    else:
        session.record_finding("refusal", "differs", told, "It is told as a refusal all the same.")


def _answer(session: Session, made: ThrowawayEnvironment) -> None:
    seen = session.observed.last("create")
    missing = [name for name in ("Id", "TemporaryPassword") if name not in made.told]
    told = seen.description if seen else "no answer"
    if not missing:
        session.record_finding("create", "holds", f"{told}, in {seen.seconds:.2f} s" if seen else told)
    else:
        said = f"{told}; the list told what was created" if len(missing) > 1 else told
        session.record_finding("create", "differs", said, f"{' and '.join(missing)} will be missing in state.")
    _name(session, made)


def _name(session: Session, made: ThrowawayEnvironment) -> None:
    asked, got = made.record.asked, made.name
    said = (
        f"{asked!r} became {environment_name.display_name(got)}: {environment_name.describe_renaming(asked, got, session.token)}"
    )
    exact = environment_name.keeps_predictable(asked, got, session.token)
    setting = "name_policy: exact can be kept" if exact else "name_policy: accept"
    if collision_key(asked) == collision_key(got):
        session.record_finding("name", "holds", said, "", setting)
        return
    session.record_finding(
        "name",
        "differs",
        said,
        "A create whose answer was lost is not recognised by its name: the run stops and names what is new on the list.",
        f"{setting}; W365_JOURNAL on a disk that lasts",
    )


def _shown(session: Session, made: ThrowawayEnvironment, answered: float) -> None:
    if made.holds_token:  # else it is not certain yet whose address that is
        with session.checking("looking at its own address", "create-addressed"):
            if session.client_without_retries.exists(made.name):
                session.record_finding("create-addressed", "holds", "there at once")
    _shown_on_list(session, made, answered)
    if "create-addressed" not in session.findings:
        with session.checking("waiting for its own address", "create-addressed"):
            _addressed(session, made, answered)


def _shown_on_list(session: Session, made: ThrowawayEnvironment, answered: float) -> None:
    with session.checking("looking at the list", "name-listed", "created-active", "create-listed", "date-form", "date-moment"):
        entry, after = wait_until_listed(session, made, answered)
        if entry is None or after is None:
            _not_listed(session)
            return
        record_listing_delay(session, "create-listed", after)
        _named(session, made, entry)
        session.record_finding("created-active", "holds", "active" if entry.is_active else "inactive")
        check_creation_date(session, made, entry)


def record_listing_delay(session: Session, key: str, after: float) -> None:
    """How late the list showed something."""
    settle = session.settings.settle_seconds
    session.delays[key] = after
    said = f"after {after:.1f} s" if after else "at once"
    if after > settle:
        session.record_finding(
            key,
            "differs",
            said,
            "What is not shown in time fails, although it was done.",
            f"{_SETTLE}: {recommended_settle_seconds(after):g}",
        )
    else:
        session.record_finding(key, "holds", said)


def listing_timeout(settings: Settings) -> float:
    """Seconds for which the list is watched for the new environment: longer than a deployment would."""
    return max(2 * settings.settle_seconds, _LEAST_WATCHED_SECONDS)


def recommended_settle_seconds(seconds: float) -> float:
    """A setting that leaves room for three times what was seen."""
    return float(-(-3 * seconds // 10) * 10)


def _named(session: Session, made: ThrowawayEnvironment, entry: EnvironmentEntry) -> None:
    if entry.name == made.name:
        session.record_finding("name-listed", "holds", environment_name.display_name(entry.name))
    else:
        said = (
            f"{environment_name.display_name(made.name)} in the answer, {environment_name.display_name(entry.name)} on the list"
        )
        session.record_finding("name-listed", "differs", said, "None: names are looked up ignoring case where only one fits.")


def _not_listed(session: Session) -> None:
    said = f"not shown within {listing_timeout(session.settings):g} s"
    session.record_finding(
        "create-listed", "differs", said, "Creates fail as not listed, although they were done.", f"{_SETTLE}: more"
    )


def _addressed(session: Session, made: ThrowawayEnvironment, answered: float) -> None:
    seconds = session.settings.settle_seconds
    found, after = session.poll(lambda: session.client_without_retries.exists(made.name), bool, seconds, answered)
    if found is None:
        session.record_finding("create-addressed", "cannot be told", "the instance does not offer its licensing")
    elif after is None:
        session.record_finding("create-addressed", "differs", "not there", "What the list lacks is taken for gone.")
    elif not after and not made.holds_token:
        session.record_finding("create-addressed", "holds", "there when the list showed it")
    else:
        after = after or time.monotonic() - answered
        consequence = "What a late list lacks as well is taken for gone: do not refresh right after an up."
        session.record_finding("create-addressed", "differs", f"there after {after:.1f} s", consequence)
