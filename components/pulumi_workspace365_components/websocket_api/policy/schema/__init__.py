"""The policies that the reference describes, by their element names."""

from pulumi_workspace365_components.websocket_api.policy.schema import access, flow, limits, request
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

_UNDESCRIBED = (
    "cache-lookup-value cache-store-value cache-remove-value find-and-replace redirect-content-urls publish-to-dapr "
    "invoke-dapr-binding validate-graphql-request validate-odata-request azure-openai-emit-token-metric "
    "azure-openai-token-limit llm-emit-token-metric llm-token-limit"
)

POLICIES: dict[str, Policy] = {
    **access.POLICIES,
    **limits.POLICIES,
    **request.POLICIES,
    **flow.POLICIES,
    **{name: Policy(None) for name in (*_UNDESCRIBED.split(), *UNSUPPORTED)},
}

__all__ = ["POLICIES", "UNSUPPORTED", "Attribute", "Child", "Policy", "Shape"]
