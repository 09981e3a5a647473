"""What docstrings say of arguments, attributes and resources, as the Markdown of a schema."""

import ast
import inspect
import re
import textwrap
from typing import Any

_SECTION = re.compile(r"^([A-Z][A-Za-z ]+):$", re.MULTILINE)
_ENTRY = re.compile(r"^(\S.*?): (.+(?:\n[ ]+.+)*)", re.MULTILINE)


def prose(owner: Any) -> str:
    """A docstring without its sections."""
    return markdown(_SECTION.split(inspect.cleandoc(owner.__doc__ or ""))[0].strip())


def section(owner: Any, name: str) -> str:
    """One section of a docstring, as it stands there."""
    parts = _SECTION.split(inspect.cleandoc(owner.__doc__ or ""))
    found = dict(zip(parts[1::2], parts[2::2], strict=True)).get(name, "")
    return textwrap.dedent(found.strip("\n"))


def arguments(owner: Any, heading: str = "Args") -> dict[str, str]:
    """What a section such as ``Args`` says of each name."""
    entries = _ENTRY.findall(section(owner, heading))
    return {name: _sentence(" ".join(text.split())) for names, text in entries for name in names.split(", ")}


def attributes(owner: type, base: type = object) -> dict[str, str]:
    """The strings below the annotated names of a class, and of its bases that are subclasses of ``base``."""
    found: dict[str, str] = {}
    for cls in reversed(owner.__mro__):
        if issubclass(cls, base) and cls.__module__.startswith("pulumi_workspace365"):
            found |= own_attributes(cls)
    return found


def own_attributes(owner: type) -> dict[str, str]:
    """The strings below the annotated names of this class alone."""
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(owner))).body
    if not isinstance(definition, ast.ClassDef):
        return {}
    found = {}
    for statement, following in zip(definition.body, definition.body[1:], strict=False):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and isinstance(following, ast.Expr):
            words = following.value
            if isinstance(words, ast.Constant) and isinstance(words.value, str):
                found[statement.target.id] = markdown(inspect.cleandoc(words.value))
    return found


def markdown(text: str) -> str:
    """A docstring's text as Markdown, without what refers to this repository."""
    text = re.sub(r" ?\((?:docs/[^()]*|A-\d+)\)", "", text)
    return re.sub(r":\w+:`~?([^`]+)`", r"`\1`", text).replace("``", "`")


def _sentence(text: str) -> str:
    return markdown(text[:1].upper() + text[1:])
