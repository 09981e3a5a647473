"""`w365 move`: a customer goes to the stack of another ring, on each engine and front; no instance hears of it."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from pulumi_embedded_engine.store.secrets import PassphraseSecrets, new_salt
from tests import fork_server
from tests.scenarios.conftest import ENGINES, MakeWorld
from tests.scenarios.world import Host, World, secure

OTHER = "another passphrase"
KEY = "sentinel-sign-on-key"
RING = "ring: canary   # moves to broad one day"
GATE = "\nimport os\nif gate := os.environ.get('GATE'):\n    open(gate).read()\n"
NATIVE = "from pulumi_workspace365_components.package.customer_component import CustomerEnvironment"


def start(world: World, *arguments: str, **variables: str) -> subprocess.Popen[str]:
    """The command in the project's folder; with the embedded engine there is no CLI on PATH."""
    path = {} if world.engine.name == "pulumi" else {"PATH": "/usr/bin:/bin"}
    command = [str(fork_server.python()), "-m", "pulumi_workspace365_cli", *arguments]
    environment = world.environment({**path, **variables})
    return subprocess.Popen(command, cwd=world.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def w365(world: World, *arguments: str, code: int = 0) -> str:
    """What the command prints."""
    process = start(world, *arguments)
    out, err = process.communicate(timeout=500)
    assert process.returncode == code, f"{process.returncode}\n{out}\n{err}"
    world.look_for_secrets(out + err)
    return err if code == 1 else out


def make_fleet(world: World, front: Host) -> Path:
    """Two stacks of one project with a passphrase each; returns the file of the customer who is to move."""
    world.host = front
    world.state_file.unlink()
    world.use("canary", {})
    world.stacks()
    program = world.folder / "stacks/__main__.py"
    text = program.read_text() + GATE
    if front == "native":
        head, _, rest = text.partition("settings = StackSettings")
        text = f"{head}{NATIVE}\nsettings = StackSettings{rest}".replace(
            "components.CustomerEnvironment(", "CustomerEnvironment("
        )
    program.write_text(text)
    world.secrets |= {"sign-on": KEY, "passphrase": OTHER}
    sign_on = {"authority": "https://login.example/contoso", "client_id": "one", "key_from": "config:contosoKey"}
    path = world.customer("contoso", ring="canary", sign_on=sign_on, exchange={"server_type": "Office365"})
    path.write_text("# Contoso\n" + path.read_text().replace("ring: canary", RING))
    world.customer("fabrikam", ring="canary")
    customers = {"workspace365:customers": "customers"}
    world.use("canary", {**customers, "workspace365:rings": ["canary"], "workspace365:contosoKey": secure(KEY)})
    world.up()
    salt = new_salt(OTHER)
    secret = {"secure": PassphraseSecrets(OTHER, salt).encrypt(KEY)}
    world.use("broad", {**customers, "workspace365:rings": ["broad"], "workspace365:contosoKey": secret}, salt)
    (world.folder.parent / "phrase").write_text(f"{OTHER}\n")
    return path


def change_to(world: World, stack: str) -> None:
    world.use(stack)
    world.variables["PULUMI_CONFIG_PASSPHRASE"] = OTHER if stack == "broad" else "sandbox"


def move(world: World, *more: str, code: int = 0) -> str:
    change_to(world, "canary")
    return w365(
        world, "move", "contoso", "--to", "broad", "--to-passphrase-file", str(world.folder.parent / "phrase"), *more, code=code
    )


def kept(world: World) -> list[str]:
    return sorted(path.name for path in world.folder.glob("w365-move-*"))


@pytest.mark.slow
@pytest.mark.parametrize("front", ["ours", "native"])
@pytest.mark.parametrize("engine", ENGINES)
def test_a_customer_moves_to_another_ring(make_world: MakeWorld, engine: str, front: Host) -> None:
    world = make_world(engine)
    file = make_fleet(world, front)
    text, sent = file.read_text(), world.writes()
    change_to(world, "canary")
    before = world.state_file.read_text()
    assert "4 resources of customer contoso would move" in move(world, "--dry-run")
    assert (world.state_file.read_text(), file.read_text(), kept(world)) == (before, text, [])

    assert "Previews of both are empty" in move(world)  # to a stack that was never deployed
    assert file.read_text() == text.replace(RING, RING.replace("canary", "broad", 1))
    assert len(kept(world)) == 2
    assert world.writes() == sent
    change_to(world, "canary")
    assert not any(label.endswith(" contoso") for label in world.state())
    world.nothing_changes()
    change_to(world, "broad")
    assert {"Environment contoso", "OAuth2SignOn contoso", "ExchangeSettings contoso"} < world.state().keys()
    world.customer("northwind", ring="broad")
    world.up()
    world.run("refresh")
    world.nothing_changes()
    assert "is in stack broad already" in move(world, code=1)
    world.look_for_secrets()


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_a_move_is_taken_back_unless_both_previews_are_empty_and_completed_after_a_kill(
    make_world: MakeWorld, engine: str
) -> None:
    world = make_world(engine)
    file = make_fleet(world, "ours")
    world.customer("northwind", ring="broad")
    change_to(world, "broad")
    world.up()
    states = {}
    for stack in ("canary", "broad"):
        change_to(world, stack)
        states[stack] = world.state()
    text = file.read_text()
    world.customer("northwind", ring="broad", lifecycle="suspended")
    refused = move(world, code=1)
    assert "both states and its file are what they were, because a preview of stack broad would change something" in refused
    assert "update Environment northwind" in refused
    for stack in ("canary", "broad"):
        change_to(world, stack)
        assert world.state() == states[stack]
    assert (file.read_text(), kept(world)) == (text, [])

    world.customer("northwind", ring="broad")
    gate = world.folder / "gate"
    os.mkfifo(gate)
    change_to(world, "canary")
    phrase = str(world.folder.parent / "phrase")
    process = start(world, "move", "contoso", "--to", "broad", "--to-passphrase-file", phrase, GATE=str(gate))
    with gate.open("w"):  # until the program of the first preview opens it
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert any("unfinished" in name for name in kept(world))
    assert "w365 move contoso --to broad` first" in w365(world, "move", "fabrikam", "--to", "broad", code=1)
    assert "Previews of both are empty" in move(world)
    assert not any("unfinished" in name for name in kept(world))
    for stack in ("canary", "broad"):
        change_to(world, stack)
        world.nothing_changes()
