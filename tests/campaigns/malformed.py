"""Answers and arguments that no page documents: whatever comes, a person reads one sentence, without a secret and without a traceback.

Answers are bytes that a bare socket sends; arguments are any JSON, with unknown values anywhere, given to every resource's check.
"""

import json
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import hypothesis
from hypothesis import given
from hypothesis import strategies as st
from pulumi.dynamic import Config, ConfigureRequest
from pulumi.dynamic.dynamic import PROVIDER_KEY
from pulumi.output import UNKNOWN

from pulumi_workspace365 import errors
from pulumi_workspace365.api import client
from pulumi_workspace365.api.configuration import Settings
from pulumi_workspace365.environment import EnvironmentProvider
from pulumi_workspace365.exchange import ExchangeSettingsProvider
from pulumi_workspace365.lifecycle import environment_cache
from pulumi_workspace365.resource import base
from pulumi_workspace365.sharepoint import SharePointSettingsProvider
from pulumi_workspace365.sign_on import OAuth2SignOnProvider
from pulumi_workspace365.template import TemplateProvider
from tests.properties import steady

KEY = "sentinel-provisioning-c91e"
SIGN_ON_KEY = "sentinel-sign-on-b8d2"
_HEALTH_KEY = "sentinel-health-7d1b"
_PASSWORD = "sentinel-temporary-61f0"
_PARAMETER = "sentinel-parameter-20aa"
_SECRETS = (KEY, SIGN_ON_KEY, _HEALTH_KEY, _PASSWORD, _PARAMETER)

# What goes over the wire.

_TEXTS = st.text(max_size=20) | st.sampled_from(
    [KEY, SIGN_ON_KEY, f"the key {SIGN_ON_KEY} is wrong\nTraceback (most recent call last):", "\ud800", "\x00\x1b[31m", "contoso"]
)
_KEYS = st.sampled_from(
    [
        *(
            "Id",
            "EnvironmentName",
            "environmentname",
            "TemporaryPassword",
            "name",
            "Name",
            "isActive",
            "ISACTIVE",
            "creationDate",
        ),
        *("MemberNames", "memberNames", "ErrorMessage", "message", "summary", "moduleSummary", "regularUsers", "customer"),
        *("customerType", "UseNewBillingMethod", "overallStatus", "components", "component", "status", "responseTime"),
    ]
) | st.text(max_size=8)
_LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(10**300, 10**310)
    | st.floats()
    | _TEXTS
    | st.sampled_from(["2024-01-31", "99999-99-99T"])
)
JSON = st.recursive(_LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=5), max_leaves=12)

_RIGHT: list[Any] = [
    [{"name": "contoso", "isActive": True, "creationDate": "2024-01-31T00:00:00Z"}],
    {"Id": "0", "EnvironmentName": "contoso", "TemporaryPassword": _PASSWORD},
    {"moduleSummary": {"regularUsers": {"hybrid": 1}}, "customer": {"customerType": 99, "industry": 7}},
    {"overallStatus": "OK", "components": [{"component": "Redis", "status": "?", "responseTime": "0"}]},
    {"exportImportInfo": {"version": 1}, "apps": []},
    [{"MemberNames": ["Key", None, 3], "ErrorMessage": f"no {SIGN_ON_KEY}"}],
]


@st.composite
def _nearly_right(draw: st.DrawFn) -> Any:
    """A documented answer in which one thing is something else."""
    document = json.loads(json.dumps(draw(st.sampled_from(_RIGHT))))
    holder = document
    while isinstance(holder, dict | list) and holder:
        key = draw(st.sampled_from(sorted(holder) if isinstance(holder, dict) else range(len(holder))))
        if not isinstance(holder[key], dict | list) or draw(st.booleans()):
            holder[key] = draw(_LEAVES | JSON)
            break
        holder = holder[key]
    return document


def _encoded(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass")


_BODIES = (
    st.builds(_encoded, JSON | _nearly_right())
    | st.builds(lambda document: json.dumps(document).encode(), JSON)
    | st.binary(max_size=60)
    | st.builds(lambda data, cut: data[: len(data) * cut // 10], st.builds(_encoded, _nearly_right()), st.integers(0, 9))
    | st.sampled_from(
        [
            b"[" * 100_000,
            b'{"a":' * 50_000,
            b"",
            b"  ",
            b"\xef\xbb\xbf[]",
            "[]".encode("utf-16"),
            b"<html><title>Log\nin</title>",
            b"NaN",
            b"1" * 6000,
        ]
    )
)
_STATUSES = st.sampled_from(
    [200, 200, 200, 201, 204, 206, 300, 301, 304, 308, 400, 401, 403, 404, 408, 411, 418, 429, 451, 500, 502, 503, 504, 599]
)
_HEADERS = st.sampled_from(
    [
        *("", "Retry-After: 0\r\n", "Retry-After: soon\r\n", "Retry-After: -1\r\n", "Retry-After: 1e9\r\n"),
        *(
            "Content-Type: text/html\r\n",
            "Content-Encoding: gzip\r\n",
            "Content-Encoding: br\r\n",
            "Content-Type: application/json; charset=klingon\r\n",
        ),
        *(
            "Location: http://127.0.0.1:9/\r\n",
            f"X-Echo: {KEY}\r\n",
            "Retry-After: Thu, 01 Jan 1970 00:00:00 GMT\r\n",
            "Retry-After: Thu, 99 Foo 9999\r\n",
        ),
    ]
)


@st.composite
def answers(draw: st.DrawFn) -> bytes:
    """What a socket answers: mostly HTTP with a wrong body, sometimes no HTTP at all."""
    if draw(st.integers(0, 19)) == 0:
        return draw(
            st.binary(max_size=80)
            | st.sampled_from(
                [b"HTTP/1.1 200\r\n", b"HTTP/9.9 abc\r\n\r\n", b"SSH-2.0-x\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"]
            )
        )
    body, status = draw(_BODIES), draw(_STATUSES)
    length = len(body) + draw(st.sampled_from([0, 0, 0, 0, 7]))
    head = f"HTTP/1.1 {status} Said\r\n{draw(_HEADERS)}Content-Length: {length}\r\nConnection: close\r\n\r\n"
    return head.encode() + (b"" if status in {204, 304} else body)


class _Scripted(socketserver.ThreadingTCPServer):
    """Answers every request with ``answer`` and hangs up."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128
    answer = b""


class _Speaker(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        server = self.server
        assert isinstance(server, _Scripted)
        try:
            self._read()
            self.request.sendall(server.answer)
            self.request.shutdown(socket.SHUT_WR)
        except OSError:  # the client has heard enough
            return

    def _read(self) -> None:
        """The whole request, so that hanging up is no reset."""
        data = b""
        while b"\r\n\r\n" not in data:
            data += self.request.recv(65536) or b"\r\n\r\n"
        head, _, rest = data.partition(b"\r\n\r\n")
        length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
        while len(rest) < length and (more := self.request.recv(65536)):
            rest += more


@contextmanager
def scripted() -> Iterator[_Scripted]:
    """A server on this machine that says what it is told to."""
    with _Scripted(("127.0.0.1", 0), _Speaker) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


# Who asks.

_CREATE = {
    "environment_name": "contoso",
    "admin_email": "admin@contoso.example",
    "admin_first_name": "A",
    "admin_last_name": "-",
    "deletion_protection": False,
}
_ALL_THREE = {"authority": "https://login.example.com/x", "client_id": "app", "key": SIGN_ON_KEY}
_SETTINGS: dict[type[base.Provider[Any]], dict[str, Any]] = {
    OAuth2SignOnProvider: _ALL_THREE,
    ExchangeSettingsProvider: {"server_type": "Office365"},
    SharePointSettingsProvider: {"authentication_type": "Online"},
    TemplateProvider: {"configuration": {"apps": [{"parameters": _PARAMETER}]}},
}
_ARGUMENTS: dict[type[base.Provider[Any]], dict[str, Any]] = {EnvironmentProvider: _CREATE} | {
    provider: {"environment": "contoso", **more} for provider, more in _SETTINGS.items()
}


def _questions(settings: Settings) -> dict[str, Callable[[], object]]:
    """Everything that asks the API something."""
    asker = client.Client(settings)
    impatient = {"w365:requestTimeout": "5", "w365:maxRetries": "0", "w365:settleSeconds": "0"}
    config = {"w365:baseUrl": settings.instance, "w365:provisioningKey": KEY, **impatient}
    providers = {kind: _configured(kind, config) for kind in _ARGUMENTS}
    outputs = {
        **_CREATE,
        "name": "contoso",
        "creation_date": "2024-01-31T00:00:00Z",
        "is_active": False,
        "instance": settings.instance,
    }
    providers[OAuth2SignOnProvider].check(
        {}, {**_ARGUMENTS[OAuth2SignOnProvider], PROVIDER_KEY: "reference"}
    )  # as engines do first
    environment = providers[EnvironmentProvider]
    questions: dict[str, Callable[[], object]] = {
        f"create {kind.__name__}": partial(provider.create, dict(_ARGUMENTS[kind])) for kind, provider in providers.items()
    }
    return questions | {
        "read": lambda: environment.read("contoso", outputs),
        "update": lambda: environment.update("contoso", outputs, {**_CREATE, "active": True}),
        "delete": lambda: environment.delete("contoso", outputs),
        "list": asker.list_environments,
        "activate": lambda: asker.activate_environment("contoso"),
        "exists": lambda: asker.exists("contoso"),
        "licensing": lambda: asker.get_licensing("contoso"),
        "export": lambda: asker.export_environment("contoso"),
        "health": asker.get_health,
    }


def _configured(kind: type[base.Provider[Any]], config: dict[str, str]) -> base.Provider[Any]:
    provider = kind()
    provider.configure(ConfigureRequest(Config(config, "test")))
    return provider


# The verdict.


@dataclass
class Tally:
    """How the attempts ended."""

    ended: dict[str, int] = field(default_factory=dict)

    @property
    def tried(self) -> int:
        return sum(self.ended.values())

    def count(self, ending: str) -> None:
        self.ended[ending] = self.ended.get(ending, 0) + 1


def judge(text: str) -> None:
    """A sentence for people: one line, nothing that a terminal would obey, no secret, no trace."""
    assert text, "no text at all"
    assert text.isprintable(), f"not one printable line: {text!r}"
    assert not any(secret in text for secret in _SECRETS), f"a secret: {text!r}"
    assert "Traceback" not in text.partition("The server says:")[0], text


def _drive(seed: int, examples: int, test: Callable[..., None]) -> None:
    hypothesis.seed(seed)(steady(examples)(test))()


def try_answers(seed: int, examples: int) -> Tally:
    """Give generated answers to everything that asks. Raises AssertionError, or what broke, with the smallest example."""
    tally = Tally()
    with scripted() as server:
        instance = f"http://127.0.0.1:{server.server_address[1]}"
        settings = Settings(instance, KEY, _HEALTH_KEY, request_timeout=5, max_retries=0, settle_seconds=0)
        questions = _questions(settings)

        @given(st.sampled_from(sorted(questions)), answers())
        def test(question: str, answer: bytes) -> None:
            server.answer = answer
            environment_cache._caches.clear()
            try:
                result = questions[question]()
            except errors.W365Error as problem:
                judge(str(problem))
                tally.count(type(problem).__name__)
            else:
                for reason in getattr(result, "reasons", []):
                    judge(reason)
                tally.count("Incomplete" if getattr(result, "reasons", []) else "success")

        _drive(seed, examples, test)
    return tally


def try_arguments(seed: int, examples: int) -> Tally:
    """Give generated arguments to every resource's check, and to diff where check lets them pass."""
    tally = Tally()
    config = {"w365:baseUrl": "https://portal.example.com"}
    kinds = {kind.__name__: _configured(kind, config) for kind in _ARGUMENTS}
    values = st.recursive(
        _LEAVES | st.just(UNKNOWN), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3)
    )

    @st.composite
    def arguments(draw: st.DrawFn, kind: str) -> dict[str, Any]:
        names = sorted(kinds[kind].arguments())
        given_ = dict(_ARGUMENTS[type(kinds[kind])]) if draw(st.booleans()) else {}
        return given_ | draw(st.dictionaries(st.sampled_from(names) | _KEYS, values, max_size=4))

    @given(st.data(), st.sampled_from(sorted(kinds)))
    def test(data: st.DataObject, kind: str) -> None:
        provider, olds, news = kinds[kind], data.draw(arguments(kind)), data.draw(arguments(kind))
        result = provider.check(olds if data.draw(st.booleans()) else {}, {**news, PROVIDER_KEY: "reference"})
        for failure in result.failures:
            judge(failure.reason)
        if not result.failures:
            provider.diff("contoso", olds, result.inputs)
        tally.count("CheckFailure" if result.failures else "success")

    _drive(seed, examples, test)
    return tally
