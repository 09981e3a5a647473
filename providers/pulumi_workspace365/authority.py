"""Proving a client id and key against the OAuth2 authority itself, before anybody's sign-in depends on them (spec §5).

The authority's OpenID configuration names its token endpoint; a client-credentials request there succeeds only with the right
pair. Neither the key nor the token that comes back is kept or shown.
"""

import json
import re
from typing import Any

import httpx

from pulumi_workspace365 import errors, redaction, tls
from pulumi_workspace365.config import Settings, normalise_base_url

_RESOURCE = "https://graph.microsoft.com"
_UNWELCOME = "Nothing was sent to Workspace 365, so sign-in works as before."


def verify(settings: Settings, authority: str, client_id: str, key: str) -> None:
    """See that the authority accepts the pair.

    Raises:
        errors.Refused: it does not.
        errors.Unavailable: it cannot be asked from here.
    """
    redaction.register(key)
    base = normalise_base_url(authority, "authority")
    with httpx.Client(timeout=settings.request_timeout, verify=tls.context(settings.ca_file), follow_redirects=False) as http:
        endpoint = _token_endpoint(http, base)
        scope = {"scope": f"{_RESOURCE}/.default"} if "/v2.0/" in endpoint else {"resource": _RESOURCE}
        form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": key, **scope}
        status, answer = _exchange(http, "POST", endpoint, base, form)
    if isinstance(token := answer.get("access_token"), str):
        redaction.register(token)
    if status != 200 or not isinstance(token, str):
        raise errors.Refused(
            f"The authority {base} does not accept client_id {client_id!r} with this key: {_reason(status, answer)}. {_UNWELCOME}"
        )


def _token_endpoint(http: httpx.Client, base: str) -> str:
    status, document = _exchange(http, "GET", f"{base}/.well-known/openid-configuration", base)
    endpoint = document.get("token_endpoint")
    if status != 200 or not isinstance(endpoint, str):
        raise errors.Refused(
            f"{base} is no OAuth2 authority: its OpenID configuration answers HTTP {status} and names no token endpoint. {_UNWELCOME}"
        )
    try:
        return normalise_base_url(endpoint, "the token endpoint")
    except errors.ConfigurationError:
        raise errors.Refused(f"{base} names a token endpoint without https; the key is not sent there. {_UNWELCOME}") from None


def _exchange(
    http: httpx.Client, method: str, url: str, base: str, form: dict[str, str] | None = None
) -> tuple[int, dict[str, Any]]:
    try:
        answer = http.request(method, url, data=form)
    except httpx.HTTPError as problem:
        raise errors.Unavailable(
            f"The authority {base} cannot be asked from here ({type(problem).__name__}); verify='none' goes without. {_UNWELCOME}"
        ) from None
    try:
        document = json.loads(answer.content)
    except (ValueError, RecursionError):
        document = {}
    return answer.status_code, document if isinstance(document, dict) else {}


def _reason(status: int, answer: dict[str, Any]) -> str:
    code = re.search(r"AADSTS\d+", str(answer.get("error_description", "")))
    parts = [f"HTTP {status}", redaction.redact(str(answer.get("error", "")))[:80], code[0] if code else ""]
    return ", ".join(part for part in parts if part)
