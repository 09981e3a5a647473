"""Secrets in Azure Key Vault, for keys that deployments send. Nothing here is imported before a key is in a vault."""
