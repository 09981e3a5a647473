"""From what came back to an exception whose text stands alone: what was asked, of whom, what came back, why, what next.

Bodies of errors are not defined by the source (spec §3.1, A-3): every shape is read, none is required.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from pulumi_workspace365 import errors, redaction

_SHOWN = 500

ARGUMENTS = {
    "emailaddress": "admin_email",
    "environmentname": "environment_name",
    "firstname": "admin_first_name",
    "lastname": "admin_last_name",
    "authority": "authority",
    "clientid": "client_id",
    "key": "key",
    "servertype": "server_type",
    "defaultewsurl": "default_ews_url",
    "authenticationtype": "authentication_type",
    "defaulturl": "default_url",
}
"""Wire field (case folded) -> the argument of our resources."""

_SECRET_FIELD = re.compile(r'("[^"]*(?:password|secret|token|key)[^"]*"\s*:\s*)"(?:[^"\\]|\\.)*"?', re.IGNORECASE)

_FORBIDDEN = (
    "The key in the header is not the one configured there, or the API is switched off or has no key there. "
    "Check {setting}; a newly requested key revokes the old one, and on a self-hosted instance "
    "{switch} in NDAW.WebApp.config must be True"
)


def failure(
    asked: str, instance: str, status: int, body: bytes, *, sent: tuple[str, ...] = (), health: bool = False
) -> errors.W365Error:
    """The exception for an answer that is no success.

    Args:
        asked: what was asked, such as ``activate environment 'contoso'``.
        instance: of which instance.
        status: the HTTP status.
        body: the answer's body, of any shape.
        sent: names of the fields that the request's body held.
        health: whether it was the Health API, which has a key of its own.
    """
    start = f"Could not {asked} on {instance}: HTTP {status}"
    said, fields = _problems(body)
    said = f" The server says: {said}" if said else ""
    if status in {401, 403}:
        return errors.Unauthorized(f"{start}. {_why_forbidden(health=health)}.{said}")
    if status == 404:
        hint = (
            "The address may be wrong"
            if health
            else "No such environment exists there (any more); `pulumi refresh` notices what was removed"
        )
        return errors.NotFound(f"{start}. {hint}.{said}")
    if status == 411:
        return errors.Rejected(
            f"{start}. A proxy on the way strips the header Content-Length: 0, which this call needs; go around it.{said}"
        )
    if 300 <= status < 400:
        return errors.Rejected(
            f"{start}, a redirect, which is never followed because it would carry the key along. Correct w365:baseUrl (https, right host)."
        )
    if status >= 500:
        held = f" (it held {', '.join(sent)})" if sent else ""
        return errors.Ambiguous(f"{start}. An internal error there; it can also mean a wrong value in the request{held}.{said}")
    return errors.Rejected(f"{start}.{said or ' The server gave no reason.'}", fields)


def _why_forbidden(*, health: bool) -> str:
    if health:
        return _FORBIDDEN.format(setting="w365:healthApiKey (W365_HEALTH_API_KEY)", switch="HealthApiEnabled")
    return _FORBIDDEN.format(setting="w365:provisioningKey (W365_PROVISIONING_KEY)", switch="ProvisioningApiEnabled")


def looks_like_html(body: bytes) -> bool:
    """Whether an answer is a page for people: a login page or a proxy's (spec A-21)."""
    return body.lstrip()[:1] == b"<"


def _problems(body: bytes) -> tuple[str, tuple[str, ...]]:
    """What the body says in one line, and which of our arguments it names."""
    text = body.decode("utf-8", errors="replace").strip()
    if not text:
        return "", ()
    if looks_like_html(body):
        return _title(text), ()
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return _shown(text), ()
    results = data if isinstance(data, list) else [data]
    read = [_result(item) for item in results[:20]]
    fields = tuple(dict.fromkeys(field for _, names in read for field in names))
    return _shown("; ".join(said for said, _ in read if said)) or _shown(text), fields


def _result(item: Any) -> tuple[str, list[str]]:
    if not isinstance(item, Mapping):
        return (str(item) if isinstance(item, str | int | float) else ""), []
    folded = {str(key).casefold(): value for key, value in item.items()}
    message = next((folded[key] for key in ("errormessage", "message") if isinstance(folded.get(key), str)), "")
    members = folded.get("membernames") or folded.get("members") or []
    names = [ARGUMENTS.get(str(name).casefold(), str(name)) for name in members] if isinstance(members, list) else []
    return (f"{', '.join(names)}: {message}" if names else message), names


def _title(page: str) -> str:
    found = re.search(r"<title[^>]*>(.*?)</title>", page, re.IGNORECASE | re.DOTALL)
    return f"an HTML page{f' titled {_shown(found[1])!r}' if found else ''}, so not the Provisioning API"


def _shown(text: str) -> str:
    printable = redaction.one_line(_SECRET_FIELD.sub(rf'\1"{redaction.MASK}"', redaction.redact(text)))
    return printable if len(printable) <= _SHOWN else printable[:_SHOWN] + " …"
