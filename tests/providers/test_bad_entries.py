"""What is wrong with one entry of the list concerns that environment, and whatever it may be; nothing else."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest

from pulumi_dynamic_host.context import Call, set_current
from pulumi_workspace365 import errors
from pulumi_workspace365.api import client
from pulumi_workspace365.api.configuration import Settings
from pulumi_workspace365.environment import EnvironmentProvider
from pulumi_workspace365.lifecycle import journal
from pulumi_workspace365.lifecycle.journal_records import Subject
from pulumi_workspace365_sandbox.workspace365 import Server, faults

from .conftest import CREATE, Engine, new_run

Serve = Callable[..., Engine]
FORMS = get_args(faults.BadEntry.model_fields["form"].annotation)
NAMED = ("active", "date", "twice")
"""Forms that leave the entry its name."""
NAMELESS = ("empty", "null", "number", "absent", "dots", "text", "nothing")


@pytest.fixture
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("W365_JOURNAL", str(tmp_path / "journal.jsonl"))
    return tmp_path / "journal.jsonl"


def resource(name: str) -> Call:
    return Call("create", f"urn:pulumi:dev::p::t::{name}", hosted=True)


@pytest.mark.parametrize("form", FORMS)
def test_every_other_environment_works_and_the_entry_is_told_once(
    serve: Serve, server: Server, caplog: pytest.LogCaptureFixture, form: Any
) -> None:
    caplog.set_level(logging.WARNING, "pulumi_workspace365")
    server.management.seed("fabrikam")
    server.management.inject(faults.BadEntry(form=form))
    environment = serve(EnvironmentProvider)
    assert not environment.create(**CREATE)
    assert environment.refresh()
    environment.update(**CREATE | {"active": False})
    new_run()
    assert environment.refresh()
    environment.delete()
    assert set(server.management.environments()) == {"fabrikam"}
    told = [record.message for record in caplog.records if "that cannot be read" in record.message]
    assert len(told) == 2  # one for each run


@pytest.mark.parametrize("form", NAMED)
def test_the_environment_of_such_an_entry_is_left_alone(serve: Serve, server: Server, form: Any) -> None:
    environment = serve(EnvironmentProvider)
    environment.create(**CREATE)
    server.management.inject(faults.BadEntry(form=form, of="contoso"))
    server.management.seed("fabrikam")
    for ask in (environment.refresh, environment.delete, lambda: environment.update(**CREATE | {"active": False})):
        new_run()
        with pytest.raises(errors.Unavailable, match="'contoso' that cannot be read .*which may be environment 'contoso'"):
            ask()
    new_run()
    with pytest.raises(errors.Unavailable, match="cannot be read"):
        serve(EnvironmentProvider).create(**CREATE | {"environment_name": "Con-Toso"})
    assert server.management.count("createEnvironment") == 1
    assert server.management.environment("contoso").is_active


@pytest.mark.parametrize("form", NAMELESS)
def test_an_environment_that_may_be_the_nameless_entry_is_neither_gone_nor_free(serve: Serve, server: Server, form: Any) -> None:
    environment = serve(EnvironmentProvider)
    environment.create(**CREATE)
    server.management.seed("fabrikam")
    server.management.inject(faults.BadEntry(form=form, of="contoso"))
    for ask in (environment.refresh, environment.delete, lambda: serve(EnvironmentProvider).create(**CREATE)):
        new_run()
        with pytest.raises((errors.Unavailable, errors.Refused), match="'contoso'"):
            ask()
    assert server.management.count("createEnvironment") == 1
    assert set(server.management.environments()) == {"contoso", "fabrikam"}


@pytest.mark.parametrize("form", NAMELESS)
def test_what_is_not_at_its_own_address_is_gone_beside_a_nameless_entry(serve: Serve, server: Server, form: Any) -> None:
    environment = serve(EnvironmentProvider)
    environment.create(**CREATE)
    server.management.delete("contoso")
    server.management.seed("fabrikam")
    server.management.inject(faults.BadEntry(form=form))
    new_run()
    assert not environment.refresh()


@pytest.mark.parametrize("form", NAMELESS)
def test_where_the_address_does_not_tell_nothing_is_concluded(serve: Serve, server: Server, form: Any) -> None:
    server.management.seed("fabrikam")
    server.management.inject(faults.BadEntry(form=form), faults.Status(status=400, operation="getLicensing"))
    with pytest.raises(errors.Unavailable, match="whether that exists, and as what, cannot be determined"):
        serve(EnvironmentProvider).create(**CREATE)
    assert server.management.count("createEnvironment") == 0


@pytest.mark.parametrize("form", ["null", *(pytest.param(one, marks=pytest.mark.slow) for one in ("text", "active"))])
def test_a_lost_create_that_may_be_the_entry_is_never_sent_again_until_a_person_has_looked(
    serve: Serve, server: Server, notes: Path, form: Any
) -> None:
    server.management.seed("fabrikam")
    server.management.inject(
        faults.Reset(operation="createEnvironment", when="after", times=1), faults.BadEntry(form=form, of="T0001")
    )
    server.management.set_options(sanitiser="customer_number")
    for _ in range(2):
        with set_current(resource("contoso")), pytest.raises(errors.Ambiguous) as lost:
            serve(EnvironmentProvider).create(**CREATE)
        new_run()
    (suspect,) = lost.value.suspects
    assert suspect == "T0001" if form == "active" else suspect.startswith("(unreadable entry ")
    assert server.management.count("createEnvironment") == 1
    journal.get_journal().dismiss(suspect, server.base_url)
    with set_current(resource("contoso")):
        serve(EnvironmentProvider).create(**CREATE)
    assert server.management.count("createEnvironment") == 2
    assert notes.exists()


@pytest.mark.usefixtures("notes")
def test_without_a_list_of_before_the_entry_may_be_what_a_lost_job_made(serve: Serve, server: Server) -> None:
    server.management.seed("fabrikam", creation_date="2024-01-31T08:00:00Z")
    server.management.seed("T0001")
    server.management.inject(faults.BadEntry(form="null", of="T0001"))
    now = datetime.now(UTC)
    subject = Subject(resource("contoso").urn, server.base_url, "contoso")
    assert journal.get_journal().record_recovered(subject, now - timedelta(minutes=5), now)
    with set_current(resource("contoso")), pytest.raises(errors.Ambiguous) as lost:
        serve(EnvironmentProvider).create(**CREATE)
    assert server.management.count("createEnvironment") == 0
    (suspect,) = lost.value.suspects
    journal.get_journal().dismiss(suspect, server.base_url)
    new_run()
    with set_current(resource("contoso")):
        serve(EnvironmentProvider).create(**CREATE)


@pytest.mark.usefixtures("notes")
def test_an_entry_that_was_there_before_is_no_suspect(serve: Serve, server: Server) -> None:
    server.management.seed("fabrikam")
    server.management.inject(
        faults.Reset(operation="createEnvironment", when="before", times=1), faults.BadEntry(form="null", of="fabrikam")
    )
    server.management.seed("tailspin")
    with set_current(resource("contoso")), pytest.raises(errors.Ambiguous, match="It is not on the list"):
        serve(EnvironmentProvider).create(**CREATE)
    new_run()
    with set_current(resource("contoso")):
        serve(EnvironmentProvider).create(**CREATE)
    assert "contoso" in server.management.environments()


@pytest.mark.parametrize("form", [form for form in FORMS if form != "twice"])
def test_a_list_of_nothing_else_is_no_list(server: Server, form: Any) -> None:
    server.management.inject(faults.BadEntry(form=form))
    with pytest.raises(errors.Rejected, match="does not have the documented form"):
        client.Client(Settings(server.base_url, server.provisioning_key)).list_environments()


def test_entries_that_say_the_same_twice_are_one(server: Server) -> None:
    server.management.seed("contoso")
    server.management.seed("fabrikam")
    server.management.inject(faults.BadEntry(form="twice", of="contoso"))
    found = client.Client(Settings(server.base_url, server.provisioning_key)).list_environments()
    assert ([entry.name for entry in found], [entry.name for entry in found.unreadable]) == (["fabrikam"], ["contoso"])


def test_a_name_that_repeats_a_key_is_no_name(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    key = server.provisioning_key
    server.management.seed(key.upper())
    server.management.seed("fabrikam")
    found = client.Client(Settings(server.base_url, key)).list_environments()
    assert [entry.name for entry in found] == ["fabrikam"]
    assert key.upper() not in caplog.text
    assert "repeats a key" in caplog.text
