"""Ports on which nobody listens, and which the system hands out to nobody."""

import contextlib
import itertools
import os
import socket

_PORTS = range(10_000, 20_000)  # below those that systems hand out by themselves, and those of the sandbox
_turns = itertools.count(os.getpid() * 97)


def free() -> int:
    """A port that no other process takes by chance; each call gives another."""
    while True:
        port = _PORTS[next(_turns) % len(_PORTS)]
        with contextlib.suppress(OSError), contextlib.closing(socket.create_server(("127.0.0.1", port))):
            return port
