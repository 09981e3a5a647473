"""Creation dates as the list shows them: their form is not documented (docs/provisioning-api.md#a-10), so they are compared as far as their texts allow.

Whoever asks wants to know what is certain: that an environment is another one, or was made earlier. A server that merely writes its
dates differently since an update must not look like one on which every environment was re-created.
"""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

_DOTNET = re.compile(r"/Date\((-?\d{1,14})(?:[+-]\d{4})?\)/")
_UNIX = re.compile(r"\d{9,10}(\.\d{1,9})?|(?P<milliseconds>\d{12,13}(\.\d{1,9})?)")
"""Seconds and milliseconds of the years 1973 to 2286. Fewer digits are a day (``20261122``) or no date."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RFC_1123 = re.compile(r"([A-Za-z]{3}, *)?\d{1,2} [A-Za-z]{3} \d{4} \d\d:\d\d.*")

_ROUNDING = timedelta(milliseconds=5)
"""Databases store fractions of seconds less exactly than servers tell them."""
_ZONES = timedelta(hours=14)
_BETWEEN_ZONES = timedelta(minutes=15)
_FIRST = datetime(2000, 1, 1, tzinfo=UTC)
"""Workspace 365 is younger than that."""
_AHEAD = timedelta(minutes=15)


@lru_cache(maxsize=1 << 15)  # a list of ten thousand is asked many times
def parse(text: str) -> datetime | None:
    """The date of a text in ISO 8601, of older .NET (``/Date(1700000000000)/``), RFC 1123 or in (milli)seconds since 1970; else ``None``.

    Plain numbers are Unix times between March 1973 and November 2286.
    """
    text = text.strip()
    try:
        if dotnet := _DOTNET.fullmatch(text):
            return _EPOCH + timedelta(milliseconds=int(dotnet[1]))
        if unix := _UNIX.fullmatch(text):
            return _EPOCH + (timedelta(milliseconds=float(text)) if unix["milliseconds"] else timedelta(seconds=float(text)))
        if _RFC_1123.fullmatch(text):
            from email.utils import parsedate_to_datetime  # noqa: PLC0415  no preview needs it

            return parsedate_to_datetime(text)
        return datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None


def assume_utc(moment: datetime) -> datetime:
    """UTC if the text contains no zone."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def same_moment(one: str | None, other: str | None) -> bool:
    """Whether two texts may mean one moment.

    In one form, different texts are different moments. In different forms that is so only where both can be read and neither rounding
    nor a missing time zone explains the difference.
    """
    if one is None or other is None or one == other:
        return True
    first, second = parse(one), parse(other)
    is_one_form = _form(one) == _form(other)
    if first is None or second is None:
        return not is_one_form
    apart = abs(assume_utc(first) - assume_utc(second))
    if is_one_form:
        return not apart
    rounding = max(_precision(first), _precision(second))
    if first.tzinfo and second.tzinfo:
        return apart < rounding
    beside = apart % _BETWEEN_ZONES
    return apart < _ZONES + rounding and min(beside, _BETWEEN_ZONES - beside) < rounding


def is_before(created: str | None, since: datetime) -> bool:
    """Whether the date is certainly earlier, with tolerance for different clocks and missing zones."""
    seconds = _seconds_between(created, since)
    return seconds is not None and seconds > 0


def is_after(created: str | None, until: datetime) -> bool:
    """Whether the date is certainly later, leaving room likewise."""
    seconds = _seconds_between(created, until)
    return seconds is not None and seconds < 0


def may_be_within(created: str | None, since: datetime, until: datetime, *, or_earlier: bool = False) -> bool:
    """Whether the text may denote a time in that period, whatever its errors.

    The zone may be wrong or missing, day and month may be exchanged. A text that is no date excludes nothing, nor does a
    date in the future, or one before there were environments: databases have such defaults.

    Args:
        created: the text.
        since: the first moment.
        until: the last one.
        or_earlier: no date excludes it that is earlier.
    """
    moment = parse(created or "")
    if moment is None or assume_utc(moment) < _FIRST or assume_utc(moment) > datetime.now(UTC) + _AHEAD:
        return True
    if or_earlier and is_before(created, since):
        return True
    return any(
        not (is_before(text, since - _ZONES) or is_after(text, until + _ZONES))
        for text in (moment.isoformat(), _exchanged(moment))
        if text
    )


def _exchanged(moment: datetime) -> str | None:
    """The date with day and month exchanged."""
    try:
        return moment.replace(month=moment.day, day=moment.month).isoformat()
    except ValueError:
        return None


def _precision(moment: datetime) -> timedelta:
    """The precision of a time by its text: parts that are zero may have been left out by the server."""
    if moment.microsecond:
        return _ROUNDING
    if moment.second:
        return timedelta(seconds=1)
    return timedelta(minutes=1) if moment.hour or moment.minute or moment.tzinfo else timedelta(days=1)


def _form(text: str) -> str:
    """What texts have in common that one program wrote. Since 2001 Unix times have one digit more: no other form."""
    text = text.strip()
    if unix := _UNIX.fullmatch(text):
        return f"{'milliseconds' if unix['milliseconds'] else 'seconds'}{'.' if '.' in text else ''}"
    if dotnet := _DOTNET.fullmatch(text):
        text = text.replace(dotnet[1], "0", 1)
    numbers = re.sub(r"\d+", lambda digits: "0" * max(2, len(digits[0])), text)  # 9:05 and 10:05 are of one form
    return re.sub(r"[^\W\d_]+", "a", numbers)


def _seconds_between(created: str | None, other: datetime) -> float | None:
    """For how long the first was over when the other began, 0 when that may be never, negative when it came later; ``None`` if unreadable."""
    moment = parse(created or "")
    if moment is None:
        return None
    room = timedelta(minutes=15) if moment.tzinfo else timedelta(days=2)
    apart = (other if moment.tzinfo else other.replace(tzinfo=None)) - moment
    return apart.total_seconds() if abs(apart) > room else 0.0
