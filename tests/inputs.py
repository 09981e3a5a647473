"""What inputs property tests chose, to compare runs (`pytest --inputs FILE`), and which of them failed (`pytest --search TIMES`)."""

import ast
import hashlib
import inspect
import json
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import is_hypothesis_test
from hypothesis.internal.conjecture.data import ConjectureData

_CHOSEN, _FAILED = "inputs", "failing example"


class Recorder:
    """Follows every choice that Hypothesis makes for a test. One for each process that runs tests."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, None, None]:
        digest, number = hashlib.sha256(), 0
        freeze = ConjectureData.freeze

        def noted(data: ConjectureData) -> None:
            nonlocal number
            if not data.frozen:
                number += 1
                digest.update(f"{data.choices}\n".encode(errors="surrogatepass"))
            freeze(data)

        try:
            with patch.object(ConjectureData, "freeze", noted):
                yield
        finally:
            if number:
                item.user_properties.append((_CHOSEN, f"{number} {digest.hexdigest()}"))
            if isinstance(item, pytest.Function) and is_hypothesis_test(item.obj):
                calls: list[str] = getattr(item, "_hypothesis_failing_examples", [])
                item.user_properties += [(_FAILED, line) for call in calls if (line := decorator(item, call))]


class Writer:
    """Gathers what this process, or the workers of xdist, recorded: numbers and digests as JSON, failures in the tests' source."""

    def __init__(self, inputs: Path | None) -> None:
        self._path = inputs
        self._inputs: dict[str, object] = {}
        self._failed: dict[tuple[str, str], list[str]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call":
            return
        for name, value in report.user_properties:
            if name == _CHOSEN:
                self._inputs[report.nodeid] = value
            elif name == _FAILED:
                path, _, test = report.nodeid.partition("[")[0].rpartition("::")
                self._failed.setdefault((path, test), []).append(str(value))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self._path:
            self._path.write_text(json.dumps(self._inputs, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        for (path, test), lines in self._failed.items():
            source = session.config.rootpath / path
            source.write_text(with_examples(source.read_text(encoding="utf-8"), test, lines), encoding="utf-8")

    def pytest_terminal_summary(self, terminalreporter: "pytest.TerminalReporter") -> None:
        for (path, test), lines in self._failed.items():
            terminalreporter.write_line(f"{path}: {test} has now {', '.join(lines)}")


def decorator(item: pytest.Function, call: str) -> str | None:
    """``@example(...)`` for a call as Hypothesis shows it; None where it holds what source cannot say, such as ``data(...)``."""
    fixtures = inspect.signature(item.obj).parameters
    try:
        node = ast.parse(call, mode="eval").body
        assert isinstance(node, ast.Call)
        arguments = [keyword for keyword in node.keywords if keyword.arg not in fixtures]
        names = vars(item.module)
        values = [_Short(names).visit(keyword.value) for keyword in arguments]
        for value in values:
            eval(ast.unparse(value), dict(names))
    except Exception:  # noqa: BLE001  whatever a repr is, if not source
        return None
    return (
        f"@example({', '.join(f'{keyword.arg}={ast.unparse(value)}' for keyword, value in zip(arguments, values, strict=True))})"
    )


class _Short(ast.NodeTransformer):
    """Turns ``datetime.datetime(…)`` into ``datetime(…)`` where a module imports the class alone."""

    def __init__(self, names: dict[str, Any]) -> None:
        self._names = names

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        module = sys.modules.get(node.value.id) if isinstance(node.value, ast.Name) else None
        if module and self._names.get(node.attr, module) is getattr(module, node.attr, None):
            return ast.Name(node.attr, ast.Load())
        return node


def with_examples(source: str, test: str, lines: list[str]) -> str:
    """The source with those decorators on a test, and an import of what they need."""
    tree, text = ast.parse(source), source.splitlines(keepends=True)
    found = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == test)
    text[found.lineno - 1 : found.lineno - 1] = [f"{line}\n" for line in lines if f"{line}\n" not in text]
    imported = next(node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == "hypothesis")
    if all(alias.name != "example" for alias in imported.names):
        text.insert(imported.lineno - 1, "from hypothesis import example\n")
    return "".join(text)
