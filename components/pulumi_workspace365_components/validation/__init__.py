"""What was deployed, asked whether it works: checks as data, probes that open connections, verdicts that judge what the probes saw.

``hooks`` binds checks to a resource of a program, ``w365 check`` runs them at any time. Only ``hooks`` knows Pulumi; only ``probes``
opens connections.
"""
