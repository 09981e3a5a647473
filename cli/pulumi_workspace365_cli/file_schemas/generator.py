"""JSON Schemas of pydantic models that read files: without references, with the models' docstrings as descriptions.

Everything is written in place, so that an editor shows the description of a field wherever the field stands. The keywords are those of draft 7, which
all editors know.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import AliasChoices, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import PydanticOmit, core_schema

from pulumi_workspace365_components.package import docstrings

DRAFT = "http://json-schema.org/draft-07/schema#"
VARIABLE = {"type": "string", "pattern": r"\$\{[A-Za-z_][A-Za-z0-9_]*\}", "description": "An environment variable."}
"""What may stand for any value of a file whose values may be environment variables."""
_NOT_FOR_PEOPLE = ("title", "discriminator", "writeOnly", "format")
_FIELDS = ("properties", "patternProperties")

Descriptions = Mapping[type, Mapping[str, str]]
"""What is said of the fields of models whose own docstrings do not explain them."""


def schema_of(annotation: Any, descriptions: Descriptions, *, variables: bool = False) -> dict[str, Any]:
    """The schema of what pydantic reads as a type.

    Args:
        annotation: a model, or an annotated union of models.
        descriptions: of fields, by model.
        variables: whether `${NAME}` may stand for a value.
    """
    generator = type("_Generator", (_ModelSchemas,), {"descriptions": descriptions})
    document = TypeAdapter(annotation).json_schema(schema_generator=generator)
    definitions = document.pop("$defs", {})
    found: dict[str, Any] = _in_place(document, definitions)
    return _with_variables(found) if variables else found


class _ModelSchemas(GenerateJsonSchema):
    """Adds what pydantic does not tell: attribute docstrings and earlier names. Leaves out what no file can hold."""

    descriptions: Descriptions

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        return self._explained(super().model_schema(schema), schema["cls"])

    def dataclass_schema(self, schema: core_schema.DataclassSchema) -> JsonSchemaValue:
        return self._explained(super().dataclass_schema(schema), schema["cls"])

    def is_instance_schema(self, schema: core_schema.IsInstanceSchema) -> JsonSchemaValue:  # noqa: ARG002  pydantic's signature
        """An output of Pulumi: only a program has it."""
        raise PydanticOmit

    def _explained(self, found: JsonSchemaValue, model: type) -> JsonSchemaValue:
        found["description"] = docstrings.prose(model)
        known = {**self.descriptions.get(model, {}), **_documented(model)}
        for name, field in found.get("properties", {}).items():
            if name in known:
                field["description"] = known[name]
        for name, before in _earlier_names(model):
            found["properties"][before] = {**found["properties"][name], "description": f"The earlier name of `{name}`.", "deprecated": True}  # fmt: skip
        return found


def _documented(model: type) -> dict[str, str]:
    return {**docstrings.attributes(model), **docstrings.arguments(model, "Attributes")}


def _earlier_names(model: type) -> list[tuple[str, str]]:
    fields = getattr(model, "model_fields", {})
    choices = {name: field.validation_alias for name, field in fields.items()}
    return [
        (name, str(before))
        for name, alias in choices.items()
        if isinstance(alias, AliasChoices)
        for before in alias.choices
        if before != name
    ]


def _in_place(value: Any, definitions: Mapping[str, Any]) -> Any:
    """A schema with what its references name, and without what only programs need."""
    if isinstance(value, list):
        return [_in_place(item, definitions) for item in value]
    if not isinstance(value, dict):
        return value
    if reference := value.get("$ref"):
        named = definitions[reference.rpartition("/")[2]]
        return _in_place({**named, **{key: item for key, item in value.items() if key != "$ref"}}, definitions)
    kept = {key: item for key, item in value.items() if key not in _NOT_FOR_PEOPLE}
    found = {
        key: {name: _in_place(field, definitions) for name, field in item.items()}
        if key in _FIELDS
        else _in_place(item, definitions)
        for key, item in kept.items()
        if key != "default" or _is_default(item, kept)
    }
    return _without_null(found)


def _is_default(value: Any, schema: Mapping[str, Any]) -> bool:
    """Whether a default says something in a file: it is what somebody could write there."""
    return (
        bool(value is False or value)
        and not isinstance(value, dict)
        and (schema.get("type") != "string" or isinstance(value, str))
    )


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """What may be left empty: its type beside null, in one schema, of which editors make better messages."""
    options = schema.get("anyOf", ())
    others = [option for option in options if option != {"type": "null"}]
    if len(others) == len(options) or len(others) != 1 or not isinstance(others[0].get("type"), str):
        return schema
    (only,) = others
    rest = {key: item for key, item in schema.items() if key != "anyOf"}
    values = {"enum": [*only["enum"], None]} if "enum" in only else {}
    return {**only, **values, "type": [only["type"], "null"], **rest}


def _with_variables(value: Any, *, is_kind: bool = False) -> Any:
    """Numbers, truth values, choices and patterns may be variables; other texts take one as it is. The kind of a check is written out."""
    if isinstance(value, list):
        return [_with_variables(item) for item in value]
    if not isinstance(value, dict):
        return value
    found = {
        key: {name: _with_variables(field, is_kind=name == "kind") for name, field in item.items()}
        if key in _FIELDS
        else _with_variables(item)
        for key, item in value.items()
    }
    kinds = {found.get("type")} if isinstance(found.get("type"), str) else set(found.get("type", ()))
    if is_kind or not (kinds & {"integer", "number", "boolean"} or "enum" in found or "pattern" in found):
        return found
    about = {key: found.pop(key) for key in ("description", "default", "deprecated", "examples") if key in found}
    return {**about, "anyOf": [found, VARIABLE]}
