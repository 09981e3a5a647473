"""A call of each policy builder, for its page: evaluated and rendered there."""

EXAMPLES = {
    "authentication_basic": 'policies.authentication_basic("gateway", policies.named_value("backend-password"))',
    "authentication_certificate": 'policies.authentication_certificate(certificate_id="backend-client")',
    "authentication_managed_identity": 'policies.authentication_managed_identity("https://cognitiveservices.azure.com")',
    "base": "policies.base()",
    "check_header": """policies.check_header(
    "Origin",
    "https://app.example.com",
    failed_check_httpcode=403,
    failed_check_error_message="Origin not allowed",
    ignore_case=True,
)""",
    "choose": """policies.choose(
    policies.when(
        policies.expression('context.Request.Url.Query.GetValueOrDefault("room", "") == "closed"'),
        policies.return_response(403, "Closed"),
    ),
)""",
    "claim": """policies.validate_jwt(
    header_name="Authorization",
    openid_configs=["https://login.example.com/.well-known/openid-configuration"],
    required_claims=[policies.claim("roles", "chat.read", "chat.write", match="any")],
)""",
    "combine": """policies.combine(
    policies.ready.allowed_origins("https://app.example.com"),
    policies.Handshake(inbound=[policies.rate_limit(calls=20, renewal_period=60)]),
)""",
    "emit_metric": 'policies.emit_metric("handshakes", "API ID", ("room", "lobby"), value=1)',
    "forward_request": "policies.forward_request(timeout=20)",
    "identity": """policies.validate_client_certificate(
    policies.identity(thumbprint="6F7A5B0C9D1E2F3A4B5C6D7E8F9A0B1C2D3E4F5A"),
)""",
    "include_fragment": 'policies.include_fragment("company-checks")',
    "ip_filter": 'policies.ip_filter("allow", "203.0.113.7", ranges=[("198.51.100.0", "198.51.100.255")])',
    "key": """policies.validate_jwt(
    query_parameter_name="access_token",
    issuer_signing_keys=[policies.key(policies.named_value("signing-key"))],
    audiences=["chat"],
)""",
    "limit_concurrency": """policies.limit_concurrency(
    "chat",
    100,
    policies.forward_request(timeout=20),
)""",
    "log_to_eventhub": 'policies.log_to_eventhub("hub", policies.expression("context.Request.IpAddress"))',
    "quota_by_key": """policies.quota_by_key(
    counter_key=policies.expression("context.Subscription.Id"),
    renewal_period=86400,
    calls=1000,
)""",
    "rate_limit": "policies.rate_limit(calls=20, renewal_period=60)",
    "rate_limit_by_key": """policies.rate_limit_by_key(
    calls=20,
    renewal_period=60,
    counter_key=policies.expression("context.Request.IpAddress"),
)""",
    "raw": """policies.raw('<set-variable name="started" value="yes" />')""",
    "return_response": 'policies.return_response(403, "Closed", headers=[policies.set_header("Retry-After", "3600")])',
    "rewrite_uri": 'policies.rewrite_uri("/v2/chat")',
    "send_request": """policies.send_request(
    "answer",
    "https://auth.example.com/introspect",
    "POST",
    body=policies.expression('context.Request.Headers.GetValueOrDefault("X-Ticket", "")'),
    timeout=5,
    ignore_error=True,
)""",
    "set_backend_service": 'policies.set_backend_service(base_url="wss://chat.internal.example.com")',
    "set_header": 'policies.set_header("X-Room", "lobby", exists_action="override")',
    "set_query_parameter": 'policies.set_query_parameter("access_token", exists_action="delete")',
    "set_variable": 'policies.set_variable("room", policies.expression("context.Request.Url.Path"))',
    "trace": 'policies.trace("handshake", "A client connects.", severity="information")',
    "validate_azure_ad_token": """policies.validate_azure_ad_token(
    tenant_id="contoso.onmicrosoft.com",
    client_application_ids=["6f1f6f0e-0000-4000-8000-00000000c001"],
    audiences=["api://chat"],
)""",
    "validate_client_certificate": """policies.validate_client_certificate(
    policies.identity(issuer_subject="CN=Contoso Devices"),
    validate_revocation=True,
)""",
    "validate_jwt": """policies.validate_jwt(
    header_name="Authorization",
    require_scheme="Bearer",
    openid_configs=["https://login.example.com/.well-known/openid-configuration"],
    audiences=["chat"],
)""",
    "when": """policies.choose(
    policies.when(policies.expression("context.Subscription == null"), policies.return_response(401, "Unauthorized")),
    otherwise=[policies.set_variable("known", True)],
)""",
    "ready.allowed_origins": 'policies.ready.allowed_origins("https://app.example.com")',
    "ready.jwt": """policies.ready.jwt(
    openid_config="https://login.example.com/.well-known/openid-configuration",
    audiences=["chat"],
    query="access_token",
)""",
    "ready.rate_limit": "policies.ready.rate_limit(calls=20)",
    "ready.rate_limit_per_address": "policies.ready.rate_limit_per_address(calls=20, renewal_period=60)",
    "ready.managed_identity": 'policies.ready.managed_identity("https://cognitiveservices.azure.com", backend_url="wss://speech.example.com")',
}
"""By the name below ``policies``. Every builder has one; a test says which is missing."""
