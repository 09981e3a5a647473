"""After the handshake: frames both ways, one to one, until one side closes or is gone."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed, ConnectionClosedError, ConnectionClosedOK
from websockets.frames import Frame, Opcode

from tests.sandbox.azure.desk import Desk
from tests.waiting import LONGEST, wait_for


@asynccontextmanager
async def opened(desk: Desk, path: str = "/chat", **options: float) -> AsyncIterator[ClientConnection]:
    url = f"{desk.cloud.websocket_url}{path}"
    async with connect(url, ssl=desk.trusted, proxy=None, compression=None, max_size=None, **options) as socket:  # type: ignore[arg-type]
        yield socket


def events(desk: Desk) -> list[str]:
    return [item.event_name for item in desk.cloud.management.connection_logs()]


def test_text_binary_empty_and_large_messages_come_back_as_they_were(desk: Desk) -> None:
    desk.api()
    messages: list[str | bytes] = [
        "",
        "häi",
        "x" * 125,
        "x" * 126,
        "x" * 65_535,
        "y" * 65_536,
        "z" * 3_000_000,
        b"",
        b"\x00\xff" * 40_000,
    ]
    with desk.connect(max_size=None) as socket:
        for message in messages:
            socket.send(message)
            assert socket.recv() == message


def test_pings_are_answered_by_the_backend_and_closes_reach_it(desk: Desk) -> None:
    desk.api()
    with desk.connect() as socket:
        assert socket.ping(b"are you there").wait(LONGEST)
        socket.close(4321, "enough")
    assert socket.close_code == 4321
    wait_for(lambda: "ConnectionClosed" in events(desk))  # the gateway notes the end after the client has seen it
    assert events(desk) == ["ConnectionAttempted", "ConnectionEstablished", "ConnectionClosed"]


def test_the_backends_close_code_reaches_the_client(desk: Desk) -> None:
    desk.api(serviceUrl=f"{desk.cloud.backend_url}/close/4001")
    with desk.connect() as socket, pytest.raises(ConnectionClosed) as closed:
        socket.recv(timeout=LONGEST)
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4001, "as asked")


def test_fragments_and_control_frames_pass_one_to_one_both_ways(desk: Desk) -> None:
    """Seen from both ends on the wire's own level: no frame is joined, split or answered on the way."""
    arrived: list[tuple[Opcode, bytes, bool]] = []

    async def backend(socket: ServerConnection) -> None:
        assert await socket.recv() == "abc"
        arrived.extend(await _frames_of(socket))
        await socket.send(_pieces("d", "e", ""))

    async def _frames_of(socket: ServerConnection) -> list[tuple[Opcode, bytes, bool]]:
        return [(frame.opcode, bytes(frame.data), frame.fin) for frame in recorded[socket.id]]

    recorded: dict[object, list[Frame]] = {}

    async def scenario() -> list[str]:
        async with serve(backend, "127.0.0.1", 0, compression=None, process_request=_recording(recorded)) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            await asyncio.to_thread(desk.api, serviceUrl=f"ws://127.0.0.1:{port}/")
            async with opened(desk) as socket:
                await socket.send(_pieces("a", "b", "c"))
                return [piece async for piece in socket.recv_streaming(decode=True)]

    assert asyncio.run(scenario()) == ["d", "e", "", ""]
    assert [(opcode, data) for opcode, data, _ in arrived if data] == [(1, b"a"), (0, b"b"), (0, b"c")]
    assert [fin for _, _, fin in arrived][:3] == [False, False, False]


async def _pieces(*texts: str) -> AsyncIterator[str]:
    for text in texts:
        yield text


def _recording(recorded: dict[object, list[Frame]]):  # type: ignore[no-untyped-def]  # noqa: ANN202
    """Note every frame that the server's protocol parses."""

    def process(connection: ServerConnection, _: object) -> None:
        frames: list[Frame] = recorded.setdefault(connection.id, [])
        receive = connection.protocol.recv_frame

        def noted(frame: Frame) -> None:
            frames.append(frame)
            receive(frame)

        connection.protocol.recv_frame = noted  # type: ignore[method-assign]

    return process


def test_a_backend_that_goes_in_mid_session_is_told_as_1011(desk: Desk) -> None:
    async def backend(socket: ServerConnection) -> None:
        await socket.recv()
        socket.transport.abort()

    async def scenario() -> ConnectionClosedError:
        async with serve(backend, "127.0.0.1", 0) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            await asyncio.to_thread(desk.api, serviceUrl=f"ws://127.0.0.1:{port}/")
            async with opened(desk) as socket:
                await socket.send("go")
                with pytest.raises(ConnectionClosedError) as closed:
                    await socket.recv()
                return closed.value

    ended = asyncio.run(scenario())
    assert ended.rcvd is not None
    assert (ended.rcvd.code, ended.rcvd.reason) == (1011, "The backend disconnected.")
    while "ConnectionFailed" not in events(desk):
        """The gateway notes the end after the client has seen it."""
    assert "without a close frame" in desk.cloud.management.connection_logs()[-1].error


def test_a_client_that_goes_is_told_to_the_backend(desk: Desk) -> None:
    codes: list[int | None] = []
    gone = asyncio.Event()

    async def backend(socket: ServerConnection) -> None:
        await socket.wait_closed()
        codes.append(socket.close_code)
        gone.set()

    async def scenario() -> None:
        async with serve(backend, "127.0.0.1", 0) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            await asyncio.to_thread(desk.api, serviceUrl=f"ws://127.0.0.1:{port}/")
            async with opened(desk) as socket:
                socket.transport.abort()
            await asyncio.wait_for(gone.wait(), LONGEST)

    asyncio.run(scenario())
    assert codes == [1011]


@pytest.mark.parametrize(
    ("backend", "status", "reason"),
    [
        ("ws://127.0.0.1:9/", 500, "BackendConnectionFailure"),
        ("{plain}/refuse/403", 403, "BackendRefused"),
        ("{secure}/x", 101, ""),
        ("{other_name}/x", 500, "BackendConnectionFailure"),
        ("{no_tls}/x", 500, "BackendConnectionFailure"),
    ],
)
def test_a_backend_must_be_there_trusted_and_willing(desk: Desk, backend: str, status: int, reason: str) -> None:
    secure, plain = desk.cloud.backend_secure_url, desk.cloud.backend_url
    urls = {
        "plain": plain,
        "secure": secure,
        "other_name": secure.replace("127.0.0.1", "127.0.0.2"),
        "no_tls": plain.replace("ws:", "wss:"),
    }
    desk.api(serviceUrl=backend.format(**urls))
    assert desk.status() == status
    assert desk.cloud.management.gateway_logs()[-1].last_error_reason == reason


def test_two_hundred_connections_at_once_each_get_their_own_messages(desk: Desk) -> None:
    desk.api()

    async def one(number: int, all_open: asyncio.Barrier) -> str:
        async with opened(desk, open_timeout=LONGEST) as socket:
            await all_open.wait()
            await socket.send(f"number {number}")
            return str(await socket.recv())

    async def scenario() -> list[str]:
        all_open = asyncio.Barrier(200)
        return await asyncio.gather(*(one(number, all_open) for number in range(200)))

    assert asyncio.run(scenario()) == [f"number {number}" for number in range(200)]
    assert [item.response_code for item in desk.cloud.management.gateway_logs()] == [101] * 200


def test_a_restart_of_the_gateway_ends_sessions(desk: Desk) -> None:
    desk.api()
    with desk.connect() as socket:
        desk.cloud.management.end_connections()
        with pytest.raises((ConnectionClosedError, ConnectionClosedOK)):
            socket.recv(timeout=LONGEST)
    assert desk.cloud.management.state().open_connections == 0


NODE_CLIENT = """
const { WebSocket } = require('ws');
const socket = new WebSocket(process.argv[1], { headers: { Authorization: `Bearer ${process.argv[2]}` } });
socket.on('unexpected-response', (_, response) => { console.log(response.statusCode); process.exit(); });
socket.on('open', () => socket.ping('x'));
socket.on('pong', () => socket.send(Buffer.from('from node')));
socket.on('message', (data, binary) => { console.log(`${data} ${binary}`); socket.close(4000, 'done'); });
socket.on('close', (code) => console.log(code));
"""


def _node_with_ws() -> bool:
    node = shutil.which("node")
    return node is not None and subprocess.run([node, "-e", "require('ws')"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not _node_with_ws(), reason="needs Node with its package ws")
def test_a_client_in_another_language_connects(desk: Desk, tmp_path: Path) -> None:
    desk.api()
    audiences = "<audiences><audience>chat</audience></audiences>"
    config = f'<openid-config url="{desk.cloud.openid_config}" />'
    desk.policy(f'<validate-jwt header-name="Authorization" require-scheme="Bearer">{config}{audiences}</validate-jwt>')

    def client(token: str) -> list[str]:
        command = ["node", "-e", NODE_CLIENT, f"{desk.cloud.websocket_url}/chat", token]
        variables = os.environ | {"NODE_EXTRA_CA_CERTS": desk.cloud.ca_file}
        return subprocess.run(command, env=variables, cwd=tmp_path, capture_output=True, text=True, check=True).stdout.split(
            "\n"
        )[:-1]

    assert client(desk.cloud.management.token(aud="chat")) == ["from node true", "4000"]
    assert client("guess") == ["401"]
