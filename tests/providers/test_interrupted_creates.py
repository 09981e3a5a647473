"""A create whose outcome is not known is never sent over: what it may have made is found, or named, and stops nothing else."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from threading import Timer
from typing import Any, get_args

import pytest
from pulumi.dynamic import Config

from pulumi_dynamic_host.context import Call, set_current
from pulumi_workspace365 import errors
from pulumi_workspace365.api import client, configuration, models
from pulumi_workspace365.api.naming import collision_key
from pulumi_workspace365.environment import EnvironmentProvider
from pulumi_workspace365.lifecycle import environment_cache, interrupted_creates, journal
from pulumi_workspace365.lifecycle.environment_snapshot import EnvironmentSnapshot
from pulumi_workspace365.lifecycle.journal import Journal
from pulumi_workspace365.lifecycle.journal_records import Subject, decode, encode
from pulumi_workspace365_sandbox.workspace365 import Server, faults

from .conftest import CREATE, Engine, new_run

Serve = Callable[..., Engine]
OF_ITS_OWN = ["customer_number", "transliterate"]


@pytest.fixture
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("W365_JOURNAL", str(tmp_path / "journal.jsonl"))
    monkeypatch.setenv("W365_SETTLE_SECONDS", "0.3")
    return tmp_path / "journal.jsonl"


def urn(name: str) -> str:
    return f"urn:pulumi:dev::p::pulumi-python:dynamic/workspace365:Environment::{name}"


class KilledError(BaseException):
    """Stands for a process that is gone: nothing of ours runs any more."""


class Runs:
    """Runs of one stack, each resource called as its environment is."""

    def __init__(self, serve: Serve, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
        self.serve = serve
        self.server = server
        self.monkeypatch = monkeypatch
        self.resources: dict[str, Engine] = {}

    def create(self, name: str, resource: str | None = None, **arguments: Any) -> Engine:
        environment = self.serve(EnvironmentProvider)
        with set_current(Call("create", urn(resource or name), hosted=True)):
            environment.create(**{**CREATE, "environment_name": name, **arguments})
        self.resources[resource or name] = environment
        return environment

    def killed(self, *names: str, carried_out: bool = True) -> None:
        """A run that is killed after these creates were sent and before an answer arrived."""
        with self.monkeypatch.context() as patched:
            patched.setattr(client.Client, "create_environment", _dying(carried_out))
            for name in names:
                with pytest.raises(KilledError):
                    self.create(name)
        new_run()

    def unchanged(self) -> None:
        """What a run tells the provider of resources in state that stay as they are."""
        for name, resource in self.resources.items():
            with set_current(Call("diff", urn(name), hosted=True)):
                resource.provider.diff(resource.id, resource.outs, resource.inputs)

    def refresh(self) -> None:
        for name, resource in self.resources.items():
            with set_current(Call("read", urn(name), hosted=True)):
                resource.refresh()

    @property
    def posts(self) -> int:
        return self.server.management.count("createEnvironment")

    @property
    def there(self) -> list[str]:
        return list(self.server.management.environments())


def _dying(carried_out: bool) -> Callable[..., None]:
    send = client.Client.create_environment

    def die(*given: Any, **more: Any) -> None:
        if carried_out:
            send(*given, **more)
        raise KilledError

    return die


@pytest.fixture
def runs(serve: Serve, server: Server, notes: Path, monkeypatch: pytest.MonkeyPatch) -> Runs:  # noqa: ARG001  the journal is there
    return Runs(serve, server, monkeypatch)


class Clock:
    """A clock that is so many hours off."""

    fromisoformat = datetime.fromisoformat

    def __init__(self, hours: int) -> None:
        self._off = timedelta(hours=hours)

    def now(self, zone: tzinfo) -> datetime:
        return datetime.now(zone) + self._off


def aged(notes: Path, by: timedelta) -> None:
    """All that the journal tells is so much older."""
    records = [decode(line) for line in notes.read_bytes().splitlines()]
    for record in records:
        record |= {
            key: (datetime.fromisoformat(record[key]) - by).isoformat() for key in ("at", "listed", "until") if record.get(key)
        }
    notes.write_bytes(b"".join(map(encode, records)))


def moved(server: Server, name: str, seconds: float) -> None:
    """The server dates the environment so much later (or earlier)."""
    made = datetime.fromisoformat(server.management.environment(name).creation_date) + timedelta(seconds=seconds)
    server.management.change(name, creation_date=made.isoformat())


@pytest.mark.parametrize("sanitiser", OF_ITS_OWN)
def test_what_a_killed_run_may_have_made_under_any_name_is_named_until_it_is_adopted(
    runs: Runs, server: Server, notes: Path, sanitiser: Any
) -> None:
    server.management.set_options(sanitiser=sanitiser)
    server.management.seed("somebody")
    runs.killed("Müller Söhne")
    (made,) = set(runs.there) - {"somebody"}
    for _ in range(2):
        with pytest.raises(errors.Ambiguous) as caught:
            runs.create("Müller Söhne")
        new_run()
        assert f"may have made one of these: {made!r}. Nothing was sent now." in str(caught.value)
        assert "w365 recover --dismiss NAME" in str(caught.value)
        assert "somebody" not in str(caught.value)
        assert "off" not in str(caught.value)
        assert [intent.suspects for intent in Journal(notes).open_intents()] == [(made,)]
    assert runs.create(made, "Müller Söhne", adopt_existing=True).id == made
    new_run()
    runs.refresh()
    assert (runs.posts, len(runs.there), Journal(notes).open_intents()) == (1, 2, [])


@pytest.mark.parametrize("sanitiser", OF_ITS_OWN)
def test_what_is_not_the_work_of_a_killed_run_is_dismissed_and_stops_it_no_more(
    runs: Runs, server: Server, notes: Path, sanitiser: Any
) -> None:
    server.management.set_options(sanitiser=sanitiser)
    runs.killed("Müller Söhne", carried_out=False)
    server.management.seed("another")
    server.management.seed("a third")
    with pytest.raises(errors.Ambiguous, match="'another', 'a third'"):
        runs.create("Müller Söhne")
    new_run()
    assert [intent.subject.folded for intent in Journal(notes).dismiss("another", server.base_url)] == [
        collision_key("Müller Söhne")
    ]
    with pytest.raises(errors.Ambiguous, match="one of these: 'a third'"):
        runs.create("Müller Söhne")
    new_run()
    Journal(notes).dismiss("a third", server.base_url)
    assert [intent.suspects for intent in Journal(notes).open_intents()] == [()]
    runs.create("Müller Söhne")
    assert (runs.posts, len(runs.there)) == (1, 3)
    new_run()
    runs.killed("fabrikam", carried_out=False)
    runs.create("fabrikam")
    assert (runs.posts, len(runs.there)) == (2, 4)


def test_nothing_is_sent_while_the_list_cannot_be_read_or_is_not_whole(runs: Runs, server: Server) -> None:
    server.management.set_options(sanitiser="customer_number")
    for name in ("one", "two", "three"):
        server.management.seed(name)
    runs.killed("contoso")
    for fault, error, told in (
        (faults.Status(operation="listEnvironments", status=503), errors.Unavailable, "Could not list the environments"),
        (faults.WrongJson(operation="listEnvironments", form="object"), errors.Rejected, "documented form"),
        (
            faults.TruncatedList(keep=2),
            errors.Refused,
            "'three' is not on the list of .*, but it exists there: the list is incomplete",
        ),
        (faults.EmptyList(), errors.Refused, "Nothing was sent"),
    ):
        server.management.inject(fault)
        with pytest.raises(error, match=told):
            runs.create("contoso")
        server.management.clear_faults()
        new_run()
    assert runs.posts == 1
    with pytest.raises(errors.Ambiguous, match="'T0001'"):
        runs.create("contoso")


def test_a_list_that_lacks_what_was_created_since_is_not_whole(runs: Runs, server: Server) -> None:
    """All that was there before the interrupted create is on it, and its first entries are all that it shows."""
    server.management.set_options(sanitiser="customer_number")
    for name in ("one", "two"):
        server.management.seed(name)
    runs.killed("contoso")
    runs.create("fabrikam")
    new_run()
    server.management.inject(faults.TruncatedList(keep=2))
    runs.unchanged()
    with pytest.raises(errors.Refused, match="'T0002' is not on the list of .*, but it exists there: the list is incomplete"):
        runs.create("contoso")
    assert runs.posts == 2


def test_what_was_deleted_since_does_not_make_the_list_incomplete(runs: Runs, server: Server) -> None:
    server.management.seed("gone")
    runs.killed("contoso", carried_out=False)
    server.management.delete("gone")
    runs.create("contoso")
    assert (runs.posts, runs.there) == (1, ["contoso"])


@pytest.mark.parametrize("sanitiser", ["identity", *OF_ITS_OWN])
def test_a_create_that_had_no_effect_is_sent_once_more(runs: Runs, server: Server, notes: Path, sanitiser: Any) -> None:
    server.management.set_options(sanitiser=sanitiser)
    server.management.seed("somebody")
    runs.killed("contoso", carried_out=False)
    runs.create("contoso")
    assert (runs.posts, len(runs.there)) == (1, 2)
    new_run()
    runs.refresh()
    assert Journal(notes).open_intents() == []


def test_what_somebody_makes_after_a_create_was_looked_for_in_vain_is_not_taken_over(runs: Runs, server: Server) -> None:
    server.management.inject(faults.Reset(operation="createEnvironment", when="before", times=1))
    with pytest.raises(errors.Ambiguous, match="not on the list after"):
        runs.create("contoso")
    server.management.seed("contoso")
    new_run()
    with pytest.raises(errors.Refused, match="exists already"):
        runs.create("contoso")
    server.management.delete("contoso")
    new_run()
    runs.create("contoso")
    assert runs.posts == 2


def test_the_answer_is_lost_and_the_list_is_down(runs: Runs, server: Server) -> None:
    server.management.set_options(sanitiser="customer_number")
    server.management.inject(
        faults.Reset(operation="createEnvironment", when="after", times=1), faults.Outage(ms=3_600_000, times=1)
    )
    with pytest.raises(
        errors.Ambiguous, match="Nor could it be looked for on the list: .* nothing is sent while it may have been"
    ):
        runs.create("contoso")
    for _ in range(2):
        new_run()
        with pytest.raises(errors.Unavailable, match="Could not list"):
            runs.create("contoso")
    server.management.clear_faults()
    new_run()
    with pytest.raises(errors.Ambiguous, match="one of these: 'T0001'"):
        runs.create("contoso")
    assert runs.posts == 1
    server.management.delete("T0001")
    new_run()
    runs.create("contoso")
    assert (runs.posts, runs.there) == (2, ["T0002"])


LOST = [
    faults.Reset(operation="createEnvironment", when="after", times=1),
    faults.Truncate(operation="createEnvironment", when="after", times=1),
    faults.Html(operation="createEnvironment", when="after", times=1),
    *(faults.WrongJson(operation="createEnvironment", when="after", form=form, times=1) for form in ("broken", "array", "null")),
    *(faults.Status(operation="createEnvironment", when="after", status=status, times=1) for status in (408, 429, 500, 502, 503)),
    faults.Redirect(operation="createEnvironment", when="after", location="http://127.0.0.1:9", status=302, times=1),
]


@pytest.mark.parametrize("fault", LOST, ids=lambda fault: f"{fault.fault} {getattr(fault, 'status', getattr(fault, 'form', ''))}")
@pytest.mark.parametrize("late", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_no_lost_answer_leads_to_a_second_create(runs: Runs, server: Server, fault: Any, late: int) -> None:
    """Also where the list shows the environment only after the run that sent it gave up."""
    server.management.set_options(sanitiser="customer_number")
    hidden = [faults.Late(operation="createEnvironment", calls=50, times=1)] if late else []
    server.management.inject(fault, *hidden)
    with pytest.raises(errors.Ambiguous):
        runs.create("contoso")
    new_run()
    while not environment_cache.get_cache(configuration.read(Config({}, "test").get)).client.list_environments():
        """It shows in the end."""
    with pytest.raises(errors.Ambiguous, match="'T0001'"):
        runs.create("contoso")
    assert runs.posts == 1


def test_what_others_made_a_day_later_is_no_suspect(runs: Runs, server: Server, notes: Path) -> None:
    runs.killed("contoso", carried_out=False)
    aged(notes, timedelta(days=5))
    server.management.seed("another", creation_date=(datetime.now(UTC) - timedelta(days=3)).isoformat())
    runs.create("contoso")
    assert (runs.posts, runs.there) == (1, ["another", "contoso"])


LIES: dict[str, Callable[[datetime], str]] = {
    "nothing": lambda _: "",
    "no date": lambda _: "a while ago",
    "zone": lambda made: (made + timedelta(hours=2)).isoformat(),
    "zone, half an hour": lambda made: (made - timedelta(hours=9, minutes=30)).isoformat(),
    "zone, quarter of an hour": lambda made: (made + timedelta(hours=12, minutes=45)).isoformat(),
    "zone, farthest": lambda made: (made + timedelta(hours=14)).isoformat(),
    "zone, local": lambda made: (made - timedelta(hours=11)).replace(tzinfo=None).isoformat(),
    "last year": lambda made: (made - timedelta(days=365)).isoformat(),
    "next year": lambda made: (made + timedelta(days=365)).isoformat(),
    "another calendar": lambda made: f"{made.year + 543}-{made:%m-%d}T12:00:00Z",
    "default of .NET": lambda _: "0001-01-01T00:00:00",
    "default of SQL": lambda _: "1900-01-01T00:00:00Z",
    "default of Unix": lambda _: "/Date(0)/",
    "for ever": lambda _: "9999-12-31T23:59:59.9999999Z",
    "a day ago": lambda made: (made - timedelta(days=1)).isoformat(),
}


@pytest.mark.parametrize("lie", LIES)
def test_no_date_of_a_new_environment_leads_to_a_second_create(runs: Runs, server: Server, lie: str) -> None:
    server.management.set_options(sanitiser="customer_number")
    server.management.seed("old", creation_date=LIES[lie](datetime.now(UTC)))
    runs.killed("contoso")
    made = datetime.fromisoformat(server.management.environment("T0001").creation_date)
    server.management.change("T0001", creation_date=LIES[lie](made))
    with pytest.raises(errors.Ambiguous, match="one of these: 'T0001'"):
        runs.create("contoso")
    assert runs.posts == 1


@pytest.mark.parametrize("form", get_args(faults.CreationDate.model_fields["form"].annotation))
@pytest.mark.parametrize("loss", ["kill", pytest.param("reset", marks=pytest.mark.slow)])
def test_no_form_of_dates_leads_to_a_second_create(runs: Runs, server: Server, form: Any, loss: str) -> None:
    server.management.set_options(sanitiser="customer_number")
    server.management.inject(faults.CreationDate(form=form))
    if loss == "kill":
        runs.killed("contoso")
    else:
        server.management.inject(faults.Reset(operation="createEnvironment", when="after", times=1))
        with pytest.raises(errors.Ambiguous, match="'T0001'"):
            runs.create("contoso")
        new_run()
    with pytest.raises(errors.Ambiguous, match="one of these: 'T0001'"):
        runs.create("contoso")
    assert runs.posts == 1


def test_a_day_that_was_taken_for_the_month_leads_to_no_second_create(runs: Runs, server: Server, notes: Path) -> None:
    """The run is killed on 3 February and repeated months later, when 2 March is no date in the future."""
    server.management.set_options(sanitiser="customer_number")
    runs.killed("contoso")
    year = datetime.now(UTC).year - 1
    aged(notes, datetime.now(UTC) - datetime(year, 2, 3, 12, tzinfo=UTC))
    server.management.change("T0001", creation_date=f"{year}-03-02T12:00:05Z")
    with pytest.raises(errors.Ambiguous, match="one of these: 'T0001'"):
        runs.create("contoso")
    assert runs.posts == 1


@pytest.mark.parametrize("seconds", [-600, 600])
@pytest.mark.parametrize("sanitiser", ["customer_number", "identity"])
def test_a_server_whose_clock_is_ten_minutes_off_doubles_nothing(
    runs: Runs, server: Server, seconds: int, sanitiser: Any
) -> None:
    server.management.set_options(sanitiser=sanitiser)
    runs.killed("contoso")
    (made,) = runs.there
    moved(server, made, seconds)
    if made == "contoso":
        assert runs.create("contoso").id == "contoso"
    else:
        with pytest.raises(errors.Ambiguous, match="'T0001'"):
            runs.create("contoso")
    assert runs.posts == 1


@pytest.mark.parametrize("hours", [-5, 5])
def test_a_local_clock_that_was_wrong_when_the_run_was_killed_doubles_nothing(
    runs: Runs, server: Server, hours: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server's own clock is noted with the intent."""
    server.management.set_options(sanitiser="customer_number")
    with monkeypatch.context() as patched:
        for module in (client, journal):
            patched.setattr(module, "datetime", Clock(hours))
        runs.killed("contoso")
    with pytest.raises(errors.Ambiguous, match="'T0001'"):
        runs.create("contoso")


@pytest.mark.parametrize("hours", [-5, 2])
def test_a_server_that_tells_a_wrong_zone_doubles_nothing_once_it_answered_a_create(
    runs: Runs, server: Server, hours: int
) -> None:
    server.management.set_options(sanitiser="customer_number")
    runs.create("fabrikam")
    moved(server, "T0001", 3600 * hours)
    new_run()
    runs.killed("contoso")
    moved(server, "T0002", 3600 * hours)
    with pytest.raises(errors.Ambiguous, match="one of these: 'T0002'"):
        runs.create("contoso")
    assert runs.posts == 2


@pytest.mark.parametrize("form", ["absent", "null", "day", "dotnet", "zone"])
def test_whatever_form_dates_have_a_new_environment_is_a_suspect_and_an_old_one_is_not(
    runs: Runs, server: Server, form: Any
) -> None:
    server.management.set_options(sanitiser="customer_number")
    server.management.inject(faults.CreationDate(form=form))
    server.management.seed("old")
    runs.killed("contoso")
    with pytest.raises(errors.Ambiguous, match="one of these: 'T0001'"):
        runs.create("contoso")
    server.management.clear_faults()
    new_run()
    with pytest.raises(errors.Ambiguous, match="one of these: 'T0001'"):  # dates in another form make nothing new
        runs.create("contoso")
    assert runs.posts == 1


def test_twenty_creates_of_which_one_kill_let_twelve_happen_stop_nothing(runs: Runs, server: Server, notes: Path) -> None:
    server.management.set_options(sanitiser="strip")
    names = [f"con-toso {number}" for number in range(20)]
    runs.killed(*names[:12])
    runs.killed(*names[12:], carried_out=False)
    assert len(Journal(notes).open_intents()) == 20
    with ThreadPoolExecutor(20) as threads:
        made = list(threads.map(runs.create, names))
    assert sorted(environment.id for environment in made) == sorted(runs.there)
    assert (runs.posts, len(runs.there)) == (20, 20)
    new_run()
    runs.refresh()
    assert Journal(notes).open_intents() == []


def test_what_is_answered_while_the_list_is_read_need_not_be_on_it(
    runs: Runs, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("W365_SETTLE_SECONDS", "0")
    server.management.set_options(sanitiser="strip")
    runs.killed("con-toso", carried_out=False)
    runs.killed("fabri-kam", carried_out=False)
    watch, others = environment_cache.EnvironmentCache.poll_lists, ["fabri-kam"]

    def watched(cache: environment_cache.EnvironmentCache, seconds: float) -> Iterator[EnvironmentSnapshot]:
        for snapshot in watch(cache, seconds):
            if others:
                runs.create(others.pop())  # which reads a list of its own
            yield snapshot

    monkeypatch.setattr(environment_cache.EnvironmentCache, "poll_lists", watched)
    assert runs.create("con-toso").id == "contoso"
    assert sorted(runs.there) == ["contoso", "fabrikam"]


def test_what_others_make_meanwhile_stops_only_the_creates_whose_work_it_may_be(runs: Runs, server: Server) -> None:
    server.management.set_options(sanitiser="customer_number")
    runs.killed("contoso")
    server.management.seed("somebody")
    with pytest.raises(errors.Ambiguous, match="'T0001', 'somebody'"):
        runs.create("contoso")
    assert runs.create("fabrikam").id == "T0002"
    assert runs.posts == 2


def test_what_is_in_state_is_no_suspect(runs: Runs, server: Server) -> None:
    server.management.set_options(sanitiser="customer_number")
    runs.killed("contoso", carried_out=False)
    server.management.seed("imported")
    runs.create("imported", "another resource", adopt_existing=True)
    new_run()
    runs.unchanged()
    assert runs.create("contoso").id == "T0001"
    assert runs.posts == 1


def test_what_was_recorded_and_created_anew_since_is_a_suspect(runs: Runs, server: Server) -> None:
    """A server may give a name again."""
    server.management.set_options(sanitiser="strip")
    runs.killed("contoso", carried_out=False)
    server.management.seed("imported")
    runs.create("imported", "another resource", adopt_existing=True)
    moved(server, "imported", 7)
    new_run()
    runs.unchanged()
    with pytest.raises(errors.Ambiguous, match="'imported'"):
        runs.create("contoso")


def test_the_answers_to_other_creates_explain_what_is_new(runs: Runs, server: Server) -> None:
    """Of this run and of runs before, of this stack and of others that share the journal; dates or none."""
    server.management.set_options(sanitiser="customer_number")
    server.management.inject(faults.CreationDate(form="absent"))
    runs.killed("contoso", carried_out=False)
    runs.create("before")
    new_run()
    runs.create("now")
    assert runs.create("contoso").id == "T0003"
    assert runs.posts == 3


def test_creates_that_are_under_way_are_waited_for_before_their_work_is_suspected(
    runs: Runs, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("W365_REQUEST_TIMEOUT", "20")
    monkeypatch.setenv("W365_SETTLE_SECONDS", "5")
    server.management.set_options(sanitiser="customer_number")
    runs.killed("contoso", carried_out=False)
    server.management.inject(faults.Latency(operation="createEnvironment", environment="fabrikam", when="after", ms=1000))
    with ThreadPoolExecutor(1) as threads:
        other = threads.submit(runs.create, "fabrikam")
        while "T0001" not in runs.there:
            """Its answer is still to come."""
        assert runs.create("contoso").id == "T0002"
        assert other.result().id == "T0001"


def test_an_answer_of_long_ago_explains_no_name_that_is_given_again(
    runs: Runs, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`T0001` was ours and is deleted, the server numbers from the beginning, and the create is interrupted."""
    server.management.set_options(sanitiser="customer_number")
    gone = runs.create("gone")
    monkeypatch.setattr(interrupted_creates, "settle_timeout", lambda _: 0.0)
    with set_current(Call("delete", urn("gone"), hosted=True)):
        gone.delete()
    server.management.reset()
    server.management.set_options(sanitiser="customer_number")
    new_run()
    runs.killed("contoso")
    with pytest.raises(errors.Ambiguous, match="'T0001'"):
        runs.create("contoso")


@pytest.mark.parametrize("sanitiser", ["identity", "customer_number"])
@pytest.mark.parametrize("by", ["us", "somebody"])
def test_a_name_that_is_given_again_at_once_is_not_explained_by_the_answer_of_before(
    runs: Runs, server: Server, sanitiser: Any, by: str
) -> None:
    if sanitiser == "identity":
        runs.monkeypatch.setenv("W365_SETTLE_SECONDS", "20")  # so soon that the list could still lack it
    server.management.set_options(sanitiser=sanitiser)
    first = runs.create("contoso")
    if by == "somebody":
        server.management.delete(first.id)
        new_run()
    with set_current(Call("delete", urn("contoso"), hosted=True)):
        assert first.refresh() is (by == "us")
        if by == "us":
            first.delete()
    server.management.reset()  # the server numbers from the beginning
    server.management.set_options(sanitiser=sanitiser)
    del runs.resources["contoso"]
    runs.killed("contoso")
    if sanitiser == "identity":
        assert runs.create("contoso").id == "contoso"
    else:
        with pytest.raises(errors.Ambiguous, match="'T0001'"):
            runs.create("contoso")
    assert runs.posts == 1


def test_a_resource_that_was_renamed_does_not_create_again_what_it_may_have_created(runs: Runs, server: Server) -> None:
    server.management.set_options(sanitiser="customer_number")
    runs.killed("contoso")
    with pytest.raises(errors.Ambiguous, match="'T0001'"):
        runs.create("contoso", "another resource")
    assert runs.posts == 1


def test_a_resource_that_was_renamed_with_a_name_of_signs_does_not_create_again_what_it_may_have_created(
    runs: Runs, server: Server
) -> None:
    server.management.set_options(sanitiser="customer_number")
    runs.killed("!!!")
    with pytest.raises(errors.Ambiguous, match="'T0001'"):
        runs.create("!!!", "another resource")
    runs.create("???", "no such name")
    assert runs.posts == 2


def test_a_name_in_another_normal_form_is_the_same_name(runs: Runs, server: Server) -> None:
    """Some systems write an accent as a character of its own."""
    server.management.set_options(sanitiser="identity")
    runs.create("M\u00fcller")
    new_run()
    with pytest.raises(errors.Refused, match="exists already"):
        runs.create("Mu\u0308ller", "another resource")
    assert runs.posts == 1


@pytest.mark.parametrize("sanitiser", ["identity", "customer_number"])
def test_a_name_that_was_changed_since_does_not_orphan_what_may_have_been_created(
    runs: Runs, server: Server, notes: Path, sanitiser: Any
) -> None:
    server.management.set_options(sanitiser=sanitiser)
    runs.killed("contoso")
    (made,) = runs.there
    with pytest.raises(errors.Ambiguous, match=f"one of these: {made!r}"):
        runs.create("fabrikam", "contoso")
    new_run()
    Journal(notes).dismiss(made, server.base_url)
    runs.create("fabrikam", "contoso")
    assert runs.posts == 2


def test_a_name_that_was_changed_since_is_sent_where_nothing_had_happened(runs: Runs, notes: Path) -> None:
    runs.killed("contoso", carried_out=False)
    runs.create("fabrikam", "contoso")
    new_run()
    runs.refresh()
    assert (runs.posts, runs.there, Journal(notes).open_intents()) == (1, ["fabrikam"], [])


def test_what_was_answered_is_recognised_by_the_servers_name(runs: Runs, server: Server) -> None:
    server.management.set_options(sanitiser="customer_number")
    first = runs.create("contoso")
    new_run()  # and was not recorded: the engine was killed
    again = runs.create("contoso")
    assert (again.id, again.outs["environment_id"]) == ("T0001", first.outs["environment_id"])
    assert runs.posts == 1


def test_what_was_answered_and_is_missing_from_the_list_is_recognised_at_its_own_address(runs: Runs, server: Server) -> None:
    server.management.set_options(sanitiser="customer_number")
    runs.create("contoso")
    new_run()
    server.management.inject(faults.EmptyList(times=2))
    assert runs.create("contoso").id == "T0001"
    assert runs.posts == 1


def test_what_was_answered_and_is_another_one_by_its_date_is_named(runs: Runs, server: Server) -> None:
    server.management.set_options(sanitiser="customer_number")
    runs.create("contoso")
    moved(server, "T0001", 86_400)
    new_run()
    with pytest.raises(errors.Ambiguous, match="'T0001'"):
        runs.create("contoso")
    assert runs.posts == 1


def test_what_was_answered_and_is_in_state_under_another_resource_is_not_recorded_twice(runs: Runs, server: Server) -> None:
    server.management.set_options(sanitiser="customer_number")
    runs.create("contoso")
    new_run()  # and was not recorded
    del runs.resources["contoso"]
    runs.create("T0001", "another resource", adopt_existing=True)
    new_run()
    runs.unchanged()
    assert runs.create("contoso").id == "T0002"


def test_a_name_that_others_freed_in_the_middle_of_the_run_can_be_the_answer(runs: Runs, server: Server) -> None:
    server.management.set_options(sanitiser="collide")
    server.management.seed("conto")
    runs.create("another")
    server.management.delete("conto")
    runs.create("third")  # after which the list is read again
    assert runs.create("contoso").id == "conto"
    assert runs.posts == 3


def test_an_answer_that_names_what_existed_before_is_not_sent_over(
    runs: Runs, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.management.seed("T0001")
    answer = models.CreatedEnvironment(environment_name="T0001", id=None, temporary_password=None)
    with monkeypatch.context() as patched:
        patched.setattr(client.Client, "create_environment", lambda *_, **__: answer)
        with pytest.raises(errors.Ambiguous, match="answered with 'T0001', which existed before"):
            runs.create("contoso")
    new_run()
    with pytest.raises(errors.Ambiguous, match="one of these: 'T0001'"):
        runs.create("contoso")
    assert runs.posts == 0


def test_many_suspects_stand_in_one_message_of_a_bounded_length(runs: Runs, server: Server) -> None:
    runs.killed("contoso", carried_out=False)
    for number in range(60):
        server.management.seed(f"{'x' * 300}{number}")
    with pytest.raises(errors.Ambiguous, match="and 20 more") as caught:
        runs.create("contoso")
    assert len(str(caught.value)) < 5000
    assert len(caught.value.suspects) == 60


def test_without_a_journal_no_more_is_promised_than_holds(runs: Runs, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("W365_JOURNAL", "off")
    server.management.set_options(sanitiser="customer_number")
    server.management.inject(faults.Reset(operation="createEnvironment", when="after", times=1))
    with pytest.raises(errors.Ambiguous, match="'T0001'.*the next run does not know of this: decide before you run it again"):
        runs.create("contoso")
    server.management.inject(
        faults.Reset(operation="createEnvironment", when="after", times=1), faults.Outage(ms=3_600_000, times=1)
    )
    with pytest.raises(
        errors.Ambiguous, match="the next run does not know of it: check whether it exists before you run it again"
    ):
        runs.create("fabrikam")


def recovered(server: Server, notes: Path, name: str = "contoso") -> None:
    """As taken from a stack's pending operations: the create may have worked in the last minute."""
    now = datetime.now(UTC)
    subject = Subject(urn(name), server.base_url, collision_key(name))
    assert Journal(notes).record_recovered(subject, now - timedelta(seconds=60), now + timedelta(seconds=60))
    assert not Journal(notes).record_recovered(subject, now, now)


def test_a_pending_operation_recognises_the_wanted_name_within_its_time(runs: Runs, server: Server, notes: Path) -> None:
    server.management.set_options(sanitiser="strip")
    server.management.seed("MüllerSöhne")
    recovered(server, notes, "Müller-Söhne")
    assert runs.create("Müller-Söhne").id == "MüllerSöhne"
    assert runs.posts == 0


@pytest.mark.parametrize("hours", [-5, 5])
def test_a_pending_operation_takes_nothing_over_that_is_dated_otherwise(
    runs: Runs, server: Server, notes: Path, hours: int
) -> None:
    server.management.seed("contoso", creation_date=(datetime.now(UTC) + timedelta(hours=hours)).isoformat())
    recovered(server, notes)
    with pytest.raises(errors.Refused, match="exists already"):
        runs.create("contoso")


def test_a_pending_operation_takes_nothing_over_that_is_not_dated(runs: Runs, server: Server, notes: Path) -> None:
    server.management.inject(faults.CreationDate(form="absent"))
    server.management.seed("contoso")
    recovered(server, notes)
    with pytest.raises(errors.Refused, match="exists already"):
        runs.create("contoso")


@pytest.mark.parametrize("form", get_args(faults.CreationDate.model_fields["form"].annotation))
def test_a_pending_operation_leads_to_no_second_create_whatever_form_dates_have(
    runs: Runs, server: Server, notes: Path, form: Any
) -> None:
    server.management.inject(faults.CreationDate(form=form))
    server.management.seed("T0001")
    recovered(server, notes)
    with pytest.raises(errors.Ambiguous, match="one of these: 'T0001'"):
        runs.create("contoso")
    assert runs.posts == 0


def test_a_pending_operation_does_not_suspect_what_is_in_state_even_where_that_is_told_later(
    runs: Runs, server: Server, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program registers the environment that is in state after the one that is to be created."""
    monkeypatch.setenv("W365_SETTLE_SECONDS", "5")
    server.management.set_options(sanitiser="customer_number")
    runs.create("fabrikam")
    notes.unlink()
    new_run()
    recovered(server, notes)
    answered = environment_cache.EnvironmentCache.wait_for_posts

    def told_later(*given: Any) -> None:
        answered(*given)
        Timer(0.2, runs.unchanged).start()

    monkeypatch.setattr(environment_cache.EnvironmentCache, "wait_for_posts", told_later)
    assert runs.create("contoso").id == "T0002"


def test_a_pending_operation_suspects_what_is_dated_within_its_time_only(runs: Runs, server: Server, notes: Path) -> None:
    server.management.seed("old", creation_date=(datetime.now(UTC) - timedelta(hours=15)).isoformat())
    server.management.seed("T0001")
    recovered(server, notes)
    with pytest.raises(errors.Ambiguous, match="one of these: 'T0001'"):
        runs.create("contoso")
    new_run()
    Journal(notes).dismiss("T0001", server.base_url)
    runs.create("contoso")
    assert runs.posts == 1


def of_a_former_version(server: Server, notes: Path) -> None:
    record = Subject(urn("contoso"), server.base_url, "contoso").record("intent", at=datetime.now(UTC).isoformat())
    notes.write_bytes(encode(record).partition(b" ")[2])


def test_an_intent_of_a_former_version_suspects_by_dates(runs: Runs, server: Server, notes: Path) -> None:
    server.management.seed("old", creation_date=(datetime.now(UTC) - timedelta(hours=15)).isoformat())
    of_a_former_version(server, notes)
    server.management.seed("T0001")
    with pytest.raises(errors.Ambiguous, match="one of these: 'T0001'"):
        runs.create("contoso")


def test_an_intent_of_a_former_version_recognises_the_wanted_name(runs: Runs, server: Server, notes: Path) -> None:
    of_a_former_version(server, notes)
    server.management.seed("Contoso")
    assert runs.create("contoso").id == "Contoso"
    assert runs.posts == 0


def test_local_clocks_that_jump_make_nobody_wait(runs: Runs, server: Server, notes: Path) -> None:
    """The intent is dated in the future: the settle time is waited for, not hours."""
    subject = Subject(urn("contoso"), server.base_url, "contoso")
    ahead = datetime.now(UTC) + timedelta(hours=5)
    notes.write_bytes(encode(subject.record("intent", at=ahead.isoformat())))
    runs.create("contoso")
    assert runs.posts == 1
