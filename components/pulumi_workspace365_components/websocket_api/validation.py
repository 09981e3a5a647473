"""What a WebSocket API must prove.

That each region of the service reaches its backend, before the API is switched to it; and that its handshakes are answered as the policy
says, once it is deployed.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pulumi

from pulumi_workspace365.apim.connectivity_check import ConnectivityCheck
from pulumi_workspace365_components.validation import checks, hooks
from pulumi_workspace365_components.validation.clients import Clients
from pulumi_workspace365_components.validation.hooks import Deployed
from pulumi_workspace365_components.validation.verdicts import Verdict
from pulumi_workspace365_components.websocket_api.arguments import ValidationArgs, WebSocketApiArgs, apply_to_input
from pulumi_workspace365_components.websocket_api.azure_native import apimanagement
from pulumi_workspace365_components.websocket_api.policy.handshake import Handshake
from pulumi_workspace365_components.websocket_api.policy.test_cases import Client, Probe

_PORTS = {"wss": 443, "ws": 80, "https": 443, "http": 80}
_ANSWER_SECONDS = 30.0
_MOST_ATTEMPTS = 100


@dataclass(frozen=True)
class ApiValidation:
    """The validation of one API.

    Args:
        name: the API's resource name.
        args: the API's arguments.
        settings: its ``validation``.
        parent: the component.
    """

    name: str
    args: WebSocketApiArgs
    settings: ValidationArgs
    parent: pulumi.Resource

    def connectivity(self) -> list[pulumi.Resource]:
        """A check from each region to the backend. What must not be deployed while one fails depends on them."""
        backend = self.args.service_url if self.settings.backend is None else self.settings.backend
        settings = self.settings
        return [
            ConnectivityCheck(
                f"{self.name}-{region}",
                resource_group_name=self.args.resource_group_name,
                service_name=self.args.service_name,
                region=region,
                address=apply_to_input(backend, _host),
                port=apply_to_input(backend, _port),
                protocol="TCP",
                require=settings.require,
                max_average_latency_ms=settings.max_average_latency_ms,
                on_unsupported=settings.on_unsupported,
                triggers=settings.triggers,
                every_update=settings.every_update,
                opts=pulumi.ResourceOptions(parent=self.parent),
            )
            for region in self._regions()
        ]

    def probes(
        self, settled: pulumi.Output[Handshake], gateway: pulumi.Input[str], key: pulumi.Input[str | None]
    ) -> pulumi.ResourceHookBinding | None:
        """Handshakes that the policy itself generates, through every host, in turn: they count against one limit.

        Raises:
            pulumi.RunError: there is no subscription key, so every handshake would be refused.
        """
        args, settings = self.args, self.settings
        if not settings.probes:
            return None
        subscription_key = settings.subscription_key if settings.subscription_key is not None else key
        if subscription_key is None and args.subscription_required is True:
            raise pulumi.RunError(
                f"WebSocketApi {self.name!r}: validation: the API requires a subscription, so its probes need a key: set "
                "probe_subscription, give validation.subscription_key, or switch validation.probes off."
            )
        names = args.subscription_key_names
        header = names.header if names else Client.__dataclass_fields__["subscription_key_header"].default
        hosts = (
            pulumi.Output.all(*settings.hosts) if settings.hosts else pulumi.Output.from_input(gateway).apply(lambda url: [url])
        )
        parts: Any = pulumi.Output.all(
            settled,
            hosts,
            args.path,
            pulumi.Output.all(*args.protocols),
            subscription_key,
            header,
            settings.token,
            dict(settings.headers),
            dict(settings.query),
        )

        async def ask(_: Deployed, clients: Clients) -> list[Verdict]:
            handshake, urls, path, protocols, *brought = await parts.future()
            cases = handshake.probes(_client(*brought), most_attempts=_MOST_ATTEMPTS if settings.exhaust_limits else 0)
            addresses = [websocket_url(_gateway(url), path, protocols) for url in urls]
            checks = [self._check(probe, url, several=len(urls) > 1) for url in addresses for probe in cases]
            from pulumi_workspace365_components.validation import runner  # noqa: PLC0415  what opens connections is not loaded by a preview

            return await asyncio.to_thread(runner.run_sequentially, checks, clients, settings.settle)

        return hooks.binding(ask, settings.on_failure)

    def _check(self, probe: Probe, url: str, *, several: bool) -> checks.Check:
        where = f" at {urlsplit(url).netloc}" if several else ""
        return checks.parse_check(
            {
                "name": f"{self.name}, {probe.name}{where}",
                "kind": "websocket",
                "url": url,
                "headers": dict(probe.headers),
                "query": dict(probe.query),
                "expect_status": probe.expected_status,
                "repeat": probe.repeat,
                "timeout": self.settings.settle + _ANSWER_SECONDS,
                "when_unreachable": self.settings.when_unreachable,
            }
        )

    def _regions(self) -> Sequence[str]:
        if self.settings.regions is not None:
            return list(dict.fromkeys(_region(name) for name in self.settings.regions))
        group, service = self.args.resource_group_name, self.args.service_name
        if not isinstance(group, str) or not isinstance(service, str):
            raise pulumi.RunError(
                f"WebSocketApi {self.name!r}: validation.regions: they can be read of a service whose name is known when the program "
                "runs; give them here, such as ['westeurope'], or an empty list for no connectivity checks."
            )
        found = apimanagement.get_api_management_service(
            resource_group_name=group, service_name=service, opts=pulumi.InvokeOptions(parent=self.parent)
        )
        further = [place.location for place in found.additional_locations or []]
        return list(dict.fromkeys(_region(name) for name in (found.location, *further)))


def websocket_url(gateway_url: str, path: str, protocols: Sequence[str]) -> str:
    """Where clients connect to: ``wss`` where the API and the gateway speak it."""
    secure = gateway_url.startswith("https://") and "wss" in protocols
    return f"{'wss' if secure else 'ws'}://{gateway_url.partition('://')[2].rstrip('/')}/{path}".rstrip("/")


def _client(
    key: str | None, header: str, token: str | None, headers: Mapping[str, str] | None, query: Mapping[str, str] | None
) -> Client:
    return Client(token, key, header, headers or {}, query or {})


def _gateway(host: str) -> str:
    return host if "://" in host else f"https://{host}"


def _region(name: str) -> str:
    """``West Europe`` of a service's location is ``westeurope`` elsewhere."""
    return name.replace(" ", "").lower()


def _host(backend: str) -> str:
    return urlsplit(backend if "://" in backend else f"wss://{backend}").hostname or backend


def _port(backend: str) -> int:
    parts = urlsplit(backend if "://" in backend else f"wss://{backend}")
    return parts.port or _PORTS.get(parts.scheme, 443)
