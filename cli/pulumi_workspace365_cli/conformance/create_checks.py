"""Tests of the create: its response, the name, the list, the creation date."""

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
    "A re-created environment is not recognised as a new one; after a lost response only the name identifies an environment."
)
_WRONG_ZONE = (
    "If the response to a create is lost and the instance changed the name, the environment looks like somebody else's: check the instance "
    "before you run again. Report this to the instance's operator."
)
_PERSISTENT_JOURNAL = "W365_JOURNAL on a persistent disk"
_LEAST_WATCHED_SECONDS = 30.0
_SETTLE = "w365:settleSeconds"


def create(session: Session, *, plain: bool) -> ThrowawayEnvironment:
    """Create the temporary environment and run the tests of the create; retry with a plain name if the instance rejects the first one.

    Raises:
        errors.W365Error: the create failed, or its outcome is unknown.
        NotOursError: the response names an environment that is not certainly new.
        StoppedError: the run was interrupted, or the deadline has passed.
    """
    name = environment_name.ascii_name(session.token) if plain else environment_name.special_character_name(session.token)
    session.deadline.check()
    session.print_progress(f"creating {name!r}")
    try:
        throwaway = throwaway_environment.create(session, name)
    except errors.Rejected as refusal:
        _record_rejection(session, name, refusal)
        if plain:
            raise
        return create(session, plain=True)
    answered_at = time.monotonic()
    _check_response(session, throwaway)
    _check_visibility(session, throwaway, answered_at)
    return throwaway


def wait_until_listed(
    session: Session, throwaway: ThrowawayEnvironment, since: float | None = None
) -> tuple[EnvironmentEntry | None, float | None]:
    """Wait until the list shows the environment. Returns its entry and the seconds that this took, counted from ``since``.

    Raises:
        NotOursError: the entry is not certainly the environment that was created.
    """
    seconds = listing_timeout(session.settings)
    session.print_progress(f"waiting for the list to show it (at most {seconds:g} s)")
    entry, after = session.deadline.poll(throwaway.find_on_list, lambda entry: entry is not None, seconds, since)
    if entry is None and not throwaway.holds_token:
        raise throwaway_environment.NotOursError(
            f"environment {throwaway.name!r}, named in the response to the create, is not on the list"
        )
    return entry, after


def check_creation_date(session: Session, throwaway: ThrowawayEnvironment, entry: EnvironmentEntry) -> None:
    """Test the format and the time zone of the creation date."""
    text = entry.creation_date
    if not text:
        session.record_finding("date-form", "differs", "the list contains none", _UNDATED, _PERSISTENT_JOURNAL)
        session.record_finding("date-moment", "inconclusive", "there is no date")
        return
    read = timestamps.parse(text)
    shown = creation_dates.date_format(text)
    if read is None:
        session.record_finding("date-form", "differs", f"{shown!r}, which cannot be read", _UNDATED, _PERSISTENT_JOURNAL)
        session.record_finding("date-moment", "inconclusive", "the date cannot be read")
        return
    if creation_dates.is_day_only(text):
        session.record_finding(
            "date-form",
            "differs",
            f"{shown!r}, a day only",
            "An environment re-created on the same day is not recognised as new.",
        )
        session.record_finding(
            "date-moment", "inconclusive", f"{read.date()}; this machine's date was {throwaway.create.began.date()}"
        )
        return
    zoned = "a zone" if read.tzinfo else "no zone"
    consequence = "" if read.tzinfo else "Comparisons of creation dates tolerate two days instead of 15 minutes."
    session.record_finding("date-form", "holds", f"{shown!r}, with {zoned}", consequence)
    _check_moment(session, throwaway, text)


def _check_moment(session: Session, throwaway: ThrowawayEnvironment, text: str) -> None:
    offset = creation_dates.clock_offset(text, throwaway.create)
    if offset == timedelta():
        session.record_finding("date-moment", "holds", "the time of the create, by the instance's own clock")
    elif offset is not None:
        hours = offset.total_seconds() / 3600
        read = timestamps.parse(text)
        session.record_finding(
            "date-moment",
            "differs",
            f"{abs(hours):g} hours {'after' if hours > 0 else 'before'} the create: the time of another zone, which the text does not state",
            _WRONG_ZONE if read and read.tzinfo else "Ages are wrong by the same amount.",
            _PERSISTENT_JOURNAL,
        )
    else:
        session.record_finding("date-moment", "differs", "not the time of the create, in any zone", _UNDATED, _PERSISTENT_JOURNAL)


def _record_rejection(session: Session, name: str, refusal: errors.Rejected) -> None:
    response = session.observed.last("create")
    observed = f"{name!r}: {response.description if response else refusal}"
    if response and response.status == 400:
        session.record_finding(
            "refusal",
            "holds",
            observed,
            "Names with such characters cannot be deployed.",
            "environment_name: letters, digits, hyphens",
        )
    else:
        session.record_finding("refusal", "differs", observed, "None: it is reported as a rejection.")


def _check_response(session: Session, throwaway: ThrowawayEnvironment) -> None:
    response = session.observed.last("create")
    missing = [name for name in ("Id", "TemporaryPassword") if name not in throwaway.response_fields]
    description = response.description if response else "no response"
    if not missing:
        session.record_finding("create", "holds", f"{description}, in {response.seconds:.2f} s" if response else description)
    else:
        observed = f"{description}; the environment was found on the list" if len(missing) > 1 else description
        session.record_finding("create", "differs", observed, f"{' and '.join(missing)} will be missing in state.")
    _check_name(session, throwaway)


def _check_name(session: Session, throwaway: ThrowawayEnvironment) -> None:
    requested, actual = throwaway.record.asked, throwaway.name
    renaming = environment_name.describe_renaming(requested, actual, session.token)
    observed = f"{requested!r} became {environment_name.display_name(actual)}: {renaming}"
    exact = environment_name.keeps_predictable(requested, actual, session.token)
    setting = "name_policy: exact is possible" if exact else "name_policy: accept"
    if collision_key(requested) == collision_key(actual):
        session.record_finding("name", "holds", observed, "", setting)
        return
    session.record_finding(
        "name",
        "differs",
        observed,
        "If the response to a create is lost, its name does not identify the environment: the run stops and names the new entries of the list.",
        f"{setting}; {_PERSISTENT_JOURNAL}",
    )


def _check_visibility(session: Session, throwaway: ThrowawayEnvironment, answered_at: float) -> None:
    if throwaway.holds_token:  # otherwise the address may still be somebody else's
        with session.checking("reading the new environment at its own address", "create-addressed"):
            if session.client_without_retries.exists(throwaway.name):
                session.record_finding("create-addressed", "holds", "found at once")
    _check_listing(session, throwaway, answered_at)
    if "create-addressed" not in session.findings:
        with session.checking("waiting for the new environment at its own address", "create-addressed"):
            _check_address(session, throwaway, answered_at)


def _check_listing(session: Session, throwaway: ThrowawayEnvironment, answered_at: float) -> None:
    with session.checking("reading the list", "name-listed", "created-active", "create-listed", "date-form", "date-moment"):
        entry, after = wait_until_listed(session, throwaway, answered_at)
        if entry is None or after is None:
            _record_not_listed(session)
            return
        record_listing_delay(session, "create-listed", after)
        _check_listed_name(session, throwaway, entry)
        session.record_finding("created-active", "holds", "active" if entry.is_active else "inactive")
        check_creation_date(session, throwaway, entry)


def record_listing_delay(session: Session, key: str, after: float) -> None:
    """Record after how many seconds the list showed a change."""
    settle = session.settings.settle_seconds
    session.delays[key] = after
    observed = f"after {after:.1f} s" if after else "at once"
    if after > settle:
        session.record_finding(
            key,
            "differs",
            observed,
            "Operations fail although they succeeded on the instance, because the list shows them too late.",
            f"{_SETTLE}: {recommended_settle_seconds(after):g}",
        )
    else:
        session.record_finding(key, "holds", observed)


def listing_timeout(settings: Settings) -> float:
    """Seconds to wait for the new environment on the list: longer than a deployment waits."""
    return max(2 * settings.settle_seconds, _LEAST_WATCHED_SECONDS)


def recommended_settle_seconds(seconds: float) -> float:
    """A value for a time setting that allows three times the observed time."""
    return float(-(-3 * seconds // 10) * 10)


def _check_listed_name(session: Session, throwaway: ThrowawayEnvironment, entry: EnvironmentEntry) -> None:
    if entry.name == throwaway.name:
        session.record_finding("name-listed", "holds", environment_name.display_name(entry.name))
    else:
        observed = f"{environment_name.display_name(throwaway.name)} in the response, {environment_name.display_name(entry.name)} on the list"
        session.record_finding("name-listed", "differs", observed, "None: if only one name matches, lookups ignore case.")


def _record_not_listed(session: Session) -> None:
    observed = f"not shown within {listing_timeout(session.settings):g} s"
    session.record_finding(
        "create-listed",
        "differs",
        observed,
        "Creates fail although they succeeded on the instance, because the list does not show them.",
        f"{_SETTLE}: a higher value",
    )


def _check_address(session: Session, throwaway: ThrowawayEnvironment, answered_at: float) -> None:
    seconds = session.settings.settle_seconds
    found, after = session.deadline.poll(
        lambda: session.client_without_retries.exists(throwaway.name), bool, seconds, answered_at
    )
    if found is None:
        session.record_finding("create-addressed", "inconclusive", "the instance does not offer licensing")
    elif after is None:
        session.record_finding(
            "create-addressed", "differs", "not found", "An environment missing from the list counts as deleted."
        )
    elif not after and not throwaway.holds_token:
        session.record_finding("create-addressed", "holds", "found when the list showed it")
    else:
        after = after or time.monotonic() - answered_at
        consequence = "If a late list lacks it too, it counts as deleted: do not refresh right after an up."
        session.record_finding("create-addressed", "differs", f"found after {after:.1f} s", consequence)
