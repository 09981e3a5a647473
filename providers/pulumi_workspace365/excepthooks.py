"""Hides the traceback of an interrupt: when a resource fails, the Pulumi CLI interrupts the program, and Python would print 40 lines about it.

The message of the resource that failed stands below them. Only what the CLI starts is silent: elsewhere an interrupt is shown as ever.
"""

import sys
from types import TracebackType
from typing import Any

_EXECUTOR = "pulumi-language-python-exec"  # with which the CLI runs a program


def install_excepthooks() -> None:
    """In a program that the CLI runs, show every uncaught exception but an interrupt. Calling it again changes nothing."""
    if any(word.endswith(_EXECUTOR) for word in sys.orig_argv[:4]) and not isinstance(sys.excepthook, _Hook):
        sys.excepthook = _Hook(sys.excepthook)
        sys.unraisablehook = _UnraisableHook(sys.unraisablehook)


class _Hook:
    def __init__(self, show: Any) -> None:
        self._show = show

    def __call__(self, kind: type[BaseException], problem: BaseException, trace: TracebackType | None) -> None:
        if not issubclass(kind, KeyboardInterrupt):
            self._show(kind, problem, trace)


class _UnraisableHook:
    """For interrupts while Python waits for threads at its end."""

    def __init__(self, show: Any) -> None:
        self._show = show

    def __call__(self, unraisable: "sys.UnraisableHookArgs") -> None:
        if not issubclass(unraisable.exc_type, KeyboardInterrupt):
            self._show(unraisable)
