"""A host for anybody's Python dynamic providers (docs/host.md).

The engine starts ``pulumi-resource-pulumi-python`` in this folder when Pulumi.yaml names it under ``plugins.providers``. What providers
may use of it, all of it optional and harmless on the SDK's own host, is in :mod:`.context` and :mod:`.registry`.
"""
