"""A proxy on the way stops a check for reasons of its own, which say nothing of what is asked; what it knows is shown nowhere."""

import dataclasses
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from pulumi_workspace365.api.client import Client
from pulumi_workspace365.api.configuration import Settings
from pulumi_workspace365.apim.client import ConnectivityClient
from pulumi_workspace365_components.validation import checks, runner
from pulumi_workspace365_components.validation.clients import Clients
from pulumi_workspace365_components.validation.verdicts import Verdict
from tests import ports
from tests.components.validation import scripted
from tests.components.validation.conftest import Asked
from tests.components.validation.scripted import Visit

ASKED = [
    ("websocket", "wss://chat.example.com/x"),
    ("http", "https://chat.example.com/x"),
    ("websocket", "ws://chat.example.com/x"),
]
LOGIN = "user:very-secret-word@"


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def through(address: str, monkeypatch: pytest.MonkeyPatch, variables: tuple[str, ...] = ("https_proxy", "http_proxy")) -> None:
    for name in variables:
        monkeypatch.setenv(name, address)


@pytest.mark.parametrize(("kind", "url"), ASKED)
@pytest.mark.parametrize(
    ("answers", "told"),
    [
        (lambda visit: visit.status(407, "Proxy-Authenticate: Basic\r\n"), "answers 407 (it wants a user name and a password)"),
        (lambda visit: visit.status(502), "answers 502"),
        (lambda visit: visit.send("SSH-2.0-OpenSSH_9.7\r\n"), "answers no HTTP"),
        (lambda _: None, "breaks the connection off"),
        (Visit.stay, "says nothing in time"),
    ],
)
@pytest.mark.parametrize("variables", [("https_proxy", "http_proxy"), ("all_proxy",)])
def test_a_proxy_that_lets_nobody_through_is_named(
    asked: Asked,
    monkeypatch: pytest.MonkeyPatch,
    *,
    kind: str,
    url: str,
    answers: Callable[[Visit], None],
    told: str,
    variables: tuple[str, ...],
) -> None:
    with scripted.running(answers) as proxy:
        through(f"http://{LOGIN}127.0.0.1:{proxy.port}", monkeypatch, variables)
        verdict = asked(kind, url, timeout=1 if answers is Visit.stay else 10)
    assert verdict.state == "not reachable from here", verdict.advice
    assert f"the proxy 127.0.0.1:{proxy.port} {told}" in verdict.message
    assert "NO_PROXY" in verdict.remedy
    assert "very-secret" not in verdict.advice
    assert [line.split()[1] for line in proxy.asked] == [f"chat.example.com:{80 if url.startswith('ws:') else 443}"]


@pytest.mark.parametrize(("kind", "url"), ASKED)
@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("http://{login}127.0.0.1:{free}", "the proxy 127.0.0.1:{free} refuses the connection"),
        ("http://{login}nowhere.invalid:3128", "the proxy nowhere.invalid:3128 has a name that cannot be resolved"),
        ("socks5://{login}127.0.0.1:{free}", "the proxy 127.0.0.1:{free} is a SOCKS proxy, which checks cannot use"),
        ("socks5h://{login}nowhere.invalid:1080", "the proxy nowhere.invalid:1080 is a SOCKS proxy"),
        ("ftp://{login}127.0.0.1:{free}", "is not an http:// or https:// address"),
        ("http://{login}127.0.0.1:99999", "of the environment variables is not an address"),
        ("http://[::1", "of the environment variables is not an address"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_named(
    asked: Asked, monkeypatch: pytest.MonkeyPatch, *, kind: str, url: str, address: str, told: str
) -> None:
    free = ports.free()
    through(address.format(login=LOGIN, free=free), monkeypatch)
    verdict = asked(kind, url)
    assert verdict.state == "not reachable from here", verdict.advice
    assert told.format(free=free) in verdict.message
    assert "very-secret" not in verdict.advice
    assert not asked(kind, url, when_unreachable="warn").is_failure


CLIENTS = Clients(
    lambda: Client(Settings("https://portal.example.com", health_api_key="key", request_timeout=5)),
    lambda: (ConnectivityClient("https://management.example.com", lambda: "token"), "00000000-0000-0000-0000-000000000001"),
)
BY_CLIENTS = [
    {"kind": "health"},
    {
        "kind": "connectivity",
        "resource_group_name": "platform",
        "service_name": "contoso-apim",
        "region": "northeurope",
        "address": "chat.internal.example.com",
        "port": 443,
    },
]


def asked_by_a_client(fields: dict[str, Any], timeout: float = 20) -> Verdict:
    return runner.run([checks.parse_check({"name": "asked", "timeout": timeout, **fields})], dataclasses.replace(CLIENTS))[0]


@pytest.mark.parametrize("fields", BY_CLIENTS, ids=lambda fields: fields["kind"])
@pytest.mark.parametrize(
    ("answers", "told"),
    [
        (lambda visit: visit.status(407, "Proxy-Authenticate: Basic\r\n"), "answers 407 (it wants a user name and a password)"),
        (lambda visit: visit.send("SSH-2.0-OpenSSH_9.7\r\n"), "answers no HTTP"),
        (lambda _: None, "breaks the connection off"),
        (Visit.stay, "says nothing in time"),
    ],
)
def test_a_proxy_that_stops_a_client_says_nothing_about_the_server(
    monkeypatch: pytest.MonkeyPatch, *, fields: dict[str, Any], answers: Callable[[Visit], None], told: str
) -> None:
    with scripted.running(answers) as proxy:
        through(f"http://{LOGIN}127.0.0.1:{proxy.port}", monkeypatch)
        verdict = asked_by_a_client(fields, timeout=3 if answers is Visit.stay else 20)
    assert verdict.state == "not reachable from here", verdict.advice
    assert f"the proxy 127.0.0.1:{proxy.port} {told}" in verdict.message
    assert "NO_PROXY" in verdict.remedy
    assert "very-secret" not in verdict.advice


@pytest.mark.parametrize("fields", BY_CLIENTS, ids=lambda fields: fields["kind"])
@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("http://{login}127.0.0.1:{free}", "the proxy 127.0.0.1:{free} refuses the connection"),
        ("http://{login}nowhere.invalid:3128", "the proxy nowhere.invalid:3128 has a name that cannot be resolved"),
        ("socks5://{login}127.0.0.1:{free}", "the proxy 127.0.0.1:{free} is a SOCKS proxy"),
        ("socks5h://{login}nowhere.invalid:1080", "the proxy nowhere.invalid:1080 is a SOCKS proxy"),
        ("ftp://{login}127.0.0.1:{free}", "the proxy 127.0.0.1:{free} is not an http:// or https:// address"),
        ("http://[::1", "the proxy (unreadable) is not an http:// or https:// address"),
        ("http://user:3128/very-secret@127.0.0.1:{free}", "the proxy (unreadable) is not an http:// or https:// address"),
        ("http://very-secret:3128#@127.0.0.1:{free}", "the proxy (unreadable) is not an http:// or https:// address"),
    ],
)
def test_a_proxy_that_no_client_can_use_is_named(
    monkeypatch: pytest.MonkeyPatch, *, fields: dict[str, Any], address: str, told: str
) -> None:
    free = ports.free()
    through(address.format(login=LOGIN, free=free), monkeypatch)
    verdict = asked_by_a_client(fields)
    assert verdict.state == "not reachable from here", verdict.advice
    assert told.format(free=free) in verdict.message
    assert "very-secret" not in verdict.advice


def test_a_proxy_that_wants_a_login_in_place_of_a_plain_page_is_named(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted.running(lambda visit: visit.status(407)) as proxy:
        through(f"http://127.0.0.1:{proxy.port}", monkeypatch)
        verdict = asked("http", "http://page.example.com/")
    assert verdict.state == "not reachable from here"
    assert f"the proxy 127.0.0.1:{proxy.port} answers 407" in verdict.message


def test_a_handshake_goes_through_a_proxy_with_its_login(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted.running(Visit.open) as server:

        def forward(visit: Visit) -> None:
            with socket.create_connection(("127.0.0.1", server.port)) as onward:
                visit.send("HTTP/1.1 200 Connection established\r\n\r\n")
                threading.Thread(target=_pump, args=(visit.connection, onward), daemon=True).start()
                _pump(onward, visit.connection)

        with scripted.running(forward) as proxy:
            through(f"http://user:p%40ss@127.0.0.1:{proxy.port}", monkeypatch)
            verdict = asked("websocket", "ws://chat.example.com/x")
    assert verdict.state == "passed", verdict.advice
    assert "Proxy-Authorization: Basic dXNlcjpwQHNz" in proxy.asked[0]
    assert server.asked[0].startswith("GET /x HTTP/1.1\r\nHost: chat.example.com\r\n")


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return
