"""One host for all stacks of a rollout, attached to each engine by ``PULUMI_DEBUG_PROVIDERS``: of dynamic providers, of the package, or one of each.

Each stack has a port of its own, where its engine's configuration, log and Cancel stay. What the stacks share is the instance's list of
environments, read once per wave, the limit of requests in flight, connections, and the journal of creates.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from pulumi_workspace365_cli import plugin_entry, project_file, stack_views
from pulumi_workspace365_cli.context import CommandContext
from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.rollout.host_process import OWN, HostEndedError, HostProcess

VARIABLE = "PULUMI_DEBUG_PROVIDERS"
_SHARED = (plugin_entry.DYNAMIC, plugin_entry.NATIVE)


class Hosts(Protocol):
    """How the engines of a rollout get their hosts."""

    @property
    def failure(self) -> str | None:
        """One sentence once the stacks under way have lost their host."""

    def attached(self, stack: str) -> AbstractContextManager[dict[str, str]]:
        """The environment variables for the engine of a stack, which runs in the block.

        Raises:
            HostEndedError: the host has ended.
        """

    def next_wave(self) -> None:
        """What was read before is out of date for the engines that start from now on.

        Raises:
            HostEndedError: the host has ended.
        """


@contextmanager
def open_hosts(
    contexts: Sequence[CommandContext], *, own_hosts: bool = False, on_output: Callable[[str], None] = lambda _: None
) -> Iterator[Hosts]:
    """The hosts for the stacks of a rollout.

    Args:
        contexts: the stacks, of one project.
        own_hosts: whether each engine starts its own host, as it does for a project whose Pulumi.yaml names none.
        on_output: called with each line that a shared host writes outside of the calls of a stack.

    Raises:
        CommandError: the stacks cannot share a host, a variable would send one instance's key to another, or the host does not start.
    """
    stack_views.refuse_variables(contexts)
    launchers = {} if own_hosts else _find_launchers(contexts)
    if not launchers:
        yield OwnHosts()
        return
    folder, environ = _surroundings(contexts[0])
    host = SharedHost({}, contexts[0].environ.get(VARIABLE, ""))
    try:
        for name, launcher in launchers.items():
            host.processes[name] = HostProcess(launcher, folder, environ, on_output)
        yield host
    finally:
        host.close()


class OwnHosts:
    """Every engine starts its own host."""

    failure = None

    @contextmanager
    def attached(self, stack: str) -> Iterator[dict[str, str]]:
        del stack
        yield {}

    def next_wave(self) -> None:
        """A host that starts has read nothing."""


class SharedHost:
    """Hosts that serve every engine. Safe to share between threads.

    Args:
        processes: the hosts, by the name of the plugin in whose place they are.
        attached: the value of ``PULUMI_DEBUG_PROVIDERS`` that attaches other providers.
    """

    def __init__(self, processes: dict[str, HostProcess], attached: str = "") -> None:
        self.processes, self._others = processes, _entries(attached)
        self._ports: set[tuple[str, int]] = set()

    @property
    def failure(self) -> str | None:
        return next(filter(None, (process.failure for process in self.processes.values())), None)

    @contextmanager
    def attached(self, stack: str) -> Iterator[dict[str, str]]:
        with ExitStack() as opened:
            ports = {name: opened.enter_context(self._port(name, stack)) for name in self.processes}
            yield {VARIABLE: ",".join([*(f"{name}:{port}" for name, port in ports.items()), *self._others])}

    @contextmanager
    def _port(self, name: str, stack: str) -> Iterator[int]:
        process = self.processes[name]
        port = process.ask("port", open=stack)
        self._ports.add((name, port))
        try:
            yield port
        finally:
            with suppress(HostEndedError):
                process.ask("closed", close=port)
            self._ports.discard((name, port))

    def next_wave(self) -> None:
        for process in self.processes.values():
            process.ask("wave", wave="")

    def close(self) -> None:
        """End the hosts; while an engine still uses them, leave them to end after that."""
        for process in self.processes.values():
            if self._ports:
                process.abandon()
            else:
                process.end()


def _find_launchers(contexts: Sequence[CommandContext]) -> dict[str, Path]:
    """The hosts that Pulumi.yaml names, by the name of the plugin.

    Raises:
        CommandError: the stacks are of several projects, or another host is attached already.
    """
    roots = {context.project_root for context in contexts}
    root = roots.pop() if len(roots) == 1 else None
    if root is None:
        raise CommandError(
            f"One host, run by one Python, serves the stacks of one project, and these are of {', '.join(sorted(map(str, roots))) or 'none'}: "
            f"roll out each project by itself, {OWN}."
        )
    attached = [entry for context in contexts for entry in _entries(context.environ.get(VARIABLE, ""))]
    for entry in attached:
        if entry.partition(":")[0] in _SHARED:
            raise CommandError(f"{VARIABLE} attaches a host of {entry.partition(':')[0]} already: unset it, {OWN}.")
    project = _project(root)
    paths = {name: plugin_entry.existing_path(project, name) for name in _SHARED}
    return {name: root / path / plugin_entry.launcher_of_this_system(name) for name, path in paths.items() if path is not None}


def _surroundings(context: CommandContext) -> tuple[Path, dict[str, str]]:
    """The folder and the variables with which an engine starts a host."""
    root = context.project_root or context.folder
    project = _project(root)
    main, runtime = root / str(project.get("main") or ""), project.get("runtime")
    options = runtime.get("options") if isinstance(runtime, dict) else None
    of_runtime = {f"PULUMI_RUNTIME_{key.upper()}": str(value) for key, value in (options or {}).items()}
    environ = {**context.environ, **of_runtime, "PULUMI_PROJECT": str(project.get("name")), "PULUMI_CONFIG": "{}"}
    return main if main.is_dir() else main.parent, environ


def _project(root: Path) -> dict[str, Any]:
    path = project_file.find(root)
    content = project_file.parse(path).value if path else None
    return content if isinstance(content, dict) else {}


def _entries(attached: str) -> list[str]:
    return [entry.strip() for entry in attached.split(",") if entry.strip()]
