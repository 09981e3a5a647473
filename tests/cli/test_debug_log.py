"""``W365_LOG`` tells enough of a command for a bug report, and no secret."""

import re

import pytest

from pulumi_workspace365_sandbox import workspace365
from pulumi_workspace365_sandbox.workspace365 import faults

from .conftest import Command


def test_each_request_and_each_pause_before_another_try_is_one_line(
    process: Command, server: workspace365.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.management.seed("contoso")
    server.management.inject(faults.Status(operation="listEnvironments", status=503, times=1))
    monkeypatch.setenv("W365_LOG", "debug")
    done = process("environments")
    assert done.code == 0
    url = re.escape(server.base_url)
    first, pause, second = done.err.splitlines()
    assert re.fullmatch(rf"\S+ \S+ DEBUG \S+: list the environments: GET {url}/\S+: HTTP 503, \d+ ms, attempt 1", first)
    assert re.search(rf"list the environments: again in [\d.]+ s: Could not list the environments on {url}: HTTP 503\.", pause)
    assert second.endswith("ms, attempt 2")
    assert server.provisioning_key not in done.out + done.err
    monkeypatch.setenv("W365_LOG", "warning")
    assert process("environments").err == ""


def test_a_level_that_there_is_not_is_named(w365: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("W365_LOG", "everything")
    done = w365("environments")
    assert done.code == 1
    assert done.error == "W365_LOG must be debug, info, warning or unset, not 'everything'."
