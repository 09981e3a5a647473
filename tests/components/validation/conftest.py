"""Running checks as the runner does, with nothing but the network behind them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pulumi_workspace365_components.validation import checks, runner
from pulumi_workspace365_components.validation.clients import Clients
from pulumi_workspace365_components.validation.verdicts import Verdict

Asked = Callable[..., Verdict]


def _never() -> Any:
    raise AssertionError("no client is needed here")


def means(ca_file: Path | None = None) -> Clients:
    return Clients(_never, _never, str(ca_file) if ca_file else None)


@pytest.fixture(scope="session")
def network() -> Clients:
    """The means of checks that need no client; shared, because reading certificate authorities takes a while."""
    return means()


@pytest.fixture
def asked(network: Clients) -> Asked:
    """Run one check, given by its fields."""

    def run(kind: str, url: str, **fields: Any) -> Verdict:
        check = checks.parse_check({"name": "asked", "kind": kind, "url": url, "timeout": 10, **fields})
        return runner.run([check], network)[0]

    return run
