"""Validators of a JSON document's structure. What has no value may be null, as Go writes it for what is empty."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Validator = Callable[[Any, str], Iterator[str]]
"""Called with a value and its place in the document; yields what is wrong with it, each with its place."""

_SHOWN = 200
"""Characters of a name that a message shows."""


def of_type(kind: type | tuple[type, ...], description: str) -> Validator:
    """A value of a type; a boolean is no number. The description completes "… is not"."""

    def validate(value: Any, place: str) -> Iterator[str]:
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            yield f"{place} is not {description}"

    return validate


def list_of(item_validator: Validator) -> Validator:
    """A list of such items."""

    def validate(value: Any, place: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield f"{place} is not a list"
            return
        for index, item in enumerate(value):
            yield from item_validator(item, f"{place}[{index}]")

    return validate


def map_of(item_validator: Validator) -> Validator:
    """An object with any names, whose values are such or null."""

    def validate(value: Any, place: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{place} is not an object"
            return
        for name, item in value.items():
            if item is not None:
                shown = name if name.isprintable() else repr(name)
                yield from item_validator(item, f"{place}.{shown:.{_SHOWN}}")

    return validate


def object_of(fields: Mapping[str, Validator], *required: str) -> Validator:
    """An object with these fields, and any others. Only the required ones may be neither missing nor null."""

    def validate(value: Any, place: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{place or 'the document'} is not an object"
            return
        for name, field in fields.items():
            field_place = f"{place}.{name}" if place else name
            if value.get(name) is not None:
                yield from field(value[name], field_place)
            elif name in required:
                yield f"{field_place} is missing"

    return validate


TEXT, FLAG, NUMBER = of_type(str, "a text"), of_type(bool, "true or false"), of_type((int, float), "a number")
INTEGER = of_type(int, "a whole number")
TEXTS, ANY_OBJECT = list_of(TEXT), of_type(dict, "an object")
