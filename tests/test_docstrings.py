"""What docstrings say of exceptions: each one that they name exists where they name it."""

import ast
import builtins
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
_INLINE = re.compile(r"\bRaises ([A-Z]\w+(?:, [A-Z]\w+)*)")
_SECTION = re.compile(r"^Raises:\n((?:[ \t]+.*\n?)+)", re.MULTILINE)
_ENTRY = re.compile(r"^ {4}([A-Za-z_][\w.]*(?:, [\w.]+)*):", re.MULTILINE)


def raised(docstring: str) -> Iterator[str]:
    """The exceptions that a docstring names."""
    sections = (match[1] for match in _SECTION.finditer(docstring))
    texts = [*_INLINE.findall(docstring), *(entry for section in sections for entry in _ENTRY.findall(section))]
    for text in texts:
        yield from text.split(", ")


def test_names_are_found_in_both_forms() -> None:
    assert list(raised("Read it. Raises Closed, OSError.\n\nRaises:\n    a.First, Second: no.\n        Third: no.\n")) == [
        "Closed",
        "OSError",
        "a.First",
        "Second",
    ]


@pytest.mark.slow
@pytest.mark.parametrize("folders", [("host", "providers", "components", "cli"), ("engine",), ("sandbox",), ("bench",)])
def test_every_exception_that_a_docstring_names_exists(folders: tuple[str, ...]) -> None:
    paths = [path for folder in folders for path in (ROOT / folder).rglob("*.py") if "programs" not in path.parts]
    nodes = {path: list(ast.walk(ast.parse(path.read_bytes()))) for path in paths}
    classes = {node.name for of_file in nodes.values() for node in of_file if isinstance(node, ast.ClassDef)}
    missing = []
    for path, of_file in nodes.items():
        known = classes | set(dir(builtins)) | set(_foreign_names(of_file))
        for node in of_file:
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                named = raised(ast.get_docstring(node) or "")
                missing += [
                    f"{path}: {name}" for name in named if name.rpartition(".")[2] not in known and not _is_installed(name)
                ]
    assert nodes
    assert not missing


def _foreign_names(nodes: list[ast.AST]) -> Iterator[str]:
    """The names that a module imports, or takes from others as in ``httpcore.ReadError``."""
    for node in nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from (alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.Attribute):
            yield node.attr


def _is_installed(name: str) -> bool:
    """Whether a full name such as ``pydantic.ValidationError`` is that of an installed library."""
    module, _, attribute = name.rpartition(".")
    return bool(module) and hasattr(importlib.import_module(module), attribute)
