"""A GET: its status, and the beginning of its body."""

import ssl
from urllib.parse import parse_qsl, urlencode, urlsplit

from pulumi_workspace365.api.http_client import HttpClient
from pulumi_workspace365.api.http_errors import HttpError
from pulumi_workspace365_components.validation.checks import HttpCheck
from pulumi_workspace365_components.validation.observations import HttpObservation, Observation, ProtocolFailed
from pulumi_workspace365_components.validation.probes import network
from pulumi_workspace365_components.validation.probes.network import Deadline

_KEPT_BYTES = 65_536


def attempt(check: HttpCheck, tls_context: ssl.SSLContext, seconds: float) -> Observation:
    """What the address answers.

    Args:
        check: what to ask.
        tls_context: with the trusted certificate authorities.
        seconds: for everything together; looking the name up takes what the system takes.

    Raises:
        ConnectError: no connection was made.
    """
    parts = urlsplit(check.url)
    deadline = Deadline(seconds)
    proxy = network.proxy_of(check.url)
    if proxy and parts.scheme == "https":
        proxy.tunnel(tls_context, deadline.left).close()
    elif proxy:
        proxy.connection(deadline.left).close()
    else:  # a connection of its own tells a host that is not there from one that keeps silent
        network.open_socket(str(parts.hostname), network.port_of(parts), deadline.left).close()
    client = HttpClient(check.url, trusted=tls_context, direct=proxy is None)
    headers = {name: value.get_secret_value() for name, value in check.headers.items()}
    try:
        answer = client.send("GET", _url(check), headers=headers, seconds=max(deadline.left, 0.1), largest=_KEPT_BYTES)
    except HttpError as problem:
        return _broken(problem)
    finally:
        client.close()
    if proxy and answer.status == 407:
        proxy.raise_for_status(407)
    return HttpObservation(answer.status, answer.body.decode("utf-8", "replace") if check.contains is not None else "")


def _url(check: HttpCheck) -> str:
    """The address with the check's parameters, which take the place of those of the same name."""
    if not check.query:
        return check.url
    parts = urlsplit(check.url)
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] not in check.query]
    added = [(name, value.get_secret_value()) for name, value in check.query.items()]
    return parts._replace(query=urlencode(query + added)).geturl()


def _broken(problem: HttpError) -> ProtocolFailed:
    match problem.reason:
        case "timeout":
            return network.describe_protocol_error(TimeoutError())
        case "untrusted" | "tls":
            return network.describe_protocol_error(problem.origin)
        case "protocol":
            return ProtocolFailed("its answer does not follow the protocol")
        case "proxy":
            return ProtocolFailed("the proxy on the way refuses the connection")
        case "request":
            return ProtocolFailed("the request could not be made")
    return network.describe_protocol_error(ConnectionError())
