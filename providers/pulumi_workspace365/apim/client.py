"""Perform Connectivity Check Async: one POST, then GETs of the address it answers until there is a result (REST reference, 2024-05-01).

The check changes nothing, so every request may be sent again. All ends within a deadline, whatever the other side does; the token goes to
the configured Resource Manager alone; and a result is what a finished operation's body says, never the fact that it finished.
"""

import threading
from collections.abc import Callable

from pulumi_workspace365.apim.models import ConnectivityRequest, ConnectivityResult, ServiceTarget

DEADLINE_SECONDS = 300.0


class ConnectivityClient:
    """Asks one Resource Manager. Safe to share between threads: a hundred checks may run at once."""

    def __init__(self, endpoint: str, token: Callable[[], str], *, ca_file: str | None = None) -> None:
        """Keep what is needed; nothing is sent.

        Args:
            endpoint: of Resource Manager, such as ``https://management.azure.com``.
            token: gives a bearer token that is valid now; called before each request.
            ca_file: certificate authorities to trust besides the system's.
        """

    def check(
        self,
        target: ServiceTarget,
        request: ConnectivityRequest,
        *,
        deadline_seconds: float = DEADLINE_SECONDS,
        cancelled: threading.Event | None = None,
    ) -> ConnectivityResult:
        """Run a check and wait for its result.

        Args:
            target: the service.
            request: from where to where.
            deadline_seconds: for everything together, signing in included.
            cancelled: ends the wait early when it is set.

        Raises:
            errors.ArmError: one of its subclasses, as ``errors`` describes them; there is no result then.
        """
        raise NotImplementedError
