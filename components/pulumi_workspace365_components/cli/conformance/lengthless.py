"""The one call that no client sends of itself: a PUT without a body and without the header that says so."""

import time
from urllib.parse import quote

from pulumi_workspace365 import audit, errors
from pulumi_workspace365.http_client import HttpClient, HttpError
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
    }
    asked = f"activate environment {name!r} without Content-Length"
    began = time.monotonic()
    http = HttpClient(settings.instance, ca_file=settings.ca_file)
    try:
        with audit.recorded(settings.instance, asked, "PUT", path):
            answer = http.send(
                "PUT", settings.instance + path, headers=headers, seconds=settings.request_timeout, largest=_ENOUGH
            )
    except HttpError as problem:
        raise errors.Unavailable(f"Could not {asked}: {problem.reason}.") from problem
    finally:
        http.close()
    seconds = time.monotonic() - began
    session.deviations.note(
        Exchange(Request(asked, "PUT", path, Replay.WRITE, headers), answer.status, answer.headers, answer.body, seconds)
    )
    return session.deviations.seen[-1]
