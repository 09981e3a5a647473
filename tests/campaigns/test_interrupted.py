"""Runs that are killed or cut off in the middle of a create, by real engines, against servers that make names of their own."""

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pulumi_workspace365_sandbox.workspace365 import Server, faults
from pulumi_workspace365_sandbox.workspace365.records import SanitiserName
from tests.campaigns import deployment
from tests.campaigns.deployment import Deployment, EngineName, Wanted
from tests.campaigns.test_campaigns import on_each_engine

pytestmark = pytest.mark.slow

WANTED = "Müller Söhne"


@pytest.fixture
def stack(engine: EngineName, server: Server, tmp_path: Path) -> Iterator[Deployment]:
    deployment.reset(server)
    yield Deployment(tmp_path / "stack", server, engine, {"W365_SETTLE_SECONDS": "1"}).prepare()
    server.management.clear_faults()


def killed_in_mid_create(stack: Deployment) -> None:
    """The server has carried the create out, and its answer never arrives."""
    stack.server.management.inject(faults.Hang(operation="createEnvironment", when="after"))
    process = stack.start("up", "--yes", "--skip-preview", "--stack", deployment.STACK)
    while not stack.server.management.environments():
        assert process.poll() is None, stack.output
        time.sleep(0.02)
    for pid in (process.pid, int((stack.folder / "host.pid").read_text(encoding="ascii"))):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()
    stack.server.management.clear_faults()
    if stack.engine == "pulumi":  # whose lock the CLI leaves to a person
        stack.run("cancel", "--yes", "--stack", deployment.STACK)


def sent(stack: Deployment) -> int:
    return stack.server.management.count("createEnvironment")


@on_each_engine
@pytest.mark.parametrize("sanitiser", ["customer_number", "transliterate"])
def test_after_a_kill_the_environment_is_named_until_it_is_adopted(
    stack: Deployment, server: Server, sanitiser: SanitiserName
) -> None:
    server.management.set_options(sanitiser=sanitiser)
    stack.want({WANTED: Wanted()})
    killed_in_mid_create(stack)
    (made,) = server.management.environments()
    for _ in range(2):
        failed = stack.up()
        assert (failed.code != 0, sent(stack)) == (True, 1)
        assert f"may have made one of these: {made!r}" in failed.output
    stack.want({WANTED: Wanted(adopts=made)})
    done = stack.up()
    assert (done.code, sent(stack)) == (0, 1), done.output
    assert stack.changes() == ""
    assert [outputs["id"] for outputs in stack.recorded().values()] == [made]
    assert stack.run("refresh", "--yes", "--stack", deployment.STACK).code == 0
    assert stack.noted() == set()


@on_each_engine
def test_after_a_lost_answer_and_a_list_that_is_down_nothing_is_sent_until_the_list_was_read(
    stack: Deployment, server: Server
) -> None:
    server.management.set_options(sanitiser="customer_number")
    stack.want({WANTED: Wanted(), "another": Wanted()})
    server.management.inject(
        faults.Reset(operation="createEnvironment", environment=WANTED, when="after", times=1),
        faults.Outage(operation="createEnvironment", environment=WANTED, ms=3_600_000, times=1),
    )
    assert "Nor could it be looked for on the list" in stack.up("--continue-on-error").output
    before = sent(stack)
    assert "Could not list the environments" in stack.up("--continue-on-error").output
    assert sent(stack) == before
    server.management.clear_faults()
    made = next(name for name, environment in server.management.environments().items() if environment.requested_name == WANTED)
    last = stack.up("--continue-on-error")
    assert f"may have made one of these: {made!r}" in last.output
    asked_for = [request.environment for request in server.management.requests(operation="createEnvironment")]
    assert asked_for.count(WANTED) == 1
    assert {"another"} == set(stack.recorded())


@on_each_engine
def test_what_was_created_is_recorded_whatever_its_password_and_however_full_the_disk(stack: Deployment, server: Server) -> None:
    server.management.inject(faults.TemporaryPassword(value="half \ud800 a pair"))
    stack.extra["W365_AUDIT"] = "/dev/full"
    stack.want({WANTED: Wanted()})
    done = stack.up()
    assert (done.code, sent(stack)) == (0, 1), done.output
    assert set(stack.recorded()) == {WANTED}
    assert "could not be written to /dev/full" in done.output
    told = stack.run("stack", "output", WANTED, "--show-secrets", "--stack", deployment.STACK)
    assert "half \\ud800 a pair" in told.output
    assert stack.changes() == ""


@on_each_engine
def test_a_partial_failure_of_any_size_is_recorded(stack: Deployment, server: Server) -> None:
    name = "n" * 950  # many times over in a failed call
    stack.want({name: Wanted(active=False)})
    server.management.inject(faults.Status(operation="deactivateEnvironment", status=400, form="array", text="x" * 600))
    assert stack.up().code
    assert set(stack.recorded()) == {name}
    server.management.clear_faults()
    assert stack.up().code == 0
    assert sent(stack) == 1
