"""The patches that are offered to Pulumi: they apply to the installed SDK, save what their page says, and change nothing that a program sees."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pulumi
import pytest

from tests.docs import pages

_FOLDER = pages.ROOT / "docs" / "upstream"
_WAIT, _URN, _FUTURE = ("wait-for-outputs", "made-up-urn", "one-future-per-property")
_PATCHES = (_WAIT, _URN, _FUTURE)
_FOLDERS_BEFORE_PULUMI = 4  # a/sdk/python/lib
_PATCHED_SDK = "3.272.0"
pytestmark = pytest.mark.skipif(version("pulumi") != _PATCHED_SDK, reason=f"the patches are for the SDK {_PATCHED_SDK}")

_SETUP = """
import asyncio, json, sys
import pulumi
from pulumi.runtime import mocks, settings, stack

tasks = 0


def counting(loop, coroutine, **more):
    global tasks
    tasks += 1
    return asyncio.Task(coroutine, loop=loop, **more)


class Mocks(mocks.Mocks):
    def new_resource(self, args):
        if args.name == "refused":
            raise ValueError("there is no such resource")
        return args.name, {**args.inputs, "made": "by the provider"}

    def call(self, args):
        return {}


class Made(pulumi.CustomResource):
    def __init__(self, name, **inputs):
        super().__init__("test:index:Made", name, {**inputs, "made": None})


loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
pulumi.runtime.set_mocks(Mocks(), preview="preview" in sys.argv)


def run(program):
    "What ends the program, after all that it waits for."
    settings.set_root_resource(None)
    try:
        loop.run_until_complete(asyncio.wait_for(stack.run_in_stack(program), 60))
    except Exception as problem:
        return f"{type(problem).__name__}: {problem}"
    return "none"
"""

_WAITING = (
    _SETUP
    + """
callbacks = 0


class Counted(asyncio.Future):
    def add_done_callback(self, callback, **more):
        global callbacks
        callbacks += 1
        super().add_done_callback(callback, **more)


def one_after_the_other():
    futures = [Counted() for _ in range(int(sys.argv[1]))]
    for future in futures:
        pulumi.Output._from_data(future)

    async def complete():
        while callbacks < 2 * len(futures):  # until all of them are waited for
            await asyncio.sleep(0)
        for future in futures:
            for _ in range(5):  # whoever waits gets to wait again
                await asyncio.sleep(0)
            future.set_result(pulumi.output._OutputData(set(), 1, True, False))

    asyncio.ensure_future(complete())


problem = run(one_after_the_other)
print(json.dumps([problem, callbacks]))
"""
)

_REGISTERING = (
    _SETUP
    + """
tracked = 0
track = pulumi.Output._track


def counted(output):
    global tracked
    tracked += 1
    track(output)


pulumi.Output._track = counted
loop.set_task_factory(counting)


def declare(number):
    return lambda: [Made(f"resource-{index}", one=1, two=2, three=3) for index in range(number)]


def cost(number):
    global tasks, tracked
    tasks = tracked = 0
    assert run(declare(number)) == "none"
    return [tasks, tracked]


cost(1)
few, many = cost(10), cost(30)
print(json.dumps([(more - less) / 20 for less, more in zip(few, many)]))
"""
)

_SEEN = (
    _SETUP
    + """
seen = {}


def values():
    made = Made("first", plain="text", hidden=pulumi.Output.secret("value"), nothing=None)
    second = Made("second", given=made.plain, both=pulumi.Output.all(made.hidden, made.made))

    async def look(resource, name):
        output = getattr(resource, name)
        depends = sorted(each._name for each in await output.resources())
        seen[f"{resource._name}.{name}"] = [await output.future(), await output.is_known(), await output.is_secret(), depends]

    for resource, names in {made: ("plain", "hidden", "nothing", "made", "id", "urn"), second: ("given", "both", "urn")}.items():
        for name in names:
            pulumi.Output.from_input(look(resource, name))


def fails(value):
    raise ValueError("a late fault")


async def never():
    await asyncio.Event().wait()


def a_fault_while_another_never_ends():
    pulumi.Output.from_input(never())
    Made("first", plain="text").plain.apply(fails)


def a_fault_of_an_output_that_is_made_while_others_are_waited_for():
    async def later():
        for _ in range(20):
            await asyncio.sleep(0)
        pulumi.Output.from_input("text").apply(fails)

    pulumi.Output.from_input(later())


def a_fault_that_is_recovered():
    Made("first", plain="text").plain.apply(fails).recover(lambda problem: seen.setdefault("recovered", str(problem)))


def a_resource_that_is_refused():
    refused = Made("refused", plain="text")
    refused.plain.apply(lambda _: seen.setdefault("applied", True))


def made_while_others_are_waited_for():
    first = Made("first", plain="text")
    first.plain.apply(lambda text: Made("second", plain=text)).apply(lambda second: second.plain.apply(lambda text: seen.update(inner=text)))


programs = (
    values,
    a_fault_while_another_never_ends,
    a_fault_of_an_output_that_is_made_while_others_are_waited_for,
    a_fault_that_is_recovered,
    a_resource_that_is_refused,
    made_while_others_are_waited_for,
)
ends = {}
for program in programs:
    ends[program.__name__] = run(program)
    settings._get_rpc_manager().clear()
    settings.SETTINGS.outputs.clear()
print(json.dumps({"seen": seen, "ends": ends}, sort_keys=True))
"""
)

_PROVIDER = """
from pulumi.dynamic import CreateResult, ResourceProvider


class Provider(ResourceProvider):
    serialize_as_secret_always = False  # ciphertext would differ from run to run

    def create(self, props):
        return CreateResult(props["value"], {**props, "more": "made"})
"""

_PROGRAM = """
import pulumi
from provider import Provider
from pulumi.dynamic import Resource


class Made(Resource):
    def __init__(self, name, value):
        super().__init__(Provider(), name, {"value": value, "more": None})


first = [Made(f"first-{number}", f"value-{number}") for number in range(20)]
second = [Made(f"second-{number}", made.more.apply(lambda more, number=number: f"{more} {number}")) for number, made in enumerate(first)]
pulumi.export("made", [made.value for made in second])
"""


_STABLE = ("urn", "type", "parent", "inputs", "outputs", "dependencies", "propertyDependencies")
"""What of a resource in state is the same in every run."""


@pytest.fixture(scope="module")
def sdk(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Folders that hold a copy of the installed SDK, with patches by name; each made once."""
    folders: dict[tuple[str, ...], Path] = {}

    def patched(*names: str) -> Path:
        if names not in folders:
            folders[names] = tmp_path_factory.mktemp("sdk")
            copy_of_sdk(folders[names], names)
        return folders[names]

    return patched


def copy_of_sdk(folder: Path, patches: tuple[str, ...]) -> None:
    shutil.copytree(Path(pulumi.__file__).parent, folder / "pulumi")
    for name in patches:
        command = ["git", "apply", f"-p{_FOLDERS_BEFORE_PULUMI}", str(_FOLDER / f"{name}.patch")]
        subprocess.run(command, cwd=folder, check=True)


def told(folder: Path, program: str, *arguments: str) -> Any:
    """What a program prints last, as JSON, with the SDK of a folder."""
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env={**os.environ, "PYTHONPATH": str(folder)},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_every_patch_is_one_of_those_tested_and_on_the_page() -> None:
    names = {path.stem for path in _FOLDER.glob("*.patch")}
    assert names == set(_PATCHES)
    page = (_FOLDER / "README.md").read_text(encoding="utf-8")
    assert all(f"]({name}.patch)" in page for name in names)


@pytest.mark.slow
def test_waiting_adds_one_callback_to_each_output_however_many_there_are(sdk: Callable[..., Path]) -> None:
    few, many = (told(sdk(_WAIT), _WAITING, str(number)) for number in (20, 80))
    assert few == ["none", 2 * 20]  # the SDK's own, which ends the tracking, and one of whoever waits
    assert many == ["none", 2 * 80]


@pytest.mark.slow
def test_as_it_is_waiting_adds_a_callback_to_all_outputs_whenever_one_is_done(sdk: Callable[..., Path]) -> None:
    problem, callbacks = told(sdk(), _WAITING, "80")
    assert problem == "none"
    assert callbacks > 80 * 80 / 2


@pytest.mark.slow
def test_a_resource_costs_fewer_tasks_and_outputs(sdk: Callable[..., Path]) -> None:
    before = told(sdk(), _REGISTERING)
    without_urn = told(sdk(_URN), _REGISTERING)
    one_future = told(sdk(_FUTURE), _REGISTERING)
    both = told(sdk(*_PATCHES), _REGISTERING)
    assert (before, without_urn, one_future, both) == ([10, 14], [6, 6], [6, 14], [2, 6])


@pytest.mark.slow
@pytest.mark.parametrize("preview", [(), ("preview",)], ids=["update", "preview"])
def test_a_program_sees_the_same_values_and_faults(sdk: Callable[..., Path], preview: tuple[str, ...]) -> None:
    before = told(sdk(), _SEEN, *preview)
    assert before["ends"]["a_fault_while_another_never_ends"] == "ValueError: a late fault"
    assert before["ends"]["a_fault_of_an_output_that_is_made_while_others_are_waited_for"] == "ValueError: a late fault"
    assert before["ends"]["a_fault_that_is_recovered"] == "none"
    assert told(sdk(*_PATCHES), _SEEN, *preview) == before


@pytest.mark.slow
def test_a_deployment_makes_the_same_state(sdk: Callable[..., Path], tmp_path: Path) -> None:
    before, after = (deployed(sdk(*patches), tmp_path / str(len(patches))) for patches in ((), _PATCHES))
    assert len(before) == 42
    assert after == before


def deployed(folder: Path, project: Path) -> list[dict[str, Any]]:
    """The resources in state after an update."""
    project.mkdir()
    (project / "Pulumi.yaml").write_text(f"name: upstream\nruntime:\n  name: python\n  options:\n    virtualenv: {sys.prefix}\n")
    for name, text in {"__main__.py": _PROGRAM, "provider.py": _PROVIDER}.items():
        (project / name).write_text(text, encoding="utf-8")
    own = {"PULUMI_BACKEND_URL": f"file://{project}", "PULUMI_HOME": str(project / "home"), "PULUMI_CONFIG_PASSPHRASE": "tests"}
    environment = {**os.environ, **own, "PYTHONPATH": str(folder)}

    def engine(*arguments: str) -> None:
        command = [sys.executable, "-m", "pulumi_embedded_engine", *arguments]
        subprocess.run(command, cwd=project, env=environment, capture_output=True, check=True)

    engine("stack", "init", "dev")
    engine("up", "--yes", "--skip-preview", "--stack", "dev", "--non-interactive")
    state = json.loads((project / ".pulumi/stacks/upstream/dev.json").read_text(encoding="utf-8"))
    resources = state["checkpoint"]["latest"]["resources"]
    return sorted(({name: one.get(name) for name in _STABLE} for one in resources), key=lambda one: str(one["urn"]))
