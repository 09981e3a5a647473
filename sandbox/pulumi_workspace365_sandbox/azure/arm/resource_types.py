"""The kinds of resources: their names, bodies and methods, and which are long-running (api-version 2024-05-01)."""

import re
from dataclasses import dataclass

from pulumi_workspace365_sandbox.azure.arm import request_bodies

_ID = r"[^*#&+:<>?]+"
_CRUD = frozenset({"GET", "HEAD", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True)
class Kind:
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

    def names_well(self, name: str) -> bool:
        return 1 <= len(name) <= self.longest and re.fullmatch(self.pattern, name) is not None


_POLICY = frozenset({"GET", "HEAD", "PUT", "DELETE"})
_LINK = frozenset({"HEAD", "PUT", "DELETE"})
_API_LINK = frozenset({"GET", "PUT", "DELETE"})
_WORD = r"[A-Za-z0-9](?:[\w-]*[A-Za-z0-9])?"
_PUT, _PUT_PATCH = frozenset({"PUT"}), frozenset({"PUT", "PATCH"})

SERVICE = Kind(
    "", "API Management service", methods=frozenset({"GET"}), longest=50, pattern=r"[a-zA-Z](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
)
KINDS = {
    kind.path: kind
    for kind in (
        Kind("apis", "API", request_bodies.Api, long=frozenset({"PUT", "DELETE"})),
        Kind("apis/operations", "Operation", longest=80),
        Kind("apis/operations/policies", "Policy", request_bodies.Policy, _POLICY),
        Kind("apis/policies", "Policy", request_bodies.Policy, _POLICY),
        Kind("apis/diagnostics", "Diagnostic", request_bodies.Diagnostic, longest=80, longest_api=80),
        Kind("apis/tags", "Tag", request_bodies.Nothing, _POLICY, longest=80, bodiless=True),
        Kind("tags", "Tag", request_bodies.Tag, longest=80),
        Kind("tags/apiLinks", "Tag API link", request_bodies.ApiLink, _API_LINK, longest=80),
        Kind("products", "Product", request_bodies.Product),
        Kind("products/apis", "API", request_bodies.Association, _LINK, head=204, bodiless=True),
        Kind("products/apiLinks", "Product API link", request_bodies.ApiLink, _API_LINK, longest=80),
        Kind("products/policies", "Policy", request_bodies.Policy, _POLICY),
        Kind("policies", "Policy", request_bodies.Policy, _POLICY),
        Kind("gateways", "Gateway", request_bodies.Gateway, longest=80),
        Kind("gateways/apis", "API", request_bodies.Association, _LINK, longest=80, bodiless=True),
        Kind("namedValues", "Named value", request_bodies.NamedValue, long=_PUT_PATCH),
        Kind("policyFragments", "Policy fragment", request_bodies.Fragment, _POLICY, long=_PUT, longest=80, pattern=_WORD),
        Kind("loggers", "Logger", request_bodies.Logger),
        Kind("diagnostics", "Diagnostic", request_bodies.Diagnostic, longest=80),
        Kind("backends", "Backend", request_bodies.Backend, longest=80),
        Kind("subscriptions", "Subscription", request_bodies.Subscription),
    )
}
DIAGNOSTIC_SETTING = Kind(
    "diagnosticSettings", "Diagnostic setting", request_bodies.DiagnosticSetting, frozenset({"GET", "PUT", "DELETE"})
)
METRIC_ALERT = Kind(
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
