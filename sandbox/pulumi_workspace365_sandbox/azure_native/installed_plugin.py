"""The real plugin in place of the stand-in, where it is installed and asked for: this process starts it, and ends it with its parent."""

import argparse
import asyncio
import contextlib
import re
import shutil
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from pathlib import Path

from pulumi_workspace365_sandbox.support import processes
from pulumi_workspace365_sandbox.support.processes import StartError

VARIABLE = "W365_REAL_AZURE_NATIVE"
"""1: the real plugin is used."""
_NAME = "pulumi-resource-azure-native"
_START_SECONDS = 60
_STOP_SECONDS = 5


def is_requested(environment: Mapping[str, str]) -> bool:
    return environment.get(VARIABLE) == "1"


def find_plugin(environment: Mapping[str, str]) -> str:
    """The plugin's file: on PATH, else the newest of the Pulumi CLI's plugins. Raises StartError."""
    plugin_path = shutil.which(_NAME, path=environment.get("PATH"))
    if plugin_path:
        return plugin_path
    home = Path(environment.get("PULUMI_HOME") or Path.home() / ".pulumi")
    versions = sorted((home / "plugins").glob(f"resource-azure-native-v*/{_NAME}"), key=lambda path: _version(path.parent.name))
    if not versions:
        raise StartError(f"{VARIABLE}=1 asks for {_NAME}, which is neither on PATH nor among the plugins in {home / 'plugins'}.")
    return str(versions[-1])


def _version(name: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", name)]


async def _served(plugin: Process) -> None:
    """Tell the port, which is its first line, and let it work until the parent goes."""
    if plugin.stdout is None:
        return
    processes.announce({"port": int(await asyncio.wait_for(plugin.stdout.readline(), _START_SECONDS))})
    rest = asyncio.create_task(plugin.stdout.read())  # what it says further is nobody's, and must not block it
    await processes.wait_for_parent_exit()
    rest.cancel()


async def _run(command: str) -> None:
    plugin = await asyncio.create_subprocess_exec(command, stdin=DEVNULL, stdout=PIPE)
    try:
        await _served(plugin)
    finally:
        with contextlib.suppress(ProcessLookupError):
            plugin.terminate()
        try:
            await asyncio.wait_for(plugin.wait(), _STOP_SECONDS)
        except TimeoutError:
            plugin.kill()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command")
    arguments = parser.parse_args()
    try:
        asyncio.run(_run(arguments.command))
    except (OSError, TimeoutError, ValueError) as problem:
        processes.announce({"error": f"{arguments.command} does not say its port: {problem}"})
        sys.exit(1)


if __name__ == "__main__":
    main()
