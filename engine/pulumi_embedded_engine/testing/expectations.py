"""What a test expected and did not get, in words that stand alone."""


class ExpectationFailed(AssertionError):
    """An operation ended, or left something behind, as the test did not expect."""


def failed(what: str, output: str = "") -> ExpectationFailed:
    """The failure, with what the operation said."""
    said = "\n".join(f"    {line}" for line in output.strip().splitlines())
    return ExpectationFailed(f"{what}\n{said}" if said else what)
