"""Previews recorded with both engines (``previews/``, made by ``record_preview.py``), and any other document, judged."""

import contextlib
import json
import string
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_workspace365_cli.commands import plan
from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.planning import budgets, changes, preview
from tests import sarif

from .conftest import FRONTS, Command, on_front

RECORDED = Path(__file__).parent / "previews"
ENGINES = ("cli", "embedded")
TYPES = {
    kind: f"pulumi-python:dynamic/workspace365:{kind}"
    for kind in ("Environment", "OAuth2SignOn", "ExchangeSettings", "SharePointSettings", "Template")
}
API = "azure-native:apimanagement:Api"
POLICY = "azure-native:apimanagement/v20240501:ApiOperationPolicy"


def recorded(name: str, engine: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((RECORDED / f"{name}.{engine}.json").read_text())
    return document


def urn(type_: str, name: str) -> str:
    return f"urn:pulumi:prod::shop::{type_}::{name}"


def step(op: str, type_: str, name: str, old: dict[str, Any] | None = None, new: dict[str, Any] | None = None) -> dict[str, Any]:
    states = {"oldState": old, "newState": new}
    told = {key: {"type": type_, "custom": True, **state} for key, state in states.items() if state is not None}
    return {"op": op, "urn": urn(type_, name), "detailedDiff": None, **told}


def document(*steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    stack = step("same", "pulumi:pulumi:Stack", "shop-prod", {"custom": False}, {"custom": False})
    counts = Counter(item["op"] for item in (stack, *steps))
    return {"steps": [stack, *steps], "duration": 1, "changeSummary": dict(counts), **more}


def judged(*steps: dict[str, Any]) -> dict[str, Any]:
    report = plan.report(preview.read(json.dumps(document(*steps)).encode(), "it"), budgets.DEFAULTS)
    found = {item["risk"]: item["found"] for item in report.data["budgets"] if item["found"]}
    return {"said": report.summary.partition(" More than agreed")[0], "found": found, "code": report.exit_code}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("noop", 0, "No changes."),
        (
            "changes",
            0,
            "1 environment created, 1 activated, 1 suspended, sign-on changed for 1, 1 WebSocket API: handshake policy changed.",
        ),
        (
            "delete",
            3,
            "1 environment deleted, 1 WebSocket API replaced. More than agreed: deletes (1 found, 0 allowed), replacements (1 found, 0 allowed).",
        ),
        ("protected", 1, "The preview failed with 1 error: what would change is not known."),
        ("error", 1, "The preview failed with 1 error: what would change is not known."),
    ],
)
def test_a_real_preview_of_either_engine_is_told_in_words(w365: Command, engine: str, name: str, code: int, said: str) -> None:
    ran = w365("plan", RECORDED / f"{name}.{engine}.json", "--output", "json")
    assert (ran.code, ran.document["summary"]) == (code, said)
    assert ran.document["schema"] == "w365/plan/1"
    assert (ran.document["stack"], ran.document["project"]) == ("sandbox", "workspace365")


def test_what_is_replaced_with_what_holds_it_is_named_and_counts_for_no_budget(w365: Command, tmp_path: Path) -> None:
    hive, bees = "pulumi-python:dynamic:Hive", "pulumi-python:dynamic:Bees"
    held = {"deletedWith": urn(hive, "north")}
    path = tmp_path / "preview.json"
    steps = [
        step("replace", hive, "north", {}, {}),
        step("replace", bees, "queen", held, held),
        step("create", bees, "drone", new=held),
    ]
    path.write_text(json.dumps(document(*steps)))
    ran = w365("plan", path, "--allow", "replacements=1")
    assert ran.code == 0
    row = next(line for line in ran.out.splitlines() if "queen" in line)
    assert "replaced with its parent" in row
    assert f"1 {hive} replaced" in ran.out


@pytest.mark.parametrize("engine", ENGINES)
def test_what_the_engine_said_of_its_failure_is_told_and_no_change_is(w365: Command, engine: str) -> None:
    ran = w365("plan", RECORDED / f"error.{engine}.json", "--output", "json")
    assert ran.document["errors"] == [
        "stacks/customers/sandbox/tailspin.yaml: lifcycle: there is no such field (perhaps misspelled)."
    ]
    assert (ran.document["changes"], ran.document["budgets"]) == (None, None)
    protected = w365("plan", RECORDED / f"protected.{engine}.json")
    assert "Environment::fabrikam" in protected.out
    assert "because it is protected" in protected.out
    assert "→ An environment was removed from the program, but it is protected." in protected.out


@pytest.mark.parametrize("name", ["noop", "changes", "delete", "protected"])
def test_resources_of_the_package_are_judged_as_dynamic_ones_are(w365: Command, bare: Path, name: str) -> None:
    path = bare / "preview.json"
    path.write_text(json.dumps(on_front("native", recorded(name, "cli"))))
    assert "pulumi-python:dynamic" not in path.read_text()
    ran = w365("plan", path, "--output", "json")
    expected = w365("plan", RECORDED / f"{name}.cli.json", "--output", "json")
    when = {"generated": ran.document["generated"]}
    assert (ran.code, ran.document) == (expected.code, on_front("native", expected.document) | when)
    assert ("An environment was removed from the program, but it is protected" in w365("plan", path).out) == (name == "protected")


def test_reading_resources_of_the_package_does_without_the_sdk(bare: Path) -> None:
    path = bare / "preview.json"
    path.write_text(json.dumps(on_front("native", recorded("delete", "cli"))))
    code = "import sys; from pulumi_workspace365_cli import app; code = app.run(['plan', 'preview.json']); print(code, 'pulumi' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=bare, capture_output=True, text=True, check=True)
    assert done.stdout.endswith("3 False\n")


def test_a_program_that_changes_its_kind_of_resources_without_a_migration_deletes_environments() -> None:
    old = step("delete", TYPES["Environment"], "c", ENVIRONMENT)
    new = on_front("native", step("create", TYPES["Environment"], "c", new={"inputs": {"environment_name": "c"}}))
    check = "pulumi-python:dynamic/apim:ConnectivityCheck"
    told = judged(new, on_front("native", step("delete", check, "backend", {})), {**old, "oldState": None})
    assert told["found"] == {"deletes": 1, "creates": 1}
    assert "1 connectivity check deleted" in told["said"]
    bare = on_front("native", {**old, "oldState": None})
    assert judged(bare)["found"] == {"deletes": 1}


def test_both_engines_previews_are_judged_alike() -> None:
    def judgement(name: str, engine: str) -> list[tuple[str, str, str, str | None]]:
        found = preview.read(json.dumps(recorded(name, engine)).encode(), engine)
        return sorted((item.urn, item.act, item.subject, item.risk) for item in changes.parse_changes(found))

    for name in ("noop", "changes", "delete"):
        assert judgement(name, "cli") == judgement(name, "embedded")


def test_forty_sign_ons_are_more_than_agreed_unless_forty_are_allowed(w365: Command, bare: Path) -> None:
    environments = [
        step("create", TYPES["Environment"], f"new{number}", new={"inputs": {"environment_name": f"new{number}"}})
        for number in range(3)
    ]
    of_new = [
        step(
            "create",
            TYPES["OAuth2SignOn"],
            f"new{number}",
            new={"inputs": {}, "dependencies": [urn(TYPES["Environment"], f"new{number}")]},
        )
        for number in range(3)
    ]
    state = {"id": "x", "inputs": {"environment": "x"}}
    of_old = [step("update", TYPES["OAuth2SignOn"], f"old{number}", state, state) for number in range(40)]
    suspended = step("update", TYPES["Environment"], "c", {"outputs": {"is_active": True}}, {"inputs": {"active": False}})
    (bare / "preview.json").write_text(json.dumps(document(*environments, *of_new, *of_old, suspended)))
    ran = w365("plan", "preview.json", "--comment", "comment.md", "--output", "json")
    said = "3 environments created, 1 suspended, sign-on changed for 40."
    assert ran.document["summary"] == f"{said} More than agreed: sign_on (40 found, 1 allowed)."
    assert ran.code == 3
    assert ran.verdicts()["sign_on"] == "failed"
    assert "--allow sign_on=40" in ran.check("sign_on")["remedy"]
    comment = (bare / "comment.md").read_text()
    assert comment.startswith("<!-- w365 plan prod -->\n### Evaluation of the preview")
    assert "❌ exceeded" in comment
    assert w365("plan", "preview.json", "--allow", "sign-on=40").out.endswith(f"{said}\n")


def test_budgets_come_from_a_file_and_the_command_line_wins(w365: Command, bare: Path) -> None:
    (bare / "budgets.yaml").write_text("budgets:\n  deletes: 1\n  replacements: any\n")
    path = RECORDED / "delete.cli.json"
    assert w365("plan", path, "--budgets", "budgets.yaml").code == 0
    assert w365("plan", path, "--budgets", "budgets.yaml", "--allow", "deletes=0").code == 3
    assert w365("plan", path, "--allow", "deletes=any", "--allow", "replacements=1").code == 0


@pytest.mark.parametrize("option", ["deletes", "delets=1", "deletes=-1", "deletes=one", "deletes=", "deletes=1.5", "=3"])
def test_a_malformed_budget_on_the_command_line_is_wrong_usage(w365: Command, option: str) -> None:
    ran = w365("plan", RECORDED / "noop.cli.json", "--allow", option)
    assert ran.code == 2
    assert "--allow" in ran.error


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "must contain `budgets:`"),
        ("deletes: 1", "must contain `budgets:`"),
        ("budgets: {delets: 1}", "'delets' is not a risk"),
        ("budgets: {deletes: true}", "deletes: it must be a number"),
        ("budgets: [deletes]", "must contain `budgets:`"),
        ("budgets: {deletes: 1", "is not valid YAML"),
    ],
)
def test_a_malformed_budgets_file_is_an_error(w365: Command, bare: Path, text: str, told: str) -> None:
    (bare / "budgets.yaml").write_text(text)
    ran = w365("plan", RECORDED / "noop.cli.json", "--budgets", "budgets.yaml")
    assert (ran.code, told in ran.error) == (1, True)


def test_every_format_shows_the_judgement(w365: Command, bare: Path) -> None:
    outputs = ("text", "junit=plan.xml", "html=plan.html", "github=plan.txt", "json=plan.json")
    ran = w365("plan", RECORDED / "delete.cli.json", *(part for output in outputs for part in ("--output", output)))
    assert (ran.code, ran.err) == (3, "")
    assert "fabrikam" in ran.out
    suite = ET.fromstring((bare / "plan.xml").read_text())
    assert (suite.get("tests"), suite.get("failures")) == ("9", "2")
    assert "exceeded" in (bare / "plan.html").read_text()
    assert "::error title=w365 plan%3A deletes::1 environments and Azure resources deleted" in (bare / "plan.txt").read_text()
    assert json.loads((bare / "plan.json").read_text())["exit_code"] == 3


def test_code_scanning_gets_what_is_over_a_budget_and_why_a_preview_failed(w365: Command, bare: Path) -> None:
    path = bare / "preview.json"
    path.write_text(json.dumps(document(step("delete", TYPES["Environment"], "a", {"inputs": {}, "outputs": {}}))))
    log = w365("plan", path, "--output", "sarif").document
    [result] = sarif.results(log)
    assert (result["ruleId"], result["level"]) == ("plan/deletes", "error")
    assert result["message"]["text"].startswith("1 environments and Azure resources deleted; allowed: 0.")
    assert result["locations"] == [{"physicalLocation": {"artifactLocation": {"uri": "Pulumi.yaml"}}}]
    assert log["runs"][0]["invocations"] == [{"executionSuccessful": True, "exitCode": 3}]
    assert sarif.results(w365("plan", RECORDED / "noop.cli.json", "--output", "sarif").document) == []
    failed = w365("plan", RECORDED / "error.cli.json", "--output", "sarif").document
    assert {result["ruleId"] for result in sarif.results(failed)} == {"plan/preview-error"}
    assert failed["runs"][0]["invocations"] == [{"executionSuccessful": False, "exitCode": 1}]


def test_a_preview_is_read_from_a_pipe_and_as_powershell_writes_it(process: Command, w365: Command, bare: Path) -> None:
    text = (RECORDED / "changes.cli.json").read_text()
    ran = process("plan", input=text)
    assert (ran.code, ran.err) == (0, "")
    for encoding in ("utf-8-sig", "utf-16"):
        (bare / "preview.json").write_bytes(text.encode(encoding))
        assert w365("plan", "preview.json").out == ran.out


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is empty"),
        ("Previewing update (dev):\n", "is not JSON: it begins with other text"),
        ("error: no stack selected\n", "is not JSON"),
        ("null", "is not a Pulumi preview"),
        ("[]", "is not a Pulumi preview"),
        ("{}", "has no changeSummary"),
        ('{"steps": 3, "changeSummary": {}}', "steps"),
        ('{"changeSummary": {"create": 3}}', "has no steps"),
        ('{"sequence": 0, "timestamp": 1}\n{"sequence": 1}\n', "unset PULUMI_ENABLE_STREAMING_JSON_PREVIEW"),
        ('{"result": "succeeded", "changeSummary": {"create": 1}}', "has no steps"),
        (json.dumps(document({"op": "create", "urn": "nonsense"})), "steps.1.urn"),
        (json.dumps(document({"urn": urn("a:b:C", "d")} | {"op": "explode"})), "operation 'explode'"),
        (json.dumps(document(maybeCorrupt=True)), "may be corrupt"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a":' * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_whole_preview_is_an_error_and_never_no_changes(w365: Command, bare: Path, text: str, told: str) -> None:
    (bare / "preview.json").write_text(text)
    ran = w365("plan", "preview.json")
    assert ran.code == 1
    assert told in ran.error


def test_what_cannot_be_read_is_an_error(w365: Command, bare: Path) -> None:
    assert "missing.json cannot be read" in w365("plan", "missing.json").error
    (bare / "preview.json").write_bytes(b"\xff\x00{")
    assert "is not UTF-8 text" in w365("plan", "preview.json").error
    assert w365("plan", "preview.json", "another.json").code == 2


@given(st.data(), st.sampled_from(ENGINES))
def test_a_preview_that_was_cut_off_anywhere_is_refused(data: st.DataObject, engine: str) -> None:
    raw = (RECORDED / f"changes.{engine}.json").read_bytes().rstrip()
    length = data.draw(st.integers(0, len(raw) - 1))
    with pytest.raises(CommandError):
        preview.read(raw[:length], "it")


@pytest.mark.parametrize("engine", ENGINES)
def test_a_preview_that_lacks_a_step_is_refused(engine: str) -> None:
    whole = recorded("changes", engine)
    for item in whole["steps"]:
        if item["op"] == "same":
            continue
        lacking = {**whole, "steps": [other for other in whole["steps"] if other is not item]}
        with pytest.raises(CommandError, match="is not a whole preview: it announces"):
            preview.read(json.dumps(lacking).encode(), "it")


_OF_C = {"dependencies": [urn(TYPES["Environment"], "c")]}
ENVIRONMENT: dict[str, Any] = {
    "id": "contoso",
    "inputs": {"environment_name": "contoso"},
    "outputs": {"name": "contoso", "is_active": True},
}


@FRONTS
@pytest.mark.parametrize(
    ("recorded_as", "said", "found"),
    [
        ({}, "1 environment deleted.", {"deletes": 1}),
        ({"adopt_existing": True}, "1 environment no longer managed.", {}),
        ({"adopt_existing": True, "on_delete": "delete"}, "1 environment deleted.", {"deletes": 1}),
        ({"on_delete": "deactivate"}, "1 environment suspended and no longer managed.", {"suspensions": 1}),
        ({"on_delete": "abandon"}, "1 environment no longer managed.", {}),
    ],
)
def test_what_goes_with_an_environment_is_told_as_the_provider_does_it(
    recorded_as: dict[str, Any], said: str, found: dict[str, int], front: str
) -> None:
    before = {**ENVIRONMENT, "outputs": {**ENVIRONMENT["outputs"], **recorded_as}}
    told = judged(on_front(front, step("delete", TYPES["Environment"], "c", before)))
    assert (told["said"], told["found"]) == (said, found)


@FRONTS
@pytest.mark.parametrize(
    ("steps", "said", "found"),
    [
        pytest.param(
            [
                step("create", TYPES["Environment"], "c", new={"inputs": {"environment_name": "c", "adopt_existing": True}}),
                step("create", TYPES["OAuth2SignOn"], "c", new={**_OF_C, "inputs": {"environment": "c"}}),
            ],
            "1 environment adopted, sign-on set for 1.",
            {"creates": 1, "sign_on": 1},
            id="people already use an adopted environment",
        ),
        pytest.param(
            [step("replace", TYPES["Environment"], "c", ENVIRONMENT, ENVIRONMENT)],
            "1 environment deleted and re-created.",
            {"deletes": 1, "replacements": 1},
            id="a forced replacement deletes a tenant",
        ),
        pytest.param(
            [
                step(
                    "update",
                    TYPES["Environment"],
                    "c",
                    ENVIRONMENT,
                    {**ENVIRONMENT, "inputs": {"active": "04da6b54-80e4-46f7-96ec-b56ff0331ba9"}},
                )
            ],
            "1 environment perhaps suspended.",
            {"suspensions": 1},
            id="not known yet",
        ),
        pytest.param(
            [step("update", TYPES["Environment"], "c", {**ENVIRONMENT, "protect": True}, ENVIRONMENT)],
            "1 environment no longer protected.",
            {"unprotected": 1},
            id="unprotected",
        ),
        pytest.param(
            [step("delete", POLICY, "echo", {"deletedWith": urn(API, "echo")})],
            "1 WebSocket API: handshake policy removed.",
            {"policies": 1},
            id="a policy goes, its API stays open",
        ),
        pytest.param(
            [
                step("delete", POLICY, "echo", {"deletedWith": urn(API, "echo")}),
                step("delete", API, "echo", {"inputs": {"apiType": "websocket"}}),
            ],
            "1 WebSocket API deleted.",
            {"deletes": 1},
            id="a policy goes with its API",
        ),
        pytest.param(
            [step("create", POLICY, "echo", new={"deletedWith": urn(API, "echo")}), step("create", API, "echo", new={})],
            "1 API created.",
            {},
            id="a new API",
        ),
        pytest.param(
            [step("delete", "random:index:Pet", "p", {"retainOnDelete": True})], "1 random:index:Pet deleted.", {}, id="retained"
        ),
        pytest.param(
            [step("delete", TYPES["ExchangeSettings"], "e", {"id": "c"})], "No changes.", {}, id="settings are only forgotten"
        ),
        pytest.param(
            [step("update", TYPES["Template"], "t", {"id": "c"}, {"inputs": {"environment": "c"}})],
            "Template changed for 1 environment.",
            {"templates": 1},
            id="template",
        ),
    ],
)
def test_risks_are_counted_where_somebody_would_notice(
    steps: list[dict[str, Any]], said: str, found: dict[str, int], front: str
) -> None:
    told = judged(*on_front(front, steps))
    assert (told["said"], told["found"]) == (said, found)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)
named = st.dictionaries(
    st.sampled_from(
        [
            "active",
            "environment",
            "environment_name",
            "name",
            "is_active",
            "adopt_existing",
            "on_delete",
            "deletion_protection",
            "apiType",
        ]
    ),
    anything | st.sampled_from([True, False, "contoso", "abandon", "deactivate"]),
    max_size=5,
)
a_name = st.text(string.ascii_letters + ":-", min_size=1, max_size=4)
a_type = st.sampled_from(
    [
        *TYPES.values(),
        "workspace365:index:Environment",
        API,
        POLICY,
        "a:b:C",
        "pulumi:providers:x",
        "pulumi-python:dynamic/apim:ConnectivityCheck",
    ]
)


@st.composite
def a_state(draw: st.DrawFn, type_: str) -> dict[str, Any] | None:
    if draw(st.booleans()):
        return None
    urns = st.builds(urn, a_type, a_name)
    return {
        "type": type_,
        "custom": draw(st.booleans()),
        "id": draw(st.none() | st.text(max_size=4)),
        "inputs": draw(st.none() | named),
        "outputs": draw(named),
        "dependencies": draw(st.none() | st.lists(urns, max_size=2)),
        "deletedWith": draw(st.none() | urns),
        "protect": draw(st.booleans()),
        "retainOnDelete": draw(st.booleans()),
    }


@st.composite
def a_step(draw: st.DrawFn) -> dict[str, Any]:
    type_ = draw(a_type)
    states = {"oldState": draw(a_state(type_)), "newState": draw(a_state(type_))}
    diff = draw(st.none() | st.dictionaries(st.text(max_size=4), st.just({"kind": "update", "inputDiff": True}), max_size=2))
    return {
        "op": draw(st.sampled_from(sorted(preview.OPERATIONS))),
        "urn": urn(type_, draw(a_name)),
        "detailedDiff": diff,
        **states,
    }


@given(st.lists(a_step(), max_size=8))
def test_whatever_the_steps_are_each_change_is_told_once_and_the_counts_add_up(steps: list[dict[str, Any]]) -> None:
    found = preview.read(json.dumps(document(*steps)).encode(), "it")
    report = plan.report(found, budgets.DEFAULTS)
    replaced = {item.urn for item in found.steps if item.op == "replace"}
    acting = {
        item.urn
        for item in found.steps
        if item.op not in preview.QUIET and item.is_custom and not (item.op in changes.REPLACING and item.urn in replaced)
    }
    assert {change["urn"] for change in report.data["changes"]} == acting
    assert sum(report.data["steps"].values()) == len(steps) + 1
    for budget in report.data["budgets"]:
        with_risk = {change["urn"] for change in report.data["changes"] if change["risk"] == budget["risk"]}
        assert budget["found"] == len(with_risk)
    exceeded = any(item["allowed"] is not None and item["found"] > item["allowed"] for item in report.data["budgets"])
    assert report.exit_code == (3 if exceeded else 0)
    told = [change for change in report.data["changes"] if not change["part_of_another"]]
    assert (report.summary == "No changes.") == (not told)


@given(
    st.recursive(
        anything,
        lambda inner: st.dictionaries(st.sampled_from(["steps", "changeSummary", "op", "urn", "newState", "diagnostics"]), inner),
    )
)
def test_whatever_the_document_is_it_is_judged_or_refused(value: Any) -> None:
    with contextlib.suppress(CommandError):
        assert plan.report(preview.read(json.dumps(value).encode(), "it"), budgets.DEFAULTS).exit_code in {0, 1, 3}


def _component(name: str, outputs: dict[str, Any], op: str = "same") -> dict[str, Any]:
    former = {"custom": False, "outputs": outputs}
    return step(op, "workspace365:index:CustomerEnvironment", name, former, former)


def test_an_environment_that_a_refresh_forgot_is_created_anew_and_over_the_budget() -> None:
    parent = urn("workspace365:index:CustomerEnvironment", "contoso")
    made = step("create", TYPES["Environment"], "contoso", new={"parent": parent, "inputs": {"environment_name": "contoso"}})
    found = judged(_component("contoso", {"name": "contoso"}), made)
    assert found == {"said": "1 environment created anew, empty.", "found": {"recreates": 1}, "code": 3}
    first = judged(_component("contoso", {}), made)
    assert (first["found"], first["code"]) == ({"creates": 1}, 0), "its first create failed, so nothing was lost"
    assert judged(made)["found"] == {"recreates": 1}, "an unchanged component is shown only with --show-sames"
    other = step("create", TYPES["Environment"], "new", new={"parent": urn("mine:index:Region", "north")})
    assert judged(other)["found"] == {"creates": 1}, "another component may get further environments"
    root = step("same", "pulumi:pulumi:Stack", "shop-prod", {"custom": False, "outputs": {"environments": {"fabrikam": {}}}})
    report = plan.report(preview.read(json.dumps({**document(made), "steps": [root, made]}).encode(), "it"), budgets.DEFAULTS)
    assert report.exit_code == 0, "the stack never had it"


def test_a_warning_says_which_resource_it_is_about() -> None:
    warning = {"severity": "warning", "message": "warning: the sign-on key of an environment to be created ended on 2020-01-01"}
    of_key = {**warning, "urn": urn(TYPES["OAuth2SignOn"], "contoso")}
    of_stack = {**warning, "message": "all is well", "urn": urn("pulumi:pulumi:Stack", "shop-prod")}
    told = preview.read(json.dumps(document(diagnostics=[of_key, of_stack])).encode(), "it").warnings
    assert told == ["contoso: the sign-on key of an environment to be created ended on 2020-01-01", "all is well"]
