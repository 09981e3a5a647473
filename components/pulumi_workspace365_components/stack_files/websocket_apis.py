"""One file per WebSocket API, ``websocket_apis/<set>/<name>.yaml``, read strictly."""

import os
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import pulumi
from pydantic import Field, model_validator

from pulumi_workspace365_components.stack_files import strict_yaml
from pulumi_workspace365_components.stack_files.settings import StackSettings
from pulumi_workspace365_components.stack_files.strict_yaml import FileModel, Key
from pulumi_workspace365_components.websocket_api.arguments import (
    DiagnosticsArgs,
    SubscriptionKeyNamesArgs,
    ValidationArgs,
    WebSocketApiArgs,
)
from pulumi_workspace365_components.websocket_api.handshake_args import HandshakeArgs

EXPECTED = "the file of a WebSocket API holds fields such as key, service and path"
"""What messages say of a file that holds something else."""


class Service(FileModel):
    """The API Management service, which exists."""

    resource_group: str
    name: str
    sku: str | None = None
    gateway_url: str | None = None


class HandshakeSection(HandshakeArgs):
    """The policy of the handshake; the fields are those of ``HandshakeArgs``, or ``policy``."""

    policy: str | None = None
    """A policy document, relative to the folder in which the program runs; in place of the others."""

    @model_validator(mode="after")
    def _one_document(self) -> Self:
        if self.policy is not None and self.xml is not None:
            raise ValueError("policy and xml: give the document in one place")
        return self

    def args(self, folder: Path = Path()) -> HandshakeArgs:
        """The handshake as the component takes it; ``folder`` is that of the program."""
        fields: dict[str, Any] = {name: getattr(self, name) for name in self.model_fields_set if name != "policy"}
        if self.policy is not None:
            fields["xml"] = strict_yaml.read_text(folder / self.policy)
        return HandshakeArgs(**fields)


class ValidationSection(ValidationArgs):
    """What the API must prove; the fields are those of ``ValidationArgs``."""

    token_from: Annotated[str, Field(pattern=r"^env:.+$")] | None = None
    """``env:NAME`` holds a valid token for the probes; where it is not set, only refusals are proved."""

    def args(self) -> ValidationArgs:
        """The validation as the component takes it."""
        fields = {name: getattr(self, name) for name in self.model_fields_set if name != "token_from"}
        token = os.environ.get(self.token_from.removeprefix("env:")) if self.token_from else None
        return ValidationArgs(**fields | ({"token": pulumi.Output.secret(token)} if token else {}))


class WebSocketFile(FileModel):
    """One API's file. ``${NAME}`` in a value is an environment variable."""

    key: Key
    """Names the API's resources in Pulumi's state: never change it. The file may be renamed."""
    service: Service
    path: str
    service_url: str
    api_id: str | None = None
    display_name: str | None = None
    description: str | None = None
    protocols: tuple[Literal["ws", "wss"], ...] = ("wss",)
    subscription_required: bool = True
    subscription_key_names: SubscriptionKeyNamesArgs | None = None
    products: tuple[str, ...] = ()
    gateways: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    handshake: HandshakeSection
    diagnostics: DiagnosticsArgs | None = None
    probe_subscription: bool = False
    validation: ValidationSection | None = None
    import_existing: bool = False

    def component_args(self, folder: Path = Path()) -> WebSocketApiArgs:
        """The API as the component takes it; ``folder`` is that of the program, in which a program runs."""
        section: dict[str, Any] = {name: value for name, value in self if name not in {"key", "service"}}
        return WebSocketApiArgs(
            **section
            | {
                "resource_group_name": self.service.resource_group,
                "service_name": self.service.name,
                "sku": self.service.sku,
                "gateway_url": self.service.gateway_url,
                "handshake": self.handshake.args(folder),
                "validation": self.validation.args() if self.validation else None,
            }
        )


def load(settings: StackSettings) -> list[WebSocketFile]:
    """The stack's WebSocket APIs, by key; none where there is no folder for them.

    Raises:
        pulumi.RunError: a file is malformed, two files claim one key, or what is there cannot be looked at.
    """
    if not strict_yaml.is_there(settings.websocket_folder):
        return []
    read = strict_yaml.read_folder(settings.websocket_folder, WebSocketFile, EXPECTED, variables=True)
    strict_yaml.require_unique(read.items(), "key", lambda api: api.key.casefold(), "API")
    return sorted(read.values(), key=lambda api: api.key)
