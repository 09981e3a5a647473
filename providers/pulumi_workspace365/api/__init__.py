"""The client of the Provisioning API and the Health API. It knows nothing of Pulumi."""
