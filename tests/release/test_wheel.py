"""What is released: five distributions of one version, each with only what it ships, and they work without the rest of the project."""

import email
import re
import shutil
import signal
import tarfile
import threading
import tomllib
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from pulumi_workspace365_sandbox import workspace365

from .conftest import APIM, FOLDERS, ROOT, Environment, Installed, snake

PACKAGES = {
    "pulumi-workspace365": {"pulumi_workspace365", "pulumi_workspace365_components", "pulumi_workspace365_cli"},
    "pulumi-dynamic-host": {"pulumi_dynamic_host"},
    "pulumi-embedded-engine": {"pulumi_embedded_engine"},
    "pulumi-workspace365-sandbox": {"pulumi_workspace365_sandbox"},
    "pulumi-workspace365-policies": {"pulumi_workspace365_policies"},
}
SOURCES = {
    "pulumi-workspace365": {"providers", "components", "cli", "schemas", "README.md", "CHANGELOG.md"},
    "pulumi-dynamic-host": {"pulumi_dynamic_host", "pulumi_dynamic_host.pth", "README.md"},
    "pulumi-embedded-engine": {"pulumi_embedded_engine"},
    "pulumi-workspace365-sandbox": {"pulumi_workspace365_sandbox", "README.md"},
    "pulumi-workspace365-policies": {"pulumi_workspace365_policies", "README.md"},
}
PROGRAM = """
import pulumi
from pulumi_workspace365 import Environment, ExchangeSettings

contoso = Environment(
    "contoso",
    environment_name="contoso",
    admin_email="admin@contoso.example",
    admin_first_name="Carla",
    admin_last_name="Conti",
)
ExchangeSettings("contoso", environment=contoso, server_type="Office365")
pulumi.export("name", contoso.name)
"""
SOCKETS = """
from pulumi_workspace365_components import WebSocketApi, WebSocketApiArgs

service = {"resource_group_name": "platform", "service_name": "apim"}
WebSocketApi("chat", WebSocketApiArgs(**service, path="chat", service_url="wss://chat.example.com"))
"""
PLAIN = """
import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider


class Shelves(ResourceProvider):
    def create(self, props):
        return CreateResult("shelf-1", {**props, "place": "hall"})


class Shelf(Resource):
    place: pulumi.Output[str]

    def __init__(self, name):
        super().__init__(Shelves(), name, {"place": None})


pulumi.export("place", Shelf("hall").place)
"""
SUITE = """
import json, os, ssl, urllib.request
import pytest


def listed(server):
    headers = {"ProvisioningKey": os.environ["W365_PROVISIONING_KEY"], "X-Requested-With": "XMLHttpRequest", "Accept": "application/json"}
    request = urllib.request.Request(os.environ["W365_BASE_URL"] + "/Provisioning/Environment/", headers=headers)
    with urllib.request.urlopen(request) as answer:
        return [entry["name"] for entry in json.load(answer)]


def test_a_server(workspace365_server):
    workspace365_server.management.seed("contoso")
    assert listed(workspace365_server) == ["contoso"]
    with workspace365_server.fail("listEnvironments", status=503), pytest.raises(OSError, match="503"):
        listed(workspace365_server)


def test_another(workspace365_server):
    assert listed(workspace365_server) == []
    assert "pulumi_embedded_engine" not in __import__("sys").modules


def test_azure(workspace365_azure):
    trusted = ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"])
    with pytest.raises(OSError, match="401|404"):
        urllib.request.urlopen(os.environ["ARM_ENDPOINT"] + workspace365_azure.service_id, context=trusted)
    assert workspace365_azure.management.requests()
"""
ENGINE = ("python", "-m", "pulumi_embedded_engine")
SANDBOX = ("python", "-m", "pulumi_workspace365_sandbox")
BARE = ("-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:schemathesis", "-p", "no:hypothesispytest")


def project_of(distribution: str) -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((FOLDERS[distribution] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return found


def wheel_of(dist: Path, distribution: str) -> Path:
    [path] = dist.glob(f"{snake(distribution)}-*.whl")
    return path


def metadata_of(dist: Path, distribution: str) -> "email.message.Message[str, str]":
    with zipfile.ZipFile(wheel_of(dist, distribution)) as wheel:
        [name] = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
        return email.message_from_string(wheel.read(name).decode())


@pytest.mark.parametrize("distribution", FOLDERS)
def test_a_wheel_holds_what_ships_and_nothing_else(dist: Path, distribution: str) -> None:
    with zipfile.ZipFile(wheel_of(dist, distribution)) as wheel:
        names = [name for name in wheel.namelist() if ".dist-info/" not in name]
        launchers = [info for info in wheel.infolist() if info.filename.endswith("/pulumi-resource-pulumi-python")]
        assert [name for name in wheel.namelist() if name.endswith(".dist-info/licenses/LICENSE")]
    packages = PACKAGES[distribution]
    pth = {"pulumi_dynamic_host.pth"} if distribution == "pulumi-dynamic-host" else set()
    assert {name.partition("/")[0] for name in names} == packages | pth
    assert {f"{package}/py.typed" for package in packages} <= set(names)
    suffixes = {Path(name).suffix or Path(name).name for name in names}
    pack = {".yaml"} if distribution == "pulumi-workspace365-policies" else set()
    assert suffixes - pack <= {".py", ".pth", ".json", ".lark", ".md", ".typed", "pulumi-resource-pulumi-python", ".cmd"}
    assert all(info.external_attr >> 16 & 0o111 for info in launchers)
    assert {name for name in names if name.endswith(".cmd")} == {f"{info.filename}.cmd" for info in launchers}


def test_the_wheel_has_the_schemas_of_files(dist: Path) -> None:
    with zipfile.ZipFile(wheel_of(dist, "pulumi-workspace365")) as wheel:
        packed = {Path(name).name: wheel.read(name) for name in wheel.namelist() if "/schemas/" in name}
    assert packed == {path.name: path.read_bytes() for path in (ROOT / "schemas").iterdir()}


@pytest.mark.parametrize(
    "distribution", ["pulumi-workspace365", "pulumi-dynamic-host", "pulumi-workspace365-sandbox", "pulumi-workspace365-policies"]
)
def test_the_cli_takes_no_wheel_for_a_plugin_that_each_program_needs(dist: Path, distribution: str) -> None:
    """As it does with each installed package whose name begins with pulumi- and which has no such file."""
    with zipfile.ZipFile(wheel_of(dist, distribution)) as wheel:
        assert f"{snake(distribution)}/pulumi-plugin.json" in wheel.namelist()


def test_the_policy_pack_needs_nothing_else_of_this_project(environment: Environment) -> None:
    installed = environment("pulumi-workspace365-policies", without=APIM)
    folder = Path(installed.run("python", "-m", "pulumi_workspace365_policies").rstrip("\n"))
    assert folder.is_relative_to(installed.bin.parent)
    assert {path.name for path in folder.iterdir()} >= {"PulumiPolicy.yaml", "__main__.py"}
    ours = "import importlib.util as u; print(u.find_spec('pulumi_workspace365'), u.find_spec('pulumi_dynamic_host'))"
    assert installed.run("python", "-c", ours) == "None None\n"


@pytest.mark.parametrize("distribution", FOLDERS)
def test_an_sdist_holds_what_the_wheel_is_made_of(dist: Path, distribution: str) -> None:
    [path] = dist.glob(f"{snake(distribution)}-*.tar.gz")
    with tarfile.open(path) as sdist:
        top = {name.split("/")[1] for name in sdist.getnames()}
        [licence] = [sdist.extractfile(member) for member in sdist if member.name.endswith("/LICENSE")]
        assert licence is not None
        assert licence.read() == (ROOT / "LICENSE").read_bytes()
    assert top == SOURCES[distribution] | {"pyproject.toml", "LICENSE", "PKG-INFO", ".gitignore"}


@pytest.mark.parametrize("distribution", FOLDERS)
def test_a_wheel_tells_what_it_is_and_what_it_needs_at_least(dist: Path, distribution: str) -> None:
    told = metadata_of(dist, distribution)
    assert told["Name"] == distribution
    assert "Typing :: Typed" in told.get_all("Classifier", [])
    assert told["Project-URL"] == metadata_of(dist, "pulumi-workspace365")["Project-URL"]
    assert len(told.get_payload()) > 300  # the README
    needed = [line for line in told.get_all("Requires-Dist", []) if "extra == 'dev'" not in line]
    assert needed
    assert [line for line in needed if ">=" not in line and "==" not in line] == []


def test_there_is_one_version(dist: Path) -> None:
    version = project_of("pulumi-workspace365")["version"]
    assert {metadata_of(dist, name)["Version"] for name in FOLDERS} == {version}
    needed = metadata_of(dist, "pulumi-workspace365").get_all("Requires-Dist", [])
    ours = {line for line in needed if line.startswith("pulumi-") and "azure" not in line and "'dev'" not in line}
    assert ours == {f"pulumi-dynamic-host=={version}", f"pulumi-embedded-engine=={version}; extra == 'engine'"}
    for other in FOLDERS.keys() - {"pulumi-workspace365"}:
        assert project_of(other)["dynamic"] == ["version"]


@pytest.mark.slow
def test_the_quickstart_runs_from_the_wheels_without_azure_native(environment: Environment) -> None:
    installed = environment("pulumi-workspace365[engine]", without=APIM)
    told = installed.run("w365", "init")
    assert "pulumi-workspace365[apim]" in told
    assert "Next: " in told
    (installed.folder / "__main__.py").write_text(PROGRAM)
    (installed.folder / "state").mkdir()
    own = {"PULUMI_BACKEND_URL": f"file://{installed.folder}/state", "PULUMI_CONFIG_PASSPHRASE": "quickstart"}
    installed.run(*ENGINE, "stack", "init", "dev", variables=own)
    preview = installed.run(*ENGINE, "preview", "--stack", "dev", variables=own | {"W365_BASE_URL": "http://127.0.0.1:9"})
    assert "3 to create" in preview  # without a key, and with no server there
    with workspace365.running() as server:
        keys = server.management.state().keys
        own |= {"W365_BASE_URL": server.base_url, "W365_PROVISIONING_KEY": keys.provisioning_key, "W365_JOURNAL": "off"}
        assert "3 created" in installed.run(*ENGINE, "up", "--yes", "--stack", "dev", variables=own)
        assert "3 unchanged" in installed.run(*ENGINE, "up", "--yes", "--stack", "dev", variables=own)
        assert list(server.management.environments()) == ["contoso"]
        assert "contoso" in installed.run("w365", "environments", variables=own)

        assert "added: - name: workspace365" in installed.run("w365", "init", "--front", "native")
        (installed.folder / "__main__.py").write_text(PROGRAM.replace("pulumi_workspace365", "pulumi_workspace365.native"))
        assert "2 rewritten" in installed.run("w365", "migrate", "--to", "native", "--stack", "dev", variables=own)
        assert "3 unchanged" in installed.run(*ENGINE, "up", "--yes", "--stack", "dev", variables=own)
        assert "pulumi-python" not in installed.run(*ENGINE, "stack", "export", "--stack", "dev", variables=own)
        assert server.management.count("createEnvironment") == 1
    (installed.folder / "__main__.py").write_text(SOCKETS)
    said = installed.run(*ENGINE, "preview", "--stack", "dev", variables=own, code=1)
    assert "install pulumi-workspace365[apim]" in said
    assert "Traceback" not in said


@pytest.mark.slow
def test_the_command_works_with_the_components_and_without_the_engine(environment: Environment) -> None:
    installed = environment("pulumi-workspace365[apim]")
    where = installed.run("python", "-c", "import pulumi_workspace365 as w; print(w.__file__)")
    assert str(installed.folder) in where
    installed.run("python", "-c", "from pulumi_workspace365_components import WebSocketApi, WebSocketMonitoring")
    installed.run("python", "-c", "import pulumi_embedded_engine", code=1)
    installed.run("w365", "init")
    (installed.folder / "Pulumi.dev.yaml").write_text("config:\n  w365:baseUrl: http://127.0.0.1:9\n")
    for command in (["environments"], ["drift", "--stack", "dev"]):
        said = installed.run("w365", *command, code=1)
        assert "put pulumi on PATH, or install pulumi-workspace365[engine]" in said
        assert len(said.splitlines()) == 1, said
    assert "embedded engine is not installed" in installed.run("w365", "doctor", code=3)


@pytest.mark.slow
def test_the_host_and_the_engine_need_nothing_else_of_this_project(environment: Environment) -> None:
    installed = environment("pulumi-dynamic-host", "pulumi-embedded-engine", without=APIM)
    installed.run("python", "-c", "import pulumi_workspace365", code=1)
    executor = installed.folder / "pulumi-language-python-exec"
    executor.write_text("raise KeyboardInterrupt\n")
    assert not installed.run("python", str(executor), code=-signal.SIGINT)  # as the CLI ends a program; nothing is imported
    [host] = installed.folder.glob(".venv/lib/python*/site-packages/pulumi_dynamic_host")
    folder = installed.folder
    (folder / "Pulumi.yaml").write_text(
        "name: shelves\nruntime: {name: python, options: {virtualenv: .venv, toolchain: pip}}\n"
        f"plugins: {{providers: [{{name: pulumi-python, path: {host.relative_to(folder)}}}]}}\n"
    )
    (folder / "__main__.py").write_text(PLAIN)
    (folder / "state").mkdir()
    own = {"PULUMI_BACKEND_URL": f"file://{folder}/state", "PULUMI_CONFIG_PASSPHRASE": "x"}
    installed.run(*ENGINE, "stack", "init", "dev", variables=own)
    assert "2 created" in installed.run(*ENGINE, "up", "--yes", "--stack", "dev", variables=own)
    assert "2 unchanged" in installed.run(*ENGINE, "up", "--yes", "--stack", "dev", variables=own)
    assert installed.run(*ENGINE, "stack", "output", "place", "--stack", "dev", variables=own).strip() == "hall"


@pytest.mark.slow
def test_the_sandbox_needs_nothing_else_of_this_project(environment: Environment) -> None:
    installed = environment("pulumi-workspace365-sandbox", without=APIM)
    for other in ("pulumi_workspace365", "pulumi_dynamic_host", "pulumi_embedded_engine"):
        installed.run("python", "-c", f"import {other}", code=1)
    for operation in ("serve", "up", "reset"):
        said = installed.run(*SANDBOX, operation, code=2)
        assert said == "error: There is no Pulumi.yaml in .: give the project's folder with --program.\n"
    (installed.folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    assert "put the Pulumi CLI on PATH, or install pulumi-embedded-engine (not released yet" in installed.run(
        *SANDBOX, "up", code=2
    )
    said = installed.run(*SANDBOX, "up", "--report", "page.html", code=2)
    assert said.endswith("install pulumi-workspace365 (not released yet: `make wheels` in a clone builds it).\n")
    assert "start them with `python -m pulumi_workspace365_sandbox serve`" in installed.run(*SANDBOX, "variables", code=1)
    (installed.folder / "test_shop.py").write_text(SUITE)
    assert "3 passed" in installed.run("python", "-m", "pytest", "-q", *BARE)


@pytest.mark.slow
def test_an_example_is_tested_with_the_packages_alone(environment: Environment) -> None:
    installed = environment("pulumi-workspace365[engine]", "pulumi-workspace365-sandbox", without=APIM)
    folder, example = installed.folder, ROOT / "examples/one-environment"
    shutil.copy(example / "__main__.py", folder)
    shutil.copytree(example / "tests", folder / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    [host] = folder.glob(".venv/lib/python*/site-packages/pulumi_dynamic_host")
    (folder / "Pulumi.yaml").write_text(
        "name: one-environment\nruntime: {name: python, options: {virtualenv: .venv, toolchain: pip}}\n"
        f"plugins: {{providers: [{{name: pulumi-python, path: {host.relative_to(folder)}}}]}}\n"
    )
    assert "2 passed" in installed.run("python", "-m", "pytest", "-q", *BARE)


class Index(ThreadingHTTPServer):
    """A registry that knows no package; ``asked`` are the names that it was asked for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Simple)
        self.asked: set[str] = set()

    @property
    def options(self) -> list[str]:
        return ["--index-url", f"http://127.0.0.1:{self.server_port}/simple", "--retries", "0"]


class _Simple(BaseHTTPRequestHandler):
    server: Index

    def do_GET(self) -> None:
        self.server.asked.add(self.path.strip("/").rpartition("/")[2])
        self.send_error(404)

    def log_message(self, *_arguments: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def index() -> Iterator[Index]:
    with Index() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}).start()
        yield server
        server.shutdown()


def resolved(installed: Installed, *arguments: str) -> list[str]:
    """Which of the distributions pip would install."""
    done = installed.pip("install", "--dry-run", *arguments)
    return sorted(name for name in FOLDERS if re.search(rf"Would install .*\b{name}-\d", done))


@pytest.mark.slow
def test_no_registry_is_asked_for_the_distributions(environment: Environment, dist: Path, index: Index) -> None:
    """Who owned one of the names there could else put a package of theirs among ours."""
    installed, wheels = environment(), [str(path) for path in dist.glob("*.whl")]
    everything = sorted(FOLDERS)
    others = ("pulumi-workspace365[engine]", "pulumi-workspace365-sandbox", "pulumi-workspace365-policies")
    assert resolved(installed, *index.options, *wheels, "pulumi-workspace365[apim,engine]") == everything
    local = ["--no-index", "--find-links", str(dist)]
    assert resolved(installed, *index.options, *local, *others) == everything
    folders = [part for folder in FOLDERS.values() for part in ("-e", str(folder))]
    assert resolved(installed, *index.options, "--no-index", "--no-deps", "--no-build-isolation", *folders) == everything
    assert index.asked == set()
    resolved(installed, *index.options, "--find-links", str(dist), "pulumi-workspace365")
    assert set(FOLDERS) & index.asked, "a name alone is asked for"


def test_what_sets_a_checkout_up_names_the_distributions_by_their_folders() -> None:
    lines = [line for line in (ROOT / "Makefile").read_text(encoding="utf-8").splitlines() if " -m pip " in line]
    assert [line for line in lines if "--no-index" not in line and "--require-hashes" not in line] == []
    locked = re.findall(r"^([\w.-]+)==", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.MULTILINE)
    assert "pulumi" in locked
    assert set(FOLDERS) & set(locked) == set()
    sources = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["uv"]["sources"]
    assert {name: source["path"] for name, source in sources.items()} == {
        "pulumi-dynamic-host": "host",
        "pulumi-embedded-engine": "engine",
        "pulumi-workspace365-sandbox": "sandbox",
        "pulumi-workspace365-policies": "policies",
    }
