"""The reference is what the code says, and the pages written by hand leave nothing of it out."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from typing import get_args

import pytest
from pydantic import BaseModel

import pulumi_workspace365
import pulumi_workspace365_components as components
from pulumi_embedded_engine.plan import cli_messages
from pulumi_workspace365.resource.keywords import ResourceArgs
from pulumi_workspace365_components.stack_files import customers, websocket_apis
from tests.docs import pages, reference
from tests.docs.reference import docstrings, offered, resources

SECTIONS = {"Replaced", "Drift", "Import", "Errors"}
INTERNAL = {"W365_HOST_PARENT"}  # between our own processes
CODE = [path for folder in ("providers", "host", "components", "cli", "stacks") for path in (pages.ROOT / folder).rglob("*.py")]


def names_in_code(pattern: str) -> set[str]:
    return {found for path in CODE for found in re.findall(pattern, path.read_text(encoding="utf-8"))}


def test_every_page_of_the_reference_is_up_to_date() -> None:
    assert reference.stale() == [], "run: python -m tests.docs reference"


def test_what_is_written_is_what_the_formatter_leaves() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--check", "--quiet", "docs/reference"], cwd=pages.ROOT, check=False
    )
    assert done.returncode == 0


def test_a_page_that_is_not_what_the_code_says_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference, "made", lambda: {pages.ROOT / "docs" / "rules.md": "something else"})
    assert "docs/rules.md" in reference.stale()
    assert "docs/reference/resources/environment.md" in reference.stale()


@pytest.mark.parametrize("cls", [*resources.classes(), *reference.components.classes()], ids=lambda cls: str(cls.__name__))
def test_each_resource_says_what_replaces_it_what_drift_is_seen_how_it_is_imported_and_what_errors_mean(cls: type) -> None:
    assert docstrings.read(cls).sections.keys() >= SECTIONS


@pytest.mark.parametrize("cls", resources.classes(), ids=lambda cls: str(cls.__name__))
def test_each_argument_and_output_of_a_resource_is_explained(cls: type) -> None:
    meanings = docstrings.read(cls).entries("Args")
    arguments = getattr(pulumi_workspace365, f"{cls.__name__}ArgsDict").__annotations__
    assert [name for name in arguments if name not in meanings] == []
    assert [item.name for item in docstrings.attributes(cls).values() if not item.text and item.name != "provider_type"] == []


def test_every_class_of_arguments_is_explained_on_a_components_page() -> None:
    explained = {name for cls in reference.components.classes() for name in reference.components.arguments_of(cls)}
    classes = [item for item in offered.items(components) if isinstance(item, type)]
    arguments = {item.__name__ for item in classes if issubclass(item, BaseModel | ResourceArgs)}
    assert arguments - explained == set()


def test_the_page_about_configuration_has_every_key_and_variable() -> None:
    page = (pages.ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    keys = names_in_code(r'"((?:w365|apim):[a-zA-Z]+)"') - {"w365:instance"}  # by which an Instance marks itself
    variables = names_in_code(r'"(W365_[A-Z_]+)"') - INTERNAL
    assert len(keys) > 5
    assert len(variables) > 5
    assert sorted(name for name in keys | variables if f"`{name}`" not in page) == []


def test_messages_that_troubleshooting_quotes_are_ones_that_the_code_has() -> None:
    page = (pages.ROOT / "docs" / "guides" / "troubleshooting.md").read_text(encoding="utf-8")
    quoted = re.findall(r'^\| .*?"([^"|]+)".*?\|', page, re.MULTILINE)
    assert len(quoted) > 8
    assert unsaid(quoted) == []
    [advice] = re.findall(
        r"because it is protected.*your Pulumi program", cli_messages.protected_message("urn")
    )  # Pulumi's own words
    assert advice in page


@pytest.mark.parametrize("cls", [*resources.classes(), *reference.components.classes()], ids=lambda cls: str(cls.__name__))
def test_errors_of_a_resource_are_ones_that_the_code_has_or_name_who_else_says_so(cls: type) -> None:
    told = docstrings.read(cls).entries("Errors")
    assert unsaid(name for name in told if not name.startswith(("(", "HTTP "))) == []


def unsaid(messages: Iterable[str]) -> list[str]:
    """The parts of messages, between the values that they hold, that no text of the code has; docstrings aside."""
    return [part.strip() for message in messages for part in message.split("…") if part.strip() not in said()]


@cache
def said() -> str:
    """The texts of the code."""
    texts = (text for path in CODE for text in strings(path.read_text(encoding="utf-8")))
    return "\n".join(text for text in texts if "Errors:\n" not in text)


def strings(code: str) -> list[str]:
    """The texts in some code, whose literal parts are joined and whose values are left out."""
    nodes = list(ast.walk(ast.parse(code)))
    plain = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    formatted = [
        "".join(str(part.value) if isinstance(part, ast.Constant) else "" for part in node.values)
        for node in nodes
        if isinstance(node, ast.JoinedStr)
    ]
    return [*plain, *formatted]


@pytest.mark.parametrize(
    ("model", "page"),
    [(customers.CustomerFile, "customers.md"), (websocket_apis.WebSocketFile, "websocket-api.md")],
)
def test_every_field_of_a_stacks_files_is_explained(model: type[BaseModel], page: str) -> None:
    explained = [pages.ROOT / "docs" / page, *(pages.ROOT / "docs/reference/components").glob("*.md")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in explained)
    fields = set(fields_of(model))
    assert len(fields) > 15
    assert sorted(field for field in fields if not re.search(rf"\b{field}\b", text)) == []


def fields_of(model: type[BaseModel]) -> Iterator[str]:
    """The names of a model's fields, and of those of the models in them."""
    for name, field in model.model_fields.items():
        yield name
        for part in (field.annotation, *get_args(field.annotation)):
            if isinstance(part, type) and issubclass(part, BaseModel):
                yield from fields_of(part)
