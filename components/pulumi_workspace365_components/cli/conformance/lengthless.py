"""The one call that no client sends of itself: a PUT without a body and without the header that says so."""

import time
from urllib.parse import quote

import httpx

from pulumi_workspace365 import audit, errors, tls
from pulumi_workspace365.transport import Exchange, Replay, Request
from pulumi_workspace365_components.cli.conformance.observed import Seen
from pulumi_workspace365_components.cli.conformance.session import Session

_ENOUGH = 64 * 1024
"""Bytes of an answer, to see its shape."""


def activate(session: Session, name: str) -> Seen:
    """Activate an environment without ``Content-Length: 0``.

    Raises:
        errors.Unavailable: there was no answer.
    """
    settings = session.settings
    path = f"/Provisioning/Environment/{quote(name, safe='')}/Activate/"
    headers = {
        "ProvisioningKey": settings.provisioning_key or "",
        "X-Requested-With": "XMLHttpRequest",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
    }
    asked = f"activate environment {name!r} without Content-Length"
    verify = tls.context(settings.ca_file) if settings.instance.startswith("https:") else False
    began = time.monotonic()
    try:
        with (
            audit.recorded(settings.instance, asked, "PUT", path),
            httpx.Client(verify=verify, timeout=settings.request_timeout, trust_env=not settings.is_loopback) as client,
        ):
            request = client.build_request("PUT", settings.instance + path, headers=headers)
            del request.headers["Content-Length"]
            answer = client.send(request, stream=True)
            body = next(answer.iter_raw(_ENOUGH), b"")
    except httpx.HTTPError as problem:
        raise errors.Unavailable(f"Could not {asked}: {type(problem).__name__}.") from None
    seconds = time.monotonic() - began
    session.deviations.note(
        Exchange(Request(asked, "PUT", path, Replay.WRITE, headers), answer.status_code, answer.headers, body, seconds)
    )
    return session.deviations.seen[-1]
