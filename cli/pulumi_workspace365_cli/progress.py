"""Progress messages on standard error, so that they do not mix with reports."""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from pulumi_dynamic_host import redaction, safe_text


@contextlib.contextmanager
def progress_bar(total: int, what: str) -> Iterator[Callable[[str], None]]:
    """Show a progress bar during a block. The yielded function counts one item and shows its name. Does nothing without a terminal or in CI."""
    if os.environ.get("CI") or not sys.stderr.isatty():
        yield lambda _: None
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=total)
        yield lambda name: progress.update(task, advance=1, description=safe_text.one_line(name)[:60])


def print_line(text: str) -> None:
    """Print a line to standard error. A closed pipe is ignored, because it must not end the run."""
    line = safe_text.visible(redaction.redact(text))
    if sys.stderr is None:
        return
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(line.encode(sys.stderr.encoding or "ascii", "replace").decode(sys.stderr.encoding or "ascii") + "\n")
        sys.stderr.flush()
