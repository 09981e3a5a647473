"""Every regular expression of the product takes time in proportion to its text, whatever stands there: servers and files decide on that."""

import ast
import re
import re._constants as op  # type: ignore[import-not-found]  # what a pattern is made of; the standard library has no public name for it
import re._parser as parser  # type: ignore[import-not-found]
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
TOOLS = ("policies", "sandbox")
PACKAGES = ("providers", "host", "components", "cli", "engine", *TOOLS)
FUNCTIONS = {"compile", "search", "match", "fullmatch", "sub", "subn", "split", "findall", "finditer"}
SEARCHING = FUNCTIONS - {"compile", "match", "fullmatch"}
SIZE = 30_000
"""Characters: enough for a pattern that looks at each pair of them to take seconds."""
SECONDS = 0.3
"""Processor time; in proportion to the text it is about a thousandth of that."""
ENDINGS = ("", "\x00")
USUAL = ("a", "A", "0", " ", "\t", "\n", '"', "'", "\\", '\\"', "<", ">", "=", "/", "-", ".", "_", ":", "&", "%")


@dataclass(frozen=True)
class Found:
    place: str
    pattern: str
    flags: int
    uses: frozenset[str]
    """The functions by which it is applied."""

    def __str__(self) -> str:
        return self.place


MODULES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
USERS = [path for path in MODULES if re.search(rb"\bre\.|matching_pattern\(", path.read_bytes())]
"""The modules that may hold a pattern."""


@cache
def patterns() -> tuple[Found, ...]:
    return tuple(_found())


def _found() -> Iterator[Found]:
    apply_one = re.compile(rf"\.(?:{'|'.join(FUNCTIONS)})\b|matching_pattern\(")
    texts = {path: path.read_text(encoding="utf-8") for path in MODULES}
    trees = {path: ast.parse(text) for path, text in texts.items() if apply_one.search(text)}
    everywhere = [use for tree in trees.values() for use in _applied(tree) if not use[0].startswith("_")]
    for path, tree in trees.items():
        applied = [*everywhere, *_applied(tree)]
        assigned = {
            target.id: node.value
            for node in tree.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        names = {id(value): name for name, value in assigned.items()}
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not node.args or (pattern := _pattern(node, assigned)) is None:
                continue
            function = node.func.attr if isinstance(node.func, ast.Attribute) else "fullmatch"
            uses = {use for name, use in applied if name == names.get(id(node))} if function == "compile" else {function}
            yield Found(f"{path.relative_to(ROOT)}:{node.lineno}", pattern, _flags(node), frozenset(uses or SEARCHING))


def _applied(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """The name of a pattern, and a function of it that is called or handed on."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in FUNCTIONS:
            holder = node.value
            yield (
                (holder.id if isinstance(holder, ast.Name) else holder.attr if isinstance(holder, ast.Attribute) else ""),
                node.attr,
            )


def _pattern(call: ast.Call, names: dict[str, ast.expr]) -> str | None:
    function = call.func
    is_ours = isinstance(function, ast.Name) and function.id == "matching_pattern"
    is_re = (
        isinstance(function, ast.Attribute)
        and function.attr in FUNCTIONS
        and isinstance(function.value, ast.Name)
        and function.value.id == "re"
    )
    if not (is_ours or is_re):
        return None
    first = call.args[0]
    first = names.get(first.id, first) if isinstance(first, ast.Name) else first
    try:
        return str(ast.literal_eval(first))
    except ValueError:
        return None


def _flags(call: ast.Call) -> int:
    given = [*call.args[1:], *(keyword.value for keyword in call.keywords if keyword.arg == "flags")]
    names = {node.attr for item in given for node in ast.walk(item) if isinstance(node, ast.Attribute)}
    return sum(int(getattr(re, name)) for name in names if name.isupper() and isinstance(getattr(re, name, None), re.RegexFlag))


def pumped(pattern: str, flags: int) -> Iterator[str]:
    """Texts that make a pattern work hard: each part of it again and again, after what leads there, and then no match."""
    yield from (unit * (SIZE // len(unit)) for unit in USUAL)
    for before, unit in dict.fromkeys(_parts(list(parser.parse(pattern, flags)), "")):
        if unit:
            yield before + unit * (SIZE // len(unit))


def _parts(items: list[Any], before: str) -> Iterator[tuple[str, str]]:
    """Examples of what leads to a part, and of the part: every run of neighbours, in every group."""
    for at, (kind, value) in enumerate(items):
        for end in range(at + 1, len(items) + 1):
            yield from ((before, example) for example in _examples(items[at:end])[:3])
        if kind in {op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT}:
            yield from _parts(list(value[2]), before)
        elif kind is op.SUBPATTERN:
            yield from _parts(list(value[3]), before)
        elif kind is op.ATOMIC_GROUP:
            yield from _parts(list(value), before)
        elif kind is op.BRANCH:
            for branch in value[1]:
                yield from _parts(list(branch), before)
        before += next(iter(_examples([(kind, value)])), "")


def _examples(items: Any) -> list[str]:
    """A few texts that the parts match, one for each branch."""
    texts = [""]
    for kind, value in items:
        texts = [text + more for text in texts for more in _one(kind, value)][:8]
    return texts


def _one(kind: Any, value: Any) -> list[str]:
    if kind is op.LITERAL:
        return [chr(value)]
    if kind is op.NOT_LITERAL:
        return ["a" if value != ord("a") else "b"]
    if kind is op.ANY:
        return ["a"]
    if kind is op.IN:
        return [_of_set(value)]
    if kind in {op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT}:
        return [example * max(value[0], 1) for example in _examples(value[2])]
    if kind is op.SUBPATTERN:
        return _examples(value[3])
    if kind is op.ATOMIC_GROUP:
        return _examples(value)
    if kind is op.BRANCH:
        return [example for branch in value[1] for example in _examples(branch)][:8]
    return [""]


CATEGORIES = {
    op.CATEGORY_DIGIT: r"\d",
    op.CATEGORY_NOT_DIGIT: r"\D",
    op.CATEGORY_SPACE: r"\s",
    op.CATEGORY_NOT_SPACE: r"\S",
    op.CATEGORY_WORD: r"\w",
    op.CATEGORY_NOT_WORD: r"\W",
}


def _of_set(members: Any) -> str:
    def holds(character: str) -> bool:
        is_in, negated = False, False
        for kind, value in members:
            if kind is op.NEGATE:
                negated = True
            elif kind is op.LITERAL:
                is_in |= ord(character) == value
            elif kind is op.RANGE:
                is_in |= value[0] <= ord(character) <= value[1]
            elif kind is op.CATEGORY:
                is_in |= re.match(CATEGORIES[value], character) is not None
        return is_in != negated

    return next((character for character in map(chr, [*range(97, 123), *range(32, 127), 9, 10, 0xE9]) if holds(character)), "a")


def apply(pattern: re.Pattern[str], uses: frozenset[str], text: str) -> float:
    """Seconds of the processor that it takes to use the pattern as the product does."""
    began = time.process_time()
    if uses & SEARCHING:
        pattern.search(text)
    if "match" in uses:
        pattern.match(text)
    if "fullmatch" in uses:
        pattern.fullmatch(text)
    return time.process_time() - began


def test_all_patterns_are_found() -> None:
    assert len(patterns()) > 100
    assert {item.place.partition("/")[0] for item in patterns()} == set(PACKAGES)
    assert {item.place.partition(":")[0] for item in patterns()} <= {str(path.relative_to(ROOT)) for path in USERS}
    assert any(re.search(r"matching_pattern\(", _line(item)) for item in patterns()), "the patterns of arguments"


def _line(item: Found) -> str:
    path, _, line = item.place.rpartition(":")
    return (ROOT / path).read_text(encoding="utf-8").splitlines()[int(line) - 1]


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(str(path), marks=pytest.mark.slow if path.parts[0] in TOOLS else ())
        for path in (path.relative_to(ROOT) for path in USERS)
    ],
)
def test_a_pattern_takes_time_in_proportion_to_the_text(path: str) -> None:
    for item in patterns():
        if item.place.startswith(f"{path}:"):
            compiled = re.compile(item.pattern, item.flags)
            for text in pumped(item.pattern, item.flags):
                for ending in ENDINGS:
                    taken = apply(compiled, item.uses, text + ending)
                    assert taken < SECONDS, f"{item}: {taken:.2f} s for {text[:40]!r} again and again, then {ending!r}"


@pytest.mark.parametrize("pattern", [r"<title[^>]*>(.*?)</title>", r"\s+#", '("[^"]*(?:password|key)[^"]*"\\s*:)'])
def test_a_pattern_that_takes_longer_is_noticed(pattern: str) -> None:
    compiled = re.compile(pattern, re.DOTALL)
    texts = pumped(pattern, int(re.DOTALL))
    assert any(apply(compiled, frozenset(SEARCHING), text + ending) > SECONDS / 20 for text in texts for ending in ENDINGS)
