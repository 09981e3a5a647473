"""Environment variables as lines that a shell takes in."""

import shlex
from collections.abc import Mapping
from typing import Literal

Shell = Literal["sh", "powershell"]


def lines(variables: Mapping[str, str], shell: Shell) -> str:
    """One line per variable, for `eval "$(…)"` of bash and other POSIX shells, or `Invoke-Expression` of PowerShell."""
    if shell == "sh":
        written = (f"export {name}={shlex.quote(value)}" for name, value in sorted(variables.items()))
    else:
        quoted = {name: value.replace("'", "''") for name, value in sorted(variables.items())}
        written = (f"$env:{name} = '{value}'" for name, value in quoted.items())
    return "".join(f"{line}\n" for line in written)
