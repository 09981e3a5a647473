"""Whatever a server does, an exchange ends in time, stays small, and says whether the request may have arrived."""

import json
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from pulumi_workspace365 import errors
from pulumi_workspace365.api import client, http_client, transport
from pulumi_workspace365.api.configuration import Settings
from pulumi_workspace365.api.http_client import HttpClient, HttpResponse
from pulumi_workspace365.api.http_errors import HttpError, RequestNotSent, ResponseLost
from pulumi_workspace365.api.models import CreatedEnvironment
from pulumi_workspace365_sandbox.azure.identity import Identity
from tests.providers.hostile import Line, Script, packed, speaking

SECONDS = 0.3
PATIENCE = 8.0
"""Far more than an exchange may take, on whatever machine; the servers here go on until the test ends."""
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
CREATED = b'{"Id": "1", "EnvironmentName": "new", "TemporaryPassword": "Sentinel-Password-1"}'


def get(url: str, **options: Any) -> HttpResponse:
    http = HttpClient(url, **{name: options.pop(name) for name in ("ca_file", "direct") if name in options})
    try:
        return http.send("GET", f"{url}/", headers={}, **{"seconds": SECONDS, **options})
    finally:
        http.close()


def create(api: client.Client) -> CreatedEnvironment:
    return api.create_environment(name="new", email="a@b.example", first_name="A", last_name="B")


def answer(body: bytes, head: str = "", status: str = "200 OK") -> Script:
    return lambda line: line.answer(body, head, status)


@pytest.fixture(scope="session")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Identity:
    return Identity(tmp_path_factory.mktemp("identity"))


@pytest.fixture
def timed() -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < PATIENCE


def trickling_head(line: Line) -> None:
    line.say(OK)
    line.drip(b"X-More: y\r\n")


def trickling_status(line: Line) -> None:
    line.say(b"HTTP/1.1 200 ")
    line.drip(b"O")


def trickling_body(line: Line) -> None:
    line.say(OK + b"Content-Length: 1000000\r\n\r\n")
    line.drip(b" ")


def trickling_chunks(line: Line) -> None:
    line.say(CHUNKED)
    line.drip(b"1\r\n \r\n")


def trickling_chunk_extension(line: Line) -> None:
    line.say(CHUNKED + b"1;a=")
    line.drip(b"b")


def trickling_trailers(line: Line) -> None:
    line.say(CHUNKED + b"1\r\n \r\n0\r\n")
    line.drip(b"X-More: y\r\n")


ENDLESS: dict[str, Script] = {
    "silence": Line.stay,
    "headers that trickle in": trickling_head,
    "a status line that trickles in": trickling_status,
    "100 Continue again and again": lambda line: line.drip(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "a flood of 100 Continue": lambda line: line.flood(b"HTTP/1.1 100 Continue\r\n\r\n" * 500),
    "a flood of 103 Early Hints": lambda line: line.flood(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 500),
    "a body that trickles in": trickling_body,
    "chunks that trickle in": trickling_chunks,
    "a chunk extension that trickles in": trickling_chunk_extension,
    "trailers that trickle in": trickling_trailers,
}


@pytest.mark.parametrize("name", ENDLESS)
@pytest.mark.usefixtures("timed")
def test_an_answer_that_never_ends_is_given_up_at_the_deadline_and_a_create_is_then_looked_for(name: str) -> None:
    def problem(ask: Callable[[], object]) -> BaseException | None:
        try:
            ask()
        except (HttpError, errors.W365Error) as found:
            return found
        return None

    with speaking(ENDLESS[name]) as address, ThreadPoolExecutor() as pool:
        settings = Settings(f"http://{address}", "key-of-the-instance", "key-of-health", request_timeout=SECONDS, max_retries=0)
        api = client.Client(settings)
        asked = [lambda: get(f"http://{address}"), lambda: create(api), api.list_environments, api.get_health]
        exchange, created, listed, healthy = pool.map(problem, asked)
    assert isinstance(exchange, ResponseLost)
    assert exchange.reason == "timeout"
    assert isinstance(created, errors.Ambiguous)
    assert all(isinstance(read, errors.Unavailable) for read in (listed, healthy))
    assert all("no complete answer within 0.3 s" in str(read) for read in (created, listed, healthy))


@pytest.mark.usefixtures("timed")
def test_a_server_that_reads_nothing_does_not_hold_a_large_request_up() -> None:
    with speaking(Line.stay, reads_request=False) as address:
        http = HttpClient(f"http://{address}")
        with pytest.raises(ResponseLost) as caught:
            http.send("PUT", f"http://{address}/", headers={}, body=b" " * 20_000_000, seconds=SECONDS)
    assert caught.value.reason == "timeout"


def handshake_that_trickles(line: Line) -> None:
    line.say(b"\x16\x03\x03\x40\x00")
    line.drip(b"\x02")


def tunnel_that_trickles(line: Line) -> None:
    line.say(OK + b"\r\n")
    line.hear()
    handshake_that_trickles(line)


@pytest.mark.parametrize("script", [handshake_that_trickles, Line.stay])
@pytest.mark.usefixtures("timed")
def test_a_tls_handshake_that_never_ends_has_sent_nothing(script: Script) -> None:
    with speaking(script, reads_request=False) as address:
        with pytest.raises(RequestNotSent) as caught:
            get(f"https://{address}")
        api = client.Client(Settings(f"https://{address}", "key-of-the-instance", request_timeout=SECONDS, max_retries=0))
        with pytest.raises(errors.Unavailable, match="no connection in time.*Nothing was sent"):
            create(api)
    assert caught.value.reason == "timeout"


@pytest.mark.usefixtures("timed")
def test_a_name_server_that_never_answers_is_given_up_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: over.wait(30) and [])
    with pytest.raises(RequestNotSent) as caught:
        get("https://portal.example.com", direct=True)
    over.set()
    assert caught.value.reason == "timeout"


@pytest.mark.parametrize(
    "script",
    [
        trickling_head,
        Line.stay,
        lambda line: line.drip(b"HTTP/1.1 100 Continue\r\n\r\n"),
        tunnel_that_trickles,
    ],
    ids=["headers", "silence", "interim answers", "TLS behind it"],
)
@pytest.mark.usefixtures("timed")
def test_a_proxy_that_never_answers_has_passed_nothing_on(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    with speaking(script) as address:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{address}")
        with pytest.raises(RequestNotSent) as caught:
            get("https://portal.example.com")
    stopped = "proxy" if script is not tunnel_that_trickles else "timeout"
    assert caught.value.reason == stopped


@pytest.mark.parametrize("script", [trickling_head, tunnel_that_trickles])
@pytest.mark.usefixtures("timed")
def test_a_proxy_behind_tls_that_never_answers_has_passed_nothing_on(
    script: Script, identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    with speaking(script, tls=identity.server_side()) as address:
        monkeypatch.setenv("HTTPS_PROXY", f"https://{address}")
        with pytest.raises(RequestNotSent):
            get("https://portal.example.com", ca_file=str(identity.ca_file))


@pytest.mark.usefixtures("timed")
def test_through_a_proxy_behind_tls_an_answer_that_trickles_in_ends_too(
    identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    def relay(line: Line) -> None:
        line.say(OK + b"\r\n")
        line.relay(int(target.rpartition(":")[2]))

    with speaking(trickling_body, tls=identity.server_side()) as target, speaking(relay, tls=identity.server_side()) as address:
        monkeypatch.setenv("HTTPS_PROXY", f"https://{address}")
        # This machine is asked without a proxy, so the name is another one, for which the proxy connects to this machine.
        trusted = ssl.create_default_context(cafile=identity.ca_file)
        trusted.check_hostname = False  # the server's certificate is for 127.0.0.1
        http = HttpClient("https://portal.example.com", ca_file=str(identity.ca_file), trusted=trusted)
        with pytest.raises(ResponseLost) as caught:
            http.send("GET", "https://portal.example.com/", headers={}, seconds=2)
    assert caught.value.reason == "timeout"


# What is said, and how much of it.

PLAIN = json.dumps([{"name": f"environment-{number}", "isActive": True} for number in range(50)]).encode()


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", packed(PLAIN)),
        ("x-gzip", packed(PLAIN)),
        ("GZIP, identity", packed(PLAIN)),
        ("deflate", zlib.compress(PLAIN)),
        ("deflate", raw_deflate(PLAIN)),
        ("identity", PLAIN),
        ("", PLAIN),
    ],
)
def test_one_layer_of_compression_is_undone(encoding: str, body: bytes) -> None:
    with speaking(answer(body, f"Content-Encoding: {encoding}\r\n")) as address:
        found = get(f"http://{address}", seconds=PATIENCE)
    assert (found.body, found.read_error) == (PLAIN, "")


@pytest.mark.parametrize(
    ("head", "body", "flaw"),
    [
        ("Content-Encoding: gzip, gzip\r\n", packed(packed(PLAIN)), "compressed more than once"),
        (
            "Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n",
            packed(packed(PLAIN)),
            "compressed more than once",
        ),
        ("Content-Encoding: br\r\n", b"\x0b\x02\x80[]\x03", "not supported"),
        ("Content-Encoding: zstd\r\n", b"(\xb5/\xfd", "not supported"),
        ("Content-Encoding: gzip\r\n", PLAIN, "does not match its encoding"),
        ("Content-Encoding: deflate\r\n", PLAIN, "does not match its encoding"),
        ("Content-Encoding: gzip\r\n", packed(PLAIN)[:-12], "truncated"),
        ("Content-Encoding: gzip\r\n", packed(b"0" * 200_000_000), "larger than 1 MiB"),
        ("", b"0" * 2_000_000, "larger than 1 MiB"),
    ],
)
def test_what_cannot_be_read_keeps_its_status_and_never_grows(head: str, body: bytes, flaw: str) -> None:
    with speaking(answer(body, head)) as address:
        found = get(f"http://{address}", seconds=PATIENCE, largest=1024 * 1024)
    assert found.status == 200
    assert flaw in found.read_error
    assert len(found.body) <= 1024 * 1024


def test_what_frames_an_answer_counts_too() -> None:
    def extended(line: Line) -> None:
        line.say(CHUNKED)
        line.flood((b"1;" + b"x" * 60_000 + b"\r\n \r\n") * 4)

    with speaking(extended) as address:
        found = get(f"http://{address}", seconds=PATIENCE, largest=1024 * 1024)
    assert "larger than 1 MiB" in found.read_error


def test_of_a_refusal_only_its_beginning_is_read() -> None:
    with speaking(answer(b"no" * 10_000_000, status="400 No")) as address:
        found = get(f"http://{address}", seconds=PATIENCE)
    assert (found.status, len(found.body)) == (400, 64 * 1024)


def test_nothing_compressed_is_asked_for_and_no_redirect_followed() -> None:
    asked: list[bytes] = []

    def redirecting(line: Line) -> None:
        asked.append(line.request)
        answer(b"", "Location: /elsewhere\r\n", "302 Found")(line)

    with speaking(redirecting) as address:
        assert get(f"http://{address}").status == 302
    assert len(asked) == 1
    assert b"Accept-Encoding: identity\r\n" in asked[0]


# One border: before it was sent nothing can have happened, afterwards anything may have.

BROKEN: dict[str, bytes] = {
    "nothing": b"",
    "another protocol": b"SSH-2.0-OpenSSH_9.6\r\n",
    "noise": bytes(range(256)) * 4,
    "a version that does not exist": b"HTTP/9.9 200 OK\r\n\r\n",
    "a status that is no number": b"HTTP/1.1 abc OK\r\n\r\n",
    "status 000": b"HTTP/1.1 000 Nothing\r\nContent-Length: 0\r\n\r\n",
    "status 099": b"HTTP/1.1 099 Nothing\r\nContent-Length: 0\r\n\r\n",
    "status 101": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nxx",
    "status 600": b"HTTP/1.1 600 More\r\nContent-Length: 0\r\n\r\n",
    "status 999": b"HTTP/1.1 999 More\r\nContent-Length: 0\r\n\r\n",
    "a redirect": b"HTTP/1.1 307 There\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
    "a reason that is no text": b"HTTP/1.1 200 \xff\xfe\x00\r\nContent-Length: 0\r\n\r\n",
    "a header that is no text": OK + b"X-\xff: \xff\xfe\r\nContent-Length: 0\r\n\r\n",
    "a header with NUL": OK + b"X-A: a\x00b\r\nContent-Length: 2\r\n\r\n{}",
    "two lengths": OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "a length that is no number": OK + b"Content-Length: x\r\n\r\n{}",
    "a negative length": OK + b"Content-Length: -1\r\n\r\n{}",
    "a length that nothing has": OK + b"Content-Length: " + b"9" * 4000 + b"\r\n\r\n{}",
    "a chunk size that is no number": CHUNKED + b"zz\r\n{}\r\n0\r\n\r\n",
    "a chunk size that nothing has": CHUNKED + b"f" * 400 + b"\r\n{}\r\n0\r\n\r\n",
    "a coding that does not exist": OK + b"Transfer-Encoding: klingon\r\n\r\n{}",
    "headers without an end": OK + b"X-A: " + b"a" * 300_000,
    "half a body": OK + b"Content-Length: 100\r\n\r\n{",
    "no body": OK + b"Content-Length: 0\r\n\r\n",
    "no JSON": OK + b"Content-Length: 3\r\n\r\nabc",
    "half a JSON text": OK + b"Content-Length: 20\r\n\r\n" + CREATED[:20],
    "a very deep JSON text": OK + b"Content-Length: 200000\r\n\r\n" + b"[" * 200_000,
    "a very long number": OK + b"Content-Length: 100000\r\n\r\n" + b"1" * 100_000,
    "bytes that are no text": OK + b'Content-Length: 24\r\n\r\n{"EnvironmentName": "\xff\xfe"}',
    "another form": OK + b"Content-Length: 14\r\n\r\n[{}, 1, null, ",
    "a list": OK + b"Content-Length: 4\r\n\r\n[{}]",
    "a name that is a number": OK + b'Content-Length: 22\r\n\r\n{"EnvironmentName": 12}',
    "a name that is half a character": OK + b'Content-Length: 26\r\n\r\n{"EnvironmentName": null  ',
    "compressed twice": OK + b"Content-Encoding: gzip, gzip\r\nContent-Length: 2\r\n\r\n{}",
    "Brotli": OK + b"Content-Encoding: br\r\nContent-Length: 2\r\n\r\n{}",
    "a refusal with a zone that no clock has": (
        b"HTTP/1.1 503 Later\r\nRetry-After: Sun, 22 Nov 2026 12:00:00 +99999999\r\nContent-Length: 0\r\n\r\n"
    ),
    "a refusal until a year that no calendar has": (
        b"HTTP/1.1 429 Later\r\nRetry-After: Sun, 22 Nov 99999 12:00:00 GMT\r\nContent-Length: 0\r\n\r\n"
    ),
    "a refusal for ever": b"HTTP/1.1 503 Later\r\nRetry-After: " + b"9" * 400 + b"\r\nContent-Length: 0\r\n\r\n",
    "a refusal until NaN": b"HTTP/1.1 503 Later\r\nRetry-After: NaN\r\nContent-Length: 0\r\n\r\n",
    "a refusal of an hour ago": b"HTTP/1.1 503 Later\r\nRetry-After: -3600\r\nContent-Length: 0\r\n\r\n",
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.usefixtures("timed")
def test_whatever_comes_back_is_told_in_one_line_and_a_create_is_then_looked_for(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "_BACK_OFF_SECONDS", 0.01)
    with speaking(lambda line: line.say(BROKEN[name])) as address:
        api = client.Client(
            Settings(f"http://{address}", "key-of-the-instance", "key-of-health", request_timeout=1, max_retries=1)
        )
        with pytest.raises(errors.Ambiguous) as lost:
            create(api)
        told = [str(lost.value)]
        for read in (api.list_environments, api.get_health, lambda: api.get_licensing("a"), lambda: api.export_environment("a")):
            try:
                read()
            except errors.W365Error as problem:
                told.append(str(problem))
    assert all(text.isprintable() and "Traceback" not in text for text in told)


@pytest.mark.parametrize("head", ["", "Content-Encoding: gzip, gzip\r\n", "Content-Encoding: br\r\n"])
def test_a_write_of_which_no_body_is_read_succeeds_by_its_status(head: str) -> None:
    with speaking(answer(b"{}", head)) as address:
        api = client.Client(Settings(f"http://{address}", "key-of-the-instance", request_timeout=PATIENCE))
        api.activate_environment("contoso")
        api.import_environment("contoso", {})
        api.delete_environment("contoso")


def test_a_request_that_cannot_be_made_was_not_sent() -> None:
    with speaking(answer(CREATED)) as address:
        api = client.Client(Settings(f"http://{address}", "key-of-the-instance", request_timeout=PATIENCE))
        for unsendable in ({"x": float("nan")}, {"x": "\ud800"}, {"x": object()}):
            with pytest.raises(errors.Unavailable, match="the request could not be made.*Nothing was sent"):
                api.import_environment("contoso", unsendable)


@pytest.mark.parametrize(
    "failure", [MemoryError(), RecursionError(), OverflowError(), ssl.SSLError("x"), OSError(5, "x"), RuntimeError("key")]
)
@pytest.mark.parametrize("place", ["observe", "limiter"])
def test_whatever_breaks_here_after_it_was_sent_leaves_the_create_open(
    failure: Exception, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise failure

    with speaking(answer(CREATED)) as address:
        settings = Settings(f"http://{address}", "key-of-the-instance", request_timeout=PATIENCE)
        api = client.Client(settings, fail if place == "observe" else None)
        if place == "limiter":
            monkeypatch.setattr(api._transport._limiter, "on_success", fail)
        with pytest.raises(errors.Ambiguous, match=f"could not be handled here .{type(failure).__name__}"):
            create(api)
        with pytest.raises(errors.Unavailable):
            api.list_environments()


def test_a_secret_in_a_broken_head_is_in_no_cause() -> None:
    def repeating(line: Line) -> None:
        line.say(OK + b"X key-of-the-instance\x00: \x00\r\n\r\n")

    with speaking(repeating) as address:
        api = client.Client(Settings(f"http://{address}", "key-of-the-instance", request_timeout=PATIENCE, max_retries=0))
        with pytest.raises(errors.Unavailable, match="is not HTTP") as caught:
            api.list_environments()
    assert not any("key-of-the-instance" in repr(one) + str(one) for one in causes(caught.value))


def causes(problem: BaseException | None) -> Iterator[BaseException]:
    while problem is not None:
        yield problem
        problem = problem.__cause__


def test_causes_are_chained_down_to_the_systems_own() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        api = client.Client(Settings(f"http://127.0.0.1:{unused.getsockname()[1]}", "key-of-the-instance", max_retries=0))
        with pytest.raises(errors.Unavailable) as caught:
            api.list_environments()
    assert any(
        isinstance(cause, RequestNotSent) and isinstance(cause.origin, ConnectionRefusedError) for cause in causes(caught.value)
    )


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_the_answer_to_a_create_is_read_although_it_is_compressed(encoding: str) -> None:
    body = packed(CREATED) if encoding == "gzip" else zlib.compress(CREATED)
    with speaking(answer(body, f"Content-Encoding: {encoding}\r\n")) as address:
        api = client.Client(Settings(f"http://{address}", "key-of-the-instance", request_timeout=PATIENCE))
        created = create(api)
    assert created.temporary_password
    assert (created.environment_name, created.temporary_password.get_secret_value()) == ("new", "Sentinel-Password-1")


def test_a_file_of_authorities_is_trusted(identity: Identity) -> None:
    with speaking(answer(b"[]"), tls=identity.server_side()) as address:
        assert get(f"https://{address}", ca_file=str(identity.ca_file), seconds=PATIENCE).certificate
        with pytest.raises(RequestNotSent) as caught:
            get(f"https://{address}", seconds=PATIENCE)
    assert caught.value.reason == "untrusted"


@pytest.mark.parametrize("location", ["http://[::1", "http://a:99999/", "//", "javascript:alert(1)", "http://\x85/"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_wherever_it_leads(status: int, location: str) -> None:
    with speaking(answer(b"", f"Location: {location}\r\n", f"{status} Elsewhere")) as address:
        assert get(f"http://{address}").status == status


EXTRA: dict[str, Callable[[bytes], bytes]] = {
    "a whole answer": lambda answer: answer,
    "the head of one": lambda _: OK + b"Content-Length: 900\r\n\r\n",
    "a part of a head": lambda _: b"HTTP/1.1 204 No",
    "an interim answer": lambda _: b"HTTP/1.1 100 Continue\r\n\r\n",
    "a line end": lambda _: b"\r\n",
    "many answers": lambda answer: answer * 5,
}


def repeating(extra: Callable[[bytes], bytes], *, is_chunked: bool) -> Script:
    """A server that says more than the answer, each of which says what was asked, and keeps the connection."""

    def script(line: Line) -> None:
        request = line.request
        while request:
            asked = request.split(b" ", 2)[1]
            framed = b"%x\r\n%s\r\n0\r\n\r\n" % (len(asked), asked) if is_chunked else asked
            head = CHUNKED if is_chunked else OK + b"Content-Length: %d\r\n\r\n" % len(asked)
            line.say(head + framed + extra(head + framed))
            request = line.hear()

    return script


@pytest.mark.parametrize("is_chunked", [False, True])
@pytest.mark.parametrize("name", EXTRA)
def test_no_request_is_answered_by_what_was_said_before_it(name: str, *, is_chunked: bool) -> None:
    with speaking(repeating(EXTRA[name], is_chunked=is_chunked)) as address:
        http = HttpClient(f"http://{address}", connections=1)
        for number in range(4):
            path = f"/{number}"
            answer = http.send("POST", f"http://{address}{path}", headers={}, body=b"x", seconds=PATIENCE)
            assert answer.body == path.encode()
        http.close()


def test_where_the_library_does_not_say_so_a_request_that_was_answered_before_it_was_sent_is_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http_client, "_has_more", lambda _: False)
    with speaking(repeating(EXTRA["a whole answer"], is_chunked=False)) as address:
        http = HttpClient(f"http://{address}", connections=1)
        for number in range(4):
            path = f"/{number}"
            if number % 2:
                with pytest.raises(ResponseLost):
                    http.send("GET", f"http://{address}{path}", headers={}, seconds=PATIENCE)
            else:
                assert http.send("GET", f"http://{address}{path}", headers={}, seconds=PATIENCE).body == path.encode()
        http.close()


def test_a_cookie_is_not_sent_back() -> None:
    heads: list[bytes] = []

    def noting(line: Line) -> None:
        heads.append(line.request)
        line.answer(b"", "Set-Cookie: a=b; Path=/\r\n", "200 OK")

    with speaking(noting) as address:
        http = HttpClient(f"http://{address}")
        for _ in range(2):
            http.send("GET", f"http://{address}/", headers={}, seconds=PATIENCE)
        http.close()
    assert len(heads) == 2
    assert all(b"cookie" not in head.lower() for head in heads)


def test_the_log_holds_no_query_and_no_user(caplog: pytest.LogCaptureFixture) -> None:
    with speaking(answer(b"{}")) as address, caplog.at_level("DEBUG", "pulumi_workspace365"):
        http = HttpClient(f"http://{address}")
        http.send(
            "GET", f"http://user:word@{address}/a%20b?code=secret#part", headers={}, seconds=PATIENCE, operation="look", attempt=3
        )
        http.close()
    (line,) = [record.getMessage() for record in caplog.records if record.name == "pulumi_workspace365.api.http_client"]
    assert line.startswith(f"look: GET http://{address}/a%20b: HTTP 200, ")
    assert line.endswith(" ms, attempt 3")
