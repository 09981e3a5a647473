"""Policies for WebSocket APIs: they look at a stack, because an API, its handshake's policy and its checks are resources of their own."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from pulumi_policy import EnforcementLevel, ReportViolation, StackValidation, StackValidationArgs, StackValidationPolicy

from pulumi_workspace365_policies import exemptions, handshakes
from pulumi_workspace365_policies.handshakes import Requirements
from pulumi_workspace365_policies.resources import CONNECTIVITY_CHECK, UNKNOWN, Resource

_OPERATION = "onHandshake"
_PROTOCOLS = {"ws", "wss"}
_OPERATION_ID = re.compile(r"/operations/(?P<operation>[^/]+)/", re.IGNORECASE)
_SUBSCRIPTION_KEY = "subscription-key"
_ACCEPTED = ("validate-jwt", "validate-azure-ad-token", "validate-client-certificate", _SUBSCRIPTION_KEY)
_SELECTABLE = (*_ACCEPTED, "check-header", "ip-filter")
_NOT_AUTHENTICATED = (
    "WebSocket API '{name}' lets clients connect that have not signed in: {why}. Give its handshake one of {accepted}, in every branch, or "
    "exempt it where the service's or a product's own policy authenticates."
)
_NO_ORIGIN = (
    "WebSocket API '{name}' lets web pages of any origin connect with a visitor's credentials: {why}. Give its handshake "
    "ready.allowed_origins(…), which is a check-header of Origin, or exempt it where no browser connects."
)
_NO_CHECK = (
    "No ConnectivityCheck asks whether the gateway reaches the backend of WebSocket API '{name}'. Set validation of WebSocketApi, or declare "
    "a ConnectivityCheck with the backend's address."
)
_NO_POLICY = "it has no onHandshake policy"
_UNREADABLE = "its onHandshake policy is no plain XML, so that this rule cannot read it"


class _Stack:
    """The resources of a stack that have to do with WebSocket APIs."""

    def __init__(self, given: StackValidationArgs) -> None:
        self._resources = [Resource.of(item) for item in given.resources]
        self.checks = [item for item in self._resources if item.kind == CONNECTIVITY_CHECK]
        self._fragments = {
            _last(item.value("id")): text
            for item in self._of_kind("PolicyFragment")
            if isinstance(text := item.value("value"), str)
        }

    def _of_kind(self, kind: str) -> Iterator[Resource]:
        return (item for item in self._resources if item.azure_kind == kind)

    def apis(self, config: Mapping[str, Any]) -> list[Resource]:
        """The WebSocket APIs that are not exempt."""
        return [item for item in self._of_kind("Api") if _is_websocket(item) and not exemptions.is_exempt(item, config)]

    def requirements(self, api: Resource) -> Requirements | str:
        """What the handshake of an API requires; or why it requires nothing that can be seen."""
        policies = [item for item in self._of_kind("ApiOperationPolicy") if _belongs(item, api)]
        texts = [item.value("value") for item in policies]
        if any(not isinstance(text, str) for text in texts):
            return Requirements(complete=False)
        try:
            found = [handshakes.requirements(text, self._fragments) for text in texts]
        except handshakes.Unreadable:
            return _UNREADABLE
        return found[0] if found else _NO_POLICY


def _is_websocket(api: Resource) -> bool:
    """Whether clients connect by WebSocket; the type that was asked for is not among what a deployed API is known by."""
    protocols = api.value("protocols")
    return isinstance(protocols, Sequence) and any(one in _PROTOCOLS for one in protocols)


def _belongs(policy: Resource, api: Resource) -> bool:
    """Whether a policy is that of the handshake of an API: in the same component, or declared with its name."""
    if _operation(policy) not in {_OPERATION, None}:
        return False
    return api.urn in policy.dependencies or bool(api.parent and policy.parent == api.parent)


def _operation(policy: Resource) -> str | None:
    """The operation of a policy, from its argument or its ARM id; ``None`` if neither is known."""
    given, found = policy.value("operation_id"), _OPERATION_ID.search(str(policy.value("id")))
    return given if isinstance(given, str) else found["operation"] if found else None


def _last(arm_id: Any) -> str:
    """The id within the service, which a deployed resource has at the end of its ARM id."""
    return str(arm_id).rpartition("/")[2]


def _authenticated(stack: _Stack, api: Resource, config: Mapping[str, Any]) -> str | None:
    accepted = config.get("accept") or _ACCEPTED
    required = api.value("subscription_required")
    if _SUBSCRIPTION_KEY in accepted and (required is True or required is UNKNOWN):
        return None
    found = stack.requirements(api)
    names = ", ".join(accepted)
    if isinstance(found, str):
        return _NOT_AUTHENTICATED.format(name=api.name, why=found, accepted=names)
    if not found.complete or found.statements & set(accepted):
        return None
    return _NOT_AUTHENTICATED.format(
        name=api.name, why="its onHandshake policy requires no credentials of every client", accepted=names
    )


def _origin_checked(stack: _Stack, api: Resource, _: Mapping[str, Any]) -> str | None:
    found = stack.requirements(api)
    if isinstance(found, str):
        return _NO_ORIGIN.format(name=api.name, why=found)
    if not found.complete or handshakes.ORIGIN in found.statements:
        return None
    return _NO_ORIGIN.format(name=api.name, why="its onHandshake policy has no rule about Origin")


def _checked(stack: _Stack, api: Resource, _: Mapping[str, Any]) -> str | None:
    backend = api.value("service_url")
    host = _host(backend)
    for check in stack.checks:
        address = check.value("address")
        related = check.urn in api.dependencies or bool(api.parent and check.parent == api.parent)
        if related or address is UNKNOWN or backend is UNKNOWN or (host and str(address).casefold() == host):
            return None
    return _NO_CHECK.format(name=api.name)


def _host(url: Any) -> str | None:
    try:
        return urlsplit(url).hostname if isinstance(url, str) else None
    except ValueError:  # azure-native refuses what is no address
        return None


def _for_each_api(judge: Callable[[_Stack, Resource, Mapping[str, Any]], str | None]) -> StackValidation:
    def validate(given: StackValidationArgs, report_violation: ReportViolation) -> None:
        stack, config = _Stack(given), given.get_config()
        for api in stack.apis(config):
            if message := judge(stack, api, config):
                report_violation(message, api.urn)

    return validate


POLICIES = (
    StackValidationPolicy(
        "websocket-api-authenticates",
        "The handshake of a WebSocket API authenticates every client.",
        _for_each_api(_authenticated),
        EnforcementLevel.MANDATORY,
        exemptions.schema(
            accept={"type": "array", "items": {"type": "string", "enum": list(_SELECTABLE)}, "default": list(_ACCEPTED)}
        ),
    ),
    StackValidationPolicy(
        "websocket-api-checks-origin",
        "The handshake of a WebSocket API has a rule about Origin.",
        _for_each_api(_origin_checked),
        EnforcementLevel.ADVISORY,
        exemptions.schema(),
    ),
    StackValidationPolicy(
        "websocket-api-checked",
        "A ConnectivityCheck asks whether the gateway reaches the backend of a WebSocket API.",
        _for_each_api(_checked),
        EnforcementLevel.ADVISORY,
        exemptions.schema(),
    ),
)
