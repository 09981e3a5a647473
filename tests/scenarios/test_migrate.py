"""`w365 migrate`: a program's resources change from the dynamic front to the native one and back; no instance hears of it."""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pulumi_workspace365.lifecycle import journal
from pulumi_workspace365.lifecycle.journal_records import Subject
from tests.scenarios.conftest import ENGINES, MakeServer, MakeWorld
from tests.scenarios.world import NAME, STACK, Host, World

PROGRAM = """
import os
person = {{"admin_email": "a@b.example", "admin_first_name": "Carla", "admin_last_name": "Conti"}}
eu = w365.Instance("eu", base_url="{url}", provisioning_key="{key}", request_timeout=30)
here = w365.Environment("here", environment_name="contoso", opts=ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create="7m")), **person)
there = w365.Environment("there", environment_name="contoso", opts=ResourceOptions(provider=eu), **person)
w365.ExchangeSettings("there", environment=there, server_type="Office365", opts=ResourceOptions(provider=eu, depends_on=[here]))
w365.OAuth2SignOn(
    "here",
    environment=here,
    authority="https://login.microsoftonline.com/contoso.onmicrosoft.com",
    client_id="00000000-0000-0000-0000-000000000001",
    key="sentinel-sign-on-key",
    opts=ResourceOptions(parent=here, deleted_with=here),
)
w365.Template("here", environment=here, configuration={{"some_key": [1, 2.5, {{"someKey": None}}]}})
pulumi.export("urn", here.urn)
if gate := os.environ.get("GATE"):
    open(gate).read()
"""
SMALL = """
import os
w365.Environment("here", environment_name="contoso", admin_email="a@b.example", admin_first_name="C", admin_last_name="C"{more})
if gate := os.environ.get("GATE"):
    open(gate).read()
"""


STOPPING = """#!/bin/sh
count=$(($(cat "$STOP_FOLDER/count") + 1))
echo $count > "$STOP_FOLDER/count"
[ $count = "$STOP_BEFORE" ] && read -r _ < "$STOP_FOLDER/gate"
{engine} "$@"
code=$?
[ $count = "$STOP_AFTER" ] && read -r _ < "$STOP_FOLDER/gate"
exit $code
"""
IMPORT, PREVIEW = 3, 5
"""The place of these commands among those that a migration runs: export, export with the backup written, import, export, preview."""


def start(world: World, *arguments: str, **variables: str) -> subprocess.Popen[str]:
    """The command in the project's folder; with the embedded engine there is no CLI on PATH."""
    path = {} if world.engine.name == "pulumi" or "PATH" in variables else {"PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-m", "pulumi_workspace365_cli", "migrate", "--stack", STACK, *arguments]
    environment = world.environment({**path, **variables})
    return subprocess.Popen(
        command,
        cwd=world.folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def migrate(world: World, *arguments: str, code: int = 0) -> str:
    """What the command prints."""
    process = start(world, *arguments)
    out, err = process.communicate(timeout=500)
    assert process.returncode == code, f"{process.returncode}\n{out}\n{err}"
    world.look_for_secrets(out + err)
    return err if code else out


def backups(world: World) -> list[Path]:
    return sorted(world.folder.glob("w365-migrate-*"))


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_a_program_changes_its_front_and_back(make_world: MakeWorld, make_server: MakeServer, engine: str) -> None:
    with make_server() as second:
        world = make_world(engine)
        world.secrets |= {"second": second.provisioning_key, "sign-on": "sentinel-sign-on-key", "template": "some_key"}

        def use(front: Host) -> None:
            world.host = front
            world.program(PROGRAM.format(url=second.base_url, key=second.provisioning_key))

        use("ours")
        world.up()
        dynamic, sent = world.state_file.read_text(), (world.writes(), second.management.requests())

        use("native")
        shown = migrate(world, "--to", "native", "--dry-run")
        assert "6 would be rewritten" in shown
        assert world.state_file.read_text() == dynamic
        assert "A preview of the program is empty" in migrate(world, "--to", "native")
        assert "pulumi-python" not in world.state_file.read_text()
        world.nothing_changes()
        assert world.state()["OAuth2SignOn here"]["deletedWith"] == world.state()["Environment here"]["urn"]
        assert world.state()["Environment here"]["protect"]
        assert world.state()["Environment here"]["customTimeouts"]["create"] == 420
        [backup] = backups(world)
        assert stat.S_IMODE(backup.stat().st_mode) == 0o600
        assert "Nothing to do" in migrate(world, "--to", "native")

        use("ours")
        migrate(world, "--to", "dynamic")
        assert "workspace365:index" not in world.state_file.read_text()
        world.nothing_changes()
        assert len(backups(world)) == 2
        assert (world.writes(), second.management.requests()) == sent
        world.look_for_secrets()


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_the_former_state_is_restored_unless_a_preview_is_empty(make_world: MakeWorld, engine: str) -> None:
    world = make_world(engine)
    world.program(SMALL.format(more=""))
    world.up()
    former = world.state()
    refused = migrate(world, "--to", "native", code=1)  # the program has the classes of before
    assert "its former state was restored" in refused
    assert "must import its classes from pulumi_workspace365.native" in refused
    assert world.state() == former
    assert backups(world) == []
    world.nothing_changes()

    world.host = "native"
    world.program(SMALL.format(more=", active=False"))
    assert "update Environment here" in migrate(world, "--to", "native", code=1)
    assert world.state() == former

    lock = world.folder / f"state/.pulumi/locks/organization/{NAME}/{STACK}/other.json"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.write_text("{}")
    assert "in use by another run" in migrate(world, "--to", "native", code=1)
    lock.unlink()


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_a_killed_migration_is_completed_or_reverted(make_world: MakeWorld, engine: str) -> None:
    world = make_world(engine)
    world.configure({"w365:maxRetries": "3", "workspace365:maxRetries": "3"})  # the second is the default provider's input
    world.program(SMALL.format(more=""))
    world.up()
    former = world.state()
    gate = world.folder / "gate"
    os.mkfifo(gate)

    def kill_during_the_preview() -> None:
        process = start(world, "--to", "native", GATE=str(gate))
        with gate.open("w"):  # until the program of the preview opens it
            process.kill()
            process.communicate()

    world.host = "native"
    world.program(SMALL.format(more=", active=False"))
    kill_during_the_preview()
    [unfinished] = backups(world)
    assert "unfinished" in unfinished.name
    assert "interrupted" in migrate(world, "--to", "dynamic", code=1)
    assert "interrupted" in migrate(world, "--to", "native", "--dry-run", code=1)
    assert "its former state was restored" in migrate(world, "--to", "native", code=1)
    assert world.state() == former

    world.program(SMALL.format(more=""))
    kill_during_the_preview()
    assert "A preview of the program is empty" in migrate(world, "--to", "native")
    world.nothing_changes()
    assert [path.name.count("unfinished") for path in backups(world)] == [0]
    assert world.writes() == ["createEnvironment contoso"]


@contextmanager
def stopped_at(world: World, to: str, **stop: int) -> Iterator[subprocess.Popen[str]]:
    """A migration that waits, during the block, for an engine's command that waits before or after it runs."""
    folder = world.folder / "stop"
    folder.mkdir(exist_ok=True)
    engine = folder / "pulumi"
    engine.write_text(STOPPING.format(engine=" ".join(f"'{part}'" for part in world.engine.command)))
    engine.chmod(0o755)
    (folder / "count").write_text("0")
    (folder / "gate").unlink(missing_ok=True)
    os.mkfifo(folder / "gate")
    moment = {f"STOP_{name.upper()}": str(count) for name, count in stop.items()}
    path = os.pathsep.join((str(folder), os.environ["PATH"]))
    process = start(world, "--to", to, STOP_FOLDER=str(folder), PATH=path, **{"STOP_BEFORE": "", "STOP_AFTER": "", **moment})
    with (folder / "gate").open("w"):  # until the command opens it
        yield process


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_a_migration_killed_at_any_moment_has_one_of_the_two_states(make_world: MakeWorld, engine: str) -> None:
    world = make_world(engine)
    world.both_fronts = True
    world.program(SMALL.format(more=""))
    world.up()
    front = "dynamic"
    for moment in ({"before": IMPORT}, {"after": IMPORT}, {"after": PREVIEW}):
        other = "native" if front == "dynamic" else "dynamic"
        world.host = "native" if other == "native" else "ours"
        world.program(SMALL.format(more=""))
        with stopped_at(world, other, **moment) as process:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
        types = [name in world.state_file.read_text() for name in ("workspace365:index:Environment", "pulumi-python:dynamic")]
        assert sorted(types) == [False, True], moment
        assert "A preview of the program is empty" in migrate(world, "--to", other), moment
        front = other
    world.nothing_changes()
    assert world.writes() == ["createEnvironment contoso"]
    assert all("before" in path.name for path in backups(world))


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_an_import_that_outlives_a_killed_migration_is_waited_for(make_world: MakeWorld, engine: str) -> None:
    world = make_world(engine)
    world.program(SMALL.format(more=""))
    world.up()
    former = world.state_file.read_text()
    world.host = "native"
    world.program(SMALL.format(more=""))
    with stopped_at(world, "native", before=IMPORT) as killed:
        killed.kill()
        killed.wait()
        again = start(world, "--to", "native")
        assert again.stderr
        assert "is still being written for a command that was killed" in again.stderr.readline()
        assert world.state_file.read_text() == former
    out, err = again.communicate(timeout=500)
    assert (again.returncode, err) == (0, ""), out + err
    assert "A preview of the program is empty" in out
    world.nothing_changes()
    assert [path.name.count("unfinished") for path in backups(world)] == [0]


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_under_way_is_waited_for(make_world: MakeWorld, engine: str) -> None:
    world = make_world(engine)
    world.program(SMALL.format(more=""))
    world.up()
    former = world.state()
    world.host = "native"
    world.program(SMALL.format(more=""))
    gate = world.folder / "gate"
    os.mkfifo(gate)
    first = start(world, "--to", "native", GATE=str(gate))
    with gate.open("w"):  # until the program of the preview opens it
        assert "Another w365 command is changing the state" in migrate(world, "--to", "native", code=1)
    out, err = first.communicate(timeout=500)
    assert first.returncode == 0, out + err
    migrated = world.state()
    assert migrated != former

    owner = f"urn:pulumi:{STACK}::{NAME}::workspace365:index:Environment::late"
    journal.Journal(Path(world.variables["W365_JOURNAL"])).record_begin(Subject(owner, world.server.base_url, "late"))
    world.host = "ours"
    world.program(SMALL.format(more=""))
    for arguments in (("--dry-run",), ()):
        assert "may have created late" in migrate(world, "--to", "dynamic", *arguments, code=1)
    assert world.state() == migrated
