"""What the bodies of answers say, by operation (docs/provisioning-api.md#endpoints).

It is loaded while the first answer is waited for, because pydantic takes as long to load as the rest of the client.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import pydantic

from pulumi_workspace365 import errors
from pulumi_workspace365.api import models, responses
from pulumi_workspace365.api.transport import Request

_M = TypeVar("_M", bound=models.ResponseModel)
Refuse = Callable[[str], str | None]
"""Why a name, besides its form, cannot be an environment's, in words; ``None`` where it can."""

_ROWS = pydantic.TypeAdapter(list[Any])
_ENTRIES = pydantic.TypeAdapter(list[models.EnvironmentEntry])
_OBJECT = pydantic.TypeAdapter(dict[str, Any])


def environments(request: Request, instance: str, body: bytes, refuse: Refuse) -> models.EnvironmentList:
    """The list, if there is one row at least that can be read, or none at all; raises as :func:`responses.parse`."""

    def read(data: Any) -> models.EnvironmentList:
        found = models.EnvironmentList.from_wire(_ROWS.validate_python(data), lambda name: _refused(name, refuse))
        if data and not found:
            _ENTRIES.validate_python(data)  # tells in which fields it is not as documented
            raise ValueError(found.unreadable[0].reason)
        return found

    return responses.parse(request, instance, body, read, shallow=True)


def created_environment(request: Request, instance: str, body: bytes, refuse: Refuse) -> models.CreatedEnvironment:
    """The new environment; without a name where the answer has none that can be used; raises as :func:`responses.parse`."""

    def read(body: bytes) -> models.CreatedEnvironment:
        return responses.parse(request, instance, body, models.CreatedEnvironment.model_validate, shallow=True)

    try:
        created = read(body)
    except errors.Ambiguous:
        if _is_utf_8(body):
            raise
        # Values that only this response contains are kept despite a wrong encoding. The list contains the name too, so it must be right.
        created = read(body.decode("cp1252", "replace").encode())
        if not created.environment_name.isascii():
            created = created.model_copy(update={"environment_name": ""})
    if _refused(created.environment_name, refuse):  # as if the response contained no name
        created = created.model_copy(update={"environment_name": ""})
    return created


def licensing(request: Request, instance: str, body: bytes, redact: Callable[[str], str]) -> models.Licensing:
    """The counts, with every text redacted; raises as :func:`responses.parse`."""
    return responses.parse(request, instance, body, _redacted(models.Licensing, redact))


def health(request: Request, instance: str, body: bytes, redact: Callable[[str], str]) -> models.Health:
    """The health, with every text redacted; raises as :func:`responses.parse`."""
    return responses.parse(request, instance, body, _redacted(models.Health, redact))


def exported(request: Request, instance: str, body: bytes) -> dict[str, Any]:
    """The exported document; raises as :func:`responses.parse`."""
    return responses.parse(request, instance, body, _OBJECT.validate_python)


def _refused(name: str, refuse: Refuse) -> str | None:
    return models.invalid_name_reason(name) or refuse(name)


def _redacted(kind: type[_M], redact: Callable[[str], str]) -> Callable[[Any], _M]:
    return lambda data: kind.model_validate(_changed(data, redact))


def _is_utf_8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _changed(document: Any, change: Callable[[str], str]) -> Any:
    """The document with every text in it changed."""
    if isinstance(document, str):
        return change(document)
    if isinstance(document, list):
        return [_changed(item, change) for item in document]
    if isinstance(document, dict):
        return {change(name): _changed(value, change) for name, value in document.items()}
    return document
