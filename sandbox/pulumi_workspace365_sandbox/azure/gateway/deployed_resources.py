"""What the gateway serves: APIs by path, subscriptions by key, and the policies that apply to a handshake."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pulumi_workspace365_sandbox.azure.arm import policies
from pulumi_workspace365_sandbox.azure.policy.policy_validation import ReferenceScope
from pulumi_workspace365_sandbox.azure.records import Resource
from pulumi_workspace365_sandbox.azure.store import Store

_REFERENCE = re.compile(r"\{\{([A-Za-z0-9\-._]+)\}\}")


@dataclass(frozen=True)
class Backend:
    """A backend of the service, with the credentials that are added to the request."""

    url: str
    headers: list[tuple[str, str]]
    query: list[tuple[str, str]]


@dataclass
class DeployedResources:
    """The resources of one service, read anew for each handshake."""

    store: Store
    service: str

    def api(self, path: str) -> Resource | None:
        """The WebSocket API of exactly this path."""
        request_path = path.strip("/").casefold()
        for api in self.store.below(self.service, "apis"):
            if api.properties["path"].casefold() == request_path and api.properties["type"] == "websocket":
                return api
        return None

    def subscription(self, key: str) -> Resource | None:
        for subscription in self.store.below(self.service, "subscriptions"):
            if key in {subscription.properties["primaryKey"], subscription.properties["secondaryKey"]}:
                return subscription
        return None

    def opens(self, subscription: Resource, api: Resource) -> bool:
        """Whether a subscription's scope covers an API, and it is active."""
        scope = subscription.properties["scope"].removeprefix(self.service)
        if subscription.properties["state"] != "active":
            return False
        if scope in {"/", "/apis"} or scope.casefold() == f"/apis/{api.name}".casefold():
            return True
        return any(f"/products/{product.name}".casefold() == scope.casefold() for product in self.products(api))

    def product(self, subscription: Resource | None) -> Resource | None:
        """The product that a subscription is of; None for one of an API or of all."""
        product = self.store.find(subscription.properties["scope"]) if subscription else None
        return product if product and product.kind == "products" else None

    def products(self, api: Resource) -> Iterator[Resource]:
        for product in self.store.below(self.service, "products"):
            links = self.store.below(product.id, "products/apiLinks")
            linked = any(link.properties["apiId"].casefold() == api.id.casefold() for link in links)
            if linked or self.store.find(f"{product.id}/apis/{api.name}"):
                yield product

    def scopes(self, api: Resource, product: Resource | None) -> list[tuple[str, ET.Element | None]]:
        """The policy documents with the names of their scopes, innermost first: of onHandshake, of the product, of the service."""
        ids = [("operation", f"{api.id}/operations/onHandshake")]
        ids += [("product", product.id)] if product else []
        return [
            (name, policies.root_of(self.store.find(f"{id_}/policies/policy"))) for name, id_ in (*ids, ("global", self.service))
        ]

    def reference_scope(self) -> ReferenceScope:
        return policies.reference_scope(self.service, self.store)

    def backend(self, backend_id: str) -> Backend | None:
        """The backend of this id; None where there is none, or it has no URL of its own."""
        backend = self.store.find(f"{self.service}/backends/{backend_id}")
        if backend is None or not backend.properties.get("url"):
            return None
        values, credentials = self.reference_scope().named_values, backend.properties.get("credentials") or {}
        headers, query = (self._credentials(credentials.get(place), values) for place in ("header", "query"))
        if signed := credentials.get("authorization"):
            headers.append(("Authorization", f"{signed['scheme']} {signed['parameter']}"))
        return Backend(backend.properties["url"], headers, query)

    @staticmethod
    def _credentials(given: Mapping[str, list[str]] | None, values: Mapping[str, str]) -> list[tuple[str, str]]:
        """With the named values that they refer to."""
        return [
            (name, _REFERENCE.sub(lambda match: values.get(match[1], match[0]), text))
            for name, texts in (given or {}).items()
            for text in texts
        ]

    def masked_parameters(self, api: Resource) -> dict[str, str]:
        """Query parameters (folded) that a diagnostic masks or hides, with the mode."""
        modes: dict[str, str] = {}
        for diagnostic in (*self.store.below(self.service, "diagnostics"), *self.store.below(api.id, "apis/diagnostics")):
            masking = diagnostic.properties.get("frontend", {}).get("request", {}).get("dataMasking", {})
            modes |= {item.get("value", "").casefold(): item.get("mode", "Hide") for item in masking.get("queryParams", [])}
        return modes

    def exports(self, category: str) -> bool:
        """Whether a diagnostic setting delivers a log category."""
        settings = self.store.below(self.service, "diagnosticSettings")
        logs = [log for setting in settings for log in setting.properties.get("logs", [])]
        categories = {category, "allLogs"}
        return any(log["enabled"] and {log.get("category"), log.get("categoryGroup")} & categories for log in logs)
