"""Refuses configuration keys that nothing reads. A misspelled key would be ignored silently: `rngs` instead of `rings` deploys every customer."""

import contextlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pulumi_dynamic_host import safe_text
from pulumi_workspace365.api import naming
from pulumi_workspace365.documents import input_files

if TYPE_CHECKING:
    from pulumi_workspace365.documents.yaml_document import Document

PACKAGES: Mapping[str, frozenset[str]] = {
    "w365": frozenset(
        {
            *("baseUrl", "provisioningKey", "healthApiKey", "requestTimeout", "maxInFlight", "maxRetries", "settleSeconds"),
            *("backupDir", "instance"),
        }
    ),
    "apim": frozenset({"armEndpoint", "subscriptionId"}),
}
"""The keys that this package reads, by namespace."""

ADVICE = "Remove it, or, if your own program reads it, declare it under `config:` in Pulumi.yaml."
_MOST_NAMED = 10
_accepted: list[tuple[Mapping[str, Any], int]] = [({}, 0)]
"""The configuration that was looked at last and its size: a run has one configuration, and registers thousands of resources."""


def refuse_unknown_package_keys() -> None:
    """Refuse keys under ``w365:`` and ``apim:`` that nothing reads. Cheap to repeat: a run's configuration is looked at once.

    Raises:
        pulumi.RunError: there are such keys; it names each with file, line and the nearest key.
    """
    from pulumi.runtime.config import CONFIG  # noqa: PLC0415  files are validated without the SDK

    config = CONFIG.get()
    last, size = _accepted[0]
    if config is not last or len(config) != size:
        refuse_unknown(PACKAGES)
        _accepted[0] = config, len(config)


def refuse_unknown(known: Mapping[str, Collection[str]], instead: Mapping[str, str] | None = None) -> None:
    """Refuse keys that nothing reads and that the project file does not declare.

    Args:
        known: the names that are read, by namespace. Other namespaces are not looked at.
        instead: the key that is meant, where it is known.

    Raises:
        pulumi.RunError: there are such keys, or the project file cannot be read.
    """
    import pulumi  # noqa: PLC0415  files are validated without the SDK
    from pulumi.runtime.config import CONFIG  # noqa: PLC0415  likewise

    if not unknown_keys(CONFIG.get(), known):
        return
    files = _ConfigFiles.find()
    unknown = unknown_keys(CONFIG.get(), known, instead, files.declared)
    if not unknown:
        return
    sentences = [f"{files.place(key)}{sentence}" for key, sentence in [*unknown.items()][:_MOST_NAMED]]
    more = f"; and {len(unknown) - _MOST_NAMED} more" if len(unknown) > _MOST_NAMED else ""
    raise pulumi.RunError(
        safe_text.one_line(f"{'; '.join(sentences)}{more}{'' if sentences[-1].endswith('?') else '.'} {ADVICE}")
    )


def unknown_keys(
    keys: Iterable[str],
    known: Mapping[str, Collection[str]],
    instead: Mapping[str, str] | None = None,
    declared: Collection[str] = (),
) -> dict[str, str]:
    """The keys that nothing reads, with a sentence about each, without its end. The arguments are those of ``refuse_unknown``, and the declared keys."""
    unknown = [key for key in sorted(keys) if (parts := key.partition(":"))[0] in known and parts[2] not in known[parts[0]]]
    meant = {key: (instead or {}).get(key) or _nearest(key, known) for key in unknown if key not in declared}
    return {key: f"{key}: nothing reads this setting{f'; did you mean {near}?' if near else ''}" for key, near in meant.items()}


def _nearest(key: str, known: Mapping[str, Collection[str]]) -> str | None:
    namespace, _, name = key.partition(":")
    found = naming.nearest(name, known[namespace])
    if found:
        return f"{namespace}:{found}"
    elsewhere = {candidate: other for other, names in known.items() for candidate in names}
    found = naming.nearest(name, elsewhere)
    return f"{elsewhere[found]}:{found}" if found else None


@dataclass(frozen=True)
class _ConfigFiles:
    """The project file, and the stack's file if it can be read."""

    declared: frozenset[str] = frozenset()
    """The full keys that the project file declares."""
    stack: "Document | None" = None
    project: str = ""

    @classmethod
    def find(cls) -> "_ConfigFiles":
        import pulumi  # noqa: PLC0415  files are validated without the SDK

        root = pulumi.runtime.get_root_directory()
        path = next(
            (path for name in ("Pulumi.yaml", "Pulumi.yml") if root and input_files.is_file(path := Path(root) / name)), None
        )
        if path is None:
            return cls()
        try:
            project = _parse(path, path.name)
        except input_files.FileError as problem:
            raise pulumi.RunError(str(problem)) from problem
        content = project.value if isinstance(project.value, dict) else {}
        section = content.get("config")
        folder = content.get("stackConfigDir") or (section if isinstance(section, str) else "")
        project_name = pulumi.get_project()
        declared = frozenset(full_key(str(key), project_name) for key in section) if isinstance(section, dict) else frozenset()
        name = f"Pulumi.{pulumi.get_stack()}.yaml"
        with contextlib.suppress(input_files.FileError):  # the setting may come from elsewhere, such as an ESC environment
            return cls(declared, _parse(path.parent / str(folder) / name, str(Path(str(folder)) / name)), project_name)
        return cls(declared)

    def place(self, key: str) -> str:
        """Where a key stands, as the beginning of a sentence; empty if it is in no file."""
        for written, (line, _) in self.stack.places.items() if self.stack else ():
            if len(written) == 2 and written[0] == "config" and full_key(str(written[1]), self.project) == key:
                return f"{self.stack.source if self.stack else ''}, line {line}: "
        return ""


def _parse(path: Path, source: str) -> "Document":
    from pulumi_workspace365.documents import yaml_document  # noqa: PLC0415  a program without unknown keys reads no file

    return yaml_document.parse(input_files.decode_text(input_files.read_regular_file(path, source=source), source), source)


def full_key(key: str, project: str) -> str:
    """The key with a namespace, by default the project's; ``namespace:config:name`` is an old spelling."""
    match key.split(":"):
        case [name]:
            return f"{project}:{name}"
        case [namespace, "config", name]:
            return f"{namespace}:{name}"
    return key
