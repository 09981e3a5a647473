"""Probes: a TCP connect or an HTTP request each, with the time it took or what went wrong."""

import asyncio
import errno
import math
import os
import socket
import ssl
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import cycle, islice

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from pulumi_workspace365_sandbox.azure.connectivity import names
from pulumi_workspace365_sandbox.azure.connectivity.names import Endpoint
from pulumi_workspace365_sandbox.azure.connectivity.request import CheckRequest
from pulumi_workspace365_sandbox.azure.records import ServerOptions

_LOCAL = {errno.EADDRNOTAVAIL, errno.EADDRINUSE, errno.EMFILE, errno.ENFILE, errno.EACCES, errno.EPERM}
_NO_ROUTE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN}


@dataclass(frozen=True)
class ProbeProblem:
    """Why a probe failed, with the type of issue by which the service tells it."""

    issue: str
    text: str


@dataclass(frozen=True)
class Probe:
    """One probe of one address: milliseconds, or the problem."""

    address: str
    ms: int | None = None
    problem: ProbeProblem | None = None


@dataclass(frozen=True)
class Observation:
    """What was seen of a destination. `unresolved`: why its name has no address."""

    source: str
    probes: list[Probe] = field(default_factory=list)
    unresolved: str = ""


class ProbeFailed(Exception):
    """The probe reached something that is not what was asked for."""


async def observe(request: CheckRequest, options: ServerOptions, trusted: ssl.SSLContext) -> Observation:
    """Resolve the destination and probe its addresses in turn, all probes at once."""
    count = options.tcp_probes if request.over == "TCP" else options.http_probes
    try:
        asking = names.endpoints(options.aliases, request.host, request.destination.port)
        endpoints = await asyncio.wait_for(asking, options.probe_seconds)
    except TimeoutError:
        return Observation(_source("127.0.0.1"), unresolved=f"no answer within {options.probe_seconds:g} s")
    except (OSError, UnicodeError) as problem:
        return Observation(_source("127.0.0.1"), unresolved=getattr(problem, "strerror", None) or str(problem))

    def attempt(endpoint: Endpoint) -> Callable[[], Awaitable[None]]:
        if request.over == "TCP":
            return lambda: _connect(endpoint)
        return lambda: _ask(request, endpoint, trusted)

    targets = islice(cycle(endpoints), count)
    probes = await asyncio.gather(*(_probe(endpoint[0], attempt(endpoint), options.probe_seconds) for endpoint in targets))
    return Observation(_source(endpoints[0][0]), list(probes))


async def _probe(address: str, attempt: Callable[[], Awaitable[None]], seconds: float) -> Probe:
    started = time.monotonic()
    try:
        await asyncio.wait_for(attempt(), seconds)
    except TimeoutError:
        return Probe(address, problem=ProbeProblem("Unknown", f"no answer within {seconds:g} s"))
    except aiohttp.ClientConnectorCertificateError as problem:
        return Probe(address, problem=ProbeProblem("Unknown", str(problem.certificate_error)))
    except (OSError, aiohttp.ClientError, ProbeFailed) as problem:
        return Probe(address, problem=_classify(problem))
    return Probe(address, ms=math.ceil((time.monotonic() - started) * 1000))


def _classify(problem: Exception) -> ProbeProblem:
    cause = problem.os_error if isinstance(problem, aiohttp.ClientConnectorError) else problem
    number = None if isinstance(cause, ssl.SSLError) else getattr(cause, "errno", None)
    text = os.strerror(number) if number else str(cause) or type(cause).__name__
    if number in _LOCAL:
        return ProbeProblem("SocketBind", text)
    return ProbeProblem("UserDefinedRoute" if number in _NO_ROUTE else "Unknown", text)


async def _connect(endpoint: Endpoint) -> None:
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as connecting:
        connecting.setblocking(False)
        await loop.sock_connect(connecting, endpoint)


async def _ask(request: CheckRequest, endpoint: Endpoint, trusted: ssl.SSLContext) -> None:
    """Raises ProbeFailed for a status that is not among the valid ones; redirects are answers."""
    http_request = request.http
    url = f"{request.over.lower()}://{request.host}:{request.destination.port}{request.path}"
    headers = [(header.name, header.value) for header in http_request.headers or []]
    connector = aiohttp.TCPConnector(resolver=_Pinned(endpoint), ssl=trusted, force_close=True, use_dns_cache=False)
    async with (
        aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as session,
        session.request(http_request.method or "GET", url, headers=headers, allow_redirects=False) as answer,
    ):
        valid = answer.status < 400 if http_request.validStatusCodes is None else answer.status in http_request.validStatusCodes
        if not valid:
            raise ProbeFailed(f"the answer's status is {answer.status}")


class _Pinned(AbstractResolver):
    """One address for whatever name, so that certificate and Host header stay those of the name."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        del port
        address, own = self._endpoint
        flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
        return [ResolveResult(hostname=host, host=address, port=own, family=family, proto=0, flags=flags)]

    async def close(self) -> None:
        """Nothing is held."""


def _source(towards: str) -> str:
    """The address from which this machine reaches another; no packet is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect((towards, 9))
        except OSError:
            return "127.0.0.1"
        return str(asking.getsockname()[0])
