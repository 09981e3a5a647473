"""What a stack manages, from an export of its state. Secrets stay encrypted: nothing here is one."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pulumi_workspace365.documents import input_files, json_document
from pulumi_workspace365_cli import dates, resource_names
from pulumi_workspace365_cli.errors import CommandError

_API = "workspace365:index:WebSocketApi"
_API_RESOURCE = "azure-native:apimanagement:Api"
_HOW = "use the output of `pulumi stack export`"


class _Stored(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class StateResource(_Stored):
    """One of our resources in the state, with the type and the property names of Python's dynamic resources.

    ``id`` is the environment's actual name on the server.
    """

    urn: str
    type: str
    id: str = ""
    parent: str = ""
    inputs: Mapping[str, Any] = {}
    outputs: Mapping[str, Any] = {}
    delete: bool = False
    external: bool = False
    init_errors: list[str] | None = Field(default=None, alias="initErrors")
    modified: str = ""

    @model_validator(mode="before")
    @classmethod
    def _normalised(cls, stored: Any) -> Any:
        return resource_names.normalised(stored)

    @property
    def kind(self) -> str:
        """The class, such as ``OAuth2SignOn``."""
        return self.type.removeprefix(resource_names.DYNAMIC)

    @property
    def name(self) -> str:
        """The resource's name in the program."""
        return self.urn.rpartition("::")[2]

    @property
    def stack(self) -> str:
        """The name of the stack."""
        return self.urn.partition("::")[0].removeprefix("urn:pulumi:")

    @property
    def project(self) -> str:
        """The name of the project."""
        return self.urn.partition("::")[2].partition("::")[0]

    @property
    def label(self) -> str:
        """Kind and name, to distinguish it from others."""
        return f"{self.kind} {self.name}"

    @property
    def instance(self) -> str | None:
        """The address of the instance that the resource is on."""
        return self.text_output("instance")

    @property
    def is_complete(self) -> bool:
        """Whether the last ``up`` reached the desired state."""
        return not self.init_errors

    def text_output(self, name: str) -> str | None:
        """An output that is a text; ``None`` when it is not there or encrypted."""
        value = self.outputs.get(name)
        return value if isinstance(value, str) and value else None

    def input(self, name: str) -> Any:
        """An input."""
        return self.inputs.get(name)


class _Operation(_Stored):
    resource: StateResource
    type: str


class _Manifest(_Stored):
    time: str = ""


class _Deployment(_Stored):
    manifest: _Manifest | None = None
    resources: list[StateResource] | None = None
    pending_operations: list[_Operation] | None = None


class _Export(_Stored):
    version: int
    deployment: _Deployment | None


@dataclass(frozen=True)
class StackState:
    """The resources of ours that a stack manages; and its WebSocket APIs, with the API resource within each.

    Attributes:
        creating: the inputs of our resources whose create was in progress when a run was interrupted.
        written: when the state was written, by its own account; of some backends that is when it was exported.
        urns: how all URNs of the stack begin; empty where it holds nothing.
    """

    resources: tuple[StateResource, ...]
    web_socket_apis: tuple[StateResource, ...] = ()
    api_resources: tuple[StateResource, ...] = ()
    creating: tuple[StateResource, ...] = ()
    written: datetime | None = None
    urns: str = ""

    @classmethod
    def read(cls, path: Path) -> "StackState":
        """From a file, or ``-`` for standard input.

        Raises:
            CommandError: it cannot be read, or is no export.
        """
        is_piped = str(path) == "-"
        try:
            data = (
                input_files.read_stream(sys.stdin.buffer)
                if is_piped
                else input_files.read_user_file(path, largest=input_files.DOCUMENT_BYTES)
            )
            return cls.parse(
                input_files.decode_text(data, input_files.display_path(path), utf_16=True), input_files.display_path(path)
            )
        except input_files.FileError as problem:
            raise CommandError(
                f"--state names {input_files.display_path(path)}, which cannot be read: {problem.detail}."
            ) from problem

    @classmethod
    def parse(cls, text: str, source: str) -> "StackState":
        """From the text of an export.

        Raises:
            CommandError: it is none.
        """
        try:
            export = _Export.model_validate(json_document.parse(text, source))
        except input_files.FileError as problem:
            raise CommandError(f"{source} is not a stack export ({problem.detail}): {_HOW}.") from problem
        except ValidationError as problem:
            where = ".".join(map(str, problem.errors()[0]["loc"]))
            raise CommandError(f"{source} is not a stack export{f' (at {where})' if where else ''}: {_HOW}.") from None
        deployment = export.deployment or _Deployment()
        current = [item for item in deployment.resources or [] if not item.delete]
        pending = [operation.resource for operation in deployment.pending_operations or [] if operation.type == "creating"]
        return cls(
            tuple(item for item in current if item.type.startswith(resource_names.DYNAMIC)),
            tuple(item for item in current if item.type == _API),
            tuple(item for item in current if item.type == _API_RESOURCE),
            tuple(item for item in pending if item.type.startswith(resource_names.DYNAMIC)),
            dates.moment(deployment.manifest.time) if deployment.manifest else None,
            next(("::".join([*item.urn.split("::")[:2], ""]) for item in (*current, *pending)), ""),
        )

    @property
    def stack(self) -> str:
        """The name of the stack; empty where it holds nothing."""
        return self.urns.partition("::")[0].removeprefix("urn:pulumi:")

    @property
    def project(self) -> str:
        """The name of the project; empty where it holds nothing."""
        return self.urns.partition("::")[2].removesuffix("::")

    @property
    def labels(self) -> Mapping[str, str]:
        """What distinguishes the stack in metrics."""
        return {"project": self.project, "stack": self.stack}

    @property
    def environments(self) -> tuple[StateResource, ...]:
        """The environments in the state."""
        return tuple(item for item in self.resources if item.kind == "Environment")

    @property
    def settings(self) -> tuple[StateResource, ...]:
        """Everything but environments: what can only be written."""
        return tuple(item for item in self.resources if item.kind != "Environment")

    def on_instance(self, instance: str) -> "StackState":
        """Only what lives on an instance; what does not say where is taken to."""
        return replace(self, resources=tuple(item for item in self.resources if item.instance in {None, instance}))

    def on_other_instances(self, instance: str) -> Iterator[StateResource]:
        """What lives on other instances."""
        return (item for item in self.resources if item.instance not in {None, instance})
