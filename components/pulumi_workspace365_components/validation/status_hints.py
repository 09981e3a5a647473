"""The usual cause of a status at a gateway, and its remedy."""

from pulumi_workspace365_components.validation.checks import WebSocketCheck
from pulumi_workspace365_components.validation.observations import HandshakeObservation

_USUAL = {
    101: "The client was admitted, but must be refused: is the policy deployed, and is it this API that answers?",
    200: "The server there speaks HTTP, but not WebSocket: check path, port and backend.",
    301: "The address redirects; give the address it leads to.",
    302: "The address redirects; give the address it leads to.",
    400: "The server considers the handshake malformed: is this a WebSocket endpoint, and does a proxy drop the Upgrade header?",
    401: "Credentials are missing or refused: check subscription key and token, and that the policy reads them where they are sent.",
    403: "The policy or a firewall forbids it: check origin, address filter and quota.",
    404: "Nothing is served at this path: check the API's path, and that it is served by this gateway; a new API needs some seconds.",
    408: "The backend took too long to accept the handshake.",
    410: "The resource is gone.",
    426: "The server asks for an upgrade: a proxy on the way may drop the Upgrade header.",
    429: "A limit is used up: wait for its period to end, or raise it.",
    500: "The policy or the backend failed: look into the gateway's log (ApiManagementGatewayLogs, LastErrorReason).",
    502: "The gateway cannot reach its backend: check service_url, and that a wss backend's certificate is trusted and issued for that host.",
    503: "The service is not ready, or its backend is down: a new deployment needs time (settle), else look at the backend.",
    504: "The backend did not answer the gateway in time.",
}
_HTTP = {
    101: "The server switched to another protocol, as for a WebSocket: use a check of the kind websocket.",
    **dict.fromkeys(range(200, 300), "The server answers, but not as expected: check the path, or expect this status."),
    400: "The server considers the request malformed: check the path, the query and the headers.",
    401: "Credentials are missing or refused: check the headers of the check, such as a key or a token.",
    403: "The server or a firewall forbids it: check the credentials' rights, and address filters.",
    404: "Nothing is served at this path: check the path, and which server answers at this address.",
    408: "The server took too long to wait for the request.",
    426: "The server wants another protocol, such as WebSocket: use a check of the kind websocket.",
    500: "The server failed: look into its log.",
    502: "A gateway on the way cannot reach its backend: check that the backend runs, and its address and certificate.",
    503: "The service is not ready, or is down: a new deployment needs time, else look at the server.",
    504: "A gateway on the way got no answer from its backend in time.",
}
"""Where plain HTTP means something else than a handshake."""


def of_http_status(status: int) -> str:
    """What a status usually means that was not expected of a plain HTTP request."""
    return _HTTP.get(status) or of_status(status)


def of_status(status: int) -> str:
    """What a status usually means that was not expected of a handshake."""
    kind = "The server failed: look into its log." if status >= 500 else "Check which server answers at this address."
    return _USUAL.get(status, kind)


def remedy(check: WebSocketCheck, observation: HandshakeObservation) -> str:
    """What to do about a status that was not expected of a handshake."""
    if observation.status == 429 and observation.retry_after:
        return f"A limit is used up; the server asks to wait {observation.retry_after:.20} s."
    if observation.status == 101 and check.expect_status != 101:
        return _USUAL[101]
    return of_status(observation.status)
