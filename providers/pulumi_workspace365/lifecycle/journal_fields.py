"""Typed access to the fields of the journal's records, with errors that show the actual value."""

from datetime import UTC, datetime

_YEARS = range(1000, 9000)
FARTHEST = 1e9
"""Times and differences beyond these cannot be reckoned with, and are of no clock."""


def text(value: object) -> str:
    """A text.

    Raises:
        ValueError: it is none.
    """
    if not isinstance(value, str):
        raise _unexpected("a text", value)
    return value


def texts(value: object) -> tuple[str, ...]:
    """A list of texts.

    Raises:
        ValueError: it is none.
    """
    if not isinstance(value, list | tuple):  # what was just made is not read from a file
        raise _unexpected("a list", value)
    return tuple(map(text, value))


def dates(value: object) -> dict[str, str | None]:
    """An object of texts or nulls.

    Raises:
        ValueError: it is none.
    """
    if not isinstance(value, dict):
        raise _unexpected("an object", value)
    return {name: None if date is None else text(date) for name, date in value.items()}


def seconds(value: object) -> float:
    """A number of seconds.

    Raises:
        ValueError: it is none, or of no clock.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < FARTHEST:
        raise _unexpected("a number of seconds", value)
    return float(value)


def moment(value: object) -> datetime:
    """A time in ISO 8601; UTC if it has no zone.

    Raises:
        ValueError: it is none, or of no clock.
    """
    try:
        parsed = datetime.fromisoformat(text(value))
    except ValueError as problem:
        raise _unexpected("a time", value) from problem
    if parsed.year not in _YEARS:
        raise _unexpected("a time of a clock", value)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def _unexpected(what: str, value: object) -> ValueError:
    return ValueError(f"{what} is expected, not {value!r:.40}")
