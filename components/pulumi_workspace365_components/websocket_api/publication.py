"""Who gets to see an API: the products and gateways that offer it, its tags, and a subscription for probes."""

from hashlib import sha256
from typing import Any

import pulumi
from pulumi_azure_native import apimanagement

from pulumi_workspace365_components.websocket_api.arguments import WebSocketApiArgs, applied, short_name

_LONGEST_LINK = 80


def links(name: str, args: WebSocketApiArgs, api: apimanagement.Api, opts: pulumi.ResourceOptions) -> list[pulumi.Resource]:
    """The API in its products and gateways. ProductApiLink and not ProductApi, which a refresh cannot read."""
    opts = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(replace_on_changes=["apiId"]))
    products: list[pulumi.Resource] = [
        apimanagement.ProductApiLink(
            f"{name}-{_label('product', product, at)}",
            product_id=applied(product, short_name),
            api_id=api.id,
            api_link_id=api.name.apply(_link_id),
            resource_group_name=args.resource_group_name,
            service_name=args.service_name,
            opts=opts,
        )
        for at, product in enumerate(args.products)
    ]
    gateways = [
        apimanagement.GatewayApiEntityTag(
            f"{name}-{_label('gateway', gateway, at)}",
            gateway_id=applied(gateway, short_name),
            api_id=api.name,
            provisioning_state=apimanagement.ProvisioningState.CREATED,
            resource_group_name=args.resource_group_name,
            service_name=args.service_name,
            opts=opts,
        )
        for at, gateway in enumerate(args.gateways)
    ]
    return [*products, *gateways]


def tags(name: str, args: WebSocketApiArgs, api: apimanagement.Api, opts: pulumi.ResourceOptions) -> None:
    """Tags of the service on the API."""
    for at, tag in enumerate(args.tags):
        apimanagement.TagByApi(
            f"{name}-{_label('tag', tag, at)}",
            tag_id=applied(tag, short_name),
            api_id=api.name,
            resource_group_name=args.resource_group_name,
            service_name=args.service_name,
            opts=opts,
        )


def subscription(
    name: str, args: WebSocketApiArgs, api: apimanagement.Api, opts: pulumi.ResourceOptions
) -> apimanagement.Subscription:
    """A subscription to this API alone. Its keys are made by the service and read from it, never kept in the clear."""
    own = pulumi.ResourceOptions(replace_on_changes=["scope"], additional_secret_outputs=["primaryKey", "secondaryKey"])
    return apimanagement.Subscription(
        f"{name}-probe",
        sid=api.name.apply(lambda api_id: f"{api_id}-probe"),
        display_name=api.name.apply(lambda api_id: f"Probes of {api_id}"),
        scope=api.id,
        state=apimanagement.SubscriptionState.ACTIVE,
        resource_group_name=args.resource_group_name,
        service_name=args.service_name,
        opts=pulumi.ResourceOptions.merge(opts, own),
    )


def _link_id(api_id: str) -> str:
    if len(api_id) <= _LONGEST_LINK:
        return api_id
    return f"{api_id[: _LONGEST_LINK - 9]}-{sha256(api_id.encode()).hexdigest()[:8]}"


def _label(kind: str, name: Any, position: int) -> str:
    """Tells siblings apart: by name where it is known, so that others stay when one goes."""
    return f"{kind}-{position}" if isinstance(name, pulumi.Output) else f"{kind}-{short_name(name)}"
