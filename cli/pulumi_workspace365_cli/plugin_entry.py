"""The entry of ``plugins.providers`` in Pulumi.yaml, inserted as text, so that comments, order and quotes are preserved."""

import copy
import os
from collections.abc import Iterator
from typing import Any

import yaml

from pulumi_workspace365.documents import yaml_document
from pulumi_workspace365.documents.input_files import FileError
from pulumi_workspace365_cli.errors import CommandError

DYNAMIC, NATIVE = "pulumi-python", "workspace365"
"""The names of the plugins: of the host of dynamic providers, and of the package."""


def launcher(name: str) -> str:
    """The name of the file that the engine starts for a plugin, except on Windows."""
    return f"pulumi-resource-{name}"


def windows_launcher(name: str) -> str:
    """The same on Windows."""
    return f"{launcher(name)}.cmd"


def launcher_of_this_system(name: str) -> str:
    """The name of the file that the engine starts here."""
    return windows_launcher(name) if os.name == "nt" else launcher(name)


def existing_path(content: Any, name: str) -> str | None:
    """The path of a plugin's entry that is there, if one is."""
    plugins = content.get("plugins") if isinstance(content, dict) else None
    providers = plugins.get("providers") if isinstance(plugins, dict) else None
    entries = [entry for entry in providers or [] if isinstance(entry, dict)] if isinstance(providers, list) else []
    return next((str(entry.get("path", "")) for entry in entries if entry.get("name") == name), None)


def with_entry(text: str, name: str, path: str) -> str:
    """The text of Pulumi.yaml with an entry for a plugin in this path.

    Raises:
        CommandError: the file is not YAML, or is written in a way in which only a person should change it.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    try:
        before, root = yaml_document.parse(text, "Pulumi.yaml").value, yaml.compose(text, Loader=yaml_document.PARSER)
        at, indented = _place(root, ["- name: " + name, "  path: " + path], len(text.splitlines()))
        lines = text.splitlines(keepends=True)
        if lines and not lines[-1].endswith("\n"):
            lines[-1] += newline
        changed = "".join([*lines[:at], *(line + newline for line in indented), *lines[at:]])
        is_right = yaml_document.parse(changed, "Pulumi.yaml").value == _expected(before, {"name": name, "path": path})
    except (FileError, yaml.YAMLError, _ByHandError):
        is_right = False
    if not is_right:
        raise CommandError(
            f"Pulumi.yaml is written in a way that w365 does not change: add {{name: {name}, path: {path}}} to plugins.providers by hand, "
            "then run `w365 init` again."
        )
    return changed


class _ByHandError(Exception):
    """There is no safe place for the entry."""


def _place(root: Any, entry: list[str], end: int) -> tuple[int, list[str]]:
    """Before which line (from 0) which lines are to stand."""
    key, plugins = _member(root, "plugins")
    if plugins is None:
        if root is not None and not _is_block(root):
            raise _ByHandError
        return end, ["plugins:", *_indented(["providers:", *_indented(entry, 2)], 2)]
    if _is_empty(plugins):
        return key.start_mark.line + 1, list(_indented(["providers:", *_indented(entry, 2)], key.start_mark.column + 2))
    inner, providers = _member(plugins, "providers")
    if providers is None:
        return plugins.start_mark.line, list(_indented(["providers:", *_indented(entry, 2)], plugins.start_mark.column))
    if _is_empty(providers):
        return inner.start_mark.line + 1, list(_indented(entry, inner.start_mark.column + 2))
    if not _is_block(providers):
        raise _ByHandError
    return providers.start_mark.line, list(_indented(entry, providers.start_mark.column))


def _member(node: Any, name: str) -> tuple[Any, Any]:
    """The key and value nodes of a member, or two times ``None``."""
    if node is None:
        return None, None
    if not isinstance(node, yaml.MappingNode) or not _is_block(node):
        raise _ByHandError
    return next(((key, value) for key, value in node.value if key.value == name), (None, None))


def _is_block(node: Any) -> bool:
    return not getattr(node, "flow_style", True)


def _is_empty(node: Any) -> bool:
    return isinstance(node, yaml.ScalarNode) and not node.value


def _indented(lines: list[str] | Iterator[str], columns: int) -> Iterator[str]:
    return (" " * columns + line for line in lines)


def _expected(before: Any, entry: dict[str, str]) -> Any:
    after = copy.deepcopy(before) or {}
    plugins = after["plugins"] = after.get("plugins") or {}
    plugins["providers"] = [entry, *(plugins.get("providers") or [])]
    return after
