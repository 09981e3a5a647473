"""`Regex`, `Match`, `Group`: patterns that take too long end the expression."""

import re
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import regex

from pulumi_workspace365_sandbox.azure.expressions.errors import DotNetException, LimitExceeded
from pulumi_workspace365_sandbox.azure.expressions.limits import PATTERN_SECONDS, STEPS, check_text_size, spend
from pulumi_workspace365_sandbox.azure.expressions.registry import define
from pulumi_workspace365_sandbox.azure.expressions.values import Array, ObjectValue, Sequence

_LONGEST = 4096
_MOST = 50_000
_FLAGS = {1: regex.IGNORECASE, 2: regex.MULTILINE, 16: regex.DOTALL, 32: regex.VERBOSE}
_REPLACED = re.compile(r"\$(?:(\d{1,3})|\{(\w{1,80})\}|(\$)|(&))")


class Pattern:
    """`new Regex(…)`."""

    kind = "Regex"

    def __init__(self, pattern: str, options: Any = None, _: Any = None) -> None:
        self.pattern = _compiled(pattern, getattr(options, "number", 0))


@lru_cache(maxsize=200)
def _compiled(pattern: str, options: int) -> "regex.Pattern[str]":
    if len(pattern) > _LONGEST:
        raise LimitExceeded(f"A pattern is longer than {_LONGEST} characters")
    flags = regex.VERSION0
    for bit, flag in _FLAGS.items():
        flags |= flag if options & bit else 0
    try:
        return regex.compile(pattern, flags)
    except (regex.error, RecursionError, OverflowError, ValueError) as problem:
        raise DotNetException("ArgumentException", f"parsing '{pattern:.80}' - {problem}") from None


def _bounded(work: Callable[[], Any]) -> Any:
    """A search: all of an expression together take as long as one may. Raises LimitExceeded."""
    began = time.thread_time()
    try:
        return work()
    except TimeoutError:
        raise LimitExceeded(f"A pattern takes longer than {PATTERN_SECONDS} seconds") from None
    finally:
        spend(20 + int((time.thread_time() - began) / PATTERN_SECONDS * STEPS))


def _text(text: Any) -> str:
    if not isinstance(text, str):
        raise DotNetException("ArgumentNullException", "Value cannot be null. (Parameter 'input')")
    return text


def _match(pattern: Pattern, text: str, start: int = 0) -> ObjectValue:
    return _match_value(_bounded(lambda: pattern.pattern.search(_text(text), start, timeout=PATTERN_SECONDS)))


def _is_match(pattern: Pattern, text: str, start: int = 0) -> bool:
    return _bounded(lambda: pattern.pattern.search(_text(text), start, timeout=PATTERN_SECONDS)) is not None


def _matches(pattern: Pattern, text: str) -> Sequence:
    matches: list[Any] = []

    def all_() -> None:
        for one in pattern.pattern.finditer(_text(text), timeout=PATTERN_SECONDS):
            matches.append(_match_value(one))
            if len(matches) > _MOST:
                raise LimitExceeded("A pattern matches too often")

    _bounded(all_)
    return Sequence(matches)


def _match_value(match: Any) -> ObjectValue:
    if match is None:
        return ObjectValue("Match", {"Success": False, "Value": "", "Index": 0, "Length": 0, "Groups": Groups(None)})
    return _span("Match", match, 0) if match else _match_value(None)


def _span(kind: str, match: Any, group: Any) -> ObjectValue:
    start, end = match.span(group)
    if start < 0:
        return ObjectValue(
            kind, {"Success": False, "Value": "", "Index": 0, "Length": 0, "Name": str(group), "Groups": Groups(None)}
        )
    members = {"Success": True, "Value": match[group], "Index": start, "Length": end - start, "Name": str(group)}
    return ObjectValue(kind, members | {"Groups": Groups(match) if kind == "Match" else None, "Match": match})


class Groups:
    """`GroupCollection`: a group that is not there has not matched."""

    kind = "GroupCollection"

    def __init__(self, match: Any) -> None:
        self.match = match

    def __len__(self) -> int:
        return 1 if self.match is None else len(self.match.groups()) + 1

    def take(self, key: Any) -> ObjectValue:
        has_group = self.match is not None and (
            key in self.match.re.groupindex or (isinstance(key, int) and 0 <= key < len(self))
        )
        if not has_group:
            return ObjectValue("Group", {"Success": False, "Value": "", "Index": 0, "Length": 0, "Name": str(key)})
        return _span("Group", self.match, key)


def _replaced(pattern: Pattern, text: str, new: Any) -> str:
    size = 0

    def one(match: Any) -> str:
        nonlocal size
        made = new(_match_value(match)) if callable(new) else _REPLACED.sub(lambda hole: _filled(hole, match), new)
        size += len(made)
        check_text_size(size)
        return str(made)

    return str(_bounded(lambda: pattern.pattern.sub(one, _text(text), timeout=PATTERN_SECONDS)))


def _filled(hole: "re.Match[str]", match: Any) -> str:
    if hole[3]:
        return "$"
    name: Any = 0 if hole[4] else int(hole[1]) if hole[1] else hole[2]
    try:
        return match[name] or ""
    except (IndexError, KeyError):
        return hole[0]


def _split(pattern: Pattern, text: str) -> Array:
    parts = _bounded(lambda: pattern.pattern.split(_text(text), timeout=PATTERN_SECONDS))
    return Array(["" if item is None else item for item in parts], "string")


def _next(match: ObjectValue) -> ObjectValue:
    underlying = match.members.get("Match")
    if underlying is None:
        return _match_value(None)
    start = underlying.end() + (underlying.end() == underlying.start())
    return _match_value(_bounded(lambda: underlying.re.search(underlying.string, start, timeout=PATTERN_SECONDS)))


def _result(match: ObjectValue, pattern: str) -> str:
    return _REPLACED.sub(lambda hole: _filled(hole, match.members["Match"]), pattern)


def _static(method: Callable[..., Any], more: int = 0) -> Callable[..., Any]:
    """`Regex.IsMatch(text, pattern, …)` for `new Regex(pattern).IsMatch(text, …)`."""

    def function(text: Any, pattern: Any, *rest: Any) -> Any:
        options = rest[more] if len(rest) > more else None
        return method(Pattern(pattern, options), text, *rest[:more])

    return function


define(
    "Regex",
    makes=("Regex", lambda pattern, options=None, span=None: Pattern(pattern, options, span)),
    methods={
        "IsMatch": ("bool", _is_match),
        "Match": ("Match", _match),
        "Matches": ("IEnumerable<Match>", _matches),
        "Replace": ("string", _replaced),
        "Split": ("string[]", _split),
    },
    functions={
        "IsMatch": ("bool", _static(_is_match)),
        "Match": ("Match", _static(_match)),
        "Matches": ("IEnumerable<Match>", _static(_matches)),
        "Replace": ("string", _static(_replaced, 1)),
        "Split": ("string[]", _static(_split)),
        "Escape": ("string", lambda text: re.sub(r"([\\*+?|{\[()^$.# ])", r"\\\1", text)),
        "Unescape": ("string", lambda text: re.sub(r"\\(.)", r"\1", text)),
    },
)


def _part(name: str) -> tuple[str, Any]:
    types = {"Success": "bool", "Index": "int", "Length": "int"}
    return types.get(name, "string"), lambda record: record.members[name]


define(
    "Capture",
    members={name: _part(name) for name in ("Value", "Index", "Length")},
    methods={"ToString": ("string", lambda one: one.members["Value"])},
)
define(
    "Group",
    bases=("Capture",),
    members={
        "Success": _part("Success"),
        "Name": _part("Name"),
        "Captures": ("IEnumerable<Capture>", lambda one: Sequence([one] if one.members["Success"] else [])),
    },
)
define(
    "Match",
    bases=("Group",),
    members={"Groups": ("GroupCollection", lambda one: one.members["Groups"])},
    methods={"NextMatch": ("Match", _next), "Result": ("string", _result)},
    constants={"Empty": ("Match", _match_value(None))},
)
define("GroupCollection", members={"Count": ("int", len)}, index=("Group", Groups.take))
