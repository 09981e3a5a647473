"""Reads the body of a successful response, or says in what it differs from the documentation."""

import json
from collections.abc import Callable
from typing import Any, TypeVar

import pydantic

from pulumi_dynamic_host import redaction, safe_text
from pulumi_workspace365 import errors
from pulumi_workspace365.api import error_messages
from pulumi_workspace365.api.transport import Request, RetryPolicy
from pulumi_workspace365.documents import json_document

_T = TypeVar("_T")
_LONGEST_NUMBER = 100


def parse(request: Request, instance: str, body: bytes, validate: Callable[[Any], _T], *, shallow: bool = False) -> _T:
    """What the answer says; one that says something else is no answer of this API (docs/provisioning-api.md#a-21).

    Args:
        request: what was asked.
        instance: of which instance.
        body: the answer's body.
        validate: makes the result of the JSON document; raises ValueError for another form.
        shallow: whether what is nested too deeply to be read counts as ``null``, and concerns nothing else.

    Raises:
        Ambiguous: the answer to a create cannot be read.
        Rejected: another answer cannot be read.
    """
    error_class = errors.Ambiguous if request.retry_policy is RetryPolicy.NEVER else errors.Rejected
    start, about = error_messages.describe_failure(request.operation, instance)
    start += ": the answer"
    if error_messages.looks_like_html(body):
        raise error_class(
            f"{start} is an HTML page, not the Provisioning API. Is w365:baseUrl right, or did a proxy drop X-Requested-With?",
            **about,
        )
    try:
        return validate(_decoded(body, shallow=shallow))
    except Exception as problem:  # noqa: BLE001  the border: nothing between an answer and its record may break otherwise
        text = f"{start} {_difference(problem)}. Is w365:baseUrl the address of a Workspace 365 instance?"
    raise error_class(text, **about)  # without the cause, whose text may hold what was received


def _difference(problem: Exception) -> str:
    """In what an answer differs from the documentation, as a predicate."""
    if isinstance(problem, pydantic.ValidationError):
        places = ", ".join(sorted({".".join(map(str, error["loc"])) or "the whole" for error in problem.errors()})[:5])
    elif isinstance(problem, ValueError):
        places = str(problem)
    elif isinstance(problem, _NoJsonError):
        return "is not JSON"
    else:
        return f"cannot be read here ({type(problem).__name__})"
    return f"does not have the documented form ({safe_text.one_line(redaction.redact(places))})"


class _NoJsonError(Exception):
    """The body is no JSON."""


def _decoded(body: bytes, *, shallow: bool) -> Any:
    try:
        return json.loads(body, parse_int=_number)
    except RecursionError:
        if shallow:
            return _decoded(
                json_document.truncate_depth(body.decode(json.detect_encoding(body), "replace")).encode(), shallow=False
            )
        raise _NoJsonError from None
    except ValueError:
        raise _NoJsonError from None


def _number(digits: str) -> int | str:
    """A number of the answer; one of thousands of digits, which Python refuses to read, as it is written."""
    return int(digits) if len(digits) < _LONGEST_NUMBER else digits
