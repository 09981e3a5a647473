"""Checks of this machine: versions, project, and the settings that control what a run may do. They send and write nothing."""

import ipaddress
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from pulumi_workspace365.api import configuration
from pulumi_workspace365.api.cli_hints import has_embedded_engine
from pulumi_workspace365.documents import input_files
from pulumi_workspace365.errors import ConfigurationError
from pulumi_workspace365.lifecycle import journal
from pulumi_workspace365_cli import plugin_entry, processes, project_file
from pulumi_workspace365_cli.context import CommandContext
from pulumi_workspace365_cli.diagnosis import installed_versions, variables
from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.report import Check


def run_checks(context: CommandContext) -> Iterator[Check]:
    """The checks that need no instance."""
    yield from installed_versions.run_checks()
    yield _engine(context)
    yield variables.unknown_names(context.environ)
    yield variables.unknown_values(context.environ)
    yield variables.certificate_files(context.environ)
    yield _own_connections(context.environ)
    yield _host(context)
    yield from _stack(context)
    yield _journal(context.environ)
    yield _audit(context.environ)
    yield _deletion(context.environ)


def _engine(context: CommandContext) -> Check:
    command = processes.find_pulumi(context.environ)
    if command is None and not has_embedded_engine():
        remedy = f"{processes.INSTALL[0].upper()}{processes.INSTALL[1:]}."
        return Check("engine", "failed", "no Pulumi CLI on PATH, and the embedded engine is not installed", remedy)
    if command is None:
        return Check("engine", "ok", "no Pulumi CLI on PATH: the embedded engine reads the state")
    try:
        version = processes.capture_output(
            [*command, "version"], context.folder, context.environ, "read the version of the Pulumi CLI"
        ).strip()
    except CommandError as problem:
        return Check("engine", "failed", str(problem), "Reinstall the Pulumi CLI, or remove it from PATH.")
    return installed_versions.compare("engine", "cli", version, f"Pulumi CLI {version}")


def _own_connections(environ: Mapping[str, str]) -> Check:
    """Whether the processes of a run connect to each other through a proxy; gRPC also uses one for addresses of this machine."""
    name = "connections of a run"
    proxy = next((variable for variable in ("grpc_proxy", "https_proxy", "http_proxy") if environ.get(variable)), None)
    exceptions = environ.get("no_grpc_proxy", environ.get("no_proxy", ""))
    if proxy is None or any(_covers(item.strip(), "127.0.0.1") for item in exceptions.split(",")):
        return Check(name, "ok", "no proxy between the processes of this machine")
    return Check(
        name,
        "warning",
        f"{proxy} is set and no_proxy does not contain 127.0.0.1: with the Pulumi CLI, the program and the SDK's own host connect to it through "
        "that proxy, which can read secrets in plain text (the embedded engine bypasses the proxy for this machine)",
        "Add localhost,127.0.0.1 to no_proxy, in lower case.",
    )


def _covers(exception: str, address: str) -> bool:
    """Whether an entry of no_proxy matches an address, as gRPC interprets it: the end of a name, or a network."""
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(exception, strict=False)
    except ValueError:
        return bool(exception) and address.endswith(exception)


def _host(context: CommandContext) -> Check:
    """Whether Pulumi starts this package's host, for dynamic resources, for those of the package, or for both."""
    name, remedy = "host", "Run `w365 init`."
    path = project_file.find(context.project_root) if context.project_root else None
    if path is None:
        return Check(name, "skipped", "no Pulumi.yaml in this folder or a parent folder")
    try:
        content = project_file.parse(path).value
    except CommandError as problem:
        return Check(name, "failed", str(problem), "Correct the file.")
    found = {plugin: plugin_entry.existing_path(content, plugin) for plugin in (plugin_entry.DYNAMIC, plugin_entry.NATIVE)}
    entries = {plugin: entry for plugin, entry in found.items() if entry is not None}
    if not entries:
        detail = "Pulumi.yaml has no plugins.providers entry for pulumi-python, so Pulumi uses the SDK's own host: slower, and with tracebacks"
        return Check(name, "warning", detail, remedy)
    for plugin, entry in entries.items():
        launcher = path.parent / entry / plugin_entry.launcher_of_this_system(plugin)
        if not os.access(launcher, os.X_OK) or not launcher.is_file():
            return Check(name, "failed", f"Pulumi.yaml names {entry}, which contains no executable {launcher.name}", remedy)
    return Check(name, "ok", f"Pulumi.yaml names {', '.join(dict.fromkeys(entries.values()))}")


def _stack(context: CommandContext) -> Iterator[Check]:
    if context.project_root is None:
        yield Check("stack", "skipped", "no project, so only environment variables apply")
        return
    try:
        yield Check("stack", "ok", context.stack_name())
        managed = context.state()
        yield Check("state", "ok", f"{len(managed.environments)} environments, {len(managed.settings)} settings of environments")
    except CommandError as problem:
        yield Check("state", "warning", str(problem), "Commands that need the state accept it with --state FILE.")


def _journal(environ: Mapping[str, str]) -> Check:
    """The journal of creates, with which the next run recognises what a killed run created."""
    try:
        path = journal.location(environ)
    except ConfigurationError as problem:
        return Check("journal", "failed", str(problem))
    if path:
        return writable("journal", path, "W365_JOURNAL")
    if environ.get("W365_JOURNAL"):
        remedy = "Set W365_JOURNAL to a file on a persistent disk."
        return Check("journal", "warning", "off (W365_JOURNAL): what a killed run created can only be found by its name", remedy)
    return Check(
        "journal", "skipped", "off in CI, because its disk is not persistent; set W365_JOURNAL to a file on a persistent disk"
    )


def _audit(environ: Mapping[str, str]) -> Check:
    setting = environ.get("W365_AUDIT", "").strip()
    if not setting:
        return Check("audit", "skipped", "off; W365_AUDIT=FILE records every change made")
    return Check("audit", "ok", "standard error") if setting == "stderr" else writable("audit", Path(setting), "W365_AUDIT")


def _deletion(environ: Mapping[str, str]) -> Check:
    """The safeguards that variables of this shell disable."""
    loose = ["W365_ALLOW_DELETE"] if environ.get("W365_ALLOW_DELETE", "").strip() not in {"", "0", "1"} else []
    with suppress(ConfigurationError):  # here and below: an unknown value is reported with those of the other variables
        loose += ["W365_ALLOW_VANISHED"] if configuration.allow_vanished(environ) > 1 else []
    with suppress(ConfigurationError):
        loose += ["W365_CHECKS"] if configuration.failed_checks_pass(environ) else []
    if loose:
        settings = "; ".join(f"{name}={environ[name].strip()}" for name in loose)
        return Check(
            "safeguards",
            "warning",
            f"disabled in this shell: {settings}",
            f"Unset {', '.join(loose)} when it is no longer needed.",
        )
    return Check("safeguards", "ok", "none is disabled in this shell")


def writable(name: str, path: Path, variable: str, *, folder: bool = False) -> Check:
    """Whether a file, or files in a folder, can be written; nothing is written."""
    path = path.expanduser().absolute()
    nearest = next(parent for parent in (path, *path.parents) if input_files.exists(parent))
    usable = os.access(nearest, os.W_OK) and input_files.is_folder(nearest) is (folder or nearest != path)
    if usable:
        return Check(name, "ok", str(path))
    return Check(name, "failed", f"{path} cannot be written", f"Name another {'folder' if folder else 'file'} with {variable}.")
