"""`AsJwt()`, `AsBasic()` and their like on texts, and what they give."""

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any

from pulumi_workspace365_sandbox.azure.expressions import datetimes, documents, formats
from pulumi_workspace365_sandbox.azure.expressions.datetimes import DateTimeValue
from pulumi_workspace365_sandbox.azure.expressions.registry import define
from pulumi_workspace365_sandbox.azure.expressions.values import Array, MultiValueDictionary, ObjectValue, OutArgument
from pulumi_workspace365_sandbox.azure.policy import web_token


def jwt(claims: Mapping[str, Any], header: Mapping[str, Any] | None = None) -> ObjectValue:
    """A `Jwt` of the claims of a token that was read."""
    listed = {name: Array(map(_text, value if isinstance(value, list) else [value]), "string") for name, value in claims.items()}
    members = {
        "Claims": MultiValueDictionary(listed),
        "Subject": claims.get("sub"),
        "Issuer": claims.get("iss"),
        "Id": claims.get("jti"),
        "Audiences": listed.get("aud", Array((), "string")),
        "Algorithm": (header or {}).get("alg"),
        "Type": (header or {}).get("typ"),
        "ExpirationTime": _time(claims.get("exp")),
        "IssuedAt": _time(claims.get("iat")),
        "NotBefore": _time(claims.get("nbf")),
    }
    return ObjectValue("Jwt", members)


def _text(value: Any) -> str:
    return documents.to_json(value, indented=False) if isinstance(value, dict | list) else formats.text(value)


def _time(seconds: Any) -> DateTimeValue | None:
    if seconds is None:
        return None
    return DateTimeValue(datetimes.parse("1970-01-01T00:00:00Z").time).plus(datetimes.span(seconds=seconds))


def _as_jwt(text: Any) -> ObjectValue | None:
    if not isinstance(text, str):
        return None
    try:
        claims = web_token.read(text.strip().rpartition(" ")[2])
    except web_token.MalformedToken:
        return None
    return jwt(claims.claims, claims.header)


def _as_basic(text: Any) -> ObjectValue | None:
    scheme, _, encoded = (text or "").strip().partition(" ")
    try:
        user, colon, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    if scheme.lower() != "basic" or not colon:
        return None
    return ObjectValue("BasicAuthCredentials", {"UserId": user, "Password": password})


def _try(read: Callable[[Any], Any], text: Any, out: OutArgument) -> bool:
    credential = read(text)
    out.set(credential)
    return credential is not None


def _members(kind: str, listed: str) -> None:
    types = dict(item.split(":") for item in listed.split())
    define(kind, members={name: (type_, lambda record, name=name: record.members[name]) for name, type_ in types.items()})


_members(
    "Jwt",
    "Algorithm:string Audiences:IEnumerable<string> Claims:TextLists ExpirationTime:DateTime Id:string Issuer:string IssuedAt:DateTime "
    "NotBefore:DateTime Subject:string Type:string",
)
_members("BasicAuthCredentials", "Password:string UserId:string")
define(
    "TextExtensions",
    methods={
        "AsJwt": ("Jwt", _as_jwt),
        "AsBasic": ("BasicAuthCredentials", _as_basic),
        "TryParseJwt": ("bool", lambda text, out: _try(_as_jwt, text, out), "Jwt"),
        "TryParseBasic": ("bool", lambda text, out: _try(_as_basic, text, out), "BasicAuthCredentials"),
    },
)
