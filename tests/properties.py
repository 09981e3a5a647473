"""How property tests choose their inputs: the same ones in every run of the suite. `python -m tests.campaigns properties` tries others.

In the suite the inputs of a test depend on its source and its name alone: no example database, no deadline, no health check that
measures time, no constants of modules that happen to be loaded. Tests say with `examples` how many inputs they need; settings of their
own would replace parts of the profile, so ruff refuses them.
"""

from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis.database import DirectoryBasedExampleDatabase
from hypothesis.internal.conjecture import providers

_PHASES = [Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink]  # not explain, which traces every line
_STEADY = settings(database=None, deadline=None, suppress_health_check=list(HealthCheck), phases=_PHASES, print_blob=False)
"""What a slow machine does not change."""
_FOUND = Path(__file__).parents[1] / ".hypothesis/campaign"


def repeat() -> None:
    """Before property tests are imported: each takes the profile that is loaded at that moment."""
    settings.register_profile("repeated", settings(_STEADY, derandomize=True, max_examples=100))
    settings.load_profile("repeated")


def search(times: int) -> None:
    """Likewise, for so many times the inputs, of a seed, beginning with what the last search found."""
    found = DirectoryBasedExampleDatabase(_FOUND)
    settings.register_profile("search", settings(_STEADY, derandomize=False, database=found, max_examples=100 * times))
    settings.load_profile("search")


def ignore_loaded_modules() -> None:
    """Hypothesis draws some values from the constants of all local modules that are loaded by then, and has no setting against it."""
    if hasattr(providers, "_get_local_constants"):  # in versions that do so
        none = providers._local_constants
        assert len(none) == 0
        providers._get_local_constants = lambda: none


def examples(number: int, *, shrink: bool = True) -> settings:
    """For tests that need more or fewer than a hundred inputs, or whose failures need not recur with smaller ones."""
    phases = [phase for phase in _PHASES if shrink or phase != Phase.shrink]
    return settings(max_examples=number * settings().max_examples // 100, phases=phases)


def steady(number: int, **more: Any) -> settings:
    """For campaigns, which have a seed of their own."""
    return settings(_STEADY, max_examples=number, **more)
