"""The kinds of resources: their names, bodies and methods, and which are long-running (api-version 2024-05-01)."""

import re
from dataclasses import dataclass

from pulumi_workspace365_sandbox.azure.arm import request_bodies

_ID = r"[^*#&+:<>?]+"
_CRUD = frozenset({"GET", "HEAD", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True)
class ResourceType:
    """A kind of resource.

    Args:
        path: the type segments below the service, e.g. ``apis/operations/policies``.
        noun: in "… not found.".
        body: of PUT, below ``properties``.
        methods: on one resource; LIST is on the collection.
        long: methods that start a long-running operation.
        longest: of the name.
        longest_api: of the name of the API that it belongs to.
        head: status of HEAD.
        bodiless: PUT needs no body.
        outer: body members beside ``properties``.
    """

    path: str
    noun: str
    body: type[request_bodies.Body] | None = None
    methods: frozenset[str] = _CRUD
    long: frozenset[str] = frozenset()
    longest: int = 256
    longest_api: int = 256
    pattern: str = _ID
    head: int = 200
    bodiless: bool = False
    outer: frozenset[str] = frozenset()

    @property
    def parent(self) -> str:
        return self.path.rpartition("/")[0]

    def is_valid_name(self, name: str) -> bool:
        return 1 <= len(name) <= self.longest and re.fullmatch(self.pattern, name) is not None


_POLICY = frozenset({"GET", "HEAD", "PUT", "DELETE"})
_LINK = frozenset({"HEAD", "PUT", "DELETE"})
_API_LINK = frozenset({"GET", "PUT", "DELETE"})
_WORD = r"[A-Za-z0-9](?:[\w-]*[A-Za-z0-9])?"
_PUT, _PUT_PATCH = frozenset({"PUT"}), frozenset({"PUT", "PATCH"})

SERVICE = ResourceType(
    "", "API Management service", methods=frozenset({"GET"}), longest=50, pattern=r"[a-zA-Z](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
)
RESOURCE_TYPES = {
    kind.path: kind
    for kind in (
        ResourceType("apis", "API", request_bodies.Api, long=frozenset({"PUT", "DELETE"})),
        ResourceType("apis/operations", "Operation", longest=80),
        ResourceType("apis/operations/policies", "Policy", request_bodies.Policy, _POLICY),
        ResourceType("apis/policies", "Policy", request_bodies.Policy, _POLICY),
        ResourceType("apis/diagnostics", "Diagnostic", request_bodies.Diagnostic, longest=80, longest_api=80),
        ResourceType("apis/tags", "Tag", request_bodies.Nothing, _POLICY, longest=80, bodiless=True),
        ResourceType("tags", "Tag", request_bodies.Tag, longest=80),
        ResourceType("tags/apiLinks", "Tag API link", request_bodies.ApiLink, _API_LINK, longest=80),
        ResourceType("products", "Product", request_bodies.Product),
        ResourceType("products/apis", "API", request_bodies.Association, _LINK, head=204, bodiless=True),
        ResourceType("products/apiLinks", "Product API link", request_bodies.ApiLink, _API_LINK, longest=80),
        ResourceType("products/policies", "Policy", request_bodies.Policy, _POLICY),
        ResourceType("policies", "Policy", request_bodies.Policy, _POLICY),
        ResourceType("gateways", "Gateway", request_bodies.Gateway, longest=80),
        ResourceType("gateways/apis", "API", request_bodies.Association, _LINK, longest=80, bodiless=True),
        ResourceType("namedValues", "Named value", request_bodies.NamedValue, long=_PUT_PATCH),
        ResourceType(
            "policyFragments", "Policy fragment", request_bodies.Fragment, _POLICY, long=_PUT, longest=80, pattern=_WORD
        ),
        ResourceType("loggers", "Logger", request_bodies.Logger),
        ResourceType("diagnostics", "Diagnostic", request_bodies.Diagnostic, longest=80),
        ResourceType("backends", "Backend", request_bodies.Backend, longest=80),
        ResourceType("subscriptions", "Subscription", request_bodies.Subscription),
    )
}
DIAGNOSTIC_SETTING = ResourceType(
    "diagnosticSettings", "Diagnostic setting", request_bodies.DiagnosticSetting, frozenset({"GET", "PUT", "DELETE"})
)
METRIC_ALERT = ResourceType(
    "metricAlerts",
    "Metric alert",
    request_bodies.MetricAlert,
    frozenset({"GET", "PUT", "PATCH", "DELETE"}),
    longest=260,
    outer=frozenset({"location", "tags"}),
)
VERSIONS = {
    "Microsoft.ApiManagement": "2024-05-01",
    "diagnosticSettings": "2021-05-01-preview",
    "metricAlerts": "2018-03-01",
}
