"""Assumptions that need no environment: the connection to the instance, its headers and keys, its list, its health."""

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
    """Run the tests that need no environment. Returns the list of environments.

    Raises:
        errors.W365Error: the list cannot be read.
        StoppedError: the run was interrupted, or its deadline has passed.
    """
    session.print_progress("reading the list")
    entries = session.client.list_environments()
    _list(session, entries)
    with session.checking("checking TLS", "tls"):
        _tls(session)
    if Extra.WRONG_KEY in session.extras:
        with session.checking("sending a wrong key", "wrong-key"):
            _wrong_key(session)
    with session.checking("sending a call without X-Requested-With", "requested-with"):
        _requested_with(session)
    if session.settings.health_api_key:
        with session.checking("reading the health", "health"):
            _health(session)
    return entries


def run_final_checks(session: Session) -> None:
    """Evaluate the assumptions that depend on all responses."""
    _clock(session)
    _redirects(session)
    _limits(session)
    _latency(session)


def _list(session: Session, entries: EnvironmentList) -> None:
    response = session.observed.last("list")
    observed = (
        f"{len(entries)} environments in {response.size:,} bytes; {response.description}"
        if response
        else f"{len(entries)} environments"
    )
    if entries.unreadable:
        consequence = "Operations on other environments ignore them; `w365 environments` names them."
        session.record_finding(
            "list", "differs", f"entries that cannot be read: {len(entries.unreadable)}; {observed}", consequence
        )
    else:
        session.record_finding("list", "holds", observed)
    foreign = sorted(entry.name for entry in entries if environment_name.looks_left_over(entry.name))
    if foreign:
        session.add_note(
            f"The list contains {', '.join(map(repr, foreign))}: left over from, or in use by, this command on another machine. A run removes "
            "only what an earlier run on the same machine has recorded."
        )


def _tls(session: Session) -> None:
    if not session.settings.instance.startswith("https:"):
        session.record_finding("tls", "inconclusive", "plain http on this machine")
        return
    try:
        certificate = probe.probe(session.settings).certificate
    except probe.ProbeError as problem:
        session.record_finding("tls", "inconclusive", str(problem))
        return
    expiry = f"; the certificate expires on {certificate.expires_at.date()}" if certificate else ""
    session.record_finding("tls", "holds", f"trusted{expiry}")


def _wrong_key(session: Session) -> None:
    response = session.send_nonstandard("GET", _LIST, {"ProvisioningKey": _WRONG_KEY})
    try:
        session.client.list_environments()
    except errors.Unauthorized:
        session.record_finding(
            "wrong-key",
            "differs",
            f"{response.description}; the right key has been rejected since then",
            "A wrong key locks the instance: no deployment works until it is unlocked.",
            "store the key in one place only: W365_PROVISIONING_KEY_FILE or the stack's configuration",
        )
        raise
    if response.status in {401, 403}:
        session.record_finding("wrong-key", "holds", f"{response.description}; the right key still works")
    else:
        session.record_finding(
            "wrong-key",
            "differs",
            response.description,
            "A wrong key is not recognised as such; error messages will name another cause.",
        )


def _requested_with(session: Session) -> None:
    response = session.send_nonstandard("GET", _LIST, {"X-Requested-With": None})
    if response.status == 200 and response.shape.startswith("["):
        session.record_finding(
            "requested-with", "differs", f"{response.description}: the header is not required", "None: the header is always sent."
        )
    else:
        session.record_finding("requested-with", "holds", response.description)


def _health(session: Session) -> None:
    health = session.client_without_retries.get_health()
    response = session.observed.last("health")
    sick = [f"{item.component} {item.status}" for item in health.components if not item.is_healthy]
    version = f"; version {health.product_version}" if health.product_version else ""
    details = f" ({', '.join(sick)})" if sick else ""
    session.record_finding(
        "health", "holds", f"{health.overall_status}{details}{version}; {response.description if response else ''}"
    )


def _clock(session: Session) -> None:
    skew = session.observed.skew
    if skew is None:
        session.record_finding("clock", "inconclusive", "responses have no Date header")
        return
    seconds = round(abs(skew.total_seconds()))
    observed = (
        f"{seconds} s {'ahead of' if skew > timedelta() else 'behind'} this machine's clock"
        if seconds > 1
        else "agrees with this machine's clock"
    )
    if abs(skew) > _HARMFUL:
        consequence = (
            "After a lost response or a kill, creation dates distinguish environments: clocks may differ by at most 15 minutes."
        )
        session.record_finding("clock", "differs", observed, consequence, _SET_CLOCK)
    elif abs(skew) > _NOTICEABLE:
        session.record_finding("clock", "holds", observed, "It uses up part of the tolerance of 15 minutes.", _SET_CLOCK)
    else:
        session.record_finding("clock", "holds", observed)


def _redirects(session: Session) -> None:
    redirected = session.observed.matching(lambda seen: 300 <= seen.status < 400)
    if redirected:
        statuses = ", ".join(dict.fromkeys(f"{response.operation}: HTTP {response.status}" for response in redirected))
        session.record_finding("redirects", "differs", statuses, "These calls fail.", "w365:baseUrl: the target of the redirect")
    else:
        session.record_finding("redirects", "holds", f"none in {len(session.observed.responses)} responses")


def _limits(session: Session) -> None:
    every = session.observed.responses + session.nonstandard_responses.responses
    throttled = [response for response in every if response.is_throttled]
    headers = sorted({name for response in every for name in response.limits})
    named = f"; headers {', '.join(headers)}" if headers else ""
    if throttled:
        statuses = ", ".join(dict.fromkeys(f"{response.operation}: HTTP {response.status}" for response in throttled))
        session.record_finding("limits", "differs", f"{statuses}{named}", "Deployments slow down.", "w365:maxInFlight: 4 or less")
    else:
        session.record_finding("limits", "holds", f"none reached by {len(every)} sequential calls{named}")


def _latency(session: Session) -> None:
    slowest = session.observed.slowest
    if slowest is None:
        return
    most = session.settings.request_timeout
    observed = f"the slowest of {len(session.observed.responses)}: {slowest.operation}, {slowest.seconds:.2f} s; w365:requestTimeout is {most:g} s"
    if slowest.seconds > most / 3:
        session.record_finding(
            "latency",
            "differs",
            observed,
            "Responses take longer under load: if the response to a create is too late, the run has to search for the environment.",
        )
    else:
        session.record_finding("latency", "holds", observed)
