"""Accepts whatever a provider's method returns: a created resource must not be lost because of an unusual return value."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from inspect import isawaitable
from typing import Any

from pulumi.output import Output

from pulumi_dynamic_host import event_loops, properties, safe_text
from pulumi_dynamic_host.errors import HostError


@dataclass
class CreateOutcome:
    """What ``create`` made: its id, its outputs as they were given, and what was wrong with the answer."""

    id: str
    outs: Any
    reasons: list[str] = field(default_factory=list)


def await_result(result: Any) -> Any:
    """A method's result, waited for if it is a coroutine, a future or an output; the outputs of a secret one are secret."""
    secret = False
    while isawaitable(result) or isinstance(result, Output):
        if isinstance(result, Output):
            secret = secret or bool(event_loops.run(result.is_secret()))
            result = result.future(with_unknowns=True)
        result = event_loops.run(result)
    if secret and isinstance(outs := getattr(result, "outs", None), Mapping):
        result.outs = {name: properties.as_secret(value) for name, value in outs.items()}
    return result


def require_attributes(result: Any, method: str, *attributes: str) -> Any:
    """The result, if it has the attributes.

    Raises:
        HostError: it has not.
    """
    missing = [name for name in attributes if not hasattr(result, name)]
    if missing:
        raise HostError(
            f"{method}() returned {type(result).__name__}, which has no {missing[0]}; it must return a {method.title()}Result"
        )
    return result


def parse_created(result: Any) -> CreateOutcome:
    """Parse the result of a create in any form that contains the id.

    Raises:
        HostError: nothing does.
    """
    if hasattr(result, "id") and hasattr(result, "outs"):
        text, warnings = _identity(result.id)
        return CreateOutcome(text, result.outs, [*failure_reasons(result), *warnings])
    id_, outs = _guessed(result)
    if id_ is None:
        require_attributes(result, "create", "id", "outs")
    text, warnings = _identity(id_)
    wrong = f"create() returned {type(result).__name__} in place of a CreateResult; it is recorded by the id {text!r} found in it"
    return CreateOutcome(text, outs, [wrong, *warnings])


def failure_reasons(result: Any) -> list[str]:
    """The reasons why a resource is incomplete; empty if it is complete."""
    reasons = getattr(result, "reasons", None)
    if isinstance(reasons, str):
        return [reasons] if reasons else []
    return [str(reason) for reason in reasons] if isinstance(reasons, Iterable) else []


def parse_id(id_: Any) -> str:
    """The id of what ``read`` found, as text; empty where it found nothing."""
    return "" if id_ is None or id_ in ("", b"") else _identity(id_)[0]


def _identity(id_value: Any) -> tuple[str, list[str]]:
    """An id as text, and what is wrong with it.

    Raises:
        HostError: it is empty.
    """
    value = id_value
    while isawaitable(value) or isinstance(value, Output):
        value = event_loops.resolve(value.future() if isinstance(value, Output) else value)
    while isinstance(value, Enum) and not isinstance(value, str):
        value = value.value
    warnings = []
    match value:
        case None | "" | b"":
            raise HostError(f"create() returned the id {id_value!r}; a resource's id must be a text that is not empty")
        case str():
            text = str.__str__(value)  # of a StrEnum, the value
        case bytes():
            text = value.decode("utf-8", "backslashreplace")
        case bool():
            text = str(value).lower()
        case float() if value.is_integer():
            text = str(int(value))  # numbers among the inputs arrive as floats
        case Mapping() | list() | tuple() | set():
            text = str(value) if isinstance(value, set) else json.dumps(value, default=str)
            warnings.append(f"create() returned the id {text}; an id must be one value. It is recorded as this text")
        case _:
            text = str(value)  # an int, a UUID, a path, a date, or a library's own kind of key
    stored = safe_text.escape_surrogates(text)
    if stored != text:
        warnings.append(f"the id {stored!r} holds characters that state cannot hold; they are escaped in it")
    return stored, warnings


def _guessed(result: Any) -> tuple[Any, Any]:
    """The id and the outputs of a result of another type, as far as they can be recognised."""
    match result:
        case None | bool():
            return None, None
        case Mapping():
            id_ = next((result[name] for name in ("id", "id_", "Id", "ID") if result.get(name) is not None), None)
            outs = result.get("outs")
            return id_, outs if isinstance(outs, Mapping) else {name: result[name] for name in result if name != "id_"}
        case (id_, Mapping() as outs, *_):
            return id_, outs
        case (id_,):
            return id_, None
        case list() | tuple() | set():
            return None, None
        case _ if hasattr(result, "id"):
            return result.id, getattr(result, "outs", None)
        case _ if hasattr(result, "outs"):
            return None, None
        case _:
            return (result, None) if _is_scalar(result) else (None, None)


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | bytes | int | float | Enum) or type(value).__module__ in {"uuid", "decimal"}
