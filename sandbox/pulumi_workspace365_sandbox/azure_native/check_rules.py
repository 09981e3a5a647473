"""What the provider's Check finds wrong with inputs, in its words: names that are missing, too long, or of a wrong form or type."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pulumi_workspace365_sandbox.azure_native import values

_ID = r"^[^*#&+:<>?]+$"


@dataclass(frozen=True)
class Rule:
    """Of one property. Lengths are of the text in UTF-8, as the provider counts them."""

    type: Literal["string", "number", "integer", "boolean", "array", "object"] = "string"
    shortest: int | None = None
    longest: int | None = None
    pattern: str = ""
    lowest: float | None = None
    highest: float | None = None


def text(longest: int | None = None, shortest: int | None = None, pattern: str = "") -> Rule:
    return Rule("string", shortest, longest, pattern)


PATH = {
    "resourceGroupName": text(90, 1),
    "serviceName": text(50, 1, r"^[a-zA-Z](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?$"),
    "apiId": text(256, 1, _ID),
    "apiLinkId": text(80, 1, _ID),
    "backendId": text(80, 1),
    "diagnosticId": text(80, 1, _ID),
    "gatewayId": text(80, 1),
    "id": text(80, 1, r"(^[\w]+$)|(^[\w][\w\-]+[\w]$)"),
    "loggerId": text(256, None, _ID),
    "namedValueId": text(256, None, _ID),
    "operationId": text(80, 1),
    "policyId": text(),
    "productId": text(256, 1),
    "sid": text(256, None, _ID),
    "tagId": text(80, 1, _ID),
    "name": text(),
    "resourceUri": text(),
    "ruleName": text(),
}
"""Parameters of paths, wherever no definition says something else (api-version 2024-05-01)."""

SHORT_API = {"apiId": text(80, 1)}
"""Of an API with diagnostics, or in a gateway."""

BODIES: dict[str, dict[str, Rule]] = {
    "apimanagement:Api": {
        "apiRevision": text(100, 1),
        "apiRevisionDescription": text(256),
        "apiType": text(),
        "apiVersion": text(100),
        "apiVersionDescription": text(256),
        "description": text(),
        "displayName": text(300, 1),
        "path": text(400, 0),
        "protocols": Rule("array"),
        "serviceUrl": text(2000, 0),
        "soapApiType": text(),
        "subscriptionKeyParameterNames": Rule("object"),
        "subscriptionRequired": Rule("boolean"),
    },
    "apimanagement:ApiDiagnostic": {"loggerId": text(), "sampling": Rule("object"), "verbosity": text()},
    "apimanagement:ApiOperationPolicy": {"format": text(), "value": text()},
    "apimanagement:Gateway": {"description": text(1000)},
    "apimanagement:Logger": {"description": text(256), "loggerType": text()},
    "apimanagement:NamedValue": {
        "displayName": text(256, 1, r"^[A-Za-z0-9-._]+$"),
        "secret": Rule("boolean"),
        "tags": Rule("array"),
        "value": text(4096),
    },
    "apimanagement:PolicyFragment": {"description": text(1000, 0), "format": text(), "value": text()},
    "apimanagement:Product": {
        "description": text(1000, 1),
        "displayName": text(300, 1),
        "subscriptionsLimit": Rule("integer"),
    },
    "apimanagement:ProductApiLink": {"apiId": text()},
    "apimanagement:Subscription": {
        "displayName": text(100, 1),
        "primaryKey": text(256, 1),
        "scope": text(),
        "secondaryKey": text(256, 1),
    },
    "apimanagement:Tag": {"displayName": text(160, 1)},
    "apimanagement:TagApiLink": {"apiId": text()},
    "monitor:MetricAlert": {
        "criteria": Rule("object"),
        "evaluationFrequency": text(),
        "scopes": Rule("array"),
        "severity": Rule("integer"),
        "windowSize": text(),
    },
}
REQUIRED: dict[str, tuple[str, ...]] = {
    "apimanagement:Api": ("path",),
    "apimanagement:ApiDiagnostic": ("loggerId",),
    "apimanagement:ApiOperation": ("displayName", "method", "urlTemplate"),
    "apimanagement:ApiOperationPolicy": ("value",),
    "apimanagement:ApiPolicy": ("value",),
    "apimanagement:Diagnostic": ("loggerId",),
    "apimanagement:Logger": ("loggerType",),
    "apimanagement:NamedValue": ("displayName",),
    "apimanagement:Policy": ("value",),
    "apimanagement:PolicyFragment": ("value",),
    "apimanagement:Product": ("displayName",),
    "apimanagement:ProductApiLink": ("apiId",),
    "apimanagement:ProductPolicy": ("value",),
    "apimanagement:Subscription": ("displayName", "scope"),
    "apimanagement:Tag": ("displayName",),
    "apimanagement:TagApiLink": ("apiId",),
    "monitor:MetricAlert": ("criteria", "enabled", "evaluationFrequency", "scopes", "severity", "windowSize", "location"),
}


def rule_violation(name: str, rule: Rule, value: Any) -> Iterator[str]:
    """What is wrong with one value; nothing of what is not known yet."""
    if value == values.UNKNOWN:
        return
    type_name = _type(value)
    if (
        type_name in {"array", "string", "number"}
        and rule.type != type_name
        and not (type_name == "number" and rule.type == "integer")
    ):
        yield f"'{name}' should be of type '{rule.type}' but got {'an' if type_name == 'array' else 'a'} {type_name}"
    elif isinstance(value, str):
        yield from _text(name, rule, value)
    elif type_name == "number":
        if rule.type == "integer" and value != int(value):
            yield f"'{name}' must be an integer but got {value:f}"
        if rule.lowest is not None and value < rule.lowest:
            yield f"'{name}' is too low ({value:f} < {rule.lowest:f})"
        if rule.highest is not None and value > rule.highest:
            yield f"'{name}' is too high ({value:f} > {rule.highest:f})"


def _text(name: str, rule: Rule, value: str) -> Iterator[str]:
    length = len(value.encode())
    if rule.shortest is not None and length < rule.shortest:
        yield f"'{name}' is too short ({length}): at least {rule.shortest} characters required"
    if rule.longest is not None and length > rule.longest:
        yield f"'{name}' is too long ({length}): at most {rule.longest} characters allowed"
    if rule.pattern and not re.search(rule.pattern, value):
        yield f"'{name}' does not match expression '{rule.pattern}'"


def _type(value: Any) -> str:
    if isinstance(value, list):
        return "array"
    if isinstance(value, str):
        return "string"
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else "other"


def validate(token: str, path: Mapping[str, Rule], inputs: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the inputs of a resource: first its path, in which every parameter is required, then its body."""
    for name, rule in path.items():
        if name in inputs:
            yield from rule_violation(name, rule, inputs[name])
        else:
            yield f"missing required property '{name}'"
    for name in REQUIRED.get(token, ()):
        if name not in inputs:
            location = ". Either set it explicitly or configure it with 'pulumi config set azure-native:location <value>'."
            yield f"missing required property '{name}'{location if name == 'location' else ''}"
    for name, rule in BODIES.get(token, {}).items():
        if name in inputs and name not in path:
            yield from rule_violation(name, rule, inputs[name])
