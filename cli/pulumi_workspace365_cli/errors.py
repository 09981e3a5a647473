"""Errors that end a command. Each message is one self-contained line without secrets."""


class CommandError(Exception):
    """The command failed; exit code 1."""


class PulumiCLIRequired(CommandError):
    """Only the Pulumi CLI can read this project or stack."""
