"""Finds and starts provider processes, as the CLI does: attached, named in Pulumi.yaml, Pulumi's own host, or on PATH."""

import asyncio
import contextlib
import os
import shutil
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import grpc.aio
from pulumi.runtime.proto import provider_pb2

from pulumi_embedded_engine.errors import EngineError, NeedsPulumiCLI
from pulumi_embedded_engine.providers.lifeline import Lifeline
from pulumi_embedded_engine.providers.provider_client import ProviderClient
from pulumi_embedded_engine.providers.trace import Trace, open_channel
from pulumi_embedded_engine.store.names import is_plain
from pulumi_embedded_engine.workspace.project import Project

DYNAMIC = "pulumi-python"
_START_SECONDS = 30
_STOP_SECONDS = 5

Line = Callable[[str, bool], None]
"""Takes a line that a process wrote, and whether it was to standard error."""


class PluginError(EngineError):
    """A provider process could not be started."""


class Plugin:
    """A running provider process, or one that was attached."""

    def __init__(
        self,
        client: ProviderClient,
        channel: grpc.aio.Channel,
        process: asyncio.subprocess.Process | None,
        lifeline: Lifeline,
    ) -> None:
        self.client, self._lifeline = client, lifeline
        self._channel, self._process = channel, process
        self._readers: list[asyncio.Task[None]] = []

    def follow(self, stream: asyncio.StreamReader, line: Line, *, is_error: bool) -> None:
        self._readers.append(asyncio.ensure_future(_follow(stream, lambda text: line(text, is_error))))

    def kill(self) -> None:
        """End the process at once."""
        if self._process:
            kill(self._process)

    async def close(self) -> None:
        """End the process: ask, then interrupt, then kill."""
        await self.client.settled()
        await self.client.cancel()
        await self._channel.close()
        if self._process:
            await stop(self._process)
            self._lifeline.let_go(self._process.pid)
        await asyncio.gather(*self._readers, return_exceptions=True)


async def stop(process: asyncio.subprocess.Process) -> None:
    """End a process and its children: interrupt them, and kill them if they are still there after five seconds."""
    for kind in (signal.SIGINT, signal.SIGKILL):
        if process.returncode is None:
            _signal_group(process.pid, kind)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), _STOP_SECONDS)


def kill(process: asyncio.subprocess.Process) -> None:
    """End a process and its children at once."""
    if process.returncode is None:
        _signal_group(process.pid, signal.SIGKILL)


def _signal_group(pid: int, kind: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, kind)


class Plugins:
    """Starts the providers of one operation."""

    def __init__(
        self, project: Project, engine_address: str, python: Path, *, trace: Trace | None, line: Line, lifeline: Lifeline
    ) -> None:
        self._project, self._engine_address, self._python = project, engine_address, python
        self._trace, self._line, self._lifeline = trace, line, lifeline
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
        """Tell every provider that the operation is to end soon."""
        await asyncio.gather(*(plugin.client.cancel() for plugin in self._running))

    def kill(self) -> None:
        """End every process at once."""
        for plugin in self._running:
            plugin.kill()

    async def close(self) -> None:
        await asyncio.gather(*(plugin.close() for plugin in self._running))
        self._running.clear()

    async def _attach(self, package: str, port: int) -> Plugin:
        plugin = self._connect(package, port, None)
        await plugin.client.handshake(self._introduction(None))
        await plugin.client.attach(self._engine_address)
        return plugin

    def _connect(self, package: str, port: int, process: asyncio.subprocess.Process | None) -> Plugin:
        channel = open_channel(f"127.0.0.1:{port}", self._trace, {"kind": "resource", "name": package})
        return Plugin(ProviderClient(channel), channel, process, self._lifeline)

    async def _launch(self, package: str) -> Plugin:
        command = self._command(package)
        process = await asyncio.create_subprocess_exec(
            *command,
            self._engine_address,
            cwd=self._project.program_dir,
            env=self._environment(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is the engine's to pass on
        )
        self._lifeline.hold(process.pid)
        if process.stdout is None or process.stderr is None:
            raise PluginError(f"{command[0]} has no output")
        errors: list[str] = []
        reader = asyncio.ensure_future(_follow(process.stderr, lambda text: self._note(package, text, errors)))
        try:
            port = await _port(process, process.stdout, command[0])
        except EngineError as error:
            await stop(process)
            self._lifeline.let_go(process.pid)
            await reader
            raise PluginError("\n".join([str(error), *errors[-20:]])) from None
        plugin = self._connect(package, port, process)
        plugin.follow(process.stdout, self._line if package == DYNAMIC else _ignore, is_error=False)
        await plugin.client.handshake(self._introduction(Path(command[0]).parent))
        return plugin

    def _note(self, package: str, text: str, errors: list[str]) -> None:
        errors.append(text)
        if package == DYNAMIC:
            self._line(text, True)

    def _command(self, package: str) -> list[str]:
        if not is_plain(package):
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
        return {**os.environ, **options, "PULUMI_PROJECT": self._project.name, "PULUMI_CONFIG": "{}"}

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
        )


def attach_port(package: str, environment: Mapping[str, str] = os.environ) -> int | None:
    """The port of PULUMI_DEBUG_PROVIDERS (`name:port,…`) for a package.

    Raises:
        PluginError: it is not a number.
    """
    for entry in environment.get("PULUMI_DEBUG_PROVIDERS", "").split(","):
        name, _, port = entry.partition(":")
        if name == package:
            if not port.isdecimal():
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


async def _port(process: asyncio.subprocess.Process, stdout: asyncio.StreamReader, command: str) -> int:
    try:
        line = (await asyncio.wait_for(stdout.readline(), _START_SECONDS)).decode().strip()
    except TimeoutError:
        raise PluginError(f"could not read plugin [{command}]: it wrote no port within {_START_SECONDS} s") from None
    if not line:
        code = await process.wait()
        raise PluginError(f"could not read plugin [{command}]: exit status {code}")
    if not line.isdecimal():
        raise PluginError(f"plugin [{command}] wrote an invalid port to stdout: could not parse port: {line!r}")
    return int(line)


async def _follow(stream: asyncio.StreamReader, line: Callable[[str], None]) -> None:
    while text := await stream.readline():
        decoded = text.decode(errors="replace")
        if decoded.strip():
            line(decoded)


def _ignore(_text: str, _is_error: bool) -> None:
    pass


def own_python() -> Path:
    return Path(sys.executable)
