"""``w365 conformance`` against the local server: each reading with the server turned so that it holds, and so that it does not."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pulumi_workspace365_cli.conformance import create_checks, deadline, removal
from pulumi_workspace365_cli.conformance.assumptions import ASSUMPTIONS
from pulumi_workspace365_cli.conformance.session import Extra
from pulumi_workspace365_sandbox.workspace365 import Server, faults

from .conftest import Command, Ran

EXTRAS = ("wrong-key", "import", "duplicate-name", "recreate")
OTHERS = ("contoso", "Fabrikam & Söhne")


@pytest.fixture(autouse=True)
def _quick(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001  it clears variables first
    monkeypatch.setenv("W365_REQUEST_TIMEOUT", "60")
    for module in (deadline, removal):
        monkeypatch.setattr(module, "_LONGEST_PAUSE_SECONDS", 0.05)


@pytest.fixture
def instance(server: Server) -> Server:
    """An instance on which others have environments."""
    for name in OTHERS:
        server.management.seed(name, creation_date="2020-01-31T10:20:30.0000000+00:00")
    return server


@dataclass(frozen=True)
class Run:
    """What one run found out, by question."""

    ran: Ran
    assumptions: dict[str, dict[str, str]]

    def verdicts(self, verdict: str) -> set[str]:
        return {key for key, found in self.assumptions.items() if found["verdict"] == verdict}


Conformance = Callable[..., Run]


@pytest.fixture
def conformance(w365: Command) -> Conformance:
    def run(*also: str, **options: Any) -> Run:
        flags = [word for name in also for word in ("--also", name)]
        flags += [
            word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", *([value] if value else []))
        ]
        ran = w365("conformance", "--admin-email", "admin@example.com", "--yes", "--output", "json", *flags)
        assumptions = {found["key"]: found for found in ran.document["assumptions"]} if ran.out else {}
        return Run(ran, assumptions)

    return run


def others_are_as_they_were(server: Server) -> None:
    """Nothing of this command is left, and nobody else's environment was touched."""
    assert list(server.management.environments()) == list(OTHERS)
    touched = {request.environment for request in server.management.requests() if request.method != "GET"}
    assert touched.isdisjoint(OTHERS)


def test_every_reading_holds_on_an_instance_as_documented(conformance: Conformance, instance: Server) -> None:
    run = conformance(*EXTRAS)
    assert run.ran.code == 0, run.ran.out + run.ran.err
    assert run.verdicts("differs") == set()
    assert run.verdicts("inconclusive") == {"tls"}
    assert run.verdicts("not tested") == {"refusal"}
    others_are_as_they_were(instance)


def test_without_flags_one_environment_is_created_once_and_the_right_key_only_is_sent(
    conformance: Conformance, instance: Server
) -> None:
    run = conformance()
    assert run.ran.code == 0
    assert run.verdicts("not tested") == {"wrong-key", "import", "import-again", "duplicate", "recreate", "refusal"}
    assert instance.management.count("createEnvironment") == 1
    assert instance.management.count("importEnvironment") == 0
    refused = [request for request in instance.management.requests() if request.status == 403]
    assert [request.headers.count("x-requested-with") for request in refused] == [0]
    others_are_as_they_were(instance)


@pytest.mark.parametrize(
    ("options", "turned", "differ"),
    [
        (
            {"sanitiser": "customer_number", "repetition": "refuse", "delete_active": "refuse", "demand_length": False},
            [faults.CreationDate(form="local")],
            {"name", "duplicate", "date-moment", "activate-again", "deactivate-again", "delete", "length"},
        ),
        (
            {"sanitiser": "transliterate", "on_collision": "number", "recreated_date": "kept", "header_refusal": "none"},
            [faults.CreationDate(form="day")],
            {"name", "date-form", "duplicate", "recreate", "requested-with"},
        ),
        (
            {"sanitiser": "lower", "clock_ahead": -3600, "export": "changing", "on_premises": True, "address_delay": 3},
            [faults.Status(operation="getLicensing", status=429, skip=4, times=1)],
            {"clock", "export", "import", "sign-on", "create-addressed", "limits"},
        ),
    ],
)
def test_what_differs_is_told_and_nothing_else(
    conformance: Conformance, instance: Server, options: dict[str, Any], turned: list[Any], differ: set[str]
) -> None:
    instance.management.set_options(**options)
    instance.management.inject(*turned)
    run = conformance(*EXTRAS)
    assert run.verdicts("differs") == differ, run.ran.out
    assert run.ran.code == 3, run.ran.document["problems"]
    others_are_as_they_were(instance)


KNOBS: dict[str, tuple[dict[str, Any] | list[Any], str, str, str]] = {
    # knobs or faults; the reading that tells; its verdict; what it says
    "lower case": ({"sanitiser": "lower"}, "name", "holds", "upper case lowered, blank kept, hyphen kept, underscore kept, umlaut kept"),
    "letters and digits": ({"sanitiser": "strip"}, "name", "holds", "upper case kept, blank removed, hyphen removed, underscore removed"),
    "short names": ({"sanitiser": "collide"}, "name", "differs", "truncated"),
    "ASCII": ({"sanitiser": "transliterate"}, "name", "differs", "blank replaced by '-', hyphen kept, underscore replaced by '-', umlaut replaced by 'ue'"),
    "customer numbers": ({"sanitiser": "customer_number"}, "name", "differs", "became 'T0001': an unrelated name"),
    "names kept": ({}, "name", "holds", "unchanged"),
    "case ignored": ({"ignore_case": True}, "name-case", "holds", "case is ignored"),
    "names listed otherwise": ({"listed_name": "lower"}, "name-listed", "differs", "_prüfung' on the list"),
    "case counts": ({}, "name-case", "holds", "names are compared exactly"),
    "born inactive": ({"new_is_active": False}, "created-active", "holds", "inactive"),
    "born active": ({}, "created-active", "holds", "active"),
    "second environment": ({"on_collision": "number"}, "duplicate", "differs", "a second environment, 'W365 Conformance-"),
    "existing answered": ({"on_collision": "existing"}, "duplicate", "differs", "with the existing environment"),
    "repetition refused": ({"repetition": "refuse"}, "activate-again", "differs", "HTTP 400"),
    "repeated deactivation refused": ({"repetition": "refuse"}, "deactivate-again", "differs", "HTTP 400"),
    "active is kept": ({"delete_active": "refuse"}, "delete", "differs", "rejected until it was deactivated"),
    "date kept": ({"recreated_date": "kept"}, "recreate", "differs", "creation date as before, Id new"),
    "length not demanded": ({"demand_length": False}, "length", "differs", "HTTP 200"),
    "header not demanded": ({"header_refusal": "none"}, "requested-with", "differs", "the header is not required"),
    "login page": ({"header_refusal": "html"}, "requested-with", "holds", "HTTP 200, text/html, an HTML or XML page"),
    "401": ({"wrong_key_status": 401}, "wrong-key", "holds", "HTTP 401"),
    "clock far ahead": ({"clock_ahead": 3600}, "clock", "differs", "ahead of this machine's clock"),
    "clock behind": ({"clock_ahead": -120}, "clock", "holds", "behind this machine's clock"),
    "dates by a clock that is wrong": ({"clock_ahead": 3600}, "date-moment", "holds", "by the instance's own clock"),
    "exports change": ({"export": "changing"}, "export", "differs", "the second export differs from the first in exportNumber"),
    "on premises": ({"on_premises": True}, "sign-on", "differs", "HTTP 404"),
    "other words": ({"not_empty_message": "Environment is not empty"}, "import-again", "holds", "Environment is not empty"),
    "late address": ({"address_delay": 4}, "create-addressed", "differs", "found after "),
    "dates missing": ([faults.CreationDate(form="absent")], "date-form", "differs", "the list contains none"),
    "dates null": ([faults.CreationDate(form="null")], "date-form", "differs", "the list contains none"),
    ".NET dates": ([faults.CreationDate(form="dotnet")], "date-form", "holds", "'/Date(0000000000000)/', with a zone"),
    "days": ([faults.CreationDate(form="day")], "date-form", "differs", "'0000-00-00', a day only"),
    "another zone": ([faults.CreationDate(form="zone")], "date-moment", "holds", "the time of the create"),
    "UTC unsaid": ([faults.CreationDate(form="unzoned")], "date-form", "holds", "with no zone"),
    "local time unsaid": ([faults.CreationDate(form="local")], "date-moment", "differs", "2 hours after the create"),
    "wrong zone": ([faults.CreationDate(form="mislabelled")], "date-moment", "differs", "2 hours after the create"),
    "seconds since 1970": ([faults.CreationDate(form="unix")], "date-moment", "holds", "the time of the create"),
    "RFC 1123": ([faults.CreationDate(form="rfc1123")], "date-moment", "holds", "the time of the create"),
    "no date at all": ([faults.CreationDate(form="unreadable")], "date-form", "differs", "cannot be read"),
    "unknown fields": ([faults.UnknownFields()], "list", "holds", "somethingNew: {…}"),
    "an entry that cannot be read": ([faults.BadEntry(form="active", of="contoso")], "list", "differs", "entries that cannot be read: 1"),
    "an entry without a name": ([faults.BadEntry(form="null")], "list", "differs", "entries that cannot be read: 1"),
    "late create": ([faults.Late(calls=3)], "create-listed", "holds", "after "),
    "late delete": ([faults.Late(operation="deleteEnvironment", calls=3)], "delete-listed", "holds", "after "),
    "limits": ([faults.Status(operation="getLicensing", status=429, retry_after=1, times=1)], "limits", "differs", "licensing: HTTP 429"),
    "redirect": ([faults.Redirect(operation="exportEnvironment", location="https://example.com")], "redirects", "differs", "export: HTTP 301"),
    "quick": ([], "latency", "holds", "w365:requestTimeout is 60 s"),
    "unknown is found": ([faults.Status(operation="deleteEnvironment", status=200, skip=1, times=1)], "delete-again", "differs", "HTTP 200"),
    "unhealthy": ([faults.Health(components={"Redis": "FAIL"}, status=503)], "health", "holds", "FAIL (Redis FAIL)"),
    "no settings": ([faults.Status(operation="setExchange", status=500)], "exchange", "inconclusive", "HTTP 500"),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("knob", KNOBS)
def test_the_right_row_says_how_the_instance_was_turned(conformance: Conformance, instance: Server, knob: str) -> None:
    turned, key, verdict, said = KNOBS[knob]
    if isinstance(turned, dict):
        instance.management.set_options(**turned)
    else:
        instance.management.inject(*turned)
    also = {"duplicate": ["duplicate-name"], "recreate": ["recreate"], "wrong-key": ["wrong-key"], "import-again": ["import"]}
    run = conformance(*also.get(key, []))
    found = run.assumptions[key]
    assert (found["verdict"], said in found["observed"]) == (verdict, True), found
    assert run.ran.code == (3 if run.verdicts("differs") else 0), run.ran.document["problems"]
    others_are_as_they_were(instance)


IMPATIENT: dict[str, tuple[list[Any], str, str]] = {
    # faults; the reading that differs where the list is not watched for long; what it says
    "late create": ([faults.Late(calls=3)], "create-listed", "after "),
    "late delete": ([faults.Late(operation="deleteEnvironment", calls=3)], "delete-listed", "after "),
    "create never shown": ([faults.Late(calls=100_000)], "create-listed", "not shown within "),
    "pages": ([faults.TruncatedList(keep=2)], "list-complete", "2 before the create, 2 after it"),
    "old licensing": ([faults.Status(operation="getLicensing", status=404)], "create-addressed", "not found"),
}


@pytest.mark.slow
@pytest.mark.parametrize("knob", IMPATIENT)
def test_what_is_later_than_the_settings_bear_is_told(
    conformance: Conformance, instance: Server, monkeypatch: pytest.MonkeyPatch, knob: str
) -> None:
    turned, key, said = IMPATIENT[knob]
    monkeypatch.setenv("W365_SETTLE_SECONDS", "0")
    monkeypatch.setattr(create_checks, "_LEAST_WATCHED_SECONDS", 0.5 if said.startswith(("not", "2")) else 60.0)
    instance.management.inject(*turned)
    run = conformance()
    found = run.assumptions[key]
    assert (found["verdict"], said in found["observed"]) == ("differs", True), found
    assert run.ran.code == 3, run.ran.document["problems"]
    settle = next(item for item in run.ran.document["settings"] if item["setting"].startswith("w365:settleSeconds"))
    assert (settle["choose"] != "0") is (key != "create-addressed")
    others_are_as_they_were(instance)


def test_every_reading_and_flag_is_on_the_page() -> None:
    page = (Path(__file__).parents[2] / "docs" / "guides" / "conformance.md").read_text(encoding="utf-8")
    assert [reading.question for reading in ASSUMPTIONS if reading.question not in page] == []
    assert [extra for extra in Extra if f"| `{extra}` |" not in page] == []
