import csv
import io
from pathlib import Path

import pytest

from pulumi_workspace365_sandbox.workspace365 import Licensing, Server, faults

from .conftest import Command, State

NUMBERS = {"hybrid": 3, "engage": 2, "unify": 1}


def _seed(server: Server, name: str, **fields: object) -> None:
    licensing = Licensing(regular_users=NUMBERS, guest_users={"hybrid": 0, "engage": 5, "unify": 0}, **fields)
    server.management.seed(name, licensing=licensing.model_dump())


def test_all_environments_are_counted_and_summed_up(w365: Command, server: Server) -> None:
    for name in ("contoso", "Fabrikam"):
        _seed(server, name, customer_name=f"{name} Ltd", reference_number="R-1", customer_type=4, industry=11)
    ran = w365("licensing", "--output", "json")
    assert ran.code == 0
    assert ran.document["totals"] == {
        "regular_hybrid": 6,
        "regular_engage": 4,
        "regular_unify": 2,
        "guests_hybrid": 0,
        "guests_engage": 10,
        "guests_unify": 0,
    }
    assert [entry["name"] for entry in ran.document["environments"]] == ["contoso", "Fabrikam"]
    customer = ran.document["environments"][0]["customer"]
    assert (customer["customer_type"], customer["customer_type_name"], customer["industry_name"]) == (
        4,
        "Distributor",
        "Health Care",
    )


def test_unknown_numbers_are_shown(w365: Command, server: Server) -> None:
    _seed(server, "contoso", customer_type=9, industry=0)
    ran = w365("licensing", "contoso")
    assert "Unknown (9)" in ran.out
    assert "Unknown (0)" in ran.out


def test_the_former_licences_come_with_version_3_5_only(w365: Command, server: Server) -> None:
    _seed(server, "contoso", summary={"guest": 1, "simplify": 2, "adapt": 3, "boost": 4}, use_new_billing_method=False)
    ran = w365("licensing", "--version", "3.5", "--output", "json")
    assert ran.document["totals"]["licence_adapt"] == 3
    assert ran.document["environments"][0]["customer"]["use_new_billing_method"] is False
    assert "licence_adapt" not in w365("licensing", "--output", "json").document["totals"]


def test_billing_gets_csv_without_formulas_and_totals(w365: Command, server: Server, bare: Path) -> None:
    _seed(server, "contoso", customer_name='=1+1,"quoted"', customer_type=1, industry=1)
    ran = w365("licensing", "--output", "csv=bill.csv")
    assert "total" in ran.out
    rows = list(csv.DictReader((bare / "bill.csv").open(encoding="utf-8", newline="")))
    assert len(rows) == 1
    assert (rows[0]["environment"], rows[0]["customer"], rows[0]["regular_hybrid"]) == ("contoso", '\'=1+1,"quoted"', "3")


@pytest.mark.usefixtures("server")
def test_the_totals_alone_are_one_row(w365: Command, server: Server) -> None:
    for name in ("contoso", "fabrikam"):
        _seed(server, name)
    ran = w365("licensing", "--totals", "--output", "csv")
    assert (ran.code, ran.err) == (0, "")
    assert list(csv.DictReader(io.StringIO(ran.out))) == [
        {"environments": "2", "regular_hybrid": "6", "regular_engage": "4", "regular_unify": "2"}
        | {"guests_hybrid": "0", "guests_engage": "10", "guests_unify": "0"}
    ]
    shown = w365("licensing", "--totals").out
    assert "contoso" not in shown
    assert "regular hybrid" in shown


def test_csv_that_is_not_whole_says_so_on_standard_error(w365: Command, server: Server) -> None:
    _seed(server, "contoso")
    ran = w365("licensing", "contoso", "nobody", "--output", "csv")
    assert (ran.code, len(ran.out.splitlines())) == (1, 2)
    assert ran.err.startswith("note: Could not read the licensing of environment 'nobody'")


@pytest.mark.usefixtures("server")
def test_every_list_comes_as_csv(w365: Command, server: Server, state: State) -> None:
    server.management.seed("contoso")
    path = state.holds(state.environment("contoso", None), state.sign_on("contoso", "2030-01-31"))
    heads = {
        "environments": "environment,managed,active,created,age_in_days,resource",
        "drift": "environment,status,resource,what",
        "expiry": "environment,key_ends,days_left,verdict,resource",
    }
    for command, head in heads.items():
        first, *rows = w365(command, "--state", path, "--output", "csv").out.splitlines()
        assert first == head
        assert rows
        assert all(row.startswith("contoso,") for row in rows)


def test_csv_is_for_lists_only(w365: Command) -> None:
    ran = w365("health", "--output", "csv")
    assert ran.code == 2
    assert "'csv' is not a format; expected one of text, json, junit, github, html" in ran.error


def test_one_that_cannot_be_read_makes_the_totals_incomplete_and_the_exit_code_1(w365: Command, server: Server) -> None:
    for name in ("contoso", "fabrikam"):
        _seed(server, name)
    ran = w365("licensing", "contoso", "typo", "fabrikam", "--output", "json")
    assert ran.code == 1
    assert ran.document["totals"]["regular_hybrid"] == 6
    assert "so the totals are not complete" in ran.document["summary"]
    assert ran.verdicts() == {"contoso": "ok", "fabrikam": "ok", "typo": "failed"}
    assert "HTTP 404" in ran.check("typo")["detail"]


def test_a_refused_key_is_one_error_not_one_per_environment(w365: Command, server: Server) -> None:
    for number in range(20):
        _seed(server, f"customer{number}")
    server.management.inject(faults.Status(status=403, operation="getLicensing"))
    ran = w365("licensing")
    assert ran.code == 1
    assert "HTTP 403" in ran.error


def test_answers_that_are_no_licensing_are_told(w365: Command, server: Server) -> None:
    _seed(server, "contoso")
    for form in ("array", "null", "broken"):
        server.management.inject(faults.WrongJson(form=form, operation="getLicensing", times=1))
        ran = w365("licensing", "contoso", "--output", "json")
        assert ran.code == 1
        assert "Could not read the licensing of environment 'contoso'" in ran.check("contoso")["detail"]


@pytest.mark.usefixtures("server")
def test_an_empty_instance_has_nothing_to_bill(w365: Command) -> None:
    ran = w365("licensing")
    assert (ran.code, "0 environments." in ran.out) == (0, True)
