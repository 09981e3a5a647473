"""What goes wrong before a rule can judge: text that is no policy document, values that no policy can hold."""


class PolicyError(ValueError):
    """A policy cannot be built, read or rendered. The message says where and what to write instead, and shows no value."""
