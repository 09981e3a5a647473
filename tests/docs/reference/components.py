"""A page per component: its arguments, in the words of the resources where they are theirs, and its outputs."""

import inspect
from typing import Any

import pulumi

import pulumi_workspace365
import pulumi_workspace365_components as components
from tests.docs.reference import docstrings, markdown, offered, resources

_SAME_AS = {
    "CustomerEnvironmentArgs": "Environment",
    "SignOnArgs": "OAuth2SignOn",
    "ExchangeArgs": "ExchangeSettings",
    "SharePointArgs": "SharePointSettings",
    "CustomerTemplateArgs": "Template",
}
_LONGEST = 130
_PARTS = {
    "CustomerEnvironment": ("CustomerEnvironmentArgs", "SignOnArgs", "ExchangeArgs", "SharePointArgs", "CustomerTemplateArgs"),
    "WebSocketApi": (
        "WebSocketApiArgs",
        "HandshakeArgs",
        "JwtArgs",
        "RateLimitArgs",
        "ManagedIdentityArgs",
        "NamedValueArgs",
        "FragmentArgs",
        "BackendArgs",
        "SubscriptionKeyNamesArgs",
        "DiagnosticsArgs",
        "ValidationArgs",
    ),
}


def classes() -> list[type[Any]]:
    """The components that the package offers."""
    return [item for item in offered.items(components) if inspect.isclass(item) and issubclass(item, pulumi.ComponentResource)]


def arguments_of(cls: type[Any]) -> tuple[str, ...]:
    """The names of the argument classes that a component's page explains."""
    return _PARTS.get(cls.__name__, (f"{cls.__name__}Args",))


def page(cls: type[Any]) -> str:
    """The page of one component."""
    said = docstrings.read(cls)
    names = arguments_of(cls)
    outputs = [
        (f"`{item.name}`", markdown.kind(item.annotation), markdown.prose(item.text))
        for item in docstrings.attributes(cls).values()
    ]
    return markdown.page(
        f"# {cls.__name__}\n",
        markdown.prose(said.text) + "\n",
        f"```python\n{_import((cls.__name__, *names))}\n```\n",
        f"Given as keywords, as one `{names[0]}`, or as a dictionary; so are the objects within.\n",
        *(part for name in names for part in _arguments(getattr(components, name))),
        "## Outputs\n",
        markdown.table(("output", "type", "meaning"), outputs),
        *resources.sections(said),
        markdown.NOTE,
    )


def _import(names: tuple[str, ...]) -> str:
    line = f"from pulumi_workspace365_components import {', '.join(names)}"
    return line if len(line) <= _LONGEST else line.replace("import ", "import (\n    ").replace(", ", ",\n    ") + ",\n)"


def _arguments(args: type[Any]) -> list[str]:
    said = docstrings.read(args)
    resource = _SAME_AS.get(args.__name__)
    inherited = docstrings.read(getattr(pulumi_workspace365, resource)).entries("Args") if resource else {}
    keywords = getattr(args, "keywords", None)
    rows = [
        (
            f"`{item.name}`",
            markdown.kind(item.annotation),
            markdown.takes_output(item.annotation),
            resources.default(getattr(pulumi_workspace365, str(resource)), keywords, item.name)
            if keywords
            else markdown.value(item.default),
            markdown.prose(item.text or said.entries("Args").get(item.name, "") or inherited.get(item.name, "")),
        )
        for item in docstrings.attributes(keywords or args).values()
        if item.name != "model_config"
    ]
    return [
        f"## {args.__name__}\n",
        markdown.prose(said.text) + "\n",
        markdown.table(("field", "type", "takes an output", "default", "meaning"), rows),
    ]
