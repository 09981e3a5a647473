import json
from pathlib import Path

import pytest

from pulumi_workspace365_sandbox.workspace365 import Server, faults

from .conftest import FRONTS, Command, Ran, State


def statuses(ran: Ran) -> dict[tuple[str, str | None], str]:
    return {(item["environment"], item["type"]): item["status"] for item in ran.document["findings"]}


def test_what_is_as_recorded_is_in_sync_and_what_cannot_be_read_says_so(w365: Command, server: Server, state: State) -> None:
    created = server.management.seed("contoso").creation_date
    path = state.holds(state.environment("contoso", created), state.sign_on("contoso", written_to=created))
    ran = w365("drift", "--state", path, "--output", "json")
    assert statuses(ran) == {("contoso", "Environment"): "in sync", ("contoso", "OAuth2SignOn"): "not verifiable"}
    assert ran.code == 0
    assert server.management.count() == 1


@FRONTS
def test_each_kind_of_drift_is_told_and_ends_with_exit_code_4(w365: Command, server: Server, state: State, front: str) -> None:
    state.front = front
    made = {name: server.management.seed(name).creation_date for name in ("contoso", "fabrikam", "northwind")}
    resources = [state.environment(name, created) for name, created in made.items()]
    settings = [state.sign_on(name, written_to=created) for name, created in made.items()]
    server.management.change("contoso", is_active=False)
    server.management.delete("fabrikam")
    server.management.change("northwind", creation_date="2031-05-05T05:05:05Z")
    server.management.seed("stranger")
    ran = w365("drift", "--state", state.holds(*resources, *settings), "--output", "json")
    assert ran.code == 4
    assert statuses(ran) == {
        ("contoso", "Environment"): "drifted",
        ("contoso", "OAuth2SignOn"): "not verifiable",
        ("fabrikam", "Environment"): "gone",
        ("fabrikam", "OAuth2SignOn"): "gone",
        ("northwind", "Environment"): "re-created",
        ("northwind", "OAuth2SignOn"): "re-created",
        ("stranger", None): "unmanaged",
    }
    assert ran.document["findings"][0]["differences"] == {"active": {"recorded": True, "found": False}}
    assert "2 environments gone or re-created are more than W365_ALLOW_VANISHED=1" in ran.document["notes"][0]


def test_one_list_call_serves_any_number_of_environments(w365: Command, server: Server, state: State) -> None:
    made = {f"customer{number}": server.management.seed(f"customer{number}").creation_date for number in range(60)}
    ran = w365("drift", "--state", state.holds(*(state.environment(name, created) for name, created in made.items())))
    assert ran.code == 0
    assert server.management.statistics().by_operation == {"listEnvironments": 1}


def test_what_the_last_up_did_not_complete_is_drift(w365: Command, server: Server, state: State) -> None:
    created = server.management.seed("contoso").creation_date
    path = state.holds(state.environment("contoso", created, initErrors=["still not listed as active"]))
    ran = w365("drift", "--state", path, "--output", "json")
    assert (ran.code, ran.document["findings"][0]["detail"]) == (4, "the last `pulumi up` did not complete it")


def test_a_name_of_another_case_is_found_and_told(w365: Command, server: Server, state: State) -> None:
    created = server.management.seed("Contoso").creation_date
    ran = w365("drift", "--state", state.holds(state.environment("contoso", created)), "--output", "json")
    assert ran.document["findings"][0]["differences"] == {"name": {"recorded": "contoso", "found": "Contoso"}}
    assert ran.document["counts"]["unmanaged"] == 0


def test_a_date_in_another_form_is_no_drift(w365: Command, server: Server, state: State) -> None:
    created = server.management.seed("contoso").creation_date
    server.management.inject(faults.CreationDate(form="day"))
    assert w365("drift", "--state", state.holds(state.environment("contoso", created))).code == 0


def test_what_lives_on_another_instance_is_not_called_gone(w365: Command, server: Server, state: State) -> None:
    created = server.management.seed("contoso").creation_date
    foreign = state.environment("fabrikam", created, instance="https://eu.example")
    mixed = w365("drift", "--state", state.holds(state.environment("contoso", created), foreign), "--output", "json")
    assert mixed.code == 0
    assert mixed.document["notes"] == ["1 resources live on https://eu.example and were not compared."]
    alone = w365("drift", "--state", state.holds(foreign))
    assert alone.code == 1
    assert alone.error.startswith(f"Nothing that the stack manages lives on {server.base_url}, but on https://eu.example")


def test_what_is_only_waiting_to_be_deleted_is_not_compared(w365: Command, server: Server, state: State) -> None:
    created = server.management.seed("contoso").creation_date
    path = state.holds(state.environment("contoso", created), state.environment("old", created, delete=True))
    assert w365("drift", "--state", path).code == 0


def test_a_list_that_fails_is_an_error_not_drift(w365: Command, server: Server, state: State) -> None:
    server.management.inject(faults.Status(status=403))
    ran = w365("drift", "--state", state.holds(state.environment("contoso", None)))
    assert ran.code == 1
    assert ran.error.startswith(f"Could not list the environments on {server.base_url}: HTTP 403.")


def test_state_is_read_from_standard_input(process: Command, server: Server, state: State) -> None:
    created = server.management.seed("contoso").creation_date
    export = state.holds(state.environment("contoso", created)).read_text(encoding="utf-8")
    assert process("drift", "--state", "-", input=export).code == 0


@pytest.mark.usefixtures("server")
def test_what_is_no_export_is_refused_by_name(w365: Command, bare: Path) -> None:
    path = bare / "odd.json"
    for content in ("", "nonsense", "[]", "{}", '{"version": 3}', '{"version": 3, "deployment": {"resources": [{"urn": 5}]}}'):
        path.write_text(content, encoding="utf-8")
        ran = w365("drift", "--state", path)
        assert ran.code == 1
        assert ran.error.startswith(f"{path} is not a stack export")


@pytest.mark.usefixtures("server")
def test_an_empty_stack_has_no_drift(w365: Command, bare: Path) -> None:
    path = bare / "empty.json"
    path.write_text(json.dumps({"version": 3, "deployment": {}}), encoding="utf-8")
    ran = w365("drift", "--state", path)
    assert (ran.code, "the stack manages nothing here" in ran.out) == (0, True)
