"""Less noise after a failure: when a resource fails, the Pulumi CLI interrupts the program, and Python would tell so in 20 lines."""

import sys
from types import TracebackType


def silence() -> None:
    """Show every uncaught exception but an interrupt."""
    show = sys.excepthook

    def hook(kind: type[BaseException], problem: BaseException, trace: TracebackType | None) -> None:
        if not issubclass(kind, KeyboardInterrupt):
            show(kind, problem, trace)

    sys.excepthook = hook
