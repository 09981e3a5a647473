"""Headers that set-header cannot touch on a handshake."""

from collections.abc import Iterator

from pulumi_workspace365_components.websocket_api.policy.located_elements import LocatedElement
from pulumi_workspace365_components.websocket_api.policy.rules.rule import Problem, RuleContext, rule

_NEVER = {"connection", "content-length", "keep-alive", "transfer-encoding"}
_UPGRADE = {"upgrade", "sec-websocket-key", "sec-websocket-version", "sec-websocket-accept", "sec-websocket-extensions"}
_SET_HEADER = "set-header-policy, Usage notes; websocket-api, Limitations"


def _headers(subject: RuleContext) -> Iterator[tuple[LocatedElement, str]]:
    """Each set-header with a known name, in lower case; those of a request of its own (send-request) are free."""
    for located in subject.elements:
        name = located.element.literal("name")
        if located.name == "set-header" and name and not located.is_inside("send-request", "send-one-way-request"):
            yield located, name.lower()


@rule(
    "protected-header",
    "error",
    "A header that set-header cannot change: Host on onHandshake; Connection, Content-Length, Keep-Alive and Transfer-Encoding "
    "anywhere; those of the WebSocket upgrade (RFC 6455).",
    remedy="Leave it to the gateway. For another Host, set the backend's URL (set_backend_service).",
    source=_SET_HEADER,
    fails='<set-header name="Host"><value>chat.example.com</value></set-header>',
    passes='<set-header name="X-Forwarded-Host"><value>chat.example.com</value></set-header>',
)
def protected_header(subject: RuleContext) -> Iterator[Problem]:
    for located, name in _headers(subject):
        if name in _NEVER or (located.statement and name in _UPGRADE | {"host"}):
            yield located.path, f"set-header cannot change {located.element.literal('name')} on a handshake."


@rule(
    "server-header",
    "warning",
    "The Server header is removed, which is unsupported according to the reference, but used in official samples.",
    remedy="Override it with another value, or leave it.",
    source="set-header-policy, Usage notes; Azure/azure-api-management-policy-toolkit, test data",
    fails='<policies><inbound><base /></inbound><backend><base /></backend><outbound><base /><set-header name="Server" exists-action="delete" /></outbound></policies>',
    passes='<policies><inbound><base /></inbound><backend><base /></backend><outbound><base /><set-header name="X-Powered-By" exists-action="delete" /></outbound></policies>',
)
def server_header(subject: RuleContext) -> Iterator[Problem]:
    for located, name in _headers(subject):
        if name == "server" and located.element.literal("exists-action") == "delete":
            yield located.path, "Removal of the Server header may not be supported."


@rule(
    "subprotocol-header",
    "warning",
    "Sec-WebSocket-Protocol is changed: a client that gets a subprotocol it did not ask for closes the connection (RFC 6455, 4.1).",
    remedy="Change it only towards the backend, and only if the client requested the same subprotocol.",
    source="RFC 6455, 4.1 and 11.3.4",
    fails='<set-header name="Sec-WebSocket-Protocol"><value>graphql-ws</value></set-header>',
    passes='<check-header name="Sec-WebSocket-Protocol" failed-check-httpcode="400" failed-check-error-message="Subprotocol" ignore-case="true"><value>graphql-ws</value></check-header>',
)
def subprotocol_header(subject: RuleContext) -> Iterator[Problem]:
    for located, name in _headers(subject):
        if name == "sec-websocket-protocol" and located.statement:
            yield located.path, "Changing Sec-WebSocket-Protocol can break the client's handshake."
