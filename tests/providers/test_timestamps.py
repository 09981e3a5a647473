"""Creation dates in the forms that servers write: one moment stays one, another one is told from it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from pulumi_workspace365.api.timestamps import is_after, is_before, parse, same_moment

INDIA = timezone(timedelta(hours=5, minutes=30))
FORMS: dict[str, Callable[[datetime], str]] = {
    "UTC, seven digits": lambda moment: f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06}4Z",
    "UTC, to the second": lambda moment: f"{moment:%Y-%m-%dT%H:%M:%SZ}",
    "another zone": lambda moment: moment.astimezone(INDIA).isoformat(),
    "no zone": lambda moment: moment.replace(tzinfo=None).isoformat(),
    "no zone, local": lambda moment: f"{moment.astimezone(INDIA):%Y-%m-%d %H:%M:%S}",
    "basic": lambda moment: f"{moment:%Y%m%dT%H%M%SZ}",
    ".NET": lambda moment: f"/Date({int(moment.timestamp() * 1000)})/",
    ".NET with zone": lambda moment: f"/Date({int(moment.timestamp() * 1000)}+0530)/",
    "RFC 1123": lambda moment: format_datetime(moment, usegmt=True),
    "Unix": lambda moment: str(int(moment.timestamp())),
    "Unix, milliseconds": lambda moment: str(int(moment.timestamp() * 1000)),
    "to the minute": lambda moment: f"{moment:%Y-%m-%dT%H:%MZ}",
    "day": lambda moment: f"{moment:%Y-%m-%d}",
    "day, local": lambda moment: f"{moment.astimezone(INDIA):%Y-%m-%d}",
    "Unix, fraction": lambda moment: f"{moment.timestamp():.3f}",
    "of a language": lambda moment: f"{moment:%d.%m.%Y %H:%M:%S}",
}
READABLE = st.sampled_from([name for name in FORMS if name != "of a language"])
TO_THE_SECOND = [name for name in FORMS if name not in {"to the minute", "day", "day, local"}]
FIRST, LAST = datetime(1973, 3, 5, tzinfo=UTC), datetime(2262, 1, 1, tzinfo=UTC)
"""Unix times of fewer than nine digits are not told from days; those of 64 bits in nanoseconds end in 2262."""
MOMENTS = st.integers(0, (LAST - FIRST) // timedelta(microseconds=1)).map(lambda us: FIRST + timedelta(microseconds=us))
LONGER = [datetime.fromtimestamp(10**9, UTC), datetime.fromtimestamp(2 * 10**9, UTC), datetime.fromtimestamp(2**31, UTC)]
"""Where Unix times get another digit, another first digit and another bit."""


@example(moment=FIRST + timedelta(microseconds=501), form="Unix", other="Unix, fraction")
@given(MOMENTS, st.sampled_from(sorted(FORMS)), st.sampled_from(sorted(FORMS)))
def test_a_server_that_writes_its_dates_otherwise_shows_no_other_moment(moment: datetime, form: str, other: str) -> None:
    assume({form, other} != {"day", "day, local"})  # of one form, so nothing tells a day elsewhere from another day
    assert same_moment(FORMS[form](moment), FORMS[other](moment))


@pytest.mark.parametrize("moment", [FIRST, *LONGER, LAST])
@pytest.mark.parametrize("form", [name for name in FORMS if name != "of a language"])
def test_every_form_is_read_as_long_as_it_can_be_written(form: str, moment: datetime) -> None:
    before, at, day_after = (FORMS[form](moment + timedelta(days=days, seconds=-1)) for days in (-1, 0, 2))
    assert None not in {parse(before), parse(at), parse(day_after)}
    assert not same_moment(before, day_after)
    assert is_before(before, moment + timedelta(days=3))
    assert is_after(day_after, moment - timedelta(days=3))
    if form in TO_THE_SECOND:
        assert not same_moment(at, FORMS[form](moment))


@given(MOMENTS, READABLE, READABLE, st.timedeltas(timedelta(days=3), timedelta(days=900)))
def test_another_moment_is_told_in_any_two_forms_that_can_be_read(
    moment: datetime, form: str, other: str, later: timedelta
) -> None:
    assert not same_moment(FORMS[form](moment), FORMS[other](moment + later))
    assert not same_moment(FORMS[other](moment + later), FORMS[form](moment))


@given(MOMENTS, st.sampled_from(TO_THE_SECOND), st.integers(1, 10**6))
def test_in_one_form_a_second_makes_another_moment(moment: datetime, form: str, seconds: int) -> None:
    assert not same_moment(FORMS[form](moment), FORMS[form](moment + timedelta(seconds=seconds)))


@given(MOMENTS, st.integers(1, 20_000))
def test_in_two_forms_that_tell_their_zone_a_minute_makes_another_moment(moment: datetime, minutes: int) -> None:
    later = moment + timedelta(minutes=minutes)
    assert not same_moment(FORMS[".NET"](moment), FORMS["another zone"](later))
    assert not same_moment(FORMS["RFC 1123"](moment), FORMS["UTC, seven digits"](later))


@given(
    st.text(max_size=30) | st.from_regex(r"/Date\([-+\d]{1,20}\)/|\d{8,15}|\w{3}, 99 Foo \d{4,6} \d\d:\d\d.*"),
    st.text(max_size=30),
)
def test_no_text_breaks_the_comparison(text: str, other: str) -> None:
    assert same_moment(text, text)
    assert same_moment(text, None)
    assert same_moment(text, other) == same_moment(other, text)
    assert not (is_before(text, datetime.now(UTC)) and is_after(text, datetime.now(UTC)))


def test_dates_are_before_or_after_only_where_that_is_certain() -> None:
    now = datetime.now(UTC)
    for unclear in (None, "no date", (now + timedelta(minutes=10)).isoformat(), (now - timedelta(minutes=10)).isoformat()):
        assert not is_before(unclear, now)
        assert not is_after(unclear, now)
    assert not is_after((now + timedelta(hours=14)).replace(tzinfo=None).isoformat(), now)
    assert is_before("2001-01-01T00:00:00Z", now)
    assert is_after("2101-01-01T00:00:00Z", now)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00", "9999-12-31T23:59:59.9999999", "/Date(-62135596800000)/", "/Date(-1)/"])
@pytest.mark.parametrize("zone", ["", "Z", "+14:00", "-12:00"])
def test_the_first_and_the_last_date_that_a_server_can_write_are_dates(text: str, zone: str) -> None:
    told = text + zone if text[0] != "/" else text
    assert not same_moment(told, "2026-11-22T10:00:00Z")
    assert same_moment(told, told.replace("T", " "))
    assert is_before(told, datetime.now(UTC)) != is_after(told, datetime.now(UTC))


@pytest.mark.parametrize("text", ["22-11-2026", "11/22/2026 8:58:46 PM", "22 november 2026"])
def test_texts_that_cannot_be_read_are_compared_with_their_like_alone(text: str) -> None:
    assert same_moment(text, "2001-01-01T00:00:00Z")
    assert not same_moment(text, text.replace("22", "23"))
