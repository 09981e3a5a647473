"""A GET: its status, and the beginning of its body."""

import ssl
from urllib.parse import urlsplit

import httpx

from pulumi_workspace365_components.validation.checks import HttpCheck
from pulumi_workspace365_components.validation.observations import Answered, Observation
from pulumi_workspace365_components.validation.probes import network
from pulumi_workspace365_components.validation.probes.network import Deadline

_KEPT_BYTES = 65_536


def attempt(check: HttpCheck, trusted: ssl.SSLContext, seconds: float) -> Observation:
    """What the address answers.

    Args:
        check: what to ask.
        trusted: whose certificates are accepted.
        seconds: for the connection, and again for each part of the answer; the runner holds the whole to the check's timeout.

    Raises:
        NotReached: no connection was made.
    """
    parts = urlsplit(check.url)
    deadline = Deadline(seconds)
    headers = {name: value.get_secret_value() for name, value in check.headers.items()}
    parameters = {name: value.get_secret_value() for name, value in check.query.items()}
    url = httpx.URL(check.url).copy_merge_params(parameters) if parameters else httpx.URL(check.url)
    through_proxy = network.has_proxy(parts)
    if not through_proxy:  # the library does not tell a host that is not there from one that keeps silent
        network.open_socket(str(parts.hostname), network.port_of(parts), deadline.left).close()
    patience = httpx.Timeout(max(deadline.left, 0.1))
    try:
        with (
            httpx.Client(verify=trusted, timeout=patience, trust_env=through_proxy) as client,
            client.stream("GET", url, headers=headers) as answer,
        ):
            return Answered(answer.status_code, _beginning(answer, deadline) if check.contains is not None else "")
    except httpx.TimeoutException:
        return network.broken(TimeoutError())
    except httpx.RemoteProtocolError as problem:
        return network.broken(ConnectionError() if "disconnected" in str(problem) else problem)
    except httpx.HTTPError as problem:
        return network.broken(_bottom(problem))


def _bottom(problem: Exception) -> Exception:
    """The system's own error below the library's."""
    below = problem.__cause__ or problem.__context__
    return _bottom(below) if isinstance(below, Exception) else problem


def _beginning(answer: httpx.Response, deadline: Deadline) -> str:
    kept = b""
    for part in answer.iter_bytes():
        kept += part
        if len(kept) >= _KEPT_BYTES or not deadline.left:
            break
    return kept[:_KEPT_BYTES].decode("utf-8", "replace")
