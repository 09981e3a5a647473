"""The results of operators."""

import datetime as dt
import math
from decimal import Decimal, InvalidOperation
from typing import Any

from pulumi_workspace365_sandbox.azure.expressions import documents, formats
from pulumi_workspace365_sandbox.azure.expressions.conversions import wrap_integer
from pulumi_workspace365_sandbox.azure.expressions.datetimes import DateTimeValue
from pulumi_workspace365_sandbox.azure.expressions.errors import DotNetException, ExpressionError
from pulumi_workspace365_sandbox.azure.expressions.limits import check_text_size
from pulumi_workspace365_sandbox.azure.expressions.values import Char, Enumeration, Long, equal


def binary(symbol: str, left: Any, right: Any) -> Any:
    """`left symbol right`, without those that may leave out the right side. Raises DotNetException, ExpressionError."""
    if symbol == "==":
        return equal(left, right)
    if symbol == "!=":
        return not equal(left, right)
    if symbol == "+" and (_text(left) or _text(right)):
        one, other = formats.text(left), formats.text(right)
        check_text_size(len(one) + len(other))
        return one + other
    left, right = _plain(left), _plain(right)
    if symbol in {"<", ">", "<=", ">="}:
        return _compared(symbol, left, right)
    if left is None or right is None:
        return None  # lifted
    if isinstance(left, DateTimeValue | dt.timedelta):
        return _of_time(symbol, left, right)
    if isinstance(left, Enumeration) and isinstance(right, Enumeration):
        return Enumeration(left.kind, f"{left.name}, {right.name}", _bits(symbol, left.number, right.number))
    if isinstance(left, bool) and isinstance(right, bool) and symbol in {"&", "|", "^"}:
        return bool(_bits(symbol, int(left), int(right)))
    left, right = _number(symbol, left, right), _number(symbol, right, left)
    return _of_whole(symbol, left, right) if isinstance(left, int) and isinstance(right, int) else _of_real(symbol, left, right)


def unary(symbol: str, value: Any) -> Any:
    """`!`, `-`, `+` and `~`."""
    value = _plain(value)
    if symbol == "!":
        if not isinstance(value, bool):
            raise _wrong(symbol, value)
        return not value
    if value is None:
        return None
    if isinstance(value, dt.timedelta):
        return -value if symbol == "-" else value
    number = _number(symbol, value, value)
    if symbol == "~" and isinstance(number, int):
        return type(number)(~number)
    if symbol == "+":
        return number
    return _fitted(-number, number, number) if isinstance(number, int) else -number


def _text(value: Any) -> bool:
    return isinstance(value, str) and not isinstance(value, Char)


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, documents.JValue) else value


def _wrong(symbol: str, *values: Any) -> ExpressionError:
    shown = " and ".join(f"'{formats.text(value):.40}'" for value in values)
    return ExpressionError(f"Operator '{symbol}' cannot be applied to {shown}")


def _number(symbol: str, value: Any, other: Any) -> Any:
    if isinstance(value, Char):
        return ord(value)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise _wrong(symbol, value, other)
    return value


def _compared(symbol: str, left: Any, right: Any) -> bool:
    if left is None or right is None:
        return False
    if isinstance(left, DateTimeValue) and isinstance(right, DateTimeValue):
        before, after = left.is_before(right), right.is_before(left)
        return {"<": before, ">": after, "<=": not after, ">=": not before}[symbol]
    if isinstance(left, dt.timedelta) and isinstance(right, dt.timedelta):
        one, other = left.total_seconds(), right.total_seconds()
    elif isinstance(left, Enumeration) and isinstance(right, Enumeration):
        one, other = left.number, right.number
    else:
        one, other = _number(symbol, left, right), _number(symbol, right, left)
    return {"<": one < other, ">": one > other, "<=": one <= other, ">=": one >= other}[symbol]


def _of_time(symbol: str, left: Any, right: Any) -> Any:
    if isinstance(right, dt.timedelta) and symbol in {"+", "-"}:
        span = right if symbol == "+" else -right
        return left.plus(span) if isinstance(left, DateTimeValue) else left + span
    if isinstance(left, DateTimeValue) and isinstance(right, DateTimeValue) and symbol == "-":
        return left.minus(right)
    raise _wrong(symbol, left, right)


def _bits(symbol: str, left: int, right: int) -> int:
    return {"&": left & right, "|": left | right, "^": left ^ right}[symbol]


def _of_whole(symbol: str, left: int, right: int) -> int:
    if symbol in {"/", "%"} and right == 0:
        raise DotNetException("DivideByZeroException", "Attempted to divide by zero.")
    one, other = int(left), int(right)
    match symbol:
        case "+":
            made = one + other
        case "-":
            made = one - other
        case "*":
            made = one * other
        case "/":
            made = abs(one) // abs(other) * (1 if (one < 0) == (other < 0) else -1)
        case "%":
            made = abs(one) % abs(other) * (-1 if one < 0 else 1)
        case "<<" | ">>":
            count = other & (63 if isinstance(left, Long) else 31)
            return _fitted(one << count if symbol == "<<" else one >> count, left, left)
        case _:
            made = _bits(symbol, one, other)
    return _fitted(made, left, right)


def _fitted(made: int, left: Any, right: Any) -> int:
    """A whole number in as many bits as its operands have."""
    return Long(wrap_integer(made, 64)) if isinstance(left, Long) or isinstance(right, Long) else wrap_integer(made, 32)


def _of_real(symbol: str, left: Any, right: Any) -> Any:
    if isinstance(left, Decimal) or isinstance(right, Decimal):
        return _of_decimal(symbol, Decimal(left), Decimal(right))
    one, other = float(left), float(right)
    if symbol in {"/", "%"} and other == 0:
        if symbol == "%" or one == 0 or math.isnan(one):
            return math.nan
        return math.inf if one > 0 else -math.inf
    match symbol:
        case "+":
            return one + other
        case "-":
            return one - other
        case "*":
            return one * other
        case "/":
            return one / other
        case "%":
            return math.fmod(one, other) if math.isfinite(one) else math.nan
        case _:
            raise _wrong(symbol, left, right)


def _of_decimal(symbol: str, left: Decimal, right: Decimal) -> Decimal:
    if symbol in {"/", "%"} and right == 0:
        raise DotNetException("DivideByZeroException", "Attempted to divide by zero.")
    try:
        made = {"+": left.__add__, "-": left.__sub__, "*": left.__mul__, "/": left.__truediv__, "%": left.__mod__}[symbol](right)
    except (KeyError, InvalidOperation):
        raise _wrong(symbol, left, right) from None
    if abs(made) > Decimal(2**96):
        raise DotNetException("OverflowException", "Value was either too large or too small for a Decimal.")
    return made
