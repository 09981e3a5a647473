"""What people see of a run: live on a terminal, plain lines elsewhere. Colours only where wanted (NO_COLOR is honoured)."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from pulumi_workspace365_sandbox.runner import engine_events, property_changes
from pulumi_workspace365_sandbox.runner.deployment import Result
from pulumi_workspace365_sandbox.runner.engine_events import Event, Step
from pulumi_workspace365_sandbox.runner.handshakes import HandshakeResult
from pulumi_workspace365_sandbox.runner.verification import VerificationResult
from pulumi_workspace365_sandbox.support.safe_text import line, visible

_ENVIRONMENT = re.compile(r"\bworkspace365:(?:index:)?Environment::")
_IS_PROTECTED = " cannot be deleted because it is protected"
_PARTING = (
    "An environment was removed from the program, but it is protected. If that was a mistake, add it again. To delete it, add it with "
    "`lifecycle: retired` in the customer's file (`deletion_protection=False` in a program), run `up`, then remove it "
    "(docs/guides/deleting.md)."
)
_MOST_RUNNING = 10  # lines of the live part
_MOST_CHANGES = 5  # of one resource, in its line
_SILENCE_SECONDS = 10.0  # after which plain lines say what is waited for; then after twice as long, and so on
_WORDS = {
    "create": ("+", "green", "create", "created"),
    "update": ("~", "yellow", "update", "updated"),
    "delete": ("-", "red", "delete", "deleted"),
    "create-replacement": ("+-", "magenta", "create replacement of", "created replacement of"),
    "delete-replaced": ("-", "magenta", "delete replaced", "deleted replaced"),
    "replace": ("+-", "magenta", "replace", "replaced"),
    "import": ("=", "green", "import", "imported"),
    "refresh": ("≠", "cyan", "take in", "took in"),
}

_ONGOING = {"create": "creating", "update": "updating", "delete": "deleting", "replace": "replacing", "refresh": "reading"}
_ONGOING |= {"create-replacement": "creating the replacement of", "delete-replaced": "deleting the replaced"}


class Display:
    """The story of one run on a console."""

    def __init__(self, console: Console, silence_seconds: float = _SILENCE_SECONDS) -> None:
        self._console, self._first_silence = console, silence_seconds
        self._running: dict[tuple[str, str], float] = {}
        self._done = 0
        self._spinner = Spinner("dots")
        self._spoke, self._silence = time.monotonic(), self._first_silence

    def note(self, text: str) -> None:
        """One line."""
        self._console.print(escape(visible(text)), soft_wrap=True, highlight=False)

    def error(self, text: str) -> None:
        self._console.print(f"[bold red]error:[/] {escape(visible(text))}", soft_wrap=True, highlight=False)

    @contextmanager
    def live(self) -> Iterator[None]:
        """While the engine runs: on a terminal, what is being worked on is shown below what is done."""
        if not self._console.is_terminal:
            yield
            return
        with Live(console=self._console, refresh_per_second=12, transient=True, get_renderable=self._working):
            yield

    def handle_event(self, event: Event | None, ended: Step | None) -> None:
        """Take an event of the engine in, and the step that it ended; None where nothing is new."""
        if event is None:
            self._tell_what_runs()
            return
        if event.get("diagnosticEvent", {}).get("ephemeral"):
            self._told(Text(f"  {line(event['diagnosticEvent']['message'].strip())}", "dim"))
        if "resourcePreEvent" in event:
            started = engine_events.step(event["resourcePreEvent"])
            self._running[started.urn, started.op] = time.monotonic()
        if ended is not None:
            self._ended(ended, failed="resOpFailedEvent" in event)

    def _ended(self, step: Step, *, failed: bool) -> None:
        began = self._running.pop((step.urn, step.op), None)
        took = "" if began is None or step.planned else f" ({time.monotonic() - began:.1f}s)"
        self._done += 1
        text = _step_text(step, failed=failed)
        if text:
            self._told(Text.assemble(text, (took, "dim")))

    def _told(self, text: Text) -> None:
        self._console.print(text, soft_wrap=True, highlight=False)
        self._spoke, self._silence = time.monotonic(), self._first_silence

    def _tell_what_runs(self) -> None:
        """Say in a line what is waited for where nothing has been said for long; a terminal shows it anyway."""
        if self._console.is_terminal or time.monotonic() - self._spoke < self._silence:
            return
        shown = self._in_progress()
        if not shown:
            return
        more = f", and {len(shown) - _MOST_CHANGES} more" if len(shown) > _MOST_CHANGES else ""
        self._console.print(f"  still {', '.join(shown[:_MOST_CHANGES])}{more}", soft_wrap=True, highlight=False, markup=False)
        self._silence *= 2

    def _in_progress(self) -> list[str]:
        running = list(self._running.items())  # a copy: the live display has a thread of its own
        steps = [(Step(op, urn), time.monotonic() - began) for (urn, op), began in running]
        return [
            f"{_ONGOING[step.op]} {line(step.label)} ({seconds:.0f}s)"
            for step, seconds in steps
            if step.op in _ONGOING and not step.is_engine_internal
        ]

    def _working(self) -> Group:
        shown = self._in_progress()
        lines = [Text(f"  {text}") for text in shown[:_MOST_RUNNING]]
        self._spinner.update(text=Text(f"{self._done} done, {len(shown)} in progress", style="dim"))
        return Group(self._spinner, *lines)

    def finished(self, result: Result) -> None:
        """Diagnostics, outputs and the summary."""
        for item in result.account.diagnostics:
            if item.severity != "error":
                severity, message = line(item.severity.partition("#")[0]), visible(str(item))
                self._console.print(f"[dim]{escape(severity)}:[/] {escape(message)}", soft_wrap=True, highlight=False)
        for problem in result.problems:
            self.error(problem)
        if result.operation in {"up", "preview"} and any(_is_protected(problem) for problem in result.problems):
            self.note(_PARTING)
        if result.operation != "destroy":
            self._outputs(result)
        self._summary(result)

    def _outputs(self, result: Result) -> None:
        tables = {"environments", "webSocketApis"}
        changed = any(count for op, count in result.changes.items() if op not in {"same", "delete"})
        for name, value in sorted(result.outputs.items()):
            if name in tables or (value == property_changes.SECRET and not changed):
                continue  # that a secret is still one is no news
            self.note(f"{name}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}")

    def _summary(self, result: Result) -> None:
        counted = [f"{count} {_past(op, result)}" for op, count in sorted(result.changes.items()) if op != "same" and count]
        if result.changes.get("same"):
            counted.append(f"{result.changes['same']} unchanged")
        if result.account.failed:
            counted.append(f"{len(result.account.failed)} failed")
        errors = len(result.problems)
        failed = f"[bold red]failed[/] with {errors} error{'s' if errors > 1 else ''}"
        outcome = failed if result.exit_code else "[bold green]done[/]"
        amount = f": {', '.join(counted)}" if counted else "" if result.exit_code else ": nothing to do"
        text = f"{result.operation} {outcome}{amount} in {result.seconds:.1f}s"
        self._console.print(text, highlight=False, soft_wrap=True)

    def show_verification(self, verification: VerificationResult) -> None:
        """The deployed environments, and whether the server really has them."""
        table = Table(
            "environment", "name", "active", "sign-on", "Exchange", "SharePoint", "on the server", box=None, pad_edge=False
        )
        for row in verification.rows:
            verdict = Text(line(row.problem), "red") if row.problem else Text("yes", "green")
            cells = (
                row.key,
                row.name,
                "yes" if row.active else "no",
                row.sign_on or "-",
                row.exchange or "-",
                row.share_point or "-",
            )
            table.add_row(*(Text(line(cell)) for cell in cells), verdict)
        self._console.print(table, soft_wrap=not self._console.is_terminal)
        for api in verification.handshakes:
            self.note(_handshake(api))
        for problem in verification.problems:
            self.error(problem)
        for problem in verification.tolerated:
            self.note(f"warning: {problem} W365_CHECKS=warn lets it pass.")
        self.note(f"Health: {verification.health}")


def _step_text(step: Step, *, failed: bool) -> Text | None:
    """One line about a step that ended; None when it is not shown."""
    label, changed = line(step.label), line(_changes(step))
    if failed:
        return Text.assemble(("! failed to ", "bold red"), (_WORDS.get(step.op, ("", "", step.op, ""))[2]), f" {label}")
    if step.is_engine_internal or step.op not in _WORDS or (step.op == "refresh" and not (step.drifted or step.gone)):
        return None
    sign, colour, planned, done = _WORDS[step.op]
    if step.op == "refresh":
        change = "is gone" if step.gone else f"was changed outside: {changed}"
        return Text.assemble((f"{sign} ", colour), f"{label} {change}")
    keys = f" [{changed}]" if step.op == "update" and step.keys else ""
    return Text.assemble((f"{sign} ", colour), (f"would {planned}" if step.planned else done, colour), f" {label}{keys}")


def _changes(step: Step) -> str:
    more = len(step.changes) - _MOST_CHANGES
    return ", ".join(step.changes[:_MOST_CHANGES]) + (f" and {more} more" if more > 0 else "")


def _handshake(api: HandshakeResult) -> str:
    """The result of a handshake; the reason of a failure is among the problems."""
    came = ", what was sent came back" if api.echoed else ""
    without = f"; without a token: {api.without_token}" if api.without_token else ""
    return f"Handshake: {api.key} at {api.url}: {api.status}{came}{without}"


def _past(op: str, result: Result) -> str:
    if result.operation == "refresh":
        return {"update": "changed outside", "delete": "gone"}.get(op, op)
    _, _, planned, done = _WORDS.get(op, ("", "", op, op))
    return f"to {planned}" if result.operation == "preview" else done


def _is_protected(problem: str) -> bool:
    """Whether an engine refuses to delete an environment that is protected; it breaks its lines as it likes."""
    named, refused, _ = " ".join(problem.split()).rpartition(_IS_PROTECTED)
    return bool(refused) and _ENVIRONMENT.search(named) is not None
