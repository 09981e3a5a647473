"""Ready-made handshakes for the common cases. ``combine()`` them in this order: origins, authentication, limits, backend."""

from collections.abc import Sequence
from dataclasses import dataclass

from pulumi_workspace365_components.websocket_api.policy.ast import Element, Number, Text
from pulumi_workspace365_components.websocket_api.policy.builders import limits
from pulumi_workspace365_components.websocket_api.policy.builders.access import check_header, validate_jwt
from pulumi_workspace365_components.websocket_api.policy.builders.request import (
    authentication_managed_identity,
    set_backend_service,
    set_header,
    set_query_parameter,
)
from pulumi_workspace365_components.websocket_api.policy.errors import PolicyError
from pulumi_workspace365_components.websocket_api.policy.expressions import expression
from pulumi_workspace365_components.websocket_api.policy.handshake import Handshake

SUBSCRIPTION_KEY_HEADER = "Ocp-Apim-Subscription-Key"
SUBSCRIPTION_KEY_QUERY = "subscription-key"


def jwt(
    *,
    audiences: Sequence[Text],
    openid_config: Text | None = None,
    issuer_signing_keys: Sequence[Element] = (),
    issuers: Sequence[Text] = (),
    required_claims: Sequence[Element] = (),
    header: Text | None = None,
    query: Text | None = None,
    forward_token: bool = True,
) -> Handshake:
    """Only clients with a valid JSON Web Token connect; others get 401.

    Args:
        audiences: accepted audiences, at least one.
        openid_config: URL of the issuer's OpenID configuration. Give it or ``issuer_signing_keys``.
        issuer_signing_keys: keys made with ``key()``.
        issuers: accepted issuers; those of the OpenID configuration if left out.
        required_claims: claims made with ``claim()``.
        header: the header with the token, after ``Bearer`` where it is ``Authorization``, which it is if neither is given.
        query: the query parameter with the token, for browsers, which cannot set headers. In place of ``header``.
        forward_token: whether the backend gets the token too.

    Raises:
        PolicyError: ``header`` and ``query`` are both given, or no audience, or neither configuration nor keys.
    """
    if header is not None and query is not None:
        raise PolicyError("jwt: the token is read from one place; give header or query, and a second handshake for the other.")
    if not audiences:
        raise PolicyError(
            "jwt: give the audiences; without one, a token that was issued for another application opens this API too."
        )
    if (openid_config is None) == (not issuer_signing_keys):
        raise PolicyError("jwt: give openid_config or issuer_signing_keys, where the keys that signed a token are found.")
    name = header if header is not None or query is not None else "Authorization"
    check = validate_jwt(
        header_name=name,
        query_parameter_name=query,
        require_scheme="Bearer" if isinstance(name, str) and name.lower() == "authorization" else None,
        openid_configs=[openid_config] if openid_config is not None else [],
        issuer_signing_keys=issuer_signing_keys,
        audiences=audiences,
        issuers=issuers,
        required_claims=required_claims,
    )
    return Handshake(inbound=[check, *([] if forward_token else [_removal(name, query)])])


def allowed_origins(*origins: Text, status: Number = 403) -> Handshake:
    """Only web pages of these origins connect; what sends another ``Origin``, or none, gets ``status``.

    It takes the place of ``cors``, which onHandshake does not support. Clients that are no browsers have to send an
    ``Origin`` too.

    Args:
        origins: like ``https://app.example.com``: scheme, host, and the port if it is not the scheme's.
        status: of a refusal.

    Raises:
        PolicyError: there is no origin, or one is not of that form.
    """
    if not origins:
        raise PolicyError("allowed_origins: give at least one origin, like https://app.example.com.")
    for origin in origins:
        if isinstance(origin, str) and not origin.startswith("{{") and not _is_origin(origin):
            raise PolicyError(
                f"allowed_origins: {origin!r:.120} is not of the form https://host[:port], without a path; '*' is no origin."
            )
    check = check_header(
        "Origin", *origins, failed_check_httpcode=status, failed_check_error_message="Origin not allowed", ignore_case=True
    )
    return Handshake(inbound=[check])


def rate_limit(*, calls: Number, renewal_period: Number = 60) -> Handshake:
    """The clients of one subscription connect so often at most; more get 429. Handshakes without a subscription key are not counted.

    Args:
        calls: handshakes that are allowed within ``renewal_period``.
        renewal_period: seconds, 1 to 300.
    """
    return Handshake(inbound=[limits.rate_limit(calls=calls, renewal_period=renewal_period)])


def rate_limit_per_address(*, calls: Number, renewal_period: Number = 60) -> Handshake:
    """The clients of one network address connect so often at most; more get 429.

    Args:
        calls: handshakes that are allowed within ``renewal_period``.
        renewal_period: seconds, 1 to 300.
    """
    address = expression("context.Request.IpAddress")
    return Handshake(inbound=[limits.rate_limit_by_key(calls=calls, renewal_period=renewal_period, counter_key=address)])


def managed_identity(
    resource: Text,
    *,
    backend_url: Text | None = None,
    backend_id: Text | None = None,
    client_id: Text | None = None,
    remove_headers: Sequence[Text] = (SUBSCRIPTION_KEY_HEADER, "Authorization"),
    remove_query_parameters: Sequence[Text] = (SUBSCRIPTION_KEY_QUERY,),
) -> Handshake:
    """The gateway signs in at a wss backend with its managed identity, after it removed the client's own credentials.

    Args:
        resource: the backend's application id or URI, like ``https://cognitiveservices.azure.com``.
        backend_url: ``wss://…``, where it is not the API's service URL.
        backend_id: a backend of the service, in place of ``backend_url``.
        client_id: a user-assigned identity; the system-assigned one if left out.
        remove_headers: headers of the client that the backend must not get.
        remove_query_parameters: query parameters likewise.

    Raises:
        PolicyError: ``backend_url`` and ``backend_id`` are both given.
    """
    if backend_url is not None and backend_id is not None:
        raise PolicyError("managed_identity: a handshake goes to one backend; give backend_url or backend_id.")
    elsewhere = backend_url is not None or backend_id is not None
    moved = [set_backend_service(base_url=backend_url, backend_id=backend_id)] if elsewhere else []
    signed = authentication_managed_identity(resource, client_id=client_id)
    return Handshake(inbound=[*_removals(remove_headers, remove_query_parameters), signed, *moved])


@dataclass(frozen=True, slots=True)
class SubscriptionKey:
    """A subscription key under other names: what the API must say, and a handshake that keeps the key from the backend.

    The names belong to the API, not to a policy: give ``names`` as the API's ``subscription_key_names`` and leave
    ``subscription_required`` true. A key that is missing or wrong then gets 401 before any policy runs.

    Args:
        header: the header, for clients that can set one.
        query: the query parameter, for browsers.
    """

    header: str = "api-key"
    query: str = "api-key"

    @property
    def names(self) -> dict[str, str]:
        """``subscription_key_names`` of the API."""
        return {"header": self.header, "query": self.query}

    def handshake(self) -> Handshake:
        """Removes the key before the backend is called."""
        return Handshake(inbound=_removals([self.header], [self.query]))


def _removals(headers: Sequence[Text], parameters: Sequence[Text]) -> list[Element]:
    return [
        *(set_header(name, exists_action="delete") for name in headers),
        *(set_query_parameter(name, exists_action="delete") for name in parameters),
    ]


def _removal(header: Text | None, query: Text | None) -> Element:
    return _removals([header] if header is not None else [], [query] if query is not None else [])[0]


def _is_origin(text: str) -> bool:
    scheme, separator, host = text.partition("://")
    return bool(separator) and scheme.isalpha() and bool(host) and not set(host) & set("/?#@* ")
