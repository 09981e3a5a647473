"""``w365 validate``: what is wrong with the files of a project, with file, line, column and the nearest name, and across files."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from pulumi_workspace365.api import cli_hints
from pulumi_workspace365.documents import yaml_document
from pulumi_workspace365_cli.file_validation import rules, run
from pulumi_workspace365_components.websocket_api.policy.rules import RULES
from tests import hostile, sarif
from tests.cli.conftest import Command, Ran
from tests.docs import pages

ROOT = Path(__file__).parents[2]
CUSTOMER = "key: {key}\nenvironment:\n  name: {key}\n  adopt_existing: true\n"
API = "key: chat\nservice: {resource_group: r, name: n}\npath: chat\nservice_url: wss://chat.example.com\nhandshake:\n"
GOOD_HANDSHAKE = (
    "  jwt: {openid_config: https://login.example.com/x, audiences: [chat]}\n  allowed_origins: [https://a.example.com]\n"
)

Write = Callable[[str, str], Path]


@pytest.fixture
def project(bare: Path) -> Write:
    """Writes a file of a project, which has one stack and one good customer."""

    def write(name: str, text: str) -> Path:
        path = bare / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
        return path

    write("Pulumi.yaml", "name: shop\nruntime: python\n")
    write("Pulumi.prod.yaml", "config:\n  w365:baseUrl: https://portal.example.com\n")
    write("customers/prod/contoso.yaml", CUSTOMER.format(key="contoso"))
    return write


def found(ran: Ran) -> list[tuple[str, int | None, int | None, str, str]]:
    """Where, which rule, and what is said; the exit code is that of the worst."""
    document = ran.document
    assert document["schema"] == "w365/validate/1"
    findings: list[dict[str, Any]] = document["findings"]
    assert ran.code == (3 if any(one["severity"] == "error" for one in findings) else 0)
    return [(one["file"], one["line"], one["column"], one["rule"], one["message"]) for one in findings]


def messages(w365: Command, *paths: str) -> list[str]:
    """As `FILE:LINE:COLUMN RULE: MESSAGE`."""
    told = found(w365("validate", *paths, "--output", "json"))
    return [f"{':'.join(str(part) for part in one[:3] if part is not None)} {one[3]}: {one[4]}" for one in told]


def test_the_repository_is_valid(w365: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    ran = w365("validate", "stacks", "examples", "docs/ci", "--output", "json")
    assert found(ran) == []
    kinds = {one["kind"] for one in ran.document["files"]}
    assert kinds == {"customer", "websocket-api", "budgets", "rollout", "stack"}
    assert "stacks/Pulumi.production.example.yaml" not in {one["file"] for one in ran.document["files"]}


def test_a_good_project_needs_no_stack_no_key_and_no_network(w365: Command, project: Write) -> None:
    project("rollout.yaml", 'waves: [{name: all, stacks: "*"}]\n')
    ran = w365("validate")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines()[-1] == "3 files: nothing is wrong."


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("key: a\nenvironment: {name: a, adopt_existing: true}\nlifecylce: retired\n", "3:1 field: lifecylce: there is no such field; the nearest is 'lifecycle'"),
        ("key: a\nenvironment:\n  name: a\n  adopt_exsting: true\n", "4:3 field: environment.adopt_exsting: there is no such field; the nearest is 'adopt_existing'"),
        ("key: a\nenvironment: {name: a, adopt_existing: true}\nexchange: {server_type: Office}\n", "3:12 field: exchange.server_type: Input should be 'Office365' or 'OnPremises'"),
        ("key: a\nenvironment: {name: demo, adopt_existing: true}\n", "2:15 value: environment.name: 'demo' cannot be an environment's name: Workspace 365 refuses it for new environments"),
        ("key: a\nenvironment: {name: a}\nadmin: {email: a, first_name: b, last_name: c}\n", "3:9 value: admin.email: it must be an e-mail address, such as admin@example.com"),
        ("key: a\nenvironment: {name: a, adopt_existing: true}\nshare_point:\n  authentication_type: Online\n  default_url: http://a\n", "5:3 value: share_point.default_url: it must be an https address without user name, query or fragment"),
        ("key: a\nenvironment: {name: a}\n", "2:1 administrator: admin: it is required to create the environment; only one that exists needs none"),
        ("key: a\nenvironment: {name: a, adopt_existing: true}\ntemplate: {file: nosuch.json}\n", "3:12 value: template.file: the file"),
        ("", " syntax: a customer's file holds fields such as key, environment and admin; this one holds none"),
        ("# only a comment\n", ":1:1 syntax: a customer's file holds fields"),
        ("key: a\n\tenvironment: {name: a}\n", "2:1 syntax: this is not valid YAML"),
        ("key: a\nkey: b\n", "2:1 syntax: the field 'key' is given twice"),
        ("key: a\nenvironment: *nosuch\n", "2:14 syntax: the alias *nosuch is not defined, or contains itself"),
        ("key: a\n---\nkey: b\n", "2:1 syntax: a second document begins here"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_customers_file_is_told_with_its_place(w365: Command, project: Write, text: str, told: str) -> None:
    project("customers/prod/a.yaml", text)
    [message] = messages(w365)
    assert (
        message.startswith(f"customers/prod/a.yaml{told if told[0] in ' :' else f':{told}'}".replace(":1:1", ""))
        or told in message
    )


def test_a_file_with_a_mark_and_lines_of_windows_counts_the_same(w365: Command, project: Write) -> None:
    project("customers/prod/a.yaml", "\ufeffkey: a\r\nenvironment:\r\n  name: a\r\n  adopt_existing: true\r\nrng: x\r\n")
    assert messages(w365) == ["customers/prod/a.yaml:5:1 field: rng: there is no such field; the nearest is 'ring'"]


def test_two_files_do_not_share_a_key_or_an_environment(w365: Command, project: Write) -> None:
    project("customers/prod/other.yaml", CUSTOMER.format(key="Contoso"))
    both = [
        "customers/prod/other.yaml:1:1 duplicate-key: key: 'contoso' is also that of contoso.yaml, line 1",
        "customers/prod/other.yaml:3:3 duplicate-environment: environment.name: 'contoso' is also that of contoso.yaml, line 3",
    ]
    assert messages(w365) == both
    assert messages(w365, "customers/prod/other.yaml") == both
    only_first = messages(w365, "customers/prod/contoso.yaml")  # a commit that changes this one alone
    assert [line.partition(": ")[2] for line in only_first] == [
        "key: 'contoso' is also that of other.yaml, line 1",
        "environment.name: 'contoso' is also that of other.yaml, line 3",
    ]


def test_files_of_two_folders_may_have_the_same_key(w365: Command, project: Write) -> None:
    project("customers/test/contoso.yaml", CUSTOMER.format(key="contoso"))
    assert messages(w365) == []


def test_a_ring_that_no_stack_deploys_or_that_is_not_allowed_is_told(w365: Command, project: Write) -> None:
    project("customers/prod/a.yaml", f"{CUSTOMER.format(key='a')}ring: canari\n")
    assert messages(w365) == []  # the stack takes every ring
    project("Pulumi.prod.yaml", "config:\n  shop:rings: [broad]\n")
    project("Pulumi.canary.yaml", "config:\n  shop:customers: prod\n  shop:rings: '[\"canary\"]'\n")
    project("customers/prod/b.yaml", f"{CUSTOMER.format(key='b')}ring: canary\n")
    text = "ring: no stack deploys 'canari': the stacks of this folder take broad, canary; the nearest is 'canary'"
    assert messages(w365) == [f"customers/prod/a.yaml:5:1 unknown-ring: {text}"]
    declared = "config:\n  allowedRings:\n    type: array\n    items: {type: string}\n    default: [canary, broad]\n"
    project("Pulumi.yaml", f"name: shop\nruntime: python\n{declared}")
    allowed = "ring: 'canari' is not an allowed ring (canary, broad); the nearest is 'canary'"
    assert messages(w365) == [f"customers/prod/a.yaml:5:1 unknown-ring: {allowed}"]


def test_the_settings_of_a_stack_are_looked_at(w365: Command, project: Write) -> None:
    project(
        "Pulumi.prod.yaml", "config:\n  shop:rngs: [canary]\n  w365:backupdir: x\n  w365:baseUrl: https://x\n  other:key: x\n"
    )
    assert messages(w365) == [
        "Pulumi.prod.yaml:2:3 unknown-setting: shop:rngs: nothing reads this setting; did you mean shop:rings?",
        "Pulumi.prod.yaml:3:3 unknown-setting: w365:backupdir: nothing reads this setting; did you mean w365:backupDir?",
    ]
    project("Pulumi.prod.yaml", "config:\n  shop:rings: [broad, brod]\n  shop:outputs: all\n")
    assert messages(w365) == [
        "Pulumi.prod.yaml:3:3 setting: shop:outputs: Input should be 'details' or 'summary'",
    ]
    project("Pulumi.prod.yaml", "config:\n  shop:rings: [broad, brod]\n")
    assert messages(w365) == ["Pulumi.prod.yaml:2:23 unknown-ring: shop:rings: no customer has the ring 'brod'; there are: broad"]
    project("Pulumi.prod.yaml", "config:\n  shop:customers: production\n")
    assert messages(w365) == ["Pulumi.prod.yaml:2:3 unknown-folder: shop:customers: there is no folder customers/production"]
    project("Pulumi.prod.yaml", "config:\n  shop:rings: canary\n  shop:customers: {secure: v1:AAAA}\n")
    assert messages(w365) == [
        "Pulumi.prod.yaml:2:3 setting: shop:rings: it must be a list",
        "Pulumi.prod.yaml:3:3 setting: shop:customers: Input should be a valid string",
    ]
    project("Pulumi.prod.yaml", "config: [\n")
    assert [line.split(":")[0] for line in messages(w365)] == ["Pulumi.prod.yaml"]


def test_a_sign_on_key_has_to_be_in_the_configuration_of_each_stack_that_deploys_the_customer(
    w365: Command, project: Write
) -> None:
    sign_on = "sign_on:\n  authority: https://login.example.com\n  client_id: x\n  key_from: config:aKey\n"
    project("customers/prod/a.yaml", CUSTOMER.format(key="a") + sign_on)
    [told] = messages(w365)
    assert told == "customers/prod/a.yaml:8:3 missing-secret: sign_on.key_from: the stack prod has no secret 'aKey'"
    project("Pulumi.prod.yaml", "config:\n  shop:aKey:\n    secure: v1:AAAA\n")
    assert messages(w365) == []
    project("Pulumi.prod.yaml", "environment: [shared]\n")  # an ESC environment may have it
    assert messages(w365) == []


def test_a_key_in_a_vault_is_judged_by_its_form_and_nobody_is_asked(w365: Command, project: Write) -> None:
    sign_on = "sign_on:\n  authority: https://login.example.com\n  client_id: x\n  key_from: keyvault:{}\n"
    project("customers/prod/a.yaml", CUSTOMER.format(key="a") + sign_on.format("contoso-vault/sign-on"))
    assert messages(w365) == []
    project("customers/prod/a.yaml", CUSTOMER.format(key="a") + sign_on.format("contoso-vault"))
    [told] = messages(w365)
    assert told.startswith("customers/prod/a.yaml:8:3 ")
    assert told.endswith("sign_on.key_from: it must be keyvault:VAULT/SECRET or keyvault:VAULT/SECRET/VERSION")
    project("customers/prod/a.yaml", CUSTOMER.format(key="a") + sign_on.format("contoso-vault/sign-on/newest"))
    assert [line.partition("key_from: ")[2] for line in messages(w365)] == [
        "the version in keyvault:VAULT/SECRET/VERSION must be 32 hexadecimal digits in lower case"
    ]


def test_handshake_rules_are_applied_to_the_files_of_apis(w365: Command, project: Write, bare: Path) -> None:
    project("websocket_apis/prod/good.yaml", API + GOOD_HANDSHAKE)
    assert messages(w365) == []
    document = "<policies><inbound><base /><cors><allowed-origins /></cors></inbound><backend><base /></backend></policies>"
    project("handshake.xml", document)
    project(
        "websocket_apis/prod/chat.yaml",
        API.replace("key: chat", "key: b").replace("wss://", "https://") + "  policy: handshake.xml\n",
    )
    told = found(w365("validate", "websocket_apis/prod/chat.yaml", "--output", "json"))
    assert {(line, rule) for _, line, _, rule, _ in told} >= {(4, "handshake/service-url"), (5, "handshake/unsupported-policy")}
    assert {rule.removeprefix("handshake/") for *_, rule, _ in told} <= {rule.id for rule in RULES}
    assert all(rule.startswith("handshake/") for *_, rule, _ in told)
    (bare / "websocket_apis/prod/good.yaml").unlink()
    project("websocket_apis/prod/chat.yaml", API + "  policy: nosuch.xml\n")
    assert "nosuch.xml: it cannot be read (No such file or directory)" in messages(w365, "websocket_apis/prod/chat.yaml")[0]
    project("websocket_apis/prod/chat.yaml", API + "  jwt: {audience: [x]}\n")
    told_fields = messages(w365, "websocket_apis/prod/chat.yaml")
    assert (
        "websocket_apis/prod/chat.yaml:6:9 field: handshake.jwt.audience: there is no such field; the nearest is 'audiences'"
        in told_fields
    )


def test_two_apis_do_not_share_a_key_and_variables_are_not_looked_up(w365: Command, project: Write) -> None:
    text = API.replace("wss://chat.example.com", "${NOSUCH}") + GOOD_HANDSHAKE.replace(
        "https://login.example.com/x", '"${NOSUCH}"'
    )
    project("websocket_apis/prod/a.yaml", text)
    assert messages(w365) == []
    project("websocket_apis/prod/b.yaml", text)
    assert messages(w365) == ["websocket_apis/prod/b.yaml:1:1 duplicate-key: key: 'chat' is also that of a.yaml, line 1"]


def test_checks_are_judged_without_their_variables_and_files(w365: Command, project: Write) -> None:
    checks = (
        "checks:\n"
        '  - {name: a, kind: websocket, url: "${BASE}/a", headers: {X-Key: "env:KEY", Authorization: "file:token"}}\n'
        '  - {name: b, kind: connectivity, resource_group_name: r, service_name: s, region: w, address: x, port: "${PORT}"}\n'
    )
    project("checks.yaml", checks)
    assert messages(w365) == []
    project("checks.yaml", f"{checks}  - {{name: a, kind: health}}\n")
    assert messages(w365) == ["checks.yaml:4:6 field: two checks have the name 'a'; each needs its own"]
    project("checks.yaml", checks.replace("region: w,", "regoin: w,"))
    assert "checks.yaml:3:76 field: check 'b': regoin: there is no such field; the nearest is 'region'" in messages(w365)
    project("checks.yaml", "checks: []\n")
    assert messages(w365) == ["checks.yaml:1:1 field: checks: it must be a list of at least one check (docs/checks.md)"]
    project("checks.yaml", "checks:\n  - {name: a, kind: health}\n")
    project("Pulumi.prod.yaml", "config:\n  workspace365:checks:\n    - {name: a, kind: helth}\n")
    [told] = messages(w365)
    assert told.startswith("Pulumi.prod.yaml:3:7 field: workspace365:checks: check 'a': kind is one of")


def test_rollouts_and_their_budgets_are_looked_at(w365: Command, project: Write) -> None:
    project("rollout.yaml", 'waves:\n  - {name: all, stack: "*"}\nbudgets: ci/limits.yaml\n')
    assert messages(w365) == ["rollout.yaml:2:17 field: waves.0.stack: there is no such field; the nearest is 'stacks'"]
    project("rollout.yaml", 'waves:\n  - {name: all, stacks: "*"}\nbudgets: ci/limits.yaml\n')
    assert messages(w365) == ["ci/limits.yaml syntax: it cannot be read (No such file or directory)"]
    project("ci/limits.yaml", "budgets:\n  delets: 0\n  creates: -1\n")
    first, second = messages(w365)
    assert first.startswith("ci/limits.yaml:2:3 field: 'delets' is not a risk; the nearest is 'deletes'")
    assert second == "ci/limits.yaml:3:3 field: creates: it must be a number from 0 up, or any"
    project("ci/limits.yaml", "budgets: {deletes: 0}\n")
    assert messages(w365) == []


def test_what_kind_a_file_is_is_told_by_its_place_its_name_or_its_first_line(w365: Command, project: Write) -> None:
    project("k8s/rollout.yaml", "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\n")  # somebody else's
    project("notes.yaml", "a: 1\n")
    assert messages(w365) == []
    project("limits.yaml", "# yaml-language-server: $schema=schemas/budgets.json\nbudgets: {delets: 0}\n")
    assert messages(w365)[0].startswith("limits.yaml:2:11 field: 'delets'")
    (told,) = messages(w365, "notes.yaml")
    assert told == "notes.yaml unknown-kind: nothing tells what kind of file it is"
    ran = w365("validate", "nosuch.yaml")
    assert (ran.code, ran.error) == (1, "nosuch.yaml does not exist.")


@pytest.mark.parametrize("kind", [kind for kind in hostile.KINDS if "pipe" not in kind])
def test_what_is_no_file_is_told_as_a_program_would_tell_it(kind: str, w365: Command, project: Write, bare: Path) -> None:
    project("customers/prod/b.yaml", CUSTOMER.format(key="b"))
    hostile.KINDS[kind](bare / "customers/prod/a.yaml")
    told = messages(w365)
    assert told
    assert all(line.startswith("customers/prod/a.yaml") for line in told)


def test_a_pipe_is_not_waited_for(w365: Command, project: Write, bare: Path) -> None:  # noqa: ARG001  the project
    os.mkfifo(bare / "customers/prod/a.yaml")
    assert messages(w365) == ["customers/prod/a.yaml syntax: it is a pipe, where a file is expected"]


@pytest.mark.parametrize("name", hostile.YAML)
def test_whatever_a_file_holds_something_is_told_of_it_alone(name: str, w365: Command, project: Write, bare: Path) -> None:  # noqa: ARG001  the project
    for file in (
        "customers/prod/a.yaml",
        "websocket_apis/prod/a.yaml",
        "checks.yaml",
        "budgets.yaml",
        "rollout.yaml",
        "Pulumi.x.yaml",
    ):
        path = bare / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(hostile.YAML[name])
    told = found(w365("validate", "--output", "json"))
    assert {one[0] for one in told} >= {
        "customers/prod/a.yaml",
        "websocket_apis/prod/a.yaml",
        "checks.yaml",
        "budgets.yaml",
        "rollout.yaml",
    }
    assert "customers/prod/contoso.yaml" not in {one[0] for one in told}
    assert len(told) < 200


def test_the_content_of_a_file_in_a_customers_place_is_not_shown(w365: Command, project: Write, bare: Path) -> None:
    elsewhere = project("shadow", "root:$6$salt$hunter2:19000:0: x\nsecret = hunter2: y\nadmin: hunter2\n")
    (bare / "customers/prod/a.yaml").symlink_to(elsewhere)
    for output in ("text", "json", "github", "junit", "sarif", "html"):
        ran = w365("validate", "--output", output)
        assert ran.code == 3
        assert "hunter2" not in ran.out, output


def test_no_value_of_a_file_is_shown(w365: Command, project: Write) -> None:
    project("customers/prod/a.yaml", "key: [hunter2]\nenvironment: hunter2\nring: 'hunter 2'\nlifecycle: hunter2\nsign_on: {authority: hunter2, client_id: [hunter2]}\n")  # fmt: skip
    project("checks.yaml", "checks:\n  - {name: [hunter2], kind: hunter2}\n  - {name: x, kind: http, url: hunter2, headers: {X: [hunter2]}}\n")  # fmt: skip
    project("budgets.yaml", "budgets: {deletes: hunter2}\n")
    ran = w365("validate")
    assert ran.code == 3
    assert "hunter2" not in ran.out.replace("hunter 2", "")


def test_control_characters_never_reach_a_terminal(w365: Command, project: Write) -> None:
    project("customers/prod/a\x1b[31m.yaml", 'key: a\n"x\\e[31m": 1\nring: "\\e]0;x\\a"\nenvironment: {name: "a\\e[2J"}\n')
    for output in ("text", "github", "sarif"):
        ran = w365("validate", "--output", output)
        assert ran.code == 3
        assert "\x1b" not in ran.out
        assert "\x07" not in ran.out


def test_github_gets_annotations_on_lines(w365: Command, project: Write) -> None:
    project("customers/prod/a.yaml", f"{CUSTOMER.format(key='a')}rng: x\n")
    first = w365("validate", "--output", "github").out.splitlines()[0]
    message = "rng: there is no such field; the nearest is 'ring'."
    title = "title=w365 validate%3A customers/prod/a.yaml%3A5%3A1"
    assert first == f"::error file=customers/prod/a.yaml,line=5,col=1,{title}::{message}"


def test_sarif_has_each_finding_with_its_place_and_each_rule_with_what_it_says(w365: Command, project: Write) -> None:
    project("customers/prod/a b.yaml", f"{CUSTOMER.format(key='a')}rng: x\n")
    project("customers/prod/c.yaml", "key: c\nenvironment: {name: c}\n")
    project(
        "websocket_apis/prod/chat.yaml", API + "  jwt: {openid_config: https://x.example.com, audiences: [x], query: token}\n"
    )
    project("customers/prod/d.yaml", "")
    log = w365("validate", "--output", "sarif").document
    results = sarif.results(log)
    [run] = log["runs"]
    assert all(rule["shortDescription"]["text"] for rule in run["tool"]["driver"]["rules"])
    assert run["invocations"] == [{"executionSuccessful": True, "exitCode": 3}]
    first = next(result for result in results if result["ruleId"] == "field")
    assert first["level"] == "error"
    assert first["message"]["text"] == "rng: there is no such field; the nearest is 'ring'."
    place = first["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "customers/prod/a%20b.yaml"}, "region": {"startLine": 5, "startColumn": 1}}
    assert {result["level"] for result in results} >= {"error", "warning"}
    whole = next(
        result for result in results if result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].endswith("d.yaml")
    )
    assert "region" not in whole["locations"][0]["physicalLocation"]
    assert any(result["ruleId"].startswith("handshake/") for result in results)


def test_a_good_project_gives_an_empty_log(w365: Command, project: Write) -> None:  # noqa: ARG001  the project
    assert sarif.results(w365("validate", "--output", "sarif").document) == []


def test_the_sdk_is_not_loaded_and_each_file_is_read_once_however_many_stacks_there_are(
    project: Write, bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What makes hundreds of files quick."""
    for at in range(30):
        project(f"customers/prod/c{at}.yaml", CUSTOMER.format(key=f"c{at}"))
    for at in range(20):
        project(f"Pulumi.s{at}.yaml", "config:\n  shop:customers: prod\n")
    parsed: list[str] = []
    monkeypatch.setattr(yaml_document, "parse", counting(parsed))
    assert run.validate([bare]).findings == ()
    customers = [source for source in parsed if "customers" in source]
    assert len(customers) == len(set(customers)) == 31
    stacks = [source for source in parsed if source.startswith("Pulumi.") or "/Pulumi." in source]
    assert len(stacks) <= 3 * 22
    script = "import sys\nfrom pulumi_workspace365_cli import app\ncode = app.run(['validate'])\nsys.exit(code or ('pulumi' in sys.modules) * 9)"
    done = subprocess.run([sys.executable, "-c", script], cwd=bare, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_installed_engine_is_not_looked_for_once_per_file(
    project: Write, w365: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    for at in range(30):
        project(f"customers/prod/c{at}.yaml", CUSTOMER.format(key=f"c{at}"))
    looked: list[str] = []
    monkeypatch.setattr(cli_hints, "shutil", SimpleNamespace(which=looked.append))
    assert w365("validate").code == 0
    assert len(looked) < 5


def counting(parsed: list[str]) -> Any:
    real = yaml_document.parse

    def parse(text: str, source: str) -> Any:
        parsed.append(source)
        return real(text, source)

    return parse


def test_the_hook_of_pre_commit_takes_the_files_that_the_command_knows(project: Write, w365: Command, bare: Path) -> None:
    import re  # noqa: PLC0415  for this test alone

    [hook] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert hook["entry"] == "w365 validate"
    for name in (
        "websocket_apis/prod/a.yaml",
        "rollout.yaml",
        "ci/budgets.yml",
        "checks.yaml",
        "Pulumi.prod.example.yaml",
        "other.yaml",
    ):
        project(name, "")
    names = [path.relative_to(bare).as_posix() for path in sorted(bare.rglob("*.y*ml"))]
    taken = [name for name in names if re.search(hook["files"], name) and not re.search(hook["exclude"], name)]
    assert set(names) - set(taken) == {"Pulumi.yaml", "Pulumi.prod.example.yaml", "other.yaml"}
    told = found(w365("validate", *taken, "--output", "json"))
    assert "unknown-kind" not in {rule for *_, rule, _ in told}


def test_the_commands_of_the_page_run_in_a_project(w365: Command, project: Write) -> None:
    project("customers/production/a.yaml", CUSTOMER.format(key="a"))
    project("rollout.yaml", 'waves: [{name: all, stacks: "*"}]\n')
    page = ROOT / "docs/guides/files.md"
    [block] = [block for block in pages.blocks(page) if (block.language, block.kind) == ("sh", "w365")]
    for line in block.text.splitlines():
        assert w365(*line.partition("#")[0].split()[1:]).code == 0, line


def test_a_long_file_of_mistakes_is_cut_short_in_time(w365: Command, project: Write) -> None:
    many = "".join(f"f{at}: 1\n" for at in range(2_000))
    project("customers/prod/a.yaml", f"key: a\n{many}")
    project("rollout.yaml", many)
    told = messages(w365)
    assert len(told) == 2 * 21
    assert told[-1].endswith("and 1981 more")
    assert "rollout.yaml field: and 1981 more" in told


def test_every_rule_that_is_found_is_described() -> None:
    ids = frozenset(rules._OWN)
    assert rules.descriptions(ids | {f"handshake/{rule.id}" for rule in RULES}).keys() == ids | {
        f"handshake/{rule.id}" for rule in RULES
    }
