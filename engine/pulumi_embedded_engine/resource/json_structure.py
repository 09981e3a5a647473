"""Validators of a JSON document's structure. What has no value may be null, as Go writes it for what is empty."""

from collections.abc import Callable, Mapping
from typing import Any

Validator = Callable[[Any], str]
"""Returns what is wrong with a value first, as what follows its name in a sentence: "[2].urn is not a text"; empty where nothing is.

The names above are put in front on the way back, so that what is right costs no text: state has many values.
"""

_SHOWN = 200
"""Characters of a name that a message shows."""


def problem(validator: Validator, document: Any) -> str:
    """The first thing that is wrong with a document, with its place; empty where nothing is."""
    wrong = validator(document)
    return f"the document{wrong}" if wrong.startswith(" ") else wrong.removeprefix(".")


def of_type(kind: type | tuple[type, ...], description: str) -> Validator:
    """A value of a type; a boolean is no number. The description completes "… is not"."""

    def validate(value: Any) -> str:
        if isinstance(value, kind) and (kind is bool or (value is not True and value is not False)):
            return ""
        return f" is not {description}"

    return validate


def list_of(item_validator: Validator) -> Validator:
    """A list of such items."""

    def validate(value: Any) -> str:
        if not isinstance(value, list):
            return " is not a list"
        for index, item in enumerate(value):
            if wrong := item_validator(item):
                return f"[{index}]{wrong}"
        return ""

    return validate


def map_of(item_validator: Validator) -> Validator:
    """An object with any names, whose values are such or null."""

    def validate(value: Any) -> str:
        if not isinstance(value, dict):
            return " is not an object"
        for name, item in value.items():
            if item is not None and (wrong := item_validator(item)):
                shown = name if name.isprintable() else repr(name)
                return f".{shown:.{_SHOWN}}{wrong}"
        return ""

    return validate


def object_of(fields: Mapping[str, Validator], *required: str) -> Validator:
    """An object with these fields, and any others. Only the required ones may be neither missing nor null."""

    def validate(value: Any) -> str:
        if not isinstance(value, dict):
            return " is not an object"
        for name in required:
            if value.get(name) is None:
                return f".{name} is missing"
        for name, item in value.items():
            field = fields.get(name)
            if field and item is not None and (wrong := field(item)):
                return f".{name}{wrong}"
        return ""

    return validate


TEXT, FLAG, NUMBER = of_type(str, "a text"), of_type(bool, "true or false"), of_type((int, float), "a number")
INTEGER = of_type(int, "a whole number")
TEXTS, ANY_OBJECT = list_of(TEXT), of_type(dict, "an object")
