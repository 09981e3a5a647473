"""Checks whether a deployment works: checks as data, probes that open connections, verdicts that evaluate the observations.

``hooks`` binds checks to a resource of a program, ``w365 check`` runs them at any time. Only ``hooks`` uses Pulumi; only ``probes``
opens connections.
"""
