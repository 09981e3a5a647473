"""Numbers, `bool`, `Math`, `Tuple`, and the members that every value has."""

import math
import zlib
from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from pulumi_workspace365_sandbox.azure.expressions import conversions, documents, formats
from pulumi_workspace365_sandbox.azure.expressions.errors import DotNetException, wrong_format
from pulumi_workspace365_sandbox.azure.expressions.registry import define
from pulumi_workspace365_sandbox.azure.expressions.values import Long, OutArgument, TupleValue, equal


def try_parse(parse: Callable[[Any], Any], empty: Any) -> Callable[..., bool]:
    """`TryParse(text, out value)` of a `Parse`."""

    def attempt(text: Any, *more: Any) -> bool:
        out = more[-1]
        assert isinstance(out, OutArgument)  # noqa: S101  the checker has seen to it
        try:
            out.set(parse(text))
        except DotNetException:
            out.set(empty)
            return False
        return True

    return attempt


define(
    "object",
    methods={
        "ToString": ("string", lambda value, form="", _=None: formats.formatted(value, form if isinstance(form, str) else "")),
        "Equals": ("bool", equal),
        "GetHashCode": ("int", lambda value: zlib.crc32(formats.text(value).encode("utf-8", "surrogatepass")) - 2**31),
        "CompareTo": ("int", lambda one, other: (one > other) - (one < other)),
    },
    functions={"Equals": ("bool", equal), "ReferenceEquals": ("bool", lambda one, other: one is other)},
    makes=("object", lambda: documents.JValue(None)),
)


def parse_double(text: Any, *_: Any) -> float:
    if text is None:
        raise DotNetException("ArgumentNullException", "Value cannot be null. (Parameter 's')")
    try:
        return float(text.strip().replace(",", "").replace("_", "x"))
    except ValueError:
        raise wrong_format(text, "Double") from None


def parse_decimal(text: Any, *_: Any) -> Decimal:
    try:
        parsed = Decimal((text or "").strip().replace(",", "").replace("_", "x"))
    except InvalidOperation:
        raise wrong_format(text or "", "Decimal") from None
    if not parsed.is_finite() or abs(parsed) > Decimal(2**96):
        raise DotNetException("OverflowException", "Value was either too large or too small for a Decimal.")
    return parsed


def parse_bool(text: Any) -> bool:
    parsed = {"true": True, "false": False}.get((text or "").strip().lower())
    if parsed is None:
        raise DotNetException("FormatException", f"String '{(text or ''):.80}' was not recognized as a valid Boolean.")
    return parsed


def parse_whole(bits: int, name: str) -> Callable[..., int]:
    return lambda text, *_: conversions.parse_whole(text, bits, name)


for _name, _bits, _target in (("int", 32, "Int32"), ("long", 64, "Int64")):
    _kind: Callable[[int], int] = int if _bits == 32 else Long
    define(
        _name,
        functions={
            "Parse": (_name, parse_whole(_bits, _target)),
            "TryParse": ("bool", try_parse(parse_whole(_bits, _target), _kind(0)), _name),
        },
        constants={"MaxValue": (_name, _kind(2 ** (_bits - 1) - 1)), "MinValue": (_name, _kind(-(2 ** (_bits - 1))))},
        members={"HasValue": ("bool", lambda _: True), "Value": (_name, lambda value: value)},
    )
define(
    "byte",
    bases=("int",),
    functions={"Parse": ("byte", parse_whole(9, "Byte"))},
    constants={"MaxValue": ("byte", 255), "MinValue": ("byte", 0)},
)
define(
    "double",
    functions={
        "Parse": ("double", parse_double),
        "TryParse": ("bool", try_parse(parse_double, 0.0), "double"),
        "IsNaN": ("bool", math.isnan),
        "IsInfinity": ("bool", math.isinf),
    },
    constants={
        "MaxValue": ("double", 1.7976931348623157e308),
        "MinValue": ("double", -1.7976931348623157e308),
        "NaN": ("double", math.nan),
    },
    members={"HasValue": ("bool", lambda _: True), "Value": ("double", lambda value: value)},
)
define(
    "decimal",
    functions={
        "Parse": ("decimal", parse_decimal),
        "TryParse": ("bool", try_parse(parse_decimal, Decimal()), "decimal"),
        "Round": ("decimal", lambda value, digits=0, how=None: rounded(value, digits, how)),
    },
    constants={"Zero": ("decimal", Decimal(0)), "One": ("decimal", Decimal(1))},
    members={"HasValue": ("bool", lambda _: True), "Value": ("decimal", lambda value: value)},
)
define(
    "bool",
    functions={"Parse": ("bool", parse_bool), "TryParse": ("bool", try_parse(parse_bool, empty=False), "bool")},
    constants={"TrueString": ("string", "True"), "FalseString": ("string", "False")},
    members={"HasValue": ("bool", lambda _: True), "Value": ("bool", lambda value: value)},
)


def rounded(value: Any, digits: Any = 0, how: Any = None) -> Any:
    if not isinstance(digits, int):
        digits, how = 0, digits
    away = how is not None and how.name == "AwayFromZero"
    if isinstance(value, float) and not math.isfinite(value):
        return value
    rounded = Decimal(str(value)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP if away else ROUND_HALF_EVEN)
    return rounded if isinstance(value, Decimal) else float(rounded)


def _power(base: Any, exponent: Any) -> float:
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return math.inf
    except ValueError:
        return math.nan


def _floor(which: Callable[[Any], int]) -> Callable[[Any], Any]:
    return lambda value: (
        Decimal(which(value)) if isinstance(value, Decimal) else float(which(value)) if math.isfinite(value) else value
    )


define(
    "Math",
    constants={"PI": ("double", math.pi), "E": ("double", math.e)},
    functions={
        "Abs": ("$arg0", abs),
        "Max": ("$arg0", max),
        "Min": ("$arg0", min),
        "Floor": ("$arg0", _floor(math.floor)),
        "Ceiling": ("$arg0", _floor(math.ceil)),
        "Truncate": ("$arg0", _floor(math.trunc)),
        "Round": ("$arg0", rounded),
        "Pow": ("double", _power),
        "Sqrt": ("double", lambda value: math.sqrt(value) if value >= 0 else math.nan),
        "Log": ("double", lambda value, base=math.e: math.log(value, base) if value > 0 else math.nan),
        "Log10": ("double", lambda value: math.log10(value) if value > 0 else math.nan),
        "Exp": ("double", lambda value: _power(math.e, value)),
        "Sign": ("int", lambda value: (value > 0) - (value < 0)),
    },
)


define(
    "Tuple",
    functions={"Create": ("Tuple", lambda *items: TupleValue(items))},
    members={f"Item{place + 1}": ("?", lambda value, place=place: value.items[place]) for place in range(8)},
)


define("void")
define("Exception", members={"Message": ("string", lambda failure: failure.message), "InnerException": ("Exception", lambda _: None),
                             "StackTrace": ("string", lambda _: "")})  # fmt: skip
