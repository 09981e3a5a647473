"""The pytest plugin: stacks of a Pulumi project on the embedded engine or the Pulumi CLI, as fixtures.

Installed, it adds names that begin with ``pulumi_`` to what tests may ask for, and nothing else: the engine is imported by the first test that
asks.
"""

import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn

import pytest

if TYPE_CHECKING:
    from pulumi_embedded_engine.plan_snapshots import Snapshots
    from pulumi_embedded_engine.testing import Result, Stack

_FILES = ("Pulumi.yaml", "Pulumi.yml")
_ENGINES = ("embedded", "cli", "both")
_IDS = {"embedded": "embedded-engine", "cli": "pulumi-cli"}
_NO_CLI = "there is no pulumi on PATH"


class HookSpecs:
    """The hooks of this plugin."""

    @pytest.hookspec
    def pytest_pulumi_secrets(self, item: pytest.Item) -> list[str]:
        """Texts that must not show up in clear in state, output or plans of the test's stack, such as keys of a test server."""
        raise NotImplementedError


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    pluginmanager.add_hookspecs(HookSpecs)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("pulumi_project", "the folder of the Pulumi project that tests deploy, relative to this file")
    group = parser.getgroup("pulumi")
    group.addoption(
        "--pulumi-engine",
        choices=_ENGINES,
        help="what runs the stacks of tests whose marker names no single engine; both: each test on each, the Pulumi CLI if it is on PATH",
    )
    group.addoption(
        "--pulumi-update-snapshots", action="store_true", help="write the snapshots of plans in place of comparing with them"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "pulumi(project=None, settles=True, engine='embedded'): the Pulumi project that a test deploys, whether its second up must change "
        "nothing, and what runs it: 'embedded', 'cli' or 'both'",
    )
    if config.getoption("--pulumi-engine") == "cli" and shutil.which("pulumi") is None:
        raise pytest.UsageError(f"--pulumi-engine cli: {_NO_CLI}")
    config.pluginmanager.register(_SnapshotUse(config), "pulumi-embedded-engine-snapshots")


def _argument(node: pytest.Item, name: str) -> Any:
    marks = (mark.kwargs[name] for mark in node.iter_markers("pulumi") if name in mark.kwargs)
    return next(marks, None)


def _engine(node: pytest.Item) -> Literal["embedded", "cli", "both"]:
    """What a test runs on: a single engine that its marker names, else the option, else the marker's."""
    marked = _argument(node, "engine")
    if marked not in (None, *_ENGINES):
        raise pytest.UsageError(f"{node.nodeid}: pulumi(engine={marked!r}): expected one of {', '.join(_ENGINES)}")
    if marked in ("embedded", "cli"):
        return marked  # type: ignore[no-any-return]  # checked
    return node.config.getoption("--pulumi-engine") or marked or "embedded"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    own = [mark for mark in metafunc.definition.iter_markers("parametrize") if "pulumi_engine" in str(mark.args[:1])]
    if "pulumi_engine" in metafunc.fixturenames and not own and _engine(metafunc.definition) == "both":
        metafunc.parametrize("pulumi_engine", list(_IDS), ids=list(_IDS.values()), indirect=True)


@pytest.fixture
def pulumi_engine(request: pytest.FixtureRequest) -> str:
    """What runs the test's stack, embedded or cli: from `@pytest.mark.pulumi(engine=…)` or the option --pulumi-engine."""
    chosen = getattr(request, "param", None) or _engine(request.node)
    return "embedded" if chosen == "both" else str(chosen)


@pytest.fixture
def pulumi_project(request: pytest.FixtureRequest) -> Path:
    """The project: of the marker `pulumi`, of the option `pulumi_project`, else the nearest above the test's file."""
    if (marked := _argument(request.node, "project")) is not None:
        return Path(request.path.parent, marked)
    if configured := request.config.getini("pulumi_project"):
        return Path(request.config.rootpath, str(configured))
    for folder in request.path.parents:
        if any((folder / name).is_file() for name in _FILES):
            return folder
    pytest.fail(
        f"no Pulumi.yaml above {request.path}: name the project's folder with @pytest.mark.pulumi(project=…), "
        "with pulumi_project in pytest's configuration, or with a fixture pulumi_project of your own",
        pytrace=False,
    )


@pytest.fixture
def pulumi_config() -> Mapping[str, Any]:
    """The configuration of the stack, by key; override it."""
    return {}


@pytest.fixture
def pulumi_stack(
    request: pytest.FixtureRequest,
    pulumi_project: Path,
    pulumi_config: Mapping[str, Any],
    pulumi_engine: str,
    tmp_path: Path,
) -> Iterator["Stack"]:
    """A new stack of the project, with a separate state; the test fails if resources remain."""
    from pulumi_embedded_engine.testing import CliStack, Stack  # noqa: PLC0415  only tests that ask for it load the engine

    settles = _argument(request.node, "settles") is not False
    if pulumi_engine == "embedded":
        made = Stack(pulumi_project, tmp_path / "pulumi", settles=settles)
    elif shutil.which("pulumi") is None:
        pytest.skip(_NO_CLI)
    else:
        made = CliStack(pulumi_project, tmp_path / "pulumi", settles=settles, unsupported=_unsupported(request))
    made.known_secrets = lambda: [text for told in request.node.ihook.pytest_pulumi_secrets(item=request.node) for text in told]
    made.configure(pulumi_config)
    yield made
    made.close()


def _unsupported(request: pytest.FixtureRequest) -> Callable[[str], NoReturn]:
    """A test that was written for one engine and runs on both is skipped; one that asks for the CLI fails."""

    def end(reason: str) -> NoReturn:
        if _argument(request.node, "engine") == "cli":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)

    return end


@pytest.fixture
def pulumi_up(pulumi_stack: "Stack") -> "Callable[..., Result]":
    """Deploy the program."""
    return pulumi_stack.up


@pytest.fixture
def pulumi_preview(pulumi_stack: "Stack") -> "Callable[..., Result]":
    """Preview an `up`."""
    return pulumi_stack.preview


@pytest.fixture
def pulumi_refresh(pulumi_stack: "Stack") -> "Callable[..., Result]":
    """Refresh the stack."""
    return pulumi_stack.refresh


@pytest.fixture
def pulumi_destroy(pulumi_stack: "Stack") -> "Callable[..., Result]":
    """Delete everything."""
    return pulumi_stack.destroy


@pytest.fixture
def pulumi_import(pulumi_stack: "Stack") -> "Callable[..., Result]":
    """Take over what exists."""
    return pulumi_stack.import_


@pytest.fixture
def pulumi_plan_snapshot(request: pytest.FixtureRequest) -> "Callable[..., None]":
    """Compare the text of a result with the snapshot of that name, by default the test's; --pulumi-update-snapshots writes it."""
    from pulumi_embedded_engine import plan_snapshots  # noqa: PLC0415  see above

    use: _SnapshotUse = request.config.pluginmanager.getplugin("pulumi-embedded-engine-snapshots")
    unnamed: list[Any] = []

    def compare(result: "Result", name: str = "", *, replace: Mapping[str, str] | None = None) -> None:
        __tracebackhide__ = True
        if not result.ok:
            raise plan_snapshots.SnapshotError(
                "the operation failed, so that its plan is not complete: there is no snapshot of it"
            )
        if result.exposed:
            raise plan_snapshots.SnapshotError(
                "a secret stands in the plan in clear, so that there is no snapshot of it. Mark the property as secret "
                "(pulumi.Output.secret, additional_secret_outputs), or call pulumi_stack.public(…) if the text is not a secret"
            )
        if not name and unnamed:
            raise plan_snapshots.SnapshotError("a second plan of one test needs a name: pulumi_plan_snapshot(result, 'name')")
        unnamed.extend([] if name else [result])
        text = result.text
        for old, new in (replace or {}).items():
            text = text.replace(old, new)
        use.snapshots.compare(plan_snapshots.path_of(request.path, name or _test_name(request)), text)

    return compare


def _test_name(request: pytest.FixtureRequest) -> str:
    """The name of the test, which is the same on each engine."""
    name = str(request.node.name)
    for id_ in _IDS.values():
        name = name.replace(f"[{id_}]", "").replace(f"-{id_}", "").replace(f"{id_}-", "")
    function, _, parameters = name.partition("[")
    name = f"{function}-{parameters.removesuffix(']')}" if parameters else function
    return f"{request.cls.__name__}.{name}" if request.cls else name


class _SnapshotUse:
    """Which snapshots the tests of this run use: at its end, those that none used are mentioned. Workers of xdist report to it."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._snapshots: Snapshots | None = None
        self._used: set[Path] = set()
        self._files: dict[Path, bool] = {}
        self._selected = any("::" in argument for argument in config.args)

    @property
    def snapshots(self) -> "Snapshots":
        if self._snapshots is None:
            from pulumi_embedded_engine.plan_snapshots import Snapshots  # noqa: PLC0415  see above

            self._snapshots = Snapshots(update=self._config.getoption("--pulumi-update-snapshots"))
        return self._snapshots

    def pytest_deselected(self) -> None:
        self._selected = True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        file = Path(self._config.rootpath, report.nodeid.partition("::")[0])
        elsewhere = report.skipped and _IDS["cli"] in report.nodeid
        self._files[file] = self._files.get(file, True) and (report.passed or elsewhere)

    def pytest_sessionfinish(self) -> None:
        self._used |= self._snapshots.used if self._snapshots else set()
        if hasattr(self._config, "workeroutput"):
            self._config.workeroutput["pulumi_snapshots"] = [sorted(map(str, self._used)), self._selected]

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        used, selected = getattr(node, "workeroutput", {}).get("pulumi_snapshots", ((), True))
        self._used |= set(map(Path, used))
        self._selected = self._selected or selected

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self._used or self._selected:
            return
        from pulumi_embedded_engine.plan_snapshots import unused  # noqa: PLC0415  see above

        if left := list(unused(self._files, self._used)):
            terminalreporter.section("unused snapshots of plans")
            for path in left:
                terminalreporter.write_line(f"{path}: no test compares a plan with it; delete it if none should")
