"""`DateTime`, `DateTimeOffset` and `TimeSpan`, with their formats."""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from pulumi_workspace365_sandbox.azure.expressions.errors import DotNetException, wrong_format
from pulumi_workspace365_sandbox.azure.expressions.values import Long

EPOCH_TICKS = 621_355_968_000_000_000
_MICROSECOND = 10
_FIELD = re.compile(
    r"(?P<text>'[^']*'|\"[^\"]*\"|\\.)|yyyy|yy|MMMM|MMM|MM|M|dddd|ddd|dd|d|HH|H|hh|h|mm|m|ss|s|f{1,7}|F{1,7}|tt|t|K|zzz|zz|z|."
)
_STANDARD = {
    "d": "MM/dd/yyyy",
    "D": "dddd, dd MMMM yyyy",
    "f": "dddd, dd MMMM yyyy HH:mm",
    "F": "dddd, dd MMMM yyyy HH:mm:ss",
    "g": "MM/dd/yyyy HH:mm",
    "G": "MM/dd/yyyy HH:mm:ss",
    "m": "MMMM dd",
    "M": "MMMM dd",
    "o": "yyyy-MM-ddTHH:mm:ss.fffffffK",
    "O": "yyyy-MM-ddTHH:mm:ss.fffffffK",
    "r": "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
    "R": "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
    "s": "yyyy-MM-ddTHH:mm:ss",
    "t": "HH:mm",
    "T": "HH:mm:ss",
    "u": "yyyy-MM-dd HH:mm:ss'Z'",
    "y": "yyyy MMMM",
    "Y": "yyyy MMMM",
}
_PARSED = ("%m/%d/%Y %H:%M:%S", "%m/%d/%Y", "%a, %d %b %Y %H:%M:%S GMT", "%Y-%m-%d %H:%M:%SZ", "%Y/%m/%d", "%m/%d/%Y %H:%M")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


@dataclass(frozen=True, order=True)
class DateTimeValue:
    """`time` has a zone where the kind of a DateTime is known, and always for a DateTimeOffset."""

    time: dt.datetime
    offset: bool = False

    @property
    def kind(self) -> str:
        return "DateTimeOffset" if self.offset else "DateTime"

    def shown(self) -> str:
        return self.formatted("MM/dd/yyyy HH:mm:ss zzz" if self.offset else "G")

    def same_value(self, other: Any) -> bool:
        return isinstance(other, DateTimeValue) and self.plain() == other.plain()

    def plain(self) -> dt.datetime:
        return self.time.astimezone(dt.UTC).replace(tzinfo=None) if self.offset else self.time.replace(tzinfo=None)

    def is_before(self, other: "DateTimeValue") -> bool:
        return self.plain() < other.plain()

    def minus(self, other: "DateTimeValue") -> dt.timedelta:
        return self.plain() - other.plain()

    def plus(self, span: dt.timedelta) -> "DateTimeValue":
        try:
            return DateTimeValue(self.time + span, self.offset)
        except OverflowError:
            raise DotNetException(
                "ArgumentOutOfRangeException", "The added or subtracted value results in an un-representable DateTime."
            ) from None

    def utc(self) -> "DateTimeValue":
        zoned = self.time if self.time.tzinfo else self.time.replace(tzinfo=dt.UTC)
        return DateTimeValue(zoned.astimezone(dt.UTC), self.offset)

    @property
    def ticks(self) -> Long:
        span = self.time.replace(tzinfo=None) - dt.datetime(1, 1, 1)  # noqa: DTZ001  ticks count from there
        return Long((span.days * 86_400 + span.seconds) * 10_000_000 + span.microseconds * _MICROSECOND)

    @property
    def unix_milliseconds(self) -> int:
        return (int(self.utc().ticks) - EPOCH_TICKS) // 10_000

    def formatted(self, form: str) -> str:
        """Under a standard or custom format string of .NET, invariant culture."""
        time = self.time
        if self.offset and form in {"r", "R", "u"}:
            time = self.utc().time
        form = _STANDARD.get(form, form)
        if len(form) == 1:
            raise DotNetException("FormatException", "Input string was not in a correct format.")
        return _FIELD.sub(lambda match: _field(match, time), form.removeprefix("%"))


def _field(match: re.Match[str], time: dt.datetime) -> str:  # noqa: C901  a table of fields, each its own way
    field = match[0]
    if match["text"]:
        return field[1:] if field[0] == "\\" else field[1:-1]
    match field:
        case "yyyy":
            return f"{time.year:04}"
        case "yy":
            return f"{time.year % 100:02}"
        case "MMMM" | "MMM":
            return MONTHS[time.month - 1][: None if field == "MMMM" else 3]
        case "dddd" | "ddd":
            return DAYS[time.weekday()][: None if field == "dddd" else 3]
        case "tt" | "t":
            return ("AM" if time.hour < 12 else "PM")[: len(field)]
        case "K":
            return "" if time.tzinfo is None else "Z" if _offset(time) == 0 and not _is_offset(time) else _zone(time)
        case "zzz":
            return _zone(time)
        case "zz" | "z":
            hours = _offset(time) // 60
            return f"{'-' if hours < 0 else '+'}{abs(hours):0{len(field)}}"
    if field[0] in "fF":
        shown = f"{time.microsecond:06}0"[: len(field)]
        return shown.rstrip("0") if field[0] == "F" else shown
    numbers = {"M": time.month, "d": time.day, "H": time.hour, "h": time.hour % 12 or 12, "m": time.minute, "s": time.second}
    return f"{numbers[field[0]]:0{len(field)}}" if field[0] in numbers else field


def _is_offset(time: dt.datetime) -> bool:
    return isinstance(time.tzinfo, dt.timezone) and time.tzinfo is not dt.UTC


def _offset(time: dt.datetime) -> int:
    span = time.utcoffset()
    return 0 if span is None else int(span.total_seconds()) // 60


def _zone(time: dt.datetime) -> str:
    minutes = _offset(time)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def parse(text: str, *, offset: bool = False) -> DateTimeValue:
    """`DateTime.Parse`, for ISO 8601, RFC 1123 and the invariant culture. Raises DotNetException."""
    if text is None:
        raise DotNetException("ArgumentNullException", "Value cannot be null. (Parameter 's')")
    stripped = re.sub(r"(\.\d{6})\d+", r"\1", text.strip())
    parsed = None
    try:
        parsed = dt.datetime.fromisoformat(stripped)
    except ValueError:
        for form in _PARSED:
            try:
                parsed = dt.datetime.strptime(stripped, form)  # noqa: DTZ007  the zone is given below
                parsed = parsed.replace(tzinfo=dt.UTC) if form.endswith(("GMT", "Z")) else parsed
                break
            except ValueError:
                continue
    if parsed is None:
        raise wrong_format(text, "DateTime")
    if parsed.tzinfo is not None and not offset:
        parsed = parsed.astimezone(dt.UTC)
    return DateTimeValue(parsed if parsed.tzinfo or not offset else parsed.replace(tzinfo=dt.UTC), offset)


def now(*, offset: bool = False) -> DateTimeValue:
    return DateTimeValue(dt.datetime.now(dt.UTC), offset)


def span_ticks(span: dt.timedelta) -> Long:
    return Long((span.days * 86_400 + span.seconds) * 10_000_000 + span.microseconds * _MICROSECOND)


def span(**parts: Any) -> dt.timedelta:
    """Raises DotNetException for what is too long."""
    try:
        return dt.timedelta(**parts)
    except (OverflowError, ValueError):
        raise DotNetException("OverflowException", "TimeSpan overflowed because the duration is too long.") from None


def span_text(value: dt.timedelta, form: str = "c") -> str:
    """The constant format, or a custom one of `d h m s f`."""
    ticks = abs(int(span_ticks(value)))
    seconds, fraction = divmod(ticks, 10_000_000)
    days, rest = divmod(seconds, 86_400)
    sign = "-" if value < dt.timedelta() else ""
    if form in {"c", "t", "T", "g", "G"}:
        shown = f"{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
        return f"{sign}{f'{days}.' if days else ''}{shown}{f'.{fraction:07}' if fraction else ''}"
    numbers = {"d": days, "h": rest // 3600, "m": rest // 60 % 60, "s": rest % 60}

    def one(match: re.Match[str]) -> str:
        field = match[0]
        if field[0] in "'\"\\":
            return field[1:] if field[0] == "\\" else field[1:-1]
        return f"{fraction:07}"[: len(field)] if field[0] == "f" else f"{numbers[field[0]]:0{len(field)}}"

    return re.sub(r"'[^']*'|\"[^\"]*\"|\\.|d+|h+|m+|s+|f+", one, form)


def parse_span(text: str) -> dt.timedelta:
    """`TimeSpan.Parse`. Raises DotNetException."""
    match = re.fullmatch(
        r"\s*(-)?(?:(\d{1,8})\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,7}))?)?\s*|\s*(-?\d{1,8})\s*", text or ""
    )
    if match is None:
        raise wrong_format(text or "", "TimeSpan")
    if match[7]:
        return span(days=int(match[7]))
    days, hours, minutes, seconds = (int(match[place] or 0) for place in (2, 3, 4, 5))
    made = span(days=days, hours=hours, minutes=minutes, seconds=seconds, microseconds=int((match[6] or "0").ljust(7, "0")) // 10)
    return -made if match[1] else made
