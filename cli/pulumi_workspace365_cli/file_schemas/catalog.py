"""The JSON Schemas of the files that people write, by name. They are committed in ``schemas/``, and come with the package in ``schemas/``, too."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from pulumi_workspace365 import Environment, ExchangeSettings, OAuth2SignOn, SharePointSettings, Template
from pulumi_workspace365_cli.file_schemas import generator, names
from pulumi_workspace365_cli.file_schemas.names import SchemaName
from pulumi_workspace365_cli.planning import budgets
from pulumi_workspace365_cli.rollout.plan_file import RolloutModel
from pulumi_workspace365_components.package import docstrings
from pulumi_workspace365_components.stack_files import customer_file, websocket_apis
from pulumi_workspace365_components.stack_files.customer_file import CustomerModel
from pulumi_workspace365_components.stack_files.websocket_apis import WebSocketFile
from pulumi_workspace365_components.validation.checks import Check, ConnectivityCheck
from pulumi_workspace365_components.websocket_api.arguments import WebSocketApiArgs

_ADMIN = "admin_"
_MOST_CHANGES = 999_999_999


def document(name: SchemaName) -> dict[str, Any]:
    """The schema of a kind of file, as an object."""
    return {"$schema": generator.DRAFT, "$comment": names.made_by(name), "title": names.TITLES[name], **_SCHEMAS[name]()}


def text(name: SchemaName) -> str:
    """The schema as its file holds it."""
    return json.dumps(document(name), indent=2, ensure_ascii=False) + "\n"


def _customer() -> dict[str, Any]:
    return generator.schema_of(CustomerModel, _customer_descriptions())


def _websocket_api() -> dict[str, Any]:
    said: generator.Descriptions = {
        WebSocketFile: docstrings.attributes(WebSocketApiArgs),
        websocket_apis.Service: _service_descriptions(),
    }
    return generator.schema_of(WebSocketFile, said, variables=True)


def _checks() -> dict[str, Any]:
    check = generator.schema_of(Check, {ConnectivityCheck: _connectivity_descriptions()}, variables=True)
    for kind in check["oneOf"]:  # the field by which pydantic, too, tells them apart
        kind["required"] = ["kind", *kind["required"]]
        kind["properties"] = {"kind": kind["properties"].pop("kind"), **kind["properties"]}
    listed = {"type": "array", "minItems": 1, "items": {"$ref": "#/definitions/check"}}
    return {
        "description": "What `w365 check --config FILE` runs: a list of checks, under `checks` or alone. `${NAME}` in a value is an environment variable; "
        "in `headers` and `query`, `env:NAME` and `file:PATH` are read, too.",
        "type": ["object", "array"],
        "properties": {"checks": {"description": "The checks, which all run at the same time.", **listed}},
        "required": ["checks"],
        "additionalProperties": False,
        **{name: listed[name] for name in ("minItems", "items")},
        "examples": [{"checks": [{"name": "health", "kind": "health"}]}],
        "definitions": {"check": check},
    }


def _budgets() -> dict[str, Any]:
    return {
        "description": "How many changes of each kind one deployment may make: `w365 plan --budgets FILE`, or `budgets: FILE` of a rollout.",
        "type": "object",
        "properties": {"budgets": _budget_fields()},
        "required": ["budgets"],
        "additionalProperties": False,
        "examples": [{"budgets": {"deletes": 0, "creates": 20}}],
    }


def _budget_fields() -> dict[str, Any]:
    return {
        "description": "How many are allowed: a number, or `any`.",
        "type": "object",
        "properties": {risk: _budget(risk) for risk in budgets.RISKS},
        "additionalProperties": False,
    }


def _budget(risk: budgets.Risk) -> dict[str, Any]:
    meaning, default = budgets.MEANINGS[risk], budgets.DEFAULTS[risk]
    return {
        "description": f"{meaning[0].upper()}{meaning[1:]}.",
        "default": budgets.ANY if default is None else default,
        "anyOf": [{"type": "integer", "minimum": 0, "maximum": _MOST_CHANGES}, {"const": budgets.ANY}],
    }


def _rollout() -> dict[str, Any]:
    found = generator.schema_of(RolloutModel, {})
    fields = found["properties"]
    said = fields["budgets"]["description"]
    named = {"type": "string", "description": "A file of budgets, relative to this one."}
    return {**found, "properties": {**fields, "budgets": {"description": said, "anyOf": [_budget_fields(), named]}}}


_SCHEMAS: Mapping[SchemaName, Callable[[], dict[str, Any]]] = {
    "customer": _customer,
    "websocket-api": _websocket_api,
    "checks": _checks,
    "budgets": _budgets,
    "rollout": _rollout,
}


def _customer_descriptions() -> generator.Descriptions:
    environment = docstrings.arguments(Environment)
    administrator = {name.removeprefix(_ADMIN): said for name, said in environment.items() if name.startswith(_ADMIN)}
    return {
        customer_file.EnvironmentSection: {**environment, "name": environment["environment_name"]},
        customer_file.AdministratorSection: administrator,
        customer_file.SignOnSection: docstrings.arguments(OAuth2SignOn),
        customer_file.ExchangeSection: docstrings.arguments(ExchangeSettings),
        customer_file.SharePointSection: docstrings.arguments(SharePointSettings),
        customer_file.TemplateSection: docstrings.arguments(Template),
    }


def _service_descriptions() -> dict[str, str]:
    said = docstrings.attributes(WebSocketApiArgs)
    return {**said, "resource_group": said["resource_group_name"], "name": said["service_name"]}


def _connectivity_descriptions() -> dict[str, str]:
    from pulumi_workspace365 import ConnectivityCheck as Resource  # noqa: PLC0415  the check of a file has the same name

    return docstrings.arguments(Resource)
