"""Recommended settings for an instance, from the observations."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pulumi_workspace365.api.configuration import Settings
from pulumi_workspace365_cli.conformance.assumptions import AssumptionFinding
from pulumi_workspace365_cli.conformance.create_checks import listing_timeout, recommended_settle_seconds
from pulumi_workspace365_cli.conformance.observations import Observations

_FEW_IN_FLIGHT = 4


@dataclass(frozen=True)
class Recommendation:
    """One setting: its current value, the recommended value, and the reason."""

    setting: str
    now: str
    choose: str
    why: str


def recommend(
    settings: Settings, observed: Observations, delays: Mapping[str, float], findings: Mapping[str, AssumptionFinding]
) -> Iterator[Recommendation]:
    """The settings that depend on the instance.

    Args:
        settings: the current settings.
        observed: the responses of the run.
        delays: seconds until the list showed a change, by key of the assumption.
        findings: the results, by key of the assumption.
    """
    yield _settle(settings, delays, findings)
    yield _timeout(settings, observed)
    yield _in_flight(settings, findings)
    if "name" in findings:
        yield _name_policy(findings["name"])
        yield _journal(findings)


def _settle(settings: Settings, delays: Mapping[str, float], findings: Mapping[str, AssumptionFinding]) -> Recommendation:
    now = settings.settle_seconds
    was_not_listed = any(
        findings[key].verdict == "differs" and key not in delays for key in ("create-listed", "delete-listed") if key in findings
    )
    worst = max(delays.values(), default=0.0)
    recommended = max(
        now, recommended_settle_seconds(listing_timeout(settings)) if was_not_listed else recommended_settle_seconds(worst)
    )
    why = f"the list did not show every change within {listing_timeout(settings):g} s" if was_not_listed else _within(worst)
    return Recommendation("w365:settleSeconds (W365_SETTLE_SECONDS)", f"{now:g}", f"{recommended:g}", why)


def _within(seconds: float) -> str:
    return f"the list showed every change within {seconds:.1f} s" if seconds else "the list showed every change at once"


def _timeout(settings: Settings, observed: Observations) -> Recommendation:
    now, slowest = settings.request_timeout, observed.slowest
    recommended = max(now, recommended_settle_seconds(slowest.seconds)) if slowest else now
    why = f"the slowest response ({slowest.operation}) took {slowest.seconds:.2f} s" if slowest else "there was no response"
    return Recommendation("w365:requestTimeout (W365_REQUEST_TIMEOUT)", f"{now:g}", f"{recommended:g}", why)


def _in_flight(settings: Settings, findings: Mapping[str, AssumptionFinding]) -> Recommendation:
    now = settings.max_in_flight
    is_limited = "limits" in findings and findings["limits"].verdict == "differs"
    why = "the instance requested fewer calls" if is_limited else "no limit was reached; the run did not search for one"
    return Recommendation(
        "w365:maxInFlight (W365_MAX_IN_FLIGHT)", str(now), str(min(now, _FEW_IN_FLIGHT) if is_limited else now), why
    )


def _name_policy(name: AssumptionFinding) -> Recommendation:
    exact = "exact" in name.setting
    why = (
        "the instance keeps letters, digits and hyphens"
        if exact
        else "the instance changes names: programs read the actual name from the output `name`"
    )
    return Recommendation("name_policy", "accept", "exact or accept" if exact else "accept", why)


def _journal(findings: Mapping[str, AssumptionFinding]) -> Recommendation:
    weak = [
        findings[key].assumption.question
        for key in ("name", "date-form", "date-moment", "recreate")
        if key in findings and findings[key].verdict == "differs"
    ]
    why = (
        f"{', '.join(weak)}: without the journal, a killed run's create can hardly be recognised"
        if weak
        else "the next run recognises what a killed run created"
    )
    return Recommendation("W365_JOURNAL", "a file", "a file on a persistent disk", why)
