"""Microsoft Entra ID, as far as azure-identity and validate-jwt need it: tokens, OpenID configuration and signing keys."""

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import jwt
from aiohttp import web
from jwt.algorithms import RSAAlgorithm

from pulumi_workspace365_sandbox.azure.identity import Identity
from pulumi_workspace365_sandbox.azure.policy import web_token

_LIFETIME = 3600


@dataclass
class Login:
    """Issues and judges the tokens of one tenant; `address` is known once the server listens."""

    identity: Identity
    address: str = ""

    @property
    def authority(self) -> str:
        return f"{self.address}/{self.identity.ids.tenant_id}"

    @property
    def issuer(self) -> str:
        return f"{self.authority}/v2.0"

    @property
    def openid_config(self) -> str:
        return f"{self.issuer}/.well-known/openid-configuration"

    def mint(self, claims: Mapping[str, Any], *, lifetime: int = _LIFETIME) -> str:
        """A signed token; `claims` win over issuer and times. A negative lifetime makes one that has expired."""
        now = int(time.time())
        standard = {"iss": self.issuer, "iat": now, "nbf": now + min(lifetime, 0), "exp": now + lifetime}
        payload = {name: value for name, value in (standard | dict(claims)).items() if value is not None}
        return jwt.encode(payload, self.identity.signing_key, "RS256", headers={"kid": self._kid})

    def validate(self, token: str) -> dict[str, Any]:
        """The claims of a token of this tenant. Raises jwt.PyJWTError, Malformed."""
        web_token.read(token)
        key = self.identity.signing_key.public_key()
        options = {"verify_aud": False}
        claims: dict[str, Any] = jwt.decode(token, key, ["RS256"], issuer=self.issuer, options=options)  # type: ignore[arg-type]
        return claims

    @property
    def _kid(self) -> str:
        return hashlib.sha256(json.dumps(self._jwk(), sort_keys=True).encode()).hexdigest()[:16]

    def _jwk(self) -> dict[str, Any]:
        jwk: dict[str, Any] = RSAAlgorithm.to_jwk(self.identity.signing_key.public_key(), as_dict=True)
        return {name: jwk[name] for name in ("kty", "n", "e")}

    def application(self) -> web.Application:
        application = web.Application()
        application.add_routes(
            [
                web.get("/{tenant}/v2.0/.well-known/openid-configuration", self._configuration),
                web.get("/{tenant}/discovery/v2.0/keys", self._keys),
                web.post("/{tenant}/oauth2/v2.0/token", self._token),
            ]
        )
        return application

    async def _configuration(self, request: web.Request) -> web.Response:
        if request.match_info["tenant"] != self.identity.ids.tenant_id:
            return _refused("invalid_tenant", f"AADSTS90002: Tenant '{request.match_info['tenant']}' not found.")
        return web.json_response(
            {
                "issuer": self.issuer,
                "token_endpoint": f"{self.authority}/oauth2/v2.0/token",
                "authorization_endpoint": f"{self.authority}/oauth2/v2.0/authorize",
                "jwks_uri": f"{self.authority}/discovery/v2.0/keys",
                "response_types_supported": ["code"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
            }
        )

    async def _keys(self, _: web.Request) -> web.Response:
        return web.json_response({"keys": [self._jwk() | {"use": "sig", "alg": "RS256", "kid": self._kid}]})

    async def _token(self, request: web.Request) -> web.Response:
        form = dict(parse_qsl((await request.read()).decode()))
        scope = form.get("scope", "")
        problem = self._problem(request.match_info["tenant"], form)
        if problem:
            return _refused(*problem)
        ids = self.identity.ids
        audience = next(item for item in scope.split() if item.endswith("/.default")).removesuffix("/.default")
        claims = {"aud": audience, "tid": ids.tenant_id, "appid": ids.client_id, "azp": ids.client_id, "sub": ids.client_id}
        token = self.mint(claims)
        return web.json_response(
            {"token_type": "Bearer", "expires_in": _LIFETIME, "ext_expires_in": _LIFETIME, "access_token": token}
        )

    def _problem(self, tenant: str, form: Mapping[str, str]) -> tuple[str, str] | None:
        ids = self.identity.ids
        if tenant != ids.tenant_id:
            return "invalid_request", f"AADSTS90002: Tenant '{tenant}' not found."
        if form.get("grant_type") != "client_credentials":
            return (
                "unsupported_grant_type",
                "AADSTS70003: The app requested an unsupported grant type; only client_credentials is here.",
            )
        if form.get("client_id") != ids.client_id:
            return "unauthorized_client", f"AADSTS700016: Application with identifier '{form.get('client_id')}' was not found."
        if form.get("client_secret") != ids.client_secret:
            return "invalid_client", "AADSTS7000215: Invalid client secret provided."
        if not any(item.endswith("/.default") for item in form.get("scope", "").split()):
            return "invalid_scope", "AADSTS1002012: The provided value for scope is not valid: it must end in '/.default'."
        return None


def _refused(error: str, description: str) -> web.Response:
    status = 401 if error == "invalid_client" else 400
    return web.json_response({"error": error, "error_description": description}, status=status)
