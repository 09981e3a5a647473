"""``w365 init``: what a project needs so that Pulumi starts this package's host, for dynamic resources or for those of the package."""

import difflib
import json
import os
import re
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

import typer

from pulumi_workspace365.documents import project_language
from pulumi_workspace365_cli import new_project, options, output_formats, plugin_entry, project_file
from pulumi_workspace365_cli.context import CommandContext
from pulumi_workspace365_cli.errors import CommandError
from pulumi_workspace365_cli.report import Check, Report

FOLDER = ".pulumi-host"
_NEXT = "Next: `pulumi stack init dev`, `pulumi config set {}:baseUrl https://… --stack dev`, then `w365 doctor`."
_PACKAGES = "Packages: pulumi-workspace365; pulumi-workspace365[apim] with WebSocket APIs or connectivity checks; [engine] for the embedded engine. Not released yet: `make wheels` in a clone builds them."
_LONGEST_NAME = 100
_PLAIN = re.compile(
    r"(?!(?:y|n|yes|no|on|off|true|false|null)$)[A-Za-z][\w.-]*", re.IGNORECASE
)  # what no YAML takes for a number, a date or a flag
_EXECUTABLE = 0o755
_READABLE = 0o644


_RUN_HOST = re.compile(r"""runpy\.run_path\(os\.path\.join\(os\.path\.dirname\(found\.origin\), (['"])host\1\), run_name=""")
_WORDS = (
    ("The host of dynamic providers", "The plugin of Workspace 365"),
    ("the host of dynamic providers", "the plugin of Workspace 365"),
)

Front = Literal["dynamic", "native"]


@dataclass(frozen=True)
class _Plugin:
    """What the engine starts for a front."""

    name: str
    namespace: str
    """Of the configuration keys."""

    def content(self, file: str) -> str:
        """The text of a launcher; one is shipped for each system, for the host of dynamic providers."""
        shipped = file.replace(self.name, plugin_entry.DYNAMIC)
        text = resources.files("pulumi_workspace365_cli").joinpath(shipped).read_text(encoding="utf-8")
        if self.name == plugin_entry.DYNAMIC:
            return text
        for dynamic, native in _WORDS:
            text = text.replace(dynamic, native)
        return _RUN_HOST.sub(r"runpy.run_module(\1pulumi_workspace365_components.package\1, run_name=", text)


_PLUGINS: dict[Front, _Plugin] = {
    "dynamic": _Plugin(plugin_entry.DYNAMIC, "w365"),
    "native": _Plugin(plugin_entry.NATIVE, "workspace365"),
}


def register(app: typer.Typer) -> None:
    app.command("init", epilog=options.examples("w365 init", "w365 init --front native", "w365 init --output json"))(init)


def init(
    front: Annotated[
        Front | None,
        typer.Option(
            "--front",
            help="The resources that the program uses: dynamic, the default in Python, or native, those of the package, the default in other languages.",
            show_default=False,
        ),
    ] = None,
    output: options.Output = None,
) -> None:
    """Prepare the Pulumi project of this folder.

    Pulumi.yaml gets a plugins.providers entry, and .pulumi-host the launchers for it. Where there is no Pulumi.yaml, makes a project: also a program, a first customer, requirements.txt and .gitignore, unless they exist. Changes nothing else, keeps comments, and does nothing when run again.
    """
    targets = output_formats.resolve_targets(output)
    context = CommandContext.from_options()
    output_formats.write_outputs(prepare(context.project_root or context.folder, front), targets)


def prepare(root: Path, front: Front | None) -> Report:
    """Set up a project. Returns what was changed.

    Args:
        root: its folder.
        front: the front; ``None`` for that of the project's language.

    Raises:
        CommandError: a file cannot be read or written, or only a person should change it.
    """
    plugin = _PLUGINS[front or _front_of_language(root)]
    is_new = project_file.find(root) is None
    checks = (_project_file(root, plugin), *(_launchers(root / FOLDER, plugin) if _uses_folder(root, plugin) else ()))
    if is_new and plugin.name == plugin_entry.DYNAMIC:
        checks = (*checks, *_new_files(root))
    changed = [check for check in checks if not check.detail.startswith("unchanged")]
    summary = f"{len(changed)} of {len(checks)} changed." if changed else "Everything was in place."
    notes = (
        (f"Commit Pulumi.yaml and {FOLDER}/: the launchers find the Python of each machine by themselves.",) if changed else ()
    )
    return Report(
        "init",
        "Set-up of the project",
        summary,
        facts={"project": str(root)},
        checks=checks,
        notes=(*notes, _PACKAGES, _NEXT.format(plugin.namespace)) if changed else (),
        data={"project": str(root), "changed": [check.name for check in changed]},
    )


def _new_files(root: Path) -> Iterator[Check]:
    for name, text in new_project.texts(root).items():
        project_file.make_folder((root / name).parent)
        project_file.replace(root / name, text, _READABLE)
        yield Check(name, "ok", "written")


def _front_of_language(root: Path) -> Front:
    path = project_file.find(root)
    return "dynamic" if path is None or project_language.language(project_file.parse(path).value) in {"python", ""} else "native"


def _project_file(root: Path, plugin: _Plugin) -> Check:
    path = project_file.find(root)
    if path is None:
        path, name = root / "Pulumi.yaml", _project_name(root)
        text = _new_project(root, name, plugin)
        project_file.replace(path, text, _READABLE)
        return Check(path.name, "ok", f"created for the project {name}")
    text, entry = project_file.read(path), plugin_entry.existing_path(project_file.parse(path).value, plugin.name)
    if entry is not None:
        return _check_entry(root, path, entry, plugin)
    changed = plugin_entry.with_entry(text, plugin.name, FOLDER)
    project_file.replace(path, changed, stat.S_IMODE(path.stat().st_mode))
    return Check(path.name, "ok", f"added: {_added_lines(text, changed)}")


def _check_entry(root: Path, path: Path, entry: str, plugin: _Plugin) -> Check:
    """An entry that is there stays as it is; one that leads nowhere is an error."""
    launcher = plugin_entry.launcher_of_this_system(plugin.name)
    if entry != FOLDER and not (root / entry / launcher).is_file():
        raise CommandError(
            f"{path} names {entry} for {plugin.name}, where there is no {launcher}: change the path to {FOLDER}, then run `w365 init` again."
        )
    return Check(path.name, "ok", f"unchanged: {plugin.name} is served by {entry}")


def _uses_folder(root: Path, plugin: _Plugin) -> bool:
    path = project_file.find(root)
    return path is not None and plugin_entry.existing_path(project_file.parse(path).value, plugin.name) == FOLDER


def _launchers(folder: Path, plugin: _Plugin) -> tuple[Check, ...]:
    """One for Windows and one for all other systems, wherever this runs: a project is shared."""
    return (
        _launcher(folder, plugin_entry.launcher(plugin.name), "\n", plugin),
        _launcher(folder, plugin_entry.windows_launcher(plugin.name), "\r\n", plugin),
    )


def _launcher(folder: Path, file: str, newline: str, plugin: _Plugin) -> Check:
    path, name = folder / file, f"{FOLDER}/{file}"
    content = newline.join([*plugin.content(file).splitlines(), ""])
    former = project_file.read(path) if path.exists() else None
    is_same = former == content
    if file != plugin_entry.launcher_of_this_system(
        plugin.name
    ):  # git may have changed the line ends of what is not started here
        is_same = former is not None and former.splitlines() == content.splitlines()
    if is_same and os.access(path, os.X_OK):
        return Check(name, "ok", "unchanged")
    project_file.make_folder(folder)
    project_file.replace(path, content, _EXECUTABLE)
    return Check(name, "ok", "written" if former is None else "made executable" if is_same else "renewed")


def _added_lines(before: str, after: str) -> str:
    lines = [line[2:].strip() for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line.startswith("+ ")]
    return " / ".join(lines)


def _project_name(root: Path) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", root.name).strip("-.")[:_LONGEST_NAME] or "workspace365"


def _new_project(root: Path, name: str, plugin: _Plugin) -> str:
    environment = next((folder for folder in (".venv", "venv") if (root / folder).is_dir()), None)
    prefix = Path(sys.prefix)
    if environment is None and prefix.is_relative_to(root):
        environment = str(prefix.relative_to(root))
    options_ = f"\n  options:\n    toolchain: pip\n    virtualenv: {environment}" if environment else ""
    head = f"name: {json.dumps(name) if _PLAIN.fullmatch(name) is None else name}\ndescription: Workspace 365 environments as code\nruntime:\n  name: python{options_}\n"
    return plugin_entry.with_entry(head, plugin.name, FOLDER)
