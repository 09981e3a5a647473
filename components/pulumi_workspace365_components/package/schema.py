"""The package's schema, derived from the components' arguments and outputs; committed as ``schema.json``.

``python -m pulumi_workspace365_components.package.schema`` writes it again. Source: the Pulumi package schema
(https://www.pulumi.com/docs/iac/packages-and-automation/pulumi-packages/schema/).
"""

import ast
import inspect
import json
import re
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pulumi

from pulumi_workspace365_components.arguments import Arguments
from pulumi_workspace365_components.package.components import COMPONENTS, ComponentSpec
from pulumi_workspace365_components.package.marshalling import allowed_types, names_of, to_camel_case, with_camel_case_names

FILE = Path(__file__).with_name("schema.json")
NAME = "workspace365"
SECRETS = {
    *("WebSocketApi.probe_key", "ValidationArgs.subscription_key", "ValidationArgs.token"),
    *("NamedValueArgs.value", "BackendArgs.headers", "BackendArgs.query"),
}
"""Arguments and outputs that no language shows."""
DEPRECATED = {"RateLimitArgs.per": "Use rateLimit or rateLimitPerAddress."}
"""Earlier ways to say something, and what to use."""
PYTHON = f"{NAME}_websocket"
"""The package that Python programs get. Its default would be the name of the distribution with the plugin, which it would replace."""
_PRIMITIVES = {str: "string", bool: "boolean", int: "integer", float: "number"}


class UnsupportedTypeError(TypeError):
    """An argument cannot be offered to other languages."""


class Schema:
    """Collects the types that resources use, and ends in the schema's object."""

    def __init__(self, specs: Mapping[str, ComponentSpec]) -> None:
        self._types: dict[str, Any] = {}
        self._names = {name for spec in specs.values() for name in _own_names(spec)}
        self._resources = {token: self._resource(spec) for token, spec in specs.items()}

    def document(self) -> dict[str, Any]:
        """The schema as Pulumi reads it."""
        return {
            "name": NAME,
            "displayName": "Workspace 365",
            "description": "WebSocket APIs of Azure API Management with judged handshake policies.",
            "keywords": ["pulumi", "category/cloud", "kind/component", "api-management", "websocket"],
            "publisher": "pulumi-workspace365",
            "license": "Apache-2.0",
            "meta": {"moduleFormat": "(.*)"},
            "provider": {},
            "resources": self._resources,
            "types": dict(sorted(self._types.items())),
            "language": {
                "csharp": {"respectSchemaVersion": True},
                "go": {"respectSchemaVersion": True, "generateResourceContainerTypes": True},
                "nodejs": {"respectSchemaVersion": True},
                "python": {"packageName": PYTHON, "respectSchemaVersion": True, "pyproject": {"enabled": True}},
            },
        }

    def _resource(self, spec: ComponentSpec) -> dict[str, Any]:
        outputs, required = self._outputs(spec.component)
        return {
            "isComponent": True,
            "description": with_camel_case_names(_prose(spec.component), self._names),
            "inputProperties": self.properties(spec.inputs),
            "requiredInputs": _required(spec.inputs),
            "properties": outputs,
            "required": required,
        }

    def _outputs(self, component: type[pulumi.ComponentResource]) -> tuple[dict[str, Any], list[str]]:
        described, found, required = _attribute_docs(component), {}, []
        for name, annotation in component.__annotations__.items():
            if not str(annotation).startswith("pulumi.output.Output["):
                continue
            value = get_args(annotation)[0]
            spec = self._property(f"{component.__name__}.{name}", value, described.get(name, ""))
            spec.pop("plain")
            found[to_camel_case(name)] = spec
            if type(None) not in get_args(value):
                required.append(to_camel_case(name))
        return found, required

    def properties(self, model: type[Arguments]) -> dict[str, Any]:
        described = _all_attribute_docs(model)
        return {
            to_camel_case(name): self._property(
                f"{model.__name__}.{name}", field.annotation, described.get(name, ""), field.default
            )
            for name, field in model.model_fields.items()
        }

    def _property(self, where: str, annotation: Any, description: str, default: Any = None) -> dict[str, Any]:
        values = default if isinstance(default, tuple) else (default,)
        shown = [f"`{_written(value)}`" for value in values if isinstance(value, str | bool | int | float)]
        text_with_default = f"{description} Default: {', '.join(shown)}." if shown else description
        secret = {"secret": True} if where in SECRETS else {}
        earlier = {"deprecationMessage": DEPRECATED[where]} if where in DEPRECATED else {}
        return {
            **self._type(where, annotation),
            "description": with_camel_case_names(text_with_default, self._names),
            **secret,
            **earlier,
        }

    def _type(self, where: str, annotation: Any) -> dict[str, Any]:
        """A type's specification; ``plain`` where an output cannot stand for the whole value."""
        allowed = list(allowed_types(annotation))
        if len(allowed) != 1:
            raise UnsupportedTypeError(f"{where}: {annotation} is a union, which not every language has.")
        member = allowed[0]
        later = {} if "Output" in str(annotation) and get_origin(member) is not Sequence else {"plain": True}
        if member is Any:
            return {"$ref": "pulumi.json#/Any"}
        if member in _PRIMITIVES:
            return {"type": _PRIMITIVES[member], **later}
        if get_origin(member) in {Sequence, tuple, list}:
            return {"type": "array", "items": self._type(where.removesuffix("s"), get_args(member)[0]), "plain": True}
        if get_origin(member) is Mapping:
            return {"type": "object", "additionalProperties": self._type(where, get_args(member)[1]), "plain": True}
        if get_origin(member) is Literal:
            return {**self._enum(where, get_args(member)), **later}
        if isinstance(member, type) and issubclass(member, Arguments):
            return {**self._object(member), "plain": True}
        raise UnsupportedTypeError(f"{where}: {member} has no counterpart in a package schema.")

    def _object(self, model: type[Arguments]) -> dict[str, Any]:
        token = f"{NAME}:index:{model.__name__.removesuffix('Args')}"
        if token not in self._types:
            self._types[token] = {}  # known while its own properties are looked at
            described = {
                "description": with_camel_case_names(_prose(model), self._names),
                "properties": self.properties(model),
                "required": _required(model),
            }
            self._types[token] = {"type": "object", **described}
        return {"$ref": f"#/types/{token}"}

    def _enum(self, where: str, values: Sequence[str]) -> dict[str, Any]:
        model, _, field = where.partition(".")
        owner = model.removesuffix("Args").removesuffix("Inputs")
        token = f"{NAME}:index:{owner}{''.join(part.capitalize() for part in field.split('_'))}"
        cases = [{"name": "".join(part.capitalize() for part in value.split("_")), "value": value} for value in values]
        self._types[token] = {"type": "string", "enum": cases}
        return {"$ref": f"#/types/{token}"}


def text() -> str:
    """The schema as it is committed."""
    return json.dumps(Schema(COMPONENTS).document(), indent=2, ensure_ascii=False) + "\n"


def _own_names(spec: ComponentSpec) -> set[str]:
    """Of arguments and outputs, as Python writes them."""
    return names_of(spec.inputs) | {*spec.component.__annotations__}


def _written(value: str | float) -> str:
    """A default as most languages write it."""
    return f"{value:g}" if isinstance(value, float) else json.dumps(value).strip('"')


def _required(model: type[Arguments]) -> list[str]:
    return [to_camel_case(name) for name, field in model.model_fields.items() if field.is_required()]


def _prose(owner: type) -> str:
    """A class's docstring without its sections, in Markdown."""
    text = inspect.cleandoc(owner.__doc__ or "")
    return _markdown(re.split(r"\n\n[A-Z][a-z]+:\n", text)[0])


def _markdown(text: str) -> str:
    return re.sub(r":\w+:`~?([^`]+)`", r"`\1`", text).replace("``", "`")


def _all_attribute_docs(owner: type) -> dict[str, str]:
    found: dict[str, str] = {}
    for base in reversed(owner.__mro__):
        if issubclass(base, Arguments):
            found |= _attribute_docs(base)
    return found


def _attribute_docs(owner: type) -> dict[str, str]:
    """The strings below attributes, which is where this project documents them."""
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(owner))).body
    if not isinstance(definition, ast.ClassDef):
        return {}
    found = {}
    for statement, following in zip(definition.body, definition.body[1:], strict=False):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and isinstance(following, ast.Expr):
            words = following.value
            if isinstance(words, ast.Constant) and isinstance(words.value, str):
                found[statement.target.id] = _markdown(inspect.cleandoc(words.value))
    return found


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
