"""Python annotations as the types of a package schema."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal, Required, get_args, get_origin

import pulumi
from pydantic import BaseModel

from pulumi_dynamic_host.property_names import to_camel_case
from pulumi_workspace365_components.arguments import Arguments, with_outputs
from pulumi_workspace365_components.package import docstrings, wording
from pulumi_workspace365_components.package.marshalling import allowed_types
from pulumi_workspace365_components.package.wording import with_camel_case_names

NAME = "workspace365"
SECRETS = {
    *("ValidationArgs.subscription_key", "ValidationArgs.token"),
    *("NamedValueArgs.value", "BackendArgs.headers", "BackendArgs.query"),
}
"""Arguments of components that no language shows.

Outputs of components are not marked: their values are secret already, and the Java class of a component with a marked output does
not compile (``ComponentResourceOptions`` has no ``additionalSecretOutputs``).
"""
DEPRECATED = {"RateLimitArgs.per": "Use rateLimit or rateLimitPerAddress."}
"""Earlier ways to say something, and what to use."""
_PRIMITIVES = {str: "string", bool: "boolean", int: "integer", float: "number"}
_ANY = {"$ref": "pulumi.json#/Any"}


class UnsupportedTypeError(TypeError):
    """An argument cannot be offered to other languages."""


class TypeSpecs:
    """Describes properties, and collects the types that they use.

    Args:
        names: the Python names of all properties, which descriptions name as other languages write them.
    """

    def __init__(self, names: Collection[str]) -> None:
        self._names = names
        self.collected: dict[str, Any] = {}

    def text(self, described: str) -> str:
        """A description, with the names as other languages write them."""
        return wording.without_python(wording.with_wire_keys(with_camel_case_names(described, self._names)))

    def property_spec(self, where: str, annotation: Any, description: str, default: Any = None) -> dict[str, Any]:
        """A property, with its default in words."""
        values = default if isinstance(default, tuple) else (default,)
        shown = [f"`{_written(value)}`" for value in values if isinstance(value, str | bool | int | float)]
        text_with_default = f"{description} Default: {', '.join(shown)}." if shown else description
        secret = {"secret": True} if where in SECRETS else {}
        earlier = {"deprecationMessage": DEPRECATED[where]} if where in DEPRECATED else {}
        return {**self.type_spec(where, annotation), "description": self.text(text_with_default), **secret, **earlier}

    def later(self, where: str, annotation: Any, description: str) -> dict[str, Any]:
        """A property for which, as a whole and in its parts, an output may stand."""
        return {**without_plain(self.type_spec(where, _given(annotation))), "description": self.text(description)}

    def type_spec(self, where: str, annotation: Any) -> dict[str, Any]:
        """A type's specification; ``plain`` where an output cannot stand for the whole value."""
        allowed = list(allowed_types(annotation))
        if len(allowed) != 1:
            raise UnsupportedTypeError(f"{where}: {annotation} is a union, which not every language has.")
        member = allowed[0]
        later = {} if "Output" in str(annotation) and get_origin(member) is not Sequence else {"plain": True}
        if member is Any:
            return dict(_ANY)
        if member in _PRIMITIVES:
            return {"type": _PRIMITIVES[member], **later}
        if get_origin(member) in {Sequence, tuple, list}:
            return {"type": "array", "items": self.type_spec(where.removesuffix("s"), get_args(member)[0]), "plain": True}
        if get_origin(member) in {Mapping, dict}:
            return {"type": "object", "additionalProperties": self.type_spec(where, get_args(member)[1]), "plain": True}
        if get_origin(member) is Literal:
            return {**self._enum(where, get_args(member)), **later}
        if isinstance(member, type) and issubclass(member, BaseModel):
            return {**self._object(member), "plain": True}
        raise UnsupportedTypeError(f"{where}: {member} has no counterpart in a package schema.")

    def properties(self, model: type[BaseModel]) -> dict[str, Any]:
        described = docstrings.attributes(model, BaseModel)
        return {
            to_camel_case(name): self.property_spec(
                f"{model.__name__}.{name}", field.annotation, described.get(name, ""), field.default if given(model) else None
            )
            for name, field in model.model_fields.items()
        }

    def add(self, name: str, spec: Mapping[str, Any]) -> dict[str, Any]:
        """Collect an object type. Returns a reference to it."""
        token = f"{NAME}:index:{name}"
        self.collected[token] = {"type": "object", **spec}
        return {"$ref": f"#/types/{token}"}

    def _object(self, model: type[BaseModel]) -> dict[str, Any]:
        name = model.__name__.removesuffix("Args")
        token = f"{NAME}:index:{name}"
        if token not in self.collected:
            self.collected[token] = {}  # known while its own properties are looked at
            described: dict[str, Any] = {"description": self.text(docstrings.prose(model)), "properties": self.properties(model)}
            if not given(model):
                described["properties"] = {key: without_plain(spec) for key, spec in described["properties"].items()}
            self.add(name, {**described, "required": required(model)})
        return {"$ref": f"#/types/{token}"}

    def _enum(self, where: str, values: Sequence[str]) -> dict[str, Any]:
        model, _, field = where.partition(".")
        owner = model.removesuffix("Args").removesuffix("Inputs")
        token = f"{NAME}:index:{owner}{''.join(part.capitalize() for part in field.split('_'))}"
        cases = [{"name": "".join(part[:1].upper() + part[1:] for part in value.split("_")), "value": value} for value in values]
        self.collected[token] = {"type": "string", "enum": cases}
        return {"$ref": f"#/types/{token}"}


def given(model: type[BaseModel]) -> bool:
    """Whether programs give these objects; others are results."""
    return issubclass(model, Arguments)


def required(model: type[BaseModel]) -> list[str]:
    """The fields that must be given, or that a result always has."""
    fields = model.model_fields.items()
    if given(model):
        return [to_camel_case(name) for name, field in fields if field.is_required()]
    return [to_camel_case(name) for name, field in fields if type(None) not in get_args(field.annotation)]


def without_plain(spec: Any) -> Any:
    """The same type, for which outputs can stand everywhere."""
    if not isinstance(spec, dict):
        return spec
    return {key: without_plain(value) for key, value in spec.items() if key != "plain"}


def _given(annotation: Any) -> Any:
    """What a program gives for an argument of a resource, reduced to what all languages have.

    Of several types, text is one in which all can be written; a document or a file is any value.
    """
    if get_origin(annotation) is Required:
        annotation = get_args(annotation)[0]
    annotation = with_outputs(annotation)
    members = [
        member for member in allowed_types(annotation) if not (isinstance(member, type) and issubclass(member, pulumi.Resource))
    ]
    if any(isinstance(member, type) and issubclass(member, pulumi.Asset) for member in members):
        return Any
    return str if len(members) > 1 and str in members else members[0]


def _written(value: str | float) -> str:
    """A default as most languages write it."""
    return f"{value:g}" if isinstance(value, float) else json.dumps(value).strip('"')
