"""What expressions see of a handshake: `context`, as the reference of policy expressions lists it."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from pulumi_workspace365_sandbox.azure.expressions import datetimes
from pulumi_workspace365_sandbox.azure.expressions.datetimes import DateTimeValue
from pulumi_workspace365_sandbox.azure.expressions.dotnet_types import enumerations
from pulumi_workspace365_sandbox.azure.expressions.values import (
    Array,
    Dictionary,
    MultiValueDictionary,
    ObjectValue,
    Sequence,
    Variables,
)
from pulumi_workspace365_sandbox.azure.gateway.handshake_context import HandshakeContext
from pulumi_workspace365_sandbox.azure.gateway.http_messages import Headers
from pulumi_workspace365_sandbox.azure.records import Resource

_PORTS = {"ws": 80, "wss": 443}


def build_context(handshake: HandshakeContext) -> ObjectValue:
    """The `context` of this moment."""
    members: dict[str, Any] = {
        "Api": _api(handshake.api),
        "Deployment": _deployment(handshake),
        "Elapsed": datetime.now(UTC) - handshake.received,
        "LastError": _last_error(handshake),
        "Operation": _operation(handshake),
        "Product": _product(handshake.product),
        "Request": _request(handshake),
        "RequestId": uuid.UUID(handshake.correlation_id),
        "Response": _response(handshake),
        "Subscription": _subscription(handshake),
        "Timestamp": DateTimeValue(handshake.received),
        "Tracing": False,
        "Trace": lambda message: handshake.trace.append(str(message)),
        "Variables": Variables(handshake.variables),
    }
    return ObjectValue("IContext", members)


def _api(api: Resource | None) -> ObjectValue | None:
    if api is None:
        return None
    properties = api.properties
    names = properties["subscriptionKeyParameterNames"]
    members = {
        "Id": api.name,
        "IsCurrentRevision": properties.get("isCurrent", True),
        "Name": properties["displayName"],
        "Path": properties["path"],
        "Protocols": Sequence(properties["protocols"]),
        "Revision": properties.get("apiRevision", "1"),
        "ServiceUrl": _url(properties["serviceUrl"], []),
        "SubscriptionKeyParameterNames": ObjectValue(
            "ISubscriptionKeyParameterNames", {"Header": names["header"], "Query": names["query"]}
        ),
        "Version": properties.get("apiVersion"),
    }
    return ObjectValue("IContextApi", members)


def _deployment(handshake: HandshakeContext) -> ObjectValue:
    gateway = ObjectValue("IGateway", {"Id": "managed", "InstanceId": "managed", "IsManaged": True})
    members = {"Gateway": gateway, "GatewayId": "managed", "Region": handshake.region, "Certificates": Dictionary()}
    return ObjectValue("IDeployment", members | {"ServiceId": handshake.service, "ServiceName": handshake.service})


def _last_error(handshake: HandshakeContext) -> ObjectValue | None:
    refusal = handshake.refusal
    if refusal is None:
        return None
    members = {
        "Source": refusal.source,
        "Reason": refusal.reason,
        "Message": refusal.message,
        "Scope": refusal.scope or None,
        "Section": refusal.section or None,
        "Path": refusal.path or None,
        "PolicyId": refusal.policy_id or None,
    }
    return ObjectValue("ILastError", members)


def _operation(handshake: HandshakeContext) -> ObjectValue | None:
    if handshake.api is None:
        return None
    return ObjectValue("IOperation", {"Id": "onHandshake", "Method": "GET", "Name": "onHandshake", "UrlTemplate": "/"})


def _product(product: Resource | None) -> ObjectValue | None:
    if product is None:
        return None
    properties = product.properties
    members = {
        "Apis": Sequence(),
        "ApprovalRequired": properties.get("approvalRequired", False),
        "Groups": Sequence(),
        "Id": product.name,
        "Name": properties["displayName"],
        "State": enumerations.value("ProductState", "Published" if properties["state"] == "published" else "NotPublished"),
        "SubscriptionLimit": properties.get("subscriptionsLimit"),
        "SubscriptionRequired": properties["subscriptionRequired"],
    }
    return ObjectValue("IProduct", members)


def _request(handshake: HandshakeContext) -> ObjectValue:
    address = f"{handshake.scheme}://{handshake.host}"
    members = {
        "Headers": _lists(handshake.headers.grouped()),
        "IpAddress": handshake.address,
        "MatchedParameters": Dictionary(),
        "Method": "GET",
        "OriginalUrl": _url(address + handshake.path, handshake.client_query),
        "Url": _url(address + (handshake.suffix or handshake.path), handshake.query),
    }
    return ObjectValue("IRequest", members)


def _url(text: str, query: list[tuple[str, str]]) -> ObjectValue:
    split = urlsplit(text)
    listed: dict[str, list[str]] = {}
    for name, value in query:
        listed.setdefault(name, []).append(value)
    members = {
        "Host": split.hostname or "",
        "Path": split.path,
        "Port": split.port or _PORTS.get(split.scheme, 80),
        "Query": _lists(listed),
        "QueryString": f"?{urlencode(query)}" if query else f"?{split.query}" if split.query else "",
        "Scheme": split.scheme,
    }
    return ObjectValue("IUrl", members)


def _lists(values_by_name: Mapping[str, list[str]]) -> MultiValueDictionary:
    return MultiValueDictionary({name: Array(values, "string") for name, values in values_by_name.items()}, folded=True)


def _response(handshake: HandshakeContext) -> ObjectValue | None:
    if handshake.response_status is None:
        return None
    headers: Headers = handshake.response_headers
    refused = handshake.refusal.response if handshake.refusal else None
    members = {"StatusCode": handshake.response_status, "StatusReason": refused.phrase if refused else "Switching Protocols"}
    return ObjectValue("IResponse", members | {"Headers": _lists(headers.grouped())})


def _subscription(handshake: HandshakeContext) -> ObjectValue | None:
    if handshake.subscription is None:
        return None
    properties = handshake.subscription.properties
    members = {
        "CreatedDate": _moment(properties.get("createdDate")),
        "EndDate": _moment(properties.get("endDate")),
        "Id": handshake.subscription.name,
        "Key": handshake.key,
        "Name": properties["displayName"],
        "PrimaryKey": properties["primaryKey"],
        "SecondaryKey": properties["secondaryKey"],
        "StartDate": _moment(properties.get("startDate")),
    }
    return ObjectValue("ISubscription", members)


def _moment(text: str | None) -> DateTimeValue | None:
    return datetimes.parse(text) if text else None
