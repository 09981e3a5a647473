"""`string`, `char`, `StringComparer`."""

import re
import zlib
from collections.abc import Callable
from typing import Any

from pulumi_workspace365_sandbox.azure.expressions import formats
from pulumi_workspace365_sandbox.azure.expressions.errors import DotNetException, out_of_range
from pulumi_workspace365_sandbox.azure.expressions.limits import check_item_count, check_text_size
from pulumi_workspace365_sandbox.azure.expressions.registry import define
from pulumi_workspace365_sandbox.azure.expressions.values import Array, Char

_LETTERS = {"IsDigit": str.isdecimal, "IsLetter": str.isalpha, "IsLetterOrDigit": str.isalnum, "IsWhiteSpace": str.isspace,
            "IsUpper": str.isupper, "IsLower": str.islower, "IsNumber": str.isnumeric}  # fmt: skip


def fold(text: str, how: Any) -> str:
    """A text as a StringComparison or StringComparer, or `true` for ignoreCase, compares it."""
    ignores = how is True or (how is not None and how is not False and "IgnoreCase" in how.name)
    return text.casefold() if ignores else text


def _index_of(text: str, part: str, start: Any = None, how: Any = None) -> int:
    if start is not None and not isinstance(start, int):
        start, how = None, start
    begin = 0 if start is None else start
    if not 0 <= begin <= len(text):
        raise out_of_range("startIndex")
    return fold(text, how).find(fold(part, how), begin)


def _substring(text: str, start: int, length: int | None = None) -> str:
    size = len(text) - start if length is None else length
    if not 0 <= start <= len(text) or size < 0 or start + size > len(text):
        raise DotNetException("ArgumentOutOfRangeException", "Index and length must refer to a location within the string.")
    return text[start : start + size]


def replaced(text: str, old: str, new: str | None = None) -> str:
    if not old:
        raise DotNetException("ArgumentException", "String cannot be of zero length. (Parameter 'oldValue')")
    new = new or ""
    check_text_size(len(text) + text.count(old) * (len(new) - len(old)))
    return text.replace(old, new)


def _split(text: str, *given: Any) -> Array:
    """By characters or texts, with a count and options in either order."""
    separators: list[str] = []
    count, options = -1, ""
    for one in given:
        if isinstance(one, str):
            separators.append(one)
        elif isinstance(one, list):
            separators += [item for item in one if item]
        elif isinstance(one, int):
            count = one
        elif one is not None:
            options = one.name
    parts = _parts(text, separators, count)
    if "Trim" in options:
        parts = [part.strip() for part in parts]
    return Array([part for part in parts if part or options in {"", "None"}], "string")


def _parts(text: str, separators: list[str], count: int) -> list[str]:
    if not separators:
        return _parts(text, [letter for letter in " \t\r\n\f\v" if letter in text] or ["\0\0"], count)
    if count in {0, 1}:
        return [text][:count]
    parts = re.split("|".join(re.escape(one) for one in separators), text, maxsplit=max(count - 1, 0))
    check_item_count(len(parts))
    return parts


def _trim(which: Callable[[str, str | None], str]) -> Callable[..., str]:
    def trimmed(text: str, *letters: Any) -> str:
        characters = "".join("".join(item) for item in letters if item)
        return which(text, characters or None)

    return trimmed


def _padded(text: str, width: int, letter: str = " ", *, left: bool) -> str:
    check_text_size(width)
    return text.rjust(width, letter) if left else text.ljust(width, letter)


def joined(separator: str | None, *items: Any) -> str:
    """`string.Join`, of one collection or of what follows."""
    given = items[0] if len(items) == 1 and isinstance(items[0], list) else items
    parts = [formats.text(item) for item in given]
    check_text_size(sum(map(len, parts)) + len(separator or "") * len(parts))
    return (separator or "").join(parts)


def string_format(pattern: Any, *items: Any) -> str:
    if not isinstance(pattern, str):  # a format provider comes first
        pattern, items = items[0], items[1:]
    given = items[0] if len(items) == 1 and isinstance(items[0], Array) else items
    return formats.string_format(pattern, given)


def _made(first: Any, count: int | None = None) -> str:
    if isinstance(first, list):
        return "".join(first)
    check_text_size(count or 0)
    return str(first) * (count or 0)


def compare_texts(one: Any, other: Any, how: Any = None) -> int:
    """Below, at or above 0, as .NET orders texts: case only decides between equals."""
    if one is None or other is None:
        return (one is not None) - (other is not None)
    keys = [fold(text, how) for text in (one, other)]
    if getattr(how, "name", "") != "Ordinal":
        keys = [text.casefold() + "\0" + text.swapcase() for text in keys]
    return (keys[0] > keys[1]) - (keys[0] < keys[1])


def _equals(one: Any, other: Any, how: Any = None) -> bool:
    return (one is None and other is None) or (
        isinstance(one, str) and isinstance(other, str) and fold(one, how) == fold(other, how)
    )


def _letter(text: str, place: int) -> Char:
    if not 0 <= place < len(text):
        raise DotNetException("IndexOutOfRangeException", "Index was outside the bounds of the array.")
    return Char(text[place])


define(
    "string",
    bases=("IEnumerable", "TextExtensions"),
    items="char",
    index=("char", _letter),
    makes=("string", _made),
    members={"Length": ("int", len)},
    methods={
        "Contains": ("bool", lambda text, part, how=None: fold(part, how) in fold(text, how)),
        "StartsWith": ("bool", lambda text, part, how=None, _=None: fold(text, how).startswith(fold(part, how))),
        "EndsWith": ("bool", lambda text, part, how=None, _=None: fold(text, how).endswith(fold(part, how))),
        "Equals": ("bool", _equals),
        "CompareTo": ("int", compare_texts),
        "IndexOf": ("int", _index_of),
        "LastIndexOf": ("int", lambda text, part, how=None: fold(text, how).rfind(fold(part, how))),
        "IndexOfAny": ("int", lambda text, letters: min((at for at, one in enumerate(text) if one in letters), default=-1)),
        "Substring": ("string", _substring),
        "Remove": ("string", lambda text, start, count=None: text[:start] + ("" if count is None else text[start + count :])),
        "Insert": ("string", lambda text, start, part: text[:start] + part + text[start:]),
        "Replace": ("string", lambda text, old, new=None: replaced(text, old, new)),
        "Split": ("string[]", _split),
        "Trim": ("string", _trim(str.strip)),
        "TrimStart": ("string", _trim(str.lstrip)),
        "TrimEnd": ("string", _trim(str.rstrip)),
        "PadLeft": ("string", lambda text, width, letter=" ": _padded(text, width, letter, left=True)),
        "PadRight": ("string", lambda text, width, letter=" ": _padded(text, width, letter, left=False)),
        "ToLower": ("string", lambda text, _=None: text.lower()),
        "ToUpper": ("string", lambda text, _=None: text.upper()),
        "ToLowerInvariant": ("string", lambda text: text.lower()),
        "ToUpperInvariant": ("string", lambda text: text.upper()),
        "ToCharArray": ("char[]", lambda text: Array(map(Char, text), "char")),
        "GetHashCode": ("int", lambda text: zlib.crc32(text.encode("utf-8", "surrogatepass")) - 2**31),
        "ToString": ("string", lambda text, _=None: str(text)),
    },
    constants={"Empty": ("string", "")},
    functions={
        "IsNullOrEmpty": ("bool", lambda text: not text),
        "IsNullOrWhiteSpace": ("bool", lambda text: not (text or "").strip()),
        "Equals": ("bool", _equals),
        "Compare": ("int", compare_texts),
        "CompareOrdinal": ("int", lambda one, other: (one > other) - (one < other)),
        "Concat": ("string", lambda *items: joined("", *items)),
        "Join": ("string", joined),
        "Format": ("string", string_format),
        "Copy": ("string", lambda text: text),
    },
)

define(
    "char",
    methods={"CompareTo": ("int", lambda one, other: ord(one) - ord(other)), "ToString": ("string", str)},
    functions={
        **{name: ("bool", lambda letter, at=0, test=test: test(letter[at])) for name, test in _LETTERS.items()},
        "ToLower": ("char", lambda letter, _=None: Char(letter.lower()[:1])),
        "ToUpper": ("char", lambda letter, _=None: Char(letter.upper()[:1])),
        "ToLowerInvariant": ("char", lambda letter: Char(letter.lower()[:1])),
        "ToUpperInvariant": ("char", lambda letter: Char(letter.upper()[:1])),
        "ToString": ("string", str),
        "GetNumericValue": ("double", lambda letter: float(letter) if letter.isdecimal() else -1.0),
    },
    constants={"MaxValue": ("char", Char("\uffff")), "MinValue": ("char", Char("\0"))},
)

_COMPARERS = ("Ordinal", "OrdinalIgnoreCase", "InvariantCulture", "InvariantCultureIgnoreCase", "CurrentCulture",
              "CurrentCultureIgnoreCase")  # fmt: skip


class Comparer:
    """`StringComparer`."""

    kind = "StringComparer"

    def __init__(self, name: str) -> None:
        self.name = name


define(
    "StringComparer",
    constants={name: ("StringComparer", Comparer(name)) for name in _COMPARERS},
    methods={
        "Equals": ("bool", lambda how, one, other: _equals(one, other, how)),
        "Compare": ("int", lambda how, one, other: compare_texts(one, other, how)),
    },
)
