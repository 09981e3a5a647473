"""Whatever bytes come back: never a token elsewhere, never a success that is none, never another failure than our own."""

import json
from typing import Any

import httpx
from hypothesis import example, given
from hypothesis import strategies as st

from pulumi_workspace365.apim import errors, responses

ENDPOINT = "https://arm.example.com"
HERE = "/subscriptions/one/connectivityCheck?api-version=2024-05-01"
pieces = st.sampled_from(
    ["https:", "HTTP:", "//", "/", "\\", "@", ":", "443", ":0", "arm.example.com", "evil.example", ".", "..", "?", "#", "%2f", "[::1]", " ", "\t", "\x00", "é"]
)  # fmt: skip
locations = st.lists(pieces, max_size=8).map("".join) | st.text()
documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=3) | st.sampled_from(["error", "code", "message", "details", "hops", "issues"]), inner)
    ),
    max_leaves=10,
)
bodies = st.binary() | documents.map(lambda document: json.dumps(document).encode())


@given(locations)
@example("https://arm.example.com@evil.example/x")
@example("https://arm.example.com\\@evil.example/x")
@example("https:evil.example/x")
@example("///evil.example/x")
@example("https://arm.example.com.evil.example/x")
def test_no_location_leads_the_token_to_another_host(location: str) -> None:
    try:
        path = responses.next_poll_url("check", ENDPOINT, HERE, location)
    except (errors.CrossHostRedirect, errors.InvalidResponse):
        return
    assert path.startswith("/")
    target = httpx.URL(ENDPOINT + path)
    assert (target.scheme, target.host, target.port, target.userinfo) == ("https", "arm.example.com", None, b"")


@given(bodies)
def test_no_body_is_a_result_unless_it_has_a_status(body: bytes) -> None:
    try:
        found = responses.parse_result("check", body)
    except errors.ArmError:
        return
    assert json.loads(body)["connectionStatus"] == found.connection_status


@given(st.integers(203, 599), bodies, st.booleans())
def test_no_error_is_anything_but_an_error_in_one_line(status: int, body: bytes, polling: Any) -> None:
    problem = responses.error_from_response("check", status, body, polling=polling)
    assert str(problem).isprintable()
    assert f"HTTP {status}" in str(problem)
    assert responses.is_retryable(status, responses.parse_error_detail(body)) in {True, False}
