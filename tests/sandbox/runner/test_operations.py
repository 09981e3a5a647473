"""`python -m sandbox up|preview|refresh|destroy`: what reaches the engine, and what people and machines are told."""

import json
import os
import pty
import subprocess
import sys

import pytest

from tests.sandbox.runner.workbench import SECRET, Workbench, diagnostic, ended, outputs, resource_event, summary

ENVIRONMENT = "workspace365:index:CustomerEnvironment$pulumi-python:dynamic/workspace365:Environment::contoso"


@pytest.mark.parametrize(
    ("operation", "flags"),
    [
        ("up", ["--yes", "--skip-preview", "--refresh", "--run-program"]),
        ("preview", ["--refresh", "--run-program"]),
        ("refresh", ["--yes", "--skip-preview"]),
        ("destroy", ["--yes", "--skip-preview"]),
    ],
)
def test_the_engine_is_driven_without_questions(workbench: Workbench, operation: str, flags: list[str]) -> None:
    done = workbench.sandbox(operation, "--stack", "mine")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"Engine: the Pulumi CLI ({workbench.root / 'bin/pulumi'})" in done.stdout
    [call] = [call for call in workbench.calls if call.get("arguments", [""])[0] == operation]
    assert call["arguments"][1 : len(flags) + 1] == flags
    assert call["arguments"][len(flags) + 1 : -2] == ["--stack", "mine", "--non-interactive", "--color", "never"]
    assert call["arguments"][-2] == "--event-log"


def test_the_engine_keeps_to_this_machine_whatever_the_users_environment_says(workbench: Workbench) -> None:
    workbench.variables |= {
        "PULUMI_BACKEND_URL": "s3://real",
        "PULUMI_ACCESS_TOKEN": "pul-0123456789",
        "PULUMI_CONFIG_PASSPHRASE": "of the user",
        "PULUMI_CONFIG_PASSPHRASE_FILE": "/home/user/passphrase",
        "W365_BASE_URL": "https://real.example",
        "W365_PROVISIONING_KEY": "a real key of a real tenant",
        "W365_PROVISIONING_KEY_FILE": "/home/user/key",
        "HTTP_PROXY": "http://proxy.example:3128",
        "NO_PROXY": "intranet.example",
    }
    assert workbench.sandbox("up").returncode == 0
    seen = workbench.calls[-2]["environment"]
    folder = workbench.root / ".sandbox"
    assert seen["PULUMI_BACKEND_URL"] == f"file://{folder / 'state'}"
    assert seen["PULUMI_HOME"] == str(folder / "pulumi-home")
    assert seen["PULUMI_CONFIG_PASSPHRASE"] == "sandbox"
    assert seen["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] == "true"
    assert seen["W365_BASE_URL"].startswith("http://127.0.0.1:")
    assert seen["W365_PROVISIONING_KEY"] != "a real key of a real tenant"
    assert seen["NO_PROXY"] == "intranet.example,127.0.0.1,localhost"
    assert not {"PULUMI_ACCESS_TOKEN", "PULUMI_CONFIG_PASSPHRASE_FILE", "W365_PROVISIONING_KEY_FILE"} & seen.keys()


def test_without_local_servers_the_environment_is_left_as_it_is(workbench: Workbench) -> None:
    own = {"PULUMI_BACKEND_URL": "s3://real", "PULUMI_HOME": "/home/user/.pulumi", "W365_BASE_URL": "https://real.example"}
    workbench.variables |= own
    assert workbench.sandbox("destroy", "--no-servers").returncode == 0
    assert workbench.operations == ["destroy"]  # no stack made, no protection lifted
    seen = workbench.calls[0]["environment"]
    assert own.items() <= seen.items()
    assert not {"W365_ALLOW_DELETE", "PULUMI_CONFIG_PASSPHRASE", "W365_PROVISIONING_KEY"} & seen.keys()
    assert not (workbench.root / ".sandbox/ports.json").exists()


def test_the_stack_is_made_once(workbench: Workbench) -> None:
    workbench.sandbox("preview", "--no-servers")
    workbench.sandbox("preview", "--no-servers")
    assert workbench.operations == ["stack", "preview", "preview"]


def test_destroy_lifts_the_protection_of_local_environments_and_says_so(workbench: Workbench) -> None:
    done = workbench.sandbox("destroy")
    assert workbench.operations == ["stack", "state", "destroy"]
    assert workbench.calls[1]["arguments"] == ["state", "unprotect", "--all", "--yes", "--stack", "sandbox", "--non-interactive"]
    assert workbench.calls[2]["environment"]["W365_ALLOW_DELETE"] == "*"
    assert [line for line in done.stdout.splitlines() if "W365_ALLOW_DELETE" in line] == [
        "Local servers only: lifting the protection of the stack's resources, and W365_ALLOW_DELETE=*."
    ]


def test_what_changed_is_told_in_plain_lines_and_what_did_not_is_only_counted(workbench: Workbench) -> None:
    left = ended("refresh", "x:index:Check::gate", {"outputs": {"port": 443}}, {"outputs": {"port": 443}})
    left[1]["resOutputsEvent"]["metadata"]["detailedDiff"] = {"port": {"diffKind": "update"}}  # of an update that failed before
    was, drifted = {"inputs": {"active": True}, "outputs": {"active": True}}, {"inputs": {}, "outputs": {"active": False}}
    workbench.tell(
        *ended("create", ENVIRONMENT, new={"inputs": {}, "outputs": {}}),
        *ended("refresh", ENVIRONMENT, was, drifted),
        *ended("update", ENVIRONMENT, was, {"inputs": {"active": False}}),
        *ended("refresh", "x:index:Gone::fabrikam", was, None),
        *ended("same", "x:index:Quiet::northwind", was, was),
        *left,
        *ended("create", "pulumi:providers:pulumi-python::default"),
        *outputs(count=3, list=[1, "é"], password=SECRET),
        summary(create=1, update=1, same=2),
    )
    done = workbench.sandbox("up", "--no-servers")
    lines = [line.partition(" (0.")[0] for line in done.stdout.splitlines()[1:]]
    assert lines[:-1] == [
        "+ created Environment contoso",
        "≠ Environment contoso was changed outside: active: true → false",
        "~ updated Environment contoso [active: true → false]",
        "≠ Gone fabrikam is gone",
        "count: 3",
        'list: [1, "é"]',
        "password: [secret]",
    ]
    assert lines[-1].startswith("up done: 1 created, 1 updated, 2 unchanged in ")
    assert "\x1b" not in done.stdout


def test_a_preview_tells_what_would_be_done(workbench: Workbench) -> None:
    component = ended("create", "workspace365:index:CustomerEnvironment::fabrikam", new={"outputs": {}}, planning=True)
    workbench.tell(
        *ended("delete", ENVIRONMENT, {"inputs": {}}, planning=True),
        *component,
        component[1],  # again, with its outputs
        summary(create=1, delete=1),
    )
    done = workbench.sandbox("preview", "--no-servers").stdout
    assert "- would delete Environment contoso\n" in done
    assert done.count("would create CustomerEnvironment fabrikam\n") == 1
    assert "preview done: 1 to create, 1 to delete in " in done


@pytest.mark.parametrize("environment", [ENVIRONMENT, "workspace365:index:Environment::contoso"])
def test_a_customer_who_vanished_is_told_how_one_parts_with_a_customer_and_no_secret_that_is_no_news(
    workbench: Workbench, environment: str
) -> None:
    text = (
        f'Preview failed: resource "{environment}" cannot be deleted\nbecause it is protected. To unprotect the resource, either'
    )
    workbench.tell(diagnostic(text, urn=environment), *outputs(password=SECRET, url="wss://x"), summary(same=1))
    workbench.variables["SCRIPT_EXIT"] = "255"
    done = workbench.sandbox("preview", "--no-servers")
    lines = done.stdout.splitlines()[3:]
    assert "add it with `lifecycle: retired` in the customer's file" in lines[0]
    assert lines[1] == "url: wss://x"
    assert lines[2].startswith("preview failed with 1 error: 1 unchanged in ")


def test_a_refresh_deletes_nothing_and_does_not_say_so(workbench: Workbench) -> None:
    begun = resource_event("resourcePreEvent", "refresh", ENVIRONMENT)
    workbench.tell(begun, resource_event("resOutputsEvent", "delete", ENVIRONMENT, {"inputs": {}}), summary(delete=1))
    done = workbench.sandbox("refresh", "--no-servers").stdout
    assert "Environment contoso is gone" in done
    assert "refresh done: 1 gone in " in done
    assert "deleted" not in done


def test_a_failure_is_told_once_with_its_resource_and_exit_code_1(workbench: Workbench) -> None:
    problem = diagnostic("environment 'contoso' already exists", urn=ENVIRONMENT)
    workbench.tell(
        resource_event("resourcePreEvent", "create", ENVIRONMENT),
        problem,
        problem,
        resource_event("resOpFailedEvent", "create", ENVIRONMENT),
        diagnostic("Resource monitor has terminated, shutting down"),
        diagnostic("update failed"),
        summary(),
        diagnostic("Traceback (most recent call last):", "info#err"),
        diagnostic("registering resource", "debug"),
    )
    workbench.variables["SCRIPT_EXIT"] = "255"
    done = workbench.sandbox("up", "--no-servers")
    assert done.returncode == 1
    assert done.stdout.count("already exists") == 1
    assert "error: Environment contoso: environment 'contoso' already exists" in done.stdout
    assert "! failed to create Environment contoso" in done.stdout
    assert "up failed with 1 error: 1 failed in " in done.stdout
    for noise in ("update failed", "monitor", "Traceback", "registering"):
        assert noise not in done.stdout


def test_what_the_engine_only_prints_is_told_too(workbench: Workbench) -> None:
    workbench.variables |= {"SCRIPT_EXIT": "1", "SCRIPT_STDERR": "error: the stack is locked"}
    done = workbench.sandbox("preview", "--no-servers")
    assert (done.returncode, "error: the stack is locked\n" in done.stdout) == (1, True)


def test_a_stack_that_cannot_be_made_fails_the_run_before_it_begins(workbench: Workbench) -> None:
    workbench.variables["SCRIPT_STATE_EXIT"] = "3"
    done = workbench.sandbox("up", "--no-servers")
    assert done.returncode == 1
    assert "error: The engine's `stack init` ended with exit code 3" in done.stdout
    assert workbench.operations == ["stack"]


def test_keys_are_masked_wherever_the_engine_repeats_them(workbench: Workbench) -> None:
    key = workbench.variables["W365_PROVISIONING_KEY"] = "0f3e5c1a-made-up"
    workbench.tell(diagnostic(f"the key {key} is wrong"), *outputs(leak=key), summary())
    workbench.variables |= {"SCRIPT_EXIT": "1", "SCRIPT_STDERR": f"what about {key}?"}
    for options in ([], ["--json"]):
        done = workbench.sandbox("up", "--no-servers", *options)
        assert "the key [secret] is wrong" in done.stdout
        assert key not in done.stdout + done.stderr


def test_json_is_one_document_and_nothing_else(workbench: Workbench) -> None:
    workbench.tell(
        *ended("create", ENVIRONMENT, new={"inputs": {}}),
        diagnostic("careful", "warning", ENVIRONMENT),
        *outputs(password=SECRET, later="04da6b54-80e4-46f7-96ec-b56ff0331ba9"),
        summary(create=1),
    )
    done = workbench.sandbox("up", "--no-servers", "--json")
    told = json.loads(done.stdout)
    assert done.stderr == ""
    assert told.pop("seconds") > 0
    urn = f"urn:pulumi:sandbox::scripted::{ENVIRONMENT}"
    assert told == {
        "operation": "up",
        "project": "scripted",
        "stack": "sandbox",
        "engine": "pulumi",
        "exitCode": 0,
        "problems": [],
        "changes": {"create": 1},
        "steps": [{"op": "create", "urn": urn, "keys": [], "failed": False}],
        "diagnostics": [{"severity": "warning", "message": "careful", "urn": urn}],
        "outputs": {"password": "[secret]", "later": "[unknown]"},
    }


@pytest.mark.parametrize(("no_color", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_a_terminal_gets_colours_unless_they_are_unwanted(workbench: Workbench, no_color: dict[str, str], coloured: bool) -> None:
    workbench.tell(*ended("create", ENVIRONMENT, new={"inputs": {}}), summary(create=1))
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "sandbox", "preview", "--no-servers", "--program", str(workbench.root)]
    environment = workbench.environment | {"TERM": "xterm-256color"} | no_color
    with subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=theirs) as process:
        os.close(theirs)
        shown = b""
        try:
            while piece := os.read(ours, 4096):
                shown += piece
        except OSError:  # how a terminal says that nobody writes to it any more
            os.close(ours)
    assert process.returncode == 0
    assert b"Environment contoso" in shown
    assert (b"\x1b[32m" in shown) is coloured


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["up", "--engine", "terraform"], "terraform"),
        (["sideways"], "sideways"),
        (["up", "--json", "--engine", "pulumi"], "there is no `pulumi` on PATH"),
    ],
)
def test_wrong_use_is_exit_code_2(workbench: Workbench, arguments: list[str], says: str) -> None:
    (workbench.root / "bin/pulumi").unlink()
    workbench.variables["PATH"] = str(workbench.root / "bin")
    done = workbench.sandbox(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_without_a_project_is_exit_code_2(workbench: Workbench) -> None:
    (workbench.root / "Pulumi.yaml").unlink()
    done = workbench.sandbox("up", "--no-servers")
    assert done.returncode == 2
    assert f"There is no Pulumi.yaml in {workbench.root}" in done.stderr
    assert not (workbench.root / ".sandbox").exists()


@pytest.mark.parametrize("operation", ["preview", "refresh", "destroy"])
def test_a_stack_of_which_nothing_is_known_is_refused_and_not_made(workbench: Workbench, operation: str) -> None:
    done = workbench.sandbox(operation, "--stack", "nope")
    assert done.returncode == 1
    assert (
        "error: There is no stack 'nope': neither a Pulumi.nope.yaml nor a state of it. Only `up` makes a new one." in done.stdout
    )
    assert workbench.operations == []


def test_one_problem_of_many_resources_is_told_once(workbench: Workbench) -> None:
    urn = "pulumi-python:dynamic/workspace365:Environment::{}"
    complaint = "pulumi-python:dynamic/workspace365:Environment resource '{}' has a problem: no instance"
    workbench.tell(*(diagnostic(complaint.format(name), urn=urn.format(name)) for name in "abcde"))
    workbench.variables |= {"SCRIPT_EXIT": "1"}
    done = workbench.sandbox("up")
    assert "error: Environment a, Environment b, Environment c and 2 more: no instance\n" in done.stdout
    assert done.stdout.count("no instance") == 1
