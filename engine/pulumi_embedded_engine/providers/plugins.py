"""Finds and starts provider processes, as the CLI does: attached, named in Pulumi.yaml, Pulumi's own host, or on PATH."""

import asyncio
import functools
import os
import shutil
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path

import grpc.aio

from pulumi_embedded_engine.errors import EngineError, NeedsPulumiCLI
from pulumi_embedded_engine.protocol import provider_pb2
from pulumi_embedded_engine.providers import environment
from pulumi_embedded_engine.providers.child import Child, LineHandler
from pulumi_embedded_engine.providers.provider_client import ProviderClient
from pulumi_embedded_engine.providers.trace import Trace, open_channel
from pulumi_embedded_engine.providers.watchdog import Watchdog
from pulumi_embedded_engine.store.names import is_path_segment
from pulumi_embedded_engine.workspace.project import Project

DYNAMIC = "pulumi-python"
_START_SECONDS, _END_SECONDS = 30, 2
_LONGEST_PORT, _HIGHEST_PORT = 1000, 65535
_SHOWN_LINES, _SHOWN_CHARACTERS = 20, 10_000


class PluginError(EngineError):
    """A provider process could not be started."""


class Plugin:
    """A running provider process, or one that was attached."""

    def __init__(self, client: ProviderClient, channel: grpc.aio.Channel, child: Child | None) -> None:
        self.client, self._channel, self._child = client, channel, child

    def kill(self) -> None:
        """End the process at once."""
        if self._child:
            self._child.kill()

    async def close(self) -> None:
        """End the process: ask, then interrupt, then kill."""
        try:
            await self.client.wait_configured()
            await self.client.cancel()
            await self._channel.close()
        finally:
            if self._child:
                await self._child.stop()


class Plugins:
    """Starts the providers of one operation."""

    def __init__(
        self,
        project: Project,
        engine_address: str,
        python: Path,
        *,
        trace: Trace | None,
        take: LineHandler,
        warn: Callable[[str], None],
        watchdog: Watchdog,
        local_only: bool,
    ) -> None:
        self._project, self._engine_address, self._python = project, engine_address, python
        self._trace, self._take, self._warn, self._watchdog = trace, take, warn, watchdog
        self._local_only = local_only
        self._running: list[Plugin] = []

    async def start(self, package: str) -> Plugin:
        """Start the provider of a package.

        Raises:
            NeedsPulumiCLI: there is none on this machine; only the CLI downloads one.
            PluginError: it does not start.
        """
        port = attach_port(package)
        plugin = await (self._attach(package, port) if port else self._launch(package))
        self._running.append(plugin)
        await plugin.client.plugin_version()
        return plugin

    async def cancel(self) -> None:
        """Call Cancel of every provider."""
        await asyncio.gather(*(plugin.client.cancel() for plugin in self._running))

    def kill(self) -> None:
        """End every process at once."""
        for plugin in self._running:
            plugin.kill()

    async def close(self) -> None:
        """End all plugins."""
        await asyncio.gather(*(plugin.close() for plugin in self._running))
        self._running.clear()

    async def _attach(self, package: str, port: int) -> Plugin:
        plugin = self._connect(package, port, None)
        await plugin.client.handshake(self._introduction(None))
        await plugin.client.attach(self._engine_address)
        return plugin

    def _connect(self, package: str, port: int, child: Child | None) -> Plugin:
        channel = open_channel(f"127.0.0.1:{port}", self._trace, {"kind": "resource", "name": package})
        return Plugin(ProviderClient(channel, child), channel, child)

    async def _launch(self, package: str) -> Plugin:
        command = self._command(package)
        child = await Child.start(
            f"the provider {package}",
            [*command, self._engine_address],
            cwd=self._project.program_dir,
            environment=self._environment(),
            watchdog=self._watchdog,
        )
        errors: deque[str] = deque(maxlen=_SHOWN_LINES)
        child.forward_output(functools.partial(self._note, package, errors), stdout=False)
        try:
            port = await _port(child, command[0])
        except BaseException as error:
            await child.stop()
            if isinstance(error, PluginError):
                raise PluginError("\n".join([str(error), *errors])) from error
            raise
        child.watch(self._warn)
        child.forward_output(self._take if package == DYNAMIC else _ignore, stderr=False)
        plugin = self._connect(package, port, child)
        try:
            await plugin.client.handshake(self._introduction(Path(command[0]).parent))
        except BaseException:
            await plugin.close()
            raise
        return plugin

    def _note(self, package: str, errors: deque[str], text: str, left_out: int, is_error: bool) -> bool:
        errors.append(text[:_SHOWN_CHARACTERS])
        if package == DYNAMIC:
            self._take(text, left_out, is_error)
        return True

    def _command(self, package: str) -> list[str]:
        if not is_path_segment(package):
            raise PluginError(f"{package!r} cannot be the name of a plugin")
        for plugin in self._project.provider_plugins:
            if plugin.name == package:
                return [str(_executable(plugin.path, package))]
        if package == DYNAMIC:
            return [str(self._python), "-u", "-m", "pulumi.dynamic"]
        found = shutil.which(f"pulumi-resource-{package}")
        if not found:
            raise NeedsPulumiCLI(
                f"the provider of {package}, for which there is no plugins.providers entry in Pulumi.yaml, no "
                f"PULUMI_DEBUG_PROVIDERS and no pulumi-resource-{package} on PATH,"
            )
        return [found]

    def _environment(self) -> dict[str, str]:
        options = {f"PULUMI_RUNTIME_{key.upper()}": str(value) for key, value in self._project.runtime_options.items()}
        return {
            **environment.child_environment(local_only=self._local_only),
            **options,
            "PULUMI_PROJECT": self._project.name,
            "PULUMI_CONFIG": "{}",
        }

    def _introduction(self, directory: Path | None) -> provider_pb2.ProviderHandshakeRequest:
        folder = None if directory is None else str(directory)
        return provider_pb2.ProviderHandshakeRequest(
            engine_address=self._engine_address,
            root_directory=folder,
            program_directory=folder,
            configure_with_urn=True,
            supports_refresh_before_update=True,
            invoke_with_preview=True,
            accepts_byte_string=True,
            sends_old_outputs_to_check=True,
        )


def attach_port(package: str, variables: Mapping[str, str] = os.environ) -> int | None:
    """The port of PULUMI_DEBUG_PROVIDERS (`name:port,…`) for a package.

    Raises:
        PluginError: it is not a number.
    """
    for entry in variables.get("PULUMI_DEBUG_PROVIDERS", "").split(","):
        name, _, port = entry.partition(":")
        if name == package:
            if not (port.isascii() and port.isdecimal()):
                raise PluginError(f"Expected a numeric port, got {port} in PULUMI_DEBUG_PROVIDERS")
            return int(port)
    return None


def _executable(folder: Path, package: str) -> Path:
    path = folder / f"pulumi-resource-{package}"
    if not path.is_file():
        if (folder / "PulumiPlugin.yaml").is_file():
            raise NeedsPulumiCLI(f"the provider of {package} in {folder}, a plugin run by a language host,")
        raise PluginError(f"plugins.providers in Pulumi.yaml names {folder} for {package}, but {path} does not exist")
    return path


async def _port(child: Child, command: str) -> int:
    reading = asyncio.ensure_future(child.first_line(_LONGEST_PORT))
    failing = asyncio.ensure_future(child.wait_for_failure())
    try:
        await asyncio.wait({reading, failing}, timeout=_START_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if failing.done():  # what it has started may hold its output open, and will write no port
            await asyncio.wait({reading}, timeout=_END_SECONDS)
        if not reading.done():
            why = _ended(child) if failing.done() else f"it wrote no port within {_START_SECONDS} s"
            raise PluginError(f"could not read plugin [{command}]: {why}")
        line = reading.result()
    finally:
        reading.cancel()
        failing.cancel()
    text = line.decode(errors="replace").strip()
    if not text:
        await child.wait_for_exit(_START_SECONDS)
        raise PluginError(f"could not read plugin [{command}]: {_ended(child)}")
    if not (text.isascii() and text.isdecimal() and int(text) <= _HIGHEST_PORT):
        raise PluginError(f"plugin [{command}] wrote an invalid port to stdout: could not parse port: {text!r}")
    return int(text)


def _ended(child: Child) -> str:
    return "it closed its output without writing a port" if child.code is None else f"exit status {child.code}"


def _ignore(_text: str, _left_out: int, _is_error: bool) -> bool:
    return False
