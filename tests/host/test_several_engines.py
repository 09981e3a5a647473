"""One host that serves several engines, over gRPC: what is each engine's own, and what the end of one does to the others."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import engine_pb2_grpc, plugin_pb2, provider_pb2, provider_pb2_grpc

from tests.host.conftest import LAUNCHER, OPTIONS, SECRET, SIGNATURE, Engine, failing, struct
from tests.host.test_answers import tree
from tests.waiting import LONGEST, wait_for

HERE = Path(__file__).parent
URN = "urn:pulumi:{}::p::pulumi-python:dynamic/sample_providers:Tree::tree"
Rpc = provider_pb2_grpc.ResourceProviderStub


@dataclass
class SharedHost:
    """A host under test, as whoever starts it sees it."""

    process: "subprocess.Popen[str]"
    output: Path
    closing: ExitStack
    pool: ThreadPoolExecutor
    servers: list[grpc.Server] = field(default_factory=list)

    def ask(self, **request: Any) -> dict[str, Any]:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def abandon(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()

    def connect(self, port: int, address: str = "", **config: Any) -> Rpc:
        """A connection of its own to a port, attached and configured."""
        options = [*OPTIONS, ("grpc.use_local_subchannel_pool", 1)]
        rpc = Rpc(self.closing.enter_context(grpc.insecure_channel(f"127.0.0.1:{port}", options=options)))
        if address:
            rpc.Attach(plugin_pb2.PluginAttach(address=address), timeout=LONGEST)
        if config:
            rpc.Configure(configuration(**config), timeout=LONGEST)
        return rpc

    def engine(self) -> tuple[Engine, str]:
        """An engine's log, and its address; the last one that was made is ended by `servers.pop().stop(None)`."""
        engine, server = Engine(), grpc.server(ThreadPoolExecutor(2))
        engine_pb2_grpc.add_EngineServicer_to_server(engine, server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        self.servers.append(server)
        return engine, f"127.0.0.1:{port}"

    def waiting(self, rpc: Rpc, folder: Path, mark: str, do: str = "wait for cancel", seconds: float = LONGEST) -> "Future[Any]":
        """A create in progress."""
        future = self.pool.submit(create, rpc, mark, do=do, folder=str(folder), mark=mark, seconds=seconds)
        wait_for((folder / f"{mark}.started").exists)
        return future


def configuration(**config: Any) -> provider_pb2.ConfigureRequest:
    return provider_pb2.ConfigureRequest(
        args=struct({f"sample_providers:{key}": value for key, value in config.items()}), acceptSecrets=True
    )


def create(rpc: Rpc, stack: str = "dev", **props: Any) -> Mapping[str, Any]:
    props = tree("ShareableProvider", **props)
    answer = rpc.Create(provider_pb2.CreateRequest(urn=URN.format(stack), properties=struct(props)), timeout=LONGEST)
    outputs: Mapping[str, Any] = answer.properties
    return outputs


@contextmanager
def started(output: Path, *arguments: str, **variables: str) -> Iterator[SharedHost]:
    with output.open("w") as errors:
        process = subprocess.Popen(
            [str(LAUNCHER), *arguments],
            cwd=HERE,
            env={**os.environ, "PULUMI_PROJECT": "p", "PULUMI_CONFIG": "{}", **variables},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )
    with process, ThreadPoolExecutor(8) as pool, ExitStack() as closing:
        host = SharedHost(process, output, closing, pool)
        try:
            yield host
        finally:
            process.kill()
            for server in host.servers:
                server.stop(None)


@contextmanager
def shared(output: Path, **variables: str) -> Iterator[SharedHost]:
    with started(output, "--shared", **variables) as host:
        assert host.process.stdout
        assert json.loads(host.process.stdout.readline())["ready"]
        yield host


@pytest.fixture
def host(tmp_path: Path) -> Iterator[SharedHost]:
    with shared(tmp_path / "output") as host:
        yield host


def test_each_engine_has_its_configuration_log_and_prints(host: SharedHost) -> None:
    engines = {name: host.engine() for name in ("anna", "bert")}
    rpcs = {name: host.connect(host.ask(open=name)["port"], engines[name][1], gardener=name) for name in engines}
    pin = {SIGNATURE: SECRET, "value": "hunter2-pin"}
    assert [create(rpcs[name], name, do="gardener", pin=pin)["gardener"] for name in ("anna", "bert")] == ["anna", "bert"]
    create(rpcs["bert"], "bert", do="gardener", pin="hunter2-pin")  # what is secret in one stack is in no log
    for name, count in (("anna", 1), ("bert", 2)):
        messages = engines[name][0].messages
        assert [message.message for message in messages] == [f"{name} waters with [secret]", f"{name} prints"] * count
        assert {message.urn for message in messages} == {URN.format(name)}
    assert host.output.read_text() == ""


def test_a_host_that_no_engine_has_started_serves_all_that_attach(tmp_path: Path) -> None:
    with started(tmp_path / "output") as host:
        assert host.process.stdout
        port = int(host.process.stdout.readline())
        engine, address = host.engine()
        anna, bert = (host.connect(port, address, gardener=name) for name in ("anna", "bert"))
        assert [create(rpc, do="gardener")["gardener"] for rpc in (anna, bert)] == ["anna", "bert"]
        assert [message.message for message in engine.messages][1::2] == ["anna prints", "bert prints"]
        last = host.waiting(anna, tmp_path, "a")
        waiting = host.waiting(bert, tmp_path, "b")
        bert.Cancel(Empty())
        waiting.result(LONGEST)
        host.process.send_signal(signal.SIGINT)
        assert not last.done()
        anna.Cancel(Empty())
        last.result(LONGEST)
        assert host.process.wait(LONGEST) == 0


def test_a_provider_that_does_not_say_that_it_can_be_shared_is_refused(host: SharedHost) -> None:
    rpc = host.connect(host.ask(open="a")["port"], gardener="anna")
    failed = failing(lambda: rpc.Create(provider_pb2.CreateRequest(urn=URN, properties=struct(tree()))))
    assert failed.message.startswith("TreeProvider of sample_providers does not say")
    assert failed.message.endswith("run each stack with a host of its own")


def test_connections_to_one_port_are_kept_apart(host: SharedHost) -> None:
    """An engine makes one for each provider resource."""
    port = host.ask(open="a")["port"]
    anna = host.connect(port, gardener="anna")
    assert create(host.connect(port), do="gardener")["gardener"] == "anna"  # connected anew after a long pause
    bert = host.connect(port, gardener="bert")
    assert [create(rpc, do="gardener")["gardener"] for rpc in (anna, bert)] == ["anna", "bert"]
    again = host.connect(port)
    assert "which configuration is meant is not known" in failing(lambda: create(again, do="gardener")).message
    anna.Configure(configuration(gardener="anna"))
    assert "cannot be told apart" in failing(lambda: anna.Configure(configuration(gardener="bert"))).message
    assert create(anna, do="gardener")["gardener"] == "anna"


def test_a_wave_begins_for_those_that_connect_after_it(host: SharedHost) -> None:
    port = host.ask(open="a")["port"]
    old = host.connect(port, gardener="anna")
    moments = [create(old, do="gardener")["fresh_since"]]
    assert host.ask(wave="") == {"wave": 1}
    moments += [create(rpc, do="gardener")["fresh_since"] for rpc in (old, host.connect(port, gardener="anna"))]
    assert moments[0] == moments[1] < moments[2]


def test_a_cancel_is_told_to_the_calls_of_its_engine_alone(host: SharedHost, tmp_path: Path) -> None:
    rpcs = [host.connect(host.ask(open=name)["port"], gardener=name) for name in "ab"]
    a, b = (host.waiting(rpc, tmp_path, mark) for rpc, mark in zip(rpcs, "ab", strict=True))
    rpcs[0].Cancel(Empty())
    assert a.result()["root"] == "cut short"
    assert not b.done()
    assert create(rpcs[0], do="gardener")["gardener"] == "a"
    rpcs[1].Cancel(Empty())
    assert b.result()["root"] == "cut short"


@pytest.mark.slow
def test_the_end_of_one_engine_is_told_to_its_calls_alone(host: SharedHost, tmp_path: Path) -> None:
    rpcs = [host.connect(host.ask(open=name)["port"], host.engine()[1], gardener=name) for name in "ab"]
    a, b = (host.waiting(rpc, tmp_path, mark) for rpc, mark in zip(rpcs, "ab", strict=True))
    host.servers.pop().stop(None)
    assert b.result()["root"] == "cut short"
    assert not a.done()
    assert create(rpcs[0], do="gardener")["gardener"] == "a"
    rpcs[0].Cancel(Empty())
    assert a.result()["root"] == "cut short"


def test_a_port_that_is_closed_serves_nobody_and_what_runs_there_ends(host: SharedHost, tmp_path: Path) -> None:
    port = host.ask(open="a")["port"]
    rpc = host.connect(port, gardener="anna")
    running = host.waiting(rpc, tmp_path, "a", "sleep", 0.5)
    assert host.ask(close=port) == {"closed": port}
    with pytest.raises(grpc.RpcError):
        running.result()
    wait_for((tmp_path / "a.ended").exists)
    with pytest.raises(grpc.RpcError):
        create(rpc, do="gardener")
    assert host.ask(close=port) == {"closed": port}
    assert host.ask(nothing=1) == {"error": "unknown request"}


@pytest.mark.slow
def test_a_host_whose_starter_is_gone_serves_its_engines_to_their_end(tmp_path: Path) -> None:
    with shared(tmp_path / "output", PULUMI_DYNAMIC_HOST_UNUSED_SECONDS="1") as host:
        rpc = host.connect(host.ask(open="a")["port"], host.engine()[1], gardener="anna")
        running = host.waiting(rpc, tmp_path, "a", "sleep", 2)
        host.abandon()
        assert running.result()["root"] == "deep"
        assert create(rpc, do="gardener")["gardener"] == "anna"
        host.servers.pop().stop(None)
        assert host.process.wait(timeout=LONGEST) == 0


@pytest.mark.slow
@pytest.mark.parametrize("with_call", [False, True])
def test_a_host_whose_starter_and_engines_are_gone_ends(tmp_path: Path, *, with_call: bool) -> None:
    with shared(tmp_path / "output", PULUMI_DYNAMIC_HOST_UNUSED_SECONDS="1") as host:
        rpc = host.connect(host.ask(open="a")["port"], host.engine()[1], gardener="anna")
        if with_call:
            host.waiting(rpc, tmp_path, "a", "sleep", LONGEST)
        host.servers.pop().stop(None)
        host.abandon()
        assert host.process.wait(timeout=LONGEST) == int(with_call)


def test_an_interrupt_is_for_the_engines_and_a_termination_lets_calls_end(host: SharedHost, tmp_path: Path) -> None:
    rpc = host.connect(host.ask(open="a")["port"], gardener="anna")
    running = host.waiting(rpc, tmp_path, "a")
    host.process.send_signal(signal.SIGINT)
    assert host.ask(wave="") == {"wave": 1}
    assert not running.done()
    host.process.terminate()
    assert running.result()["root"] == "cut short"
    assert host.process.wait(timeout=LONGEST) == 0
    assert host.output.read_text() == ""
