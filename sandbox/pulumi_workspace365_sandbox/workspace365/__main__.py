"""The server process: starts, says in one JSON line where it listens, and ends when its standard input does."""

import argparse
import asyncio
import contextlib
from pathlib import Path

from pulumi_workspace365_sandbox.management.http import listening
from pulumi_workspace365_sandbox.support import processes
from pulumi_workspace365_sandbox.workspace365.app import Api
from pulumi_workspace365_sandbox.workspace365.faults import Faults
from pulumi_workspace365_sandbox.workspace365.history import History
from pulumi_workspace365_sandbox.workspace365.management import Management
from pulumi_workspace365_sandbox.workspace365.operations import Instance
from pulumi_workspace365_sandbox.workspace365.store import Store


async def _serve(options: argparse.Namespace) -> None:
    instance, faults, history = Instance(Store(options.data)), Faults(), History()
    with contextlib.closing(instance.store):
        api, base_url = await listening(Api(instance, faults, history).application(), options.port)
        management, management_url = await listening(Management(faults, history, instance).application(), options.management_port)
        processes.announce({"base_url": base_url, "management_url": management_url} | instance.store.keys.model_dump())
        await processes.wait_for_parent_exit()
        await asyncio.gather(api.cleanup(), management.cleanup())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--management-port", type=int, default=0)
    processes.serve(parser, _serve)


if __name__ == "__main__":
    main()
