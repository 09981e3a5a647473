"""The policy of a handshake as an object: in stack files, in Python programs and, as part of the package, in other languages.

Each argument means the same everywhere. The typed policy, :class:`policies.Handshake`, is made of it.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypedDict, Unpack

import pulumi
from pydantic import AliasChoices, Field, model_validator

from pulumi_workspace365_components.arguments import Arguments
from pulumi_workspace365_components.websocket_api import policy
from pulumi_workspace365_components.websocket_api.policy import presets
from pulumi_workspace365_components.websocket_api.policy.errors import PolicyError


def _one_name(**earlier: str) -> Any:
    """Refuses an argument that is given by its earlier name too."""

    def check(given: Any) -> Any:
        for name, before in earlier.items():
            if isinstance(given, Mapping) and name in given and before in given:
                raise ValueError(f"{before}: it is the earlier name of {name}; give one of them")
        return given

    return model_validator(mode="before")(check)


class JwtArgs(Arguments):
    """Only clients with a valid JSON Web Token connect; others get 401."""

    audiences: Sequence[pulumi.Input[str]]
    """Accepted audiences, at least one."""
    openid_config: pulumi.Input[str]
    """URL of the issuer's OpenID configuration."""
    issuers: Sequence[pulumi.Input[str]] = ()
    """Accepted issuers; those of the OpenID configuration if left out."""
    header: pulumi.Input[str] | None = None
    """The header with the token; `Authorization`, after `Bearer`, if neither header nor query is given."""
    query: pulumi.Input[str] | None = None
    """The query parameter with the token, for browsers, which cannot set headers. In place of `header`."""
    forward_token: bool = True
    """Whether the backend gets the token too."""


class RateLimitArgs(Arguments):
    """Too many handshakes in a time get 429. Handshakes are counted, not open sockets or messages."""

    calls: Annotated[int, Field(ge=1)]
    """Handshakes that are allowed within `renewal_period`."""
    renewal_period: Annotated[int, Field(ge=1, le=300, validation_alias=AliasChoices("renewal_period", "seconds"))] = 60
    """Seconds, 1 to 300."""
    per: Literal["subscription", "client_address"] | None = None
    """The earlier way to say which of the two limits is meant; use `rate_limit` or `rate_limit_per_address`."""

    _given_once = _one_name(renewal_period="seconds")


class ManagedIdentityArgs(Arguments):
    """The gateway signs in at the backend with its managed identity, after it removed the client's own credentials."""

    resource: pulumi.Input[str]
    """The backend's application id or URI."""
    backend_url: pulumi.Input[str] | None = None
    """`wss://…`, where it is not the API's service URL."""
    backend_id: pulumi.Input[str] | None = None
    """One of `backends`, or a backend that the service has, in place of `backend_url`."""
    client_id: pulumi.Input[str] | None = None
    """A user-assigned identity; the system-assigned one if left out."""


class NamedValueArgs(Arguments):
    """A value that API Management keeps beside the policy, which refers to it as `{{name}}`."""

    name: str
    """What stands in `{{…}}`: letters, digits, `-`, `.` and `_`, at most 256."""
    value: Annotated[pulumi.Input[str] | None, Field(repr=False)] = None
    """1 to 4096 characters; leave it out with `key_vault_secret`. Kept as a secret, unless `secret` says no."""
    secret: bool = True
    """Whether API Management hides the value."""
    key_vault_secret: pulumi.Input[str] | None = None
    """The URL of a Key Vault secret that holds the value."""
    identity_client_id: pulumi.Input[str] | None = None
    """The user-assigned identity that reads the Key Vault; the system-assigned one if left out."""


class FragmentArgs(Arguments):
    """Statements that API Management keeps under a name and inserts where `<include-fragment>` stands."""

    id: str
    """At most 80 letters, digits, `_` and `-`."""
    xml: str
    """`<fragment>…</fragment>`."""
    description: str | None = None
    """What the portal tells about it."""


_NO_BACKEND = {
    "pool": "a WebSocket session cannot be distributed over several backends",
    "circuit_breaker": "the service's documentation does not say that circuit breakers consider handshakes",
    "tls": "the service always checks the certificate of a wss backend, and does not document that this can be changed",
}


class BackendArgs(Arguments):
    """A backend that API Management stores with credentials, which the gateway adds to each request. The policy selects it with `backend-id`."""

    name: str
    """The value of `backend-id`: at most 80 letters, digits, `_` and `-`."""
    url: pulumi.Input[str]
    """`ws://…` or `wss://…`."""
    headers: Annotated[Mapping[str, pulumi.Input[str]], Field(repr=False)] = {}
    """Headers that the gateway adds (secret). Values may contain `{{named values}}`."""
    query: Annotated[Mapping[str, pulumi.Input[str]], Field(repr=False)] = {}
    """Query parameters that the gateway adds (secret). Values may contain `{{named values}}`."""
    description: str | None = None
    """Shown in the portal."""

    @model_validator(mode="before")
    @classmethod
    def _one_address(cls, given: Any) -> Any:
        for name, reason in _NO_BACKEND.items() if isinstance(given, Mapping) else ():
            if name in given:
                raise ValueError(f"{name}: backends of a WebSocketApi do not support it: {reason}")
        return given


class HandshakeArgsDict(TypedDict, total=False):
    """A :class:`HandshakeArgs` by name, of which the objects within may be dictionaries too."""

    xml: str | None
    allowed_origins: Sequence[pulumi.Input[str]]
    jwt: JwtArgs | Mapping[str, Any] | None
    rate_limit: RateLimitArgs | Mapping[str, Any] | None
    rate_limit_per_address: RateLimitArgs | Mapping[str, Any] | None
    managed_identity: ManagedIdentityArgs | Mapping[str, Any] | None
    named_values: Sequence[NamedValueArgs | Mapping[str, Any]]
    fragments: Sequence[FragmentArgs | Mapping[str, Any]]
    backends: Sequence[BackendArgs | Mapping[str, Any]]


class HandshakeArgs(Arguments):
    """The policy of `onHandshake`: ready-made parts, or a policy document. Judged at preview.

    Without any, only the policies of wider scopes (product, all APIs) run. Parts run in this order: allowed origins, token, rate limits, sign-in at the backend. Outside of Python, values that are not
    known before the deployment belong into `named_values`, to which a document refers as `{{name}}`.
    """

    if TYPE_CHECKING:

        def __init__(self, **arguments: Unpack[HandshakeArgsDict]) -> None: ...

    xml: str | None = None
    """A whole policy document, `<policies>…</policies>`, in either format of the service; in place of the ready-made parts."""
    allowed_origins: Annotated[
        Sequence[pulumi.Input[str]], Field(validation_alias=AliasChoices("allowed_origins", "origins"))
    ] = ()
    """Only web pages of these origins connect, like `https://app.example.com`; others get 403."""
    jwt: JwtArgs | None = None
    """Only clients with a valid token connect."""
    rate_limit: RateLimitArgs | None = None
    """How often the clients of one subscription connect. Handshakes without a subscription key are not counted."""
    rate_limit_per_address: Annotated[
        RateLimitArgs | None, Field(validation_alias=AliasChoices("rate_limit_per_address", "limit"))
    ] = None
    """How often the clients of one network address connect."""
    managed_identity: ManagedIdentityArgs | None = None
    """The gateway signs in at the backend."""
    named_values: Sequence[NamedValueArgs] = ()
    """What the policy refers to as `{{name}}`, deployed before it."""
    fragments: Sequence[FragmentArgs] = ()
    """What the policy includes, deployed before it."""
    backends: Sequence[BackendArgs] = ()
    """Backends that the policy selects with `backend-id`, deployed before it."""

    _given_once = _one_name(allowed_origins="origins", rate_limit_per_address="limit")

    def built(self) -> policy.Handshake:
        """The typed handshake.

        Raises:
            PolicyError: both a document and parts are given, or a part is wrong.
        """
        parts = self._parts()
        if self.xml is not None and parts:
            raise PolicyError(
                "give either xml or some of allowed_origins, jwt, rate_limit, rate_limit_per_address and managed_identity."
            )
        beside = policy.Handshake(
            named_values=[policy.NamedValue(**dict(item)) for item in self.named_values],
            fragments=[policy.Fragment.parse(item.id, item.xml, item.description) for item in self.fragments],
            backends=[policy.Backend(**dict(item)) for item in self.backends],
            inherit=False,
        )
        written = [policy.Handshake.parse(self.xml)] if self.xml is not None else parts or [policy.Handshake()]
        return policy.combine(*written, beside)

    def _parts(self) -> list[policy.Handshake]:
        origins: Any = self.allowed_origins  # an output is a Deferred of the policy
        elements = [
            presets.allowed_origins(*origins) if origins else None,
            presets.jwt(**dict(self.jwt)) if self.jwt else None,
            *self._limits(),
            presets.managed_identity(**dict(self.managed_identity)) if self.managed_identity else None,
        ]
        return [part for part in elements if part]

    def _limits(self) -> list[policy.Handshake | None]:
        subscription, address = self.rate_limit, self.rate_limit_per_address
        if address and address.per == "subscription":
            raise PolicyError("rate_limit_per_address: per='subscription' contradicts it; leave per out, or use rate_limit.")
        if subscription and subscription.per == "client_address":
            if address:
                raise PolicyError(
                    "rate_limit: per='client_address' is rate_limit_per_address, which is given too; give one of them."
                )
            subscription, address = None, subscription
        return [
            presets.rate_limit(calls=subscription.calls, renewal_period=subscription.renewal_period) if subscription else None,
            presets.rate_limit_per_address(calls=address.calls, renewal_period=address.renewal_period) if address else None,
        ]
