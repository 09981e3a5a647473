"""Turns a provider's attempt to end the process into one failed call, because other calls run concurrently."""

import os
import sys
from typing import NoReturn

from pulumi_dynamic_host import context

_really = os._exit


class ProcessEnded(BaseException):
    """What ``os._exit`` raises in a provider. Not an ``Exception``: providers that catch those are left all the same."""

    is_expected = True


def intercept_os_exit() -> None:
    """Let ``os._exit`` end the call in which it is made. Outside of calls, and in processes that a provider forks, it does what it always does."""
    host = os.getpid()

    def leave(status: int) -> NoReturn:
        if os.getpid() != host or not context.current().operation:
            _really(status)
        caller = sys._getframe(1)  # noqa: SLF001  where a person has to look
        place = f"{os.path.basename(caller.f_code.co_filename)}:{caller.f_lineno}"  # noqa: PTH119  pathlib costs more than this
        raise ProcessEnded(
            f"the provider's process ended with code {status}, or would have: os._exit({status}) at {place} ends this call alone, "
            "because other resources' calls run in the same process"
        )

    os._exit = leave  # there is no other way to hear of it
