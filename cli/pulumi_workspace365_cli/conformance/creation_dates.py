"""The format and time zone of creation dates, inferred from one whose time is known."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pulumi_workspace365.api import timestamps

CLOSE = timedelta(minutes=2)
"""So far may a date be from the create that it is of: clocks are read at different ends of it."""
_ZONES, _STEP = timedelta(hours=14), timedelta(minutes=15)
_ROUGH = re.compile(r"\d{4}-\d\d-\d\d(T00:00(:00(\.0+)?)?)?(Z|[+-]\d\d:\d\d)?")


@dataclass(frozen=True)
class CreateTiming:
    """When a create was sent and when it was answered, by this machine's clock; how far the instance's clock is ahead of it."""

    began: datetime
    ended: datetime
    skew: timedelta = timedelta()

    def offset_from(self, moment: datetime) -> timedelta:
        """How much later (positive) or earlier than the create a moment of the instance is."""
        began, ended = self.began + self.skew, self.ended + self.skew
        return moment - ended if moment > ended else min(timedelta(), moment - began)


def is_day_only(text: str) -> bool:
    """Whether a date tells no time of day."""
    return bool(_ROUGH.fullmatch(text.strip()))


def date_format(text: str) -> str:
    """The form of a date, by which it can be recognised; digits become 0."""
    return re.sub(r"\d", "0", text.strip())[:60]


def clock_offset(text: str | None, create: CreateTiming) -> timedelta | None:
    """How far the clock that dated the create is from the moment it means, as far as zones explain it; ``None`` if they do not.

    Zero for the moment of the create itself.
    """
    read = timestamps.parse(text or "")
    if read is None:
        return None
    apart = create.offset_from(timestamps.assume_utc(read))
    offset = round(apart / _STEP) * _STEP
    return offset if abs(apart - offset) <= CLOSE and abs(offset) <= _ZONES else None


def may_belong_to(text: str | None, create: CreateTiming) -> bool:
    """Whether an environment of that date can be the one created; one without a date can."""
    if not text:
        return True
    read = timestamps.parse(text)
    if read is not None and is_day_only(text):
        return abs((read.date() - create.began.astimezone(UTC).date()).days) <= 1
    return clock_offset(text, create) is not None
