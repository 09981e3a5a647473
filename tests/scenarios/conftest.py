"""Each scenario runs on every engine and host there is, against one server per worker, and its trace is held to the recording."""

import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from pulumi_workspace365_sandbox import workspace365
from tests.scenarios import recording
from tests.scenarios.world import Host, World, engine_for

FAILED = pytest.StashKey[bool]()
RECORDING = recording.is_on()
ENGINES = (["embedded"] if not RECORDING else []) + (["pulumi"] if shutil.which("pulumi") else [])
HOSTS: tuple[Host, ...] = ("ours", "stock", "native")


ON_BOTH_HOSTS = "test_resources_of_a_program_live_their_whole_lives"
"""The scenario that `make test` runs with the package too, and `make test-all` always on the stock host; the others run on the stock host
where a CLI is, and with ``--thorough``."""

OF_THE_PACKAGE = {"test_declared_anew", "test_resources", "test_instances", "test_troubles"}
"""The modules whose programs can be written with the package's resources: the project's own program has dynamic ones."""

MakeWorld = Callable[..., World]
MakeServer = Callable[[], AbstractContextManager[workspace365.Server]]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The stock host, which users of a CLI may have, is tried once where nobody asks for more: it doubles the time."""
    items[:] = [item for item in items if item.path.stem in OF_THE_PACKAGE or not _has_world_of_the_package(item)]
    for item in items:
        one_of_many = "-native" in item.name and not item.name.startswith(ON_BOTH_HOSTS)
        if one_of_many or item.name.startswith(f"{ON_BOTH_HOSTS}[embedded-stock"):
            item.add_marker(pytest.mark.slow)
    if config.getoption("--thorough") or "pulumi" in ENGINES:
        return
    kept = [item for item in items if "embedded-stock" not in item.name or item.name.startswith(ON_BOTH_HOSTS)]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


def _has_world_of_the_package(item: pytest.Item) -> bool:
    """Whether the fixture `world` is one with the package's resources; tests that name their front themselves are meant so."""
    return "-native" in item.name and "world" in getattr(item, "fixturenames", ())


@pytest.fixture
def make_server() -> MakeServer:
    """Starts a further server."""
    return workspace365.running


@pytest.fixture(scope="session")
def server_process() -> Iterator[workspace365.Server]:
    with workspace365.running() as server:
        yield server


@pytest.fixture
def server(server_process: workspace365.Server) -> workspace365.Server:
    server_process.management.reset()
    return server_process


@pytest.fixture
def make_world(tmp_path: Path, server: workspace365.Server, request: pytest.FixtureRequest) -> MakeWorld:
    """Makes a world for an engine and a host; nothing is compared."""

    def make(engine: str, host: Host = "ours") -> World:
        request.node.user_properties.append(("scenario", f"{engine}/{host}"))
        folder = tmp_path / f"{engine}-{host}-{len(list(tmp_path.iterdir()))}"  # a test may make one twice
        folder.mkdir()
        return World(folder, engine_for(engine), host, server)

    return make


@pytest.fixture(params=[(engine, host) for engine in ENGINES for host in HOSTS], ids="-".join)
def world(make_world: MakeWorld, request: pytest.FixtureRequest) -> Iterator[World]:
    """A world on each engine and host. What the scenario did is compared with what the Pulumi CLI did when it was recorded."""
    world = make_world(*request.param)
    yield world
    compare(world, request)


@pytest.fixture(params=ENGINES)
def world_on_our_host(make_world: MakeWorld, request: pytest.FixtureRequest) -> Iterator[World]:
    """The same for what happens before a host would start."""
    world = make_world(request.param)
    yield world
    compare(world, request)


def compare(world: World, request: pytest.FixtureRequest) -> None:
    """Hold a trace to its recording, or record it; a scenario that failed already is left alone."""
    if request.node.stash.get(FAILED, False):
        return
    case = [str(value) for value in request.node.callspec.id.split("-") if value not in {"", world.engine.name, world.host}]
    name = ".".join([request.node.originalname.removeprefix("test_"), *case, world.host])
    if RECORDING:
        recording.save(name, world.trace.operations)
        return
    recording.compare(name, world.trace.operations, on_cli=world.engine.name == "pulumi")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call" and report.failed:
        item.stash[FAILED] = True
    return report
