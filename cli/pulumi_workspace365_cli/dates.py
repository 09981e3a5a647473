"""Dates as the server writes them, read leniently (they have no documented form)."""

from datetime import date, datetime

from pulumi_workspace365.api import timestamps


def moment(text: str | None) -> datetime | None:
    """Parse a date and time, in UTC unless it has a zone; ``None`` if it cannot be parsed."""
    read = timestamps.parse(text or "")
    return read and timestamps.assume_utc(read)


def day(text: str | None) -> date | None:
    """The date a text begins with."""
    read = moment(text)
    return read.date() if read else None


def age_in_days(text: str | None, now: datetime) -> int | None:
    """Whole days from a moment until now."""
    read = moment(text)
    return (now - read).days if read else None
