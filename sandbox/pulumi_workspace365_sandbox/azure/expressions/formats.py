"""Values as texts: `ToString()`, format strings of numbers, and `string.Format`."""

import datetime as dt
import re
import uuid
from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from pulumi_workspace365_sandbox.azure.expressions import datetimes
from pulumi_workspace365_sandbox.azure.expressions.errors import DotNetException
from pulumi_workspace365_sandbox.azure.expressions.limits import check_text_size
from pulumi_workspace365_sandbox.azure.expressions.values import (
    Array,
    ByteArray,
    Char,
    Dictionary,
    ExceptionValue,
    KeyValuePair,
    ListValue,
    ObjectValue,
    StringBuilderValue,
    TupleValue,
)
from pulumi_workspace365_sandbox.azure.expressions.values import Sequence as Made

_HOLE = re.compile(r"\{\{|\}\}|\{(\d+)(?:,\s*(-?\d+))?\s*(?::((?:[^{}]|\{\{|\}\})*))?\}|[{}]")
_STANDARD = re.compile(r"([A-Za-z])(\d{0,2})")
_CUSTOM = re.compile(r"([^0#.,%]*)([0#,]*)(?:\.([0#]*))?(%?)(.*)", re.DOTALL)


def text(value: Any) -> str:
    """`ToString()` of a value; the empty text of null."""
    if value is None:
        return ""
    shown = _SHOWN.get(type(value))
    if shown is not None:
        return shown(value)
    own = getattr(value, "shown", None)
    return own() if callable(own) else str(value)


def _double(number: float) -> str:
    if number != number:  # noqa: PLR0124  NaN
        return "NaN"
    if number in {float("inf"), float("-inf")}:
        return "Infinity" if number > 0 else "-Infinity"
    shown = f"{number:.15G}"
    if float(shown) != number:
        shown = f"{number:.17G}"
    return re.sub(r"E([-+])0?(\d+)", r"E\1\2", shown).replace("E+0", "E+")


_SHOWN: dict[type, Callable[[Any], str]] = {
    bool: lambda value: "True" if value else "False",
    float: _double,
    Decimal: lambda value: f"{value:f}",
    uuid.UUID: str,
    dt.timedelta: datetimes.span_text,
    Array: lambda value: f"System.{value.of.capitalize()}[]",
    ByteArray: lambda _: "System.Byte[]",
    ListValue: lambda _: "System.Collections.Generic.List`1",
    Made: lambda _: "System.Linq.Enumerable+Iterator",
    Dictionary: lambda _: "System.Collections.Generic.Dictionary`2",
    KeyValuePair: lambda value: f"[{text(value.key)}, {text(value.value)}]",
    TupleValue: lambda value: f"({', '.join(map(text, value.items))})",
    StringBuilderValue: lambda value: "".join(value.parts),
    ExceptionValue: lambda value: f"System.{value.kind}: {value.message}",
    ObjectValue: lambda value: value.kind,
    Char: str.__str__,
}


def formatted(value: Any, form: str, alignment: int = 0) -> str:
    """A value under a format string, padded. Raises DotNetException."""
    shown = text(value) if not form else _formatted(value, form)
    check_text_size(abs(alignment))
    return shown.rjust(alignment) if alignment > 0 else shown.ljust(-alignment)


def _formatted(value: Any, form: str) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        own = getattr(value, "formatted", None)
        if own is not None:
            return str(own(form))
        if isinstance(value, uuid.UUID):
            return guid_text(value, form)
        return datetimes.span_text(value, form) if isinstance(value, dt.timedelta) else text(value)
    match = _STANDARD.fullmatch(form)
    return _standard(value, match[1], match[2]) if match else _custom(value, form)


def guid_text(value: uuid.UUID, form: str = "D") -> str:
    shown = {"N": value.hex, "D": str(value), "": str(value), "B": f"{{{value}}}", "P": f"({value})"}.get(form.upper())
    if shown is None:
        raise DotNetException("FormatException", 'Format string can be only "D", "d", "N", "n", "P", "p", "B", "b", "X" or "x".')
    return shown


def _standard(value: Any, letter: str, digits: str) -> str:
    whole = isinstance(value, int)
    match letter.upper():
        case "D" if whole:
            return f"{'-' if value < 0 else ''}{str(abs(int(value))).rjust(int(digits or 0), '0')}"
        case "X" if whole:
            bits = 64 if type(value) is not int else 32
            shown = f"{int(value) & (2**bits - 1):{letter}}"
            return shown.rjust(int(digits or 0), "0")
        case "F" | "N" | "P" | "C":
            number = Decimal(str(value)) * (100 if letter.upper() == "P" else 1)
            shown = f"{_rounded(number, int(digits or 2)):{'' if letter.upper() == 'F' else ','}f}"
            return {"P": f"{shown} %", "C": f"¤{shown}"}.get(letter.upper(), shown)
        case "E":
            shown = f"{float(value):.{digits or 6}{letter}}"
            return re.sub(r"([eE][-+])(\d\d)$", r"\g<1>0\2", shown)
        case "G" | "R":
            return text(value) if not digits else f"{float(value):.{int(digits) or 15}G}"
        case _:
            raise DotNetException("FormatException", "Format specifier was invalid.")


def _rounded(number: Decimal, digits: int) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP) if abs(number) < Decimal("1e20") else number


def _custom(value: Any, form: str) -> str:
    match = _CUSTOM.fullmatch(form)
    before, whole, fraction, percent, after = match.groups() if match else ("", "", None, "", form)
    number = Decimal(str(value)) * (100 if percent else 1)
    decimals = fraction or ""
    shown = f"{abs(_rounded(number, len(decimals))):{',' if ',' in whole else ''}f}"
    left, _, right = shown.partition(".")
    keep = decimals.rfind("0") + 1
    right = right[: len(decimals)].rstrip("0").ljust(keep, "0")
    left = left.rjust(whole.count("0"), "0") if "," not in whole else left
    if left.strip("0,") == "" and whole.count("0") == 0:
        left = ""
    sign = "-" if number < 0 else ""
    return f"{sign}{before}{left}{f'.{right}' if right else ''}{percent}{after}".replace('"', "").replace("'", "")


def string_format(pattern: str, arguments: Sequence[Any]) -> str:
    """`string.Format`. Raises DotNetException."""

    def filled(match: re.Match[str]) -> str:
        if match[0] in {"{{", "}}"}:
            return match[0][0]
        if match[1] is None:
            raise DotNetException("FormatException", "Input string was not in a correct format.")
        place = int(match[1][:9])
        if place >= len(arguments):
            message = "Index (zero based) must be greater than or equal to zero and less than the size of the argument list."
            raise DotNetException("FormatException", message)
        return formatted(arguments[place], (match[3] or "").replace("{{", "{").replace("}}", "}"), int((match[2] or "0")[:9]))

    return _HOLE.sub(filled, pattern)
