"""The host, the providers, the components and the command in interpreters that have nothing of POSIX (``without_posix``).

docs/windows.md says what that shows and what it does not.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent import futures
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from google.protobuf.json_format import MessageToDict
from pulumi.runtime.proto import engine_pb2_grpc, provider_pb2

from pulumi_workspace365.environment import EnvironmentProvider
from pulumi_workspace365.resource.base import _reference
from pulumi_workspace365_sandbox import workspace365
from tests.host.conftest import Engine, HostProcess, Hosts, failing, struct
from tests.host.test_answers import reference, tree
from tests.project import ROOT
from tests.waiting import LONGEST

HERE = Path(__file__).parent
FOLDER = ROOT / "host/pulumi_dynamic_host"
SAMPLES = ROOT / "tests/host"
URN = "urn:pulumi:dev::p::pulumi-python:dynamic/workspace365:Environment::contoso"
BREAK = 21
"""SIGBREAK on Windows, with which the engine ends its plugins."""
WINDOWS = {
    "PYTHONPATH": str(HERE / "without_posix"),
    "PYTHONWARNDEFAULTENCODING": "1",
    "PYTHONIOENCODING": "cp1252",
    "PYTHONUTF8": "0",
}


@contextmanager
def running(
    folder: Path, scratch: Path, variables: Mapping[str, str] | None = None, **config: Any
) -> Iterator[tuple[HostProcess, grpc.Server]]:
    """A host, and the server of its engine."""
    engine, server = Engine(), grpc.server(futures.ThreadPoolExecutor(2))
    engine_pb2_grpc.add_EngineServicer_to_server(engine, server)
    address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    hosts = Hosts(engine, address, scratch)
    with hosts.start([sys.executable, "-u", str(FOLDER), address], folder, {**WINDOWS, **(variables or {})}, config) as host:
        yield host, server
    server.stop(None)


def python(*arguments: str, folder: Path, code: int = 0, **variables: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, **WINDOWS, **variables},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done


def test_the_host_serves_providers_and_ends_with_ctrl_break(tmp_path: Path) -> None:
    with running(SAMPLES, tmp_path) as (host, _):
        assert host.rpc.Check(provider_pb2.CheckRequest(urn=URN, news=struct(tree()))).inputs["size"] == 1
        made = host.create(tree())
        assert made.id == "tree-1"
        update = provider_pb2.UpdateRequest(id="tree-1", urn=URN, olds=made.properties, news=struct(tree(size=2)))
        assert MessageToDict(host.rpc.Update(update).properties)["size"] == 2
        assert host.rpc.Delete(provider_pb2.DeleteRequest(id="tree-1", urn=URN, properties=struct(tree()))) == Empty()
        assert failing(lambda: host.create(tree(do="frost", pin="1"))).message == "it froze while pin was 1"
        host.rpc.Cancel(Empty())
        host.process.send_signal(BREAK)
        assert host.process.wait(timeout=LONGEST) == 0, host.output.read_text(encoding="utf-8")


@pytest.mark.slow
def test_an_environment_is_created_updated_and_deleted_and_the_host_ends_with_its_engine(tmp_path: Path) -> None:
    own = {"W365_JOURNAL": str(tmp_path / "kept" / "journal.jsonl"), "W365_AUDIT": str(tmp_path / "audit.jsonl")}
    own["PULUMI_HOME"] = str(tmp_path / "home")
    with workspace365.running() as server, running(tmp_path, tmp_path, {**server.variables, **own}) as (host, engine):
        inputs = struct(
            {
                "__provider": _reference(EnvironmentProvider),
                "environment_name": "contoso",
                "admin_email": "admin@contoso.example",
                "admin_first_name": "Carla",
                "admin_last_name": "-",
                "temporary_password_to": f"file:{tmp_path / 'password'}",
            }
        )
        checked = host.rpc.Check(provider_pb2.CheckRequest(urn=URN, news=inputs))
        assert list(checked.failures) == []
        made = host.rpc.Create(provider_pb2.CreateRequest(urn=URN, properties=checked.inputs))
        assert made.id == "contoso"
        assert list(server.management.environments()) == ["contoso"]
        inactive = provider_pb2.CheckRequest(urn=URN, olds=checked.inputs, news=inputs)
        inactive.news.update({"active": False, "deletion_protection": False})
        news = host.rpc.Check(inactive).inputs
        update = provider_pb2.UpdateRequest(id="contoso", urn=URN, olds=made.properties, news=news)
        updated = host.rpc.Update(update).properties
        assert MessageToDict(updated)["active"] is False
        news["adopt_existing"] = True
        del news["temporary_password_to"]
        adopted = host.rpc.Create(provider_pb2.CreateRequest(urn=f"{URN}-anew", properties=news))
        assert adopted.id == "contoso"
        host.rpc.Delete(provider_pb2.DeleteRequest(id="contoso", urn=URN, properties=updated))
        assert list(server.management.environments()) == ["contoso"]  # which is the other resource's now
        engine.stop(None)
        assert host.process.wait(timeout=LONGEST) == 0
    assert (tmp_path / "password").read_bytes()
    assert [json.loads(line)["outcome"] for line in (tmp_path / "audit.jsonl").read_bytes().splitlines()]
    assert (tmp_path / "kept" / "journal.jsonl").read_bytes().count(b"\r") == 0


IMPORT_ALL = """
import importlib, pkgutil, sys
for name in sys.argv[1:]:
    package = importlib.import_module(name)
    for module in pkgutil.walk_packages(package.__path__, f"{name}."):
        is_run = module.name.endswith((".__main__", ".generation.program"))
        if not is_run and ".protocol." not in module.name:  # whose modules are the SDK's
            importlib.import_module(module.name)
"""


@pytest.mark.slow
def test_every_module_is_imported(tmp_path: Path) -> None:
    packages = ("pulumi_dynamic_host", "pulumi_workspace365", "pulumi_workspace365_components", "pulumi_workspace365_cli")
    python("-c", IMPORT_ALL, *packages, "pulumi_embedded_engine", folder=tmp_path)


SAVE = """
import datetime, pathlib, sys
from pulumi_workspace365_cli.conformance.pending_removals import CreateRecord, CreateRecords
records = CreateRecords(pathlib.Path(sys.argv[1]))
record = CreateRecord("https://example.com", "token", 1, "contoso", datetime.datetime.now(datetime.UTC))
with records.exclusive_lock(record.instance):
    records.save(record)
    assert records.for_instance(record.instance) == [record]
    records.delete(record)
"""


SPLIT = r"""
from pulumi_workspace365.lifecycle import password_delivery
line = r'"C:\Program Files\vault.exe" put C:\keys --label="two words"'
assert password_delivery._split(line) == [r"C:\Program Files\vault.exe", "put", r"C:\keys", "--label=two words"]
"""


@pytest.mark.slow
def test_a_command_may_stand_in_a_folder(tmp_path: Path) -> None:
    python("-c", SPLIT, folder=tmp_path)


@pytest.mark.slow
def test_what_conformance_has_to_remove_is_recorded(tmp_path: Path) -> None:
    python("-c", SAVE, str(tmp_path / "records"), folder=tmp_path)


@pytest.mark.slow
def test_the_command_sets_a_project_up_and_diagnoses_it(tmp_path: Path) -> None:
    folder = tmp_path / "Größe 東京"
    folder.mkdir()
    ran = python("-m", "pulumi_workspace365_cli", "init", "--output", "json", folder=folder)
    assert json.loads(ran.stdout)["changed"] == [
        "Pulumi.yaml",
        ".pulumi-host/pulumi-resource-pulumi-python",
        ".pulumi-host/pulumi-resource-pulumi-python.cmd",
        "requirements.txt",
        ".gitignore",
        "__main__.py",
        "customers/dev/contoso.yaml",
        "schemas/customer.json",
    ]
    assert "東京" in ran.stdout
    (folder / ".pulumi-host/pulumi-resource-pulumi-python.cmd").unlink()
    told = python("-m", "pulumi_workspace365_cli", "doctor", "--output", "json", folder=folder, code=3, PATH="").stdout
    details = {check["name"]: check["detail"] for check in json.loads(told)["checks"]}
    assert details["host"] == "Pulumi.yaml names .pulumi-host, which contains no executable pulumi-resource-pulumi-python.cmd"
    assert "embedded engine is not installed" in details["engine"]


@pytest.mark.slow
def test_the_embedded_engine_says_that_it_does_not_run(tmp_path: Path) -> None:
    ran = python("-m", "pulumi_embedded_engine", "stack", "ls", folder=tmp_path, code=1)
    assert ran.stdout == ""
    [line] = ran.stderr.splitlines()
    assert line.startswith("error: the embedded engine does not run on Windows")


@pytest.mark.slow
def test_a_provider_is_kept_by_reference() -> None:
    """As on other systems: a stack may be used from both."""
    shown = python(
        "-c",
        "from pulumi.dynamic.dynamic import *; import sample_providers as s; print(serialize_provider(s.TreeProvider()))",
        folder=SAMPLES,
    )
    assert shown.stdout.strip() == reference()
