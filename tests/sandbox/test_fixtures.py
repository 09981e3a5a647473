"""The servers as fixtures, in suites as their users write them: beside fixtures of their own, on both engines, in parallel, killed."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests import waiting

ROOT = Path(__file__).parents[2]
ENGINES = ["embedded", *(["cli"] if shutil.which("pulumi") else [])]
PROJECT = """
name: shop
runtime: python
plugins: {{providers: [{{name: pulumi-python, path: {host}}}]}}
"""
PROGRAM = """
import os, pulumi
from pulumi_workspace365 import Environment

config = pulumi.Config()
made = Environment(
    "customer",
    environment_name=config.require("name"),
    admin_email="admin@contoso.example",
    admin_first_name="Carla",
    admin_last_name="Conti",
    active=True,
)
pulumi.export("name", made.name)
if config.get("careless"):
    print("the key is", os.environ["W365_PROVISIONING_KEY"])
"""
CONFTEST = """
import pytest


@pytest.fixture
def pulumi_config():
    return {"name": "contoso"}


@pytest.fixture(params=["own"])
def server(request):
    return request.param


@pytest.fixture
def azure(server):
    return server


@pytest.fixture
def snapshot(azure):
    return azure


@pytest.fixture
def variables(snapshot):
    return snapshot
"""
LIFE = """
import pytest

pytestmark = pytest.mark.pulumi(engine="both")


@pytest.mark.parametrize("name", ["contoso", "fabrikam"])
@pytest.mark.usefixtures("workspace365_server")
def test_plan(name, pulumi_stack, pulumi_preview, pulumi_plan_snapshot):
    pulumi_stack.configure({"name": name})
    pulumi_plan_snapshot(pulumi_preview())


def test_life(workspace365_server, pulumi_up, pulumi_preview, pulumi_refresh, pulumi_plan_snapshot):
    pulumi_up(again=False)
    assert list(workspace365_server.management.environments()) == ["contoso"]
    workspace365_server.management.change("contoso", is_active=False)
    assert pulumi_refresh().did("update") == ["customer"]
    pulumi_plan_snapshot(pulumi_preview(), "contoso is active again")
    assert pulumi_up().did("update") == ["customer"]
    assert workspace365_server.management.environment("contoso").is_active
"""
FAULTS = """
import pytest


def test_a_lost_answer_makes_no_second_environment(workspace365_server, pulumi_up):
    with workspace365_server.lose_answer("createEnvironment"):
        assert "was lost" in pulumi_up(again=False).warnings[0]
    assert workspace365_server.management.count("createEnvironment") == 1


def test_the_servers_keys_are_secrets_of_the_stack(workspace365_server, pulumi_stack, pulumi_up):
    pulumi_stack.configure({"careless": "yes"})
    with pytest.raises(AssertionError, match="showed a secret in clear"):
        pulumi_up()
"""
SERVERS = """
import os, urllib.request
import pytest

HEADERS = {"X-Requested-With": "XMLHttpRequest", "Accept": "application/json"}


def ask():
    headers = HEADERS | {"ProvisioningKey": os.environ["W365_PROVISIONING_KEY"]}
    request = urllib.request.Request(os.environ["W365_BASE_URL"] + "/Provisioning/Environment/", headers=headers)
    return urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=5).read()


def test_first(workspace365_server, workspace365_azure, variables):
    assert variables == "own"
    assert os.environ["W365_BASE_URL"] == workspace365_server.base_url
    assert "W365_PROVISIONING_KEY_FILE" not in os.environ
    assert os.environ["ARM_CLIENT_SECRET"] == workspace365_azure.client_secret
    assert "ARM_TENANT" not in os.environ
    assert "example.com" in os.environ["NO_PROXY"] and "127.0.0.1" in os.environ["NO_PROXY"]
    workspace365_server.management.seed("contoso")
    workspace365_server.management.change_keys(provisioning_key="another")
    workspace365_azure.management.delete(workspace365_azure.service_id)


def test_second(workspace365_server, workspace365_azure):
    assert ask() == b"[]"
    assert workspace365_azure.management.resource(workspace365_azure.service_id)
    assert workspace365_server.management.count() == 1


def test_faults(workspace365_server, monkeypatch):
    monkeypatch.undo()
    with workspace365_server.fail("listEnvironments", status=503, retry_after=1), pytest.raises(OSError, match="503"):
        ask()
    with workspace365_server.refuse("listEnvironments"), pytest.raises(OSError):
        ask()
    with workspace365_server.lose_answer("listEnvironments", times=None), pytest.raises(OSError):
        ask()
    with workspace365_server.delay("listEnvironments", seconds=0.01, times=None):
        ask()
    assert ask() == b"[]"
    assert workspace365_server.management.state().faults == []


def test_a_server_that_ended_is_started_again(workspace365_server):
    workspace365_server.process.kill()
    workspace365_server.process.wait()


def test_after_it(workspace365_server):
    assert ask() == b"[]"


def test_unmet(workspace365_server):
    with workspace365_server.fail("createEnvironment", environment="contoso"):
        pass


def test_unmet_at_the_end(workspace365_azure):
    workspace365_azure.fail("PUT apis", times=None)


def test_without_any():
    assert os.environ["W365_BASE_URL"] == "https://real.example.com"
"""
HANGING = """
import pathlib, threading, time


def test_hangs(workspace365_server, workspace365_azure, pulumi_up):
    def watch():
        while not workspace365_server.management.count("createEnvironment"):
            time.sleep(0.05)
        pathlib.Path("ready").touch()

    threading.Thread(target=watch, daemon=True).start()
    workspace365_server.delay("createEnvironment", seconds=600)
    pulumi_up()
"""
MARK = "SUITE_OF_THIS_TEST"


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """A project, with spaces in its name, whose tests are to be written."""
    folder = tmp_path / "my shop"
    (folder / "tests").mkdir(parents=True)
    (folder / "Pulumi.yaml").write_text(PROJECT.format(host=ROOT / "host/pulumi_dynamic_host"))
    (folder / "__main__.py").write_text(PROGRAM)
    (folder / "tests/conftest.py").write_text(CONFTEST)
    return folder


def command(*arguments: str, python: str = sys.executable) -> list[str]:
    plugins = [part for name in ("randomly", "schemathesis", "cacheprovider") for part in ("-p", f"no:{name}")]
    return [python, "-m", "pytest", "-q", "-c", "/dev/null", "--rootdir", ".", "--import-mode=importlib", *plugins, *arguments]


def environment(folder: Path, variables: Mapping[str, str]) -> dict[str, str]:
    return {**os.environ, MARK: str(folder), "PULUMI_EMBEDDED_ENGINE_GRACE": "0.1", **variables}


def run(folder: Path, *arguments: str, **variables: str) -> str:
    """What pytest prints; nothing that it started is left."""
    done = subprocess.run(
        command(*arguments), cwd=folder, env=environment(folder, variables), capture_output=True, text=True, check=False
    )
    assert list(alive(folder)) == [], done.stdout
    return done.stdout + done.stderr


def alive(folder: Path) -> Iterator[str]:
    """The processes of a suite, by what they carry in their environment."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            marked = f"{MARK}={folder}".encode() in (process / "environ").read_bytes().split(b"\0")
            words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()  # a zombie has none
        except OSError:
            continue
        if marked and words:
            yield words


@pytest.mark.slow
def test_each_test_finds_its_servers_empty_and_only_them(suite: Path) -> None:
    (suite / "tests/test_servers.py").write_text(SERVERS)
    real = {"W365_BASE_URL": "https://real.example.com", "W365_PROVISIONING_KEY_FILE": "key", "ARM_TENANT": "real"}
    told = run(suite, **real, NO_PROXY="example.com", http_proxy="http://127.0.0.1:9", ARM_ENDPOINT="https://arm.example.com")
    assert "1 failed, 7 passed, 1 error in" in told, told
    assert "injected for createEnvironment about 'contoso', but the server got no such request" in told
    assert "ERROR tests/test_servers.py::test_unmet_at_the_end" in told


@pytest.mark.slow
def test_a_suite_with_all_fixtures_runs_in_parallel(suite: Path) -> None:
    (suite / "tests/test_life.py").write_text(LIFE)
    (suite / "tests/test_faults.py").write_text(FAULTS)
    run(suite, "-n", "2", "--pulumi-update-snapshots", "--pulumi-engine", "embedded", "-k", "life or plan")
    snapshots = {path.stem: path.read_text() for path in (suite / "tests/pulumi_snapshots/test_life").iterdir()}
    [again] = snapshots.keys() - {"test_plan-contoso", "test_plan-fabrikam"}
    assert "active: false => true" in snapshots[again]
    assert 'environment_name: "fabrikam"' in snapshots["test_plan-fabrikam"]
    assert re.search(r"127\.0\.0\.1:\d|\d{4}-\d\d-\d\dT|v1:|__provider", "".join(snapshots.values())) is None
    (suite / "tests/pulumi_snapshots/test_life/old.txt").write_text("nothing to do\n")
    told = run(suite, "-n", "2")
    skipped = "" if "cli" in ENGINES else ", 3 skipped"
    assert f"{3 * len(ENGINES) + 2} passed{skipped} in" in told, told
    assert "old.txt: no test compares a plan with it" in told
    assert again not in told


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_what_a_killed_run_has_started_ends(suite: Path, engine: str) -> None:
    (suite / "tests/test_hangs.py").write_text(HANGING)
    with subprocess.Popen(
        command("--pulumi-engine", engine),
        cwd=suite,
        env=environment(suite, {}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as running:
        waiting.wait_for((suite / "ready").exists)
        assert len(list(alive(suite))) > 4
        running.send_signal(signal.SIGKILL)
    waiting.wait_for(lambda: not list(alive(suite)))


@pytest.mark.slow
def test_no_fixture_has_a_name_that_a_suite_may_use_itself(tmp_path: Path) -> None:
    listed = run(tmp_path, "--fixtures")
    [_, ours] = re.split(r"-+ fixtures defined from pulumi_workspace365_sandbox\.pytest_plugin -+\n", listed)
    names = set(re.findall(r"^(\w+)(?= .*-- | -- )", ours.partition("\n---")[0], re.MULTILINE))
    assert names == {"workspace365_server", "workspace365_azure"}
