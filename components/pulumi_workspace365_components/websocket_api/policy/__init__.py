"""Policies of a WebSocket API's handshake: typed, judged before they are sent, rendered the same every time.

Users see this module as ``from pulumi_workspace365_components import policies``. It does not depend on Pulumi: a value that is
known later, such as an ``Output``, is carried through and resolved by whoever deploys. The guide is docs/policies.md.
"""

from pulumi_workspace365_components.websocket_api.policy import presets as ready
from pulumi_workspace365_components.websocket_api.policy import rules
from pulumi_workspace365_components.websocket_api.policy.ast import Deferred, Element, element
from pulumi_workspace365_components.websocket_api.policy.backends import Backend
from pulumi_workspace365_components.websocket_api.policy.builders.access import (
    check_header,
    claim,
    identity,
    ip_filter,
    key,
    validate_azure_ad_token,
    validate_client_certificate,
    validate_jwt,
)
from pulumi_workspace365_components.websocket_api.policy.builders.external_requests import send_request
from pulumi_workspace365_components.websocket_api.policy.builders.flow import (
    base,
    choose,
    include_fragment,
    return_response,
    set_variable,
    when,
)
from pulumi_workspace365_components.websocket_api.policy.builders.limits import (
    limit_concurrency,
    quota_by_key,
    rate_limit,
    rate_limit_by_key,
)
from pulumi_workspace365_components.websocket_api.policy.builders.request import (
    authentication_basic,
    authentication_certificate,
    authentication_managed_identity,
    forward_request,
    rewrite_uri,
    set_backend_service,
    set_header,
    set_query_parameter,
)
from pulumi_workspace365_components.websocket_api.policy.builders.telemetry import emit_metric, log_to_eventhub, trace
from pulumi_workspace365_components.websocket_api.policy.comparison import differences, equivalent
from pulumi_workspace365_components.websocket_api.policy.errors import PolicyError
from pulumi_workspace365_components.websocket_api.policy.expressions import expression, quoted, statements
from pulumi_workspace365_components.websocket_api.policy.fragments import Fragment
from pulumi_workspace365_components.websocket_api.policy.handshake import Handshake, combine
from pulumi_workspace365_components.websocket_api.policy.named_values import NamedValue, named_value
from pulumi_workspace365_components.websocket_api.policy.parsing import raw
from pulumi_workspace365_components.websocket_api.policy.test_cases import Client, Probe

__all__ = [
    "Backend",
    "Client",
    "Deferred",
    "Element",
    "Fragment",
    "Handshake",
    "NamedValue",
    "PolicyError",
    "Probe",
    "authentication_basic",
    "authentication_certificate",
    "authentication_managed_identity",
    "base",
    "check_header",
    "choose",
    "claim",
    "combine",
    "differences",
    "element",
    "emit_metric",
    "equivalent",
    "expression",
    "forward_request",
    "identity",
    "include_fragment",
    "ip_filter",
    "key",
    "limit_concurrency",
    "log_to_eventhub",
    "named_value",
    "quota_by_key",
    "quoted",
    "rate_limit",
    "rate_limit_by_key",
    "raw",
    "ready",
    "return_response",
    "rewrite_uri",
    "rules",
    "send_request",
    "set_backend_service",
    "set_header",
    "set_query_parameter",
    "set_variable",
    "statements",
    "trace",
    "validate_azure_ad_token",
    "validate_client_certificate",
    "validate_jwt",
    "when",
]
