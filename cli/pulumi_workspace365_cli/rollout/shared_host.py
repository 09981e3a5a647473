"""One host of dynamic providers for all stacks of a rollout, attached to each engine by ``PULUMI_DEBUG_PROVIDERS``.

Each stack has a port of its own, where its engine's configuration, log and Cancel stay. What the stacks share is the instance's list of
environments, read once per wave, the limit of requests in flight, connections, and the journal of creates.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from pulumi_workspace365_cli import plugin_entry, project_file, stack_views
from pulumi_workspace365_cli.context import CommandContext
from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.rollout.host_process import OWN, HostEndedError, HostProcess

VARIABLE = "PULUMI_DEBUG_PROVIDERS"


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
    launcher = None if own_hosts else _find_launcher(contexts)
    if launcher is None:
        yield OwnHosts()
        return
    host = SharedHost(HostProcess(launcher, *_surroundings(contexts[0]), on_output), contexts[0].environ.get(VARIABLE, ""))
    try:
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
    """One host serves every engine. Safe to share between threads.

    Args:
        process: the host.
        attached: the value of ``PULUMI_DEBUG_PROVIDERS`` that attaches other providers.
    """

    def __init__(self, process: HostProcess, attached: str = "") -> None:
        self.process, self._others = process, _entries(attached)
        self._ports: set[int] = set()

    @property
    def failure(self) -> str | None:
        return self.process.failure

    @contextmanager
    def attached(self, stack: str) -> Iterator[dict[str, str]]:
        port = self.process.ask("port", open=stack)
        self._ports.add(port)
        try:
            yield {VARIABLE: ",".join([f"{plugin_entry.DYNAMIC}:{port}", *self._others])}
        finally:
            with suppress(HostEndedError):
                self.process.ask("closed", close=port)
            self._ports.discard(port)

    def next_wave(self) -> None:
        self.process.ask("wave", wave="")

    def close(self) -> None:
        """End the host; while an engine still uses it, leave it to end after that."""
        if self._ports:
            self.process.abandon()
        else:
            self.process.end()


def _find_launcher(contexts: Sequence[CommandContext]) -> Path | None:
    """The host that Pulumi.yaml names.

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
    if any(entry.partition(":")[0] == plugin_entry.DYNAMIC for entry in attached):
        raise CommandError(f"{VARIABLE} attaches a host of dynamic providers already: unset it, {OWN}.")
    path = plugin_entry.existing_path(_project(root), plugin_entry.DYNAMIC)
    return None if path is None else root / path / plugin_entry.launcher_of_this_system(plugin_entry.DYNAMIC)


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
