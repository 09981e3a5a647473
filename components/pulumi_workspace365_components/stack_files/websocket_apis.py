"""One file per WebSocket API, ``websocket_apis/<set>/<name>.yaml``, read strictly."""

import os
from pathlib import Path
from typing import Annotated, Any, Literal

import pulumi
from pydantic import Field

from pulumi_workspace365_components.stack_files import strict_yaml
from pulumi_workspace365_components.stack_files.settings import Settings
from pulumi_workspace365_components.stack_files.strict_yaml import FileModel, Key
from pulumi_workspace365_components.websocket_api import policy as policies
from pulumi_workspace365_components.websocket_api.arguments import (
    DiagnosticsArgs,
    SubscriptionKeyNames,
    Validation,
    WebSocketApiArgs,
)


class Service(FileModel):
    """The API Management service, which exists."""

    resource_group: str
    name: str
    sku: str | None = None
    gateway_url: str | None = None


class Jwt(FileModel):
    """Only clients with a valid JSON Web Token; the fields are those of ``policies.ready.jwt``."""

    openid_config: str
    audiences: tuple[str, ...] = Field(min_length=1)
    issuers: tuple[str, ...] = ()
    header: str | None = None
    query: str | None = None
    forward_token: bool = True


class RateLimitSection(FileModel):
    """How often one address may connect."""

    calls: Annotated[int, Field(ge=1)]
    seconds: Annotated[int, Field(ge=1, le=300)] = 60


class HandshakeFile(FileModel):
    """The common handshakes by name, in the order in which they run; or a policy document of its own."""

    origins: tuple[str, ...] = ()
    jwt: Jwt | None = None
    limit: RateLimitSection | None = None
    policy: str | None = None
    """A policy document, relative to the folder in which the program runs; in place of the others."""

    def built(self) -> policies.Handshake | str:
        """The handshake as the component takes it."""
        if self.policy:
            return strict_yaml.content(Path(self.policy))
        parts = [
            policies.ready.allowed_origins(*self.origins) if self.origins else None,
            policies.ready.jwt(**self.jwt.fields()) if self.jwt else None,
            policies.Handshake(inbound=[_limited(self.limit)]) if self.limit else None,
        ]
        return policies.combine(policies.Handshake(), *(part for part in parts if part))


class Diagnostics(FileModel):
    """What is logged; the fields are those of ``DiagnosticsArgs``."""

    azure_monitor: str | None = "azuremonitor"
    application_insights: str | None = None
    sampling: float = 100
    verbosity: Literal["error", "information", "verbose"] = "information"
    log_client_ip: bool = False
    masked_query_parameters: tuple[str, ...] = ()
    masked_headers: tuple[str, ...] = ()


class ValidationSection(FileModel):
    """What the API must prove; the fields are those of ``Validation``."""

    regions: tuple[str, ...] | None = None
    backend: str | None = None
    require: Literal["connected", "degraded", "report"] = "connected"
    max_average_latency_ms: float | None = None
    on_unsupported: Literal["fail", "warn"] = "fail"
    triggers: str | None = None
    every_update: bool = False
    probes: bool = True
    hosts: tuple[str, ...] = ()
    token_from: Annotated[str, Field(pattern=r"^env:.+$")] | None = None
    """``env:NAME`` holds a valid token for the probes; where it is not set, only refusals are proved."""
    exhaust_limits: bool = False
    settle: Annotated[float, Field(ge=0, le=1800)] = 60
    on_failure: Literal["fail", "warn"] = "fail"
    when_unreachable: Literal["fail", "warn"] = "fail"

    def built(self) -> Validation:
        """The validation as the component takes it."""
        token = os.environ.get(self.token_from.removeprefix("env:")) if self.token_from else None
        fields = {name: value for name, value in self.fields().items() if name != "token_from"}
        return Validation(**fields, token=pulumi.Output.secret(token) if token else None)


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
    subscription_key_names: dict[Literal["header", "query"], str] | None = None
    products: tuple[str, ...] = ()
    gateways: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    handshake: HandshakeFile
    diagnostics: Diagnostics | None = None
    probe_subscription: bool = False
    validation: ValidationSection | None = None

    def component_args(self) -> WebSocketApiArgs:
        """The API as the component takes it."""
        same = ("path", "service_url", "api_id", "display_name", "description", "protocols", "subscription_required")
        linked = ("products", "gateways", "tags", "probe_subscription")
        names: Any = self.subscription_key_names
        return WebSocketApiArgs(
            **{name: getattr(self, name) for name in (*same, *linked)},
            resource_group_name=self.service.resource_group,
            service_name=self.service.name,
            sku=self.service.sku,
            gateway_url=self.service.gateway_url,
            handshake=self.handshake.built(),
            subscription_key_names=SubscriptionKeyNames(**names) if names else None,
            diagnostics=DiagnosticsArgs(**self.diagnostics.fields()) if self.diagnostics else None,
            validation=self.validation.built() if self.validation else None,
        )


def load(settings: Settings) -> list[WebSocketFile]:
    """The stack's WebSocket APIs, by key; none where there is no folder for them.

    Raises:
        pulumi.RunError: a file is malformed, or two files claim one key.
    """
    if not settings.websocket_folder.is_dir():
        return []
    expected = "the file of a WebSocket API holds fields such as key, service and path"
    read = strict_yaml.read_folder(settings.websocket_folder, WebSocketFile, expected, variables=True)
    strict_yaml.require_unique(read.items(), "key", lambda api: api.key.casefold(), "API")
    return sorted(read.values(), key=lambda api: api.key)


def _limited(limit: RateLimitSection) -> policies.Element:
    caller = policies.expression("context.Request.IpAddress")
    return policies.rate_limit_by_key(calls=limit.calls, renewal_period=limit.seconds, counter_key=caller)
