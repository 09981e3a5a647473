"""Key Vault's HTTP interface: Get, Set, Update and Delete Secret, Get Secrets, Get Secret Versions.

The vault is the host that a request names: ``NAME.vault.azure.net``, or this server's own address.
"""

import asyncio
import json
import re
from dataclasses import dataclass
from typing import Any

import jwt
from aiohttp import web
from pydantic import TypeAdapter, ValidationError

from pulumi_workspace365_sandbox.azure import faults
from pulumi_workspace365_sandbox.azure.key_vault.secret_store import NAME, Attributes, NewSecret, SecretStore, SecretVersion
from pulumi_workspace365_sandbox.azure.login import Login
from pulumi_workspace365_sandbox.azure.policy.web_token import MalformedToken
from pulumi_workspace365_sandbox.azure.records import Request
from pulumi_workspace365_sandbox.management import http
from pulumi_workspace365_sandbox.management.interface import History

RESOURCE = "https://vault.azure.net"
"""The audience of its tokens."""

_VAULT = re.compile(r"[a-z](-?[a-z0-9]){2,23}\.vault\.azure\.net")
_VERSIONS = {"7.0", "7.1", "7.2", "7.3", "7.4", "7.5", "7.6", "2025-07-01", "2026-04-01"}
_QUERY = {"api-version", "maxresults", "$skiptoken", "outContentType"}
_MOST_RESULTS = 25
_ATTRIBUTES = TypeAdapter(dict[str, Any])


class VaultError(Exception):
    """The call ends with this error."""

    def __init__(self, status: int, code: str, message: str, inner: str = "", headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        error: dict[str, Any] = {"code": code, "message": message} | ({"innererror": {"code": inner}} if inner else {})
        self.answer = web.json_response({"error": error}, status=status, headers=headers)


@dataclass
class KeyVaultApi:
    """All vaults; `address` is known once the server listens."""

    store: SecretStore
    login: Login
    set_faults: faults.Faults
    history: History[Request]
    address: str = ""

    def application(self) -> web.Application:
        application = web.Application(client_max_size=1024 * 1024)
        application.router.add_route("*", "/{path:.*}", self._handle)
        return application

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        content = await request.read()
        parts = [part for part in request.path.split("/") if part]
        record = self.history.note(request, operation=f"{request.method} {_kind(parts)}")
        try:
            self._authorised(request)
            answer = await self._faulty(request, record) or self._answer(request, parts, content)
        except VaultError as refused:
            answer = refused.answer
        record.status = answer.status
        return answer

    def _authorised(self, request: web.Request) -> None:
        challenge = {"WWW-Authenticate": f'Bearer authorization="{self.login.authority}", resource="{RESOURCE}"'}
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise VaultError(401, "Unauthorized", "AKV10000: Request is missing a Bearer or PoP token.", headers=challenge)
        try:
            claims = self.login.validate(token)
        except (jwt.PyJWTError, MalformedToken) as problem:
            raise VaultError(401, "Unauthorized", f"AKV10032: Invalid token: {problem}.", headers=challenge) from None
        if str(claims.get("aud", "")).rstrip("/") != RESOURCE:
            message = f"AKV10022: Invalid audience. Expected {RESOURCE}, found: {claims.get('aud')}."
            raise VaultError(401, "Unauthorized", message, headers=challenge)

    async def _faulty(self, request: web.Request, record: Request) -> web.Response | None:
        fault = self.set_faults.take("before", record.operation or "")
        if fault is None:
            return None
        record.faults.append(fault.fault)
        match fault:
            case faults.Status():
                headers = http.retry_after(fault.retry_after, fault.retry_after_form)
                raise VaultError(fault.status, fault.code, fault.message, headers=headers)
            case faults.SecretBody():
                return web.Response(body=_malformed(fault), content_type="application/json")
            case faults.Latency():
                await asyncio.sleep(fault.ms / 1000)
                return None
            case faults.Hang():
                await http.client_gone(request, fault.seconds)
        http.reset(request)
        raise VaultError(500, "InternalServerError", "The connection was reset.")

    def _answer(self, request: web.Request, parts: list[str], content: bytes) -> web.Response:
        vault_url = self._vault_url(request)
        _check_query(request)
        match request.method, parts:
            case "GET", ["secrets"]:
                return self._listed(request, vault_url, self._latest(vault_url), versioned=False)
            case "GET", ["secrets", name, "versions"]:
                return self._listed(request, vault_url, self.store.versions(vault_url, _named(name)), versioned=True)
            case "GET", ["secrets", name, *version] if len(version) <= 1:
                return _bundle(_enabled(self._found(vault_url, name, *version)), vault_url)
            case "PUT", ["secrets", name]:
                return _bundle(self.store.set(vault_url, _named(name), _parsed(content)), vault_url)
            case "PATCH", ["secrets", name, version]:
                secret = self._found(vault_url, name, version)
                self.store.update(secret, _changed(secret, content))
                return web.json_response(secret.properties(vault_url))
            case "DELETE", ["secrets", name]:
                secret = self._found(vault_url, name)
                self.store.delete(vault_url, name)
                return web.json_response(
                    secret.properties(vault_url) | {"recoveryId": f"{vault_url}/deletedsecrets/{secret.name}"}
                )
            case _, ["secrets", *_]:
                raise VaultError(405, "MethodNotAllowed", f"The method {request.method} is not allowed here.")
        raise VaultError(404, "NotFound", "The requested path is not of this service.")

    def _vault_url(self, request: web.Request) -> str:
        """The vault that the request names. The address of this server is one too."""
        host = request.host.lower()
        if host == self.address.partition("://")[2] or _VAULT.fullmatch(host):
            return f"https://{host}"
        raise VaultError(400, "BadParameter", f"There is no vault at {host}.")

    def _latest(self, vault_url: str) -> list[SecretVersion]:
        return [self.store.versions(vault_url, name)[-1] for name in self.store.names(vault_url)]

    def _found(self, vault_url: str, name: str, version: str = "") -> SecretVersion:
        known = self.store.versions(vault_url, _named(name))
        found = next((item for item in reversed(known) if version in {"", item.version}), None)
        if found is None:
            id_ = f"{name}/{version}" if version else name
            message = f"A secret with (name/id) {id_} was not found in this key vault. If you recently deleted this secret you may be able to recover it."
            raise VaultError(404, "SecretNotFound", message)
        return found

    def _listed(self, request: web.Request, vault_url: str, found: list[SecretVersion], *, versioned: bool) -> web.Response:
        most, start = request.query.get("maxresults", str(_MOST_RESULTS)), request.query.get("$skiptoken", "0")
        if not (most.isdigit() and start.isdigit() and 1 <= int(most) <= _MOST_RESULTS):
            raise VaultError(400, "BadParameter", f"maxresults must be from 1 to {_MOST_RESULTS}.")
        end = int(start) + int(most)
        page = [item.properties(vault_url, versioned=versioned) for item in found[int(start) : end]]
        following = f"{vault_url}{request.path}?api-version={request.query['api-version']}&$skiptoken={end}&maxresults={most}"
        return web.json_response({"value": page, "nextLink": following if end < len(found) else None})


def _kind(parts: list[str]) -> str:
    return "secrets/versions" if parts[2:] == ["versions"] else parts[0] if parts else ""


def _check_query(request: web.Request) -> None:
    versions = request.query.getall("api-version", [])
    if len(versions) != 1 or versions[0] not in _VERSIONS:
        raise VaultError(
            400, "BadParameter", "The api-version query parameter is missing, or names a version that is not supported."
        )
    if unknown := request.query.keys() - _QUERY:
        raise VaultError(400, "BadParameter", f"The query parameter {min(unknown)} is not known.")


def _named(name: str) -> str:
    if not re.match(NAME, name):
        raise VaultError(400, "BadParameter", f"The request URI contains an invalid name: {name}")
    return name


def _enabled(secret: SecretVersion) -> SecretVersion:
    """Expired secrets and those that are not valid yet are given out; only a disabled one is not."""
    if not secret.attributes.enabled:
        raise VaultError(403, "Forbidden", "Operation get is not allowed on a disabled secret.", "SecretDisabled")
    return secret


def _parsed(content: bytes) -> NewSecret:
    try:
        return NewSecret.model_validate_json(content)
    except ValidationError as problem:
        where = ".".join(map(str, problem.errors()[0]["loc"]))
        raise VaultError(400, "BadParameter", f"Property {where or 'value'} has invalid value") from None


def _changed(secret: SecretVersion, content: bytes) -> Attributes:
    try:
        given = _ATTRIBUTES.validate_python(_ATTRIBUTES.validate_json(content)["attributes"])
        return Attributes.model_validate(secret.attributes.model_dump() | given)
    except (ValidationError, KeyError):
        raise VaultError(400, "BadParameter", "Property attributes has invalid value") from None


def _bundle(secret: SecretVersion, vault_url: str) -> web.Response:
    return web.json_response({"value": secret.value, **secret.properties(vault_url)})


def _malformed(fault: faults.SecretBody) -> bytes:
    match fault.form:
        case "html":
            return b"<html><body><h1>Sign in</h1></body></html>"
        case "huge":
            return b'{"value": "' + b"x" * fault.size + b'"}'
        case "deep":
            return b"[" * 100_000
        case "members":
            return json.dumps(fault.members).encode()
