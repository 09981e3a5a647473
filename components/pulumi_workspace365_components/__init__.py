"""What a stack of Workspace 365 customers is built from."""

from pulumi_workspace365_components.customer import (
    CustomerEnvironment,
    CustomerEnvironmentArgs,
    ExchangeArgs,
    SharePointArgs,
    SignOnArgs,
    TemplateArgs,
)

__all__ = ["CustomerEnvironment", "CustomerEnvironmentArgs", "ExchangeArgs", "SharePointArgs", "SignOnArgs", "TemplateArgs"]
