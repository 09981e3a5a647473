"""`DateTime`, `DateTimeOffset`, `TimeSpan`, `TimeZoneInfo.Utc`."""

import calendar
import datetime as dt
from collections.abc import Callable
from typing import Any

from pulumi_workspace365_sandbox.azure.expressions import datetimes
from pulumi_workspace365_sandbox.azure.expressions.datetimes import EPOCH_TICKS, DateTimeValue
from pulumi_workspace365_sandbox.azure.expressions.dotnet_types import enumerations
from pulumi_workspace365_sandbox.azure.expressions.dotnet_types.numbers import try_parse
from pulumi_workspace365_sandbox.azure.expressions.errors import DotNetException
from pulumi_workspace365_sandbox.azure.expressions.registry import Entry, define
from pulumi_workspace365_sandbox.azure.expressions.values import Long

_FIRST, _LAST = dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31, 23, 59, 59, 999999)  # noqa: DTZ001  of unspecified kind
_UNREPRESENTABLE = "Year, Month, and Day parameters describe an un-representable DateTime."


class Clock:
    """A constant that is another each time."""

    def __init__(self, read: Callable[[], DateTimeValue]) -> None:
        self.read = read


def _months(moment: DateTimeValue, count: int) -> DateTimeValue:
    place = moment.time.year * 12 + moment.time.month - 1 + count
    year, month = divmod(place, 12)
    if not 1 <= year <= 9999:
        raise DotNetException("ArgumentOutOfRangeException", _UNREPRESENTABLE)
    day = min(moment.time.day, calendar.monthrange(year, month + 1)[1])
    return DateTimeValue(moment.time.replace(year=year, month=month + 1, day=day), moment.offset)


def _adds(unit: str) -> Callable[[DateTimeValue, float], DateTimeValue]:
    return lambda moment, count: moment.plus(datetimes.span(**{unit: float(count)}))


def _minus(moment: DateTimeValue, other: Any) -> Any:
    return moment.minus(other) if isinstance(other, DateTimeValue) else moment.plus(-other)


def _at_ticks(ticks: int) -> dt.datetime:
    try:
        return _FIRST + dt.timedelta(microseconds=ticks // 10)
    except OverflowError:
        raise DotNetException(
            "ArgumentOutOfRangeException", "Ticks must be between DateTime.MinValue.Ticks and DateTime.MaxValue.Ticks."
        ) from None


def _made(first: Any, *rest: Any) -> dt.datetime:
    if not rest or not isinstance(rest[0], int):
        return _at_ticks(first)
    numbers = [item for item in (first, *rest) if isinstance(item, int)]
    try:
        made = dt.datetime(*numbers[:6])  # type: ignore[arg-type]  # noqa: DTZ001  the kind comes below
    except (ValueError, TypeError):
        raise DotNetException("ArgumentOutOfRangeException", _UNREPRESENTABLE) from None
    return made + dt.timedelta(milliseconds=numbers[6] if len(numbers) > 6 else 0)


def _moment(first: Any, *rest: Any) -> DateTimeValue:
    utc = any(getattr(item, "name", "") == "Utc" for item in rest)
    return DateTimeValue(_made(first, *rest).replace(tzinfo=dt.UTC if utc else None))


def _with_offset(first: Any, *rest: Any) -> DateTimeValue:
    if isinstance(first, DateTimeValue):
        return DateTimeValue(first.utc().time, offset=True)
    span = next((item for item in rest if isinstance(item, dt.timedelta)), dt.timedelta())
    return DateTimeValue(_made(first, *rest).replace(tzinfo=dt.timezone(span)), offset=True)


def _unix(scale: int) -> Callable[[int], DateTimeValue]:
    def made(count: int) -> DateTimeValue:
        return DateTimeValue(_at_ticks(EPOCH_TICKS + count * scale).replace(tzinfo=dt.UTC), offset=True)

    return made


def _kind(moment: DateTimeValue) -> Any:
    return enumerations.value("DateTimeKind", "Utc" if moment.time.tzinfo else "Unspecified")


def _midnight(moment: DateTimeValue) -> DateTimeValue:
    return DateTimeValue(moment.time.replace(hour=0, minute=0, second=0, microsecond=0))


def _part(name: str) -> tuple[str, Any]:
    return "int", lambda moment: getattr(moment.time, name)


def _shared(name: str) -> tuple[dict[str, Entry], dict[str, Entry]]:
    members: dict[str, Entry] = {part.capitalize(): _part(part) for part in ("year", "month", "day", "hour", "minute", "second")}
    members |= {
        "Millisecond": ("int", lambda moment: moment.time.microsecond // 1000),
        "DayOfYear": ("int", lambda moment: moment.time.timetuple().tm_yday),
        "DayOfWeek": ("DayOfWeek", lambda moment: enumerations.value("DayOfWeek", datetimes.DAYS[moment.time.weekday()])),
        "Date": ("DateTime", _midnight),
        "TimeOfDay": (
            "TimeSpan",
            lambda moment: (
                moment.minus(_midnight(moment))
                if not moment.offset
                else moment.time - moment.time.replace(hour=0, minute=0, second=0, microsecond=0)
            ),
        ),
        "Ticks": ("long", lambda moment: moment.ticks),
    }
    methods: dict[str, Entry] = {
        **{f"Add{unit.capitalize()}": (name, _adds(unit)) for unit in ("days", "hours", "minutes", "seconds", "milliseconds")},
        "AddMonths": (name, _months),
        "AddYears": (name, lambda moment, count: _months(moment, count * 12)),
        "AddTicks": (name, lambda moment, count: moment.plus(datetimes.span(microseconds=count // 10))),
        "Add": (name, lambda moment, span: moment.plus(span)),
        "Subtract": ("$subtract", _minus),
        "ToString": (
            "string",
            lambda moment, form="", _=None: moment.formatted(form) if isinstance(form, str) and form else moment.shown(),
        ),
        "ToUniversalTime": (name, DateTimeValue.utc),
        "ToLocalTime": (name, DateTimeValue.utc),
        "CompareTo": ("int", lambda one, other: int(other.is_before(one)) - int(one.is_before(other))),
    }
    return members, methods


_MEMBERS, _METHODS = _shared("DateTime")
define(
    "DateTime",
    makes=("DateTime", _moment),
    members=_MEMBERS | {"Kind": ("DateTimeKind", _kind)},
    methods=_METHODS | {"IsDaylightSavingTime": ("bool", lambda _: False)},
    constants={
        "MinValue": ("DateTime", DateTimeValue(_FIRST)),
        "MaxValue": ("DateTime", DateTimeValue(_LAST)),
        "UtcNow": ("DateTime", Clock(datetimes.now)),
        "Now": ("DateTime", Clock(datetimes.now)),
        "Today": ("DateTime", Clock(lambda: _midnight(datetimes.now()))),
    },
    functions={
        "Parse": ("DateTime", lambda text, *_: datetimes.parse(text)),
        "ParseExact": ("DateTime", lambda text, *_: datetimes.parse(text)),
        "TryParse": ("bool", try_parse(datetimes.parse, DateTimeValue(_FIRST)), "DateTime"),
        "DaysInMonth": ("int", lambda year, month: calendar.monthrange(year, month)[1]),
        "IsLeapYear": ("bool", calendar.isleap),
        "SpecifyKind": (
            "DateTime",
            lambda moment, kind: DateTimeValue(moment.time.replace(tzinfo=dt.UTC if kind.number else None)),
        ),
    },
)
_MEMBERS, _METHODS = _shared("DateTimeOffset")
define(
    "DateTimeOffset",
    makes=("DateTimeOffset", _with_offset),
    members=_MEMBERS
    | {
        "DateTime": ("DateTime", lambda moment: DateTimeValue(moment.time.replace(tzinfo=None))),
        "UtcDateTime": ("DateTime", lambda moment: DateTimeValue(moment.utc().time)),
        "LocalDateTime": ("DateTime", lambda moment: DateTimeValue(moment.utc().time)),
        "Offset": ("TimeSpan", lambda moment: moment.time.utcoffset()),
        "UtcTicks": ("long", lambda moment: moment.utc().ticks),
    },
    methods=_METHODS
    | {
        "ToUnixTimeSeconds": ("long", lambda moment: Long(moment.unix_milliseconds // 1000)),
        "ToUnixTimeMilliseconds": ("long", lambda moment: Long(moment.unix_milliseconds)),
        "ToOffset": (
            "DateTimeOffset",
            lambda moment, span: DateTimeValue(moment.time.astimezone(dt.timezone(span)), offset=True),
        ),
    },
    constants={
        "MinValue": ("DateTimeOffset", DateTimeValue(_FIRST.replace(tzinfo=dt.UTC), offset=True)),
        "MaxValue": ("DateTimeOffset", DateTimeValue(_LAST.replace(tzinfo=dt.UTC), offset=True)),
        **dict.fromkeys(("UtcNow", "Now"), ("DateTimeOffset", Clock(lambda: datetimes.now(offset=True)))),
    },
    functions={
        "Parse": ("DateTimeOffset", lambda text, *_: datetimes.parse(text, offset=True)),
        "TryParse": (
            "bool",
            try_parse(lambda text: datetimes.parse(text, offset=True), DateTimeValue(_FIRST.replace(tzinfo=dt.UTC), offset=True)),
            "DateTimeOffset",
        ),
        "FromUnixTimeSeconds": ("DateTimeOffset", _unix(10_000_000)),
        "FromUnixTimeMilliseconds": ("DateTimeOffset", _unix(10_000)),
    },
)


def _span(*parts: int) -> dt.timedelta:
    """`TimeSpan(ticks)`, `(h, m, s)`, `(d, h, m, s)`, `(d, h, m, s, ms)`."""
    if len(parts) == 1:
        return datetimes.span(microseconds=parts[0] // 10)
    days, hours, minutes, seconds, *rest = parts if len(parts) > 3 else (0, *parts)
    return datetimes.span(days=days, hours=hours, minutes=minutes, seconds=seconds, milliseconds=rest[0] if rest else 0)


def _total(seconds: float) -> tuple[str, Any]:
    return "double", lambda span: span.total_seconds() / seconds


def _rest(seconds: int, most: int) -> tuple[str, Any]:
    def part(span: dt.timedelta) -> int:
        whole = int(abs(span.total_seconds()) // seconds) % most
        return -whole if span < dt.timedelta() else whole

    return "int", part


define(
    "TimeSpan",
    makes=("TimeSpan", _span),
    members={
        "TotalDays": _total(86_400), "TotalHours": _total(3600), "TotalMinutes": _total(60), "TotalSeconds": _total(1),
        "TotalMilliseconds": _total(0.001),
        "Days": _rest(86_400, 10**9), "Hours": _rest(3600, 24), "Minutes": _rest(60, 60), "Seconds": _rest(1, 60),
        "Milliseconds": ("int", lambda span: span.microseconds // 1000),
        "Ticks": ("long", datetimes.span_ticks),
    },
    methods={
        "Add": ("TimeSpan", lambda span, other: span + other),
        "Subtract": ("TimeSpan", lambda span, other: span - other),
        "Negate": ("TimeSpan", lambda span: -span),
        "Duration": ("TimeSpan", abs),
        "ToString": ("string", lambda span, form="c", _=None: datetimes.span_text(span, form)),
    },
    constants={"Zero": ("TimeSpan", dt.timedelta()), "MaxValue": ("TimeSpan", dt.timedelta.max)},
    functions={
        **{f"From{unit.capitalize()}": ("TimeSpan", lambda count, unit=unit: datetimes.span(**{unit: float(count)}))
           for unit in ("days", "hours", "minutes", "seconds", "milliseconds")},
        "FromTicks": ("TimeSpan", _span),
        "Parse": ("TimeSpan", datetimes.parse_span),
        "TryParse": ("bool", try_parse(datetimes.parse_span, dt.timedelta()), "TimeSpan"),
    },
)  # fmt: skip
