from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from pulumi.output import UNKNOWN

from pulumi_workspace365 import errors
from pulumi_workspace365.environment import EnvironmentProvider
from pulumi_workspace365.lifecycle import environment_cache, journal, password_delivery, state
from pulumi_workspace365_sandbox.workspace365 import Server, faults

from .conftest import CREATE, CheckError, Engine, new_run

Serve = Callable[..., Engine]


@pytest.fixture
def environment(serve: Serve) -> Engine:
    return serve(EnvironmentProvider)


def test_the_servers_name_is_the_id_and_the_password_is_kept(environment: Engine, server: Server) -> None:
    server.management.set_options(sanitiser="strip")
    environment.create(**{**CREATE, "environment_name": "Contoso B.V."})
    stored = server.management.environment(environment.id)
    assert environment.id == environment.outs["name"] == "ContosoBV"
    assert environment.outs["environment_id"] == stored.id
    assert environment.outs["temporary_password"] == stored.temporary_password
    assert environment.outs["creation_date"] == environment.outs["incarnation"]
    assert environment.refresh()
    assert environment.outs["temporary_password"] == stored.temporary_password
    assert not environment.changes(**{**CREATE, "environment_name": "Contoso B.V."})


def test_a_suspended_environment_is_created_and_deactivated_with_an_empty_body(environment: Engine, server: Server) -> None:
    environment.create(**{**CREATE, "active": False})
    assert environment.outs["is_active"] is False
    assert not server.management.environment("contoso").is_active
    assert [request.content_length for request in server.management.requests(operation="deactivateEnvironment")] == ["0"]
    assert not environment.changes(**{**CREATE, "active": False})


def test_activating_and_deactivating_is_the_only_change_that_is_sent(environment: Engine, server: Server) -> None:
    environment.create(**CREATE)
    server.management.clear_requests()
    moved = {
        **CREATE,
        "admin_email": "new@contoso.example",
        "admin_first_name": "N",
        "on_delete": "deactivate",
        "deletion_protection": True,
    }
    assert environment.changes(**moved)
    environment.update(**moved)
    assert server.management.count() == 0
    assert not environment.changes(**moved)
    environment.update(**{**moved, "active": False})
    assert server.management.count("deactivateEnvironment") == 1
    assert server.management.count("createEnvironment") == 0


def test_nothing_ever_asks_for_a_replacement(environment: Engine) -> None:
    environment.create(**CREATE)
    changed = {**CREATE, "admin_email": "new@contoso.example", "active": False, "adopt_existing": True, "name_policy": "exact"}
    result = environment.provider.diff(environment.id, environment.outs, environment.check(**changed))
    assert result.changes
    assert not result.replaces


def test_a_changed_name_fails_in_check_with_advice(environment: Engine) -> None:
    environment.create(**CREATE)
    with pytest.raises(
        CheckError, match=r"environment_name: it cannot change from 'contoso' to 'other'.*declare a second resource"
    ):
        environment.check(**{**CREATE, "environment_name": "other"})


@pytest.mark.parametrize(
    ("argument", "value", "words"),
    [
        ("environment_name", "", "environment_name: it must not be empty"),
        ("environment_name", "Environment", "environment_name: 'Environment' cannot be"),
        ("environment_name", "DEMO", "refuses it for new"),
        ("environment_name", "..", "not consist of dots only"),
        ("environment_name", " x", "no spaces"),
        ("admin_email", "nobody", "admin_email: it must be an e-mail address"),
        ("admin_first_name", "", "admin_first_name: "),
        ("active", "perhaps", "active: "),
        ("on_delete", "shred", "on_delete: Input should be 'delete', 'deactivate' or 'abandon'"),
        ("colour", "red", "colour: there is no such argument"),
    ],
)
def test_bad_input_is_a_check_failure_that_names_the_argument(
    environment: Engine, server: Server, argument: str, value: Any, words: str
) -> None:
    with pytest.raises(CheckError, match=words):
        environment.check(**{**CREATE, argument: value})
    assert server.management.count() == 0


def test_a_missing_argument_is_named(environment: Engine) -> None:
    with pytest.raises(CheckError, match="admin_email: it is required to create an environment"):
        environment.check(**{name: value for name, value in CREATE.items() if name != "admin_email"})


def test_previews_need_neither_key_nor_network(environment: Engine, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    environment.create(**CREATE)
    server.management.clear_requests()
    monkeypatch.delenv("W365_PROVISIONING_KEY")
    new_run()
    assert environment.changes(**{**CREATE, "active": False})
    assert (
        environment.provider.preview_update(environment.id, environment.outs, environment.check(**{**CREATE, "active": False}))[
            "name"
        ]
        == "contoso"
    )
    assert server.management.count() == 0
    with pytest.raises(errors.ConfigurationError, match="there is no provisioning key. Set W365_PROVISIONING_KEY"):
        environment.refresh()


def test_unknown_values_pass_and_count_as_a_change(environment: Engine) -> None:
    environment.create(**CREATE)
    assert environment.changes(**{**CREATE, "admin_email": UNKNOWN})
    assert environment.check(**{**CREATE, "environment_name": UNKNOWN})["environment_name"] is UNKNOWN


@pytest.mark.parametrize(
    ("installed", "typed"), [(True, "run `pulumi config set"), (False, "run `python -m pulumi_embedded_engine config set")]
)
def test_a_missing_address_is_said_before_anything_is_sent_with_a_command_that_works_here(
    environment: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, installed: bool, typed: str
) -> None:
    monkeypatch.delenv("W365_BASE_URL")
    monkeypatch.setenv("PATH", str(tmp_path))
    if installed:
        (tmp_path / "pulumi").touch(mode=0o755)
    with pytest.raises(CheckError, match=f"{typed} w365:baseUrl"):
        environment.check(**CREATE)


def test_a_resource_of_another_instance_is_an_error_and_never_gone(environment: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    environment.create(**CREATE)
    monkeypatch.setenv("W365_BASE_URL", "https://elsewhere.example.com")
    with pytest.raises(CheckError, match="it lives on http://127.0.0.1"):
        environment.check(**CREATE)
    for act in (
        environment.refresh,
        environment.delete,
        lambda: environment.provider.update("contoso", environment.outs, {**CREATE, "active": False}),
    ):
        with pytest.raises(errors.WrongInstance, match="configured for https://elsewhere.example.com"):
            act()


def test_refresh_sees_an_outside_change_as_an_input_that_differs(environment: Engine, server: Server) -> None:
    environment.create(**CREATE)
    server.management.change("contoso", is_active=False)
    new_run()
    assert environment.refresh()
    assert environment.inputs["active"] is False
    assert environment.changes(**CREATE)
    environment.update(**CREATE)
    assert server.management.environment("contoso").is_active


def test_a_removed_environment_is_gone_but_not_more_than_allowed(
    serve: Serve, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    engines = [serve(EnvironmentProvider) for _ in range(3)]
    for number, engine in enumerate(engines):
        engine.create(**{**CREATE, "environment_name": f"customer{number}"})
        server.management.delete(f"customer{number}")
    new_run()
    assert not engines[0].refresh()
    told = []
    for engine in engines[1:]:
        with pytest.raises(errors.Refused, match="more than W365_ALLOW_VANISHED=1 in one run") as refused:
            engine.refresh()
        told.append(str(refused.value))
    assert "(2 so far: customer0, customer1)" in told[0]
    assert "A truncated list" in told[0]
    assert "(3 so far: customer0, customer1, customer2)" in told[1]
    assert "A truncated list" not in told[1], "what may be wrong is said once"
    monkeypatch.setenv("W365_ALLOW_VANISHED", "3")
    new_run()
    assert not any(engine.refresh() for engine in engines[1:])


def test_what_a_wrong_list_lacks_is_neither_forgotten_nor_taken_for_deleted(environment: Engine, server: Server) -> None:
    environment.create(**CREATE)
    for fault in (faults.EmptyList(), faults.TruncatedList(keep=0)):
        server.management.inject(fault)
        new_run()
        for act in (environment.refresh, environment.delete):
            with pytest.raises(errors.Refused, match="not on the list of .*, but it exists there: the list is incomplete"):
                act()
        server.management.clear_faults()
    assert "contoso" in server.management.environments()


@pytest.mark.parametrize(
    ("fault", "is_told"),
    [
        (faults.Status(status=500, operation="getLicensing"), False),
        (faults.Status(status=403, operation="getLicensing"), True),
        (faults.Html(operation="getLicensing"), True),
    ],
)
def test_where_only_the_list_can_tell_that_an_environment_is_gone_it_is_believed(
    environment: Engine, server: Server, fault: Any, is_told: bool
) -> None:
    environment.create(**CREATE)
    server.management.delete("contoso")
    server.management.inject(fault)
    new_run()
    if is_told:
        assert not environment.refresh()
    else:
        with pytest.raises(errors.Unavailable, match="not on the list, but that cannot be confirmed"):
            environment.refresh()


def test_an_environment_created_anew_outside_is_another_incarnation(environment: Engine, server: Server) -> None:
    environment.create(**CREATE)
    first = environment.outs["incarnation"]
    server.management.recreate("contoso")
    new_run()
    with pytest.raises(errors.NotFound, match="is another one than the one recorded"):
        environment.delete()
    assert environment.refresh()
    assert environment.outs["incarnation"] not in {first, None}
    assert environment.outs["temporary_password"] is None
    assert environment.outs["environment_id"] is None


@pytest.mark.parametrize("form", ["absent", "null", "dotnet", "day", "zone"])
def test_an_environment_whose_date_is_written_otherwise_stays_the_same_one(
    environment: Engine, server: Server, form: Any
) -> None:
    environment.create(**CREATE)
    before = {name: environment.outs[name] for name in ("incarnation", "environment_id", "temporary_password")}
    server.management.inject(faults.CreationDate(form=form))
    new_run()
    assert environment.refresh()
    assert {name: environment.outs[name] for name in before} == before
    assert environment.outs["creation_date"]
    server.management.clear_faults()
    new_run()
    assert environment.refresh()
    assert {name: environment.outs[name] for name in before} == before
    environment.delete()
    assert server.management.environments() == {}


def test_one_list_call_serves_all_reads_of_a_run(serve: Serve, server: Server) -> None:
    engines = [serve(EnvironmentProvider) for _ in range(20)]
    for number, engine in enumerate(engines):
        engine.create(**{**CREATE, "environment_name": f"customer{number}"})
    new_run()
    server.management.clear_requests()
    with ThreadPoolExecutor(10) as threads:
        assert all(threads.map(Engine.refresh, engines))
    assert server.management.count() == server.management.count("listEnvironments") == 1


def test_an_existing_name_is_refused_before_the_post(environment: Engine, server: Server) -> None:
    server.management.seed("Contoso")
    with pytest.raises(errors.Refused, match="'Contoso' exists already .*adopt_existing=True"):
        environment.create(**CREATE)
    assert server.management.count("createEnvironment") == 0


def test_adopting_takes_over_and_abandons_on_delete(environment: Engine, server: Server) -> None:
    server.management.seed("contoso", is_active=False)
    environment.create(**{**CREATE, "adopt_existing": True})
    assert environment.id == "contoso"
    assert environment.outs["temporary_password_available"] is False
    assert server.management.environment("contoso").is_active
    environment.delete()
    assert "contoso" in server.management.environments()
    assert server.management.count("createEnvironment") == 0


def test_adopting_needs_no_administrator_unless_there_is_nothing_to_adopt(serve: Serve, server: Server) -> None:
    adopt = {"environment_name": "contoso", "adopt_existing": True, "deletion_protection": False, "active": True}
    with pytest.raises(errors.Refused, match="There is no environment 'contoso' to adopt .* admin_email"):
        serve(EnvironmentProvider).create(**adopt)
    server.management.seed("contoso")
    new_run()
    environment = serve(EnvironmentProvider)
    environment.create(**adopt)
    assert not environment.changes(**adopt)
    assert server.management.count("createEnvironment") == 0


def test_an_exact_name_that_the_server_changed_is_reported_but_not_lost(environment: Engine, server: Server) -> None:
    server.management.set_options(sanitiser="strip")
    reasons = environment.create(**{**CREATE, "environment_name": "con-toso", "name_policy": "exact"})
    assert "got 'contoso'" in reasons[0]
    assert environment.id == "contoso"


LOST = [
    faults.Reset(operation="createEnvironment", when="after", times=1),
    faults.Close(operation="createEnvironment", when="after", times=1),
    faults.Truncate(operation="createEnvironment", when="after", times=1),
    faults.Hang(operation="createEnvironment", when="after", seconds=3, times=1),
    faults.Html(operation="createEnvironment", when="after", times=1),
    faults.WrongJson(operation="createEnvironment", when="after", form="broken", times=1),
    faults.WrongJson(operation="createEnvironment", when="after", form="object", times=1),
    *(
        faults.Status(operation="createEnvironment", when="after", status=status, times=1)
        for status in (408, 429, 500, 502, 503, 504)
    ),
    faults.Redirect(operation="createEnvironment", when="after", location="http://127.0.0.1:9", status=308, times=1),
]


@pytest.mark.parametrize(
    "fault", LOST, ids=lambda fault: f"{type(fault).__name__}{getattr(fault, 'status', '')}{getattr(fault, 'form', '')}"
)
def test_a_lost_answer_is_found_on_the_list_and_never_posted_twice(environment: Engine, server: Server, fault: Any) -> None:
    server.management.inject(fault, faults.Late(operation="createEnvironment", calls=1, times=1))
    environment.create(**CREATE)
    assert environment.id == "contoso"
    assert environment.outs["temporary_password_available"] is False
    assert list(server.management.environments()) == ["contoso"]
    assert server.management.count("createEnvironment") == 1


@pytest.mark.parametrize(
    "fault", [faults.Reset(operation="createEnvironment"), faults.Status(operation="createEnvironment", status=503)]
)
def test_a_create_that_had_no_effect_promises_no_more_than_the_list_shows(
    environment: Engine, server: Server, fault: Any
) -> None:
    server.management.inject(fault)
    with pytest.raises(errors.Ambiguous, match="not on the list after 1 s. The journal of creates is off"):
        environment.create(**CREATE)
    assert server.management.count("createEnvironment") == 1


def test_a_create_that_the_server_may_have_given_any_name_is_not_called_safe_to_run_again(
    environment: Engine, server: Server
) -> None:
    server.management.set_options(sanitiser="collide")
    server.management.seed("there before")
    server.management.inject(faults.Reset(operation="createEnvironment", when="after", times=1))
    with pytest.raises(
        errors.Ambiguous,
        match="other environments are new there.*: 'conto'. If one of them is yours, use its name as environment_name",
    ):
        environment.create(**CREATE)
    new_run()
    environment.create(**{**CREATE, "environment_name": "conto", "adopt_existing": True})
    assert environment.id == "conto"
    assert server.management.count("createEnvironment") == 1


def test_what_other_creates_of_the_run_made_explains_no_lost_answer(serve: Serve, server: Server) -> None:
    other, environment = serve(EnvironmentProvider), serve(EnvironmentProvider)
    other.create(**{**CREATE, "environment_name": "fabrikam"})
    server.management.inject(faults.Reset(operation="createEnvironment", when="before", times=1))
    with pytest.raises(errors.Ambiguous, match="not on the list after 1 s"):
        environment.create(**CREATE)


def test_several_candidates_are_listed_and_none_is_taken(environment: Engine, server: Server) -> None:
    server.management.inject(faults.Reset(operation="createEnvironment", when="before", times=1))
    environment_cache.get_cache(environment.provider.settings_for({})).find("x")
    server.management.seed("con toso")
    server.management.seed("con-toso")
    with pytest.raises(errors.Ambiguous, match="may have changed its name: 'con toso', 'con-toso'"):
        environment.create(**CREATE)


def test_a_rejected_create_names_our_argument(environment: Engine, server: Server) -> None:
    server.management.inject(
        faults.Status(operation="createEnvironment", status=400, form="array", members=["EmailAddress"], text="is in use")
    )
    with pytest.raises(
        errors.Rejected, match=r"create environment 'contoso' on http.*HTTP 400. The server says: admin_email: is in use"
    ) as caught:
        environment.create(**CREATE)
    assert caught.value.fields == ("admin_email",)


@pytest.mark.parametrize("operation", ["deactivateEnvironment", "listEnvironments"])
def test_what_fails_after_the_post_is_recorded_and_completed_later(environment: Engine, server: Server, operation: Any) -> None:
    environment_cache.get_cache(environment.provider.settings_for({})).find("x")
    server.management.inject(faults.Status(operation=operation, status=500))
    reasons = environment.create(**{**CREATE, "active": False})
    assert len(reasons) == 1
    assert "exists, but is not yet as declared; the next `pulumi up` completes it" in reasons[0]
    assert environment.outs["temporary_password"]
    server.management.clear_faults()
    new_run()
    assert environment.changes(**{**CREATE, "active": False})
    environment.update(**{**CREATE, "active": False})
    assert not server.management.environment("contoso").is_active
    assert not environment.changes(**{**CREATE, "active": False})


@pytest.mark.parametrize("problem", [KeyboardInterrupt(), SystemExit(3), MemoryError(), RuntimeError("bug")], ids=repr)
@pytest.mark.parametrize("where", ["handover", "presence", "journal"])
def test_whatever_breaks_after_the_answer_the_environment_is_recorded(
    environment: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, where: str, problem: BaseException
) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise problem

    broken = {
        "handover": (password_delivery, "deliver_password"),
        "presence": (state, "wait_until_listed"),
        "journal": (journal.Journal, "record_created"),
    }
    module, function = broken[where]
    monkeypatch.setattr(module, function, breaks)
    reasons = environment.create(**CREATE, temporary_password_to=f"file:{tmp_path}/password")
    assert environment.id == "contoso"
    assert len(reasons) == (where != "journal")
    assert bool(environment.outs["temporary_password"]) is (where == "handover")


def test_creates_of_different_names_run_in_parallel_and_of_one_name_do_not(serve: Serve, server: Server) -> None:
    server.management.inject(faults.Latency(operation="createEnvironment", ms=100))
    names = [f"customer{number}" for number in range(4)] + ["Customer-0"]

    def create(name: str) -> Exception | None:
        try:
            serve(EnvironmentProvider).create(**{**CREATE, "environment_name": name})
        except errors.W365Error as problem:
            return problem
        return None

    with ThreadPoolExecutor(5) as threads:
        problems = list(threads.map(create, names))
    assert problems == [None] * 5
    assert len(server.management.environments()) == 5
    assert 2 <= server.management.statistics().max_in_flight_by_operation["createEnvironment"] <= 4


def test_protection_refuses_until_the_run_allows_it(environment: Engine, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    environment.create(**{**CREATE, "deletion_protection": True})
    with pytest.raises(errors.Refused, match="W365_ALLOW_DELETE=contoso"):
        environment.delete()
    assert server.management.count("deleteEnvironment") == 0
    monkeypatch.setenv("W365_ALLOW_DELETE", "other, Contoso")
    environment.delete()
    assert not server.management.environments()


@pytest.mark.parametrize(("mode", "left"), [("delete", False), ("deactivate", True), ("abandon", True)])
def test_on_delete_says_what_becomes_of_the_environment(environment: Engine, server: Server, mode: str, left: bool) -> None:
    environment.create(**{**CREATE, "on_delete": mode})
    new_run()
    environment.delete()
    stored = server.management.environments().get("contoso")
    assert (stored is not None) == left
    assert stored is None or stored.is_active == (mode == "abandon")


@pytest.mark.parametrize(
    "fault",
    [faults.Reset(operation="deleteEnvironment", when="after", times=1), faults.Late(operation="deleteEnvironment", calls=1)],
)
def test_a_delete_waits_until_the_name_is_gone(environment: Engine, server: Server, fault: Any) -> None:
    environment.create(**CREATE)
    server.management.inject(fault)
    environment.delete()
    assert not server.management.environments()


def test_a_delete_that_the_list_never_shows_keeps_the_resource(environment: Engine, server: Server) -> None:
    environment.create(**CREATE)
    server.management.inject(faults.Late(operation="deleteEnvironment", calls=100))
    with pytest.raises(errors.Unavailable, match="still listed"):
        environment.delete()


def test_an_import_knows_name_and_state_and_refuses_what_is_missing(environment: Engine, server: Server) -> None:
    server.management.seed("contoso", is_active=False)
    result = environment.provider.read("contoso", {"__provider": "reference"})
    assert result.id == "contoso"
    declared = {"environment_name": "contoso", "active": False, "instance": server.base_url}
    left_out = {"adopt_existing": False, "deletion_protection": True, "name_policy": "accept"}
    assert result.inputs == declared | left_out
    with pytest.raises(errors.NotFound, match="no environment 'nobody'"):
        environment.provider.read("nobody", {})
