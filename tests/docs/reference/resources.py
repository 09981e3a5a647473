"""A page per resource: what a user gives, gets, and cannot expect."""

import ast
import inspect
from typing import Any

import pulumi

import pulumi_workspace365
from tests.docs.reference import docstrings, markdown
from tests.docs.reference.resource_examples import EXAMPLES

_PACKAGE = "pulumi_workspace365"
_HEADINGS = {"Replaced": "What is replaced", "Drift": "Drift", "Import": "Import", "Errors": "Errors and remedies"}


def classes() -> list[type[Any]]:
    """The resources and providers that the package offers."""
    offered = [getattr(pulumi_workspace365, name) for name in pulumi_workspace365.__all__]
    return [item for item in offered if inspect.isclass(item) and issubclass(item, pulumi.Resource)]


def page(cls: type[Any]) -> str:
    """The page of one resource."""
    said = docstrings.read(cls)
    return markdown.page(
        f"# {cls.__name__}\n",
        markdown.prose(said.text) + "\n",
        _token(cls),
        f"```python resource\n{example(cls)}```\n",
        "## Arguments\n",
        _arguments(cls, said),
        *_outputs(cls),
        *sections(said),
        markdown.NOTE,
    )


def example(cls: type[Any]) -> str:
    """A program with the resource."""
    text = EXAMPLES[cls.__name__]
    used = sorted(name for name in EXAMPLES if f"{name}(" in text)
    needed = "import pulumi\n\n" if "pulumi." in text.partition("#")[0] or "pulumi.export" in text else ""
    return f"{needed}from {_PACKAGE} import {', '.join(used)}\n\n{text}"


def sections(said: docstrings.Docstring) -> list[str]:
    """What replaces it, what drift is seen, how it is imported, and what to do about errors."""
    parts: list[str] = []
    for name, heading in _HEADINGS.items():
        if name in said.sections:
            parts += [f"## {heading}\n", _errors(said) if name == "Errors" else _lines(said.sections[name])]
    return parts


def _token(cls: type[Any]) -> str:
    name = getattr(cls, "_resource_type_name", "")
    return f"Type: `pulumi-python:{name}`\n" if name else ""


def _arguments(cls: type[Any], said: docstrings.Docstring) -> str:
    meanings = said.entries("Args")
    keywords = getattr(pulumi_workspace365, f"{cls.__name__}ArgsDict")
    items = sorted(docstrings.attributes(keywords).values(), key=lambda item: item.name != "environment")
    rows = [
        (
            f"`{item.name}`",
            markdown.kind(item.annotation),
            markdown.takes_output(item.annotation),
            default(cls, keywords, item.name),
            markdown.prose(meanings.get(item.name, "")),
        )
        for item in items
    ]
    given = f"Given as keywords, as one `{cls.__name__}Args`, or as a dictionary.\n"
    return given + "\n" + markdown.table(("argument", "type", "takes an output", "default", "meaning"), rows)


def default(cls: type[Any], keywords: Any, name: str) -> str:
    """The default of a resource's argument."""
    provider = getattr(cls, "provider_type", None)
    value = provider.defaults().get(name) if provider else None
    if name in keywords.__required_keys__:
        return "required"
    return "" if value is None else markdown.code(repr(value).replace("'", '"'))


def _outputs(cls: type[Any]) -> list[str]:
    found = [item for item in docstrings.attributes(cls).values() if "Output[" in ast.unparse(item.annotation)]
    rows = [(f"`{item.name}`", markdown.kind(item.annotation), markdown.prose(item.text)) for item in found]
    return ["## Outputs\n", markdown.table(("output", "type", "meaning"), rows)] if rows else []


def _errors(said: docstrings.Docstring) -> str:
    rows = [(markdown.prose(name), markdown.prose(text)) for name, text in said.entries("Errors").items()]
    return markdown.table(("says", "what to do"), rows)


def _lines(text: str) -> str:
    """Prose; a line that is a command becomes a block."""
    lines = [f"\n```sh\n{line}\n```\n" if line.startswith("pulumi ") else markdown.prose(line) for line in text.splitlines()]
    return "\n".join(lines) + "\n"
