"""azure-core's transport over this project's HTTP client."""

import io
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from pulumi_workspace365.api.http_client import HttpClient
from pulumi_workspace365.api.http_errors import HttpError

UNREADABLE = "the answer cannot be read"
"""How the error begins that an answer leads to of which the server sent something."""

_SECONDS = 20.0
_LARGEST_ANSWER = 1024 * 1024


def bounded(ca_file: str | None, *, endpoint: str | None = None) -> Any:
    """A transport whose answers end in time, stay small, and are trusted as those of other requests are.

    Args:
        ca_file: certificate authorities to trust besides the system's.
        endpoint: connect there instead of to the host that an address names; requests name that host as before.
    """
    import requests  # noqa: PLC0415  only those who sign in have it installed: it comes with azure-core
    from azure.core.pipeline.transport import RequestsTransport  # noqa: PLC0415  likewise

    class Bounded(requests.adapters.BaseAdapter):
        def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
            url, body = str(request.url), request.body
            parts = urlsplit(url)
            target = f"{endpoint}{parts.path}?{parts.query}" if endpoint else url
            http = HttpClient(target, ca_file=ca_file)
            try:
                answer = http.send(
                    str(request.method),
                    target,
                    headers=_texts(request.headers) | ({"Host": parts.netloc} if endpoint else {}),
                    body=body.encode() if isinstance(body, str) else body if isinstance(body, bytes) else b"",
                    seconds=_SECONDS,
                    largest=_LARGEST_ANSWER,
                )
            except HttpError as problem:
                raise requests.ConnectionError(problem.detail or _UNREACHED.get(problem.reason, problem.reason)) from problem
            finally:
                http.close()
            if answer.read_error:
                raise requests.ConnectionError(f"{UNREADABLE}: {answer.read_error}")
            response = requests.Response()
            response.status_code, response.url, response.request = answer.status, url, request
            response.headers.update({name: value for name, value in answer.headers.items() if name != "content-encoding"})
            response.encoding, response.raw = "utf-8", io.BytesIO(answer.body)
            return response

        def close(self) -> None:
            """Each request uses a separate connection."""

    session = requests.Session()
    session.trust_env = False  # the proxy is the HTTP client's choice
    for scheme in ("https://", "http://"):
        session.mount(scheme, Bounded())
    return RequestsTransport(session=session, session_owner=False)


_UNREACHED = {"untrusted": "certificate verify failed", "no connection": "no connection (unknown name, refused or no route)"}


def _texts(headers: Mapping[str, str | bytes]) -> dict[str, str]:
    return {name: value if isinstance(value, str) else value.decode() for name, value in headers.items()}
