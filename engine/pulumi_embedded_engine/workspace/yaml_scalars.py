"""The values of plain YAML scalars, as the Pulumi CLI reads them (gopkg.in/yaml.v3).

It follows YAML 1.2 where PyYAML follows 1.1: ``yes`` and ``on`` are texts, ``1:30`` is no number. Dates become the text that Go prints for them.
"""

import datetime as dt
import math
import re
from typing import Any

_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INTEGER = re.compile(r"(?P<sign>[-+]?)(?P<digits>0[xX][0-9a-fA-F]+|0[oO]?[0-7]+|0[bB][01]+|0|[1-9][0-9]*)")
_DATE = re.compile(r"\d{4}-\d\d?-\d\d?", re.ASCII)
_TIME = re.compile(r"\d{4}-\d\d?-\d\d?([Tt]\d\d?:\d\d?:\d\d?(\.\d+)?(Z|[-+]\d\d:\d\d)| \d\d?:\d\d?:\d\d?(\.\d+)?)", re.ASCII)
_MAX_UNSIGNED = 2**64 - 1
_MIN_SIGNED = -(2**63)
_LONGEST_NUMBER = 100


def plain_value(text: str) -> Any:
    """The value of a text that is written without quotes."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "-+.0123456789":
        return text
    if (time := _time(text)) is not None:
        return time
    plain = text.replace("_", "")
    match = _INTEGER.fullmatch(plain) if len(plain) <= _LONGEST_NUMBER else None
    if match and _MIN_SIGNED <= (whole := _integer(match["sign"], match["digits"])) <= _MAX_UNSIGNED:
        return whole
    if _FLOAT.fullmatch(plain):
        return float(plain) if math.isfinite(float(plain)) else text
    return _special_floats().get(text, text)


def _integer(sign: str, digits: str) -> int:
    octal = len(digits) > 1 and digits[0] == "0" and digits[1].isdigit()
    return int(sign + ("0o" + digits[1:] if octal else digits), 0)


def _special_floats() -> dict[str, float]:
    infinite = {f"{sign}{word}": float(f"{sign}inf") for sign in ("", "+", "-") for word in (".inf", ".Inf", ".INF")}
    return infinite | dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan"))


def _time(text: str) -> str | None:
    """A date or time as Go prints it: 2020-01-02 00:00:00 +0000 UTC."""
    try:
        if _DATE.fullmatch(text):
            return f"{dt.date(*map(int, text.split('-')))} 00:00:00 +0000 UTC"
        if _TIME.fullmatch(text):
            return _go_time(text)
    except ValueError:  # the 31st of February stays a text
        return None
    return None


def _go_time(text: str) -> str:
    date, clock = re.split("[Tt ]", text, maxsplit=1)
    match = re.fullmatch(r"([\d:]+)(\.\d+)?(Z|[-+]\d\d:\d\d)?", clock)
    assert match is not None  # noqa: S101  _TIME has matched
    day = dt.date(*map(int, date.split("-")))
    hour, minute, second = map(int, match[1].split(":"))
    fraction = (match[2] or "")[:10].rstrip("0").rstrip(".")
    zone = (match[3] or "Z").replace(":", "")
    return f"{day} {dt.time(hour, minute, second)}{fraction} " + (
        "+0000 UTC" if zone in {"Z", "+0000", "-0000"} else f"{zone} {zone}"
    )
