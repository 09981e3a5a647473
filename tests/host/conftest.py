import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent import futures
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, provider_pb2, provider_pb2_grpc, status_pb2

from tests.waiting import LONGEST

ROOT = Path(__file__).parents[2]
LAUNCHER = ROOT / "host/pulumi_dynamic_host/pulumi-resource-pulumi-python"
SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"
OPTIONS = [("grpc.max_metadata_size", 16 << 20)]  # an engine's: a partial failure travels in metadata


def secret(value: Any) -> dict[str, Any]:
    return {SIGNATURE: SECRET, "value": value}


def struct(values: Mapping[str, Any]) -> Struct:
    message = Struct()
    message.update(values)
    return message


@dataclass
class HostProcess:
    """A host under test, as an engine sees it."""

    process: subprocess.Popen[str]
    rpc: provider_pb2_grpc.ResourceProviderStub
    output: Path

    def create(self, props: Mapping[str, Any], **fields: Any) -> provider_pb2.CreateResponse:
        fields.setdefault("urn", "urn:pulumi:dev::p::pulumi-python:dynamic/sample_providers:Tree::tree")
        answer: provider_pb2.CreateResponse = self.rpc.Create(provider_pb2.CreateRequest(properties=struct(props), **fields))
        return answer


@dataclass
class Failed:
    """What an engine gets instead of an answer."""

    message: str
    partial: provider_pb2.ErrorResourceInitFailed | None


def failing(call: Callable[[], object]) -> Failed:
    with pytest.raises(grpc.RpcError) as caught:
        call()
    error: Any = caught.value
    partial = None
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            partial = provider_pb2.ErrorResourceInitFailed()
            assert status_pb2.Status.FromString(value).details[0].Unpack(partial)
    return Failed(error.details(), partial)


class Engine(engine_pb2_grpc.EngineServicer):
    """The engine's log."""

    def __init__(self) -> None:
        self.messages: list[engine_pb2.LogRequest] = []

    def Log(self, request: engine_pb2.LogRequest, context: grpc.ServicerContext) -> Empty:  # noqa: ARG002, N802  the protocol's
        self.messages.append(request)
        return Empty()


@dataclass
class Hosts:
    """Starts hosts in a program's folder."""

    engine: Engine
    address: str
    scratch: Path

    @contextmanager
    def ours(self, folder: Path, *, environment: Mapping[str, str] | None = None, **config: Any) -> Iterator[HostProcess]:
        with self.start([str(LAUNCHER), self.address], folder, environment or {}, config) as host:
            yield host

    @contextmanager
    def stock(self, folder: Path, **config: Any) -> Iterator[HostProcess]:
        with self.start([sys.executable, "-u", "-m", "pulumi.dynamic", self.address], folder, {}, config) as host:
            yield host

    @contextmanager
    def start(
        self, command: list[str], folder: Path, environment: Mapping[str, str], config: Mapping[str, Any]
    ) -> Iterator[HostProcess]:
        output = self.scratch / f"{len(list(self.scratch.iterdir()))}.err"
        with output.open("w") as errors:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env={**os.environ, "PULUMI_PROJECT": "foreign", "PULUMI_CONFIG": "{}", **environment},
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,
            )
        assert process.stdout
        with process, connected(process.stdout.readline()) as rpc:
            rpc.Configure(provider_pb2.ConfigureRequest(args=struct(config), acceptSecrets=True))
            try:
                yield HostProcess(process, rpc, output)
            finally:
                process.kill()


@contextmanager
def connected(port: str) -> Iterator[provider_pb2_grpc.ResourceProviderStub]:
    with grpc.insecure_channel(f"127.0.0.1:{int(port)}", options=OPTIONS) as channel:
        rpc = provider_pb2_grpc.ResourceProviderStub(channel)
        rpc.GetPluginInfo(Empty(), wait_for_ready=True, timeout=LONGEST)
        yield rpc


@pytest.fixture(scope="session")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    engine = Engine()
    server = grpc.server(futures.ThreadPoolExecutor(4))
    engine_pb2_grpc.add_EngineServicer_to_server(engine, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield Hosts(engine, f"127.0.0.1:{port}", tmp_path_factory.mktemp("hosts"))
    server.stop(None)


@pytest.fixture(scope="session")
def ours(hosts: Hosts) -> Iterator[HostProcess]:
    """Our host in the folder of ``sample_providers``, which it also knows for imports."""
    environment = {"W365_HOST_MODULES": "sample_providers"}
    with hosts.ours(Path(__file__).parent, environment=environment, **{"sample_providers:key": secret("configured-key")}) as host:
        yield host


@pytest.fixture(scope="session")
def stock(hosts: Hosts) -> Iterator[HostProcess]:
    """The SDK's own host, in the same folder."""
    with hosts.stock(Path(__file__).parent, **{"sample_providers:key": secret("configured-key")}) as host:
        yield host
