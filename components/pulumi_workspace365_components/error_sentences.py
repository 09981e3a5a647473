"""Validation errors of pydantic in words: where, what is wrong, and which field a misspelled name may have meant. It loads no SDK."""

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import AliasChoices, BaseModel

from pulumi_dynamic_host import safe_text
from pulumi_workspace365.api.naming import nearest

_NAME = re.compile(r"[\w .-]{1,60}")
_UNKNOWN = {"extra_forbidden", "unexpected_keyword_argument"}
_REASONS = {
    "missing": "it is required",
    "tuple_type": "it must be a list",
    **dict.fromkeys(_UNKNOWN, "there is no such field (perhaps misspelled)"),
    **dict.fromkeys(("model_type", "model_attributes_type", "dataclass_type"), "it has fields of its own"),
}


def sentence(error: Any, model: Any = None) -> str:
    """One validation error in words; with the model that was validated, also the field that a misspelled one may have meant."""
    reason = (unknown_field(model, error) if model else None) or _REASONS.get(error["type"], str(error["msg"]).removeprefix("Value error, "))  # fmt: skip
    where = ".".join(map(_displayed, field_path(error)))
    return safe_text.one_line(f"{where}: {reason}" if where else reason)


def _displayed(part: str | int) -> str:
    """A name in a path. What nobody would call a field may be the content of another file, in whose place this one was put."""
    return str(part) if isinstance(part, int) or _NAME.fullmatch(part) else "(a name that is not shown)"


def field_path(error: Any) -> tuple[str | int, ...]:
    """The path of the field, without the types among which pydantic chose."""
    types = {"str", "bool", "int", "float", "Output"}
    return tuple(part for part in error["loc"] if not (isinstance(part, str) and ("[" in part or part in types)))


def is_about_outputs(error: Any) -> bool:
    """Whether an error only states that a value is not an output of Pulumi; such an error is never the only one about the value."""
    return bool(error["type"] == "is_instance_of" and error["ctx"]["class"] == "Output")


def unknown_field(model: Any, error: Any) -> str | None:
    """What to say of a field that there is not; ``None`` if a pydantic error says something else.

    Args:
        model: what was validated: a model, a dataclass, or a union of them.
        error: one of the errors, with the path of the field.
    """
    if error["type"] not in _UNKNOWN:
        return None
    *holder, name = error["loc"]
    near = nearest(str(name), list(_fields_at(model, holder)))
    return f"there is no such field; the nearest is {near!r}" if near else "there is no such field (perhaps misspelled)"


def _fields_at(model: Any, path: Sequence[str | int]) -> set[str]:
    candidates = list(_models(model))
    for part in path:
        tagged = [one for one in candidates if part in _tags(one)]
        inner = [item for one in candidates if part in (types := _types(one)) for item in _models(types[str(part)])]
        candidates = inner or tagged or candidates
    return {name for one in candidates for name in _types(one)}


def _models(annotation: Any) -> Iterator[Any]:
    """The models that a type may hold, through options, lists and mappings."""
    if isinstance(annotation, type) and get_origin(annotation) is None:
        if issubclass(annotation, BaseModel) or dataclasses.is_dataclass(annotation):
            yield annotation
        return
    origin, inside = get_origin(annotation), get_args(annotation)
    parts = inside[:1] if origin is Annotated else () if origin is Literal else inside
    if origin in {Annotated, Union, UnionType} or isinstance(origin, type):
        for part in parts:
            yield from _models(part)


def _types(model: Any) -> Mapping[str, Any]:
    """The types of a model's fields by each name that a field has, without those of earlier versions."""
    if issubclass(model, BaseModel):
        return {_name(name, field): field.annotation for name, field in model.model_fields.items()}
    hints = get_type_hints(model)
    return {field.name: hints[field.name] for field in dataclasses.fields(model)}


def _name(name: str, field: Any) -> str:
    return (
        name
        if field.validation_alias is None or isinstance(field.validation_alias, AliasChoices)
        else str(field.validation_alias)
    )


def _tags(model: Any) -> tuple[Any, ...]:
    """The values by which a union tells the model from others."""
    kind = _types(model).get("kind")
    return get_args(kind) if get_origin(kind) is Literal else ()
