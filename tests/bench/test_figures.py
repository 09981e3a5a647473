"""How figures are put beside each other, and how they are shown."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import page, results, tables
from bench.limits import Limited
from bench.measurement import Case, EngineName, Entry, Figures, Operation, Part, Sample
from bench.peers import FLOOR, IDEAL, OURS, USUAL
from bench.sample_statistics import LinearFit, SampleIndex, Spread

SMALL, LARGE = Case("embedded", 1, 0), Case("embedded", 101, 0)


def _sample(
    peer: str, seconds: float, *, case: Case = SMALL, at: int = 0, operation: Operation = "create", calls: int = 4
) -> Sample:
    parts = {"host": Part(seconds / 4, 60 + case.environments / 10), "program": Part(seconds / 2, 50)}
    entries = (Entry("Trivial" if peer == FLOOR else "ExchangeSettings", 600, 2000),) if operation == "create" else ()
    figures = Figures(seconds, seconds / 2, parts, {"listEnvironments": 1, "createEnvironment": calls - 1} if calls else {})
    return Sample(case, at, peer, operation, figures, entries=entries)


SAMPLES = [
    sample
    for case, factor in ((SMALL, 1.0), (LARGE, 3.0))
    for at, busy in enumerate((1.0, 5.0, 2.0))
    for sample in (
        _sample(OURS, 3 * busy * factor, case=case, at=at),
        _sample(FLOOR, 2 * busy * factor, case=case, at=at, calls=0),
        _sample(USUAL, 6 * busy * factor, case=case, at=at),
        _sample(IDEAL, 1 * busy * factor, case=case, at=at),
        _sample(OURS, 1.2 * busy, case=case, at=at, operation="preview", calls=0),
        _sample(FLOOR, 1.0 * busy, case=case, at=at, operation="preview", calls=0),
    )
]


def _results(samples: list[Sample], *limited: Limited) -> results.Results:
    return results.Results("python -m bench --repeat 3", "today", "a machine", samples, list(limited))


def test_a_busy_machine_does_not_change_ratios_of_what_was_measured_side_by_side() -> None:
    table = SampleIndex(SAMPLES)
    ratio = table.quotients(SMALL, "create", (OURS, USUAL), lambda figures: figures.seconds)
    assert ratio == Spread(0.5, 0.5, 0.5)
    assert table.above_floor(LARGE, "create", OURS) == Spread(1.0, 1.0, 1.0)


def test_a_failed_peer_is_left_out_of_its_repetition_and_named() -> None:
    failed = Sample(SMALL, 3, USUAL, "create", None, failure="error: no")
    table = SampleIndex([*SAMPLES, _sample(OURS, 1, at=3), failed])
    assert table.quotients(SMALL, "create", (OURS, USUAL), lambda figures: figures.seconds) == Spread(0.5, 0.5, 0.5)
    assert any("error: no" in row for sheet in tables.sheets(_results([*SAMPLES, failed])) for row in sheet.rows)


def test_a_target_is_judged_by_its_worst_case() -> None:
    slow = [replace(sample, case=replace(sample.case, latency=200)) for sample in SAMPLES]
    targets = _targets(_results(slow))
    assert next(row for name, row in targets.items() if "wall clock" in name)[1:] == ("1.20", "NO")
    assert next(row for name, row in targets.items() if "ideal" in name)[1:] == ("1.00", "yes")
    assert next(row for name, row in targets.items() if "memory" in name)[1:] == ("1.17", "yes")


def test_what_was_not_measured_is_not_judged() -> None:
    rows = [row for sheet in tables.sheets(_results([])) for row in sheet.rows]
    assert rows
    assert {row[-1] for row in rows} == {"not measured"}


def _targets(kept: results.Results) -> dict[str, tuple[str, ...]]:
    return {row[0]: row[1:] for sheet in tables.sheets(kept) if sheet.title == "Targets." for row in sheet.rows}


def test_what_has_a_limit_is_judged_by_its_median() -> None:
    targets = _targets(_results([], Limited("help", 0.3, (0.2, 0.25, 0.9)), Limited("memory", 150.0, (151.0,))))
    assert targets["help"] == ("median of 3, 0.20 to 0.90", "0.25", "yes")
    assert targets["memory"] == ("median of 1, 151.00 to 151.00", "151.00", "NO")


def _at_200_ms(own: float, *, operation: Operation) -> list[Sample]:
    taken = {OURS: own, FLOOR: 1.0, IDEAL: 0.4}
    return [_sample(peer, seconds, case=Case("embedded", 1, 200), operation=operation) for peer, seconds in taken.items()]


@pytest.mark.parametrize(
    ("operation", "target", "just", "more"),
    [
        ("create", "`create` of one", 1.45, 1.47),
        ("destroy", "`destroy` of one", 1.45, 1.47),
        ("refresh", "`refresh` of one", 1.54, 1.56),
    ],
)
def test_one_customer_has_targets_of_its_own(operation: Operation, target: str, just: float, more: float) -> None:
    for seconds, verdict in ((just, "yes"), (more, "NO")):
        targets = _targets(_results(_at_200_ms(seconds, operation=operation)))
        assert [row[-1] for name, row in targets.items() if name.startswith(target)] == [verdict]


def test_growth_is_compared_with_that_of_the_floor() -> None:
    def grown(power: float) -> dict[str, tuple[str, ...]]:
        cases = (Case("embedded", 100, 200), Case("embedded", 400, 0))
        powers = {OURS: power, FLOOR: 1.0}
        return _targets(
            _results(
                [
                    _sample(peer, (case.environments / 100) ** by, case=case, operation="no-op up")
                    for case in cases
                    for peer, by in powers.items()
                ]
            )
        )

    name = "exponent of a no-op's growth ≤ that of the floor + 0.02"
    assert grown(1.0)[name] == ("embedded, 100 to 400 environments: floor 1.00", "1.00", "yes")
    assert grown(1.5)[name][1:] == ("1.50", "NO")
    assert next(row for name, row in grown(1.5).items() if "1600 resources" in name)[1:] == ("2.00", "NO")


@given(
    start=st.floats(0, 10), slope=st.floats(0.001, 1), places=st.lists(st.integers(1, 800), min_size=2, max_size=6, unique=True)
)
def test_a_straight_line_is_found(start: float, slope: float, places: list[int]) -> None:
    line = LinearFit.through([(place, start + slope * place) for place in places])
    assert line
    assert line.start == pytest.approx(start, abs=1e-6)
    assert line.slope == pytest.approx(slope, abs=1e-6)
    assert line.max_relative_residual < 1e-6


def test_what_does_not_grow_in_a_line_is_far_off_it() -> None:
    line = LinearFit.through([(count, count**2) for count in (1, 50, 200, 800)])
    assert line
    assert line.max_relative_residual > 0.05


def test_results_are_kept_as_they_are(tmp_path: Path) -> None:
    kept = results.begin(["--repeat", "3", "--json", "results.json"])
    assert kept.command == "python -m bench --repeat 3"
    kept.samples.extend(SAMPLES)
    results.save(kept, tmp_path / "results.json")
    assert results.load(tmp_path / "results.json") == kept


def test_runs_with_different_cases_make_one_page_and_no_case_is_mixed() -> None:
    first, again = _results(SAMPLES), _results(SAMPLES)
    elsewhere = _results([replace(sample, case=replace(sample.case, latency=1000)) for sample in SAMPLES])
    assert results.together([first, again]) == first
    assert results.together([first, elsewhere]).samples == [*first.samples, *elsewhere.samples]


def _every_operation(environments: int, latency: int, engine: EngineName = "embedded") -> list[Sample]:
    case = Case(engine, environments, latency)
    operations: tuple[Operation, ...] = ("create", "no-op up", "preview", "refresh", "destroy")
    factors = {OURS: 2.0, FLOOR: 1.0, USUAL: 4.0, IDEAL: 0.5}
    return [_sample(peer, factor, case=case, operation=operation) for operation in operations for peer, factor in factors.items()]


COMPARED = [*_every_operation(1, 50), *_every_operation(50, 50), *_every_operation(1, 0)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the pages."""
    for name in ("performance.md", "performance-figures.md"):
        (tmp_path / name).write_text((page.DOCS / name).read_text(encoding="utf-8"), encoding="utf-8")
    return tmp_path


def test_pages_get_the_figures_and_keep_their_words(folder: Path) -> None:
    for _ in range(2):  # writing again replaces
        page.write([results.begin(["--repeat", "3"])], tables.sheets(_results(COMPARED)), folder)
    for name in ("performance.md", "performance-figures.md"):
        text, original = ((place / name).read_text(encoding="utf-8") for place in (folder, page.DOCS))
        assert text.startswith(original.partition("<!-- figures")[0])
        assert text.endswith(original.rpartition("<!-- end of figures -->")[2])
    text = (folder / "performance-figures.md").read_text(encoding="utf-8")
    assert text.count("python -m bench --repeat 3") == 1
    assert "| embedded | 50 | 50 | create | 2.0 | 2.00 (2.00" in text


def test_the_short_table_and_the_chart_hold_eight_operations_of_one_place(folder: Path) -> None:
    page.write([results.begin([])], tables.sheets(_results(COMPARED)), folder)
    text = (folder / "performance.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith(("| 1 ", "| 50 "))]
    assert len(rows) == 8
    assert rows[0] == "| 1 | create | 2.0 | 2.00 | 0.50 | 4 |"
    assert "Embedded engine, 50 ms a call" in text
    drawing = (folder / "performance.svg").read_text(encoding="utf-8")
    assert all(f">{word}<" in drawing for word in ("no-op up", "usual provider", "ideal", "seconds", "environments", "50"))


def test_the_pulumi_cli_is_preferred_and_then_the_longest_call(folder: Path) -> None:
    engines: tuple[EngineName, ...] = ("embedded", "pulumi")
    samples = [
        sample
        for engine in engines
        for latency in (0, 200)
        for number in (1, 50)
        for sample in _every_operation(number, latency, engine)
    ]
    page.write([results.begin([])], tables.sheets(_results(samples)), folder)
    assert "Pulumi CLI, 200 ms a call" in (folder / "performance.md").read_text(encoding="utf-8")


def test_the_pages_of_this_project_are_what_their_figures_say() -> None:
    for path, text in page.summarized().items():
        assert path.read_text(encoding="utf-8") == text


def test_figures_of_one_operation_make_no_short_table(folder: Path) -> None:
    with pytest.raises(ValueError, match="the figures lack create, no-op up, refresh, destroy"):
        page.write([results.begin([])], tables.sheets(_results(SAMPLES)), folder)


def test_a_page_without_a_place_for_figures_is_refused(folder: Path) -> None:
    (folder / "performance-figures.md").write_text("# Nothing here\n", encoding="utf-8")
    with pytest.raises(ValueError, match="has no place for figures"):
        page.write([results.begin([])], [], folder)
