"""A Pulumi project's own files, read without Pulumi: its name, its program's folder, and the settings in its stacks' files."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pulumi_workspace365.documents import input_files, yaml_document
from pulumi_workspace365.documents.yaml_document import Document, ValuePath
from pulumi_workspace365.resource import config_keys
from pulumi_workspace365_cli import project_file, stack_config
from pulumi_workspace365_cli.file_validation.findings import Finding, at
from pulumi_workspace365_cli.file_validation.kinds import absolute
from pulumi_workspace365_components.error_sentences import sentence
from pulumi_workspace365_components.stack_files.settings import StackSettings

_TRUE = {"true": True, "false": False}


@dataclass(frozen=True)
class Stack:
    """A stack's file.

    Attributes:
        values: the configuration by full key, as it stands in the file; what is encrypted is a mapping.
        spots: where each key stands.
        is_whole: whether nothing else adds to it, such as an ESC environment.
    """

    name: str
    path: Path
    project: "Project"
    document: Document | None
    values: Mapping[str, Any] = field(default_factory=dict)
    spots: Mapping[str, ValuePath] = field(default_factory=dict)
    is_whole: bool = True
    problems: tuple[Finding, ...] = ()

    @cached_property
    def settings(self) -> StackSettings | None:
        """The project's own settings; ``None`` where they are wrong, which ``problems_of_settings`` tells."""
        return None if self._settings_errors else self._settings()

    @cached_property
    def _settings_errors(self) -> list[Any]:
        try:
            self._settings()
        except ValidationError as problem:
            return list(problem.errors())
        return []

    def _settings(self) -> StackSettings:
        return StackSettings(
            program=self.project.program,
            customers=self.value("customers") or self.name,
            websocket_apis=self.value("websocketApis") or self.name,
            rings=self.value("rings"),
            allowed_rings=self.value("allowedRings"),
            outputs=self.value("outputs"),
            deletion_protection=_TRUE.get(str(self.value("deletionProtection")).lower(), True),
        )

    def value(self, name: str) -> Any:
        """One of the project's own settings, or its default in Pulumi.yaml. A text may hold JSON, as `pulumi config set` writes it."""
        key = f"{self.project.name}:{name}"
        stated = self.values.get(key, self.project.defaults.get(key))
        if isinstance(stated, str) and stated.startswith(("[", "{")):
            try:
                return json.loads(stated)
            except ValueError:
                return stated
        return stated

    def problems_of_settings(self) -> Iterator[Finding]:
        """Settings that a program refuses."""
        for error in self._settings_errors:
            name = str(error["loc"][0]) if error["loc"] else str(error["msg"]).removeprefix("Value error, ").partition(":")[0]
            text = f"{self.project.name}:{sentence(error)}"
            yield self.finding(f"{self.project.name}:{name}", "setting", text)

    def finding(self, key: str, rule: str, message: str, remedy: str = "", field: ValuePath = ()) -> Finding:
        """A finding about a setting."""
        return at(self.path, self.document, (*self.spots.get(key, ()), *field), rule, message, remedy=remedy)

    @property
    def checks(self) -> Any:
        """What the configuration holds of checks."""
        return self.values.get(stack_config.CHECKS)


@dataclass(frozen=True)
class Project:
    """A project, and its stacks' files."""

    root: Path
    name: str
    program: Path
    defaults: Mapping[str, Any]
    declared: frozenset[str]
    config_folder: Path

    @property
    def reads_customers(self) -> bool:
        """Whether the program seems to be one that deploys customers' files."""
        return input_files.is_folder(self.program / "customers")

    @cached_property
    def stacks(self) -> list[Stack]:
        """Those that have a configuration file; an example is none."""
        found = sorted(path for pattern in ("Pulumi.*.yaml", "Pulumi.*.yml") for path in self.config_folder.glob(pattern))
        return [self.stack(path) for path in found if not path.stem.endswith(".example")]

    def stack(self, path: Path) -> Stack:
        """The stack of a file."""
        name = path.stem.removeprefix("Pulumi.")
        try:
            document = _document(path)
        except input_files.FileError as problem:
            return Stack(
                name, path, self, None, problems=(Finding(path, "syntax", problem.reason, problem.line, problem.column),)
            )
        content = document.value if isinstance(document.value, dict) else {}
        config = content.get("config")
        keys = {str(key): config_keys.full_key(str(key), self.name) for key in config} if isinstance(config, dict) else {}
        values = {full: config[key] for key, full in keys.items()} if isinstance(config, dict) else {}
        spots: dict[str, ValuePath] = {full: ("config", key) for key, full in keys.items()}
        return Stack(name, path, self, document, values, spots, is_whole="environment" not in content)

    def default_stack(self, name: str) -> Stack:
        """A stack that has no file of its own."""
        return Stack(name, self.root / "Pulumi.yaml", self, None)


def read(root: Path) -> Project | None:
    """The project of a folder; ``None`` where its file cannot be read, which Pulumi tells."""
    path = project_file.find(root)
    try:
        content = _document(path).value if path else None
    except input_files.FileError:
        return None
    if not isinstance(content, dict) or not isinstance(content.get("name"), str):
        return None
    name, config = content["name"], content.get("config")
    program = absolute(root / str(content.get("main") or "."))
    declared = {config_keys.full_key(str(key), name): value for key, value in config.items()} if isinstance(config, dict) else {}
    folder = content.get("stackConfigDir") or (config if isinstance(config, str) else "")
    return Project(
        root,
        name,
        program.parent if program.suffix == ".py" else program,
        {key: default for key, value in declared.items() if (default := _default(value)) is not None},
        frozenset(declared),
        root / str(folder),
    )


def _default(declared: Any) -> Any:
    """The value that a declaration gives to every stack, in either of its forms."""
    if isinstance(declared, dict):
        return declared.get("value", declared.get("default"))
    return declared


def _document(path: Path) -> Document:
    source = input_files.display_path(path)
    return yaml_document.parse(input_files.decode_text(input_files.read_regular_file(path), source), source)
