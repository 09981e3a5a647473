"""Which metrics and labels an expression of Prometheus names."""

import re
from collections.abc import Iterator

_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"' + r"|'(?:[^'\\]|\\.)*'")
_MATCHERS = re.compile(r"\{([^{}]*)\}")
_GROUPED = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^()]*)\)")
_NAME = re.compile(r"(?<![\w.$])[a-zA-Z_:][\w:]*")
_KEYWORDS = {"and", "or", "unless", "bool", "offset"}
FUNCTIONS = {"count", "sum", "sort", "sort_desc", "time", "max", "min", "label_values"}
"""Those that the project uses: another one is added here when somebody has looked it up."""


def names(expression: str) -> tuple[set[str], set[str]]:
    """The metrics and the labels of an expression.

    Raises:
        ValueError: brackets do not match, or a function is not known.
    """
    text = _QUOTED.sub('""', expression)
    if any(text.count(opening) != text.count(closing) for opening, closing in ("()", "{}", "[]")):
        raise ValueError(f"brackets do not match: {expression}")
    labels = {label for part in (*_MATCHERS.findall(text), *_GROUPED.findall(text)) for label in _NAME.findall(part)}
    rest = _GROUPED.sub("", _MATCHERS.sub("", text))
    if arguments := re.fullmatch(r"label_values\(([\w:]+), (\w+)\)", expression):
        return {arguments[1]}, {arguments[2]}
    return set(_metrics(rest)), labels


def _metrics(text: str) -> Iterator[str]:
    for found in _NAME.finditer(text):
        called = text[found.end() :].lstrip().startswith("(")
        if called and found[0] not in FUNCTIONS | _KEYWORDS:
            raise ValueError(f"unknown function {found[0]}")
        if not called and found[0] not in _KEYWORDS | FUNCTIONS:
            yield found[0]
