"""The page of `w365 check`: what it holds, what it must not hold, and how a real browser shows it."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from html import escape, unescape
from pathlib import Path
from typing import Any

import pytest

from pulumi_workspace365.apim.models import ConnectivityResult
from pulumi_workspace365_cli import check_report, check_report_details
from pulumi_workspace365_cli.report import Column, Report, Row, Span, Table, Timeline, html_page, text
from pulumi_workspace365_cli.stack_state import StackState
from pulumi_workspace365_components.validation import checks, verdicts
from pulumi_workspace365_components.validation.observations import ConnectivityObservation, HandshakeObservation
from pulumi_workspace365_components.validation.verdicts import Verdict
from tests import chromium

from . import html_specimen
from .conftest import FRONTS, on_front

EVIL = "<script>document.title='owned'</script><img src=x onerror=alert(1)>\"'"
LONG = "a-name-that-no-browser-can-break-" * 6
SENTINEL = "tell-no-one-4711"
_GATEWAY = "wss://apim.example.com/chat"
_POLICY = f"""<policies><inbound><base /><validate-jwt header-name="Authorization"><issuers><issuer>{SENTINEL}</issuer></issuers></validate-jwt>
<check-header name="X"><value>{SENTINEL}</value></check-header></inbound></policies>"""
_SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": SENTINEL}
_WHEN = datetime(2031, 2, 3, 4, 5, 6, tzinfo=UTC)


def _resource(type_: str, name: str, outputs: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"urn": f"urn:pulumi:dev::shop::{type_}::{name}", "type": type_, "id": name, "outputs": outputs, **more}


def _state(*names: str, policy: str = _POLICY, front: str = "dynamic") -> StackState:
    own = "pulumi-python:dynamic/workspace365:"
    secret = {"temporary_password": _SECRET, "key_digest": _SECRET}
    told = {"websocket_url": _GATEWAY, "policy_xml": policy}
    if front == "native":
        told = {"websocketUrl": _GATEWAY, "policyXml": policy}
    resources = [_resource("workspace365:index:WebSocketApi", "chat", told)]
    backend = {"serviceUrl": f"wss://user:{SENTINEL}@backend.example.com/?code={SENTINEL}", "subscriptionRequired": True}
    resources.append(_resource("azure-native:apimanagement:Api", "chat", backend, parent=resources[0]["urn"]))
    for name in names:
        created = {"is_active": True, "creation_date": "2026-01-31T08:00:00+00:00"}
        resources.append(_resource(f"{own}Environment", name, {**created, **secret}))
        resources.append(_resource(f"{own}OAuth2SignOn", name, {"authority": f"https://login.example/{name}", **secret}))
    export = {"version": 3, "deployment": {"resources": on_front(front, resources)}}
    return StackState.parse(json.dumps(export), "a state")


def _tried(name: str, status: int) -> Verdict:
    check = checks.WebSocketCheck(name=name, url=f"{_GATEWAY}?token={SENTINEL}", expect_status=101)
    return replace(verdicts.evaluate(check, HandshakeObservation(status)), seconds=0.25)


def _reached(name: str) -> Verdict:
    check = checks.ConnectivityCheck(
        name=name, resource_group_name="rg", service_name="apim", region="westeurope", address="backend.example.com", port=443
    )
    hops = [
        {"type": "Source", "id": "1", "address": LONG, "resourceId": "", "nextHopIds": ["2"], "issues": []},
        {"type": EVIL, "id": "2", "address": "10.0.0.4", "resourceId": "", "nextHopIds": [], "issues": []},
    ]
    answer = {"connectionStatus": "Connected", "avgLatencyInMs": 3, "probesSent": 10, "probesFailed": 0, "hops": hops}
    return verdicts.evaluate(check, ConnectivityObservation(ConnectivityResult.model_validate(answer)))


def _plain(report: Report) -> str:
    """The page without the places where a browser may break a line: they are within addresses and names."""
    return html_page.render(report).replace("<wbr>", "")


def _report(state: StackState, *found: Verdict) -> Report:
    return check_report_details.add_deployed_resources(
        check_report.report(found, "stack dev", enforced=True), state, found
    ).sanitized()


@FRONTS
def test_the_page_shows_environments_apis_handshake_hops_and_timings(front: str) -> None:
    shown = _plain(_report(_state("contoso", front=front), _tried("handshake", 101), _reached("backend")))
    for told in ("https://login.example/contoso", "2026-01-31", _GATEWAY, "wss://backend.example.com/", "1 of 1 as expected"):
        assert told in shown
    for drawn in ("subscription key", "validate-jwt", "check-header", "chat: what a handshake passes", "10.0.0.4", "0.25 s"):
        assert drawn in shown


def test_a_handshake_that_fails_is_red_at_its_api() -> None:
    shown = html_page.render(_report(_state("contoso"), _tried("good", 101), _tried("bad", 500)))
    assert '<td class="failed" data-title="handshakes tried"><span>1 of 2 as expected</span></td>' in shown
    assert re.search(r'class="failed"/><text [^>]*>API Management', shown)


def test_no_secret_of_state_or_policy_is_on_the_page() -> None:
    found = (_tried("handshake", 401), _reached("backend"))
    assert SENTINEL not in _plain(_report(_state("contoso"), *found))


def test_a_policy_that_is_no_xml_and_an_empty_stack_are_no_obstacles() -> None:
    shown = html_page.render(_report(_state(policy='<policies><inbound><set-header name=@("x")/>')))
    assert "it is no plain XML" in shown
    empty = StackState(())
    assert "Environments" not in html_page.render(_report(empty, _tried("handshake", 101)))


def test_only_the_page_tells_what_was_deployed() -> None:
    assert "login.example" not in text.render(_report(_state("contoso"), _tried("handshake", 101)))


_MEASURE = """<script>
const luminance = colour => {
  const [r, g, b] = colour.match(/[0-9.]+/g).slice(0, 3).map(part => part / 255).map(part => part <= .04045 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4);
  return .2126 * r + .7152 * g + .0722 * b;
};
const behind = (element, canvas) => {
  for (; element; element = element.parentElement) {
    const colour = getComputedStyle(element).backgroundColor;
    if (!/, 0\\)$/.test(colour)) return colour;
  }
  return canvas;
};
const contrast = page => {  // the least of all texts'
  const canvas = matchMedia('(prefers-color-scheme: dark)').matches ? 'rgb(18, 18, 18)' : 'rgb(255, 255, 255)', words = page.createTreeWalker(page.body, 4), found = [];
  while (words.nextNode()) {
    const element = words.currentNode.parentElement, style = getComputedStyle(element);
    if (!words.currentNode.data.trim() || !element.getClientRects().length) continue;
    const [low, high] = [style[element.namespaceURI.endsWith('svg') ? 'fill' : 'color'], behind(element, canvas)].map(luminance).sort((a, b) => a - b);
    found.push((high + .05) / (low + .05));
  }
  return Math.min(...found);
};
const broken = page => {  // words on two lines
  const texts = page.createTreeWalker(page.body, 4), part = page.createRange(), found = [];
  while (texts.nextNode()) for (const word of texts.currentNode.data.matchAll(/[A-Za-z0-9]{2,}/g)) {
    part.setStart(texts.currentNode, word.index);
    part.setEnd(texts.currentNode, word.index + word[0].length);
    if (new Set([...part.getClientRects()].map(box => Math.round(box.top))).size > 1) found.push(word[0]);
  }
  return found;
};
onload = () => {
  const seen = [...document.querySelectorAll('iframe')].map(frame => {
    const page = frame.contentDocument, root = page.documentElement;
    return {width: root.clientWidth, needed: root.scrollWidth, title: page.title, colour: getComputedStyle(page.body).color,
            contrast: contrast(page), broken: broken(page), top: page.querySelector('.summary').getBoundingClientRect().bottom, foreign: page.querySelectorAll('script, img, link, iframe, object, embed').length, rows: page.querySelectorAll('tbody tr').length,
            ways: page.querySelectorAll('svg').length, bars: [...page.querySelectorAll('.bar i')].map(bar => bar.getBoundingClientRect()), header: getComputedStyle(page.querySelector('thead')).display};
  });
  document.querySelector('pre').textContent = JSON.stringify(seen);
}</script><pre></pre>"""


def _seen(shown: str, folder: Path, *more: str) -> list[dict[str, Any]]:
    """What a browser makes of the page on a phone and on a desk; it may complain of nothing."""
    frames = "".join(f'<iframe width="{width}" height="900" srcdoc="{escape(shown)}"></iframe>' for width in (360, 1280))
    around = folder / "around.html"
    around.write_text(
        f'<!doctype html><meta charset="utf-8"><style>iframe {{ border: 0 }}</style>{frames}{_MEASURE}', encoding="utf-8"
    )
    done = chromium.run(around, folder / "profile", *more, "--dump-dom")
    assert "CONSOLE" not in done.stderr
    written = re.search(r"<pre>(.*?)</pre>", done.stdout, re.DOTALL)
    assert written, "the script around the page did not run"
    seen: list[dict[str, Any]] = json.loads(unescape(written[1]))
    return seen


@pytest.mark.skipif(chromium.path() is None, reason="no Chromium on PATH")
def test_a_browser_shows_the_page_without_scrolling_sideways_or_complaints(tmp_path: Path) -> None:
    wide = Table("Wide", tuple(Column(f"column {at}") for at in range(15)), (Row(("Information Technology",) * 15),))
    report = _report(_state("contoso", LONG, EVIL), _tried(LONG, 500), _tried(EVIL, 101), _reached("backend"))
    took = Timeline(LONG, (Span(LONG, 0, 5), Span(EVIL, 4.999, 0.001, "failed"), Span("quick", 2, 0, "warning")), 5)
    whole = Report(
        **{**vars(report), "background": (*report.background, wide), "generated": _WHEN, "notes": (LONG, EVIL), "timeline": took}
    ).sanitized()
    phone, desk = _seen(html_page.render(whole), tmp_path)
    for seen, width in ((phone, 360), (desk, 1280)):
        assert (seen["needed"], seen["foreign"], seen["title"]) == (width, 0, "Checks, stack dev: failed, 2031-02-03 04:05 UTC")
        assert (seen["rows"], seen["ways"]) == (3 + 3 + 1 + 1 + 2, 2)
        assert seen["contrast"] >= 4.5
        assert seen["top"] <= 640  # a small phone's screen
        slow, late, none, *_ = seen["bars"]
        assert slow["left"] <= none["left"] <= late["left"]
        assert all(bar["width"] > 0 and bar["right"] <= width for bar in seen["bars"])
        assert slow["right"] == pytest.approx(late["right"], abs=1)
    assert (phone["header"], desk["header"]) == ("none", "table-header-group")
    assert phone["colour"] == "rgb(0, 0, 0)"
    dark, _ = _seen(html_page.render(whole), tmp_path, chromium.DARK)
    assert dark["colour"] == "rgb(255, 255, 255)"
    assert dark["contrast"] >= 4.5


@pytest.mark.slow
@pytest.mark.skipif(chromium.path() is None, reason="no Chromium on PATH")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("customers", [3, 60, 600])
def test_pages_of_every_size_are_legible_break_no_word_and_say_red_on_the_first_screen(
    customers: int, scheme: str, tmp_path: Path
) -> None:
    specimens = (html_specimen.check_report_of, html_specimen.fleet_report_of, html_specimen.rollout_report_of)
    for report in (made(customers) for made in specimens):
        seen = _seen(html_page.render(report), tmp_path, *([chromium.DARK] if scheme == "dark" else []))
        assert [one["needed"] for one in seen] == [360, 1280]
        assert [one["broken"] for one in seen] == [[], []]
        assert all(one["contrast"] >= 4.5 and one["top"] <= 640 for one in seen)
        assert all(": failed, " in one["title"] for one in seen)
