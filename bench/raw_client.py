"""The ideal: the necessary HTTP calls alone, with the same concurrency as the project."""

import asyncio
import time
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass
from typing import Any

import httpx

from bench.measurement import Case, Entry, Figures, Operation
from pulumi_workspace365_sandbox.workspace365 import Server

_AT_ONCE = 16  # the default of w365:maxInFlight
_SETTINGS = {
    "SingleSignOnSettings/OAuth2": {
        "Authority": "https://login.example.com/tenant",
        "ClientId": "6f1f6f0e-0000-4000-8000-00000000c001",
        "Key": "made-up-sign-on-key",
    },
    "ExchangeSettings": {"ServerType": "Office365"},
    "SharePointSettings": {"AuthenticationType": "Online"},
}


@dataclass
class Ideal:
    """The calls alone, with async httpx."""

    case: Case
    server: Server

    def operate(self, operation: Operation) -> Figures:
        """Make the calls of an operation; those that need none take no time."""
        self.server.management.clear_requests()
        began, worked = time.monotonic(), time.process_time()
        asyncio.run(self._calls(operation))
        took = Figures(time.monotonic() - began, time.process_time() - worked)
        return Figures(took.seconds, took.cpu, calls=self.server.management.statistics().by_operation)

    def entries(self) -> tuple[Entry, ...]:
        return ()

    async def _calls(self, operation: Operation) -> None:
        if operation in {"no-op up", "preview"}:
            return
        names = [f"customer-{number:04}" for number in range(self.case.environments)]
        headers = {"ProvisioningKey": self.server.provisioning_key, "X-Requested-With": "XMLHttpRequest"}
        limits = httpx.Limits(max_connections=_AT_ONCE, max_keepalive_connections=_AT_ONCE)
        async with httpx.AsyncClient(
            base_url=f"{self.server.base_url}/Provisioning", headers=headers, limits=limits, timeout=120, trust_env=False
        ) as client:
            await _call(client, "GET", "/Environment/")
            if operation == "create":
                await _few_at_once(_create(client, name) for name in names)
                await _few_at_once(_set(client, name, *setting) for name in names for setting in _SETTINGS.items())
                await _call(client, "GET", "/Environment/")
            elif operation == "destroy":
                await _few_at_once(_call(client, "DELETE", f"/Environment/{name}/") for name in names)
                await _call(client, "GET", "/Environment/")


async def _create(client: httpx.AsyncClient, name: str) -> None:
    body = {"EmailAddress": f"admin@{name}.example", "EnvironmentName": name, "FirstName": "Carla", "LastName": "Conti"}
    await _call(client, "POST", "/Environment/", params={"version": "2.0"}, json=body)


async def _set(client: httpx.AsyncClient, name: str, path: str, body: dict[str, str]) -> None:
    await _call(client, "PUT", f"/{name}/{path}/", json=body)


async def _call(client: httpx.AsyncClient, method: str, path: str, **more: Any) -> None:
    (await client.request(method, path, **more)).raise_for_status()


async def _few_at_once(calls: Iterable[Coroutine[Any, Any, None]]) -> None:
    waiting = iter(calls)

    async def work() -> None:
        for call in waiting:
            await call

    await asyncio.gather(*(work() for _ in range(_AT_ONCE)))
