"""What docstrings say: of arguments, of attributes, and in sections of their own. The reference is made of it."""

import ast
import inspect
import re
import sys
import textwrap
from dataclasses import dataclass, field
from typing import Any, is_typeddict

_SECTION = re.compile(r"^([A-Z][A-Za-z ]+):$", re.MULTILINE)
_ENTRY = re.compile(r"^(\S.*?): (.+(?:\n[ ]+.+)*)", re.MULTILINE)


@dataclass(frozen=True)
class Docstring:
    """A docstring's text before its first section, and its sections by name."""

    text: str
    sections: dict[str, str] = field(default_factory=dict)

    def entries(self, section: str) -> dict[str, str]:
        """The ``name: text`` entries of a section; several names before one colon share its text."""
        found = _ENTRY.findall(self.sections.get(section, ""))
        return {name: " ".join(text.split()) for names, text in found for name in _names(section, names)}


def _names(section: str, names: str) -> list[str]:
    return names.split(", ") if section == "Args" else [names]


def read(of: Any) -> Docstring:
    """The docstring of a class or a function."""
    parts = _SECTION.split(inspect.cleandoc(of.__doc__ or ""))
    return Docstring(
        parts[0].strip(), {name: textwrap.dedent(text.strip("\n")) for name, text in zip(parts[1::2], parts[2::2], strict=True)}
    )


@dataclass(frozen=True)
class Attribute:
    """An annotated name of a class body, and the docstring below it."""

    name: str
    annotation: ast.expr
    default: ast.expr | None
    text: str


def attributes(cls: type) -> dict[str, Attribute]:
    """The annotated public names of a class and of its bases in the same distribution, bases first."""
    found: dict[str, Attribute] = {}
    for base in _typed_dicts(cls) if is_typeddict(cls) else reversed(cls.__mro__):
        if base.__module__.startswith("pulumi_workspace365"):
            found |= {item.name: item for item in _own(base) if not item.name.startswith("_")}
    return found


def _typed_dicts(cls: type) -> list[type]:
    """A TypedDict behind those that it extends, which it does not remember."""
    bases = [base.id for base in _body(cls).bases if isinstance(base, ast.Name) and base.id != "TypedDict"]
    return [*(item for name in bases for item in _typed_dicts(getattr(sys.modules[cls.__module__], name))), cls]


def _body(cls: type) -> ast.ClassDef:
    [body] = ast.parse(textwrap.dedent(inspect.getsource(cls))).body
    assert isinstance(body, ast.ClassDef)
    return body


def _own(cls: type) -> list[Attribute]:
    body = _body(cls)
    found = []
    for item, after in zip(body.body, [*body.body[1:], None], strict=True):
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
            said = after.value.value if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) else ""
            found.append(Attribute(item.target.id, item.annotation, item.value, " ".join(str(said).split())))
    return found


@dataclass(frozen=True)
class Parameter:
    """A parameter of a function: ``default`` is None where there is none, ``kind`` one of "", "*" and "keyword"."""

    name: str
    annotation: ast.expr | None
    default: ast.expr | None
    kind: str


def parameters(function: Any) -> list[Parameter]:
    """The parameters of a function, without ``self``."""
    [body] = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    assert isinstance(body, ast.FunctionDef)
    args = body.args
    defaults: list[ast.expr | None] = [*[None] * (len(args.args) - len(args.defaults)), *args.defaults]
    found = [Parameter(arg.arg, arg.annotation, default, "") for arg, default in zip(args.args, defaults, strict=True)]
    if args.vararg:
        found.append(Parameter(args.vararg.arg, args.vararg.annotation, None, "*"))
    found += [
        Parameter(arg.arg, arg.annotation, default, "keyword")
        for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True)
    ]
    return [parameter for parameter in found if parameter.name != "self"]
