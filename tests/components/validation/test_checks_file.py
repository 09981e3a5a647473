"""A checks file is read strictly: what is wrong is named with line and argument, and no secret is ever shown."""

from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from pulumi_dynamic_host import redaction
from pulumi_workspace365_components.validation import checks, checks_file, verdicts
from pulumi_workspace365_components.validation.checks import CheckError, ConnectivityCheck, HttpCheck, WebSocketCheck
from pulumi_workspace365_components.validation.observations import HandshakeObservation

FILE = """
checks:
  - {name: backend, kind: connectivity, subscription_id: 00000000-0000-4000-8000-000000000000, resource_group_name: rg, service_name: apim,
     region: northeurope, address: chat.example.com, port: 443, protocol: TCP, require: connected}
  - {name: handshake, kind: websocket, url: "wss://${GATEWAY}/chat", headers: {Ocp-Apim-Subscription-Key: "env:KEY"},
     expect_status: 101, echo: "ping"}
  - {name: health, kind: health, timeout: 5}
  - name: page
    kind: http
    url: https://chat.example.com/
    expect_status: [200, 204]
    headers:
      Authorization: file:token
"""
ENVIRON = {"KEY": "sesame-street", "GATEWAY": "apim.azure-api.net", "EMPTY": " "}


def parsed(text: str, folder: Path = Path()) -> list[checks.Check]:
    return checks_file.parse(text, "checks.yaml", ENVIRON, folder)


def refused(text: str, folder: Path = Path()) -> str:
    with pytest.raises(CheckError) as problem:
        parsed(text, folder)
    return str(problem.value)


def test_the_kinds_are_read_with_their_values_in_place(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("Bearer abcdef\n")
    backend, handshake, health, page = parsed(FILE, tmp_path)
    assert isinstance(backend, ConnectivityCheck)
    assert isinstance(handshake, WebSocketCheck)
    assert handshake.url == "wss://apim.azure-api.net/chat"
    assert handshake.headers["Ocp-Apim-Subscription-Key"].get_secret_value() == "sesame-street"
    assert (health.timeout, handshake.timeout) == (5, 60)
    assert isinstance(page, HttpCheck)
    assert page.headers["Authorization"].get_secret_value() == "Bearer abcdef"
    assert "sesame-street" not in f"{backend!r}{handshake!r}{page!r}"
    assert redaction.redact("it is sesame-street") == "it is [secret]"


def test_variables_that_sound_secret_or_stand_in_a_query_are_masked_wherever_they_are() -> None:
    environ = {
        "CHAT_TOKEN": "of-a-subprotocol-1",
        "CODE": "of-a-function-2",
        "API_KEY": "in-a-path-3",
        "KEYCLOAK_HOST": "keycloak.example",
    }
    url = "wss://${KEYCLOAK_HOST}/${API_KEY}/chat?code=${CODE}"
    fields = f"name: a, kind: websocket, url: '{url}', subprotocols: ['bearer.${{CHAT_TOKEN}}']"
    (check,) = checks_file.parse(f"checks: [{{{fields}}}]", "checks.yaml", environ, Path())
    assert isinstance(check, WebSocketCheck)
    assert check.url == "wss://keycloak.example/in-a-path-3/chat?code=of-a-function-2"
    told = redaction.redact(f"{verdicts.evaluate(check, HandshakeObservation(101, check.subprotocols[0])).advice} {check.url}")
    assert told == (
        "wss://keycloak.example/[secret]/chat opens the WebSocket (101, subprotocol bearer.[secret]). "
        "wss://keycloak.example/[secret]/chat?code=[secret]"
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "line 1: checks: it must be a list"),
        ("- a: b\n- ]", "line 2, column 3: "),
        ("checks: []", "line 1: checks: it must be a list of at least one check"),
        ("chekcs: []", "'chekcs': there is no such field; the list stands under checks"),
        ("checks: [5]", "check 0: it is a mapping with name and kind"),
        ("checks: [{kind: health}]", "check 0: name: it is required"),
        ("checks: [{name: a}]", "check 'a': kind is required"),
        ("checks:\n  - name: a\n    kind: htpt", "line 2: check 'a': kind is one of connectivity, websocket, health and http"),
        ("checks:\n  - name: a\n    kind: health\n    timout: 5", "line 4: check 'a': timout: there is no such field"),
        ("checks:\n  - name: a\n    kind: health\n    timeout: 0", "line 4: check 'a': timeout: Input should be greater than 0"),
        ("checks:\n  - name: a\n    kind: health\n    name: b", "line 4, column 5: the field 'name' is given twice"),
        ("checks: [{name: a, kind: health}, {name: a, kind: health}]", "Two checks have the name 'a'"),
        ("checks: [{name: a, kind: websocket, url: https://x}]", "url: it begins with wss:// or ws:// and names a host"),
        ("checks: [{name: a, kind: websocket, url: 'wss://u:p@x'}]", "url: it has neither user name nor fragment"),
        ("checks: [{name: a, kind: websocket, url: 'wss://x:99999'}]", "url: it cannot be read as a URL"),
        ("checks: [{name: a, kind: websocket, url: wss://x, expect_status: 401, echo: a}]", "expect_status: echo and expect_subprotocol"),
        ("checks: [{name: a, kind: websocket, url: wss://x, expect_subprotocol: a}]", "it must be one of subprotocols"),
        ("checks: [{name: a, kind: websocket, url: ws://x, headers: {K: env:KEY}}]", "ws would send the headers and parameters in the clear"),
        ("checks: [{name: a, kind: http, url: https://x, headers: {Host: y}}]", "the header Host is set by the connection itself"),
        ("checks: [{name: a, kind: http, url: https://x, headers: {K: env:EMPTY}}]", "headers.K: there is no environment variable 'EMPTY'"),
        ("checks: [{name: a, kind: http, url: https://x, headers: {K: file:nowhere}}]", "headers.K: the file nowhere cannot be read"),
        ("checks: [{name: a, kind: http, url: 'https://${NOWHERE}'}]", "url: there is no environment variable 'NOWHERE'"),
        ("checks: [{name: a, kind: http, url: https://x, expect_status: 99}]", "expect_status.0: Input should be greater than or equal to 100"),
        (
            "checks: [{name: a, kind: connectivity, resource_group_name: r, service_name: s, region: w, address: 'wss://x', port: 1}]",
            "address: the check does not support WebSocket",
        ),
        (
            "checks: [{name: a, kind: connectivity, resource_group_name: r, service_name: s, region: w, address: x, port: 1, method: GET}]",
            "method: only an HTTP or HTTPS check uses it",
        ),
        ("checks: &a [*a]", "checks.yaml"),
        ("checks: !!python/object/apply:os.system ['true']", "checks.yaml"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_line_and_argument(text: str, told: str) -> None:
    assert told in refused(text)


def test_every_wrong_field_is_told_at_once() -> None:
    told = refused("checks:\n  - {name: a, kind: http, url: 'ftp://x', settle: -1}\n  - {name: b, kind: health, x: 1}")
    assert ["line 2: check 'a': url" in told, "check 'a': settle" in told, "line 3: check 'b': x" in told] == [True] * 3


def test_a_file_that_is_none_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    for name, told in {
        "binary.yaml": "it is UTF-16",
        "nowhere.yaml": "it cannot be read .No such file",
        "": "it is a folder, where a file is expected",
    }.items():
        with pytest.raises(CheckError, match=told):
            checks_file.read(tmp_path / name, {})


def test_a_list_of_a_stack_is_read_like_a_file() -> None:
    given = [{"name": "health", "kind": "health"}]
    here = {"environ": {}, "folder": Path()}
    assert checks_file.parse_document(given, "stack", **here) == checks_file.parse_document({"checks": given}, "stack", **here)  # type: ignore[arg-type]


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
FIELDS = ["name", "kind", "url", "headers", "query", "timeout", "expect_status", "port", "address", "echo"]


@example([{"name": "a", "kind": "http", "url": "https://x", "headers": {"a\nb": None}}])
@given(st.lists(st.dictionaries(st.sampled_from(FIELDS), PLAIN | st.sampled_from(["websocket", "http", "health"])), max_size=3))
def test_any_document_is_read_or_refused_in_one_line(document: object) -> None:
    text = yaml.safe_dump({"checks": document})
    try:
        told = f"checks.yaml: {len(parsed(text))}"
    except CheckError as problem:
        told = str(problem)
    assert told.startswith("checks.yaml")
    assert "\n" not in told


@given(st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=6, max_size=20))
def test_a_value_of_a_header_is_in_no_message(secret: str) -> None:
    told = refused(
        f"checks: [{{name: a, kind: websocket, url: 'ws://remote.example.com', headers: {{X-Key: 'zq{secret}zq'}}, bad: 1}}]"
    )
    assert f"zq{secret}zq" not in told
