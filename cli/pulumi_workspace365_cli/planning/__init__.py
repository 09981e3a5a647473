"""Judging the JSON of ``pulumi preview --json``: what would change, in the domain's words, and whether that is more than was agreed.

Pure: neither Pulumi nor the network is needed, and no key.
"""
