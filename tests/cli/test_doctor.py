import datetime as dt
from pathlib import Path

import pytest

from pulumi_workspace365_sandbox.workspace365 import Server, faults

from . import tls
from .conftest import Command, Ran


def test_a_sound_instance_passes_with_one_call_per_key(w365: Command, server: Server) -> None:
    server.management.seed("contoso")
    server.management.clear_requests()
    ran = w365("doctor", "--output", "json")
    assert ran.code == 0, ran.out
    assert set(ran.verdicts().values()) == {"ok", "skipped"}
    assert ran.check("provisioning key")["detail"] == "accepted; the instance lists 1 environments"
    counted = server.management.statistics().by_operation
    assert (counted["listEnvironments"], counted["getHealth"]) == (1, 1)
    assert server.management.count() == 3


def test_the_probe_carries_no_key(w365: Command, server: Server) -> None:
    w365("doctor")
    probes = [request for request in server.management.requests() if request.path == "/"]
    assert len(probes) == 1
    assert {"provisioningkey", "healthapikey"}.isdisjoint(probes[0].headers)


def test_without_any_setting_the_next_step_is_told(w365: Command) -> None:
    ran = w365("doctor", "--output", "json")
    assert ran.code == 3
    assert "set W365_BASE_URL" in ran.check("instance")["detail"]
    assert ran.verdicts()["provisioning key"] == "skipped"


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(
    ("variable", "value", "check", "said"),
    [
        ("W365_PROVISIONING_KEY", "wrong-key-0001", "provisioning key", "HTTP 403"),
        ("W365_HEALTH_API_KEY", "wrong-key-0002", "health key", "HTTP 403"),
        ("W365_BASE_URL", "http://portal.example.com", "instance", "in the clear"),
        ("W365_BASE_URL", "http://127.0.0.1:1", "connection", "no connection"),
        ("W365_CA_FILE", "missing.pem", "instance", "which is not a file"),
        ("W365_AUDIT", "taken/audit", "audit", "cannot be written"),
        ("W365_MAX_RETRIES", "many", "instance", "must be a number from 0 to 20"),
        ("W365_JOURNAL", "taken/journal", "journal", "a relative path"),
        ("W365_BACKUP_DIR", "taken", "backups", "cannot be written"),
    ],
)
def test_what_is_wrong_is_named(
    *,
    w365: Command,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    value: str,
    check: str,
    said: str,
) -> None:
    Path("taken").touch()
    monkeypatch.setenv(variable, value)
    ran = w365("doctor", "--output", "json")
    assert said in ran.check(check)["detail"]
    assert (ran.code, ran.check(check)["verdict"]) == (3, "failed")
    assert "wrong-key" not in ran.out


@pytest.mark.usefixtures("server")
def test_a_missing_key_fails_only_its_own_check(w365: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("W365_HEALTH_API_KEY")
    ran = w365("doctor", "--output", "json")
    assert (ran.verdicts()["health key"], ran.verdicts()["provisioning key"]) == ("failed", "ok")
    assert "Set W365_HEALTH_API_KEY" in ran.check("health key")["detail"]


@pytest.mark.usefixtures("server")
def test_loosened_safeguards_are_warned_of(w365: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("W365_ALLOW_DELETE", "*")
    monkeypatch.setenv("W365_JOURNAL", "off")
    ran = w365("doctor", "--output", "json")
    assert ran.code == 0
    assert (ran.verdicts()["safeguards"], ran.verdicts()["journal"]) == ("warning", "warning")
    assert "0 failed, 2 warnings." in ran.document["summary"]


def test_an_instance_that_is_ill_fails_health_but_not_the_key(w365: Command, server: Server) -> None:
    server.management.inject(faults.Health(components={"Redis": "TIMEOUT"}, overall="FAIL", status=503))
    ran = w365("doctor", "--output", "json")
    assert ran.code == 3
    assert (ran.verdicts()["health key"], ran.check("health")["detail"]) == ("ok", "FAIL (Redis TIMEOUT)")


def test_a_server_that_hangs_does_not_hold_the_doctor_up_for_retries(w365: Command, server: Server) -> None:
    server.management.inject(faults.Status(status=503, operation="listEnvironments"))
    ran = w365("doctor", "--output", "json")
    assert "HTTP 503" in ran.check("provisioning key")["detail"]
    assert server.management.count("listEnvironments") == 1


def _on(server: tls.TlsServer, w365: Command, monkeypatch: pytest.MonkeyPatch, *, trusted: bool) -> Ran:
    monkeypatch.setenv("W365_BASE_URL", server.base_url)
    monkeypatch.setenv("W365_PROVISIONING_KEY", "any-key-at-all")
    if trusted:
        monkeypatch.setenv("W365_CA_FILE", str(server.ca_file))
    return w365("doctor", "--output", "json")


def test_a_trusted_certificate_is_shown_with_its_end(w365: Command, bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with tls.running(bare) as server:
        ran = _on(server, w365, monkeypatch, trusted=True)
    assert ran.check("TLS")["verdict"] == "ok"
    assert "issued by CN=Test Authority" in ran.check("TLS")["detail"]
    assert "in 90 days" in ran.check("TLS")["detail"]
    assert ran.verdicts()["provisioning key"] == "ok"


def test_an_untrusted_certificate_says_how_to_trust_it(w365: Command, bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with tls.running(bare) as server:
        ran = _on(server, w365, monkeypatch, trusted=False)
    assert (ran.code, ran.check("TLS")["verdict"]) == (3, "failed")
    assert "self-signed" in ran.check("TLS")["detail"].replace("self signed", "self-signed")
    assert "W365_CA_FILE" in ran.check("TLS")["remedy"]


def test_a_certificate_that_ends_soon_is_warned_of_and_one_that_ended_fails(
    w365: Command, bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tls.running(bare, days=5) as server:
        assert _on(server, w365, monkeypatch, trusted=True).check("TLS")["verdict"] == "warning"
    with tls.running(bare, days=-5) as server:
        ended = _on(server, w365, monkeypatch, trusted=True)
    assert (ended.check("TLS")["verdict"], "expired" in ended.check("TLS")["detail"]) == ("failed", True)


def test_a_clock_that_is_wrong_is_told_with_its_size(w365: Command, bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with tls.running(bare, ahead=dt.timedelta(minutes=10)) as server:
        ran = _on(server, w365, monkeypatch, trusted=True)
    assert ran.check("clock")["verdict"] == "failed"
    assert "s behind the server's" in ran.check("clock")["detail"]


def test_a_proxy_on_the_way_is_named_without_its_password(w365: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("W365_BASE_URL", "https://portal.example.com")
    monkeypatch.setenv("HTTPS_PROXY", "http://someone:pass-word-1@127.0.0.1:1")
    ran = w365("doctor", "--output", "json")
    assert ran.check("proxy")["detail"].startswith("through 127.0.0.1:1 ")
    assert ran.verdicts()["connection"] == "failed"
    assert "pass-word-1" not in ran.out + ran.err


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(
    ("variables", "verdict"),
    [
        ({"http_proxy": "http://127.0.0.1:1"}, "warning"),
        ({"https_proxy": "http://127.0.0.1:1", "no_proxy": "localhost,example.com"}, "warning"),
        ({"grpc_proxy": "http://127.0.0.1:1", "NO_PROXY": "127.0.0.1"}, "warning"),
        ({"http_proxy": "http://127.0.0.1:1", "no_proxy": "*"}, "warning"),
        ({"http_proxy": "http://127.0.0.1:1", "no_proxy": "127.0.0.1", "no_grpc_proxy": "example.com"}, "warning"),
        ({"http_proxy": "http://127.0.0.1:1", "no_proxy": "127.0.0.1", "no_grpc_proxy": ""}, "warning"),
        ({"http_proxy": "http://127.0.0.1:1", "no_proxy": "a, 127.0.0.1"}, "ok"),
        ({"http_proxy": "http://127.0.0.1:1", "no_proxy": "127.0.0.0/8"}, "ok"),
        ({"HTTP_PROXY": "http://127.0.0.1:1", "ALL_PROXY": "http://127.0.0.1:1"}, "ok"),
        ({}, "ok"),
    ],
)
def test_a_proxy_between_the_processes_of_a_run_is_warned_of(
    variables: dict[str, str], verdict: str, w365: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("grpc_proxy", "http_proxy", "https_proxy", "no_proxy", "no_grpc_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    check = w365("doctor", "--output", "json").check("connections of a run")
    assert (check["verdict"], "in lower case" in check["remedy"]) == (verdict, verdict == "warning")


def test_a_proxy_that_no_client_can_use_is_told_before_anything_is_sent(w365: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("W365_BASE_URL", "https://portal.example.com")
    monkeypatch.setenv("ALL_PROXY", "gopher://127.0.0.1:1")
    ran = w365("doctor", "--output", "json")
    assert (ran.check("proxy")["verdict"], ran.check("connection")["detail"]) == ("failed", "no usable proxy")


@pytest.mark.usefixtures("server")
def test_a_project_without_the_host_is_told_to_run_init(w365: Command, bare: Path) -> None:
    (bare / "Pulumi.yaml").write_text("name: shop\nruntime: python\n", encoding="utf-8")
    warned = w365("doctor", "--output", "json")
    assert (warned.check("host")["verdict"], warned.check("host")["remedy"]) == ("warning", "Run `w365 init`.")
    w365("init")
    assert w365("doctor", "--output", "json").verdicts()["host"] == "ok"
    (bare / ".pulumi-host" / "pulumi-resource-pulumi-python").unlink()
    assert w365("doctor", "--output", "json").verdicts()["host"] == "failed"


def test_text_tells_the_remedy_below_the_check(w365: Command) -> None:
    lines = w365("doctor").out.splitlines()
    assert any(line.startswith("failed   instance") for line in lines)
    assert lines[-1] == "1 failed, 0 warnings."
