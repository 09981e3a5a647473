"""Checks run at once, end in their own seconds, and are tried again while a new deployment settles."""

import subprocess
import sys
import threading

from pulumi_workspace365.errors import ConfigurationError
from pulumi_workspace365_components.validation import checks, runner
from pulumi_workspace365_components.validation.clients import Clients
from pulumi_workspace365_components.validation.verdicts import Verdict
from tests import ports
from tests.components.validation import scripted
from tests.components.validation.conftest import Asked
from tests.components.validation.scripted import Visit


def test_a_hundred_checks_wait_for_nobody(network: Clients) -> None:
    together = threading.Barrier(100)

    def all_are_here(visit: Visit) -> None:
        together.wait(timeout=50)
        visit.open()

    with scripted.running(all_are_here) as server:
        wanted = [checks.parse_check({"name": str(at), "kind": "websocket", "url": server.ws}) for at in range(100)]
        told: list[Verdict] = []
        found = runner.run(wanted, network, told.append)
    assert [verdict.check.name for verdict in found] == [str(at) for at in range(100)]
    assert {verdict.state for verdict in found} == {"passed"}
    assert len(told) == 100


_FEW_FILES = """
import resource, sys
from pulumi_workspace365_components.validation import checks, runner
from pulumi_workspace365_components.validation.clients import Clients
resource.setrlimit(resource.RLIMIT_NOFILE, (96, 96))
def missing(): raise AssertionError
wanted = [checks.parse_check({"name": str(at), "kind": "http", "url": sys.argv[1]}) for at in range(100)]
print({verdict.state for verdict in runner.run(wanted, Clients(missing, missing, None))})
"""


def test_where_few_files_may_be_open_fewer_checks_run_at_once() -> None:
    def slow(visit: Visit) -> None:
        threading.Event().wait(0.25)  # all that run at once are open at once
        visit.status(200)

    with scripted.running(slow) as server:
        ran = subprocess.run(
            [sys.executable, "-c", _FEW_FILES, server.http], capture_output=True, text=True, check=False, timeout=60
        )
    assert (ran.stdout, ran.stderr) == ("{'passed'}\n", "")


def test_a_deployment_that_settles_passes_in_the_end_and_one_that_does_not_is_given_up(asked: Asked) -> None:
    def settles(visit: Visit) -> None:
        visit.status([404, 503][visit.number]) if visit.number < 2 else visit.open()

    with scripted.running(settles) as server:
        verdict = asked("websocket", server.ws, settle=8)
        assert (verdict.state, verdict.attempts) == ("passed", 3)
    with scripted.running(lambda visit: visit.status(404)) as server:
        verdict = asked("http", server.http, settle=0.5)
        assert (verdict.state, verdict.attempts > 1) == ("failed", True)
        assert len(server.asked) == verdict.attempts
    with scripted.running(lambda visit: visit.status(404)) as server:
        assert asked("http", server.http).attempts == 1


def test_a_host_that_comes_up_while_it_is_waited_for_is_reached(asked: Asked) -> None:
    port, found = ports.free(), list[Verdict]()
    waiting = threading.Thread(target=lambda: found.append(asked("http", f"http://127.0.0.1:{port}/", settle=9)))
    waiting.start()
    with scripted.running(lambda visit: visit.status(200), port=port):
        waiting.join()
    assert found[0].state == "passed"


def test_a_check_ends_with_its_seconds_whatever_holds_it_up(network: Clients) -> None:
    released = threading.Event()

    def stuck() -> object:
        released.wait(60)
        raise ConfigurationError("nobody waits for this any more")

    means = Clients(stuck, stuck)  # type: ignore[arg-type]  # it never gives a client
    quick = checks.parse_check({"name": "quick", "kind": "health", "timeout": 0.2})
    with scripted.running(Visit.open) as server:
        other = checks.parse_check({"name": "other", "kind": "websocket", "url": server.ws})
        found = runner.run([quick], means) + runner.run([other], network)
    assert [verdict.state for verdict in found] == ["failed", "passed"]
    assert "did not end within its 0.2 s" in found[0].message
    released.set()


def test_repeated_handshakes_count_by_the_last_and_stop_where_nobody_answers(asked: Asked) -> None:
    limited = lambda visit: visit.open() if visit.number < 3 else visit.status(429)  # noqa: E731  a script in one line
    with scripted.running(limited) as server:
        assert asked("websocket", server.ws, repeat=4, expect_status=429).state == "passed"
        assert len(server.asked) == 4


def test_checks_in_turn_share_the_time_to_settle(network: Clients) -> None:
    with scripted.running(lambda visit: visit.status(404)) as server:
        wanted = [checks.parse_check({"name": str(at), "kind": "websocket", "url": server.ws}) for at in range(5)]
        found = runner.run_sequentially(wanted, network, settle=2)
    assert {verdict.state for verdict in found} == {"failed"}
    assert (found[0].attempts > 1, found[-1].attempts) == (True, 1)
