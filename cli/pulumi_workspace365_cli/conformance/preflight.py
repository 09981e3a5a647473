"""Readings that need no environment: the connection to the instance, its headers and keys, its list, its health."""

from datetime import timedelta

from pulumi_workspace365 import errors
from pulumi_workspace365.api.models import EnvironmentEntry, EnvironmentList
from pulumi_workspace365_cli import probe
from pulumi_workspace365_cli.conformance import environment_name
from pulumi_workspace365_cli.conformance.session import Extra, Session

_LIST = "/Provisioning/Environment/"
_WRONG_KEY = "this-key-is-wrong-on-purpose"
_NOTICEABLE, _HARMFUL = timedelta(minutes=1), timedelta(minutes=5)
_SET_CLOCK = "a synchronised clock (NTP) on this machine, or on the instance"


def run_checks(session: Session) -> list[EnvironmentEntry]:
    """Everything that needs no environment. Returns the list.

    Raises:
        errors.W365Error: the instance gives no list; nothing can be asked of it.
        StoppedError: the asking ends.
    """
    session.print_progress("asking for the list")
    entries = session.client.list_environments()
    _list(session, entries)
    with session.checking("looking at TLS", "tls"):
        _tls(session)
    if Extra.WRONG_KEY in session.extras:
        with session.checking("asking with a wrong key", "wrong-key"):
            _wrong_key(session)
    with session.checking("asking without X-Requested-With", "requested-with"):
        _requested_with(session)
    if session.settings.health_api_key:
        with session.checking("asking for the health", "health"):
            _health(session)
    return entries


def run_final_checks(session: Session) -> None:
    """What all answers together tell."""
    _clock(session)
    _redirects(session)
    _limits(session)
    _latency(session)


def _list(session: Session, entries: EnvironmentList) -> None:
    seen = session.observed.last("list")
    said = f"{len(entries)} environments in {seen.size:,} bytes; {seen.description}" if seen else f"{len(entries)} environments"
    if entries.unreadable:
        consequence = "They are left out of what they cannot concern; `w365 environments` names them."
        session.record_finding("list", "differs", f"entries that cannot be read: {len(entries.unreadable)}; {said}", consequence)
    else:
        session.record_finding("list", "holds", said)
    foreign = sorted(entry.name for entry in entries if environment_name.looks_left_over(entry.name))
    if foreign:
        session.add_note(
            f"The list holds {', '.join(map(repr, foreign))}: left over, or in use, by this command on another machine. Only what a run "
            "has recorded on its machine is removed by the next one there."
        )


def _tls(session: Session) -> None:
    if not session.settings.instance.startswith("https:"):
        session.record_finding("tls", "cannot be told", "plain http on this machine")
        return
    try:
        certificate = probe.probe(session.settings).certificate
    except probe.ProbeError as problem:
        session.record_finding("tls", "cannot be told", str(problem))
        return
    ends = f"; the certificate ends on {certificate.ends.date()}" if certificate else ""
    session.record_finding("tls", "holds", f"trusted{ends}")


def _wrong_key(session: Session) -> None:
    seen = session.send_nonstandard("GET", _LIST, {"ProvisioningKey": _WRONG_KEY})
    try:
        session.client.list_environments()
    except errors.Unauthorized:
        session.record_finding(
            "wrong-key",
            "differs",
            f"{seen.description}; the right key is refused since",
            "A wrong key locks the instance: nobody can deploy until it is unlocked.",
            "the key in one place only, W365_PROVISIONING_KEY_FILE or the stack's configuration",
        )
        raise
    if seen.status in {401, 403}:
        session.record_finding("wrong-key", "holds", f"{seen.description}; the right key works on")
    else:
        session.record_finding(
            "wrong-key", "differs", seen.description, "A wrong key is not recognised as such; messages will say something else."
        )


def _requested_with(session: Session) -> None:
    seen = session.send_nonstandard("GET", _LIST, {"X-Requested-With": None})
    if seen.status == 200 and seen.shape.startswith("["):
        session.record_finding("requested-with", "differs", f"{seen.description}: it is not needed", "None: it is always sent.")
    else:
        session.record_finding("requested-with", "holds", seen.description)


def _health(session: Session) -> None:
    health = session.client_without_retries.get_health()
    seen = session.observed.last("health")
    sick = [f"{item.component} {item.status}" for item in health.components if not item.is_healthy]
    version = f"; version {health.product_version}" if health.product_version else ""
    ill = f" ({', '.join(sick)})" if sick else ""
    session.record_finding("health", "holds", f"{health.overall_status}{ill}{version}; {seen.description if seen else ''}")


def _clock(session: Session) -> None:
    skew = session.observed.skew
    if skew is None:
        session.record_finding("clock", "cannot be told", "answers have no Date")
        return
    seconds = round(abs(skew.total_seconds()))
    said = (
        f"{seconds} s {'ahead of' if skew > timedelta() else 'behind'} this machine's"
        if seconds > 1
        else "agrees with this machine's"
    )
    if abs(skew) > _HARMFUL:
        consequence = "After a lost answer or a kill, environments are told apart by their creation dates: 15 minutes are the most that is borne."
        session.record_finding("clock", "differs", said, consequence, _SET_CLOCK)
    elif abs(skew) > _NOTICEABLE:
        session.record_finding("clock", "holds", said, "It eats into the 15 minutes that are borne.", _SET_CLOCK)
    else:
        session.record_finding("clock", "holds", said)


def _redirects(session: Session) -> None:
    redirected = session.observed.matching(lambda seen: 300 <= seen.status < 400)
    if redirected:
        told = ", ".join(dict.fromkeys(f"{seen.operation}: HTTP {seen.status}" for seen in redirected))
        session.record_finding(
            "redirects", "differs", told, "These calls fail.", "w365:baseUrl: the address that the redirect leads to"
        )
    else:
        session.record_finding("redirects", "holds", f"none of {len(session.observed.seen)} answers")


def _limits(session: Session) -> None:
    every = session.observed.seen + session.nonstandard_responses.seen
    throttled = [seen for seen in every if seen.is_throttled]
    headers = sorted({name for seen in every for name in seen.limits})
    named = f"; headers {', '.join(headers)}" if headers else ""
    if throttled:
        told = ", ".join(dict.fromkeys(f"{seen.operation}: HTTP {seen.status}" for seen in throttled))
        session.record_finding(
            "limits", "differs", f"{told}{named}", "Deployments are slowed down.", "w365:maxInFlight: 4 or less"
        )
    else:
        session.record_finding("limits", "holds", f"none met by {len(every)} calls one after another{named}")


def _latency(session: Session) -> None:
    slowest = session.observed.slowest
    if slowest is None:
        return
    most = session.settings.request_timeout
    said = f"the slowest of {len(session.observed.seen)}: {slowest.operation}, {slowest.seconds:.2f} s; w365:requestTimeout is {most:g} s"
    if slowest.seconds > most / 3:
        session.record_finding(
            "latency",
            "differs",
            said,
            "Under load answers take longer: a create whose answer comes too late has to be looked for.",
        )
    else:
        session.record_finding("latency", "holds", said)
