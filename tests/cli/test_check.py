"""`w365 check`, as people and pipelines run it."""

import json
import re
import shutil
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import yaml

from pulumi_embedded_engine.store import secrets
from pulumi_workspace365.apim.models import ConnectivityResult
from pulumi_workspace365_cli import check_report
from pulumi_workspace365_cli.report import html_page
from pulumi_workspace365_components.validation import checks, verdicts
from pulumi_workspace365_components.validation.observations import ConnectivityObservation
from pulumi_workspace365_sandbox import azure
from pulumi_workspace365_sandbox.runner import servers
from pulumi_workspace365_sandbox.workspace365 import Server, faults
from tests import ports
from tests.components.validation import scripted
from tests.docs import pages

from . import html_specimen
from .conftest import Command

EVIL = "<script>alert('x')</script>"


@pytest.fixture
def config(bare: Path) -> Path:
    """A checks file in the folder of the command."""
    return bare / "checks.yaml"


def written(config: Path, *checks: dict[str, object]) -> Path:
    config.write_text(yaml.safe_dump({"checks": list(checks)}))
    return config


def website(url: str, name: str = "page", **more: object) -> dict[str, object]:
    return {"name": name, "kind": "http", "url": url, **more}


@pytest.fixture
def answering() -> Iterator[scripted.Scripted]:
    with scripted.running(lambda visit: visit.status(200)) as server:
        yield server


def dead() -> str:
    return f"http://127.0.0.1:{ports.free()}/"


def test_checks_that_pass_are_exit_code_0(w365: Command, config: Path, answering: scripted.Scripted) -> None:
    ran = w365("check", "--config", written(config, website(answering.http)))
    assert (ran.code, "1 of 1 checks passed." in ran.out) == (0, True)


def test_a_check_that_does_not_pass_is_exit_code_3_and_says_what_to_do(w365: Command, config: Path) -> None:
    with scripted.running(lambda visit: visit.status(503)) as server:
        ran = w365("check", "--config", written(config, website(server.http)), "--output", "json")
    assert (ran.code, ran.document["schema"], ran.document["exit_code"]) == (3, "w365/check/1", 3)
    assert ran.verdicts() == {"page": "failed"}
    assert "503, not 200" in ran.check("page")["detail"]
    assert ran.document["results"][0]["state"] == "failed"


def test_what_is_not_reachable_from_here_is_told_apart_and_may_be_skipped(w365: Command, config: Path) -> None:
    file = written(config, website(dead(), "hard"), website(dead(), "soft", when_unreachable="warn"))
    ran = w365("check", "--config", file, "--output", "json")
    assert ran.verdicts() == {"hard": "failed", "soft": "skipped"}
    assert [result["state"] for result in ran.document["results"]] == ["not reachable from here"] * 2
    file = written(config, website(dead(), "soft", when_unreachable="warn"))
    ran = w365("check", "--config", file)
    assert (ran.code, "0 of 1 checks passed; 1 could not be verified" in ran.out) == (0, True)


@pytest.mark.parametrize("form", ["text", "json", "junit", "github", "html"])
def test_w365_checks_warn_lets_a_failure_pass_and_says_so_in_every_report(
    w365: Command, config: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setenv("W365_CHECKS", "warn")
    ran = w365("check", "--config", written(config, website(dead())), "--output", form)
    assert (ran.code, "W365_CHECKS=warn" in ran.out) == (0, True)


def test_a_run_of_all_formats_at_once_writes_each(
    w365: Command, config: Path, bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(bare / "summary.md"))
    file = written(config, website(dead(), EVIL))
    outputs = [f"{form}={bare / form}" for form in ("json", "junit", "html")]
    ran = w365("check", "--config", file, "--output", "github", *(part for one in outputs for part in ("--output", one)))
    assert ran.code == 3
    assert "::error title=w365 check%3A <script>alert('x')</script>::" in ran.out
    assert [case.get("name") for case in ET.parse(bare / "junit").iter("testcase")] == [EVIL]
    assert json.loads((bare / "json").read_text())["results"][0]["name"] == EVIL
    assert "<script" not in (bare / "html").read_text() + (bare / "summary.md").read_text()


def test_watching_goes_on_until_all_is_well(w365: Command, config: Path) -> None:
    with scripted.running(lambda visit: visit.status(200 if visit.number > 1 else 503)) as server:
        ran = w365("check", "--config", written(config, website(server.http)), "--watch", "0.1", "--output", "json")
    assert (ran.code, ran.document["rounds"]) == (0, 3)


def test_watching_ends_with_its_deadline(w365: Command, config: Path) -> None:
    file = written(config, website(dead()))
    assert w365("check", "--config", file, "--watch", "0.1", "--deadline", "0.5").code == 3
    assert "it needs --watch" in w365("check", "--config", file, "--deadline", "1").error


def test_a_wrong_file_or_call_is_exit_code_2_before_anything_is_sent(
    w365: Command, config: Path, answering: scripted.Scripted
) -> None:
    file = written(config, website(answering.http), website(answering.http, "other", headers={"X-Key": "env:NOBODY"}))
    ran = w365("check", "--config", file)
    assert (ran.code, "headers.X-Key: there is no environment variable 'NOBODY'" in ran.error) == (2, True)
    assert w365("check", "--config", config.parent / "nowhere.yaml").code == 2
    assert w365("check", "--config", file, "--stack", "dev").code == 2
    assert answering.asked == []


def test_a_key_that_is_missing_is_told_before_anything_is_sent(
    w365: Command, server: Server, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("W365_BASE_URL", "ftp://nowhere")
    ran = w365("check", "--config", written(config, {"name": "health", "kind": "health"}))
    assert (ran.code, "w365:baseUrl" in ran.error) == (1, True)
    assert server.management.requests() == []


def test_health_is_told_component_by_component(w365: Command, server: Server, config: Path) -> None:
    file = written(config, {"name": "health", "kind": "health"})
    assert w365("check", "--config", file).code == 0
    server.management.inject(faults.Health(components={"RabbitMq": "FAIL", "Database": "PURPLE"}, overall="FAIL"))
    ran = w365("check", "--config", file, "--output", "json")
    told = {part["name"]: part["passed"] for part in ran.document["results"][0]["components"]}
    assert (ran.code, told["RabbitMq"], told["Database"], told["Redis"]) == (3, False, False, True)
    assert "5672" in ran.check("health")["remedy"]


STACK = """
config:
  shop:other: 1
  workspace365:checks:
    - name: page
      kind: http
      url: ${PAGE}
"""


def test_the_checks_of_a_stack_are_read_from_its_configuration(
    w365: Command, bare: Path, answering: scripted.Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bare / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (bare / "Pulumi.dev.yaml").write_text(STACK)
    monkeypatch.setenv("PAGE", answering.http)
    ran = w365("check", "--stack", "dev", "--output", "json")
    assert (ran.code, ran.document["source"], ran.verdicts()) == (0, "stack dev", {"page": "ok"})
    (bare / "Pulumi.empty.yaml").write_text("config: {}\n")
    ran = w365("check", "--stack", "empty")
    assert (ran.code, "has no checks: put some under workspace365:checks" in ran.error) == (1, True)
    ran = w365("check", "--stack", "empty", "--if-any", "--watch", "1", "--output", "json", "--output", "junit=check.xml")
    assert (ran.code, ran.document["source"], ran.verdicts()) == (0, "stack empty, which has none", {})
    assert w365("check", "--stack", "dev", "--if-any", "--output", "json").verdicts() == {"page": "ok"}


def test_a_secret_among_the_checks_of_a_stack_is_sent_and_in_no_report(
    w365: Command, bare: Path, answering: scripted.Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "pass")
    salt = secrets.new_salt("pass")
    header = {"X-Key": {"secure": secrets.PassphraseSecrets("pass", salt).encrypt("sesame-street")}}
    config = {"workspace365:checks": [website(answering.http, headers=header, expect_status=204)]}
    (bare / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (bare / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"encryptionsalt": salt, "config": config}))
    ran = w365("check", "--output", "json")
    assert (ran.code, "X-Key: sesame-street" in answering.asked[0], "sesame-street" in ran.out) == (3, True, False)


def test_a_gateway_is_asked_what_it_reaches(w365: Command, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with azure.running() as cloud, closing(socket.create_server(("127.0.0.1", 0))) as backend:
        for name, value in cloud.variables.items():
            monkeypatch.setenv(name, value)
        service = {"resource_group_name": cloud.resource_group_name, "service_name": cloud.service_name, "region": cloud.region}
        gateway = {"kind": "connectivity", **service, "address": "127.0.0.1", "protocol": "TCP"}
        there, gone = backend.getsockname()[1], ports.free()
        file = written(config, {"name": "there", "port": there, **gateway}, {"name": "gone", "port": gone, **gateway})
        ran = w365("check", "--config", file, "--output", "json")
    assert (ran.code, ran.verdicts()) == (3, {"there": "ok", "gone": "failed"})
    assert f"127.0.0.1:{gone}" in ran.check("gone")["detail"]
    assert f"listens on port {gone}" in ran.check("gone")["remedy"]
    assert ran.document["results"][0]["connectivity"]["hops"]


def test_the_checks_of_the_sandbox_stack_ask_its_servers_and_are_red_until_it_is_deployed(w365: Command, bare: Path) -> None:
    for name in ("Pulumi.yaml", "stacks/Pulumi.sandbox.yaml"):
        (bare / name).parent.mkdir(exist_ok=True)
        shutil.copy(pages.ROOT / name, bare / name)
    (bare / ".sandbox").mkdir()
    with servers.running(bare / ".sandbox", "a test"):
        ran = w365("check", "--sandbox", "--output", "json")
    assert ran.verdicts() == {"health": "ok", "backend": "ok", "sign-on": "ok", "echo": "failed", "echo without a key": "failed"}
    assert "with 404, not 401" in ran.check("echo without a key")["detail"]


def drawn(hops: list[dict[str, object]]) -> str:
    check = checks.parse_check(
        {
            "name": EVIL,
            "kind": "connectivity",
            "resource_group_name": "rg",
            "service_name": "apim",
            "region": "westeurope",
            "address": "a.example.com",
            "port": 1,
        }
    )
    result = ConnectivityResult.from_wire({"connectionStatus": EVIL, "hops": hops})
    verdict = verdicts.evaluate(check, ConnectivityObservation(result))
    return html_page.render(check_report.report([verdict], EVIL, enforced=True).sanitized())


def test_the_way_to_a_backend_is_drawn_whatever_its_hops_say() -> None:
    issue = {"origin": EVIL, "severity": "Error", "type": "NetworkSecurityRule", "context": [{EVIL: EVIL}]}
    hops: list[dict[str, object]] = [
        {"type": "Source", "id": "a", "address": "10.0.0.4", "nextHopIds": ["b", "c", "nobody", "a"], "issues": []},
        {"type": EVIL, "id": "b", "address": EVIL, "nextHopIds": ["a"], "issues": [issue, issue]},
        {"type": "Internet", "id": "c", "address": "1.2.3.4", "nextHopIds": ["c"]},
        {"type": "Internet", "id": "c", "address": "1.2.3.4"},
        {"type": "alone", "id": "", "nextHopIds": [""]},
    ]
    html = drawn(hops)
    assert html.count("<svg") == 1
    assert "<script" not in html
    assert [html.count(part) for part in ("<rect", "<line")] == [4, 3]
    boxes = re.search(r"<svg.*</svg>", html, re.DOTALL)
    assert boxes is not None
    ET.fromstring(boxes[0].replace('<svg class="graph"', '<svg xmlns="s" class="graph"'))
    assert "NetworkSecurityRule" in html


def test_a_hundred_hops_are_drawn_up_to_a_limit() -> None:
    html = drawn([{"type": "hop", "id": str(at), "nextHopIds": [str(at + 1)]} for at in range(100)])
    assert html.count("<rect") == 60


def test_drawings_of_one_page_share_nothing_that_a_fold_could_hide() -> None:
    html = html_page.render(html_specimen.check_report_of(60))
    ids = re.findall(r' id="([^"]*)"', html)
    assert html.count("<svg") > 2
    assert len(ids) == len(set(ids))
    assert "url(#" not in html
    assert html.count('<path class="tip"') == html.count("<line")
