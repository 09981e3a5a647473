"""The page about the metrics."""

from collections.abc import Iterator
from itertools import groupby

from pulumi_workspace365_cli.report import metrics
from pulumi_workspace365_cli.report.metrics import Family

_HEAD = """# Metrics

What `--output prometheus=FILE` writes; [monitoring](../guides/monitoring.md) says how to use it. All are gauges. Of what answers yes or no, 1 is yes.

| metric | labels | tells |
|---|---|---|
"""
_LABELS = """
## Labels

A label that does not apply is empty, which Prometheus takes for absent. There is one sample per check, sign-on, environment, customer or stack, so
that their number grows with the fleet only.

| label | is |
|---|---|
"""


def page() -> str:
    """Every metric, by the command that writes it, and every label."""
    rows = [row for command, own in groupby(metrics.FAMILIES.values(), lambda one: one.command) for row in _rows(command, own)]
    labels = [f"| `{name}` | {meaning} |" for name, meaning in metrics.LABELS.items()]
    return _HEAD + "\n".join(rows) + "\n" + _LABELS + "\n".join(labels) + "\n"


def _rows(command: str, families: Iterator[Family]) -> Iterator[str]:
    yield f"| **{f'`w365 {command}`' if command else 'every command'}** | | |"
    for family in families:
        yield f"| `{family.name}` | {', '.join(f'`{label}`' for label in family.labels)} | {family.help} |"
