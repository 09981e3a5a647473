"""An instance taken over: generated, imported, and previewed without a change, on each engine that is here."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pulumi_workspace365.api.models import EnvironmentEntry
from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.file_schemas import catalog
from pulumi_workspace365_cli.generation import customer_selection, files
from pulumi_workspace365_components.stack_files.customers import CustomerFile
from pulumi_workspace365_sandbox.workspace365 import Server
from tests import fork_server

from .conftest import FRONTS, Command, State

ROOT = Path(__file__).parents[2]
HOST = ROOT / "host" / "pulumi_dynamic_host"
PULUMI = shutil.which("pulumi")
TYPE = "pulumi-python:dynamic/workspace365"


@pytest.fixture
def project(server: Server, bare: Path) -> Path:  # noqa: ARG001  the program talks to it
    runtime = {"name": "python", "options": {"toolchain": "pip", "virtualenv": sys.prefix}}
    host = [{"name": "pulumi-python", "path": str(HOST)}]
    text = yaml.safe_dump({"name": "taken-over", "runtime": runtime, "plugins": {"providers": host}})
    (bare / "Pulumi.yaml").write_text(text)
    return bare


@pytest.fixture(params=["embedded", "pulumi"])
def engine(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """An engine on an empty backend of its own; the Pulumi CLI where there is one."""
    if request.param == "pulumi" and not PULUMI:
        pytest.skip("no Pulumi CLI on PATH")
    monkeypatch.setenv("PULUMI_DEBUG_COMMANDS", "true")  # for the CLI's --event-log
    command = [PULUMI] if request.param == "pulumi" else [str(fork_server.python()), "-m", "pulumi_embedded_engine"]
    (tmp_path / "state").mkdir()
    if PULUMI:
        monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{Path(PULUMI).parent}:/usr/bin:/bin")
    for name, value in {"BACKEND_URL": f"file://{tmp_path / 'state'}", "CONFIG_PASSPHRASE": "x", "HOME": str(tmp_path)}.items():
        monkeypatch.setenv(f"PULUMI_{name}", value)
    monkeypatch.setenv("PULUMI_SKIP_UPDATE_CHECK", "true")
    monkeypatch.setenv("PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION", "true")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        line = [*command, "--non-interactive", *arguments]
        return subprocess.run(line, capture_output=True, text=True, check=False, env=dict(os.environ))

    return run  # type: ignore[return-value]  # of the same shape


@pytest.mark.slow
def test_after_the_import_of_all_environments_the_next_preview_shows_no_change(
    w365: Command,
    server: Server,
    project: Path,  # noqa: ARG001  everything runs in it
    engine: Any,
) -> None:
    for name in ("contoso", "wide world", "Zürich & Co", "007"):
        server.management.seed(name)
    server.management.change("contoso", is_active=False)
    done = w365("generate", "--stack", "prod")
    assert (done.code, server.management.statistics().by_operation) == (0, {"listEnvironments": 1})
    assert "the API can write them but not read them" in done.out
    engine("stack", "init", "prod")
    log = ("--event-log", "events.json")
    imported = engine("import", "--file", "import.json", "--generate-code=false", "--stack", "prod", "--yes", *log)
    assert imported.returncode == 0, imported.stdout + imported.stderr
    events = [json.loads(line) for line in Path("events.json").read_text(encoding="utf-8").splitlines()]
    told = [event["resOutputsEvent"]["metadata"]["type"] for event in events if "resOutputsEvent" in event]
    assert set(told) == {f"{TYPE}:Environment", "pulumi:providers:pulumi-python"}  # the new stack has no outputs
    preview = engine("preview", "--stack", "prod", "--expect-no-changes", "--json")
    assert preview.returncode == 0, preview.stdout + preview.stderr
    assert json.loads(preview.stdout)["changeSummary"] == {"same": 9}
    assert server.management.statistics().by_operation == {"listEnvironments": 1}

    setting = engine("import", f"{TYPE}:ExchangeSettings", "mail", "007", "--generate-code=false", "--stack", "prod", "--yes")
    assert setting.returncode == 1
    assert (
        "The settings of environment '007' cannot be imported, because the API can write them but not read them" in setting.stdout
    )
    server.management.seed("newcomer")
    one = engine("import", f"{TYPE}:Environment", "newcomer", "newcomer", "--generate-code=false", "--stack", "prod", "--yes")
    assert one.returncode == 0, one.stdout + one.stderr
    assert "1 imported" in one.stdout


WRONG = {
    "": "customers/prod/contoso.yaml: a customer's file holds fields such as key, environment and admin; this one holds none.",
    "key: [": "customers/prod/contoso.yaml, line 2, column 1: this is not valid YAML",
    "key: c\nenvironment: {name: c}\nlifecylce: retired": "customers/prod/contoso.yaml, line 3: lifecylce: there is no such field",
    "key: c\nenvironment: {name: c}\nlifecycle: gone": "customers/prod/contoso.yaml, line 3: lifecycle: Input should be 'active', 'susp",
    "key: c\nenvironment: c": "customers/prod/contoso.yaml, line 2: environment: it has fields of its own.",
    "key: c\nenvironment: {name: c}\nexchange: {type: Office365}": (
        "customers/prod/contoso.yaml, line 3: exchange.server_type: it is required; line 3: exchange.type: there is no such field"
    ),
    "key: c\nenvironment: {name: c, adopt_existing: true}\nring: canary": "nothing is wrong",
    "no file": "There is no customer's file in customers/prod",
}
RUN = """
import asyncio, os, runpy, sys
import pulumi

class Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args):
        return args.name, {}

    def call(self, args):
        return {}

asyncio.set_event_loop(asyncio.new_event_loop())
pulumi.runtime.set_mocks(Mocks(), project="taken-over", stack="prod")
for folder in sys.argv[1:]:
    os.chdir(folder)
    try:
        runpy.run_path("__main__.py")
        print("nothing is wrong")
    except pulumi.RunError as error:
        print(error)
"""


def test_the_written_program_says_what_is_wrong_with_a_file_and_never_forgets_all_customers(
    w365: Command, server: Server, project: Path, tmp_path: Path
) -> None:
    server.management.seed("contoso")
    assert w365("generate", "--stack", "prod").code == 0
    folders = []
    for number, text in enumerate(WRONG):
        folders.append(str(shutil.copytree(project, tmp_path / f"wrong{number}")))
        file = tmp_path / f"wrong{number}" / "customers" / "prod" / "contoso.yaml"
        file.unlink() if text == "no file" else file.write_text(text)
    done = subprocess.run([sys.executable, "-c", RUN, *folders], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    told = done.stdout.splitlines()
    assert [line.startswith(start) for line, start in zip(told, WRONG.values(), strict=True)] == [True] * len(WRONG), told


def test_the_written_program_refuses_two_files_for_one_environment_and_knows_the_settings_of_the_projects_own(
    w365: Command, server: Server, project: Path
) -> None:
    server.management.seed("contoso")
    assert w365("generate", "--stack", "prod").code == 0
    other = shutil.copytree(project, project / "other")
    (project / "customers/prod/mine.yaml").write_text("key: mine\nenvironment: {name: Contoso, adopt_existing: true}\n")
    configured = {**os.environ, "PULUMI_CONFIG": json.dumps({"taken-over:rings": '["canary"]'})}
    told = [
        subprocess.run(
            [sys.executable, "-c", RUN, str(folder)], env=environment, capture_output=True, text=True, check=False
        ).stdout
        for folder, environment in ((project, None), (other, configured))
    ]
    assert "mine.yaml: both have environment.name 'contoso'; each customer needs its own." in told[0]
    assert told[1] == "taken-over:rings: no customer has the ring 'canary'; there are: broad.\n"


def test_the_files_are_such_as_the_projects_own_stack_reads(w365: Command, server: Server, project: Path) -> None:
    server.management.seed("contoso")
    server.management.seed("idle")
    server.management.change("idle", is_active=False)
    assert w365("generate", "--set", "canary").code == 0
    read = {
        path.stem: CustomerFile.model_validate(yaml.safe_load(path.read_text()))
        for path in (project / "customers" / "canary").iterdir()
    }
    assert {key: customer.lifecycle for key, customer in read.items()} == {"contoso": "active", "idle": "suspended"}
    for customer in read.values():
        assert customer.environment.on_delete == "abandon"
        assert not customer.keeps_password
        assert (customer.sign_on, customer.exchange, customer.share_point, customer.template, customer.admin) == (None,) * 5


def test_an_editor_finds_the_schema_of_a_written_file_unless_something_else_stands_in_its_place(
    w365: Command, server: Server, project: Path
) -> None:
    server.management.seed("contoso")
    assert w365("generate", "--stack", "prod").code == 0
    file, schema = project / "customers/prod/contoso.yaml", project / "schemas/customer.json"
    line = file.read_text().splitlines()[0]
    assert line == "# yaml-language-server: $schema=../../schemas/customer.json"
    assert schema.read_text() == catalog.text("customer")
    assert list(jsonschema.Draft7Validator(json.loads(schema.read_text())).iter_errors(yaml.safe_load(file.read_text()))) == []
    schema.write_text("{}")
    assert w365("generate", "--stack", "prod", "--force").code == 0
    assert schema.read_text() == "{}"
    assert file.read_text().startswith("# Written by `w365 generate`")


def test_nothing_is_overwritten_unless_forced_and_the_program_never_is(w365: Command, server: Server, project: Path) -> None:
    server.management.seed("contoso")
    server.management.seed("fabrikam")
    (project / "__main__.py").write_text("mine = True\n")
    folder = project / "customers" / "prod"
    folder.mkdir(parents=True)
    (folder / "fabrikam.yaml").write_text("mine: too\n")
    refused = w365("generate", "--stack", "prod")
    assert refused.code == 1
    assert refused.error.startswith("customers/prod/fabrikam.yaml exists already, so nothing was written")
    assert [path.name for path in folder.iterdir()] == ["fabrikam.yaml"]
    forced = w365("generate", "--stack", "prod", "--force", "--output", "json")
    assert forced.document["files"]["customers/prod/fabrikam.yaml"] == "overwritten"
    assert forced.document["files"]["schemas/customer.json"] == "written"
    assert yaml.safe_load((folder / "fabrikam.yaml").read_text())["key"] == "fabrikam"
    assert (project / "__main__.py").read_text() == "mine = True\n"
    assert any("__main__.py is not changed" in note for note in forced.document["notes"])


@pytest.mark.parametrize("pair", [("Contoso", "contoso"), ("wide world", "wide-world"), ("Zürich", "zurich")])
def test_names_that_would_share_a_file_are_refused_before_anything_is_written(
    w365: Command, server: Server, project: Path, pair: tuple[str, str]
) -> None:
    for name in pair:
        server.management.seed(name)
    refused = w365("generate", "--stack", "prod")
    assert refused.code == 1
    assert all(repr(name) in refused.error for name in pair)
    assert [path.name for path in project.iterdir()] == ["Pulumi.yaml"]
    assert w365("generate", pair[0], "--stack", "prod").code == 0


def test_what_no_program_can_declare_is_left_out_with_the_reason(w365: Command, server: Server, project: Path) -> None:
    server.management.seed("demo")
    server.management.seed("contoso")
    ran = w365("generate", "--stack", "prod", "--output", "json")
    assert [customer["key"] for customer in ran.document["customers"]] == ["contoso"]
    assert ran.document["left_out"][0]["name"] == "demo"
    assert "cannot be an environment's name" in ran.document["left_out"][0]["reason"]
    assert not (project / "customers" / "prod" / "demo.yaml").exists()


@FRONTS
def test_what_the_stack_manages_is_left_alone_when_asked(
    w365: Command, server: Server, project: Path, state: State, front: str
) -> None:
    state.front = front
    created = server.management.seed("contoso").creation_date
    server.management.seed("newcomer")
    path = state.holds(state.environment("contoso", created))
    ran = w365("generate", "--unmanaged", "--state", path, "--set", "prod", "--output", "json")
    assert [customer["name"] for customer in ran.document["customers"]] == ["newcomer"]
    assert re.search(r"`(pulumi|python -m pulumi_embedded_engine) config set customers prod`", ran.document["notes"][0])
    assert (project / "customers" / "prod" / "newcomer.yaml").exists()


def test_an_instance_without_environments_leaves_the_folder_as_it_is(w365: Command, server: Server, project: Path) -> None:  # noqa: ARG001
    ran = w365("generate", "--stack", "prod")
    assert (ran.code, "There was nothing to write." in ran.out) == (0, True)
    assert [path.name for path in project.iterdir()] == ["Pulumi.yaml"]


def test_wrong_usage_is_told_before_the_instance_is_asked(w365: Command, server: Server, project: Path) -> None:
    assert "is not a valid folder name" in w365("generate", "--set", "../elsewhere").error
    assert "say which with --stack" in w365("generate").error
    (project / "Pulumi.yaml").unlink()
    assert "run `w365 init` first" in w365("generate", "--stack", "prod").error
    assert server.management.count() == 0


def test_a_name_that_is_not_listed_is_an_error(w365: Command, server: Server, project: Path) -> None:  # noqa: ARG001
    server.management.seed("contoso")
    assert "lists no environment 'fabrikam'" in w365("generate", "contoso", "fabrikam", "--stack", "prod").error


names = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=100)


@given(st.lists(names, max_size=6, unique=True))
def test_every_key_can_be_a_file_and_no_two_are_alike(listed: list[str]) -> None:
    entries = [EnvironmentEntry(name=name, is_active=True) for name in listed]
    try:
        chosen, left_out = customer_selection.select(entries, lambda _: "")
    except CommandError as refusal:
        assert sum(repr(name) in str(refusal) for name in listed) >= 2  # noqa: PT017  that it is refused is one of two right outcomes
        return
    assert not left_out
    assert sorted(customer.entry.name for customer in chosen) == sorted(listed)
    assert len({customer.key.casefold() for customer in chosen}) == len(listed)
    for customer in chosen:
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}", customer.key)
        read = yaml.safe_load(files.customer_file(customer, "https://portal.example.com"))
        assert read["environment"]["name"] == customer.entry.name


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("Con", "_Con.yaml"),
        ("aux.b", "_aux.b.yaml"),
        ("lpt1", "_lpt1.yaml"),
        ("Contoso", "Contoso.yaml"),
        ("com10", "com10.yaml"),
    ],
)
def test_no_file_has_the_name_of_a_device_on_windows(name: str, file: str) -> None:
    [customer], _ = customer_selection.select([EnvironmentEntry(name=name, is_active=True)], lambda _: "")
    assert (customer.key, customer.file_name) == (name, file)
