"""`validate-jwt` and `validate-azure-ad-token`: real signatures, keys from the OpenID configuration that the policy names."""

import base64
import binascii
import json
import ssl
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from jwt.algorithms import AllowedPublicKeys

from pulumi_workspace365_sandbox.azure.policy import policy_validation, web_token
from pulumi_workspace365_sandbox.azure.policy.web_token import MalformedToken

_ASYMMETRIC, _SYMMETRIC = ["RS256", "RS384", "RS512", "PS256"], ["HS256", "HS384", "HS512"]
Text = Callable[[str], str]


class InvalidToken(Exception):
    """Why a token does not open the API. `reason`: as in the logs."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class ConfigurationUnavailable(Exception):
    """An OpenID configuration could not be read."""


@dataclass(frozen=True)
class Issuer:
    name: str
    keys: dict[str, AllowedPublicKeys]


@dataclass
class OpenIdConfigurations:
    """Fetched once, and again when a token names a key that was not there."""

    trusted: ssl.SSLContext
    _issuers: dict[str, Issuer] = field(default_factory=dict)

    async def issuer(self, url: str, kid: str | None) -> Issuer:
        issuer = self._issuers.get(url)
        if issuer is None or (kid and kid not in issuer.keys):
            issuer = self._issuers[url] = await self._fetched(url)
        return issuer

    async def _fetched(self, url: str) -> Issuer:
        try:
            async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(10)) as session:
                configuration = await self._json(session, url)
                listed = await self._json(session, configuration["jwks_uri"])
            keys = {item.get("kid", ""): jwt.PyJWK(item).key for item in listed["keys"] if item.get("kty") == "RSA"}
            return Issuer(str(configuration["issuer"]), keys)
        except (aiohttp.ClientError, TimeoutError, jwt.PyJWTError, AttributeError, LookupError, TypeError, ValueError) as error:
            problem = f"IDX20803: Unable to obtain configuration from: '{url}' ({error!r:.200})"
            raise ConfigurationUnavailable(problem) from error

    async def _json(self, session: aiohttp.ClientSession, url: str) -> Any:
        async with session.get(url, ssl=self.trusted, raise_for_status=True) as response:
            return await response.json(content_type=None)


@dataclass(frozen=True)
class Validator:
    """One validation policy, with its values resolved by `text`."""

    element: ET.Element
    text: Text
    configurations: OpenIdConfigurations

    async def claims(self, token: str) -> dict[str, Any]:
        """The claims of a good token. Raises InvalidToken, ConfigurationUnavailable."""
        try:
            parsed_token = web_token.read(token)
        except MalformedToken as problem:
            raise InvalidToken("TokenMalformed", f"Invalid JWT: {problem}.") from problem
        header, claims = parsed_token.header, dict(parsed_token.claims)
        issuers = [await self.configurations.issuer(url, header.get("kid")) for url in self._listed("openid-config", "url")]
        self._verify(token, header, [key for issuer in issuers for key in self._candidates(issuer, header)])
        self._lifetime(claims)
        self._audience(claims)
        self._issuer(claims, issuers)
        self._required(claims)
        return claims

    def _candidates(self, issuer: Issuer, header: Mapping[str, Any]) -> list[Any]:
        kid = header.get("kid")
        return [issuer.keys[kid]] if kid in issuer.keys else [] if kid else list(issuer.keys.values())

    def _verify(self, token: str, header: Mapping[str, Any], public: list[Any]) -> None:
        own = [self._own_key(key) for key in self.element.findall("issuer-signing-keys/key")]
        algorithm = header["alg"]
        if algorithm == "none":
            if self._flag("require-signed-tokens"):
                raise InvalidToken(
                    "TokenSignatureInvalid", "IDX10504: Unable to validate signature, token does not have a signature."
                )
            return
        symmetric = algorithm in _SYMMETRIC
        if symmetric or algorithm in _ASYMMETRIC:
            for key in [*public, *own]:
                if isinstance(key, bytes) == symmetric and _signed(token, key, algorithm):
                    return
        raise InvalidToken("TokenSignatureInvalid", "IDX10503: Signature validation failed.")

    def _own_key(self, key: ET.Element) -> Any:
        if "n" in key.attrib:
            numbers = [int.from_bytes(_unbase64(self.text(key.get(name, "")))) for name in ("e", "n")]
            try:
                return RSAPublicNumbers(*numbers).public_key()
            except ValueError as problem:
                raise ConfigurationUnavailable("A key of issuer-signing-keys is not an RSA key.") from problem
        shared = _unbase64(self.text((key.text or "").strip()))
        if not shared:
            raise ConfigurationUnavailable("A key of issuer-signing-keys is empty, or in a certificate, which is not read here.")
        return shared

    def _lifetime(self, claims: Mapping[str, Any]) -> None:
        skew, now = int(self.text(self.element.get("clock-skew", "0"))), time.time()
        if "exp" not in claims:
            if self._flag("require-expiration-time"):
                raise InvalidToken(
                    "TokenExpirationMissing", "IDX10225: Lifetime validation failed. The token is missing an Expiration Time."
                )
        elif now > float(claims["exp"]) + skew:
            raise InvalidToken("TokenExpired", "IDX10223: Lifetime validation failed. The token is expired.")
        if "nbf" in claims and now < float(claims["nbf"]) - skew:
            raise InvalidToken("TokenNotYetValid", "IDX10222: Lifetime validation failed. The token is not yet valid.")

    def _audience(self, claims: Mapping[str, Any]) -> None:
        accepted = set(self._listed("audiences/audience"))
        token_audiences = claims.get("aud", [])
        if accepted and not accepted & set(token_audiences if isinstance(token_audiences, list) else [token_audiences]):
            raise InvalidToken("TokenAudienceNotAllowed", "IDX10214: Audience validation failed.")

    def _issuer(self, claims: Mapping[str, Any], issuers: list[Issuer]) -> None:
        accepted = {*self._listed("issuers/issuer"), *(issuer.name for issuer in issuers)}
        if accepted and claims.get("iss") not in accepted:
            raise InvalidToken("TokenIssuerNotAllowed", "IDX10205: Issuer validation failed.")

    def _required(self, claims: Mapping[str, Any]) -> None:
        for claim in self.element.findall("required-claims/claim"):
            name, separator = self.text(claim.get("name", "")), claim.get("separator")
            if name not in claims:
                raise InvalidToken("TokenClaimNotFound", f"JWT claim '{name}' is missing.")
            actual = set(_texts(claims[name], separator))
            required = {self.text((value.text or "").strip()) for value in claim.findall("value")}
            every = claim.get("match", "all") == "all"
            if required and not (required <= actual if every else required & actual):
                raise InvalidToken("TokenClaimValueNotAllowed", f"Claim value mismatch: {name}.")

    def _listed(self, path: str, attribute: str = "") -> list[str]:
        elements = self.element.findall(path)
        return [self.text(item.get(attribute, "") if attribute else (item.text or "").strip()) for item in elements]

    def _flag(self, name: str) -> bool:
        return self.text(self.element.get(name, "true")).lower() == "true"


def for_tenant(element: ET.Element, tenant_url: Callable[[str], str]) -> ET.Element:
    """`validate-azure-ad-token` as the `validate-jwt` that it stands for."""
    made = ET.Element("validate-jwt")
    ET.SubElement(made, "openid-config", {"url": tenant_url(element.get("tenant-id", ""))})
    made.extend(element.findall("audiences"))
    claims = ET.SubElement(made, "required-claims")
    applications = element.findall("client-application-ids/application-id")
    if applications:
        claim = ET.SubElement(claims, "claim", {"name": "appid", "match": "any"})
        for application in applications:
            ET.SubElement(claim, "value").text = application.text
    claims.extend(claim for group in element.findall("required-claims") for claim in policy_validation.elements(group))
    return made


def _signed(token: str, key: Any, algorithm: str) -> bool:
    try:
        jwt.PyJWS().decode(token, key, [algorithm])
    except jwt.PyJWTError:
        return False
    return True


def _texts(claim: Any, separator: str | None) -> Iterator[str]:
    """The values of a claim that a policy can name: texts, numbers and truth values, alone or listed."""
    for value in claim if isinstance(claim, list) else [claim]:
        if isinstance(value, str):
            yield from value.split(separator) if separator and not isinstance(claim, list) else [value]
        elif isinstance(value, bool | int | float):
            yield json.dumps(value)


def _unbase64(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text.replace("+", "-").replace("/", "_") + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        raise ConfigurationUnavailable("A key of issuer-signing-keys is not base64.") from None
