"""The server process: every listener of the local Azure; it prints their addresses in one JSON line, and ends with its parent."""

import argparse
import asyncio
import json
import ssl
from asyncio import Server, StreamReader, StreamWriter
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from pulumi_workspace365_sandbox.azure import seeds
from pulumi_workspace365_sandbox.azure.arm.app import ResourceManagerApi
from pulumi_workspace365_sandbox.azure.arm.operations import ResourceManager
from pulumi_workspace365_sandbox.azure.connectivity.checks import Checks
from pulumi_workspace365_sandbox.azure.echo import Echo
from pulumi_workspace365_sandbox.azure.faults import Faults
from pulumi_workspace365_sandbox.azure.gateway.deployed_resources import DeployedResources
from pulumi_workspace365_sandbox.azure.gateway.listener import Gateway
from pulumi_workspace365_sandbox.azure.gateway.logs import Logs
from pulumi_workspace365_sandbox.azure.gateway.pipeline import Counters, Services
from pulumi_workspace365_sandbox.azure.gateway.tokens import OpenIdConfigurations
from pulumi_workspace365_sandbox.azure.identity import Identity
from pulumi_workspace365_sandbox.azure.key_vault.app import KeyVaultApi
from pulumi_workspace365_sandbox.azure.key_vault.secret_store import SecretStore
from pulumi_workspace365_sandbox.azure.login import Login
from pulumi_workspace365_sandbox.azure.management import Management
from pulumi_workspace365_sandbox.azure.records import Request
from pulumi_workspace365_sandbox.azure.store import Store
from pulumi_workspace365_sandbox.management.http import HOST, listening
from pulumi_workspace365_sandbox.management.interface import History
from pulumi_workspace365_sandbox.support import private_files, processes

_LONGEST_HEAD = 32 * 1024


@dataclass
class Listeners:
    """Starts servers on kept ports, or on free ones; they end with the stack."""

    ports: dict[str, int]
    tls: ssl.SSLContext
    stack: AsyncExitStack

    async def http(self, name: str, application: web.Application, *, secure: bool = False) -> str:
        runner, address = await listening(application, self.ports.get(name, 0), self.tls if secure else None)
        self.stack.push_async_callback(runner.cleanup)
        return address

    async def gateway(self, name: str, gateway: Gateway, scheme: str) -> str:
        async def serve(reader: StreamReader, writer: StreamWriter) -> None:
            await gateway.serve(reader, writer, scheme)

        context = self.tls if scheme == "wss" else None
        port = self.ports.get(name, 0)
        server = await asyncio.start_server(serve, HOST, port, limit=_LONGEST_HEAD, ssl=context, backlog=512)
        self.stack.push_async_callback(_closed, server, gateway)
        return f"{scheme}://{HOST}:{server.sockets[0].getsockname()[1]}"


async def _closed(server: Server, gateway: Gateway) -> None:
    server.close()
    await gateway.end()


async def _serve(options: argparse.Namespace) -> None:
    private_files.make_folder(options.data)
    identity, store = Identity(options.data), Store(options.data)
    login, set_faults, history, echo = Login(identity), Faults(), History(Request), Echo()
    manager, trusted = ResourceManager(store), identity.client_side()
    deployed = DeployedResources(store, seeds.service_id(identity.ids.subscription_id))
    services = Services(deployed, Counters(), OpenIdConfigurations(trusted), login)
    gateway = Gateway(services, Logs(deployed), manager.options, trusted)
    checks = Checks(manager, set_faults, trusted)
    api = ResourceManagerApi(manager, checks, login, set_faults, history)
    key_vault = KeyVaultApi(SecretStore(options.data), login, set_faults, history)
    management = Management(set_faults, history, manager, checks, gateway, login, echo, key_vault.store)
    async with AsyncExitStack() as stack:
        listeners = Listeners(options.ports, identity.server_side(), stack)
        login.address = await listeners.http("login", login.application(), secure=True)
        api.address = await listeners.http("arm", api.application(), secure=True)
        key_vault.address = await listeners.http("key_vault", key_vault.application(), secure=True)
        wss = await listeners.gateway("gateway", gateway, "wss")
        management.gateway_url = wss.replace("wss:", "https:")
        secure = await listeners.http("backend_secure", echo.application(), secure=True)
        management.register_host_aliases(secure.partition("://")[2])
        seeds.seed(store, identity.ids.subscription_id, management.gateway_url)
        addresses = {
            "arm_endpoint": api.address,
            "authority_host": login.address,
            "gateway_url": management.gateway_url,
            "gateway_plain_url": await listeners.gateway("gateway_plain", gateway, "ws"),
            "backend_url": (await listeners.http("backend", echo.application())).replace("http:", "ws:"),
            "backend_secure_url": secure.replace("https:", "wss:"),
            "key_vault_url": key_vault.address,
            "management_url": await listeners.http("management", management.application()),
        }
        files = {"ca_file": str(identity.ca_file), "bundle_file": str(identity.write_bundle())}
        processes.announce(addresses | identity.ids.model_dump() | files | {"openid_config": login.openid_config})
        await processes.wait_for_parent_exit()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--ports", type=json.loads, default={})
    processes.serve(parser, _serve)


if __name__ == "__main__":
    main()
