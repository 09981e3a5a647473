"""Inputs as the engine sends them, and the typed arguments that components take."""

from collections.abc import Iterator, Mapping, Sequence
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import pulumi

from pulumi_dynamic_host.property_names import to_camel_case
from pulumi_workspace365_components.arguments import Arguments
from pulumi_workspace365_components.package.wording import with_camel_case_names


def allowed_types(annotation: Any) -> Iterator[Any]:
    """The types that an annotation allows; of a value that may be an output, the type of the value."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from allowed_types(get_args(annotation)[0])
    elif origin in {Union, UnionType}:
        for member in get_args(annotation):
            yield from allowed_types(member)
    elif origin is not pulumi.Output and annotation is not NoneType:
        yield annotation


def arguments(model: type[Arguments], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Keyword arguments for a model from camelCase inputs, those of models within included. Unknown names are kept for it to refuse."""
    python_names = {to_camel_case(name): name for name in model.model_fields}
    found = {python_names.get(key, key): value for key, value in inputs.items() if value is not None}
    fields = model.model_fields
    return {name: _value(fields[name].annotation, value) if name in fields else value for name, value in found.items()}


def with_wire_names(message: str, model: type[Arguments]) -> str:
    """A message about Python arguments, with their names as the caller wrote them."""
    return with_camel_case_names(message, names_of(model))


def _value(annotation: Any, value: Any) -> Any:
    for member in allowed_types(annotation):
        if get_origin(member) is Sequence or get_origin(member) is tuple:
            inner = get_args(member)[0]
            return [_value(inner, item) for item in value] if isinstance(value, list) else value
        if isinstance(member, type) and issubclass(member, Arguments) and isinstance(value, Mapping):
            return member(**arguments(member, value))
    return value


def names_of(model: type[Arguments]) -> set[str]:
    """The names of a model's fields, those of models within included."""
    names: set[str] = set()
    for name, field in model.model_fields.items():
        names.add(name)
        for member in allowed_types(field.annotation):
            inner = get_args(member)[0] if get_origin(member) is Sequence else member
            if isinstance(inner, type) and issubclass(inner, Arguments):
                names |= names_of(inner)
    return names
