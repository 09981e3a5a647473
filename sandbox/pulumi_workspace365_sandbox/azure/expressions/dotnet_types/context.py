"""`context`, member by member, as the reference of policy expressions lists it."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote_plus

from pulumi_workspace365_sandbox.azure.expressions import conversions, documents
from pulumi_workspace365_sandbox.azure.expressions.dotnet_types.containers import keys, try_get, values
from pulumi_workspace365_sandbox.azure.expressions.errors import DotNetException, ExpressionError
from pulumi_workspace365_sandbox.azure.expressions.nodes import TypeName
from pulumi_workspace365_sandbox.azure.expressions.registry import Entry, define
from pulumi_workspace365_sandbox.azure.expressions.values import ByteArray, Dictionary, ListValue, ObjectValue, Variables

_MEMBERS = {
    "IContext": "Api:IContextApi Deployment:IDeployment Elapsed:TimeSpan GraphQL:IGraphQLContext LastError:ILastError "
    "Operation:IOperation Product:IProduct Request:IRequest RequestId:Guid Response:IResponse Subscription:ISubscription "
    "Timestamp:DateTime Tracing:bool User:IUser Variables:Variables Workspace:IWorkspace",
    "IApi": "Id:string Name:string Path:string Protocols:IEnumerable<string> ServiceUrl:IUrl "
    "SubscriptionKeyParameterNames:ISubscriptionKeyParameterNames",
    "IContextApi": "IsCurrentRevision:bool Revision:string Version:string",
    "IDeployment": "Gateway:IGateway GatewayId:string Region:string ServiceId:string ServiceName:string "
    "Certificates:Dictionary<string,X509Certificate2> SustainabilityInfo:ISustainabilityInfo",
    "IGateway": "Id:string InstanceId:string IsManaged:bool",
    "ISustainabilityInfo": "CurrentCarbonIntensity:string",
    "IGraphQLContext": "Arguments:JToken Parent:JToken",
    "ILastError": "Source:string Reason:string Message:string Scope:string Section:string Path:string PolicyId:string",
    "IOperation": "Id:string Method:string Name:string UrlTemplate:string",
    "IProduct": "Apis:IEnumerable<IApi> ApprovalRequired:bool Groups:IEnumerable<IGroup> Id:string Name:string State:ProductState "
    "SubscriptionLimit:int SubscriptionRequired:bool",
    "IRequest": "Body:IMessageBody Certificate:X509Certificate2 Headers:TextLists IpAddress:string "
    "MatchedParameters:Dictionary<string,string> Method:string OriginalUrl:IUrl Url:IUrl "
    "PrivateEndpointConnection:IPrivateEndpointConnection",
    "IResponse": "Body:IMessageBody Headers:TextLists StatusCode:int StatusReason:string",
    "ISubscription": "CreatedDate:DateTime EndDate:DateTime Id:string Key:string Name:string PrimaryKey:string SecondaryKey:string "
    "StartDate:DateTime",
    "IUser": "Email:string FirstName:string Groups:IEnumerable<IGroup> Id:string Identities:IEnumerable<IUserIdentity> "
    "LastName:string Note:string RegistrationDate:DateTime",
    "IGroup": "Id:string Name:string",
    "IUserIdentity": "Id:string Provider:string",
    "IPrivateEndpointConnection": "Name:string GroupId:string MemberName:string",
    "ISubscriptionKeyParameterNames": "Header:string Query:string",
    "IUrl": "Host:string Path:string Port:int Query:TextLists QueryString:string Scheme:string",
    "IWorkspace": "Id:string Name:string",
    "Authorization": "AccessToken:string Claims:Dictionary<string,object>",
    "X509Certificate2": "FriendlyName:string HasPrivateKey:bool Issuer:string IssuerName:X500DistinguishedName NotAfter:DateTime "
    "NotBefore:DateTime RawData:byte[] SerialNumber:string Subject:string SubjectName:X500DistinguishedName Thumbprint:string "
    "Version:int",
    "X500DistinguishedName": "Name:string",
}
_BASES = {"IContextApi": ("IApi",)}


def _member(name: str) -> Callable[[ObjectValue], Any]:
    return lambda record: record.members.get(name)


def _no_certificate(*_: Any) -> Any:
    raise ExpressionError("there is no certificate here: no client of the local gateway presents one")


def _as(body: ObjectValue, preserve: Any = False, *, of: tuple[TypeName, ...]) -> Any:
    """`Body.As<T>()`. Raises DotNetException."""
    data: bytes = body.members["data"]
    if body.members.get("read"):
        raise DotNetException("InvalidOperationException", "The message body was read already, without preserveContent.")
    if not preserve and isinstance(body.members, dict):
        body.members["read"] = True
    name = of[0].name if of else "string"
    if name == "[]":
        return ByteArray(data)
    text = data.decode("utf-8", "replace")
    return text if name.lower() == "string" else conversions.token_as(documents.read(text), of[0])


def _form(body: ObjectValue, preserve: Any = False) -> Dictionary:
    fields = Dictionary()
    for name, value in parse_qsl(_as(body, preserve, of=()), keep_blank_values=True):
        if name not in fields:
            fields.put(name, ListValue())
        fields.get(name).append(value)
    return fields


_METHODS: dict[str, Mapping[str, Entry]] = {
    "IContext": {"Trace": ("void", lambda record, message: record.members["Trace"](message))},
    "X509Certificate2": {
        name: (returns, _no_certificate)
        for name, returns in {
            "Verify": "bool",
            "VerifyNoRevocation": "bool",
            "GetCertHash": "byte[]",
            "GetCertHashString": "string",
            "GetSerialNumberString": "string",
            "GetExpirationDateString": "string",
            "GetEffectiveDateString": "string",
            "GetNameInfo": "string",
            "GetRawCertData": "byte[]",
            "GetPublicKeyString": "string",
        }.items()
    },
}
for _kind, _listed in _MEMBERS.items():
    define(
        _kind,
        bases=_BASES.get(_kind, ()),
        members={name: (type_, _member(name)) for name, type_ in (item.split(":", 1) for item in _listed.split())},
        methods=_METHODS.get(_kind),
    )
define("IMessageBody", methods={"As": ("$T", _as), "AsFormUrlEncodedContent": ("Dictionary<string,List<string>>", _form)})


def _value_or_default(variables: Variables, name: str, default: Any = None, *, of: tuple[TypeName, ...]) -> Any:
    """`Variables.GetValueOrDefault<T>(name, default)`. Raises DotNetException."""
    if name not in variables:
        return conversions.default(of[0]) if default is None and of else default
    value = variables.get(name)
    if of and value is not None and not conversions.fits(value, of[0]):
        raise DotNetException("InvalidCastException", f"The variable '{name}' is not of the type '{of[0]}'.")
    return value


define(
    "Variables",
    bases=("Dictionary",),
    items="KeyValuePair<string,object>",
    index=("object", Dictionary.take),
    members={"Keys": ("List<string>", keys), "Values": ("List<object>", values)},
    methods={
        "GetValueOrDefault": ("$variable", _value_or_default),
        "TryGetValue": ("bool", try_get, "object"),
    },
)


def _query(parameters: Dictionary, *, mark: str) -> str:
    pairs = [
        (pair.key, value)
        for pair in parameters.pairs()
        for value in (pair.value if isinstance(pair.value, list) else [pair.value])
    ]
    text = "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in pairs)
    return f"{mark}{text}" if text else ""


define(
    "QueryExtensions",
    methods={
        "ToQueryString": ("string", lambda parameters: _query(parameters, mark="?")),
        "ToFormUrlEncodedContent": ("string", lambda parameters: _query(parameters, mark="")),
    },
)
