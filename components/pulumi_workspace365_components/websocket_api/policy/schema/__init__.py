"""The policies that the reference describes, by their element names."""

from pulumi_workspace365_components.websocket_api.policy.schema import access, external_requests, flow, limits, request, telemetry
from pulumi_workspace365_components.websocket_api.policy.schema.model import Attribute, Child, Policy, Shape

UNSUPPORTED = {
    "mock-response": "Mock response",
    "cache-lookup": "Get from cache",
    "cache-store": "Store to cache",
    "cross-domain": "Allow cross-domain calls",
    "cors": "CORS",
    "jsonp": "JSONP",
    "set-method": "Set request method",
    "set-body": "Set body",
    "xml-to-json": "Convert XML to JSON",
    "json-to-xml": "Convert JSON to XML",
    "xsl-transform": "Transform XML using XSLT",
    "validate-content": "Validate content",
    "validate-parameters": "Validate parameters",
    "validate-headers": "Validate headers",
    "validate-status-code": "Validate status code",
}
"""What the reference says cannot be applied to onHandshake: element names with the titles of their pages."""

OTHER = {
    "validate-graphql-request": "requests to GraphQL APIs",
    "validate-odata-request": "requests to OData APIs",
    "sql-data-source": "resolvers of GraphQL APIs",
    "cosmosdb-data-source": "resolvers of GraphQL APIs",
    "http-data-source": "resolvers of GraphQL APIs",
    "publish-event": "resolvers of GraphQL APIs",
    "find-and-replace": "bodies, which a handshake does not have",
    "redirect-content-urls": "bodies, which a handshake does not have",
    "publish-to-dapr": "self-hosted gateways with Dapr",
    "invoke-dapr-binding": "self-hosted gateways with Dapr",
}
"""Policies of the reference that a handshake has no use for, with what they are for."""

_UNDESCRIBED = (
    "cache-value cache-lookup-value cache-store-value cache-remove-value invoke-request send-service-bus-message "
    "azure-openai-emit-token-metric azure-openai-semantic-cache-lookup azure-openai-semantic-cache-store "
    "azure-openai-token-limit llm-content-safety llm-emit-token-metric llm-semantic-cache-lookup llm-semantic-cache-store "
    "llm-token-limit"
)
"""The rest of the reference and of Microsoft's policy toolkit."""

POLICIES: dict[str, Policy] = {
    **access.POLICIES,
    **limits.POLICIES,
    **request.POLICIES,
    **flow.POLICIES,
    **external_requests.POLICIES,
    **telemetry.POLICIES,
    **{name: Policy(None) for name in (*_UNDESCRIBED.split(), *OTHER, *UNSUPPORTED)},
}

__all__ = ["OTHER", "POLICIES", "UNSUPPORTED", "Attribute", "Child", "Policy", "Shape"]
