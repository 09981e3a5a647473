"""Values of the configuration as JSON, written as Go does."""

import decimal
import json
from typing import Any

_LARGEST_NESTED = 2**63 - 1  # larger whole numbers within objects lose precision in the CLI
_EXPONENT_FROM, _EXPONENT_BELOW = 1e21, 1e-6  # where Go's JSON changes to exponents


def text(value: Any) -> str:
    """A value as a program receives it: a text as it is, anything else as JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return str(value) if type(value) is int else _json(value)


def _json(value: Any) -> str:
    """JSON exactly as Go writes it: sorted names, no spaces, HTML's characters escaped, numbers shortest."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{_json(key)}:{_json(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_json, value)) + "]"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, int) and value > _LARGEST_NESTED:
        return _number(float(value))
    written = json.dumps(value, ensure_ascii=False)
    for character in "<>&\u2028\u2029":
        written = written.replace(character, f"\\u{ord(character):04x}")
    return written


def _number(value: float) -> str:
    if value == 0 or _EXPONENT_BELOW <= abs(value) < _EXPONENT_FROM:
        digits = format(decimal.Decimal(repr(value)), "f")
        return digits.rstrip("0").rstrip(".") if "." in digits else digits
    return repr(value).replace("e-0", "e-")
