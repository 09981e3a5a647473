import datetime as dt
import re
from pathlib import Path

import pytest

from pulumi_workspace365_cli.diagnosis import variables
from pulumi_workspace365_sandbox.workspace365 import Server, faults
from tests.project import ROOT

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
def test_a_health_key_that_no_check_of_the_stack_needs_fails_nothing(w365: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("W365_HEALTH_API_KEY")
    ran = w365("doctor", "--output", "json")
    assert (ran.code, ran.verdicts()["health key"], ran.verdicts()["health"]) == (0, "skipped", "skipped")
    assert ran.verdicts()["provisioning key"] == "ok"


@pytest.mark.usefixtures("server")
def test_a_missing_health_key_that_a_check_of_the_stack_needs_fails_only_its_own_check(
    w365: Command, bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bare / "Pulumi.yaml").write_text("name: shop\nruntime: python\n", encoding="utf-8")
    (bare / "Pulumi.dev.yaml").write_text(
        "config:\n  workspace365:checks:\n    - name: health\n      kind: health\n", encoding="utf-8"
    )
    monkeypatch.delenv("W365_HEALTH_API_KEY")
    ran = w365("doctor", "--stack", "dev", "--output", "json")
    assert (ran.code, ran.verdicts()["health key"], ran.verdicts()["provisioning key"]) == (3, "failed", "ok")
    assert "Set W365_HEALTH_API_KEY" in ran.check("health key")["detail"]


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("W365_CHECKS", "wran", "W365_CHECKS must be enforce or warn, not 'wran'"),
        ("W365_ALLOW_VANISHED", "few", "W365_ALLOW_VANISHED must be a number of environments, not 'few'"),
        ("W365_MAX_RETRIES", "many", "w365:maxRetries (W365_MAX_RETRIES) must be a number from 0 to 20, not 'many'"),
        ("W365_SDK_SHORT_STACKS", "no", "W365_SDK_SHORT_STACKS is 'no'; it must be on (the default) or off"),
        ("W365_SDK_DECLARED_OUTPUTS", "0", "W365_SDK_DECLARED_OUTPUTS is '0'"),
        ("W365_HOST_PARALLEL", "0", "W365_HOST_PARALLEL is '0'; it must be a whole number, at least 1"),
        ("PULUMI_DYNAMIC_HOST_ORPHAN_SECONDS", "4s", "PULUMI_DYNAMIC_HOST_ORPHAN_SECONDS is '4s'"),
    ],
)
def test_an_unknown_value_of_a_variable_fails_with_those_that_are_known(
    *, w365: Command, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, said: str
) -> None:
    monkeypatch.setenv(variable, value)
    ran = w365("doctor", "--output", "json")
    assert (ran.code, ran.check("values of variables")["verdict"]) == (3, "failed")
    assert said in ran.check("values of variables")["detail"]


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(
    ("variable", "verdict", "said"),
    [
        ("W365_CHEKS", "warning", "nothing reads W365_CHEKS; did you mean W365_CHECKS?"),
        ("W365_HEALTH_KEY", "warning", "did you mean W365_HEALTH_API_KEY?"),
        ("w365_base_url", "warning", "did you mean W365_BASE_URL?"),
        ("W365_FOO", "ok", "not read by this package: W365_FOO"),
    ],
)
def test_a_misspelled_variable_is_warned_of_and_one_s_own_is_not(
    *, w365: Command, monkeypatch: pytest.MonkeyPatch, variable: str, verdict: str, said: str
) -> None:
    monkeypatch.setenv(variable, "a-value-not-shown")
    ran = w365("doctor", "--output", "json")
    assert (ran.code, ran.check("variables")["verdict"]) == (0, verdict)
    assert said in ran.check("variables")["detail"]
    assert "a-value-not-shown" not in ran.out


def test_every_variable_of_the_code_and_of_the_page_is_known() -> None:
    folders = ("cli", "components", "host", "providers", "sandbox/pulumi_workspace365_sandbox")
    sources = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    texts = [path.read_text(encoding="utf-8") for path in (*sources, ROOT / "docs/configuration.md")]
    assert {name for text in texts for name in re.findall(r"\bW365_[A-Z_]*[A-Z]\b", text)} == variables.NAMES


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_DIR"])
def test_a_certificate_file_that_is_not_there_is_warned_of(
    w365: Command, monkeypatch: pytest.MonkeyPatch, variable: str, bare: Path
) -> None:
    monkeypatch.setenv(variable, str(bare / "absent"))
    missing = w365("doctor", "--output", "json")
    assert (missing.code, missing.check("certificate files")["verdict"]) == (0, "warning")
    assert f"{variable} names" in missing.check("certificate files")["detail"]
    (bare / "absent").mkdir()
    there = w365("doctor", "--output", "json").check("certificate files")
    assert (there["verdict"], there["detail"]) == ("ok", f"in place of the system's: {variable}")


@pytest.mark.usefixtures("server")
def test_a_pulumi_cli_that_is_too_old_fails_with_what_to_install(
    w365: Command, bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = bare / "pulumi"
    command.write_text("#!/bin/sh\necho v3.200.0\n", encoding="utf-8")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{bare}:/usr/bin:/bin")
    ran = w365("doctor", "--output", "json")
    assert (ran.code, ran.check("engine")["verdict"]) == (3, "failed")
    assert ran.check("engine")["detail"] == "Pulumi CLI v3.200.0 is older than 3.254, the oldest supported version"
    assert ran.check("engine")["remedy"].startswith("Install Pulumi CLI 3.254 or newer")


@pytest.mark.usefixtures("server")
def test_checks_that_only_warn_are_a_loosened_safeguard_in_any_case(w365: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("W365_CHECKS", "Warn")
    ran = w365("doctor", "--output", "json")
    assert (ran.verdicts()["safeguards"], ran.verdicts()["values of variables"]) == ("warning", "ok")
    assert "W365_CHECKS=Warn" in ran.check("safeguards")["detail"]


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
