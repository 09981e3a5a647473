"""A small Azure Key Vault: secrets with versions, as its REST reference describes them."""
