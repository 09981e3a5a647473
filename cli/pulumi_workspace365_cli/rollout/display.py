"""Shows a rollout while it runs, on standard error: on a terminal the stacks at work stay in view below the lines."""

import contextlib
import os
import sys
import threading
from collections.abc import Iterator
from datetime import datetime

from rich.console import Console, Group
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from pulumi_dynamic_host import redaction, safe_text
from pulumi_workspace365_cli import progress as plain_progress


class Display:
    """Lines, and what each stack is doing. Threads may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._doing: dict[str, str] = {}
        self._live: Live | None = None
        self._shown: dict[str, str] = {}

    @contextlib.contextmanager
    def shown(self) -> Iterator[None]:
        """Keep stacks in view during a block, where standard error is a terminal."""
        if os.environ.get("CI") or sys.stderr is None or not sys.stderr.isatty():
            yield
            return
        with Live(console=Console(stderr=True), get_renderable=self._renderable, transient=True, refresh_per_second=4) as live:
            self._live = live
            try:
                yield
            finally:
                self._live = None

    def line(self, text: str) -> None:
        """A line that stays."""
        stamped = f"{datetime.now().astimezone():%H:%M:%S}  {text}"
        with self._lock:
            if self._live is None:
                plain_progress.print_line(stamped)
            else:
                self._live.console.print(Text(safe_text.one_line(redaction.redact(stamped))))

    def doing(self, stack: str, what: str) -> None:
        """What a stack is doing. Without a terminal a line tells when it begins something else."""
        with self._lock:
            self._doing[stack] = what
        kind = what.partition(":")[0].partition(",")[0]
        if self._live is None and self._shown.get(stack) != kind:
            self._shown[stack] = kind
            self.line(f"{stack}: {what}")

    def ended(self, stack: str, how: str) -> None:
        """A stack is at work no more."""
        with self._lock:
            self._doing.pop(stack, None)
            self._shown.pop(stack, None)
        self.line(f"{stack}: {how}")

    def _renderable(self) -> Group:
        return Group(*(Spinner("dots", Text(safe_text.one_line(f" {stack}: {what}"))) for stack, what in [*self._doing.items()]))
