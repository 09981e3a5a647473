"""Forwards to ``pulumi_dynamic_host``, because Pulumi.yaml files and the launcher of ``w365 init`` name this folder."""

from pulumi_dynamic_host import context, registry

__all__ = ["context", "registry"]
