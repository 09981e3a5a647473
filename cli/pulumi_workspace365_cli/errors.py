"""What stops a command. Each message is one line that stands alone and holds no secret."""


class CommandError(Exception):
    """The command cannot do what was asked; exit code 1."""
