"""Policies of Pulumi for what ``pulumi-workspace365`` deploys, and a pack of them.

``python -m pulumi_workspace365_policies`` prints the folder of the pack, for ``pulumi preview --policy-pack``. A pack of your own may take
some of :data:`POLICIES` beside its own.
"""

from pulumi_workspace365_policies.pack import POLICIES

__all__ = ["POLICIES"]
