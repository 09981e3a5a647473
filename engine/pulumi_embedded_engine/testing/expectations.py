"""The failure of an expectation, with a self-contained message."""


class ExpectationFailed(AssertionError):
    """An operation ended, or left something behind, as the test did not expect."""


def failed(what: str, output: str = "") -> ExpectationFailed:
    """The failure, with what the operation said."""
    said = "\n".join(f"    {line}" for line in output.strip().splitlines())
    return ExpectationFailed(f"{what}\n{said}" if said else what)
