"""Turns a failed response into an exception with a self-contained message: the operation, the instance, the response, its likely cause and the remedy.

Bodies of errors are not defined by the source (docs/provisioning-api.md#error-bodies, A-3): every shape is read, none is required.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from pulumi_dynamic_host import redaction, safe_text
from pulumi_workspace365 import errors

_SHOWN = 500
_EXPLAINED = 64 * 1024
"""Bytes of a body that are read for an explanation; the rest explains nothing more."""
_LONGEST_NAME, _MOST_RESULTS = 100, 20
_TITLE_WITHIN = 10_000

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

_SECRET_NAME = re.compile("password|secret|token|key", re.IGNORECASE)
_NAMED_TEXT = re.compile(r'"((?:[^"\\]|\\.){0,100})"(\s{0,20}:\s{0,20})"(?:[^"\\]|\\.)*+"?')

_FORBIDDEN = (
    "The key in the header is not the one configured there, or the API is switched off or has no key there. "
    "Check {setting}; a newly requested key revokes the old one, and on a self-hosted instance "
    "{switch} in NDAW.WebApp.config must be True"
)


def describe_failure(operation: str, instance: str, status: int | None = None) -> tuple[str, errors.About]:
    """How the message of an exception about a request starts, and what the exception carries as data."""
    about: errors.About = {"operation": operation, "instance": instance}
    if status is not None:
        about["status"] = status
    return f"Could not {operation} on {instance}", about


def error_from_response(
    operation: str, instance: str, status: int, body: bytes, *, sent_fields: tuple[str, ...] = (), health: bool = False
) -> errors.W365Error:
    """The exception for an answer that is no success.

    Args:
        operation: the operation in words, such as ``activate environment 'contoso'``.
        instance: of which instance.
        status: the HTTP status.
        body: the answer's body, of any shape.
        sent_fields: names of the fields that the request's body held.
        health: whether it was the Health API, which has a separate key.
    """
    start, about = describe_failure(operation, instance, status)
    start += f": HTTP {status}"
    message, fields = ("", ()) if status == 401 else _problems(body[:_EXPLAINED], validation_only=status == 403)
    message = f" The server says: {message}" if message else ""
    if status in {401, 403}:
        return errors.Unauthorized(f"{start}. {_why_forbidden(health=health)}.{message}", **about)
    if status == 404:
        hint = (
            "The address may be wrong"
            if health
            else "No such environment exists there (any more); `pulumi refresh` notices what was removed"
        )
        return errors.NotFound(f"{start}. {hint}.{message}", **about)
    if status == 411:
        return errors.Rejected(
            f"{start}. A proxy on the way strips the header Content-Length: 0, which this call needs; go around it.{message}",
            **about,
        )
    if 300 <= status < 400:
        return errors.Rejected(
            f"{start}, a redirect, which is never followed because the key would be sent along. Correct w365:baseUrl (https, right host).",
            **about,
        )
    if status >= 500:
        fields_text = f" (it held {', '.join(sent_fields)})" if sent_fields else ""
        return errors.Ambiguous(
            f"{start}. An internal error there; it can also mean a wrong value in the request{fields_text}.{message}", **about
        )
    return errors.Rejected(f"{start}.{message or ' The server gave no reason.'}", fields, **about)


def _why_forbidden(*, health: bool) -> str:
    if health:
        return _FORBIDDEN.format(setting="w365:healthApiKey (W365_HEALTH_API_KEY)", switch="HealthApiEnabled")
    return _FORBIDDEN.format(setting="w365:provisioningKey (W365_PROVISIONING_KEY)", switch="ProvisioningApiEnabled")


def looks_like_html(body: bytes) -> bool:
    """Whether an answer is a page for people: a login page or a proxy's (docs/provisioning-api.md#a-21)."""
    return body.lstrip()[:1] == b"<"


def page_title(page: str) -> str | None:
    """The title of an HTML page, if it is near the beginning."""
    page = page[:_TITLE_WITHIN]
    folded = page.translate(_ASCII_LOWER)
    opened = folded.find("<title")
    begins = folded.find(">", opened)
    ends = folded.find("</title", begins)
    return page[begins + 1 : ends] if -1 not in {opened, begins, ends} else None


_ASCII_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def _problems(body: bytes, *, validation_only: bool) -> tuple[str, tuple[str, ...]]:
    """What the body says in one line, and which of our arguments it names.

    Args:
        body: the beginning of it.
        validation_only: whether to leave out all but the fields of validation results: what refuses a key may repeat it.
    """
    text = body.decode("utf-8", errors="replace").strip()
    if not text:
        return "", ()
    if looks_like_html(body):
        return ("" if validation_only else _page(text)), ()
    try:
        data = json.loads(text)
        results = [
            _result(item, validation_only=validation_only)
            for item in (data if isinstance(data, list) else [data])[:_MOST_RESULTS]
        ]
        fields = tuple(dict.fromkeys(field for _, names in results for field in names))
        message = _sanitised("; ".join(result for result, _ in results if result))
        return message or ("" if validation_only else _sanitised(json.dumps(_masked(data), ensure_ascii=False))), fields
    except (ValueError, RecursionError):
        is_cut = len(body) >= _EXPLAINED
        return ("" if validation_only else _sanitised(_NAMED_TEXT.sub(_masked_text, text), is_cut=is_cut)), ()


def _result(item: Any, *, validation_only: bool) -> tuple[str, list[str]]:
    if not isinstance(item, Mapping):
        return (str(item) if isinstance(item, str | int | float) and not validation_only else ""), []
    folded = {str(key).casefold(): value for key, value in item.items()}
    message = next((folded[key] for key in ("errormessage", "message") if isinstance(folded.get(key), str)), "")
    members = folded.get("membernames") or folded.get("members") or []
    names = [_argument(str(name)) for name in members[:_MOST_RESULTS]] if isinstance(members, list) else []
    return (f"{', '.join(names)}: {message}" if names else message), names


def _argument(member: str) -> str:
    return ARGUMENTS.get(member.casefold(), redaction.redact(member)[:_LONGEST_NAME])


def _page(text: str) -> str:
    title = page_title(text)
    return f"an HTML page{'' if title is None else f' titled {_sanitised(title)!r}'}, so not the Provisioning API"


def _masked(data: Any) -> Any:
    """The document without what stands under a name that sounds secret."""
    if isinstance(data, list):
        return [_masked(item) for item in data]
    if not isinstance(data, Mapping):
        return data
    return {
        name: redaction.MASK if _SECRET_NAME.search(name) and not isinstance(value, bool | None) else _masked(value)
        for name, value in data.items()
    }


def _masked_text(found: re.Match[str]) -> str:
    name, colon = found[1], found[2]
    return f'"{name}"{colon}"{redaction.MASK}"' if _SECRET_NAME.search(name) else found[0]


def _sanitised(text: str, *, is_cut: bool = False) -> str:
    printable = safe_text.one_line(redaction.redact(text, is_cut=is_cut))
    return printable if len(printable) <= _SHOWN else printable[:_SHOWN] + " …"
