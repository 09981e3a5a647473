"""The client of the Provisioning API and the Health API. It does not depend on Pulumi."""
