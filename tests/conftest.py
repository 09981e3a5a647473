"""What every run of the suite does alike, and tells at its end."""

import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest

from pulumi_dynamic_host import redaction
from tests import inputs, other_user, properties

properties.repeat()

_ENGINES = {"embedded": "embedded engine", "pulumi": "Pulumi CLI"}
_HOSTS = {"ours": "our host", "stock": "stock host"}


@pytest.fixture(autouse=True)
def _secrets_of_this_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test's secrets are masked in what another one prints: which ones run in this process differs."""
    monkeypatch.setattr(redaction, "_registered", redaction.Secrets())


@pytest.fixture
def another_user() -> None:
    """Skips the test where this user cannot run anything as another one."""
    if not other_user.is_possible():
        pytest.skip("this user cannot become another one")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--thorough", action="store_true", help="scenarios on both hosts, and with a thousand environments")
    parser.addoption("--inputs", type=Path, metavar="FILE", help="write down what inputs property tests choose")
    parser.addoption("--search", type=int, metavar="TIMES", help="try other inputs of property tests, so many times as many")


def pytest_configure(config: pytest.Config) -> None:
    path, times = config.getoption("--inputs"), config.getoption("--search")
    if times:
        properties.search(times)
    else:
        properties.ignore_loaded_modules()
    if path or times:
        config.pluginmanager.register(inputs.Recorder())
        if not hasattr(config, "workerinput"):  # workers of xdist report to it
            config.pluginmanager.register(inputs.Writer(path.absolute() if path else None))


def pytest_terminal_summary(terminalreporter: "pytest.TerminalReporter") -> None:
    """One line: the engines and hosts on which scenarios ran."""
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, [])]
    ran = {value for report in reports for name, value in getattr(report, "user_properties", []) if name == "scenario"}
    if ran:
        terminalreporter.write_line(f"scenarios ran on: {'; '.join(_told(engine, ran) for engine in _ENGINES)}")


def _told(engine: str, ran: Iterable[str]) -> str:
    hosts = [words for host, words in _HOSTS.items() if f"{engine}/{host}" in ran]
    if hosts:
        return f"{_ENGINES[engine]} ({', '.join(hosts)})"
    missing = engine == "pulumi" and shutil.which("pulumi") is None
    return f"{_ENGINES[engine]}: {'not on PATH' if missing else 'not chosen'}"
