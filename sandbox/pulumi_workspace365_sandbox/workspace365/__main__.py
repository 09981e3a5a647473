"""The server process: starts, says in one JSON line where it listens, and ends when its standard input does."""

import argparse
import asyncio
import contextlib
import sys
from pathlib import Path

from aiohttp import web

from pulumi_workspace365_sandbox.management import input_files, processes
from pulumi_workspace365_sandbox.workspace365.app import Api
from pulumi_workspace365_sandbox.workspace365.faults import Faults
from pulumi_workspace365_sandbox.workspace365.history import History
from pulumi_workspace365_sandbox.workspace365.management import Management
from pulumi_workspace365_sandbox.workspace365.operations import Instance
from pulumi_workspace365_sandbox.workspace365.store import Store

HOST = "127.0.0.1"


async def _serve(folder: Path | None, port: int, management_port: int) -> None:
    instance, faults, history = Instance(Store(folder)), Faults(), History()
    with contextlib.closing(instance.store):
        api = await _listening(Api(instance, faults, history).application(), port)
        management = await _listening(Management(instance, faults, history).application(), management_port)
        addresses = {"base_url": _url(api), "management_url": _url(management)}
        processes.tell(addresses | instance.store.keys.model_dump())
        await processes.parent_gone()
        await asyncio.gather(api.cleanup(), management.cleanup())


async def _listening(application: web.Application, port: int) -> web.AppRunner:
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1, handle_signals=False)
    await runner.setup()
    await web.TCPSite(runner, HOST, port, backlog=512).start()
    return runner


def _url(runner: web.AppRunner) -> str:
    return f"http://{HOST}:{runner.addresses[0][1]}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--management-port", type=int, default=0)
    arguments = parser.parse_args()
    processes.keep_quiet_about_clients()
    try:
        asyncio.run(_serve(arguments.data, arguments.port, arguments.management_port))
    except (OSError, input_files.FileError) as error:
        processes.tell_problem(error)
        sys.exit(1)


if __name__ == "__main__":
    main()
