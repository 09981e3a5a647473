"""Runs and servers side by side: locks, interrupts, and what is kept from one to the next."""

import json
import os
import pty
import socket
import stat
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from pulumi_workspace365_sandbox.runner import shells
from pulumi_workspace365_sandbox.workspace365 import ManagementClient
from tests.sandbox.runner.workbench import Workbench


@pytest.fixture(autouse=True)
def _known_by_their_ids(workbench: Workbench) -> None:
    workbench.python = sys.executable


@pytest.mark.slow
def test_the_second_of_two_runs_waits_and_says_for_whom(workbench: Workbench) -> None:
    hold = workbench.root / "go"
    workbench.variables["SCRIPT_HOLD"] = str(hold)
    first = workbench.start("up")
    workbench.until(lambda: "up" in workbench.operations, first)
    second = workbench.start("preview")
    assert second.stdout is not None
    assert second.stdout.readline().startswith("Engine: ")
    assert second.stdout.readline().startswith(f"Waiting for `python -m sandbox up` (process {first.pid}, since 20")
    hold.touch()
    first.communicate(timeout=60)
    second.communicate(timeout=60)
    assert (first.returncode, second.returncode) == (0, 0)
    assert [call["arguments"][0] if "arguments" in call else "ended" for call in workbench.calls] == [
        "stack",
        *["up", "ended"],
        *["preview", "ended"],
    ]


@pytest.mark.slow
def test_a_killed_run_leaves_no_lock_and_no_server(workbench: Workbench) -> None:
    workbench.variables["SCRIPT_HOLD"] = str(workbench.root / "go")
    first = workbench.start("up")
    workbench.until(lambda: "up" in workbench.operations, first)
    first.kill()
    first.communicate()
    (workbench.root / "go").touch()
    assert workbench.sandbox("up").returncode == 0


@pytest.mark.slow
def test_an_interrupt_reaches_the_engine_once_and_its_end_is_waited_for(workbench: Workbench) -> None:
    workbench.variables["SCRIPT_HOLD"] = str(workbench.root / "never")
    run = workbench.start("up")
    workbench.until(lambda: "up" in workbench.operations, run)
    out, err = workbench.interrupt(run)
    assert (run.returncode, err) == (1, "")
    assert "up failed" in out
    assert workbench.calls[-1]["interrupted"] is True


@pytest.mark.slow
def test_reset_refuses_during_a_run_and_empties_everything_after_it(workbench: Workbench) -> None:
    hold = workbench.root / "go"
    workbench.variables["SCRIPT_HOLD"] = str(hold)
    run = workbench.start("up")
    workbench.until(lambda: "up" in workbench.operations, run)
    refused = workbench.sandbox("reset")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert f"is in use by `python -m sandbox up` (process {run.pid}, since 20" in refused.stderr
    hold.touch()
    run.communicate(timeout=60)
    emptied = workbench.sandbox("reset")
    assert (emptied.returncode, emptied.stderr) == (0, "")
    assert emptied.stdout == f"Emptied {workbench.root / '.sandbox'}: the servers' data and the stacks' states are gone.\n"
    assert {path.name for path in (workbench.root / ".sandbox").iterdir()} == {"run.lock", "servers.lock"}


@pytest.mark.slow
def test_serve_tells_addresses_keys_and_variables_in_one_line_and_stops_on_an_interrupt(workbench: Workbench) -> None:
    serving = workbench.start("serve")
    assert serving.stdout is not None
    told = json.loads(serving.stdout.readline())
    server = told["workspace365"]
    own = {
        "W365_BASE_URL": server["base_url"],
        "W365_PROVISIONING_KEY": server["provisioning_key"],
        "W365_HEALTH_API_KEY": server["health_api_key"],
        "ARM_ENDPOINT": told["azure"]["arm_endpoint"],
        "ARM_CLIENT_SECRET": told["azure"]["client_secret"],
        "SANDBOX_OPENID_CONFIG": told["azure"]["openid_config"],
    }
    assert own.items() <= told["environment"].items()
    assert told["environment"]["PULUMI_DEBUG_PROVIDERS"].startswith("azure-native:")
    assert ManagementClient(server["management_url"]).environments() == {}
    exports = workbench.sandbox("variables").stdout
    shown = subprocess.run(["sh", "-c", f"{exports} env"], capture_output=True, text=True, check=True).stdout.splitlines()
    assert [name for name, value in told["environment"].items() if f"{name}={value}" not in shown] == []
    rest, said = workbench.interrupt(serving)
    ready, stopped = said.splitlines()
    assert (rest, stopped, serving.returncode) == ("", "Stopped.", 0)
    assert ready.startswith("Ready; Ctrl-C stops the servers. To use them in another shell, for any project: eval ")
    advised = subprocess.run(["sh", "-c", ready.partition("project: ")[2]], capture_output=True, text=True, check=False)
    assert "No servers run for" in advised.stderr, "the advice is a command that works"


@pytest.mark.slow
def test_serve_prints_variables_for_a_shell_when_asked_to(workbench: Workbench) -> None:
    serving = workbench.start("serve", "--variables", "--shell", "powershell")
    assert serving.stderr is not None
    assert serving.stderr.readline().startswith("Ready")
    lines, _ = workbench.interrupt(serving)
    assert {"$env:W365_BASE_URL", "$env:W365_PROVISIONING_KEY"} <= {line.partition(" = ")[0] for line in lines.splitlines()}


@pytest.mark.slow
def test_on_a_terminal_serve_tells_addresses_and_no_key(workbench: Workbench) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "sandbox", "serve", "--program", str(workbench.root)]
    with subprocess.Popen(command, env=workbench.environment, stdout=theirs, stderr=subprocess.PIPE, text=True) as serving:
        os.close(theirs)
        assert serving.stderr is not None
        assert serving.stderr.readline().startswith("Ready")
        told = dict(line.rsplit(maxsplit=1) for line in os.read(ours, 4096).decode().splitlines())
        workbench.interrupt(serving)
    os.close(ours)
    assert list(told) == ["Workspace 365", "Resource Manager", "API Management", "backend"]
    assert all(address.startswith(("http://127.0.0.1:", "https://127.0.0.1:", "wss://127.0.0.1:")) for address in told.values())


@pytest.mark.slow
def test_runs_use_the_servers_of_a_serve_and_a_second_serve_is_refused(workbench: Workbench) -> None:
    serving = workbench.start("serve")
    assert serving.stdout is not None
    told = json.loads(serving.stdout.readline())
    refused = workbench.sandbox("serve")
    assert refused.returncode == 1
    assert f"already run by `python -m sandbox serve` (process {serving.pid}" in refused.stderr
    assert workbench.sandbox("preview").returncode == 0
    assert told["environment"].items() <= workbench.calls[-2]["environment"].items()
    assert serving.poll() is None
    workbench.interrupt(serving)


@pytest.mark.slow
def test_ports_and_keys_are_the_same_the_next_time_and_the_keys_for_the_owner_only(workbench: Workbench) -> None:
    workbench.sandbox("preview")
    workbench.sandbox("preview")
    first, second = (
        {key: value for key, value in call["environment"].items() if key.startswith(("W365_", "ARM_", "AZURE_", "SANDBOX_"))}
        for call in workbench.calls
        if call.get("arguments", [""])[0] == "preview"
    )
    assert first == second
    assert {"W365_BASE_URL", "W365_PROVISIONING_KEY", "ARM_ENDPOINT", "ARM_CLIENT_SECRET", "SANDBOX_BACKEND_URL"} <= first.keys()
    folder = workbench.root / ".sandbox"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "workspace365/workspace365.sqlite").stat().st_mode) == 0o600
    assert stat.S_IMODE((folder / "addresses.json").stat().st_mode) == 0o600


@pytest.mark.slow
def test_a_kept_port_that_is_taken_is_told_with_what_to_do(workbench: Workbench) -> None:
    workbench.sandbox("preview")
    url = urlsplit(workbench.calls[-2]["environment"]["W365_BASE_URL"])
    with socket.create_server((url.hostname or "", url.port or 0)):
        for command in ("serve", "up"):
            done = workbench.sandbox(command)
            told = done.stdout + done.stderr
            assert done.returncode == 1
            assert str(url.port) in told
            assert "already in use" in told
            assert "python -m sandbox reset" in told
            assert "Traceback" not in told


@pytest.mark.slow
def test_serve_ends_with_a_word_when_its_server_dies(workbench: Workbench) -> None:
    serving = workbench.start("serve")
    assert serving.stdout is not None
    serving.stdout.readline()
    child, *_ = os.popen(f"ps -o pid= --ppid {serving.pid}").read().split()
    os.kill(int(child), 9)
    _, err = serving.communicate(timeout=60)
    assert (serving.returncode, "ended by itself" in err) == (1, True)


def test_without_servers_there_are_no_variables(workbench: Workbench) -> None:
    done = workbench.sandbox("variables")
    assert (done.returncode, done.stdout) == (1, "")
    assert "start them with `python -m sandbox serve` in another terminal" in done.stderr


def test_a_value_is_quoted_as_each_shell_wants_it() -> None:
    value = 'it\'s "$HOME" & `more`'
    line = shells.lines({"A": value}, "sh")
    assert subprocess.run(["sh", "-c", f'{line} printf %s "$A"'], capture_output=True, text=True, check=True).stdout == value
    assert shells.lines({"A": value}, "powershell") == "$env:A = 'it''s \"$HOME\" & `more`'\n"
