"""Which stacks a command looks at, and what it says of several: through the real command, on states that an engine exports."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from pulumi_workspace365_sandbox.workspace365 import Server

from .conftest import Command, State

PULUMI = shutil.which("pulumi")


@dataclass
class Project:
    """A project of several stacks in a backend of its own."""

    root: Path
    server: Server

    def configure(self, stack: str, **config: Any) -> None:
        (self.root / f"Pulumi.{stack}.yaml").write_text(
            yaml.safe_dump({"config": {f"shop:{key}": value for key, value in config.items()}})
        )

    def deploy(self, stack: str, *resources: Mapping[str, Any], time: str = "2031-02-03T04:05:06Z") -> None:
        """Write the state of a stack as an engine keeps it."""
        of_stack = json.loads(
            json.dumps([_STACK, *({**resource, **_DATED} for resource in resources)]).replace(
                "urn:pulumi:dev::", f"urn:pulumi:{stack}::"
            )
        )
        manifest = {"time": time, "magic": "", "version": ""}
        latest = {"manifest": manifest, "resources": of_stack, "metadata": {}}
        path = self.root / "state/.pulumi/stacks/shop" / f"{stack}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"version": 3, "checkpoint": {"stack": f"organization/shop/{stack}", "latest": latest}}))

    def engine(self, *arguments: str) -> None:
        command = (
            [PULUMI]
            if PULUMI and PULUMI.startswith(tuple(os.environ["PATH"].split(":")))
            else [sys.executable, "-m", "pulumi_embedded_engine"]
        )
        subprocess.run([*command, "--non-interactive", *arguments], check=True, capture_output=True, cwd=self.root)


_STACK = {"urn": "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev", "custom": False, "type": "pulumi:pulumi:Stack"}
_DATED = {"created": "2031-01-01T00:00:00Z", "modified": "2031-01-02T00:00:00Z"}


@pytest.fixture(params=["embedded", *(["pulumi"] if PULUMI else [])])
def project(request: pytest.FixtureRequest, server: Server, bare: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    if request.param == "pulumi":
        monkeypatch.setenv("PATH", f"{Path(str(PULUMI)).parent}:/usr/bin:/bin")
    runtime = {"name": "python", "options": {"virtualenv": sys.prefix}}
    (bare / "Pulumi.yaml").write_text(yaml.safe_dump({"name": "shop", "runtime": runtime}))
    (bare / "state").mkdir()
    (bare / "Pulumi.production.example.yaml").write_text("config: {}\n")
    for name, value in {"BACKEND_URL": f"file://{bare / 'state'}", "HOME": str(bare / "home"), "CONFIG_PASSPHRASE": "x"}.items():
        monkeypatch.setenv(f"PULUMI_{name}", value)
    monkeypatch.setenv("PULUMI_SKIP_UPDATE_CHECK", "true")
    return Project(bare, server)


@pytest.fixture
def two(project: Project, server: Server, state: State) -> Project:
    """Two stacks, each with a customer; the sign-on keys of both end."""
    project.configure("canary", rings=["canary"], customers="production")
    project.configure("broad", customers="production")
    for stack, name in (("canary", "contoso"), ("broad", "fabrikam")):
        created = server.management.seed(name).creation_date
        project.deploy(stack, state.environment(name, created), state.sign_on(name, "2020-01-01", created))
    return project


@pytest.mark.slow
@pytest.mark.usefixtures("two")
def test_several_stacks_are_looked_at_together(w365: Command, server: Server) -> None:
    server.management.seed("stranger")
    found = w365("environments", "--stack", "canary", "--stack", "broad", "--output", "json").document
    assert {one["name"]: one["stacks"] for one in found["environments"]} == {
        "contoso": ["canary"],
        "fabrikam": ["broad"],
        "stranger": [],
    }
    assert found["coverage"]["managed"] == 2
    server.management.change("fabrikam", is_active=False)
    server.management.delete("contoso")
    ran = w365("drift", "--all-stacks", "--output", "json")
    assert (ran.code, ran.document["stacks"]) == (4, ["broad", "canary"])
    statuses = {(one["environment"], one["stack"], one["type"]): one["status"] for one in ran.document["findings"]}
    assert statuses[("contoso", "canary", "Environment")] == "gone"
    assert statuses[("fabrikam", "broad", "Environment")] == "drifted"
    assert statuses[("stranger", None, None)] == "unmanaged"
    assert server.management.statistics().by_operation["listEnvironments"] == 2


@pytest.mark.slow
@pytest.mark.usefixtures("two")
def test_drift_says_what_to_do_a_line_per_environment(w365: Command, server: Server) -> None:
    server.management.seed("stranger")
    server.management.change("fabrikam", is_active=False)
    server.management.delete("contoso")
    ran = w365("drift", "--all-stacks")
    lines = ran.out.splitlines()
    assert sum("contoso" in line and "created anew, empty" in line and "with 1 setting" in line for line in lines) == 1
    assert not any(line.startswith("stranger") for line in lines)
    assert "1 unmanaged (--all lists everything)" in ran.out
    assert "First: contoso: find out who deleted this" in " ".join(ran.out.split())
    assert "stranger" in w365("drift", "--all-stacks", "--all").out


@pytest.mark.slow
@pytest.mark.usefixtures("two")
def test_the_keys_of_all_stacks_are_told_and_licences_counted_once_per_instance(w365: Command, server: Server) -> None:
    ran = w365("expiry", "--all-stacks", "--output", "json")
    assert (ran.code, {key["stack"] for key in ran.document["keys"]}) == (3, {"canary", "broad"})
    one = w365("expiry", "--stack", "canary", "--output", "json").document
    assert {key["stack"] for key in one["keys"]} == {"canary"}
    counted = w365("licensing", "--all-stacks", "--output", "json").document
    assert [item["name"] for item in counted["environments"]] == ["contoso", "fabrikam"]
    assert server.management.statistics().by_operation["listEnvironments"] == 1


@pytest.mark.slow
@pytest.mark.usefixtures("two")
def test_a_stack_that_does_not_exist_is_refused_with_the_nearest(w365: Command, server: Server) -> None:
    for command in ("licensing", "doctor", "health"):
        assert "has no stack 'canry'; did you mean 'canary'?" in w365(command, "--stack", "canry").error
    assert "did you mean" in w365("drift", "--stack", "broad", "--stack", "canry").error
    assert "Did you mean the stack 'canary'?" in w365("drift", "--stack", "canry").error
    assert server.management.count() == 0


@pytest.mark.usefixtures("two")
def test_options_that_exclude_each_other_are_wrong_usage(w365: Command, server: Server, bare: Path) -> None:
    for line in (
        ("doctor", "--stack", "canary", "--stack", "broad"),
        ("drift", "--stack", "canary", "--all-stacks"),
        ("drift", "--state", bare / "Pulumi.yaml", "--all-stacks"),
        ("generate", "--state", bare / "Pulumi.yaml", "--all-stacks"),
    ):
        assert w365(*line).code == 2
    assert server.management.count() == 0


@pytest.mark.slow
def test_the_selected_stack_is_the_default_and_an_example_is_no_stack(two: Project, w365: Command) -> None:
    several = w365("expiry")
    assert (several.code, "has several stacks (broad, canary): say which" in several.error) == (1, True)
    two.engine("stack", "select", "canary")
    assert {key["stack"] for key in w365("expiry", "--output", "json").document["keys"]} == {"canary"}


def test_a_checks_file_needs_no_stack(two: Project, w365: Command, server: Server) -> None:
    checks = two.root / "checks.yaml"
    checks.write_text(yaml.safe_dump({"checks": [{"name": "health", "kind": "health"}]}))
    assert w365("check", "--config", checks).code == 0
    assert server.management.statistics().by_operation == {"getHealth": 1}


@pytest.mark.slow
def test_generate_leaves_out_what_any_stack_manages_and_follows_the_settings(two: Project, w365: Command, server: Server) -> None:
    server.management.seed("newcomer")
    ran = w365("generate", "--stack", "canary", "--unmanaged", "--output", "json")
    assert [one["file"] for one in ran.document["customers"]] == ["customers/production/newcomer.yaml"]
    assert yaml.safe_load((two.root / "customers/production/newcomer.yaml").read_text())["ring"] == "canary"
    assert not any("config set" in note for note in ran.document["notes"])
    assert "--stack canary" in ran.document["notes"][-1]
    assert "did you mean 'canary'?" in w365("generate", "--stack", "canry").error


@pytest.mark.slow
def test_the_key_of_one_instance_is_not_sent_to_another(
    two: Project, w365: Command, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for stack, address in (("canary", server.base_url), ("broad", "http://localhost:9")):
        (two.root / f"Pulumi.{stack}.yaml").write_text(yaml.safe_dump({"config": {"w365:baseUrl": address}}))
    monkeypatch.delenv("W365_BASE_URL")
    refused = w365("drift", "--all-stacks")
    assert "W365_HEALTH_API_KEY would apply to all of these stacks, which live on" in refused.error
    assert server.management.count() == 0


@pytest.mark.slow
def test_a_stack_that_was_never_deployed_manages_nothing(two: Project, w365: Command) -> None:
    two.configure("late", rings=["late"])
    ran = w365("environments", "--all-stacks", "--output", "json")
    assert (ran.code, ran.document["coverage"]["managed"]) == (0, 2)


@pytest.mark.slow
@pytest.mark.usefixtures("server")
def test_what_two_stacks_manage_is_told(two: Project, w365: Command, server: Server, state: State) -> None:
    """One of them with dynamic resources, the other with those of the package."""
    state.front = "native"
    created = server.management.environment("contoso").creation_date
    two.deploy("broad", state.environment("contoso", created))
    ran = w365("environments", "--all-stacks", "--output", "json")
    assert ran.document["environments"][0]["stacks"] == ["broad", "canary"]
    assert any("1 managed by several stacks: contoso" in note for note in ran.document["notes"])
    assert "managed by 2 stacks: broad, canary" in w365("fleet", "--output", "json").out


def customer(project: Project, name: str, ring: str, **fields: str) -> None:
    path = project.root / "customers/production" / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump({"key": f"{name}-resource", "ring": ring, "environment": {"name": name}, **fields}))


def test_the_fleet_shows_which_stack_manages_whom_and_what_is_wrong(
    two: Project, w365: Command, server: Server, state: State
) -> None:
    two.configure("broad", customers="production", rings=["broad", "early"])
    customer(two, "contoso", "canary", lifecycle="suspended")
    customer(two, "fabrikam", "canary")
    customer(two, "tailspin", "early")
    customer(two, "northwind", "late")
    date = "2031-01-01T00:00:00Z"
    two.deploy("broad", *(state.environment(name, date) for name in ("fabrikam", "forgotten", "contoso")))
    two.deploy("canary", state.environment("contoso", date), time="2031-05-06T07:08:09Z")
    ran = w365("fleet", "--output", "json")
    assert ran.code == 3
    found = {one["key"].removesuffix("-resource"): one for one in ran.document["customers"]}
    assert {name: one["problem"] for name, one in found.items()} == {
        "contoso": "managed by 2 stacks: broad, canary",
        "fabrikam": "managed by broad, but its ring 'canary' is of canary",
        "northwind": "no stack takes the ring 'late'",
        "tailspin": "not deployed yet",
        "forgotten": "no file",
    }
    contoso = found["contoso"]
    assert (contoso["lifecycle"], contoso["ring"], contoso["updated"]) == ("suspended", "canary", "2031-05-06T07:08:09+00:00")
    assert [(one["name"], one["rings"], one["managed"]) for one in ran.document["stacks"]] == [
        ("broad", ["broad", "early"], 3),
        ("canary", ["canary"], 1),
    ]
    assert server.management.count() == 0


@pytest.mark.slow
def test_a_fleet_without_mistakes_is_well_and_comes_in_each_format(two: Project, w365: Command) -> None:
    two.configure("broad", customers="production", rings=["broad"])
    customer(two, "contoso", "canary")
    customer(two, "fabrikam", "broad")
    ran = w365("fleet", "--output", "csv")
    assert ran.code == 0
    rows = ran.out.splitlines()
    assert rows[0] == "customer,environment,stack,ring,lifecycle,last_update,status,what"
    assert rows[1].startswith("contoso-resource,contoso,canary,canary,active,2031-02-03 04:05,ok,")
    shown = w365("fleet", "--output", "prometheus").out.splitlines()
    own = 'customer="contoso-resource",'
    known = 'environment="contoso",lifecycle="active",'
    assert f'workspace365_customer_info{{{own}{known}project="shop",ring="canary",stack="canary"}} 1.0' in shown
    assert f'workspace365_customer_ok{{{own}project="shop",stack="canary"}} 1.0' in shown
    assert f'workspace365_customer_managed{{{own}project="shop",stack="canary"}} 1.0' in shown
    assert any(
        line.startswith('workspace365_stack_update_timestamp_seconds{project="shop",stack="canary"} 1.9') for line in shown
    )
    one = w365("fleet", "--stack", "canary", "--output", "json")
    assert (one.code, [customer["key"] for customer in one.document["customers"]]) == (0, ["contoso-resource"])
    (two.root / "customers/production/broken.yaml").write_text("key: [")
    assert "customers/production/broken.yaml, line 2" in w365("fleet").error
