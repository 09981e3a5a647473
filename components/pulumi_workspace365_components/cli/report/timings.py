"""How long each check took, as bars beside each other: they run at once, so the longest is what the run took."""

from collections.abc import Sequence
from html import escape

from pulumi_workspace365_components.cli.report.model import Check


def draw(checks: Sequence[Check]) -> str:
    """The bars as HTML, each as long as its check took; empty where no check was timed."""
    timed = [(check, check.seconds) for check in checks if check.seconds is not None]
    longest = max((seconds for _, seconds in timed), default=0)
    if not longest:
        return ""
    bars = "".join(
        f'<div class="bar"><span>{escape(check.name)}</span><span>{seconds:.2f} s</span>'
        f'<i class="{check.verdict}" style="width:{max(100 * seconds / longest, 1):.0f}%"></i></div>'
        for check, seconds in timed
    )
    return f"<figure><figcaption>Timings</figcaption>{bars}</figure>"
