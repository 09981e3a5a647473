"""What a test is told when an operation has left something behind."""

import contextlib
import os
import signal
from pathlib import Path

from pulumi_embedded_engine.testing import leaks
from pulumi_embedded_engine.testing.results import Result, failed

__tracebackhide__ = True  # of what fails, pytest shows the line of the test


def assert_nothing_left(what: str, result: Result, mark: str, ports: set[int]) -> None:
    """Fail where a process with the mark runs, which is ended, or a port is open that was not among `ports` before.

    Raises:
        ExpectationFailed: something was left.
    """
    if left := leaks.left_running(mark):
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        raise failed(f"{what} left processes running (now ended): {'; '.join(left.values())}", result.output)
    if opened := leaks.listening() - ports:
        raise failed(f"{what} left ports open in the process of the test: {', '.join(map(str, sorted(opened)))}", result.output)


def assert_no_secret(what: str, result: Result, state: Path, known: set[str]) -> None:
    """Fail where one of the known secrets is in the folder of the state, or was shown.

    Raises:
        ExpectationFailed: a secret was found.
    """
    if places := list(leaks.find_cleartext_secrets(state, known)):
        raise failed(
            f"{what} left a secret in clear in {'; '.join(places)}. Mark the property as secret (pulumi.Output.secret, "
            "additional_secret_outputs), or call stack.public(…) if the text is not a secret"
        )
    if leaks.contains_secret(f"{result.output}{result.errors}{result.warnings}", known):
        raise failed(f"{what} showed a secret in clear: something printed or logged it before Pulumi knew that it is one")
