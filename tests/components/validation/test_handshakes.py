"""What a WebSocket check says of each answer to a handshake, over real sockets."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from websockets.sync.server import ServerConnection

from pulumi_workspace365_components.validation import checks, runner
from tests import ports
from tests.cli import tls
from tests.components.validation import scripted
from tests.components.validation.conftest import Asked, means
from tests.components.validation.scripted import Script, Visit


def answers(code: int, headers: str = "", body: str = "") -> Script:
    return lambda visit: visit.status(code, headers, body)


def says(text: str) -> Script:
    return lambda visit: visit.send(text)


TABLE: list[tuple[str, Script, str, str]] = [
    ("opens", Visit.open, "passed", "opens the WebSocket (101)"),
    ("200 of a web page", answers(200, body="<html>"), "failed", "speaks HTTP, but not WebSocket"),
    ("redirects", answers(302, "Location: ws://elsewhere.example.com/\r\n"), "failed", "with 302, not 101. The address redirects"),
    ("400", answers(400), "failed", "with 400, not 101. The server considers the handshake malformed"),
    ("401", answers(401, "WWW-Authenticate: Bearer\r\n"), "failed", "with 401, not 101. Credentials are missing or refused"),
    ("403", answers(403), "failed", "with 403, not 101. The policy or a firewall forbids it"),
    ("404", answers(404), "failed", "with 404, not 101. Nothing is served at this path"),
    ("418", answers(418), "failed", "with 418, not 101. Check which server answers"),
    ("426", answers(426, "Upgrade: websocket\r\n"), "failed", "with 426, not 101. The server asks for an upgrade"),
    ("429", answers(429, "Retry-After: 17\r\n"), "failed", "the server asks to wait 17 s"),
    ("429 without a time", answers(429), "failed", "A limit is used up: wait"),
    ("500", answers(500), "failed", "LastErrorReason"),
    ("502", answers(502), "failed", "cannot reach its backend"),
    ("503", answers(503), "failed", "its backend is down"),
    ("504", answers(504), "failed", "did not answer the gateway in time"),
    ("599", answers(599), "failed", "The server failed"),
    ("two Retry-After", answers(429, "Retry-After: 1\r\nRetry-After: 2\r\n"), "failed", "asks to wait 1 s"),
    ("a wrong accept", says(scripted.OPENED.replace("{accept}", "d3Jvbmc=")), "failed", "does not follow the protocol"),
    ("no upgrade header", says("HTTP/1.1 101 Switching Protocols\r\n\r\n"), "failed", "does not follow the protocol"),
    (
        "a subprotocol nobody offered",
        says(scripted.OPENED.replace("\r\n\r\n", "\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n")),
        "failed",
        "it chose what was not asked for (",
    ),
    (
        "an extension nobody offered",
        says(scripted.OPENED.replace("\r\n\r\n", "\r\nSec-WebSocket-Extensions: x-own\r\n\r\n")),
        "failed",
        "it chose what was not asked for (",
    ),
    ("another protocol", says("SSH-2.0-OpenSSH_9.7\r\n"), "failed", "is reached, but"),
    ("half a status line", says("HTTP/1.1 1"), "failed", "is reached, but"),
    ("goes at once", lambda _: None, "failed", "is reached, but"),
    ("endless headers", says("HTTP/1.1 101 Told\r\n" + "X: y\r\n" * 5000), "failed", "is reached, but"),
]  # fmt: skip


@pytest.mark.parametrize(("script", "state", "told"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_each_answer_to_a_handshake_has_its_verdict(asked: Asked, script: Script, state: str, told: str) -> None:
    with scripted.running(script) as server:
        verdict = asked("websocket", server.ws)
    assert (verdict.state, told in verdict.advice) == (state, True), verdict.advice
    assert len(server.asked) == 1


def test_a_server_that_says_nothing_ends_with_the_checks_own_seconds(asked: Asked) -> None:
    with scripted.running(Visit.stay) as server:
        verdict = asked("websocket", server.ws, timeout=0.3)
    assert (verdict.state, "said nothing in time" in verdict.message or "did not end" in verdict.message) == ("failed", True)


def test_nobody_there_is_not_reachable_from_here_and_no_failure_where_the_check_says_so(asked: Asked) -> None:
    url = f"ws://127.0.0.1:{ports.free()}/"
    verdict = asked("websocket", url)
    assert (verdict.state, verdict.is_failure) == ("not reachable from here", True)
    assert "refuses the connection" in verdict.message
    assert not asked("websocket", url, when_unreachable="warn").is_failure


@pytest.mark.parametrize("kind", ["websocket", "http"])
def test_a_name_that_leads_nowhere_is_not_reachable_from_here(asked: Asked, kind: str) -> None:
    scheme = {"websocket": "wss", "http": "https"}[kind]
    verdict = asked(kind, f"{scheme}://nobody.invalid/")
    assert verdict.state == "not reachable from here"
    assert "cannot be resolved" in verdict.message


@pytest.mark.parametrize("kind", ["websocket", "http"])
def test_tls_where_none_is_spoken_is_a_failure_and_not_an_unreachable_host(asked: Asked, kind: str) -> None:
    with scripted.running(lambda visit: visit.status(400)) as server:
        scheme = {"websocket": "wss", "http": "https"}[kind]
        verdict = asked(kind, f"{scheme}://127.0.0.1:{server.port}/")
    assert (verdict.state, "TLS" in verdict.message) == ("failed", True)


@pytest.mark.parametrize("kind", ["websocket", "http"])
def test_a_certificate_nobody_trusts_is_named_and_an_own_authority_helps(asked: Asked, tmp_path: Path, kind: str) -> None:
    with tls.running(tmp_path, ahead=dt.timedelta()) as server:
        url = server.base_url if kind == "http" else server.base_url.replace("https", "wss")
        refused = asked(kind, url)
        check = checks.parse_check({"name": "trusting", "kind": kind, "url": url})
        trusting = runner.run([check], means(server.ca_file))[0]
    assert (refused.state, "not trusted" in refused.message, "W365_CA_FILE" in refused.remedy) == ("failed", True, True)
    assert "not trusted" not in trusting.message


def echoing(socket: ServerConnection) -> None:
    for message in socket:
        socket.send(message)


def parrot(socket: ServerConnection) -> None:
    for _ in socket:
        socket.send("pretty polly")


def leaves(socket: ServerConnection) -> None:
    socket.recv()
    socket.close(4001)


def listens(socket: ServerConnection) -> None:
    for _ in socket:
        pass


@pytest.mark.parametrize(
    ("handler", "state", "told"),
    [
        (echoing, "passed", "what was sent came back"),
        (parrot, "failed", "did not come back, something else did"),
        (leaves, "failed", "the connection was closed instead (close code 4001)"),
        (listens, "failed", "nothing came back in time"),
    ],
)
def test_an_echo_is_what_was_sent(asked: Asked, handler: Callable[[ServerConnection], None], state: str, told: str) -> None:
    with scripted.websocket(handler) as url:
        verdict = asked("websocket", url, echo="ping", timeout=1.5)
    assert (verdict.state, told in verdict.message) == (state, True), verdict.message


def test_the_subprotocol_that_is_expected_must_be_chosen(asked: Asked) -> None:
    offered = {"subprotocols": ["chat.v2", "chat.v1"], "expect_subprotocol": "chat.v2"}
    with scripted.websocket(echoing, subprotocols=["chat.v2"]) as url:
        assert asked("websocket", url, **offered).state == "passed"
    with scripted.websocket(echoing, subprotocols=["chat.v1"]) as url:
        verdict = asked("websocket", url, **offered)
    assert (verdict.state, "'chat.v1', not 'chat.v2'" in verdict.message) == ("failed", True)
    with scripted.websocket(echoing) as url:
        assert "with no subprotocol" in asked("websocket", url, **offered).message


def test_a_refusal_that_is_expected_passes_and_an_open_door_does_not(asked: Asked) -> None:
    with scripted.running(lambda visit: visit.status(401)) as server:
        assert asked("websocket", server.ws, expect_status=401).state == "passed"
    with scripted.running(Visit.open) as server:
        verdict = asked("websocket", server.ws, expect_status=401)
    assert (verdict.state, "The client was admitted" in verdict.remedy) == ("failed", True)


def test_headers_origin_and_parameters_are_sent_and_shown_nowhere(asked: Asked) -> None:
    sent = {"Ocp-Apim-Subscription-Key": "sesame-street", "Origin": "https://app.example.com"}
    with scripted.running(lambda visit: visit.status(403)) as server:
        verdict = asked("websocket", f"{server.ws}?a=b", headers=sent, query={"access_token": "to ken&"})
    request = server.asked[0]
    assert "GET /chat?a=b&access_token=to+ken%26 HTTP/1.1" in request
    assert "Ocp-Apim-Subscription-Key: sesame-street" in request
    assert request.count("Origin: https://app.example.com") == 1
    assert not [secret for secret in ("sesame-street", "to ken&", "to+ken") if secret in f"{verdict!r}{verdict.advice}"]


def test_a_redirection_is_not_followed(asked: Asked) -> None:
    with (
        scripted.running(Visit.open) as other,
        scripted.running(lambda visit: visit.status(307, f"Location: {other.ws}\r\n")) as server,
    ):
        assert asked("websocket", server.ws, headers={"X-Key": "sesame"}).state == "failed"
        assert asked("http", server.http, headers={"X-Key": "sesame"}).state == "failed"
    assert other.asked == []
