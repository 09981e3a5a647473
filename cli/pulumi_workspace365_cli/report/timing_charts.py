"""Durations as bars: the steps of a deployment on a time line, and the checks, slowest first."""

from collections.abc import Sequence

from pulumi_workspace365_cli.report import markup
from pulumi_workspace365_cli.report.model import Check, CheckStatus, Span, Timeline

_FINEST = 0.03  # seconds
_MOST_CHECKS, _MOST_SPANS = 20, 60


def timeline_chart(timeline: Timeline) -> str:
    """A deployment as HTML: each bar begins where its step did, and is as long as it took. Of many, those that failed and the longest."""
    whole = timeline.seconds or 1
    shown = _worth_seeing(timeline.spans)
    bars = "".join(
        _bar(span.name, _label(span.seconds, span.verdict), span.verdict, 100 * span.start / whole, 100 * span.seconds / whole)
        for span in shown
    )
    caption = f"{timeline.title}{_left_out(len(shown), len(timeline.spans))}"
    return f"<figure><figcaption>{markup.text(caption)}</figcaption>{bars}</figure>"


def check_duration_chart(checks: Sequence[Check]) -> str:
    """The checks as HTML, each bar as long as its check took, of many the slowest; empty where no check was timed."""
    timed = sorted(((check, check.seconds) for check in checks if check.seconds is not None), key=lambda pair: -pair[1])
    whole, longest = sum(seconds for _, seconds in timed), max((seconds for _, seconds in timed), default=0)
    if not longest:
        return ""
    shown = timed[:_MOST_CHECKS]
    bars = "".join(_bar(check.name, f"{seconds:.2f} s", check.verdict, 0, 100 * seconds / longest) for check, seconds in shown)
    caption = f"Checks: {longest:.2f} s the longest, {whole:.2f} s in sum{_left_out(len(shown), len(timed))}"
    return f"<figure><figcaption>{caption}</figcaption>{bars}</figure>"


def _worth_seeing(spans: Sequence[Span]) -> list[Span]:
    """In their order."""
    ranked = sorted(enumerate(spans), key=lambda pair: (pair[1].verdict == "ok", -pair[1].seconds))
    return [span for _, span in sorted(ranked[:_MOST_SPANS], key=lambda pair: pair[0])]


def _left_out(shown: int, of: int) -> str:
    return f"; the {shown} slowest of {of}" if shown < of else ""


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
        f'<div class="bar"><span>{markup.text(name)}</span><span{colour}>{markup.text(label)}</span>'
        f'<i class="{verdict}" style="{at}"></i></div>'
    )
