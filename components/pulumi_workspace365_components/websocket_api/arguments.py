"""What a WebSocket API is made from: typed arguments, judged where they are known, and the names that they become in API Management."""

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal, Required, Self, TypedDict, Unpack

import pulumi
from pydantic import BeforeValidator, Field, InstanceOf, model_validator

from pulumi_workspace365_components.arguments import Arguments, check_if_known
from pulumi_workspace365_components.websocket_api import identifiers
from pulumi_workspace365_components.websocket_api.handshake_args import HandshakeArgs, HandshakeArgsDict
from pulumi_workspace365_components.websocket_api.policy.handshake import Handshake

_VERSIONS = ("api_revision", "api_version", "api_version_set", "api_version_set_id", "is_current", "source_api_id")


def _path(text: str) -> str | None:
    if text.startswith("/") or "://" in text:
        return "it is a suffix of the gateway's URL, like chat/v1, without a slash before it"
    return "it has at most 400 characters" if len(text) > 400 else None


def _display_name(text: str) -> str | None:
    return None if 1 <= len(text) <= 300 else "it has 1 to 300 characters"


def _percentage(value: float) -> str | None:
    return None if 0 <= value <= 100 else "it is a percentage, 0 to 100"


def _protocols(names: Sequence[object]) -> str | None:
    return None if names else "it names ws, wss or both"


def _handshake(given: Any) -> Any:
    if isinstance(given, Mapping):
        return HandshakeArgs.model_validate(given)
    if given is None or isinstance(given, HandshakeArgs | Handshake | str | pulumi.Output) or inspect.isawaitable(given):
        return given
    raise ValueError(
        "it is a HandshakeArgs or a dictionary of its fields, a policies.Handshake, or the text of a policy document"
    )


class SubscriptionKeyNamesArgs(Arguments):
    """Where the subscription key is read from: a header and, for browsers, which cannot set headers, a query parameter."""

    header: pulumi.Input[str] = "Ocp-Apim-Subscription-Key"
    """The header."""
    query: pulumi.Input[str] = "subscription-key"
    """The query parameter."""


class DiagnosticsArgs(Arguments):
    """What API Management logs of the handshakes of one API. Loggers are names or ARM ids of loggers that the service has.

    Query parameters that hold tokens or the subscription key are masked always. Messages are never logged.
    """

    azure_monitor: pulumi.Input[str] | None = "azuremonitor"
    """The logger for Azure Monitor; an empty text for none. A service has ``azuremonitor`` once it has a diagnostic setting."""
    application_insights: pulumi.Input[str] | None = None
    """A logger for Application Insights."""
    sampling: Annotated[pulumi.Input[float], check_if_known(_percentage)] = 100.0
    """Percent of the handshakes that are logged; errors are logged always."""
    verbosity: pulumi.Input[Literal["error", "information", "verbose"]] = "information"
    """How much is logged."""
    metrics: pulumi.Input[bool] = False
    """Whether Application Insights gets custom metrics too, such as those of ``emit_metric``; it needs ``application_insights``."""
    log_client_ip: pulumi.Input[bool] = False
    """Whether the client's address is logged."""
    masked_query_parameters: Sequence[pulumi.Input[str]] = ()
    """Query parameters whose values are masked, besides those that always are."""
    masked_headers: Sequence[pulumi.Input[str]] = ()
    """Headers whose values are masked."""

    @model_validator(mode="after")
    def _metrics_have_a_place(self) -> Self:
        if self.metrics is not False and not self.application_insights:
            raise ValueError("metrics: they go to Application Insights: give application_insights, a logger of the service")
        return self


class ValidationArgs(Arguments):
    """What a WebSocket API must prove.

    That each region of the service reaches the backend, before the API is switched to it; then, once the policy is deployed, that
    handshakes are answered as the policy says, through every host of the gateway. The guide is the page about checks.
    """

    regions: Sequence[str] | None = None
    """From which the backend must be reached, such as ``westeurope``; none for no connectivity checks. Left out, they are asked of
    the service, which needs a login in previews too."""
    backend: pulumi.Input[str] | None = None
    """What must be reached, if not ``service_url``: ``host:port`` or a URL. Needed where the policy chooses the backend."""
    require: Literal["connected", "degraded", "report"] = "connected"
    """``degraded`` if part of the probes of a connectivity check may fail; ``report`` to require nothing."""
    max_average_latency_ms: float | None = None
    """The highest average latency from a region to the backend that passes, in milliseconds."""
    on_unsupported: Literal["fail", "warn"] = "fail"
    """``warn`` where the service or the login may be unable to run connectivity checks; told, and never counted as passed."""
    triggers: Any = None
    """The connectivity checks run again when these values change, such as the version of the backend."""
    every_update: bool = False
    """The connectivity checks run at every ``up``: a permanent difference, so not with ``--expect-no-changes``."""

    probes: bool = True
    """Whether handshakes are tried after the policy was created or changed."""
    hosts: Sequence[pulumi.Input[str]] = ()
    """Hosts of the gateway, ``chat.example.com`` or a URL; that of ``gateway_url`` if left out."""
    subscription_key: pulumi.Input[str] | None = None
    """A key for the probes (secret), where there is no ``probe_subscription``."""
    token: pulumi.Input[str] | None = None
    """A valid token for the probes (secret). Without one that the policy asks for, only refusals are proved."""
    headers: Mapping[str, pulumi.Input[str]] = {}
    """What else a good client sends, as headers."""
    query: Mapping[str, pulumi.Input[str]] = {}
    """What else a good client sends, as query parameters."""
    exhaust_limits: bool = False
    """Also try one handshake more than the lowest rate limit allows. It uses the limit up for its period."""
    settle: Annotated[float, Field(ge=0, le=1800)] = 60
    """Seconds in all for which what is not as expected is tried again: a gateway takes a new policy over after a while."""
    on_failure: Literal["fail", "warn"] = "fail"
    """``warn`` logs what the probes found and goes on."""
    when_unreachable: Literal["fail", "warn"] = "fail"
    """``warn`` where the gateway cannot be reached from everywhere that the program runs."""


class WebSocketApiArgsDict(TypedDict, total=False):
    """A :class:`WebSocketApiArgs`, which explains the fields, by name; the objects within may be dictionaries too."""

    resource_group_name: Required[pulumi.Input[str]]
    service_name: Required[pulumi.Input[str]]
    path: Required[pulumi.Input[str]]
    service_url: Required[pulumi.Input[str]]
    api_id: pulumi.Input[str] | None
    display_name: pulumi.Input[str] | None
    description: pulumi.Input[str] | None
    protocols: Sequence[pulumi.Input[Literal["ws", "wss"]]]
    subscription_required: pulumi.Input[bool]
    subscription_key_names: SubscriptionKeyNamesArgs | Mapping[str, Any] | None
    products: Sequence[pulumi.Input[str]]
    gateways: Sequence[pulumi.Input[str]]
    tags: Sequence[pulumi.Input[str]]
    handshake: HandshakeArgs | HandshakeArgsDict | Handshake | pulumi.Input[str] | None
    diagnostics: DiagnosticsArgs | Mapping[str, Any] | None
    probe_subscription: bool
    validation: ValidationArgs | Mapping[str, Any] | None
    gateway_url: pulumi.Input[str] | None
    sku: pulumi.Input[str] | None
    browsers: bool | None
    inherited: Sequence[str]
    import_existing: bool


class WebSocketApiArgs(Arguments):
    """A WebSocket API of an existing API Management service.

    Raises:
        ArgumentError: an argument is missing, misspelled or cannot be; a sentence for each.
    """

    if TYPE_CHECKING:

        def __init__(self, **arguments: Unpack[WebSocketApiArgsDict]) -> None: ...

    resource_group_name: pulumi.Input[str]
    """The resource group of the service."""
    service_name: pulumi.Input[str]
    """The API Management service, which exists already."""
    path: Annotated[pulumi.Input[str], check_if_known(_path)]
    """What follows the gateway's URL; no other API of the service may have it."""
    service_url: pulumi.Input[str]
    """The backend: ``ws://…`` or ``wss://…``. A placeholder where the policy chooses the backend."""
    api_id: Annotated[pulumi.Input[str] | None, check_if_known(partial(identifiers.name_problem, "apis"))] = None
    """The id of the API in the service, the resource's name if left out. A change replaces the API; its clients are cut off meanwhile."""
    display_name: Annotated[pulumi.Input[str] | None, check_if_known(_display_name)] = None
    """What the portals call the API; its id if left out."""
    description: pulumi.Input[str] | None = None
    """What the portals tell about the API."""
    protocols: Annotated[Sequence[pulumi.Input[Literal["ws", "wss"]]], check_if_known(_protocols)] = ("wss",)
    """What clients may speak; ``ws`` too where they cannot do TLS."""
    subscription_required: pulumi.Input[bool] = True
    """Whether clients need a subscription key. Without one the handshake's policy is all that stands between the Internet and the
    backend."""
    subscription_key_names: SubscriptionKeyNamesArgs | None = None
    """Where clients give the subscription key, if not in the places that are usual."""
    products: Annotated[Sequence[pulumi.Input[str]], check_if_known(partial(identifiers.list_problem, "products"))] = ()
    """Names or ARM ids of the products that offer the API."""
    gateways: Annotated[Sequence[pulumi.Input[str]], check_if_known(partial(identifiers.list_problem, "gateways"))] = ()
    """Names or ARM ids of the self-hosted gateways that serve the API."""
    tags: Annotated[Sequence[pulumi.Input[str]], check_if_known(partial(identifiers.list_problem, "tags"))] = ()
    """Names or ARM ids of tags that the service has."""
    handshake: Annotated[
        InstanceOf[HandshakeArgs] | InstanceOf[Handshake] | pulumi.Input[str] | None, BeforeValidator(_handshake)
    ] = None
    """The policy of ``onHandshake``: a :class:`HandshakeArgs` or its fields as a dictionary, a :class:`policies.Handshake`, or a policy
    document in either format of the service."""
    diagnostics: DiagnosticsArgs | None = None
    """What is logged of its handshakes; nothing of its own if left out."""
    probe_subscription: bool = False
    """Makes a subscription to this API alone, for probes; its key is the output ``probe_key``."""
    validation: ValidationArgs | None = None
    """What the API must prove before and after it is deployed."""
    gateway_url: pulumi.Input[str] | None = None
    """Where the gateway is reached, if not at the service's own host name: a custom domain, a self-hosted gateway."""

    sku: pulumi.Input[str] | None = None
    """The service's tier, like ``StandardV2``: what it lacks is then found at preview."""
    browsers: bool | None = None
    """Whether browsers connect; judged by where the token is read if left out."""
    inherited: Sequence[str] = ()
    """Policy documents of wider scopes (product, all APIs): what of them is skipped on a handshake is told."""
    import_existing: bool = False
    """Imports what the service already has of this API; what differs from the program is updated in the same run. Remove it after that
    ``pulumi up``: while it is set, each run looks for existing resources, and Pulumi does not delete what it imported."""

    @model_validator(mode="before")
    @classmethod
    def _no_versions(cls, given: Any) -> Any:
        for name in _VERSIONS if isinstance(given, Mapping) else ():
            if name in given:
                raise ValueError(
                    f"{name}: a WebSocketApi has no revisions and is in no version set: a new one begins without a policy, open to "
                    "everybody. Give each version an API with a path of its own, such as chat/v2"
                )
        return given

    @model_validator(mode="after")
    def _of_one_service(self) -> Self:
        for argument in ("products", "gateways", "tags"):
            if at := identifiers.foreign_service_index(getattr(self, argument), self.resource_group_name, self.service_name):
                raise ValueError(f"{argument}: entry {at} is of another service")
        return self


SubscriptionKeyNames = SubscriptionKeyNamesArgs
Validation = ValidationArgs
"""The earlier names."""


def name_prefix(api_id: str) -> str:
    """What the API's own named values and fragments begin with, in letters that both kinds of name may have."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", api_id) + "-"


def apply_to_input(value: Any, function: Callable[[Any], Any]) -> Any:
    """A function of a value: at once where it is known, so that previews show the result and names can be made of it."""
    return value.apply(function) if isinstance(value, pulumi.Output) else function(value)
