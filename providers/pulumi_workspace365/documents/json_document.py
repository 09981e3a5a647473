"""JSON, read strictly: no duplicate names in an object, no numbers that JSON does not have, and a limit to nesting."""

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from pulumi_workspace365.documents.input_files import FileError

DEEPEST = 150
_LONGEST_NUMBER = 100
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]+|\\.)*+\\?"?|[\[\]{}]', re.DOTALL)


class _UnusableJson(ValueError):
    """A word of the kind that ``is_wrong`` recognises must not be there."""

    def __init__(self, reason: str, is_wrong: Callable[[str], bool]) -> None:
        super().__init__(reason)
        self.is_wrong = is_wrong


def parse(text: str, source: str) -> Any:
    """The value of a JSON text.

    Raises:
        FileError: it is no JSON, a name stands twice in an object, a number is none that can be used, or it is too deep; with the line.
    """
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_int=_whole, parse_float=_finite)
    except json.JSONDecodeError as problem:
        raise FileError(
            source, f"this is not valid JSON ({problem.msg[0].lower()}{problem.msg[1:]})", problem.lineno, problem.colno
        ) from problem
    except _UnusableJson as problem:
        raise FileError(source, str(problem), *_json_place(text, problem.is_wrong)) from problem
    except RecursionError as problem:
        raise _too_deep(text, source) from problem
    if not _is_shallow(value):
        raise _too_deep(text, source)
    return value


def truncate_depth(text: str) -> str:
    """A JSON text with ``null`` for each list or object that lies deeper than ``DEEPEST``; whether it is well formed is not judged."""
    pieces: list[str] = []
    depth = begin = 0
    for found in _STRING_OR_BRACKET.finditer(text):
        if found[0] in "[{":
            depth += 1
            if depth == DEEPEST + 1:
                pieces += [text[begin : found.start()], "null"]
        elif found[0] in "]}":
            depth -= 1
            if depth == DEEPEST:
                begin = found.end()
    return "".join([*pieces, text[begin:] if depth <= DEEPEST else ""])


def _too_deep(text: str, source: str) -> FileError:
    depth = 0

    def is_wrong(word: str) -> bool:
        nonlocal depth
        depth += (word in "[{") - (word in "]}")
        return depth > DEEPEST

    return FileError(source, f"it is nested too deeply (more than {DEEPEST} levels)", *_json_place(text, is_wrong))


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    unique = dict(pairs)
    if len(unique) < len(pairs):
        twin = next(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
        raise _UnusableJson(f"the name {twin!r:.80} is given twice in one object", _Twins(twin))
    return unique


class _Twins:
    """Recognises the second time that a name stands in one object, in the order of words."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._objects: list[int] = []
        self._last = ""

    def __call__(self, word: str) -> bool:
        former, self._last = self._last, word
        if word == "{":
            self._objects.append(0)
        elif word == "}" and self._objects:
            self._objects.pop()
        elif word == ":" and self._objects and _string(former) == self._name:
            self._objects[-1] += 1
            return self._objects[-1] > 1
        return False


def _string(word: str) -> str | None:
    try:
        return str(json.loads(word)) if word.startswith('"') else None
    except ValueError:
        return None


def _no_constant(constant: str) -> NoReturn:
    raise _UnusableJson(f"{constant} is not a JSON number", lambda word: word == constant)


def _whole(digits: str) -> int:
    if len(digits) > _LONGEST_NUMBER:
        raise _UnusableJson(f"a number has {len(digits)} digits", lambda word: word == digits)
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise _UnusableJson("a number is larger than any that can be used", lambda word: word == digits)
    return number


def _json_place(text: str, is_wrong: Callable[[str], bool]) -> tuple[int, ...]:
    """Line and column of the first such word."""
    for found in _TOKEN.finditer(text):
        if is_wrong(found[0]):
            at = found.start()
            return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
    return ()


def _is_shallow(value: Any) -> bool:
    inner = [value]
    for _ in range(DEEPEST + 1):
        inner = list(_containers(inner))
        if not inner:
            return True
    return False


def _containers(values: list[Any]) -> Iterator[Any]:
    for value in values:
        for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            if isinstance(item, dict | list):
                yield item
