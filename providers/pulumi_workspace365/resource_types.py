"""Registers the types of all resources with the host of dynamic providers, which imports this module by its entry point."""

import pulumi_workspace365

for _name in pulumi_workspace365.__all__:
    getattr(pulumi_workspace365, _name)
