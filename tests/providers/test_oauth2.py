"""verify="token" against a real authority on this machine."""

import base64
import html
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qs

import pytest

from pulumi_workspace365 import errors
from pulumi_workspace365.api import oauth2
from pulumi_workspace365.api.configuration import Settings
from pulumi_workspace365.sign_on import OAuth2SignOnProvider
from pulumi_workspace365_sandbox.workspace365 import Server
from tests.providers.hostile import Line, Script, packed, speaking

from .conftest import Engine

Serve = Callable[..., Engine]
RIGHT = "sentinel-right-key"


class Authority(BaseHTTPRequestHandler):
    """An OAuth2 authority that knows one client."""

    answers: ClassVar[dict[str, object]] = {}
    asked: ClassVar[list[dict[str, list[str]]]] = []

    def do_GET(self) -> None:
        self._answer(200, self.answers or {"token_endpoint": f"http://{self.headers['Host']}/contoso/oauth2/v2.0/token"})

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.asked.append(form)
        if form["client_secret"] == [RIGHT]:
            self._answer(200, {"access_token": "sentinel-token"})
        else:
            self._answer(
                401,
                {"error": "invalid_client", "error_description": f"AADSTS7000215: Invalid secret {form['client_secret'][0]}."},
            )

    def _answer(self, status: int, document: object) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def authority() -> Iterator[str]:
    Authority.answers, Authority.asked = {}, []
    with ThreadingHTTPServer(("127.0.0.1", 0), Authority) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{http.server_address[1]}/contoso/"
        http.shutdown()


@pytest.fixture
def sign_on(serve: Serve, server: Server) -> Engine:
    server.management.seed("contoso")
    return serve(OAuth2SignOnProvider)


def test_a_right_pair_is_proven_and_then_sent(sign_on: Engine, server: Server, authority: str) -> None:
    sign_on.create(environment="contoso", authority=authority, client_id="app", key=RIGHT, verify="token")
    assert Authority.asked[0]["grant_type"] == ["client_credentials"]
    assert Authority.asked[0]["scope"] == ["https://graph.microsoft.com/.default"]
    assert (server.management.environment("contoso").oauth2 or {})["Key"] == RIGHT


def test_a_wrong_pair_is_refused_before_workspace_365_hears_of_it(sign_on: Engine, server: Server, authority: str) -> None:
    with pytest.raises(
        errors.Refused, match=r"does not accept client_id 'app' with this key: HTTP 401, invalid_client, AADSTS7000215\."
    ) as caught:
        sign_on.create(environment="contoso", authority=authority, client_id="app", key="sentinel-wrong-key", verify="token")
    assert "sentinel" not in str(caught.value)
    assert server.management.count("setOAuth2") == 0


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"issuer": "x"}, "is not an OAuth2 authority"),
        ({"token_endpoint": "http://elsewhere.example.com/token"}, "the key is not sent there"),
    ],
)
def test_an_authority_that_is_none_gets_no_key(
    sign_on: Engine, server: Server, authority: str, answers: dict[str, object], words: str
) -> None:
    Authority.answers = answers
    with pytest.raises(errors.Refused, match=words):
        sign_on.create(environment="contoso", authority=authority, client_id="app", key=RIGHT, verify="token")
    assert Authority.asked == []
    assert server.management.count("setOAuth2") == 0


def test_an_authority_that_cannot_be_asked_is_said_to_be_that(sign_on: Engine, server: Server, authority: str) -> None:
    gone = authority.replace("/contoso", "").rstrip("/").rsplit(":", 1)[0] + ":9/contoso"
    with pytest.raises(errors.Unavailable, match="cannot be asked from here"):
        sign_on.create(environment="contoso", authority=gone, client_id="app", key=RIGHT, verify="token")
    assert server.management.count("setOAuth2") == 0


def trickling_head(line: Line) -> None:
    line.say(b"HTTP/1.1 200 OK\r\n")
    line.drip(b"X-More: y\r\n")


def trickling_body(line: Line) -> None:
    line.say(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n")
    line.drip(b" ")


ENDLESS: dict[str, Script] = {
    "silence": Line.stay,
    "headers": trickling_head,
    "interim answers": lambda line: line.drip(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "a body": trickling_body,
}


@pytest.mark.parametrize("name", ENDLESS)
def test_an_authority_whose_answer_never_ends_is_given_up_in_time(name: str) -> None:
    began = time.monotonic()
    with speaking(ENDLESS[name]) as address, pytest.raises(errors.Unavailable, match="cannot be asked from here .timeout."):
        oauth2.verify_credentials(
            Settings("https://portal.example.com", request_timeout=0.3), f"http://{address}", "app", "sentinel-key-1"
        )
    assert time.monotonic() - began < 8


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("Content-Encoding: gzip\r\n", packed(b" " * 50_000_000)),
        ("Content-Encoding: gzip, gzip\r\n", packed(packed(b"{}"))),
        ("Content-Encoding: br\r\n", b"{}"),
        ("", b" " * 2_000_000),
        ("", b"[" * 100_000),
        ("", b'{"token_endpoint": 1}'),
        ("", b"\xff\xfe"),
    ],
)
def test_an_authority_that_answers_something_else_gets_no_key(head: str, body: bytes) -> None:
    asked: list[bytes] = []

    def answer(line: Line) -> None:
        asked.append(line.request)
        line.answer(body, head)

    with speaking(answer) as address, pytest.raises(errors.Refused, match="is not an OAuth2 authority"):
        oauth2.verify_credentials(Settings("https://portal.example.com"), f"http://{address}", "app", "sentinel-key-1")
    assert [request.split()[0] for request in asked] == [b"GET"]


def test_an_authority_that_repeats_the_key_shows_it_to_nobody() -> None:
    key = "Sentinel-Key-2/x&y"
    spelled = f"{key.upper()} {html.escape(key)} {base64.b64encode(key.encode()).decode()}"

    def answer(line: Line) -> None:
        said = {"error": spelled, "error_description": f"AADSTS7000215: {spelled}"}
        document = said if line.request.startswith(b"POST") else {"token_endpoint": f"http://{address}/token"}
        body = json.dumps(document).encode()
        line.answer(body, status=f"{401 if document is said else 200} {key}")

    with speaking(answer) as address, pytest.raises(errors.Refused, match="AADSTS7000215") as caught:
        oauth2.verify_credentials(Settings("https://portal.example.com"), f"http://{address}", "app", key)
    assert not [part for part in spelled.split() if part[:10].casefold() in str(caught.value).casefold()]
