"""The order of the HTML page: verdict and counts at the top, failures first, drawings beside what they are of; and where its lines may break."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_workspace365_cli.report import (
    Check,
    Column,
    NetworkNode,
    NetworkPath,
    Report,
    Row,
    Span,
    Table,
    Timeline,
    html_page,
    markup,
)

_WHEN = datetime(2031, 2, 3, 4, 5, 6, tzinfo=UTC)
_COLUMNS = (Column("customer"), Column("status", "status"))
_CHECKS = (
    Check("calm", "ok", "seen"),
    Check("late", "warning", "seen"),
    Check("off", "skipped", "seen"),
    Check("down", "failed", "seen"),
    Check("gone", "failed", "seen"),
)


def _report(*checks: Check, **more: object) -> Report:
    return replace(Report("check", "Checks", "A summary.", checks=checks, generated=_WHEN), **more)  # type: ignore[arg-type]


def _table(*rows: Row, is_sequence: bool = False) -> Table:
    return Table("Customers", _COLUMNS, rows, is_sequence=is_sequence)


def _rows(shown: str) -> list[str]:
    body = shown.split("<tbody>")[1]
    return re.findall(r'data-title="(?:check|customer)"><span>(\w+)', body)


def test_failures_come_first_then_warnings_and_the_others_in_their_order() -> None:
    assert _rows(html_page.render(_report(*_CHECKS))) == ["down", "gone", "late", "calm", "off"]


@pytest.mark.parametrize(("is_sequence", "first"), [(False, "bad"), (True, "good")])
def test_a_sequence_such_as_of_waves_keeps_its_order(first: str, *, is_sequence: bool) -> None:
    table = _table(Row(("good", "green")), Row(("bad", "red"), "failed"), is_sequence=is_sequence)
    assert _rows(html_page.render(_report(tables=(table,))))[0] == first


def test_the_counts_of_each_verdict_are_above_the_summary_and_the_tables() -> None:
    shown = html_page.render(_report(*_CHECKS))
    counts = re.findall(r'<li class="(\w+)"><b>(\d+)</b>(\w+)</li>', shown)
    assert counts == [
        ("failed", "2", "failed"),
        ("warning", "1", "warning"),
        ("ok", "1", "passed"),
        ("skipped", "1", "skipped"),
    ]
    places = [shown.index(part) for part in ("<h1>", "2031-02-03 04:05:06 UTC", 'class="counts"', "A summary.", "<table>")]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("report", "title"),
    [
        (_report(_CHECKS[0], facts={"checks": "stack prod"}), "Checks, stack prod: passed"),
        (_report(_CHECKS[0], facts={"checks": "checks.yaml"}), "Checks, checks.yaml: passed"),
        (_report(*_CHECKS[:2], scopes=({"project": "shop", "stack": "prod"},)), "Checks, stack prod: passed with warnings"),
        (
            _report(scopes=({"project": "shop", "stack": "a"}, {"project": "shop", "stack": "b"})),
            "Checks, 2 stacks of shop: done",
        ),
        (_report(*_CHECKS, facts={"instance": "https://x.example"}), "Checks, https://x.example: failed"),
        (_report(_CHECKS[0], exit_code=4), "Checks: failed"),
    ],
)
def test_the_title_says_what_with_which_verdict_and_when(report: Report, title: str) -> None:
    shown = html_page.render(report)
    assert f"<title>{title}, 2031-02-03 04:05 UTC</title>" in shown
    head = re.search(r"<h1>(.*)</h1>", shown)
    assert head is not None
    assert re.sub("<[^>]*>", "", head[1]) == title


def _drawn(name: str, verdict: str = "ok") -> Row:
    return Row((name, verdict), verdict, NetworkPath(f"path of {name}", (NetworkNode("1", name),)))  # type: ignore[arg-type]


def test_a_drawing_is_under_the_row_that_it_is_of() -> None:
    shown = html_page.render(_report(tables=(_table(_drawn("first"), Row(("none", ""))), _table(_drawn("second")))))
    order = [shown.index(part) for part in ("<span>first<", "path of first<", "<span>none<", "<span>second<", "path of second<")]
    assert order == sorted(order)
    assert shown.count("<details open>") == 2


def test_of_many_drawings_only_those_of_failures_are_open() -> None:
    shown = html_page.render(_report(tables=(_table(*map(_drawn, "abcd"), _drawn("bad", "failed")),)))
    assert shown.count("<details") == 5
    assert re.findall(r"<details open><summary>([\w ]+)", shown) == ["path of bad"]


def test_of_many_durations_the_longest_are_drawn_and_failures_always() -> None:
    checks = [Check(f"check-{at}", "ok", "", seconds=1 + at) for at in range(30)]
    spans = (Span("quick", 0, 0.1, "failed"), *(Span(f"step-{at}", at, 1 + at) for at in range(99)))
    shown = html_page.render(_report(*checks, timeline=Timeline("Deployment", spans, 99)))
    assert "Deployment; the 60 slowest of 100" in shown
    assert "the 20 slowest of 30" in shown
    bars = re.findall(r'class="bar"><span>([\w-]+)', shown)
    assert len(bars) == 60 + 20
    assert bars[:2] == ["quick", "step-40"]
    assert bars[60:62] == ["check-29", "check-28"]


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("wss://apim.example.com/chat", ["wss://", "apim.", "example.", "com/", "chat"]),
        (
            "https://a.example/x?code=1&next=two-three",
            ["https://", "a.", "example/", "x?", "code=", "1&", "next=", "two-", "three"],
        ),
        ("backend.example.com:443", ["backend.", "example.", "com:", "443"]),
        ("2031-02-03T04:05:06.789012Z", ["2031-02-03T04:05:06.789012Z"]),
        ("https://203.0.113.77:8443/", ["https://", "203.0.113.77:8443/"]),
        ("short-name.example", ["short-name.example"]),
    ],
)
def test_an_address_may_break_behind_its_separators_only(address: str, parts: list[str]) -> None:
    assert [unescape(part) for part in markup.text(address).split("<wbr>")] == parts


@given(st.text() | st.text('a/.-:&?=<1 ;"', min_size=20))
def test_no_text_is_changed_and_none_becomes_markup(value: str) -> None:
    shown = markup.text(value)
    bare = re.sub(r'<wbr>|<span class="token">|</span>', "", shown)
    assert "<" not in bare
    assert unescape(bare) == value
