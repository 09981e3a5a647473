import json
from pathlib import Path

import pytest

from pulumi_workspace365_sandbox.workspace365 import Server, faults

from .conftest import FRONTS, Command, State


@FRONTS
def test_environments_are_sorted_and_told_from_those_the_stack_does_not_manage(
    w365: Command, server: Server, state: State, front: str
) -> None:
    state.front = front
    for name in ("Zebra", "contoso", "fabrikam"):
        server.management.seed(name, is_active=name != "fabrikam", creation_date="2024-01-31T08:00:00.0000000+01:00")
    ran = w365(
        "environments",
        "--state",
        state.holds(state.environment("contoso", None), state.environment("lost", None)),
        "--output",
        "json",
    )
    assert ran.code == 0
    told = [(entry["name"], entry["management"], entry["active"]) for entry in ran.document["environments"]]
    assert told == [
        ("contoso", "managed", True),
        ("fabrikam", "unmanaged", False),
        ("lost", "gone", None),
        ("Zebra", "unmanaged", True),
    ]
    assert ran.document["coverage"] == {"managed": 1, "total": 3, "percent": 33.3}
    assert ran.document["environments"][0]["age_in_days"] > 365
    assert ran.document["environments"][0]["resource"] == "contoso-resource"


def test_text_has_a_line_per_environment_and_the_coverage(w365: Command, server: Server, state: State) -> None:
    server.management.seed("contoso", creation_date="2024-01-31T08:00:00Z")
    ran = w365("environments", "--state", state.holds(state.environment("contoso", None)))
    words = [line.split() for line in ran.out.splitlines() if line.startswith("contoso")]
    assert words[0][:4] == ["contoso", "yes", "yes", "2024-01-31"]
    assert "1 environments, 1 active; 1 managed (100 %), 0 not." in ran.out
    assert "\x1b" not in ran.out


def test_outside_of_a_project_it_is_said_that_nothing_is_known_of_management(w365: Command, server: Server) -> None:
    server.management.seed("contoso")
    ran = w365("environments", "--output", "json")
    assert (ran.code, ran.document["coverage"]) == (0, None)
    assert ran.document["environments"][0]["management"] == "unknown"
    assert "There is no Pulumi.yaml" in ran.document["notes"][0]


@pytest.mark.usefixtures("server")
def test_a_stack_that_was_asked_for_must_be_there(w365: Command) -> None:
    ran = w365("environments", "--stack", "prod")
    assert ran.code == 1
    assert "There is no Pulumi.yaml in" in ran.error


def test_an_environment_on_another_instance_is_not_taken_for_one_of_this(w365: Command, server: Server, state: State) -> None:
    server.management.seed("contoso")
    path = state.holds(state.environment("contoso", None, instance="https://other.example"))
    ran = w365("environments", "--state", path, "--output", "json")
    assert [entry["management"] for entry in ran.document["environments"]] == ["unmanaged"]


def test_a_date_that_cannot_be_read_is_shown_as_it_is(w365: Command, server: Server) -> None:
    server.management.seed("contoso", creation_date="31.01.2024 08:00:00")
    ran = w365("environments", "--output", "json")
    entry = ran.document["environments"][0]
    assert (entry["creation_date"], entry["age_in_days"]) == ("31.01.2024 08:00:00", None)


def test_dates_are_read_in_each_form_in_which_a_refresh_reads_them(w365: Command, server: Server) -> None:
    server.management.seed("contoso", creation_date="2024-01-31T08:00:00Z")
    server.management.inject(faults.CreationDate(form="dotnet"))
    ran = w365("environments", "--output", "text", "--output", "json=list.json")
    assert "2024-01-31" in ran.out
    entry = json.loads(Path("list.json").read_text(encoding="utf-8"))["environments"][0]
    assert entry["creation_date"].startswith("/Date(")
    assert entry["age_in_days"] > 365


def test_names_cannot_steer_a_terminal_or_a_page(w365: Command, server: Server) -> None:
    server.management.seed("evil\x1b[31m<script>|x")
    ran = w365("environments", "--output", "text", "--output", "html=page.html", "--output", "json=list.json")
    assert "\x1b" not in ran.out
    assert "evil␛1b;[31m<script>|x" in ran.out
    assert "<script>" not in Path("page.html").read_text(encoding="utf-8")
    document = json.loads(Path("list.json").read_text(encoding="utf-8"))
    assert document["environments"][0]["name"] == "evil␛1b;[31m<script>|x"
