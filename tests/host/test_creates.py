"""What a create made is recorded, whatever its answer holds and whatever fails beside it: seen by an engine, at the real host."""

import itertools
import json
import resource
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.json_format import MessageToDict
from pulumi.dynamic.dynamic import PROVIDER_KEY
from pulumi.runtime.proto import provider_pb2, status_pb2

from pulumi_workspace365.environment import EnvironmentProvider
from pulumi_workspace365.lifecycle.journal import Journal
from pulumi_workspace365.resource.base import _reference
from tests.host.conftest import SECRET, SIGNATURE, HostProcess, Hosts, secret

PERSON = {"admin_email": "admin@contoso.example", "admin_first_name": "Carla", "admin_last_name": "-"}
PASSWORD = '"TemporaryPassword": "Secret-1!"'


class Answering:
    """A server that answers a create with whatever bytes it is told to, and lists what was created."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.posts = 0
        self.answer = b""
        self.on_post: Callable[[], None] = lambda: None
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.send(json.dumps([{"name": name, "isActive": True} for name in server.names]).encode())

            def do_POST(self) -> None:
                wanted = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                server.posts += 1
                server.names.append(wanted["EnvironmentName"])
                server.on_post()
                self.send(server.answer)

            def send(self, body: bytes) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "application/json; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Nothing."""

        return Handler


@dataclass
class Recorded:
    """What an engine puts into state of a create: nothing when ``id`` is empty."""

    id: str = ""
    outs: dict[str, Any] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)
    failure: str = ""

    @property
    def password(self) -> Any:
        """The temporary password, which is a secret."""
        value = self.outs.get("temporary_password", secret(None))
        assert value[SIGNATURE] == SECRET
        return value["value"]


@dataclass
class Creates:
    """Creates at one host, each of an environment of its own."""

    host: HostProcess
    server: Answering
    hosts: Hosts
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def create(self, answer: str | bytes | None = None, **arguments: Any) -> Recorded:
        """Create the next environment; the server answers these fields, or bytes, in which NAME is its name."""
        name = f"customer{next(self.numbers)}"
        body = (
            f'{{"Id": "5f3c", "EnvironmentName": "NAME", {answer or PASSWORD}}}'.encode()
            if not isinstance(answer, bytes)
            else answer
        )
        self.server.answer = body.replace(b"NAME", name.encode())
        defaults = {"active": True, "adopt_existing": False, "deletion_protection": False, "name_policy": "accept"}
        props = {**defaults, **PERSON, "environment_name": name, **arguments, "instance": self.server.base_url}
        props |= {"temporary_password": secret(None), PROVIDER_KEY: _reference(EnvironmentProvider)}
        urn = f"urn:pulumi:dev::p::pulumi-python:dynamic/workspace365:Environment::{name}"
        try:
            answered = self.host.create(props, urn=urn)
        except grpc.RpcError as problem:
            error: Any = problem
            for key, value in error.trailing_metadata() or ():
                if key == "grpc-status-details-bin":
                    partial = provider_pb2.ErrorResourceInitFailed()
                    assert status_pb2.Status.FromString(value).details[0].Unpack(partial)
                    return Recorded(partial.id, MessageToDict(partial.properties), list(partial.reasons))
            return Recorded(failure=error.details())
        return Recorded(answered.id, MessageToDict(answered.properties))


@contextmanager
def creating(hosts: Hosts, folder: Path, **environment: str) -> Iterator[Creates]:
    server = Answering()
    settings = {
        "W365_BASE_URL": server.base_url,
        "W365_PROVISIONING_KEY": "some-provisioning-key",
        "W365_SETTLE_SECONDS": "0",
        "W365_JOURNAL": str(folder / "journal.jsonl"),
        **environment,
    }
    try:
        with hosts.ours(folder, environment=settings) as host:
            yield Creates(host, server, hosts)
    finally:
        server.close()


@pytest.fixture(scope="module")
def creates(hosts: Hosts, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Creates]:
    with creating(hosts, tmp_path_factory.mktemp("creates")) as started:
        yield started


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        (r'"half \ud800 a pair"', r"half \ud800 a pair"),
        (r'"\udfff"', r"\udfff"),
        (r'"a whole \ud83d\udd12 pair"', "a whole \U0001f512 pair"),
        (r'"null \u0000 and \u001b[31m"', "null \0 and \x1b[31m"),
        (f'"{"x" * 100_000}"', "x" * 100_000),
        ("12345678", "12345678"),
        ("1" * 5000, "1" * 5000),
        ("1.5e400", "Infinity"),
        ("true", "true"),
        (r'["a", "ü\ud800"]', r'["a", "ü\ud800"]'),
        ('{"Value": "a"}', '{"Value": "a"}'),
        ('""', None),
        ("null", None),
    ],
    ids=lambda text: str(text)[:20].encode("ascii", "backslashreplace").decode(),
)
def test_whatever_the_temporary_password_is_it_is_kept_with_its_environment(
    creates: Creates, told: str, kept: str | None
) -> None:
    recorded = creates.create(f'"TemporaryPassword": {told}')
    assert (recorded.failure, recorded.reasons) == ("", [])
    assert (recorded.id, recorded.outs["environment_id"]) == (creates.server.names[-1], "5f3c")
    assert recorded.password == kept
    assert recorded.outs["temporary_password_available"] == (kept is not None)


@pytest.mark.parametrize(
    ("id_", "kept"), [("17", "17"), ("null", None), (r'"\udead"', r"\udead"), ('{"a": [1]}', '{"a": [1]}'), ('""', "")]
)
def test_whatever_the_id_is_the_environment_is_recorded(creates: Creates, id_: str, kept: str | None) -> None:
    recorded = creates.create(f'{{"EnvironmentName": "NAME", "Id": {id_}, {PASSWORD}}}'.encode())
    assert (recorded.id, recorded.outs.get("environment_id"), recorded.password) == (creates.server.names[-1], kept, "Secret-1!")


@pytest.mark.parametrize("name", ["", '"EnvironmentName": null, ', '"EnvironmentName": ["NAME"], ', '"EnvironmentName": "", '])
def test_an_answer_without_a_name_is_found_on_the_list_and_the_rest_of_it_is_kept(creates: Creates, name: str) -> None:
    recorded = creates.create(f'{{{name}"Id": "5f3c", {PASSWORD}}}'.encode())
    assert (recorded.failure, recorded.id) == ("", creates.server.names[-1])
    assert (recorded.outs["environment_id"], recorded.password) == ("5f3c", "Secret-1!")


def test_an_answer_in_another_encoding_is_not_given_up(creates: Creates) -> None:
    recorded = creates.create('{"Id": "5f3c", "EnvironmentName": "NAME", "TemporaryPassword": "Größe-1"}'.encode("cp1252"))
    assert (recorded.id, recorded.password) == (creates.server.names[-1], "Größe-1")
    recorded = creates.create('{"Id": "5f3c", "EnvironmentName": "NAMÉ", "TemporaryPassword": "Secret-1!"}'.encode("cp1252"))
    assert (recorded.id, recorded.password) == (creates.server.names[-1], "Secret-1!")


def test_a_full_disk_under_the_audit_file_is_a_warning(hosts: Hosts, tmp_path: Path) -> None:
    with creating(hosts, tmp_path, W365_AUDIT="/dev/full") as creates:
        recorded = creates.create()
    assert (recorded.id, recorded.password, recorded.reasons) == ("customer0", "Secret-1!", [])
    assert any(
        "audit line of \"create environment 'customer0'\" could not be written" in log.message for log in hosts.engine.messages
    )


def test_a_disk_that_is_full_once_the_request_is_sent_loses_neither_environment_nor_password(
    hosts: Hosts, tmp_path: Path
) -> None:
    folder = tmp_path / "handed"
    folder.mkdir()
    with creating(hosts, tmp_path, W365_AUDIT=str(tmp_path / "audit.jsonl")) as creates:
        full = (0, resource.RLIM_INFINITY)
        creates.server.on_post = lambda: resource.prlimit(creates.host.process.pid, resource.RLIMIT_FSIZE, full) and None
        recorded = creates.create(temporary_password_to=f"file:{folder}/password")
    assert (recorded.id, recorded.password) == ("customer0", "Secret-1!")
    assert "The temporary password of 'customer0' could not be handed over" in recorded.reasons[0]
    assert list(folder.iterdir()) == []
    said = [log.message for log in hosts.engine.messages]
    assert any("'customer0' was created, but could not be noted in the journal" in message for message in said)
    (left,) = Journal(tmp_path / "journal.jsonl").open_intents()
    assert (left.subject.folded, left.name) == ("customer0", None)


def test_a_disk_that_is_full_before_sends_nothing(hosts: Hosts, tmp_path: Path) -> None:
    with creating(hosts, tmp_path) as creates:
        assert creates.create().id == "customer0"
        size = (tmp_path / "journal.jsonl").stat().st_size
        for room in (0, 10):
            resource.prlimit(creates.host.process.pid, resource.RLIMIT_FSIZE, (size + room, resource.RLIM_INFINITY))
            recorded = creates.create()
            assert (recorded.id, creates.server.posts) == ("", 1)
            assert recorded.failure.startswith(
                f"The journal of creates, {tmp_path}/journal.jsonl, cannot be written (File too large)"
            )
            assert "\n" not in recorded.failure
        assert (tmp_path / "journal.jsonl").stat().st_size == size
        resource.prlimit(creates.host.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert creates.create().id == "customer3"
        assert [intent.name for intent in Journal(tmp_path / "journal.jsonl").open_intents()] == ["customer0", "customer3"]


@pytest.mark.parametrize("target", ["command:false", "file:{folder}/sub/password"])
def test_a_handover_that_fails_keeps_the_password_in_state(hosts: Hosts, tmp_path: Path, target: str) -> None:
    with creating(hosts, tmp_path) as creates:
        (tmp_path / "sub").mkdir()
        creates.server.on_post = (tmp_path / "sub").rmdir
        recorded = creates.create(temporary_password_to=target.format(folder=tmp_path))
    assert (recorded.id, recorded.password) == ("customer0", "Secret-1!")
    assert "could not be handed over" in recorded.reasons[0]
