"""Errors before a rule can run: text that is not a policy document, and values that no policy can hold."""


class PolicyError(ValueError):
    """A policy cannot be built, read or rendered. The message contains the location and a correction, but no values."""
