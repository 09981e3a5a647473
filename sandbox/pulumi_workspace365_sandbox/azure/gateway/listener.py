"""A client's connection: the handshake, then the session."""

import asyncio
import base64
import ssl
import time
import uuid
from asyncio import StreamReader, StreamWriter
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pulumi_workspace365_sandbox.azure.gateway import backend, frames
from pulumi_workspace365_sandbox.azure.gateway.access import ACCESS
from pulumi_workspace365_sandbox.azure.gateway.frames import Limits, Side
from pulumi_workspace365_sandbox.azure.gateway.handshake_context import HandshakeContext, Refusal, parsed_query
from pulumi_workspace365_sandbox.azure.gateway.http_messages import BadHead, Head, Headers, HttpResponse, error, read_head
from pulumi_workspace365_sandbox.azure.gateway.logs import Logs
from pulumi_workspace365_sandbox.azure.gateway.pipeline import Pipeline, ResponseReturned, Services
from pulumi_workspace365_sandbox.azure.gateway.statements import STATEMENTS
from pulumi_workspace365_sandbox.azure.records import Resource, ServerOptions

_POLICIES = ACCESS | STATEMENTS
_CLOSE_SECONDS = 5
_MISSING_KEY = (
    "Access denied due to missing subscription key. Make sure to include subscription key when making requests to an API."
)
_INVALID_KEY = "Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription."


@dataclass
class Gateway:
    """Serves connections of both schemes; `open` are the sessions that run."""

    services: Services
    logs: Logs
    options: ServerOptions
    trusted: ssl.SSLContext
    open: set[asyncio.Task[object]] = field(default_factory=set)

    async def serve(self, reader: StreamReader, writer: StreamWriter, scheme: str) -> None:
        """One connection: one handshake, and what follows it."""
        task = asyncio.current_task()
        try:
            head = await self._head(reader, writer)
            if head is not None and task is not None:
                self.open.add(task)
                await self._handshake(head, Side(reader, writer, masks=False, name="client"), scheme)
        except BadHead as problem:
            writer.write(error(400, f"Bad request: {problem}.").encode())
        except ConnectionError:
            pass  # the client has gone: there is nobody to tell
        finally:
            if task is not None:
                self.open.discard(task)
            await _closed(writer)

    async def _head(self, reader: StreamReader, writer: StreamWriter) -> Head | None:
        """The request's head; None where none came in time. Raises BadHead, ConnectionError."""
        try:
            async with asyncio.timeout(self.options.handshake_seconds):
                return await read_head(reader)
        except TimeoutError:
            writer.write(error(408, "The request did not arrive in time.").encode())
            return None

    async def _handshake(self, head: Head, client: Side, scheme: str) -> None:
        started = time.monotonic()
        handshake = self._exchange(head, client, scheme)
        try:
            opened = await self._admitted(handshake, head)
        except (Refusal, ResponseReturned) as ended:
            answer = await self._refused(handshake, ended)
            self.logs.handshake(handshake, answer.status, started)
            client.writer.write(answer.encode())
            await client.writer.drain()
            return
        except Exception:
            client.writer.write(error(500, "Internal server error").encode())
            raise
        if opened is None:
            self.logs.handshake(handshake, 200, started)
            client.writer.write(HttpResponse(200, headers=handshake.response_headers).encode())
            return
        client.writer.write(HttpResponse(101, headers=_upgrade(head, handshake)).encode())
        await self._session(handshake, client, opened.side, started)

    async def _session(self, handshake: HandshakeContext, client: Side, side: Side, started: float) -> None:
        self.logs.handshake(handshake, 101, started, 101)
        self.logs.connection(handshake, "ConnectionEstablished")
        error_ = "The session was ended with the gateway."
        try:
            error_ = await frames.relay(client, side, Limits(self.options.message_bytes, self.options.frame_seconds))
        except asyncio.CancelledError:
            for writer in (side.writer, client.writer):
                writer.transport.abort()
            raise
        finally:
            self.logs.connection(handshake, "ConnectionFailed" if error_ else "ConnectionClosed", error_)
            await asyncio.gather(_closed(side.writer), _closed(client.writer))  # neither waits for the other's farewell

    def _exchange(self, head: Head, client: Side, scheme: str) -> HandshakeContext:
        path, _, query = head.line[1].partition("?")
        address = self.options.caller_address or str(client.writer.get_extra_info("peername")[0])
        return HandshakeContext(
            correlation_id=str(uuid.uuid4()),
            scheme=scheme,
            host=_host(head),
            path=path,
            client_query=parsed_query(query),
            query=parsed_query(query),
            headers=Headers(head.headers),
            address=address,
            region=self.options.region,
            service=self.services.deployed.service.rpartition("/")[2],
        )

    async def _admitted(self, handshake: HandshakeContext, head: Head) -> backend.BackendConnection | None:
        """The backend's side of a good handshake; None where no policy forwards it. Raises Refusal, ResponseReturned."""
        api = self.services.deployed.api(handshake.path)
        if api is None or handshake.scheme not in api.properties["protocols"] or not _asks_to_upgrade(head):
            raise Refusal(
                error(404, "Resource not found"), "OperationNotFound", "Unable to match incoming request to an operation."
            )
        handshake.api = api
        handshake.backend_url = api.properties["serviceUrl"]
        _well_formed(head)
        self._subscribed(handshake, api)
        pipeline = self._pipeline(handshake, api)
        await pipeline.run("inbound")
        await pipeline.run("backend")
        if not handshake.forwards:
            handshake.trace.append("No forward-request: the handshake is not forwarded.")
            return None
        return await self._forwarded(handshake, pipeline)

    async def _forwarded(self, handshake: HandshakeContext, pipeline: Pipeline) -> backend.BackendConnection:
        self.logs.connection(handshake, "ConnectionAttempted")
        try:
            opened = await backend.open_backend(handshake, self.trusted, self.options.aliases)
        except Refusal as refusal:
            refusal.section = "backend"
            self.logs.connection(handshake, "ConnectionFailed", refusal.message)
            raise
        handshake.response_status = 101
        for name, value in opened.headers:
            handshake.response_headers.add(name, value)
        try:
            await pipeline.run("outbound")
        except (Refusal, ResponseReturned):
            opened.side.writer.close()
            raise
        return opened

    def _pipeline(self, handshake: HandshakeContext, api: Resource) -> Pipeline:
        return Pipeline(handshake, self.services, _POLICIES, self.services.deployed.scopes(api, handshake.product))

    async def _refused(self, handshake: HandshakeContext, ended: Refusal | ResponseReturned) -> HttpResponse:
        """The answer; `on-error` may give another."""
        if isinstance(ended, ResponseReturned):
            return ended.response
        handshake.refusal, handshake.response_status = ended, ended.response.status
        if handshake.api is not None and ended.section:
            try:
                await self._pipeline(handshake, handshake.api).run("on-error")
            except ResponseReturned as returned:
                return returned.response
        for name, value in handshake.response_headers:
            ended.response.headers.add(name, value)
        return ended.response

    def _subscribed(self, handshake: HandshakeContext, api: Resource) -> None:
        names = api.properties["subscriptionKeyParameterNames"]
        in_query = next((value for key, value in handshake.query if key.casefold() == names["query"].casefold()), "")
        key = handshake.headers.get(names["header"]) or in_query
        required = api.properties["subscriptionRequired"]
        challenge = f'AzureApiManagementKey realm="{handshake.host}",name="{names["header"]}",type="header"'
        if not key:
            if required:
                raise _unauthorized(_MISSING_KEY, challenge, "SubscriptionKeyNotFound")
            return
        deployed = self.services.deployed
        subscription = deployed.subscription(key)
        if subscription and deployed.opens(subscription, api):
            handshake.subscription, handshake.key, handshake.product = subscription, key, deployed.product(subscription)
        elif required:
            raise _unauthorized(_INVALID_KEY, challenge, "SubscriptionKeyInvalid")

    async def end(self) -> None:
        """End all sessions."""
        for task in list(self.open):
            task.cancel()
        await asyncio.gather(*self.open, return_exceptions=True)


def _unauthorized(message: str, challenge: str, reason: str) -> Refusal:
    """A refusal by a built-in step, after which `on-error` comes as after those of policies."""
    refusal = Refusal(error(401, message, WWW_Authenticate=challenge), reason, message, "authorization")
    refusal.section = "inbound"
    return refusal


def _host(head: Head) -> str:
    host = head.headers.get("Host")
    try:
        urlsplit(f"//{host}").port  # noqa: B018  reading it is what judges it
    except ValueError as problem:
        raise BadHead(f"'{host:.80}' is not a host") from problem
    return host


def _asks_to_upgrade(head: Head) -> bool:
    return head.line[0] == "GET" and head.headers.get("Upgrade").lower() == "websocket"


def _well_formed(head: Head) -> None:
    """RFC 6455, 4.2.1."""
    if head.headers.get("Sec-WebSocket-Version") != "13":
        refused = error(426, "The WebSocket version is not supported.", Sec_WebSocket_Version="13")
        raise Refusal(refused, "WebSocketVersionNotSupported", "The WebSocket version is not 13.")
    try:
        good = len(base64.b64decode(head.headers.get("Sec-WebSocket-Key"), validate=True)) == 16
    except ValueError:
        good = False
    if not good or "upgrade" not in head.headers.get("Connection").lower():
        raise Refusal(
            error(400, "The WebSocket handshake is malformed."), "BadHandshake", "Connection or Sec-WebSocket-Key is wrong."
        )


def _upgrade(head: Head, handshake: HandshakeContext) -> Headers:
    accept = backend.accept(head.headers.get("Sec-WebSocket-Key"))
    own = [("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Accept", accept)]
    return Headers([*own, *handshake.response_headers])


async def _closed(writer: StreamWriter) -> None:
    """Close, once what was written is sent; the other side may have gone before, or take nothing."""
    writer.close()
    try:
        async with asyncio.timeout(_CLOSE_SECONDS):
            await writer.wait_closed()
    except (OSError, TimeoutError):
        writer.transport.abort()
