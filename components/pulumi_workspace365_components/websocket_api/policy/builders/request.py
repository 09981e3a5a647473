"""Builders for the request to the backend, and for the choice of the backend."""

from typing import Literal, TypeAlias

from pulumi_workspace365_components.websocket_api.policy.ast import Element, Flag, Number, Text, element, policy
from pulumi_workspace365_components.websocket_api.policy.backends import Backend

ExistsAction: TypeAlias = Literal["override", "skip", "append", "delete"] | Text


def set_backend_service(*, base_url: Text | None = None, backend_id: Backend | Text | None = None) -> Element:
    """Leads the handshake to another backend (reference: set-backend-service-policy). Sections inbound, backend.

    A WebSocket has one backend: a pool does not distribute sessions.

    Args:
        base_url: ``wss://…``. Give one of the two.
        backend_id: a backend of the handshake, or the id of one that is in the service. Where an inherited policy sets one, only ``backend_id`` overrides it.
    """
    id_ = backend_id.name if isinstance(backend_id, Backend) else backend_id
    return policy("set-backend-service", base_url=base_url, backend_id=id_)


def rewrite_uri(template: Text, *, copy_unmatched_params: Flag | None = None) -> Element:
    """Changes path and query towards the backend (reference: rewrite-uri-policy). Section inbound.

    Args:
        template: the new path, with query; if it has an expression, then as a whole.
        copy_unmatched_params: whether the client's query parameters are kept; true if left out.
    """
    return policy("rewrite-uri", template=template, copy_unmatched_params=copy_unmatched_params)


def set_query_parameter(name: Text, *values: Text, exists_action: ExistsAction | None = None) -> Element:
    """Sets, adds or removes a query parameter towards the backend (reference: set-query-parameter-policy). Sections inbound, backend."""
    return policy("set-query-parameter", *(element("value", value) for value in values), name=name, exists_action=exists_action)


def set_header(name: Text, *values: Text, exists_action: ExistsAction | None = None) -> Element:
    """Sets, adds or removes a header (reference: set-header-policy). All sections; also a part of return_response and send_request.

    Args:
        name: not Host, Connection, Content-Length, Keep-Alive, Transfer-Encoding, Upgrade or Sec-WebSocket-… on a handshake.
        values: one header each.
        exists_action: what happens to a header that is there: ``override`` (if left out), ``skip``, ``append``, ``delete``.
    """
    return policy("set-header", *(element("value", value) for value in values), name=name, exists_action=exists_action)


def authentication_managed_identity(
    resource: Text,
    *,
    client_id: Text | None = None,
    output_token_variable_name: Text | None = None,
    ignore_error: Flag | None = None,
) -> Element:
    """Signs in at the backend with the service's managed identity, in the header Authorization. Section inbound.

    Remove the client's own credentials before it (reference: authentication-managed-identity-policy).

    Args:
        resource: the backend's application id or URI in Microsoft Entra.
        client_id: a user-assigned identity; the system-assigned one if left out. No expression.
        output_token_variable_name: a variable that receives the token in place of the header.
        ignore_error: whether a handshake goes on without a token; false if left out.
    """
    return policy("authentication-managed-identity", **locals())


def authentication_basic(username: Text, password: Text) -> Element:
    """Signs in at the backend with Basic authentication; give the password as a secret named value. Section inbound."""
    return policy("authentication-basic", username=username, password=password)


def authentication_certificate(
    *,
    thumbprint: Text | None = None,
    certificate_id: Text | None = None,
    body: Text | None = None,
    password: Text | None = None,
) -> Element:
    """Signs in at the backend with a client certificate (reference: authentication-certificate-policy). Section inbound.

    Args:
        thumbprint: of a certificate of the service. Give one of the first three.
        certificate_id: the certificate's name; the right one for Key Vault certificates, whose thumbprint changes.
        body: an expression that gives the certificate's bytes.
        password: of ``body``.
    """
    return policy("authentication-certificate", **locals())


def forward_request(
    *,
    timeout: Number | None = None,
    timeout_ms: Number | None = None,
    continue_timeout: Number | None = None,
    http_version: Literal["1", "2", "2or1"] | None = None,
    follow_redirects: Flag | None = None,
    buffer_request_body: Flag | None = None,
    buffer_response: Flag | None = None,
    fail_on_error_status_code: Flag | None = None,
) -> Element:
    """Calls the backend (reference: forward-request-policy). Section backend, where it replaces ``base()``.

    Args:
        timeout: seconds until the backend must have answered the handshake; 300 if left out, more than 240 may not be honoured.
        timeout_ms: the same in milliseconds.
        continue_timeout: seconds to wait for ``100 Continue``.
        http_version: of the call.
        follow_redirects: false if left out.
        buffer_request_body: false if left out.
        buffer_response: true if left out.
        fail_on_error_status_code: whether a status of 400 and above leads to ``on_error``; false if left out.
    """
    return policy("forward-request", **locals())
