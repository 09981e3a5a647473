"""The backend: echoes messages, and reports the handshakes that arrived to the management interface."""

from collections import deque

from aiohttp import WSMsgType, web

from pulumi_workspace365_sandbox.azure.records import BackendRequest

_MOST_REQUESTS = 10_000
_LARGEST = 64 * 1024 * 1024


class Echo:
    """`/close/4001` closes at once with that code, `/refuse/403` answers the handshake with that status; all else echoes."""

    def __init__(self) -> None:
        self.requests: deque[BackendRequest] = deque(maxlen=_MOST_REQUESTS)

    def application(self) -> web.Application:
        application = web.Application()
        application.router.add_get("/{path:.*}", self._handle)
        return application

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        offered = [item.strip() for item in request.headers.get("Sec-WebSocket-Protocol", "").split(",") if item.strip()]
        self.requests.append(
            BackendRequest(
                path=request.path,
                query=request.rel_url.raw_query_string,
                headers={name.lower(): value for name, value in request.headers.items()},
                subprotocols=offered,
            )
        )
        verb, _, number = request.match_info["path"].rpartition("/")
        if verb == "refuse":
            return web.Response(status=int(number))
        socket = web.WebSocketResponse(protocols=offered[:1], max_msg_size=_LARGEST, autoclose=False)
        if not socket.can_prepare(request):
            return web.Response(status=426, headers={"Upgrade": "websocket"})
        await socket.prepare(request)
        if verb == "close":
            await socket.close(code=int(number), message=b"as asked")
            return socket
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                await socket.send_str(message.data)
            elif message.type is WSMsgType.BINARY:
                await socket.send_bytes(message.data)
        await socket.close(code=socket.close_code or 1000)  # the client's own code comes back as well
        return socket
