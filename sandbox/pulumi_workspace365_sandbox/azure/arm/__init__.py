"""The Resource Manager, with the API Management and Azure Monitor resources that a WebSocket API needs."""
