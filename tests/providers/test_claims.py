"""An environment that another resource of the run has is not deleted; what tells the run's provider processes of it."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pulumi_dynamic_host import context
from pulumi_workspace365 import errors
from pulumi_workspace365.environment import EnvironmentProvider
from pulumi_workspace365.lifecycle import claims
from pulumi_workspace365_sandbox.workspace365 import Server

from .conftest import CREATE, Engine, new_run

Serve = Callable[..., Engine]
RUN = "127.0.0.1:1"
ADOPTING = CREATE | {"adopt_existing": True, "on_delete": "delete"}
OTHER = """
import sys
from pulumi_dynamic_host import context
from pulumi_workspace365.lifecycle import claims
with context.set_current(context.Call(urn="urn::other", hosted=True, run=sys.argv[1])):
    claims.declare(sys.argv[2], "contoso")
print("claimed", flush=True)
sys.stdin.read()
"""


@contextmanager
def call(name: str, run: str = RUN) -> Iterator[None]:
    """A call about the resource of this name."""
    with context.set_current(context.Call(urn=f"urn:pulumi:dev::p::Environment::{name}", hosted=True, run=run)):
        yield


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))
    claims._locks.cache_clear()
    yield tmp_path / "home"
    claims._locks.cache_clear()


def adopted(serve: Serve, server: Server) -> Engine:
    """A resource, adopted in an earlier run."""
    server.management.seed("contoso")
    environment = serve(EnvironmentProvider)
    with call("first"):
        environment.create(**ADOPTING)
    new_run()
    return environment


def test_of_two_resources_that_are_deleted_in_one_run_the_last_deletes(serve: Serve, server: Server) -> None:
    first = adopted(serve, server)
    for name in ("first", "second"):
        with call(name):
            assert not first.changes(**ADOPTING)
    with call("first"):
        first.delete()
    assert list(server.management.environments()) == ["contoso"]
    with call("second"):
        first.delete()
    assert not server.management.environments()


def test_a_process_that_ended_or_serves_another_run_claims_nothing(serve: Serve, server: Server) -> None:
    environment = adopted(serve, server)
    instance = environment.outs["instance"]
    for run, at in ((RUN, instance), ("127.0.0.1:2", instance), (RUN, "https://other.example")):
        other = subprocess.Popen([sys.executable, "-c", OTHER, run, at], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert other.stdout is not None
        assert other.stdout.readline() == b"claimed\n"
        with call("first"):
            assert claims.other_owner(instance, "contoso") == ("another resource" if (run, at) == (RUN, instance) else None)
        other.kill()
        other.communicate()
        with call("first"):
            assert claims.other_owner(instance, "contoso") is None


def test_nothing_is_deleted_where_other_processes_cannot_be_seen(serve: Serve, server: Server, home: Path) -> None:
    environment = adopted(serve, server)
    claims._locks.cache_clear()
    (home / "workspace365/claims.lock").unlink()
    (home / "workspace365/claims.lock").mkdir()
    with (
        call("first"),
        pytest.raises(errors.Refused, match="it cannot be determined whether another resource of this run has it"),
    ):
        environment.delete()
    assert server.management.count("deleteEnvironment") == 0


def test_the_sdks_own_host_keeps_what_it_has_just_adopted(serve: Serve, server: Server) -> None:
    server.management.seed("contoso")
    former, new = serve(EnvironmentProvider), serve(EnvironmentProvider)
    former.create(**ADOPTING)
    new_run()
    new.create(**ADOPTING)
    former.delete()
    assert list(server.management.environments()) == ["contoso"]


def test_a_create_that_failed_keeps_its_environment_with_the_former_resource(serve: Serve, server: Server) -> None:
    environment = adopted(serve, server)
    with call("second"), pytest.raises(errors.Refused, match="exists already"):
        serve(EnvironmentProvider).create(**CREATE)
    with call("first"), pytest.raises(errors.Refused, match="because resource 'second' of this program is to have it"):
        environment.delete()
    assert list(server.management.environments()) == ["contoso"]
