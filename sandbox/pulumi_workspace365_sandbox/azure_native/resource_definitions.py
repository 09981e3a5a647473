"""The resources: where each lives, and how its properties in Pulumi differ from those on the wire (azure-native 3)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from pulumi_workspace365_sandbox.azure_native.check_rules import PATH, SHORT_API, Rule

API_MANAGEMENT = "2024-05-01"
CREATE_BEFORE_DELETE = "__createBeforeDelete"
"""Among the inputs of what has a random name: a replacement may be there beside it."""
_SERVICE = (
    "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.ApiManagement/service/{serviceName}"
)
_PARAMETER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Definition:
    """A kind of resource.

    Args:
        path: with parameters in braces; the last one is the resource's own name.
        outputs: beside what the inputs give back, and beside name, type and azureApiVersion.
        renamed: properties whose names on the wire differ.
        unreadable: inputs that are no properties of the resource.
        outer: body members beside ``properties``.
        readable: whether GET is there; else HEAD tells only that it exists.
        long: methods whose operation is waited for.
        rules: of parameters of the path that are not as elsewhere.
        version: of the API.
    """

    path: str
    outputs: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    unreadable: frozenset[str] = frozenset()
    outer: frozenset[str] = frozenset()
    readable: bool = True
    long: frozenset[str] = frozenset()
    rules: Mapping[str, Rule] = field(default_factory=dict)
    version: str = API_MANAGEMENT

    @property
    def parameters(self) -> list[str]:
        """The inputs that the id is made of."""
        return [name for name in _PARAMETER.findall(self.path) if name != "subscriptionId"]

    @property
    def own_name(self) -> str:
        return self.parameters[-1]

    @property
    def top(self) -> bool:
        """Whether it is in a resource group, and not a part of another resource."""
        return self.path.rpartition("/providers/")[2].count("{") == 1

    @property
    def path_rules(self) -> dict[str, Rule]:
        return {name: PATH[name] for name in self.parameters} | dict(self.rules)

    def id(self, inputs: Mapping[str, Any], subscription_id: str) -> str:
        """The path. Names are escaped as segments of it are, a whole id in it is not."""
        parameters = {**inputs, "subscriptionId": subscription_id}
        return _PARAMETER.sub(
            lambda match: (
                str(parameters[match[1]]).strip("/")
                if match[1] == "resourceUri"
                else quote(str(parameters[match[1]]), safe="$&+=:@")
            ),
            self.path,
        )

    def parse_id(self, id_: str) -> dict[str, str]:
        """The path's parameters in an id. Raises ValueError for the id of something else."""
        pattern = "".join(
            f"(?P<{part}>{'.+' if part == 'resourceUri' else '[^/]+'})" if place % 2 else re.escape(part)
            for place, part in enumerate(_PARAMETER.split(self.path))
        )
        match = re.fullmatch(pattern, id_, re.IGNORECASE)
        if match is None:
            raise ValueError(f"'{id_}' is not of the form {self.path}")
        return {name: value for name, value in match.groupdict().items() if name != "subscriptionId"}

    def body(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """What is PUT."""
        own = self._path_only(inputs) | {"azureApiVersion", CREATE_BEFORE_DELETE}
        given = {name: value for name, value in inputs.items() if name not in own and value is not None}
        properties = {self.renamed.get(name, name): value for name, value in given.items() if name not in self.outer}
        return {"properties": _to_wire(properties), **{name: value for name, value in given.items() if name in self.outer}}

    def properties(self, response: Mapping[str, Any]) -> dict[str, Any]:
        """A response as Pulumi shows it."""
        hidden = {self.renamed.get(name, name) for name in self.unreadable}
        back = {wire: name for name, wire in self.renamed.items() if name not in self.unreadable}
        visible = {name: value for name, value in _from_wire(response.get("properties") or {}).items() if name not in hidden}
        properties = {back.get(name, name): value for name, value in visible.items()}
        outside = {name: response[name] for name in ("id", "name", "type", *sorted(self.outer)) if name in response}
        return {name: value for name, value in (properties | outside).items() if value is not None} | {
            "azureApiVersion": self.version
        }

    def inputs(self, id_: str, outputs: Mapping[str, Any]) -> dict[str, Any]:
        """Inputs that would give what was read, for an import."""
        unset = {"id", "name", "type", "azureApiVersion", "provisioningState", *self.outputs}
        return self.parse_id(id_) | {name: value for name, value in outputs.items() if name not in unset}

    def predicted(self, inputs: Mapping[str, Any], unknown: Any) -> dict[str, Any]:
        """Outputs during a preview."""
        if not self.readable:
            return {"azureApiVersion": self.version}
        own = self._path_only(inputs) | self.unreadable | {CREATE_BEFORE_DELETE}
        predictable = {name: value for name, value in inputs.items() if name not in own}
        return dict.fromkeys(("id", "name", "type", *self.outputs), unknown) | predictable | {"azureApiVersion": self.version}

    def _path_only(self, inputs: Mapping[str, Any]) -> set[str]:
        """Parameters of the path that are no properties as well. A link's `apiId` is one, an API's is not."""
        return {name for name in self.parameters if name in inputs}


def _to_wire(value: Any) -> Any:
    """Without nulls, and with `odata.type` under its name."""
    if isinstance(value, Mapping):
        return {"odata.type" if name == "odataType" else name: _to_wire(item) for name, item in value.items() if item is not None}
    return [_to_wire(item) for item in value] if isinstance(value, list) else value


def _from_wire(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            "odataType" if name == "odata.type" else name: _from_wire(item) for name, item in value.items() if item is not None
        }
    return [_from_wire(item) for item in value] if isinstance(value, list) else value


_API = Definition(
    f"{_SERVICE}/apis/{{apiId}}",
    outputs=("isOnline", "provisioningState"),
    renamed={
        "apiType": "type",
        "soapApiType": "apiType",
        "translateRequiredQueryParametersConduct": "translateRequiredQueryParameters",
    },
    # The API's type is never told: in the provider's tables it has the name of the resource's own `type`.
    unreadable=frozenset(
        {"apiType", "soapApiType", "format", "value", "wsdlSelector", "translateRequiredQueryParametersConduct"}
    ),
    long=frozenset({"PUT", "DELETE"}),
)
_PUT = frozenset({"PUT"})

DEFINITIONS: dict[str, Definition] = {
    "apimanagement:Api": _API,
    "apimanagement:ApiDiagnostic": Definition(f"{_SERVICE}/apis/{{apiId}}/diagnostics/{{diagnosticId}}", rules=SHORT_API),
    "apimanagement:ApiOperation": Definition(f"{_SERVICE}/apis/{{apiId}}/operations/{{operationId}}"),
    "apimanagement:ApiOperationPolicy": Definition(f"{_SERVICE}/apis/{{apiId}}/operations/{{operationId}}/policies/{{policyId}}"),
    "apimanagement:ApiPolicy": Definition(f"{_SERVICE}/apis/{{apiId}}/policies/{{policyId}}"),
    "apimanagement:Backend": Definition(f"{_SERVICE}/backends/{{backendId}}"),
    "apimanagement:Diagnostic": Definition(f"{_SERVICE}/diagnostics/{{diagnosticId}}"),
    "apimanagement:Gateway": Definition(f"{_SERVICE}/gateways/{{gatewayId}}"),
    "apimanagement:GatewayApiEntityTag": Definition(
        f"{_SERVICE}/gateways/{{gatewayId}}/apis/{{apiId}}", readable=False, rules=SHORT_API
    ),
    "apimanagement:Logger": Definition(f"{_SERVICE}/loggers/{{loggerId}}"),
    "apimanagement:NamedValue": Definition(f"{_SERVICE}/namedValues/{{namedValueId}}", ("provisioningState",), long=_PUT),
    "apimanagement:Policy": Definition(f"{_SERVICE}/policies/{{policyId}}"),
    "apimanagement:PolicyFragment": Definition(f"{_SERVICE}/policyFragments/{{id}}", ("provisioningState",), long=_PUT),
    "apimanagement:Product": Definition(f"{_SERVICE}/products/{{productId}}"),
    "apimanagement:ProductApi": Definition(f"{_SERVICE}/products/{{productId}}/apis/{{apiId}}", readable=False),
    "apimanagement:ProductApiLink": Definition(f"{_SERVICE}/products/{{productId}}/apiLinks/{{apiLinkId}}"),
    "apimanagement:ProductPolicy": Definition(f"{_SERVICE}/products/{{productId}}/policies/{{policyId}}"),
    "apimanagement:Subscription": Definition(
        f"{_SERVICE}/subscriptions/{{sid}}",
        ("createdDate", "endDate", "expirationDate", "notificationDate", "startDate", "stateComment"),
    ),
    "apimanagement:Tag": Definition(f"{_SERVICE}/tags/{{tagId}}"),
    "apimanagement:TagApiLink": Definition(f"{_SERVICE}/tags/{{tagId}}/apiLinks/{{apiLinkId}}"),
    "apimanagement:TagByApi": Definition(f"{_SERVICE}/apis/{{apiId}}/tags/{{tagId}}", ("displayName",)),
    "monitor:DiagnosticSetting": Definition(
        "/{resourceUri}/providers/Microsoft.Insights/diagnosticSettings/{name}", ("systemData",), version="2021-05-01-preview"
    ),
    "monitor:MetricAlert": Definition(
        "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Insights/metricAlerts/{ruleName}",
        ("isMigrated", "lastUpdatedTime"),
        outer=frozenset({"location", "tags"}),
        version="2018-03-01",
    ),
}

SERVICE = Definition(_SERVICE, outer=frozenset({"location", "sku", "tags", "identity", "zones"}))


@dataclass(frozen=True)
class Function:
    """A function: GET of a resource, or POST of one of its actions."""

    definition: Definition
    action: str = ""


FUNCTIONS: dict[str, Function] = {
    **{
        f"{module}:get{name}": Function(definition)
        for (module, name), definition in ((tuple(token.split(":")), item) for token, item in DEFINITIONS.items())
        if definition.readable
    },
    "apimanagement:getApiManagementService": Function(SERVICE),
    "apimanagement:listSubscriptionSecrets": Function(DEFINITIONS["apimanagement:Subscription"], "listSecrets"),
    "apimanagement:listNamedValue": Function(DEFINITIONS["apimanagement:NamedValue"], "listValue"),
}


def base_token(token: str) -> str:
    """`apimanagement:Api` of `azure-native:apimanagement:Api` and of `azure-native:apimanagement/v20240501:Api`."""
    _, module, name = token.split(":")
    return f"{module.partition('/')[0]}:{name}"
