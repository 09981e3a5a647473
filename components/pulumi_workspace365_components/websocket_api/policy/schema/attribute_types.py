"""What the literal value of an attribute must be. Each check gives the missing half of the sentence "must be …"."""

import re

from pulumi_workspace365_components.websocket_api.policy.schema.model import Attribute, Check

_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def seconds_of(text: str) -> int | None:
    """The seconds of a whole number or of an ISO 8601 duration (``PT1M`` is 60); None where it is neither."""
    if re.fullmatch(r"\d{1,18}", text, re.ASCII):
        return int(text)
    found = _DURATION.fullmatch(text) if len(text) <= 40 and text[-1:].isalpha() else None
    if not found or not any(found.groups()):
        return None
    return sum(int(amount or 0) * unit for amount, unit in zip(found.groups(), (86400, 3600, 60, 1), strict=True))


def _anything(_text: str) -> str | None:
    return None


def _filled(text: str) -> str | None:
    return None if text.strip() else "filled in"


def text(*, required: bool = False, empty: bool = False, expression: bool | None = True, default: str | None = None) -> Attribute:
    """Any text; a required one is not empty unless that has a meaning."""
    return Attribute(_filled if required and not empty else _anything, required, expression, default)


def integer(
    least: int, most: int | None = None, *, required: bool = False, expression: bool | None = True, default: str | None = None
) -> Attribute:
    """A whole number."""
    wanted = f"a whole number from {least} to {most}" if most is not None else f"a whole number of at least {least}"

    def check(value: str) -> str | None:
        fits = re.fullmatch(r"\d{1,18}", value, re.ASCII) and least <= int(value) and (most is None or int(value) <= most)
        return None if fits else wanted

    return Attribute(check, required, expression, default)


def boolean(*, default: str | None = None, required: bool = False, expression: bool | None = True) -> Attribute:
    """``true`` or ``false``."""
    return Attribute(
        lambda value: None if value.lower() in {"true", "false"} else "'true' or 'false'", required, expression, default
    )


def choice(*values: str, required: bool = False, expression: bool | None = True, default: str | None = None) -> Attribute:
    """One of a few words, of which the reference writes some with a capital and some without."""
    wanted = " or ".join(f"'{value}'" for value in values)
    return Attribute(lambda value: None if value.lower() in values else wanted, required, expression, default)


def period(least: int, most: int | None, *, endless: bool = False, expression: bool) -> Attribute:
    """A required time in seconds or as an ISO 8601 duration; ``endless``: 0 stands for infinite."""
    wanted = f"at least {least} seconds" if most is None else f"from {least} to {most} seconds"
    wanted += ", or 0 for an infinite period" if endless else ""

    def check(value: str) -> str | None:
        seconds = seconds_of(value)
        fits = seconds is not None and ((seconds == 0 and endless) or (least <= seconds and (most is None or seconds <= most)))
        return None if fits else wanted

    return Attribute(check, required=True, expression=expression)


def moment() -> Attribute:
    """A time in UTC, ``yyyy-MM-ddTHH:mm:ssZ``, never an expression."""
    check: Check = lambda value: None if _MOMENT.fullmatch(value) else "a time like 2030-01-31T00:00:00Z"  # noqa: E731  one line says it
    return Attribute(check, expression=False, default="0001-01-01T00:00:00Z")
