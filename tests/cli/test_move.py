"""``w365 move`` with an engine that kills the command wherever the two talk: both states and the file change, or none of them."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from pulumi_workspace365_cli.customer_move import deployments
from pulumi_workspace365_cli.errors import CommandError
from tests import fork_server

KEY = "sentinel-sign-on-key"
INSTANCE = "https://portal.example.com"
FILE = "# {key} # c\nkey: {key}\nring: {ring} # why\nenvironment: {{name: {key}}}\n"
DYNAMIC, NATIVE = "pulumi-python:dynamic/workspace365:", "workspace365:index:"
COMPONENT = "workspace365:index:CustomerEnvironment"


def urn(stack: str, kind: str, name: str) -> str:
    return f"urn:pulumi:{stack}::shop::{kind}::{name}"


def root(stack: str) -> dict[str, Any]:
    return {"urn": urn(stack, "pulumi:pulumi:Stack", f"shop-{stack}"), "custom": False, "type": "pulumi:pulumi:Stack"}


def default(stack: str, front: str = DYNAMIC) -> dict[str, Any]:
    kind = f"pulumi:providers:{'pulumi-python' if front == DYNAMIC else 'workspace365'}"
    inputs = {"workspace365:rings": f'["{stack}"]'}
    return {"urn": urn(stack, kind, "default"), "custom": True, "id": f"id-{stack}", "type": kind, "inputs": inputs}


def secret(stack: str, text: str) -> dict[str, str]:
    return {
        "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
        "ciphertext": f"{stack}:{json.dumps(text).encode().hex()}",
    }


def customer(stack: str, key: str, front: str = DYNAMIC, instance: str = INSTANCE) -> list[dict[str, Any]]:
    """A component, its environment and its sign-on."""
    component = urn(stack, COMPONENT, key)
    provider = f"{default(stack, front)['urn']}::id-{stack}"
    kind = f"{COMPONENT}${front}Environment"
    environment = {
        "urn": urn(stack, kind, key),
        "custom": True,
        "id": key,
        "type": f"{front}Environment",
        "provider": provider,
        "parent": component,
        "protect": True,
        "outputs": {"instance": instance, "name": key},
    }
    sign_on = {
        "urn": urn(stack, f"{COMPONENT}${front}OAuth2SignOn", key),
        "custom": True,
        "id": key,
        "type": f"{front}OAuth2SignOn",
        "parent": component,
        "provider": provider,
        "inputs": {"key": secret(stack, KEY)},
        "dependencies": [environment["urn"]],
        "propertyDependencies": {"environment": [environment["urn"]]},
        "aliases": [urn(stack, f"{front}OAuth2SignOn", "former")],
        "deletedWith": environment["urn"],
    }
    parent = root(stack)["urn"]
    return [{"urn": component, "custom": False, "type": COMPONENT, "parent": parent}, environment, sign_on]


def state(*resources: dict[str, Any], **deployment: Any) -> dict[str, Any]:
    provider = {"type": "passphrase", "state": {"salt": "v1:x:y"}}
    return {"version": 3, "deployment": {"secrets_providers": provider, "resources": list(resources), **deployment}}


@dataclass
class Project:
    """Two stacks of a project, each for a ring, and customers' files that both read."""

    folder: Path

    @property
    def states(self) -> Path:
        return self.folder / "states"

    def stack(
        self, name: str, document: dict[str, Any], rings: Sequence[str] = (), config: Mapping[str, Any] | None = None
    ) -> None:
        settings: dict[str, Any] = {"w365:baseUrl": INSTANCE, "shop:customers": "production", "shop:rings": list(rings or [name])}
        text = yaml.safe_dump({"config": {**settings, **(config or {})}}, default_flow_style=None, width=1000)
        (self.folder / f"Pulumi.{name}.yaml").write_text(text)
        (self.states / f"{name}.json").write_text(json.dumps(document))

    def file(self, key: str, ring: str, more: str = "") -> Path:
        path = self.folder / f"customers/production/{key}.yaml"
        path.write_text(FILE.format(key=key, ring=ring) + more)
        return path

    def run(self, *arguments: str, kill: str = "") -> subprocess.CompletedProcess[str]:
        process = self.start(*arguments, kill=kill)
        output, errors = process.communicate(timeout=500)
        return subprocess.CompletedProcess(arguments, process.returncode, output, errors)

    def start(self, *arguments: str, kill: str = "", pipe: int = subprocess.PIPE) -> subprocess.Popen[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PULUMI", "W365_"))}
        variables = {"PATH": f"{self.folder / 'bin'}:/usr/bin:/bin", "FAKE_STATES": str(self.states), "FAKE_KILL": kill}
        variables["PULUMI_HOME"] = f"{self.folder}/home"
        variables["PULUMI_BACKEND_URL"] = f"file://{self.folder}/state"
        (self.states / "commands").unlink(missing_ok=True)
        command = [str(fork_server.python()), "-m", "pulumi_workspace365_cli", "move", *arguments]
        return subprocess.Popen(command, cwd=self.folder, env=kept | variables, stdout=pipe, stderr=pipe, text=True)

    def commands(self) -> list[str]:
        path = self.states / "commands"
        return path.read_text().splitlines() if path.exists() else []

    def refused(self, *arguments: str) -> str:
        """The error of a move that changes nothing, and asks for no import."""
        before = self.snapshot()
        ran = self.run(*arguments)
        assert (ran.returncode, ran.stdout) == (1, "")
        assert self.snapshot() == before
        assert not any("import" in command for command in self.commands())
        return re.sub(r"\s+", " ", ran.stderr)

    def snapshot(self) -> dict[str, str]:
        paths = [*self.states.glob("*.json"), *self.folder.glob("customers/*/*"), *self.folder.glob("w365-move-*")]
        return {path.name: path.read_text() for path in paths}

    def resources(self, stack: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads((self.states / f"{stack}.json").read_text())["deployment"]["resources"]
        return found

    def has(self, stack: str, key: str) -> bool:
        return any(item["urn"].endswith(f"::{key}") for item in self.resources(stack))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    for name in ("states", "bin", "customers/production", "state"):
        (tmp_path / name).mkdir(parents=True)
    pulumi = tmp_path / "bin/pulumi"
    pulumi.write_text(f'#!/bin/sh\nexec {sys.executable} -ISE {Path(__file__).with_name("fake_pulumi.py")} "$@"\n')
    pulumi.chmod(0o755)
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    project = Project(tmp_path)
    project.stack(
        "canary", state(root("canary"), default("canary"), *customer("canary", "contoso"), *customer("canary", "fabrikam"))
    )
    project.stack("broad", state(root("broad"), default("broad"), *customer("broad", "northwind")))
    for key, ring in {"contoso": "canary", "fabrikam": "canary", "northwind": "broad"}.items():
        project.file(key, ring)
    return project


def assert_moved(project: Project) -> None:
    assert project.resources("broad")[-3:] == [
        item
        | ({"provider": "urn:pulumi:broad::shop::pulumi:providers:pulumi-python::default::id-broad"} if item["custom"] else {})
        for item in customer("broad", "contoso")
    ]
    assert not project.has("canary", "contoso")
    assert project.has("canary", "fabrikam")
    assert (project.folder / "customers/production/contoso.yaml").read_text() == FILE.format(key="contoso", ring="broad")
    assert not list(project.folder.glob("w365-move-*unfinished*"))


@pytest.mark.slow
def test_a_customer_moves_with_its_secrets_encrypted_for_the_other_stack(project: Project) -> None:
    former = {stack: json.loads((project.states / f"{stack}.json").read_text()) for stack in ("canary", "broad")}
    before = project.snapshot()
    assert "3 resources of customer contoso would move from stack canary to stack broad" in (
        project.run("contoso", "--to", "broad", "--dry-run").stdout
    )
    assert project.snapshot() == before
    ran = project.run("contoso", "--to", "broad", "--output", "json")
    assert ran.returncode == 0, ran.stderr
    assert_moved(project)
    told = json.loads(ran.stdout)
    assert (told["schema"], told["source"], told["target"], told["ring"]) == ("w365/move/1", "canary", "broad", "broad")
    assert {json.dumps(json.loads((project.folder / name).read_text())) for name in told["backups"]} == set(
        map(json.dumps, former.values())
    )
    assert {(project.folder / name).stat().st_mode & 0o777 for name in told["backups"]} == {0o600}
    assert not any(KEY in path.read_text() for path in project.folder.rglob("*") if path.is_file())
    assert "Customer contoso is in stack broad already." in project.refused("contoso", "--to", "broad")


@pytest.mark.slow
def test_a_preview_that_is_not_empty_takes_everything_back(project: Project) -> None:
    project.file("tailspin", "broad")
    before = project.snapshot()
    ran = project.run("contoso", "--to", "broad")
    assert ran.returncode == 1
    assert "both states and its file are what they were, because a preview of stack broad would change something" in ran.stderr
    assert "create CustomerEnvironment tailspin" in ran.stderr
    assert {
        name: text if "customers" in name else json.loads(text) for name, text in before.items() if name.endswith("json")
    } == {name: json.loads(text) for name, text in project.snapshot().items() if name.endswith("json")}
    assert project.snapshot()["contoso.yaml"] == before["contoso.yaml"]


@pytest.mark.slow
@pytest.mark.parametrize("ends_well", [True, False])
def test_a_move_that_is_killed_anywhere_is_completed_or_taken_back(project: Project, ends_well: bool) -> None:
    if not ends_well:
        project.file("tailspin", "broad")
    before = project.snapshot()
    whole = project.run("contoso", "--to", "broad")
    count = len(project.commands())
    assert (whole.returncode, count > 12) == (0 if ends_well else 1, True)
    imports = [number for number, command in enumerate(project.commands(), 1) if "import" in command]
    for kill in [*map(str, range(1, count + 1)), *(f"{number}+" for number in imports)]:
        for path in project.folder.glob("w365-move-*"):
            path.unlink()
        for name, text in before.items():
            (project.states if name.endswith("json") else project.folder / "customers/production").joinpath(name).write_text(text)
        assert project.run("contoso", "--to", "broad", kill=kill).returncode == -9, kill
        assert project.has("canary", "contoso") or project.has("broad", "contoso"), kill
        again = project.run("contoso", "--to", "broad")
        if ends_well:
            assert again.returncode == 0, (kill, again.stderr)
            assert_moved(project)
        else:
            assert "both states and its file are what they were" in again.stderr, (kill, again.stderr)
            assert (project.has("canary", "contoso"), project.has("broad", "contoso")) == (True, False), kill
            assert project.snapshot()["contoso.yaml"] == before["contoso.yaml"], kill


@pytest.mark.slow
def test_an_import_that_outlives_a_killed_move_is_waited_for(project: Project) -> None:
    before = project.snapshot()
    project.run("contoso", "--to", "broad")
    imports = [number for number, command in enumerate(project.commands(), 1) if "import" in command]
    for number in imports:
        for path in [*project.folder.glob("w365-move-*"), *project.states.glob("go")]:
            path.unlink()
        for name, text in before.items():
            (project.states if name.endswith("json") else project.folder / "customers/production").joinpath(name).write_text(text)
        killed = project.start("contoso", "--to", "broad", kill=f"{number}~", pipe=subprocess.DEVNULL)
        assert killed.wait(500) == -9
        has = project.has("broad", "contoso"), project.has("canary", "contoso")
        with project.start("contoso", "--to", "broad") as again:
            assert again.stderr
            told = again.stderr.readline()
            assert re.fullmatch(
                r"The state of stack (broad|canary) is still being written for a command that was killed: .*\n", told
            )
            assert (project.has("broad", "contoso"), project.has("canary", "contoso")) == has
            (project.states / "go").touch()
            assert again.communicate(timeout=500)[1] == ""
        assert again.returncode == 0
        assert_moved(project)


@pytest.mark.slow
def test_another_program_is_not_overwritten_and_another_move_waits(project: Project) -> None:
    project.run("contoso", "--to", "broad")
    imports = next(number for number, command in enumerate(project.commands(), 1) if "import" in command)
    project.stack(
        "canary", state(root("canary"), default("canary"), *customer("canary", "contoso"), *customer("canary", "fabrikam"))
    )
    project.stack("broad", state(root("broad"), default("broad"), *customer("broad", "northwind")))
    project.file("contoso", "canary")
    assert project.run("contoso", "--to", "broad", kill=f"{imports}+").returncode == -9
    for arguments in (("fabrikam", "--to", "broad"), ("contoso", "--to", "canary"), ("contoso", "--to", "broad", "--dry-run")):
        assert "run `w365 move contoso --to broad` first" in project.refused(*arguments)
    project.stack("canary", state(root("canary"), default("canary"), *customer("canary", "contoso")))
    assert "Stack canary was changed by another program while customer contoso was moved" in project.refused(
        "contoso", "--to", "broad"
    )


REFUSALS: list[tuple[str, tuple[str, ...]]] = [
    ("There is no customer 'contosso'; did you mean 'contoso'?", ("contosso", "--to", "broad")),
    ("has no stack 'brod'; did you mean 'broad'?", ("contoso", "--to", "brod")),
    ("is of the project 'other': customers move between stacks of one project", ("contoso", "--to", "organization/other/broad")),
    ("name the same stack", ("contoso", "--to", "broad", "--stack", "broad")),
    ("Stack broad does not take the ring 'early', only broad.", ("contoso", "--to", "broad", "--ring", "early")),
    ("Stack wide takes the rings wide, wider: say with --ring", ("contoso", "--to", "wide")),
    ("'wider' is not an allowed ring: shop:allowedRings of stack wide has canary, wide.", ("contoso", "--to", "wide", "--ring", "wider")),
    ("but stack elsewhere is configured for https://other.example.com", ("contoso", "--to", "elsewhere")),
    ("Stack apart reads other files (apart) than stack canary (production)", ("contoso", "--to", "apart")),
    ("Stack bare has a configuration file, but no state: run `pulumi stack init bare` first.", ("contoso", "--to", "bare")),
    ("Stack stuck has pending operations", ("contoso", "--to", "stuck")),
    ("reads config:fabrikamKey, which stack broad does not have", ("fabrikam", "--to", "broad")),
    ("No stack manages customer tailspin yet: set its ring in tailspin.yaml", ("tailspin", "--to", "broad")),
    ("Customer twice is managed by 2 stacks (stuck, wide)", ("twice", "--to", "broad")),
]  # fmt: skip


@pytest.mark.slow
def test_what_cannot_be_moved_is_refused_before_anything_is_changed(project: Project) -> None:
    allowed = {"shop:allowedRings": ["canary", "wide"]}
    project.stack("wide", state(root("wide"), *customer("wide", "twice")), ["wide", "wider"], allowed)
    project.stack("elsewhere", state(root("elsewhere")), config={"w365:baseUrl": "https://other.example.com"})
    project.stack("apart", state(root("apart")), config={"shop:customers": "apart"})
    project.stack("bare", state())
    (project.states / "bare.json").unlink()
    pending = {"pending_operations": [{"type": "creating", "resource": customer("stuck", "a")[1]}]}
    project.stack("stuck", state(root("stuck"), *customer("stuck", "twice"), **pending))
    project.file("tailspin", "late")
    sign_on = "sign_on: {authority: https://login.example/f, client_id: a, key_from: config:fabrikamKey}\n"
    project.file("fabrikam", "canary", sign_on)
    for reason, arguments in REFUSALS:
        assert reason in project.refused(*arguments), arguments
    project.stack("every", state(root("every")), config={"shop:rings": None})
    assert "Stack every takes every ring: say with --ring" in project.refused("contoso", "--to", "every")
    assert "Stack canary takes the ring 'canary' too" in project.refused("contoso", "--to", "every", "--ring", "canary")
    assert "Stack every takes every ring too" in project.refused("contoso", "--to", "broad")
    (project.folder / "Pulumi.every.yaml").unlink()
    (project.states / "every.json").unlink()
    lock = project.folder / "state/.pulumi/locks/organization/shop/broad/other.json"
    lock.parent.mkdir(parents=True)
    lock.write_text("{}")
    assert "Stack broad is in use by another run" in project.refused("contoso", "--to", "broad")


def moved(source: dict[str, Any], target: dict[str, Any]) -> deployments.Moved:
    return deployments.move(source, target, "contoso", "shop", ("canary", "broad"))


@pytest.mark.parametrize("front", [DYNAMIC, NATIVE])
def test_the_last_customer_takes_the_default_provider_along(front: str) -> None:
    source = state(root("canary"), default("canary", front), *customer("canary", "contoso", front))
    found = moved(source, state())
    arrived = found.target["deployment"]["resources"]
    assert arrived[:2] == [root("broad"), {**default("canary", front), "urn": default("broad", front)["urn"]}]
    assert [item["urn"] for item in arrived[2:]] == [item["urn"] for item in customer("broad", "contoso", front)]
    assert arrived[3]["provider"] == f"{default('broad', front)['urn']}::id-canary"
    assert found.source["deployment"]["resources"] == [root("canary")]
    assert "canary::shop" not in json.dumps(found.target)


def test_an_explicit_instance_is_that_of_the_target_or_comes_along() -> None:
    def instance(stack: str, id_: str, address: str) -> dict[str, Any]:
        inputs = {"w365:baseUrl": address, "w365:provisioningKey": secret(stack, "k")}
        return {**default(stack), "urn": urn(stack, "pulumi:providers:pulumi-python", "eu"), "id": id_, "inputs": inputs}

    mine = [
        item | ({"provider": f"{instance('canary', '1', '')['urn']}::1"} if item["custom"] else {})
        for item in customer("canary", "contoso")
    ]
    source = state(root("canary"), instance("canary", "1", INSTANCE), *mine)
    alone = moved(source, state(root("broad"))).target["deployment"]["resources"]
    assert (alone[1]["urn"], alone[1]["id"]) == (instance("broad", "1", INSTANCE)["urn"], "1")
    there = moved(source, state(root("broad"), instance("broad", "2", INSTANCE))).target["deployment"]["resources"]
    assert there[3]["provider"] == f"{instance('broad', '2', INSTANCE)['urn']}::2"
    with pytest.raises(CommandError, match="eu is another instance in stack broad"):
        moved(source, state(root("broad"), instance("broad", "2", "https://other.example.com")))


def test_what_would_lose_a_reference_is_refused() -> None:
    contoso, fabrikam = customer("canary", "contoso"), customer("canary", "fabrikam")
    target = state(root("broad"), default("broad"))
    needs = [*contoso[:2], {**contoso[2], "dependencies": [fabrikam[1]["urn"]]}]
    with pytest.raises(
        CommandError, match="OAuth2SignOn contoso refers to Environment fabrikam, which stack broad does not have"
    ):
        moved(state(root("canary"), default("canary"), *fabrikam, *needs), target)
    needed = [*fabrikam[:2], {**fabrikam[2], "dependencies": [contoso[1]["urn"]]}]
    with pytest.raises(CommandError, match="OAuth2SignOn fabrikam refers to contoso and would stay in stack canary"):
        moved(state(root("canary"), default("canary"), *contoso, *needed), target)
    with pytest.raises(CommandError, match="Environment contoso is still to be deleted or replaced"):
        moved(state(root("canary"), contoso[0], {**contoso[1], "pendingReplacement": True}), target)
