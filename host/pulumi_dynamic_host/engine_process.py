"""Detects that the engine's process has ended: then nothing waits for responses, and nothing else would end the host."""

import asyncio
import contextlib
import os
from typing import Protocol

import grpc

_DIRECT = [("grpc.enable_http_proxy", 0), ("grpc.client_idle_timeout_ms", 2**31 - 1)]
"""The engine is on this machine, and a connection that is not used stays."""
_CONNECT_SECONDS = 5.0


class Engine(Protocol):
    """The engine's process, as the host sees it."""

    def has_ended(self) -> bool:
        """Whether it has certainly ended."""

    async def close(self) -> None:
        """Close the connection to it, if there is one."""


class ParentProcess:
    """An engine that is this process's parent: the launcher has been replaced by this process."""

    def __init__(self, pid: int) -> None:
        self._pid = pid

    def has_ended(self) -> bool:
        return os.getppid() != self._pid

    async def close(self) -> None:
        """There is no connection."""


class ConnectedEngine:
    """An engine that answers at an address. On Windows the parent is the command interpreter, which outlives the engine.

    It has ended if it was connected and then refuses a connection. Made and used in an event loop.
    """

    def __init__(self, address: str) -> None:
        self._channel = grpc.aio.insecure_channel(address, options=_DIRECT) if address else None
        self._was_connected = False

    async def connect(self) -> None:
        """Connect now, while the engine certainly runs; one that cannot be reached never seems to end."""
        if self._channel is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._channel.channel_ready(), _CONNECT_SECONDS)
                self._was_connected = True

    def has_ended(self) -> bool:
        if self._channel is None:
            return False
        state = self._channel.get_state(try_to_connect=True)
        self._was_connected = self._was_connected or state is grpc.ChannelConnectivity.READY
        return self._was_connected and state is grpc.ChannelConnectivity.TRANSIENT_FAILURE

    async def close(self) -> None:
        if self._channel is not None:
            await self._channel.close()
