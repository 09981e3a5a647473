"""Answer faults on the wire: what a client gets in place of the honest answer."""

import asyncio
import gzip
import zlib
from dataclasses import replace

from aiohttp import web

from pulumi_workspace365_sandbox.management import http
from pulumi_workspace365_sandbox.workspace365 import faults, responses
from pulumi_workspace365_sandbox.workspace365.responses import Response

_PIECE = 64 * 1024
_WRONG: dict[str, bytes] = {
    "object": b'{"unexpected": true}',
    "array": b"[1, 2]",
    "null": b"null",
    "number": b"42",
    "string": b'"fine"',
    "broken": b'[{"name": "contoso", "isActi',
}


async def inject_fault(request: web.Request, fault: faults.Answering, honest: Response) -> web.StreamResponse | None:
    """Answer as the fault says; None when the connection ended without an answer."""
    match fault:
        case faults.Reset() | faults.Close() | faults.Hang():
            await _silence(request, fault)
            return None
        case faults.Truncate(size=size):
            return await _truncated(request, honest, size)
        case faults.Trickle(ms=ms):
            return await _trickled(request, honest, ms)
        case faults.HugeBody(size=size):
            return await _huge(request, size)
        case faults.Encoded(coding=coding):
            return response(
                replace(honest, value=_encoded(honest.body, coding), headers=honest.headers | {"Content-Encoding": coding})
            )
        case faults.Interim(ms=ms):
            await _interim(request, ms)
            return None
        case _:
            return response(replacement(fault, request.raw_path))


def response(answer: Response) -> web.Response:
    body = answer.body
    headers = answer.headers | ({"Content-Type": answer.content_type} if body or answer.status == 200 else {})
    return web.Response(status=answer.status, body=body, headers=headers)


def replacement(fault: faults.Status | faults.Redirect | faults.Html | faults.WrongJson, raw_path: str) -> Response:
    """The whole answer of a fault that only answers differently."""
    match fault:
        case faults.Redirect(status=status, location=location):
            return Response(status, headers={"Location": location.rstrip("/") + raw_path})
        case faults.Html(status=status):
            return responses.login_page(status)
        case faults.WrongJson(form=form):
            return Response(value=_WRONG[form])
        case faults.Status():
            return _status(fault)


def _status(fault: faults.Status) -> Response:
    result = responses.validation_result(fault.text, fault.members)
    headers = http.retry_after(fault.retry_after, fault.retry_after_form)
    plain = {"html": "text/html; charset=utf-8", "text": "text/plain; charset=utf-8"}
    if fault.form in plain:
        text = f"<html><body><h1>{fault.text}</h1></body></html>" if fault.form == "html" else fault.text
        return Response(fault.status, text.encode(), plain[fault.form], headers)
    values = {"array": [result], "object": result, "string": fault.text, "empty": responses.NO_BODY}
    return Response(fault.status, values[fault.form], headers=headers)


async def _silence(request: web.Request, fault: faults.Reset | faults.Close | faults.Hang) -> None:
    """End the connection without an answer."""
    if isinstance(fault, faults.Hang):
        await http.client_gone(request, fault.seconds)
    if isinstance(fault, faults.Reset):
        http.reset(request)
    elif request.transport:
        request.transport.abort()


async def _truncated(request: web.Request, honest: Response, size: int | None) -> web.StreamResponse:
    body = honest.body or b'{"cut": true}'
    stream = await _stream(request, honest.status, len(body))
    await stream.write(body[: len(body) // 2 if size is None else min(size, len(body) - 1)])
    if request.transport:
        request.transport.close()  # what was written is flushed first
    return stream


async def _trickled(request: web.Request, honest: Response, ms: int) -> web.StreamResponse:
    stream = await _stream(request, honest.status, len(honest.body))
    for byte in honest.body:
        await asyncio.sleep(ms / 1000)
        if request.transport is None or request.transport.is_closing():
            return stream
        await stream.write(bytes([byte]))
    return stream


async def _huge(request: web.Request, size: int) -> web.StreamResponse:
    stream = await _stream(request, 200, size)
    await stream.write(b'"')
    left = size - 2
    while left > 0 and request.transport is not None and not request.transport.is_closing():
        await stream.write(b"x" * min(left, _PIECE))
        left -= _PIECE
    if left <= 0:
        await stream.write(b'"')
    return stream


def _encoded(body: bytes, coding: str) -> bytes:
    pack = {"gzip": gzip.compress, "deflate": zlib.compress, "gzip, gzip": lambda data: gzip.compress(gzip.compress(data))}
    return pack[coding](body) if coding in pack else body


async def _interim(request: web.Request, ms: int) -> None:
    while request.transport and not request.transport.is_closing():
        request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        await asyncio.sleep(ms / 1000)


async def _stream(request: web.Request, status: int, length: int) -> web.StreamResponse:
    stream = web.StreamResponse(status=status, headers={"Content-Type": responses.JSON_TYPE, "Content-Length": str(length)})
    await stream.prepare(request)
    return stream
