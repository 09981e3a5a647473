"""Durations as bars: the steps of a deployment on a time line, and the checks, slowest first."""

from collections.abc import Sequence
from html import escape

from pulumi_workspace365_cli.report.model import Check, CheckStatus, Timeline

_FINEST = 0.03  # seconds


def timeline_chart(timeline: Timeline) -> str:
    """A deployment as HTML: each bar begins where its step did, and is as long as it took."""
    whole = timeline.seconds or 1
    bars = "".join(
        _bar(span.name, _label(span.seconds, span.verdict), span.verdict, 100 * span.start / whole, 100 * span.seconds / whole)
        for span in timeline.spans
    )
    return f"<figure><figcaption>{escape(timeline.title)}</figcaption>{bars}</figure>"


def check_duration_chart(checks: Sequence[Check]) -> str:
    """The checks as HTML, each bar as long as its check took; empty where no check was timed."""
    timed = sorted(((check, check.seconds) for check in checks if check.seconds is not None), key=lambda pair: -pair[1])
    whole, longest = sum(seconds for _, seconds in timed), max((seconds for _, seconds in timed), default=0)
    if not longest:
        return ""
    bars = "".join(_bar(check.name, f"{seconds:.2f} s", check.verdict, 0, 100 * seconds / longest) for check, seconds in timed)
    return f"<figure><figcaption>Checks: {longest:.2f} s the longest, {whole:.2f} s in sum</figcaption>{bars}</figure>"


def _label(seconds: float, verdict: CheckStatus) -> str:
    """The engines' own logs have whole seconds, the sandbox's are a little late."""
    took = "under 1 s" if not seconds else f"{seconds:.2f} s" if seconds >= _FINEST else f"under {_FINEST} s"
    return {"failed": f"failed after {took}", "warning": f"not ended after {took}"}.get(verdict, took)


def _bar(name: str, label: str, verdict: CheckStatus, start: float, width: float) -> str:
    """``start`` and ``width`` in percent; a bar is at least one wide, and does not leave the page."""
    shown = max(width, 1)
    at = f"margin-left:{min(start, 100 - shown):.1f}%;width:{shown:.1f}%"
    colour = "" if verdict == "ok" else f' class="{verdict}"'
    return (
        f'<div class="bar"><span>{escape(name)}</span><span{colour}>{escape(label)}</span>'
        f'<i class="{verdict}" style="{at}"></i></div>'
    )
