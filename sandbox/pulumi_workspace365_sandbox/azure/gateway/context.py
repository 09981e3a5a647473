"""What expressions see of a handshake: `context`, as the reference of policy expressions lists it."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from pulumi_workspace365_sandbox.azure.expressions import datetimes
from pulumi_workspace365_sandbox.azure.expressions.datetimes import Moment
from pulumi_workspace365_sandbox.azure.expressions.kinds import enumerations
from pulumi_workspace365_sandbox.azure.expressions.values import Array, Dictionary, Record, Sequence, TextLists, Variables
from pulumi_workspace365_sandbox.azure.gateway.exchange import Exchange
from pulumi_workspace365_sandbox.azure.gateway.messages import Headers
from pulumi_workspace365_sandbox.azure.records import Resource

_PORTS = {"ws": 80, "wss": 443}


def of(exchange: Exchange) -> Record:
    """The `context` of this moment."""
    members: dict[str, Any] = {
        "Api": _api(exchange.api),
        "Deployment": _deployment(exchange),
        "Elapsed": datetime.now(UTC) - exchange.received,
        "LastError": _last_error(exchange),
        "Operation": _operation(exchange),
        "Product": _product(exchange.product),
        "Request": _request(exchange),
        "RequestId": uuid.UUID(exchange.correlation_id),
        "Response": _response(exchange),
        "Subscription": _subscription(exchange),
        "Timestamp": Moment(exchange.received),
        "Tracing": False,
        "Trace": lambda message: exchange.trace.append(str(message)),
        "Variables": Variables(exchange.variables),
    }
    return Record("IContext", members)


def _api(api: Resource | None) -> Record | None:
    if api is None:
        return None
    known = api.properties
    names = known["subscriptionKeyParameterNames"]
    members = {
        "Id": api.name,
        "IsCurrentRevision": known.get("isCurrent", True),
        "Name": known["displayName"],
        "Path": known["path"],
        "Protocols": Sequence(known["protocols"]),
        "Revision": known.get("apiRevision", "1"),
        "ServiceUrl": _url(known["serviceUrl"], []),
        "SubscriptionKeyParameterNames": Record(
            "ISubscriptionKeyParameterNames", {"Header": names["header"], "Query": names["query"]}
        ),
        "Version": known.get("apiVersion"),
    }
    return Record("IContextApi", members)


def _deployment(exchange: Exchange) -> Record:
    gateway = Record("IGateway", {"Id": "managed", "InstanceId": "managed", "IsManaged": True})
    members = {"Gateway": gateway, "GatewayId": "managed", "Region": exchange.region, "Certificates": Dictionary()}
    return Record("IDeployment", members | {"ServiceId": exchange.service, "ServiceName": exchange.service})


def _last_error(exchange: Exchange) -> Record | None:
    refusal = exchange.refusal
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
    return Record("ILastError", members)


def _operation(exchange: Exchange) -> Record | None:
    if exchange.api is None:
        return None
    return Record("IOperation", {"Id": "onHandshake", "Method": "GET", "Name": "onHandshake", "UrlTemplate": "/"})


def _product(product: Resource | None) -> Record | None:
    if product is None:
        return None
    known = product.properties
    members = {
        "Apis": Sequence(),
        "ApprovalRequired": known.get("approvalRequired", False),
        "Groups": Sequence(),
        "Id": product.name,
        "Name": known["displayName"],
        "State": enumerations.value("ProductState", "Published" if known["state"] == "published" else "NotPublished"),
        "SubscriptionLimit": known.get("subscriptionsLimit"),
        "SubscriptionRequired": known["subscriptionRequired"],
    }
    return Record("IProduct", members)


def _request(exchange: Exchange) -> Record:
    address = f"{exchange.scheme}://{exchange.host}"
    members = {
        "Headers": _lists(exchange.headers.grouped()),
        "IpAddress": exchange.address,
        "MatchedParameters": Dictionary(),
        "Method": "GET",
        "OriginalUrl": _url(address + exchange.path, exchange.asked),
        "Url": _url(address + (exchange.suffix or exchange.path), exchange.query),
    }
    return Record("IRequest", members)


def _url(text: str, query: list[tuple[str, str]]) -> Record:
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
    return Record("IUrl", members)


def _lists(found: Mapping[str, list[str]]) -> TextLists:
    return TextLists({name: Array(values, "string") for name, values in found.items()}, folded=True)


def _response(exchange: Exchange) -> Record | None:
    if exchange.response_status is None:
        return None
    headers: Headers = exchange.response_headers
    refused = exchange.refusal.response if exchange.refusal else None
    members = {"StatusCode": exchange.response_status, "StatusReason": refused.phrase if refused else "Switching Protocols"}
    return Record("IResponse", members | {"Headers": _lists(headers.grouped())})


def _subscription(exchange: Exchange) -> Record | None:
    if exchange.subscription is None:
        return None
    known = exchange.subscription.properties
    members = {
        "CreatedDate": _moment(known.get("createdDate")),
        "EndDate": _moment(known.get("endDate")),
        "Id": exchange.subscription.name,
        "Key": exchange.key,
        "Name": known["displayName"],
        "PrimaryKey": known["primaryKey"],
        "SecondaryKey": known["secondaryKey"],
        "StartDate": _moment(known.get("startDate")),
    }
    return Record("ISubscription", members)


def _moment(text: str | None) -> Moment | None:
    return datetimes.parsed(text) if text else None
