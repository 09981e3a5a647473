"""The functions on one page, with the models that they return."""

import ast
import inspect
from typing import Any

import pulumi_workspace365
import pulumi_workspace365_components as components
from pulumi_workspace365 import functions as pulumi_workspace365_functions
from pulumi_workspace365.api import models
from tests.docs.reference import docstrings, markdown, offered

_RETURNED = (models.EnvironmentEntry, models.Licensing, models.Customer, models.ModuleSummary, models.ModuleCounts, models.LicenceSummary, models.Health, models.ComponentHealth)  # fmt: skip


def page() -> str:
    """The page of all functions."""
    packages = (pulumi_workspace365, components)
    everything = [item for package in packages for item in offered.items(package)]
    functions = [item for item in everything if inspect.isfunction(item) and not item.__name__.endswith("_output")]
    return markdown.page(
        "# Functions\n",
        markdown.prose(docstrings.read(pulumi_workspace365_functions).text) + "\n",
        *(part for function in functions for part in _function(function)),
        "## What they return\n",
        "Fields that an instance does not send are `None`.\n",
        *(part for model in _RETURNED for part in _model(model)),
        markdown.NOTE,
    )


def _function(function: Any) -> list[str]:
    said = docstrings.read(function)
    output = getattr(pulumi_workspace365, f"{function.__name__}_output", None)
    signatures = "\n".join(_signature(item) for item in (function, output) if item)
    arguments = [(f"`{name}`", markdown.prose(text)) for name, text in said.entries("Args").items()]
    raises = [(f"`{name}`", markdown.prose(text)) for name, text in said.entries("Raises").items()]
    return [
        f"## {function.__name__}\n",
        f"```python\n{signatures}\n```\n",
        markdown.prose(said.text) + "\n",
        markdown.table(("argument", "meaning"), arguments),
        markdown.table(("raises", "when"), raises),
    ]


def _signature(function: Any) -> str:
    [definition] = ast.parse(inspect.getsource(function)).body
    assert isinstance(definition, ast.FunctionDef)
    arguments = [
        f"{'*' if item.kind == '*' else ''}{item.name}: {_plain(item.annotation)}{f' = {_plain(item.default)}' if item.default else ''}"
        for item in docstrings.parameters(function)
    ]
    return f"def {function.__name__}({', '.join(arguments)}) -> {_plain(definition.returns)}: ..."


def _plain(node: ast.expr | None) -> str:
    return ast.unparse(node).replace("'", '"') if node else ""


def _model(model: type[Any]) -> list[str]:
    fields = [item for item in docstrings.attributes(model).values() if item.name != "model_config"]
    rows = [(f"`{item.name}`", markdown.kind(item.annotation), markdown.prose(item.text)) for item in fields]
    properties = [
        (f"`{name}`", "", markdown.prose(docstrings.read(item.fget).text))
        for name, item in vars(model).items()
        if isinstance(item, property) and not name.startswith("_")
    ]
    return [
        f"### {model.__name__}\n",
        markdown.prose(docstrings.read(model).text) + "\n",
        markdown.table(("field", "type", "meaning"), [*rows, *properties]),
    ]
