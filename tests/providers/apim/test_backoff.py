"""How long is waited: `Retry-After` in both its forms, and in none."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_workspace365.api.http_client import retry_after
from pulumi_workspace365.apim.backoff import poll_delay, retry_delay

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  the zone is given beside it


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("10", 10),
        (" 0 ", 0),
        ("Sun, 22 Nov 2026 12:00:30 GMT", 30),
        ("Sun, 22 Nov 2026 11:00:00 GMT", 0),
        ("Sunday, 22-Nov-26 12:01:00 GMT", 60),
        ("", None),
        (None, None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("Sun, 22 Nov 2026 12:00:00 +99999999", None),
        ("Sun, 22 Nov 2026 12:00:00 -2400", None),
        ("Fri, 31 Dec 9999 23:59:59 GMT", (datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC) - NOW).total_seconds()),
        ("Mon, 01 Jan 0001 00:00:00 +2359", 0),
        ("NaN", None),
        ("1e400", None),
        ("1" * 400, 1e9),
        ("Sun, " * 30_000, None),
    ],
)
def test_seconds_and_dates_are_read_and_nonsense_is_not(text: str | None, seconds: float | None) -> None:
    assert retry_after(text, NOW) == seconds


@given(moments, moments)
def test_any_http_date_says_the_seconds_until_then(now: datetime, then: datetime) -> None:
    then = then.replace(microsecond=0)
    assert retry_after(format_datetime(then, usegmt=True), now) == max(0.0, (then - now) / timedelta(seconds=1))


@given(st.text() | st.from_regex(r"[A-Z][a-z]{2}, [0-9]{1,12} [A-Z][a-z]{2} [0-9]{1,12} [0-9:]{1,12} [+-]?[0-9A-Z]{0,9}"))
def test_whatever_stands_there_is_no_failure_and_no_negative_time(text: str) -> None:
    found = retry_after(text, NOW)
    assert found is None or found >= 0


@given(st.integers(0, 10_000), st.none() | st.floats(0, 1e9))
def test_polls_neither_hammer_nor_sleep_for_ever(polls: int, asked: float | None) -> None:
    assert 0.05 <= poll_delay(polls, asked) <= 30
    assert poll_delay(polls + 5, 0.0) >= min(1.0, poll_delay(polls, 0.0))


@given(st.integers(0, 10_000))
def test_retries_wait_some_time_and_not_long(tries: int) -> None:
    assert 0 < retry_delay(tries) <= 20
