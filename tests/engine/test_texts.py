"""A change of a long text is shown where it is."""

from hypothesis import given
from hypothesis import strategies as st

from pulumi_embedded_engine.report.texts import excerpt_around_difference, line_diff

POLICY = [f'<set-header name="h{number}" />' for number in range(40)]

lines = st.lists(st.text("ab<> ", max_size=3), max_size=12).map("\n".join)
long_texts = st.text("xy", max_size=400)


def test_a_change_within_many_lines_is_shown_with_the_lines_around_it() -> None:
    changed = [*POLICY[:20], "<cors />", *POLICY[21:]]
    assert list(line_diff("\n".join(POLICY), "\n".join(changed))) == [
        "  ...",
        *(f"  {line}" for line in POLICY[18:20]),
        f"- {POLICY[20]}",
        "+ <cors />",
        *(f"  {line}" for line in POLICY[21:23]),
        "  ...",
    ]


def test_another_kind_of_line_end_can_be_seen() -> None:
    assert list(line_diff("a\nb", "a\r\nb")) == ["- a", "+ a\\r", "  b"]


@given(lines, lines)
def test_what_is_shown_of_lines_has_every_one_that_goes_or_comes(old: str, new: str) -> None:
    shown = list(line_diff(old, new))
    gone = [line[2:] for line in shown if line.startswith("- ")]
    come = [line[2:] for line in shown if line.startswith("+ ")]
    assert bool(shown) == (old != new) or shown == ["  ..."]
    kept = list(old.split("\n"))
    for line in gone:
        kept.remove(line)
    assert sorted([*kept, *come]) == sorted(new.split("\n"))


@given(long_texts, st.text("z", min_size=1, max_size=3), st.text("w", min_size=1, max_size=3), long_texts)
def test_both_sides_of_a_long_line_show_where_they_differ(start: str, old: str, new: str, end: str) -> None:
    before, after = excerpt_around_difference(start + old + end, start + new + end)
    assert old in before
    assert new in after
    assert len(before) < 300
