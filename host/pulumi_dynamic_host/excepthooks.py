"""Hides what a program says when the Pulumi CLI ends it because a resource failed: the message of that resource is the one that counts.

The CLI interrupts the program, and Python would print 40 lines about it; or the program's next request fails, and the SDK would report that
the monitor has terminated. Only what the CLI starts is silent: elsewhere both are shown as ever.

Programs need not import anything for it: ``pulumi_dynamic_host.pth``, which is installed beside this package, calls
:func:`install_excepthooks` in interpreters that the CLI starts for a program.
"""

import contextlib
import sys
from collections.abc import Callable
from types import TracebackType
from typing import Any

_MONITOR_GONE = "Resource monitor has terminated, shutting down"
_EXECUTOR = "pulumi-language-python-exec"  # with which the CLI runs a program


def is_program_of_cli() -> bool:
    """Whether this process is a program that the CLI runs."""
    return any(word.endswith(_EXECUTOR) for word in sys.orig_argv[:4])


def install_excepthooks() -> None:
    """In a program that the CLI runs, show every uncaught exception but those by which it is ended. Calling it again changes nothing."""
    if is_program_of_cli() and not isinstance(sys.excepthook, _Hook):
        sys.excepthook = _Hook(sys.excepthook)
        sys.unraisablehook = _UnraisableHook(sys.unraisablehook)
        with contextlib.suppress(ImportError):  # for which the executor has a message of its own
            import pulumi  # noqa: PLC0415  commands and the host start without it

            pulumi.log.error = _without_the_end(pulumi.log.error)  # through which the executor reports what ended the program


def _without_the_end(log_error: Callable[..., None]) -> Callable[..., None]:
    def error(msg: str, *args: Any, **kwargs: Any) -> None:
        if msg != _MONITOR_GONE:
            log_error(msg, *args, **kwargs)

    return error


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
