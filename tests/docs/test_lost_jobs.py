"""A job that is lost while it creates environments: of its folder, home and journal nothing is left, only the state of the stack lasts."""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pulumi_workspace365_sandbox import workspace365
from pulumi_workspace365_sandbox.workspace365 import faults
from tests.docs.checkout import ENGINES, RECIPES, Checkout, commands

DEPLOY = " && ".join(commands(RECIPES[0], "deploy"))
_ANSWERS_AFTER_MS = 20_000

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server() -> Iterator[workspace365.Server]:
    with workspace365.running() as started:
        yield started


class Job:
    """The deployment of a recipe, whose creates are carried out and not answered yet; or neither, with ``done=False``."""

    def __init__(self, checkout: Checkout, server: workspace365.Server, *, done: bool = True) -> None:
        server.management.reset()
        server.management.set_options(on_collision="number")
        answers_late = faults.Latency(operation="createEnvironment", when="after", ms=_ANSWERS_AFTER_MS)
        server.management.inject(answers_late if done else faults.Hang(operation="createEnvironment", when="before"))
        self._home = f"HOME={checkout.folder}\0".encode()
        self._log = checkout.folder / "log.txt"
        self.process = checkout.start(f"({DEPLOY}) > {self._log} 2>&1", **server.variables)
        while (len(server.management.environments()) if done else server.management.count("createEnvironment")) < 2:
            assert self.process.poll() is None, self.said
            time.sleep(0.02)
        server.management.clear_faults()

    @property
    def said(self) -> str:
        return self._log.read_text()

    def kill(self, *parts: str) -> None:
        """Kill the processes whose command line holds one of these; without any, all of the job's."""
        for pid, command in self._processes():
            if not parts or any(part in command for part in parts):
                os.kill(pid, signal.SIGKILL)

    def ended(self) -> None:
        """Wait until its host and engine have ended; what else is left, such as the CLI's language host, is of no use to anybody."""
        self.process.wait()
        while any(part in command for _, command in self._processes() for part in (_HOST, *_ENGINE)):
            time.sleep(0.05)
        self.kill()

    def _processes(self) -> list[tuple[int, str]]:
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if self._home in (folder / "environ").read_bytes():
                    command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                    found += [(int(folder.name), command)] if command else []  # a dead one has none
            except OSError:
                continue
        return found


_SHELL, _HOST = "bash ", "pulumi_dynamic_host"
_ENGINE = ("pulumi_embedded_engine up ", "pulumi up ")


def _recognised(said: str) -> set[str]:
    return set(re.findall("environment '(.+?)' was created by an earlier run that was interrupted", said))


def _next_job(
    lost: Checkout, folder: Path, server: workspace365.Server, pulumi: str | None, **more: str
) -> subprocess.CompletedProcess[str]:
    """What the recipe does in a new container, after a person has released the lock of a CLI that was killed."""
    shutil.rmtree(lost.folder, ignore_errors=True)
    checkout = Checkout(folder, server, pulumi, after=lost)
    if pulumi:
        assert checkout.run("pulumi cancel --yes --stack production").returncode == 0
    return checkout.run(DEPLOY, **server.variables, **more)


@pytest.mark.parametrize("pulumi", ENGINES)
@pytest.mark.parametrize("victim", ["everything", "engine"])
def test_the_next_job_recognises_what_a_lost_one_created(
    victim: str, pulumi: str | None, server: workspace365.Server, tmp_path: Path
) -> None:
    lost = Checkout(tmp_path / "lost", server, pulumi)
    job = Job(lost, server)
    job.kill(*(() if victim == "everything" else (_SHELL, *_ENGINE)))
    job.ended()
    done = _next_job(lost, tmp_path / "next", server, pulumi)
    assert done.returncode == 0, done.stdout + done.stderr
    assert _recognised(done.stdout) == {"contoso", "fabrikam"}
    assert server.management.count("createEnvironment") == len(server.management.environments()) == 2


def test_the_embedded_engine_keeps_pending_what_a_host_that_died_was_creating(
    server: workspace365.Server, tmp_path: Path
) -> None:
    lost = Checkout(tmp_path / "lost", server)
    job = Job(lost, server)
    job.kill(_SHELL, _HOST)
    job.ended()
    done = _next_job(lost, tmp_path / "next", server, None)
    assert done.returncode == 0, done.stdout + done.stderr
    assert _recognised(done.stdout) == {"contoso", "fabrikam"}
    assert server.management.count("createEnvironment") == len(server.management.environments()) == 2


@pytest.mark.parametrize("pulumi", ENGINES[1:])
def test_what_the_cli_forgets_is_refused_and_not_created_again(pulumi: str, server: workspace365.Server, tmp_path: Path) -> None:
    """It takes a create for failed whose host died, and had the job gone on it would have run again with its journal."""
    lost = Checkout(tmp_path / "lost", server, pulumi)
    job = Job(lost, server)
    job.kill(_SHELL, _HOST)
    job.ended()
    done = _next_job(lost, tmp_path / "next", server, pulumi)
    assert done.returncode != 0
    assert "exists already on" in done.stdout + done.stderr
    assert server.management.count("createEnvironment") == len(server.management.environments()) == 2


@pytest.mark.parametrize("pulumi", ENGINES)
def test_a_job_whose_host_dies_takes_what_it_created_into_state_itself(
    pulumi: str | None, server: workspace365.Server, tmp_path: Path
) -> None:
    job = Job(Checkout(tmp_path / "job", server, pulumi), server)
    job.kill(_HOST)
    assert job.process.wait() == 0, job.said
    assert _recognised(job.said) == {"contoso", "fabrikam"}
    assert server.management.count("createEnvironment") == len(server.management.environments()) == 2


def test_what_no_lost_job_made_is_dismissed_for_one_deployment(server: workspace365.Server, tmp_path: Path) -> None:
    lost = Checkout(tmp_path / "lost", server)
    job = Job(lost, server, done=False)
    job.kill()
    job.ended()
    server.management.seed("of others")
    server.management.seed("of others too")
    stopped = _next_job(lost, tmp_path / "stopped", server, None)
    assert stopped.returncode != 0
    assert "may have made one of these: 'of others', 'of others too'" in stopped.stdout
    done = _next_job(lost, tmp_path / "next", server, None, DISMISS="of others\nof others too\n")
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(server.management.environments()) == {"contoso", "fabrikam", "of others", "of others too"}
