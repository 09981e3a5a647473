"""``--output prometheus``: metrics, as Prometheus and its textfile collector read them."""

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from pulumi_workspace365_cli import project_file
from pulumi_workspace365_cli.commands import expiry
from pulumi_workspace365_cli.report import Report, metrics, prometheus
from pulumi_workspace365_cli.stack_state import StackState
from pulumi_workspace365_sandbox.workspace365 import Server, faults
from tests import ports
from tests.components.validation import scripted

from .conftest import FRONTS, Command, Ran, State

NOON = datetime(2031, 5, 5, 12, tzinfo=UTC)


def values(text: str) -> dict[tuple[str, ...], float]:
    """Every sample, by its metric and the labels that are not empty, as text that Prometheus accepts."""
    found = [
        (_identity(sample.name, sample.labels), sample.value)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    ]
    assert len(dict(found)) == len(found)
    return dict(found)


def _identity(name: str, labels: Mapping[str, str]) -> tuple[str, ...]:
    return name.removeprefix(metrics.PREFIX), *(f"{label}={value}" for label, value in sorted(labels.items()) if value)


def measured(ran: Ran) -> dict[tuple[str, ...], float]:
    """What a command printed, without the time of the run."""
    return {name: value for name, value in values(ran.out).items() if not name[0].startswith("last_run")}


def written(report: Report) -> str:
    """A report that was made at noon."""
    return prometheus.render(replace(report, generated=NOON).sanitized())


@pytest.fixture
def answering() -> Iterator[scripted.Scripted]:
    with scripted.running(lambda visit: visit.status(200)) as server:
        yield server


def test_checks_that_pass_fail_and_are_tolerated_are_told_apart(w365: Command, bare: Path, answering: scripted.Scripted) -> None:
    dead = f"http://127.0.0.1:{ports.free()}/"
    checks = [
        {"name": "page", "kind": "http", "url": answering.http},
        {"name": 'no "page"', "kind": "http", "url": dead},
        {"name": "far\\away", "kind": "http", "url": dead, "when_unreachable": "warn"},
    ]
    (bare / "checks.yaml").write_text(yaml.safe_dump({"checks": checks}))
    ran = w365("check", "--config", "checks.yaml", "--output", "prometheus=a.prom", "--output", "json=a.json")
    assert (ran.code, "1 of 3 checks did not pass" in ran.out) == (3, True)
    found = values((bare / "a.prom").read_text(encoding="utf-8"))
    labels = {name: (f"check={name}", "config=checks.yaml", "kind=http") for name in ("page", 'no "page"', "far\\away")}
    assert {name: found["check_up", *own] for name, own in labels.items()} == {"page": 1, 'no "page"': 0, "far\\away": 0}
    assert {name: found["check_tolerated", *own] for name, own in labels.items()} == {"page": 0, 'no "page"': 0, "far\\away": 1}
    assert {name[0] for name in found} == {
        "check_up",
        "check_tolerated",
        "check_duration_seconds",
        "last_run_timestamp_seconds",
    }
    assert ("last_run_timestamp_seconds", "command=check", "config=checks.yaml") in found


def test_checks_of_a_stack_have_its_name_and_its_project_s(w365: Command, bare: Path, answering: scripted.Scripted) -> None:
    (bare / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    one = {"name": "page", "kind": "http", "url": answering.http}
    (bare / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": {"workspace365:checks": [one]}}))
    found = measured(w365("check", "--output", "prometheus"))
    assert found["check_up", "check=page", "kind=http", "project=shop", "stack=dev"] == 1


@FRONTS
def test_keys_have_the_beginning_of_the_day_on_which_they_end(state: State, front: str) -> None:
    state.front = front
    path = state.holds(state.sign_on("contoso", "2031-06-01"), state.sign_on("fabrikam"))
    report = expiry.report([StackState.read(path)], 30, date(2031, 5, 5))
    own = {
        name: (f"environment={name}", "project=shop", f"resource={name}-resource", "stack=dev")
        for name in ("contoso", "fabrikam")
    }
    assert values(written(replace(report, scopes=({"project": "shop", "stack": "dev"},)))) == {
        ("sign_on_key_expiry_timestamp_seconds", *own["contoso"]): datetime(2031, 6, 1, tzinfo=UTC).timestamp(),
        ("sign_on_key_expiry_known", *own["contoso"]): 1,
        ("sign_on_key_expiry_known", *own["fabrikam"]): 0,
        ("last_run_timestamp_seconds", "command=expiry", "project=shop", "stack=dev"): NOON.timestamp(),
    }


def test_a_stack_without_keys_still_says_that_it_was_looked_at(w365: Command, state: State) -> None:
    ran = w365("expiry", "--state", state.holds(), "--output", "prometheus")
    assert [name for name in values(ran.out) if name[0] == "last_run_timestamp_seconds"] == [
        ("last_run_timestamp_seconds", "command=expiry", "project=shop", "stack=dev")
    ]


def test_drift_is_counted_by_status_and_told_by_environment(w365: Command, server: Server, state: State) -> None:
    made = {name: server.management.seed(name).creation_date for name in ("contoso", "fabrikam")}
    settings = state.sign_on("contoso", written_to=made["contoso"])
    path = state.holds(settings, *(state.environment(name, created) for name, created in made.items()))
    server.management.change("contoso", is_active=False)
    server.management.seed("stranger")
    ran = w365("drift", "--state", path, "--output", "prometheus")
    assert ran.code == 4
    there = f"workspace365_instance={server.base_url}"
    found = {tuple(part for part in name if part != there): value for name, value in measured(ran).items()}
    stack = ("project=shop", "stack=dev")
    assert found == {
        ("environment_in_sync", "environment=contoso", *stack): 0,
        ("environment_in_sync", "environment=fabrikam", *stack): 1,
        ("drift_findings", "project=shop", "stack=dev", "status=in_sync"): 1,
        ("drift_findings", "project=shop", "stack=dev", "status=drifted"): 1,
        ("drift_findings", "project=shop", "stack=dev", "status=gone"): 0,
        ("drift_findings", "project=shop", "stack=dev", "status=re_created"): 0,
        ("drift_findings", "project=shop", "stack=dev", "status=not_verifiable"): 1,
        ("drift_findings", "status=unmanaged"): 1,
    }


def test_environments_are_active_listed_and_managed(w365: Command, server: Server, state: State) -> None:
    created = server.management.seed("contoso", creation_date="2031-01-01T00:00:00Z").creation_date
    server.management.seed("stranger", is_active=False, creation_date="soon")
    path = state.holds(state.environment("contoso", created), state.environment("lost", created))
    found = measured(w365("environments", "--state", path, "--output", "prometheus"))
    there = f"workspace365_instance={server.base_url}"
    told = {(name[0], name[1].removeprefix("environment=")): value for name, value in found.items() if name[2] == there}
    assert told == {
        ("environment_listed", "contoso"): 1,
        ("environment_listed", "stranger"): 1,
        ("environment_listed", "lost"): 0,
        ("environment_active", "contoso"): 1,
        ("environment_active", "stranger"): 0,
        ("environment_created_timestamp_seconds", "contoso"): datetime(2031, 1, 1, tzinfo=UTC).timestamp(),
        ("environment_managing_stacks", "contoso"): 1,
        ("environment_managing_stacks", "stranger"): 0,
        ("environment_managing_stacks", "lost"): 1,
    }


def test_licences_are_counted_by_environment_and_kind(w365: Command, server: Server) -> None:
    server.management.seed("contoso")
    found = measured(w365("licensing", "--version", "3.5", "--output", "prometheus"))
    document = w365("licensing", "--version", "3.5", "--output", "json").document["environments"][0]
    there = ("environment=contoso", f"workspace365_instance={server.base_url}")
    assert found.pop(("licensing_up", *there)) == 1
    assert {name[1].removeprefix("counted_as="): value for name, value in found.items()} == document["counts"]
    assert found


def test_the_health_is_that_of_the_instance_and_of_components_in_use(w365: Command, server: Server) -> None:
    server.management.inject(
        faults.Health(components={"Redis": "FAIL", "RabbitMq": "OK", "Database": "NOT_APPLICABLE"}, overall="FAIL")
    )
    found = measured(w365("health", "--output", "prometheus"))
    there = f"workspace365_instance={server.base_url}"
    assert found["instance_up", there] == 0
    assert found["component_up", "component=Redis", there] == 0
    assert found["component_up", "component=RabbitMq", there] == 1
    assert ("component_up", "component=Database", there) not in found


def sample(name: str, value: float = 1) -> metrics.Sample:
    return metrics.sample(metrics.CHECK_UP, value, {"check": name, "kind": "http"})


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), unique=True))
def test_any_name_is_a_label_that_reads_back(names: list[str]) -> None:
    rendered = prometheus.render(Report("check", "", "", metrics=tuple(map(sample, names))))
    found = [one for family in text_string_to_metric_families(rendered) for one in family.samples]
    assert [one.labels["check"] for one in found if one.name == metrics.CHECK_UP.name] == names


def test_two_samples_with_the_same_labels_are_one_with_the_lower_value() -> None:
    rendered = written(Report("check", "", "", metrics=(sample("page", 1), sample("page", 0), sample("page", 1))))
    assert values(rendered)["check_up", "check=page", "kind=http"] == 0


def test_a_secret_in_a_name_is_masked(w365: Command, server: Server, bare: Path) -> None:
    key = os.environ["W365_PROVISIONING_KEY"]
    (bare / "checks.yaml").write_text(
        yaml.safe_dump({"checks": [{"name": f"with {key}", "kind": "health"}, {"name": "b", "kind": "health"}]})
    )
    assert server.base_url
    ran = w365("check", "--config", "checks.yaml", "--output", "prometheus")
    assert "check_up" in ran.out
    assert key not in ran.out


def test_a_label_that_a_metric_does_not_have_is_a_mistake_of_the_program() -> None:
    with pytest.raises(ValueError, match="workspace365_check_up has no label ring"):
        metrics.sample(metrics.CHECK_UP, 1, {"ring": "canary"})


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("prometheus=health.txt", "the name of 'health.txt' has to end in .prom"),
        ("prometheus=", "has no file name"),
        ("prometheus=nowhere/a.prom", "the folder of 'nowhere/a.prom' does not exist."),
    ],
)
def test_a_file_that_no_collector_would_read_is_refused_before_anything_is_sent(
    w365: Command, server: Server, output: str, said: str
) -> None:
    server.management.clear_requests()
    ran = w365("health", "--output", output)
    assert (ran.code, said in ran.error) == (2, True)
    assert server.management.count() == 0


def test_a_command_without_metrics_does_not_offer_them(w365: Command) -> None:
    assert "'prometheus' is not a format" in w365("doctor", "--output", "prometheus").error


def test_a_run_that_ends_with_an_error_leaves_the_file_as_it_was(w365: Command, server: Server, bare: Path) -> None:
    w365("health", "--output", "prometheus=a.prom")
    before = (bare / "a.prom").read_bytes()
    server.management.inject(faults.Status(operation="getHealth", status=401))
    assert w365("health", "--output", "prometheus=a.prom").code == 1
    assert (bare / "a.prom").read_bytes() == before


@pytest.mark.usefixtures("server")
def test_everybody_may_read_the_file(w365: Command, bare: Path) -> None:
    before = os.umask(0o077)
    try:
        w365("health", "--output", "prometheus=a.prom")
    finally:
        os.umask(before)
    assert (bare / "a.prom").stat().st_mode & 0o777 == 0o644
    assert [path.name for path in bare.iterdir()] == ["a.prom"]


def test_who_reads_while_it_is_written_reads_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "a.prom"
    texts = [prometheus.render(Report("check", "", "", metrics=tuple(sample(f"{kind}{n}") for n in range(50)))) for kind in "ab"]
    project_file.replace(path, texts[0], 0o644)
    done = threading.Event()

    def write() -> None:
        for turn in range(100):
            project_file.replace(path, texts[turn % 2], 0o644)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not done.is_set():
        assert path.read_text(encoding="utf-8") in texts
    writer.join()


@pytest.mark.skipif(shutil.which("promtool") is None, reason="Prometheus' promtool is not on PATH")
def test_prometheus_itself_finds_nothing_to_say_about_the_metrics() -> None:
    every = tuple(metrics.sample(family, 1, dict.fromkeys(family.labels, "x")) for family in metrics.FAMILIES.values())
    rendered = prometheus.render(Report("check", "", "", metrics=every))
    done = subprocess.run(["promtool", "check", "metrics"], input=rendered, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_every_label_is_explained_and_none_is_one_of_prometheus_itself() -> None:
    used = {label for family in metrics.FAMILIES.values() for label in family.labels}
    assert used == metrics.LABELS.keys()
    assert not used & {"instance", "job", "le", "quantile"}
    assert all(family.help.endswith((".", "labels.")) for family in metrics.FAMILIES.values())
