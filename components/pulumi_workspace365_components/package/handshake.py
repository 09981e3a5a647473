"""A handshake as other languages write it: an object without unions, from which the typed policy is made."""

from collections.abc import Sequence
from typing import Literal

from pulumi_workspace365_components.arguments import Arguments, Text
from pulumi_workspace365_components.websocket_api import policy
from pulumi_workspace365_components.websocket_api.policy import presets
from pulumi_workspace365_components.websocket_api.policy.builders import limits
from pulumi_workspace365_components.websocket_api.policy.errors import PolicyError


class JwtArgs(Arguments):
    """Only clients with a valid JSON Web Token connect; others get 401."""

    audiences: Sequence[Text]
    """Accepted audiences, at least one."""
    openid_config: Text
    """URL of the issuer's OpenID configuration."""
    issuers: Sequence[Text] = ()
    """Accepted issuers; those of the OpenID configuration if left out."""
    header: Text | None = None
    """The header with the token; `Authorization`, after `Bearer`, if neither header nor query is given."""
    query: Text | None = None
    """The query parameter with the token, for browsers, which cannot set headers. In place of `header`."""
    forward_token: bool = True
    """Whether the backend gets the token too."""


class RateLimitArgs(Arguments):
    """Too many handshakes in a time get 429. Handshakes are counted, not open sockets or messages."""

    calls: int
    """Handshakes that are allowed within `renewalPeriod`."""
    renewal_period: int
    """Seconds, 1 to 300."""
    per: Literal["subscription", "client_address"] = "subscription"
    """What counts together."""


class ManagedIdentityArgs(Arguments):
    """The gateway signs in at the backend with its managed identity, after it removed the client's own credentials."""

    resource: Text
    """The backend's application id or URI."""
    backend_url: Text | None = None
    """`wss://…`, where it is not the API's service URL."""
    backend_id: Text | None = None
    """A backend of the service, in place of `backendUrl`."""
    client_id: Text | None = None
    """A user-assigned identity; the system-assigned one if left out."""


class NamedValueArgs(Arguments):
    """A value that API Management keeps beside the policy, which refers to it as `{{name}}`."""

    name: str
    """What stands in `{{…}}`: letters, digits, `-`, `.` and `_`, at most 256."""
    value: Text | None = None
    """1 to 4096 characters; leave it out with `keyVaultSecret`. Kept as a secret, unless `secret` says no."""
    secret: bool = True
    """Whether API Management hides the value."""
    key_vault_secret: Text | None = None
    """The URL of a Key Vault secret that holds the value."""
    identity_client_id: Text | None = None
    """The user-assigned identity that reads the Key Vault; the system-assigned one if left out."""


class FragmentArgs(Arguments):
    """Statements that API Management keeps under a name and inserts where `<include-fragment>` stands."""

    id: str
    """At most 80 letters, digits, `_` and `-`."""
    xml: str
    """`<fragment>…</fragment>`."""
    description: str | None = None
    """What the portal tells about it."""


class HandshakeArgs(Arguments):
    """The policy of `onHandshake`: ready-made parts, or a policy document. Judged at preview.

    Parts run in this order: allowed origins, token, rate limit, sign-in at the backend. Values that are not known before the
    deployment belong into `namedValues`, to which a document refers as `{{name}}`.
    """

    xml: str | None = None
    """A whole policy document, `<policies>…</policies>`, in either format of the service; in place of the ready-made parts."""
    allowed_origins: Sequence[Text] = ()
    """Only web pages of these origins connect, like `https://app.example.com`; others get 403."""
    jwt: JwtArgs | None = None
    """Only clients with a valid token connect."""
    rate_limit: RateLimitArgs | None = None
    """How often clients connect."""
    managed_identity: ManagedIdentityArgs | None = None
    """The gateway signs in at the backend."""
    named_values: Sequence[NamedValueArgs] = ()
    """What the policy refers to as `{{name}}`, deployed before it."""
    fragments: Sequence[FragmentArgs] = ()
    """What the policy includes, deployed before it."""

    def typed(self) -> policy.Handshake:
        """The typed handshake.

        Raises:
            PolicyError: both a document and parts are given, neither is, or a part is wrong.
        """
        parts = self._parts()
        if (self.xml is None) == (not parts):
            raise PolicyError("give either xml or some of allowedOrigins, jwt, rateLimit and managedIdentity.")
        beside = policy.Handshake(
            named_values=[policy.NamedValue(**dict(item)) for item in self.named_values],
            fragments=[policy.Fragment.parse(item.id, item.xml, item.description) for item in self.fragments],
            inherit=False,
        )
        written = [policy.Handshake.parse(self.xml)] if self.xml is not None else parts
        return policy.combine(*written, beside)

    def _parts(self) -> list[policy.Handshake]:
        origins = [presets.allowed_origins(*self.allowed_origins)] if self.allowed_origins else []
        token = [presets.jwt(**dict(self.jwt))] if self.jwt else []
        often = [policy.Handshake(inbound=[_limit(self.rate_limit)])] if self.rate_limit else []
        sign_in = [presets.managed_identity(**dict(self.managed_identity))] if self.managed_identity else []
        return [*origins, *token, *often, *sign_in]


def _limit(wanted: RateLimitArgs) -> policy.Element:
    if wanted.per == "subscription":
        return limits.rate_limit(calls=wanted.calls, renewal_period=wanted.renewal_period)
    address = policy.expression("context.Request.IpAddress")
    return limits.rate_limit_by_key(calls=wanted.calls, renewal_period=wanted.renewal_period, counter_key=address)
