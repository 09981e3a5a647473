"""Frames that no library sends: each ends the session as RFC 6455 says, at both sides, and nothing is left behind."""

import os
import socket
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.azure import raw
from tests.sandbox.azure.desk import Desk
from tests.sandbox.azure.raw import Raw, frame

TEXT, BINARY, CLOSE, PING, PONG = 0x81, 0x82, 0x88, 0x89, 0x8A
BEGIN, BEGIN_BINARY, MORE, LAST = 0x01, 0x02, 0x00, 0x80
EURO = "€".encode()


def closing(code: int, reason: bytes = b"") -> bytes:
    return frame(CLOSE, struct.pack(">H", code) + reason)


FORBIDDEN: dict[str, tuple[int, list[bytes]]] = {
    "unmasked": (1002, [frame(TEXT, b"hello", masked=False)]),
    "unmasked, empty": (1002, [frame(BINARY, masked=False)]),
    **{f"reserved bit {bit:#x}": (1002, [frame(TEXT | bit, b"x")]) for bit in (0x40, 0x20, 0x10, 0x70)},
    **{f"opcode {code:#x}": (1002, [frame(0x80 | code, b"x")]) for code in (3, 4, 5, 6, 7, 0xB, 0xC, 0xD, 0xE, 0xF)},
    "a ping in parts": (1002, [frame(0x09, b"x")]),
    "a close in parts": (1002, [frame(0x08, struct.pack(">H", 1000))]),
    "a long ping": (1002, [frame(PING, b"x" * 126)]),
    "a long close": (1002, [closing(1000, b"x" * 124)]),
    "continuation of nothing": (1002, [frame(LAST, b"x")]),
    "continuation of what has ended": (1002, [frame(BEGIN, b"a"), frame(LAST, b"b"), frame(MORE, b"c")]),
    "a message within a message": (1002, [frame(BEGIN, b"a"), frame(TEXT, b"b")]),
    "a long form of a short length": (1002, [frame(TEXT, b"x" * 125, wide=126)]),
    "the longest form of a short length": (1002, [frame(TEXT, b"x" * 65_535, wide=127)]),
    "a length with its first bit set": (1002, [frame(BINARY, b"", length=1 << 63, wide=127)]),
    "all the bytes there are": (1009, [frame(BINARY, b"", length=(1 << 63) - 1, wide=127)]),
    "one byte too many": (1009, [frame(BINARY, b"", length=100_001)]),
    "too much in parts": (1009, [frame(BEGIN_BINARY, b"x" * 50_000), frame(MORE, b"x" * 50_000), frame(LAST, b"x")]),
    "no UTF-8": (1007, [frame(TEXT, b"\xff")]),
    "an overlong character": (1007, [frame(TEXT, b"\xc0\x80")]),
    "half a surrogate pair": (1007, [frame(TEXT, b"\xed\xa0\x80")]),
    "a character beyond the last": (1007, [frame(TEXT, b"\xf4\x90\x80\x80")]),
    "a character cut off": (1007, [frame(TEXT, EURO[:2])]),
    "a character cut off in parts": (1007, [frame(BEGIN, EURO[:1]), frame(MORE, EURO[1:2]), frame(LAST)]),
    "no UTF-8 in the last part": (1007, [frame(BEGIN, b"good"), frame(PING, b"\xff"), frame(LAST, b"\xff")]),
    "no UTF-8 at the end of 60,000 bytes": (1007, [frame(TEXT, b"x" * 59_999 + b"\xff")]),
    "a close code of one byte": (1002, [frame(CLOSE, b"\x03")]),
    **{
        f"close code {code}": (1002, [closing(code)])
        for code in (0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535)
    },
    "a reason that is no UTF-8": (1007, [closing(1000, b"\xff")]),
    "a compressed message": (1002, [frame(TEXT | 0x40, zlib.compress(b"\0" * 10_000_000)[2:-4])]),
}


@contextmanager
def opened(desk: Desk, headers: dict[str, str] | None = None) -> Iterator[Raw]:
    """A session through the gateway, by hand."""
    with raw.handshaken(f"{desk.cloud.gateway_plain_url}/chat", headers) as session:
        assert session.status == 101
        yield session


def settled(desk: Desk) -> list[str]:
    """The errors of the connection log, once no session is open."""
    while desk.cloud.management.state().open_connections:
        """The gateway notes the end after the client has seen it."""
    return [
        item.error
        for item in desk.cloud.management.connection_logs()
        if item.event_name in {"ConnectionClosed", "ConnectionFailed"}
    ]


@contextmanager
def backend(desk: Desk, serve: Callable[[Raw], Any]) -> Iterator[list[Any]]:
    """A backend that does what it is told after the handshake; what it returns is in the list when the block ends."""
    told: list[Any] = []

    def accept() -> None:
        made, _ = listener.accept()
        with made:
            made.settimeout(raw.SECONDS)
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += made.recv(1)
            key = next(line.partition(b": ")[2] for line in head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key"))
            made.sendall(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n")
            made.sendall(b"Sec-WebSocket-Accept: " + raw.accepted(key) + b"\r\n\r\n")
            told.append(serve(Raw(made)))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        desk.api(serviceUrl=f"ws://127.0.0.1:{listener.getsockname()[1]}/")
        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield told
        thread.join(raw.SECONDS)
        assert not thread.is_alive()


def test_what_a_client_must_not_send_ends_its_session_with_the_code_for_it(desk: Desk) -> None:
    desk.api()
    desk.cloud.management.set_options(message_bytes=100_000)
    found = {}
    for name, (_, frames) in FORBIDDEN.items():
        with opened(desk) as session:
            session.send(*frames)
            found[name] = session.closed()[0]
    assert found == {name: code for name, (code, _) in FORBIDDEN.items()}
    assert [error for error in settled(desk) if not error.startswith("The client broke the protocol: ")] == []


def test_what_is_allowed_comes_back(desk: Desk) -> None:
    desk.api()
    desk.cloud.management.set_options(message_bytes=100_000)
    with opened(desk) as session:
        session.send(frame(BINARY, b"x" * 100_000), frame(PING, b"p" * 125), frame(PONG, b"nobody asked"))
        session.send(frame(BEGIN, EURO[:1]), frame(PING), frame(MORE, b""), frame(MORE, EURO[1:2]), frame(LAST, EURO[2:]))
        frames = [session.frame() for _ in range(4)]
        assert [item for item in frames if item[0] == PONG] == [(PONG, b"p" * 125), (PONG, b"")]
        assert [item for item in frames if item[0] != PONG] == [(BINARY, b"x" * 100_000), (TEXT, EURO)]
        session.send(closing(4999, b"enough"))
        assert session.closed() == (4999, "")
    with opened(desk) as session:
        session.send(frame(CLOSE))
        assert session.closed()[0] in {1000, 1005}
    assert settled(desk) == ["", ""]


@pytest.mark.parametrize("name", ["unmasked", "no UTF-8", "opcode 0x3", "one byte too many", "close code 1005"])
def test_the_backend_is_told_that_it_is_over_and_gets_nothing_of_it(desk: Desk, name: str) -> None:
    desk.cloud.management.set_options(message_bytes=100_000)
    code, frames = FORBIDDEN[name]
    with backend(desk, lambda side: [side.frame() for _ in range(2)]) as told, opened(desk) as session:
        session.send(*frames)
        assert session.closed()[0] == code
    [[ended, end]] = told
    assert (ended[0], end) == (CLOSE, (-1, b""))


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (frame(TEXT, b"x"), 1002),
        (frame(TEXT, b"\xff", masked=False), 1007),
        (frame(TEXT | 0x40, b"x", masked=False), 1002),
        (frame(CLOSE, struct.pack(">H", 1006), masked=False), 1002),
    ],
    ids=["masked", "no UTF-8", "reserved bit", "close code"],
)
def test_what_a_backend_must_not_send_ends_the_session_too(desk: Desk, sent: bytes, code: int) -> None:
    def serve(side: Raw) -> int:
        side.send(sent)
        first, payload = side.unmasked()
        assert first == CLOSE
        return int(struct.unpack(">H", payload[:2])[0])

    with backend(desk, serve) as told, opened(desk) as session:
        assert session.closed() == (1011, "The backend broke the protocol.")
    assert told == [code]
    assert settled(desk)[0].startswith("The backend broke the protocol: ")


def test_a_message_may_come_in_a_great_many_small_parts(desk: Desk) -> None:
    desk.api()
    count = 5_000
    with opened(desk) as session:
        session.send(frame(BEGIN, b"a"), frame(MORE, b"b") * count, frame(MORE) * count, frame(LAST, b"c"))
        assert session.frame() == (TEXT, b"a" + b"b" * count + b"c")


def test_a_flood_of_pings_is_answered_one_by_one(desk: Desk) -> None:
    desk.api()
    with opened(desk) as session:
        flood = threading.Thread(target=session.send, args=(frame(PING, b"x") * 5_000,))
        flood.start()
        assert {session.frame() for _ in range(5_000)} == {(PONG, b"x")}
        flood.join()


def test_a_client_that_floods_and_reads_nothing_is_let_go(desk: Desk) -> None:
    """What it sends is held back once it takes no answers, so that nothing piles up; then its session ends."""
    desk.api()
    desk.cloud.management.set_options(frame_seconds=1.5)
    before = memory(desk)
    with opened(desk) as session, opened(desk) as another:
        _send_until_refused(session, frame(BINARY, b"x" * 65_536))
        another.send(frame(TEXT, b"still here"))
        assert another.frame() == (TEXT, b"still here")
    stalled = {f"The {side} does not take what it is sent." for side in ("client", "backend")}
    assert len(stalled & {*settled(desk)}) == 1
    assert memory(desk) - before < 64 * 1024 * 1024


def memory(desk: Desk) -> int:
    """Bytes that the servers' process holds."""
    process = desk.cloud.process
    assert process is not None
    return int(Path(f"/proc/{process.pid}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _send_until_refused(session: Raw, sent: bytes, pause: float = 0) -> None:
    """Send again and again until the other side has closed."""
    try:
        while True:
            session.send(sent)
            time.sleep(pause)
    except (BrokenPipeError, ConnectionResetError):
        return


def test_a_frame_that_does_not_come_to_its_end_ends_the_session(desk: Desk) -> None:
    desk.api()
    desk.cloud.management.set_options(frame_seconds=0.3)
    begun = {
        "one byte": b"\x81",
        "half a head": frame(TEXT, b"x" * 200)[:3],
        "a head": frame(TEXT, b"hello")[:6],
        "half a payload": frame(TEXT, b"hello")[:-2],
        "a part of a long one": frame(BINARY, b"x" * 1000, length=60_000),
    }
    for part in begun.values():
        with opened(desk) as session:
            session.send(part)
            assert session.closed() == (1008, "A frame did not arrive in time.")
    with opened(desk) as session:
        session.send(frame(BINARY, b"", length=1 << 25))
        _send_until_refused(session, b"x", pause=0.01)
    assert {error.partition(": ")[2] for error in settled(desk)} == {"A frame did not arrive in time."}


def test_a_client_that_goes_in_the_middle_of_a_frame_leaves_nothing_open(desk: Desk) -> None:
    desk.api()
    for part in (b"", b"\x81", frame(TEXT, b"hello")[:3], frame(TEXT, b"hello")[:-2], frame(BEGIN, b"a")):
        with opened(desk) as session:
            session.send(part)
        with opened(desk) as session:
            session.send(part)
            session.socket.shutdown(socket.SHUT_WR)  # half open: it still reads
            assert session.closed()[0] in {0, 1011}
    assert len(settled(desk)) == 10
    assert "" not in settled(desk)


def test_sessions_end_with_the_service_whatever_they_are_doing(desk: Desk) -> None:
    desk.api()
    doing: list[Callable[[Raw], None]] = [
        lambda _: None,
        lambda session: session.send(frame(TEXT, b"hello")[:-2]),
        lambda session: session.send(frame(BINARY, b"", length=50_000)),
        _until_full,
    ]
    for do in doing:
        with opened(desk) as session:
            do(session)
            began = time.monotonic()
            desk.cloud.management.end_connections()
            assert time.monotonic() - began < raw.SECONDS
            assert desk.cloud.management.state().open_connections == 0


def _until_full(session: Raw) -> None:
    """Send until neither side takes more."""
    session.socket.setblocking(False)
    sent = frame(BINARY, b"x" * 60_000)
    rest = b""
    quiet = 0
    while quiet < 20:
        rest = rest or sent
        try:
            rest = rest[session.socket.send(rest) :]
            quiet = 0
        except BlockingIOError:
            quiet += 1
            time.sleep(0.02)  # full is what stays full
    session.socket.settimeout(raw.SECONDS)


REQUESTS = {
    "a key that is no text": (400, {"Sec-WebSocket-Key": "\xe9"}),
    "a key that is too short": (400, {"Sec-WebSocket-Key": "AAAA"}),
    "another version": (426, {"Sec-WebSocket-Version": "8"}),
    "a host that is none": (400, {"Host": "[::1"}),
    "a port that is none": (400, {"Host": "example.com:99999"}),
    "no upgrade": (404, {"Upgrade": "h2c"}),
    "extensions": (101, {"Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits"}),
    "extensions that are nonsense": (101, {"Sec-WebSocket-Extensions": ";;;,,\xff"}),
}


def test_requests_that_no_library_sends_are_answered(desk: Desk) -> None:
    desk.api()
    policy = '<set-header name="X-Host"><value>@(context.Request.Url.Host)</value></set-header>'
    desk.policy(policy)
    url = f"{desk.cloud.gateway_plain_url}/chat"
    assert {name: raw.status(url, headers) for name, (_, headers) in REQUESTS.items()} == {
        name: status for name, (status, _) in REQUESTS.items()
    }


def test_requests_that_do_not_come_to_their_end_are_answered_or_closed(desk: Desk) -> None:
    desk.api()
    desk.cloud.management.set_options(handshake_seconds=0.3)
    for sent in (b"", b"GET /chat HTTP/1.1\r\nHost: x\r\n", b"\x16\x03\x01", b"\0" * 100):
        with raw.connected(desk.cloud.gateway_plain_url) as connection:
            connection.send(sent)
            assert connection.read(1 << 20).startswith(b"HTTP/1.1 408 ")
    with raw.connected(desk.cloud.gateway_plain_url) as connection:
        connection.send(b"GET /chat HTTP/1.1\r\n" + b"X: y\r\n" * 20_000)
        assert connection.read(12) in {b"HTTP/1.1 400", b""}
    assert desk.status() == 101
