"""HTTP of the local servers and their management interfaces: JSON, and errors in one line.

Management interfaces ask for no password, so they answer programs of this machine only and no web page: a page of any address can send requests to
127.0.0.1, and one whose own name resolves to 127.0.0.1 (DNS rebinding) could read the answers as well. Browsers tell on themselves by
`Host`, `Origin` and `Sec-Fetch-Site`; what they send unasked to another origin is never declared as JSON.
"""

import asyncio
import json
import socket
import ssl
import struct
import time
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, Literal

from aiohttp import web
from pydantic import BaseModel, ValidationError

HOST = "127.0.0.1"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_NAMES = (HOST, "localhost", "[::1]")
_READING = {"GET", "HEAD", "OPTIONS"}
_JSON = {"application/json", "application/json;charset=utf-8", 'application/json;charset="utf-8"'}
_PROTECTION = {"X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-store"}
_LINGER_ZERO = struct.pack("ii", 1, 0)  # closing then sends RST instead of FIN
_LARGEST_BODY = 16 * 1024 * 1024


def application() -> web.Application:
    """An application without routes, for a management interface."""
    made = web.Application(middlewares=[_programs_only, _plain_errors], client_max_size=_LARGEST_BODY)
    made.on_response_prepare.append(_protect)
    return made


async def json_object(request: web.Request) -> dict[str, Any]:
    """The body; no body is an empty object.

    Raises:
        TypeError, ValueError: it is no JSON object.
    """
    try:
        value = json.loads(await request.read() or b"{}")
    except RecursionError:
        raise ValueError("the body is nested too deeply") from None
    if not isinstance(value, dict):
        raise TypeError("the body must be a JSON object")
    return value


def filtered(records: Iterable[BaseModel], request: web.Request) -> web.Response:
    """Each query parameter is a field of a record and the value it must have."""
    filters = dict(request.query)
    shown = (item.model_dump() for item in records)
    return web.json_response([item for item in shown if all(str(item[field]) == value for field, value in filters.items())])


def shown(value: BaseModel) -> web.Response:
    """A record as the answer."""
    return web.Response(text=value.model_dump_json(), content_type="application/json")


async def listening(application: web.Application, port: int, tls: ssl.SSLContext | None = None) -> tuple[web.AppRunner, str]:
    """Serve an application on this machine; what ends that, and its address. Port 0 takes a free one."""
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1, handle_signals=False)
    await runner.setup()
    await web.TCPSite(runner, HOST, port, backlog=512, ssl_context=tls).start()
    return runner, f"{'https' if tls else 'http'}://{HOST}:{runner.addresses[0][1]}"


async def client_gone(request: web.Request, seconds: float | None) -> None:
    """Wait until the client has left, or so many seconds."""
    until = time.monotonic() + (float("inf") if seconds is None else seconds)
    transport = request.transport
    while transport and not transport.is_closing() and time.monotonic() < until:  # noqa: ASYNC110  a transport tells nobody
        await asyncio.sleep(0.02)


def reset(request: web.Request) -> None:
    """Reset the connection (RST)."""
    if request.transport:
        request.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
        request.transport.abort()


def retry_after(seconds: int | None, form: Literal["seconds", "date", "text"] = "seconds") -> dict[str, str]:
    """The header, in either form of RFC 9110, or with an invalid text."""
    if seconds is None:
        return {}
    values = {
        "seconds": str(seconds),
        "date": format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True),
        "text": "soon",
    }
    return {"Retry-After": values[form]}


@web.middleware
async def _programs_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what a web page may have sent: 403; and a change that is not declared as JSON: 415."""
    if problem := _foreign(request):
        return web.json_response({"error": problem}, status=403)
    if request.method not in _READING and not _declares_json(request):
        problem = f"{request.method} needs the header `Content-Type: application/json`, also without a body"
        return web.json_response({"error": problem}, status=415)
    return await handler(request)


def _foreign(request: web.Request) -> str:
    """Why a request is taken for one of a web page or another machine; empty where it is not."""
    address = request.transport.get_extra_info("sockname") if request.transport else None
    hosts = {f"{name}:{address[1]}" for name in _NAMES} if address else set()
    if not request.raw_path.startswith("/"):
        return "the request must name a path, such as /state, and no address"
    if not _is_one_of(hosts, request.headers.getall("Host", [])):
        return f"the header Host must be one of {', '.join(sorted(hosts))}: this interface answers programs of this machine only"
    origins = request.headers.getall("Origin", [])
    if origins and not _is_one_of({f"http://{host}" for host in hosts}, origins):
        return "the header Origin names another origin: this interface answers no web pages"
    sites = request.headers.getall("Sec-Fetch-Site", [])
    if sites and not _is_one_of({"same-origin", "none"}, sites):
        return "the header Sec-Fetch-Site tells of another site: this interface answers no web pages"
    return ""


def _is_one_of(allowed: set[str], values: list[str]) -> bool:
    return len(values) == 1 and values[0].lower() in allowed


def _declares_json(request: web.Request) -> bool:
    values = request.headers.getall("Content-Type", [])
    return _is_one_of(_JSON, [value.replace(" ", "") for value in values])


async def _protect(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_PROTECTION)


@web.middleware
async def _plain_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Report wrong use of the interface in one line."""
    try:
        return await handler(request)
    except ValidationError as error:
        problems = (f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors(include_url=False))
        return web.json_response({"error": "; ".join(problems)}, status=400)
    except KeyError as error:
        return web.json_response({"error": str(error.args[0])}, status=404)
    except web.RequestPayloadError:
        return web.json_response({"error": "the body is not what its headers say"}, status=400)
    except (TypeError, ValueError) as error:
        return web.json_response({"error": str(error)}, status=400)
