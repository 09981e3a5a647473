"""Docstrings and annotations as Markdown."""

import ast
import re
from collections.abc import Iterable, Sequence
from typing import get_args

from pulumi_workspace365.apim import verdicts

NOTE = "<!-- Made from the code by `python -m tests.docs reference`: change it there. -->\n"
_PLAIN = {
    "Text": "str",
    "Number": "int",
    "Flag": "bool",
    "Names": "list[str]",
    "Revision": "int | str",
    "float": "number",
    "Filled": "str",
    "Address": "str",
    "verdicts.Require": " | ".join(f'"{word}"' for word in get_args(verdicts.Require)),
}
_UNWRAPPED = {"pulumi.Input", "pulumi.Output", "Annotated", "InstanceOf", "Required"}
_LATE = "pulumi.Input["


def prose(text: str) -> str:
    """A docstring's text: roles and double backticks become code; what looks like a tag is kept from HTML."""
    text = re.sub(r":(?:func|class|meth|mod):`~?([^`]+)`", lambda found: f"`{found[1].rpartition('.')[2]}`", text)
    text = re.sub(r" \(docs/provisioning-api\.md[^)]*\)", "", text).replace(
        "``", "`"
    )  # the source of a sentence is for those who change the code
    return re.sub(r"(?<!`)<[a-z-]+ ?/?>(?!`)", r"`\g<0>`", text)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table, or nothing where there are no rows; columns without content are left out."""
    cells = [[cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in rows]
    used = [column for column in range(len(head)) if column == 0 or any(row[column] for row in cells)]
    lines = [[head[column] for column in used], ["---"] * len(used), *([row[column] for column in used] for row in cells)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines) if cells else ""


def kind(annotation: ast.expr | None) -> str:
    """A type as a user thinks of it: without ``Input`` and ``None``, choices as their values."""
    return code(" | ".join(dict.fromkeys(_kinds(annotation)))) if annotation else ""


def takes_output(annotation: ast.expr | None) -> str:
    """Whether an argument may be an output, or each entry of it."""
    text = ast.unparse(annotation).removeprefix("Annotated[").removeprefix("Required[") if annotation else ""
    if text.startswith(_LATE) or f" | {_LATE}" in text.partition("Mapping[")[0]:
        return "yes"
    return "each entry" if _LATE in text else "no"


def _kinds(node: ast.expr) -> list[str]:
    match node:
        case ast.BinOp(left=left, op=ast.BitOr(), right=ast.Subscript(value=late)) if ast.unparse(late) == "pulumi.Output":
            return _kinds(left)  # every value may be an output
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return [part for part in (*_kinds(left), *_kinds(right)) if part]
        case ast.Constant(value=None):
            return []
        case ast.Constant(value=str(text)):
            return _kinds(ast.parse(text, mode="eval").body)
        case ast.Subscript(value=value, slice=inside) if ast.unparse(value) == "Literal":
            return [ast.unparse(item).replace("'", '"') for item in (inside.elts if isinstance(inside, ast.Tuple) else [inside])]
        case ast.Subscript(value=value, slice=inside) if ast.unparse(value) in _UNWRAPPED:
            return _kinds(inside.elts[0] if isinstance(inside, ast.Tuple) else inside)
        case ast.Subscript(value=value, slice=inside) if ast.unparse(value) in {"Sequence", "Mapping"}:
            name = {"Sequence": "list", "Mapping": "dict"}[ast.unparse(value)]
            items = inside.elts if isinstance(inside, ast.Tuple) else [inside]
            return [f"{name}[{', '.join(' | '.join(dict.fromkeys(_kinds(item))) for item in items)}]"]
    name = ast.unparse(node).removeprefix("_")
    if name.endswith("ArgsDict"):
        return []  # said once for all
    return [_PLAIN.get(name, name)]


def value(node: ast.expr | None, *, required: bool = True) -> str:
    """A default; ``required`` says what it means when there is none."""
    if node is None:
        return "required" if required else ""
    text = ast.unparse(node).replace("'", '"')
    return "" if text == "None" else code(text)


def code(text: str) -> str:
    """Text as code."""
    return f"`{text}`" if text else ""


def toctree(*patterns: str) -> str:
    """Where pages stand in the navigation."""
    lines = "\n".join(patterns)
    return f"```{{toctree}}\n:glob:\n:hidden:\n{lines}\n```\n"


def page(*parts: str) -> str:
    """A page of parts, those that are empty left out."""
    return "\n".join(part.rstrip("\n") + "\n" for part in parts if part)
