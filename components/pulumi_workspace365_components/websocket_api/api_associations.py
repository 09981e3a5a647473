"""Who gets to see an API: the products and gateways that offer it, its tags, and a subscription for probes."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Any

import pulumi

from pulumi_workspace365_components.websocket_api.arguments import WebSocketApiArgs, apply_to_input
from pulumi_workspace365_components.websocket_api.azure_native import apimanagement
from pulumi_workspace365_components.websocket_api.existing import ExistingResources
from pulumi_workspace365_components.websocket_api.identifiers import required_name, short_name
from pulumi_workspace365_components.websocket_api.recorded_ids import RecordedIds
from pulumi_workspace365_components.websocket_api.write_serialization import WriteSerializer

_LONGEST_LINK = 80
_LONGEST_TITLE = 100
_DIGEST = 24
_SINGLE_DASHES = re.compile(r"[A-Za-z0-9._]+(-[A-Za-z0-9._]+)*")


@dataclass(frozen=True)
class ApiAssociations:
    """Makes the links and the subscription of one API.

    Args:
        name: the API's resource name.
        args: the API's arguments.
        api: what is linked.
        ids: where each resource's path is noted.
        turns: what comes before.
        existing: what is imported.
    """

    name: str
    args: WebSocketApiArgs
    api: apimanagement.Api
    ids: RecordedIds
    serializer: WriteSerializer
    existing: ExistingResources

    def links(self, opts: pulumi.ResourceOptions) -> list[pulumi.Resource]:
        """The API in its products and gateways."""
        opts = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(replace_on_changes=["apiId"]))
        products = [self._product(_label("product", item, at), item, opts) for at, item in enumerate(self.args.products)]
        gateways = [self._gateway(_label("gateway", item, at), item, opts) for at, item in enumerate(self.args.gateways)]
        return [*products, *gateways]

    def tags(self, opts: pulumi.ResourceOptions) -> list[pulumi.Resource]:
        """Tags of the service on the API."""
        return [self._tag(_label("tag", item, at), item, opts) for at, item in enumerate(self.args.tags)]

    def subscription(self, opts: pulumi.ResourceOptions) -> apimanagement.Subscription:
        """A subscription to this API alone. Its keys are made by the service and read from it, never kept in the clear."""
        own = pulumi.ResourceOptions(replace_on_changes=["scope"], additional_secret_outputs=["primaryKey", "secondaryKey"])
        sid = self.api.name.apply(lambda api_id: f"{api_id}-probe")
        resource = apimanagement.Subscription(
            f"{self.name}-probe",
            sid=sid,
            display_name=self.api.name.apply(lambda api_id: f"Probes of {api_id}"[:_LONGEST_TITLE]),
            scope=self.serializer.after_previous(self.api.id),
            state=apimanagement.SubscriptionState.ACTIVE,
            **self._service,
            opts=pulumi.ResourceOptions.merge(pulumi.ResourceOptions.merge(opts, own), self._existing_probe()),
        )
        return self.serializer.register(resource, self.ids.expect("subscription for probes", resource, "subscriptions", sid))

    def _product(self, label: str, given: Any, opts: pulumi.ResourceOptions) -> pulumi.Resource:
        """ProductApiLink and not ProductApi, which a refresh cannot read."""
        product = self._named("products", given)
        link = self._link_id(product)
        existing = self._existing_link(apimanagement.get_product_api_link, "product_id", product)
        resource = apimanagement.ProductApiLink(
            f"{self.name}-{label}",
            product_id=product,
            api_id=self.serializer.after_previous(self.api.id),
            api_link_id=link,
            **self._service,
            opts=pulumi.ResourceOptions.merge(opts, existing),
        )
        return self.serializer.register(
            resource, self.ids.expect("link to a product", resource, "products", product, "apiLinks", link)
        )

    def _gateway(self, label: str, given: Any, opts: pulumi.ResourceOptions) -> pulumi.Resource:
        gateway = self._named("gateways", given)
        resource = apimanagement.GatewayApiEntityTag(
            f"{self.name}-{label}",
            gateway_id=gateway,
            api_id=self.serializer.after_previous(self.api.name),
            provisioning_state=apimanagement.ProvisioningState.CREATED,
            **self._service,
            opts=opts,
        )
        return self.serializer.register(
            resource, self.ids.expect("link to a gateway", resource, "gateways", gateway, "apis", self.api.name)
        )

    def _tag(self, label: str, given: Any, opts: pulumi.ResourceOptions) -> pulumi.Resource:
        """TagApiLink and not TagByApi, which is answered with the id of the tag itself: removing it would delete the tag."""
        tag = self._named("tags", given)
        link = self._link_id(tag)
        existing = self._existing_link(apimanagement.get_tag_api_link, "tag_id", tag)
        resource = apimanagement.TagApiLink(
            f"{self.name}-{label}",
            tag_id=tag,
            api_id=self.serializer.after_previous(self.api.id),
            api_link_id=link,
            **self._service,
            opts=pulumi.ResourceOptions.merge(opts, existing),
        )
        return self.serializer.register(resource, self.ids.expect("link to a tag", resource, "tags", tag, "apiLinks", link))

    def _named(self, kind: str, given: Any) -> Any:
        return apply_to_input(given, partial(required_name, f"WebSocketApi {self.name!r}: {kind}", kind))

    def _existing_link(self, get: Callable[..., Any], parameter: str, group: Any) -> pulumi.ResourceOptions:
        if not isinstance(group, str) or not isinstance(self.existing.api_id, str):
            return pulumi.ResourceOptions()
        return self.existing.service_child_options(get, api_link_id=link_id(group, self.existing.api_id), **{parameter: group})

    def _existing_probe(self) -> pulumi.ResourceOptions:
        api_id = self.existing.api_id
        return self.existing.service_child_options(
            apimanagement.get_subscription, sid=apply_to_input(api_id, lambda known: f"{known}-probe")
        )

    def _link_id(self, group: pulumi.Input[str]) -> pulumi.Output[str]:
        return pulumi.Output.all(group, self.api.name).apply(lambda names: link_id(*names))

    @property
    def _service(self) -> dict[str, Any]:
        return {"resource_group_name": self.args.resource_group_name, "service_name": self.args.service_name}


def link_id(group: str, api: str) -> str:
    """The id of the link between a product or a tag and an API: unique in the service, at most 80 characters.

    Two dashes separate names in which dashes stand alone, so that ``a-b`` of ``c`` is not ``a`` of ``b-c``. Other names, and long
    ones, are distinguished by a digest after three dashes.
    """
    plain = f"{group}--{api}"
    if len(plain) <= _LONGEST_LINK and _SINGLE_DASHES.fullmatch(group) and _SINGLE_DASHES.fullmatch(api):
        return plain
    digest = sha256(f"{group}/{api}".encode()).hexdigest()[:_DIGEST]  # no name has a slash
    readable = re.sub(r"[^A-Za-z0-9._-]+", "-", plain)[: _LONGEST_LINK - _DIGEST - 3]
    return f"{readable.strip('-')}---{digest}"


def _label(kind: str, name: Any, position: int) -> str:
    """Tells siblings apart: by name where it is known, so that others stay when one goes."""
    return f"{kind}-{position}" if isinstance(name, pulumi.Output) else f"{kind}-{short_name(name)}"
