"""The format and time zone of creation dates, inferred from one whose time is known."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pulumi_workspace365.api import timestamps

CLOSE = timedelta(minutes=2)
"""The largest difference between a creation date and the time of its create, because the instance reads its clock at some time during it."""
_ZONES, _STEP = timedelta(hours=14), timedelta(minutes=15)
_ROUGH = re.compile(r"\d{4}-\d\d-\d\d(T00:00(:00(\.0+)?)?)?(Z|[+-]\d\d:\d\d)?")


@dataclass(frozen=True)
class CreateTiming:
    """The times of a create's request and response by this machine's clock, and how far the instance's clock is ahead of it."""

    began: datetime
    ended: datetime
    skew: timedelta = timedelta()

    def offset_from(self, moment: datetime) -> timedelta:
        """How much later (positive) or earlier (negative) than the create a time of the instance's clock is."""
        began, ended = self.began + self.skew, self.ended + self.skew
        return moment - ended if moment > ended else min(timedelta(), moment - began)


def is_day_only(text: str) -> bool:
    """Whether a date has no time of day."""
    return bool(_ROUGH.fullmatch(text.strip()))


def date_format(text: str) -> str:
    """The format of a date: its text with all digits replaced by 0."""
    return re.sub(r"\d", "0", text.strip())[:60]


def clock_offset(text: str | None, create: CreateTiming) -> timedelta | None:
    """The offset of a creation date from the time of the create, if a time zone explains it; otherwise ``None``.

    Zero if the date is the time of the create.
    """
    read = timestamps.parse(text or "")
    if read is None:
        return None
    apart = create.offset_from(timestamps.assume_utc(read))
    offset = round(apart / _STEP) * _STEP
    return offset if abs(apart - offset) <= CLOSE and abs(offset) <= _ZONES else None


def may_belong_to(text: str | None, create: CreateTiming) -> bool:
    """Whether an environment with that creation date can be the created one; one without a date can."""
    if not text:
        return True
    read = timestamps.parse(text)
    if read is not None and is_day_only(text):
        return abs((read.date() - create.began.astimezone(UTC).date()).days) <= 1
    return clock_offset(text, create) is not None
