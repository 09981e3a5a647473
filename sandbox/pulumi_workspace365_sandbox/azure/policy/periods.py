"""Periods as policies give them: seconds, or a duration of ISO 8601."""

import re

_DURATION = re.compile(r"P(?:(\d{1,6})D)?(?:T(?=\d)(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,9})S)?)?")


def seconds(text: str) -> int | None:
    """The seconds of `60`, `PT1M`, `P1D`; None for what is neither."""
    if text.isascii() and text.isdecimal() and len(text) < 12:
        return int(text)
    match = _DURATION.fullmatch(text)
    if match is None or not any(match.groups()):
        return None
    days, hours, minutes, rest = (int(part or 0) for part in match.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + rest
