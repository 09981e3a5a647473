"""Verifies a client id and key with the OAuth2 authority, before users' sign-in depends on them (docs/provisioning-api.md#sign-on).

The authority's OpenID configuration names its token endpoint; a client-credentials request there succeeds only with the right
pair. Neither the key nor the token that comes back is kept or shown.
"""

import json
import re
from typing import Any
from urllib.parse import urlencode

from pulumi_dynamic_host import redaction, safe_text
from pulumi_workspace365 import errors
from pulumi_workspace365.api import local_only
from pulumi_workspace365.api.configuration import Settings, normalise_base_url
from pulumi_workspace365.api.http_client import HttpClient
from pulumi_workspace365.api.http_errors import HttpError

_LARGEST_ANSWER = 1024 * 1024
_SHOWN, _SHOWN_OF_ERROR = 1000, 80
_CODE = re.compile(r"AADSTS\d{1,12}")
_RESOURCE = "https://graph.microsoft.com"
_UNWELCOME = "Nothing was sent to Workspace 365, so sign-in works as before."


def verify_credentials(settings: Settings, authority: str, client_id: str, key: str) -> None:
    """See that the authority accepts the pair.

    Raises:
        errors.Refused: it does not.
        errors.Unavailable: the authority cannot be reached from this machine.
    """
    redaction.register(key)
    base = normalise_base_url(authority, "authority")
    local_only.require_loopback(base, "authority")
    endpoint = _token_endpoint(settings, base)
    scope = {"scope": f"{_RESOURCE}/.default"} if "/v2.0/" in endpoint else {"resource": _RESOURCE}
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": key, **scope}
    status, answer = _exchange(settings, "POST", endpoint, base, urlencode(form).encode())
    if isinstance(token := answer.get("access_token"), str):
        redaction.register(token)
    if status != 200 or not isinstance(token, str):
        raise errors.Refused(
            f"The authority {base} does not accept client_id {client_id!r} with this key: {_reason(status, answer)}. {_UNWELCOME}"
        )


def _token_endpoint(settings: Settings, base: str) -> str:
    status, document = _exchange(settings, "GET", f"{base}/.well-known/openid-configuration", base)
    endpoint = document.get("token_endpoint")
    if status != 200 or not isinstance(endpoint, str):
        raise errors.Refused(
            f"{base} is not an OAuth2 authority: its OpenID configuration answers HTTP {status} and names no token endpoint. {_UNWELCOME}"
        )
    try:
        endpoint = normalise_base_url(endpoint, "the token endpoint")
    except errors.ConfigurationError as problem:
        raise errors.Refused(f"{base} names a token endpoint without https; the key is not sent there. {_UNWELCOME}") from problem
    local_only.require_loopback(endpoint, "the token endpoint")
    return endpoint


def _exchange(settings: Settings, method: str, url: str, base: str, form: bytes = b"") -> tuple[int, dict[str, Any]]:
    headers = {"Accept": "application/json"} | ({"Content-Type": "application/x-www-form-urlencoded"} if form else {})
    http = HttpClient(url, ca_file=settings.ca_file)
    try:
        answer = http.send(
            method,
            url,
            headers=headers,
            body=form,
            seconds=settings.request_timeout,
            largest=_LARGEST_ANSWER,
            operation=f"ask the authority {base}",
        )
    except HttpError as problem:
        raise errors.Unavailable(
            f"The authority {base} cannot be asked from here ({problem.detail or problem.reason}); verify='none' skips this check. {_UNWELCOME}"
        ) from problem
    finally:
        http.close()
    try:
        document = json.loads(answer.body)
    except (ValueError, RecursionError):
        document = {}
    return answer.status, document if isinstance(document, dict) else {}


def _reason(status: int, answer: dict[str, Any]) -> str:
    """The status and the error's codes: what else the authority says of a key may repeat it."""
    texts = (str(answer.get(name, "")) for name in ("error", "error_description"))
    error, description = (safe_text.one_line(redaction.redact(text[:_SHOWN], is_cut=len(text) > _SHOWN)) for text in texts)
    code = _CODE.search(description)
    return ", ".join(part for part in (f"HTTP {status}", error[:_SHOWN_OF_ERROR], code[0] if code else "") if part)
