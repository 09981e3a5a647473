"""The report: facts, tables and notes for people, checks for machines that count them, data for programs."""

import dataclasses
import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from pulumi_dynamic_host import redaction, safe_text
from pulumi_workspace365.api.cli_hints import for_installed_cli
from pulumi_workspace365_cli.report.metrics import Sample

CheckStatus = Literal["ok", "warning", "failed", "skipped"]
Kind = Literal["text", "prose", "number", "status"]

_CHECK_FAILED = 3


@dataclass(frozen=True)
class Place:
    """Where something is wrong: a file, and from 1 its line and column, where they are known."""

    file: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        """As compilers write it, ``FILE:LINE:COLUMN``."""
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)


@dataclass(frozen=True)
class Check:
    """One thing that was looked at. ``detail`` is what was seen, ``remedy`` what to do about it, ``rule`` the id of what was looked for."""

    name: str
    verdict: CheckStatus
    detail: str
    remedy: str = ""
    seconds: float | None = None
    place: Place | None = None
    rule: str = ""

    @property
    def advice(self) -> str:
        """Detail and remedy in one line."""
        return f"{self.detail} {self.remedy}".strip()


@dataclass(frozen=True)
class Column:
    """A column. ``prose`` may be wrapped, ``status`` takes the colour of its row's verdict, ``number`` stands to the right."""

    title: str
    kind: Kind = "text"


@dataclass(frozen=True)
class NetworkNode:
    """A place on a way. ``next`` holds ids of other nodes, perhaps of none that there is, perhaps in a circle."""

    id: str
    label: str
    detail: str = ""
    problems: tuple[str, ...] = ()
    next: tuple[str, ...] = ()
    verdict: CheckStatus = "ok"


@dataclass(frozen=True)
class NetworkPath:
    """A way from place to place; formats that cannot draw leave it out, because checks and data say the same."""

    title: str
    nodes: tuple[NetworkNode, ...]


@dataclass(frozen=True)
class Row:
    """A row of a table, one cell per column. The page draws ``drawing`` under it."""

    cells: tuple[str, ...]
    verdict: CheckStatus = "ok"
    drawing: NetworkPath | None = None


@dataclass(frozen=True)
class Table:
    """A table. ``totals`` is a last row that sums up; the rows of a sequence, such as of steps, are in the order in which they happen."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    totals: Row | None = None
    is_sequence: bool = False

    @property
    def all_rows(self) -> tuple[Row, ...]:
        """The rows, with the totals last."""
        return self.rows if self.totals is None else (*self.rows, self.totals)


@dataclass(frozen=True)
class Span:
    """Something that began ``start`` seconds after everything, and took ``seconds``. A warning is one that did not end."""

    name: str
    start: float
    seconds: float
    verdict: CheckStatus = "ok"


@dataclass(frozen=True)
class Timeline:
    """What happened when, within ``seconds``; formats that cannot draw leave it out, because the data say the same."""

    title: str
    spans: tuple[Span, ...]
    seconds: float


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True)
class Report:
    """What one run of a command found.

    People are shown ``facts``, ``tables`` (or, without tables, the ``checks``), ``notes`` and ``summary``. ``data`` is the body of the
    JSON document ``w365/<command>/1``; ``background`` is what only the page has room for; ``sheet`` is the CSV, header first, of commands that offer one.
    ``metrics`` are for monitoring, and ``scopes`` the labels of what the run was about: its stacks or instances.
    ``timeline`` is drawn on the page. ``rules`` says what the checks of each rule look for, by the rule's id.
    """

    command: str
    title: str
    summary: str
    facts: Mapping[str, str] = field(default_factory=dict)
    tables: tuple[Table, ...] = ()
    checks: tuple[Check, ...] = ()
    notes: tuple[str, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)
    sheet: tuple[tuple[str, ...], ...] = ()
    exit_code: int = 0
    generated: datetime = field(default_factory=_now)
    background: tuple[Table, ...] = ()
    timeline: Timeline | None = None
    rules: Mapping[str, str] = field(default_factory=dict)
    metrics: tuple[Sample, ...] = ()
    scopes: tuple[Mapping[str, str], ...] = ()

    @property
    def schema(self) -> str:
        """The identifier of the JSON document's form, such as ``w365/plan/1``."""
        return f"w365/{self.command}/1"

    @property
    def display_tables(self) -> tuple[Table, ...]:
        """The tables that people are shown."""
        return self.tables or ((_as_table(self.checks),) if self.checks else ())

    def sanitized(self) -> "Report":
        """The report without secrets, and without characters that would steer a terminal: names come from a server."""
        line, redact = functools.cache(_line), functools.cache(redaction.redact)  # most texts are many times in a report
        plain = {item.name: _cleaned(getattr(self, item.name), line) for item in dataclasses.fields(self) if item.name != "data"}
        return dataclasses.replace(self, **plain, data=_cleaned(self.data, redact))

    def map_texts(self, change: Callable[[str], str]) -> "Report":
        """The report with every text of it changed."""
        return dataclasses.replace(
            self, **{item.name: _cleaned(getattr(self, item.name), change) for item in dataclasses.fields(self)}
        )


def exit_code_of(checks: Iterable[Check], failed: int = _CHECK_FAILED) -> int:
    """``failed`` when a check failed, else 0."""
    return failed if any(check.verdict == "failed" for check in checks) else 0


def _as_table(checks: tuple[Check, ...]) -> Table:
    rows = [
        Row((check.verdict, check.name, check.detail + (f"\n→ {check.remedy}" if check.remedy else "")), check.verdict)
        for check in checks
    ]
    return Table("", (Column("verdict", "status"), Column("check"), Column("what was seen", "prose")), tuple(rows))


def _line(text: str) -> str:
    return safe_text.one_line(for_installed_cli(redaction.redact(text)))


def _cleaned(value: Any, clean: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {clean(str(key)): _cleaned(item, clean) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_cleaned(item, clean) for item in value)
    if isinstance(value, Check | Place | Column | Row | Table | NetworkPath | NetworkNode | Timeline | Span | Sample):
        return dataclasses.replace(value, **{name: _cleaned(item, clean) for name, item in vars(value).items()})
    return value
