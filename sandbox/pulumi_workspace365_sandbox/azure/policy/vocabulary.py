"""The policies that a handshake may meet: where each may stand, and its attributes, as their reference pages give them.

Where Microsoft's policy toolkit has a policy in more sections than its page, it may stand in these too.
"""

from dataclasses import dataclass

SECTIONS = ("inbound", "backend", "outbound", "on-error")
_ALL = frozenset(SECTIONS)
_IN = frozenset({"inbound"})


@dataclass(frozen=True)
class Policy:
    """A policy statement. `runs`: whether this gateway carries it out; one that does not is refused at run time."""

    sections: frozenset[str]
    required: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()
    nests: bool = False
    runs: bool = True


def _policy(
    sections: frozenset[str], required: str = "", optional: str = "", *, nests: bool = False, runs: bool = True
) -> Policy:
    return Policy(sections, frozenset(required.split()), frozenset(optional.split()), nests, runs)


_COUNTED = "retry-after-header-name retry-after-variable-name remaining-calls-header-name remaining-calls-variable-name total-calls-header-name"
_TOKEN = "header-name query-parameter-name token-value failed-validation-httpcode failed-validation-error-message output-token-variable-name"  # noqa: S105  attributes
_CONDITION = "increment-condition increment-count"

POLICIES: dict[str, Policy] = {
    "authentication-basic": _policy(_IN, "username password"),
    "authentication-certificate": _policy(_IN, "", "thumbprint certificate-id body password", runs=False),
    "authentication-managed-identity": _policy(
        _IN | {"outbound"}, "resource", "client-id output-token-variable-name ignore-error"
    ),
    "cache-lookup-value": _policy(_ALL, "key variable-name", "default-value caching-type", runs=False),
    "cache-remove-value": _policy(_ALL, "key", "caching-type", runs=False),
    "cache-store-value": _policy(_ALL, "key value duration", "caching-type", runs=False),
    "check-header": _policy(_IN, "name failed-check-httpcode failed-check-error-message ignore-case"),
    "choose": _policy(_ALL, nests=True),
    "emit-metric": _policy(_ALL, "name", "namespace value"),
    "find-and-replace": _policy(_ALL, "from to", runs=False),
    "forward-request": _policy(
        frozenset({"backend"}),
        "",
        "timeout timeout-ms continue-timeout http-version follow-redirects buffer-request-body buffer-response fail-on-error-status-code",
    ),
    "include-fragment": _policy(_ALL, "fragment-id"),
    "ip-filter": _policy(_IN, "action"),
    "limit-concurrency": _policy(_ALL, "key max-count", nests=True),
    "log-to-eventhub": _policy(_ALL, "logger-id", "partition-id partition-key", runs=False),
    "proxy": _policy(_IN, "url", "username password", runs=False),
    "quota": _policy(_IN, "renewal-period", "calls bandwidth"),
    "quota-by-key": _policy(_IN, "counter-key renewal-period", f"calls bandwidth first-period-start {_CONDITION}"),
    "rate-limit": _policy(_IN, "calls renewal-period", _COUNTED),
    "rate-limit-by-key": _policy(_IN, "calls renewal-period counter-key", f"{_CONDITION} increment-after-response {_COUNTED}"),
    "retry": _policy(_ALL, "condition count interval", "max-interval delta first-fast-retry", nests=True, runs=False),
    "return-response": _policy(_ALL, "", "response-variable-name"),
    "rewrite-uri": _policy(_IN, "template", "copy-unmatched-params"),
    "send-one-way-request": _policy(_ALL, "", "mode timeout", runs=False),
    "send-request": _policy(_ALL, "response-variable-name", "mode timeout ignore-error", runs=False),
    "set-backend-service": _policy(
        _ALL,
        "",
        "base-url backend-id sf-resolve-condition sf-service-instance-name sf-partition-key sf-listener-name "
        "dapr-app-id dapr-method dapr-namespace",
    ),
    "set-header": _policy(_ALL, "name", "exists-action"),
    "set-query-parameter": _policy(_ALL, "name", "exists-action"),
    "set-status": _policy(_ALL, "code", "reason", runs=False),
    "set-variable": _policy(_ALL, "name value"),
    "trace": _policy(_ALL, "source", "severity"),
    "validate-azure-ad-token": _policy(_IN, "tenant-id", _TOKEN),
    "validate-client-certificate": _policy(
        _IN, "", "validate-revocation validate-trust validate-not-before validate-not-after ignore-error", runs=False
    ),
    "validate-jwt": _policy(_IN, "", f"{_TOKEN} require-expiration-time require-scheme require-signed-tokens clock-skew"),
    "wait": _policy(_ALL, "", "for", nests=True, runs=False),
}

NOT_ON_HANDSHAKE = frozenset(
    {
        "mock-response",
        "cache-lookup",
        "cache-store",
        "cross-domain",
        "cors",
        "jsonp",
        "set-method",
        "set-body",
        "xml-to-json",
        "json-to-xml",
        "xsl-transform",
        "validate-content",
        "validate-parameters",
        "validate-headers",
        "validate-status-code",
    }
)
"""Refused on onHandshake; inherited from a higher scope they are skipped (websocket-api.md)."""

FIXED_HEADERS = frozenset(
    {
        "host",
        "connection",
        "content-length",
        "keep-alive",
        "transfer-encoding",
        "upgrade",
        "sec-websocket-key",
        "sec-websocket-version",
        "sec-websocket-accept",
        "sec-websocket-extensions",
    }
)
"""`set-header` cannot change these in onHandshake."""
