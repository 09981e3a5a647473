"""What is sent and read over HTTP is what httpx would send and read: a library that many servers know."""

from urllib.parse import quote

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pulumi_workspace365.api import http_messages
from pulumi_workspace365.api.http_messages import Headers

VISIBLE = "".join(map(chr, range(0x21, 0x7F)))
ROOTS = (
    "https://portal.example.com/",
    "https://PORTAL.example.com:443/",
    "http://localhost:8080/a/",
    "http://[::1]:8080/",
    "https://[::1]/",
)


@given(
    root=st.sampled_from(ROOTS),
    rest=st.text(st.sampled_from("ab./%?#&=+ é\"<>{}`^|\\[]:;@,~'\x00\n"), max_size=14),
    body=st.sampled_from([b"", b"text"]),
)
@example(root=ROOTS[0], rest="../a//..//b/./c?../d", body=b"")
@example(root=ROOTS[0], rest="%41%2f%zz?a=%20", body=b"")
def test_a_request_is_the_one_that_httpx_would_send(root: str, rest: str, body: bytes) -> None:
    given_headers = {"X-Key": "value", "accept": "application/json", "Content-Type": "text/plain"}
    request = http_messages.build_request("PUT", root + rest, given_headers, body, {})
    own = {"user-agent": "pulumi-workspace365", "accept-encoding": "identity"}
    expected = httpx.Request("PUT", quote(root + rest, safe=VISIBLE), headers=given_headers | own, content=body or None)
    if not body:
        del expected.headers["Content-Length"]  # which httpx adds to every PUT
    assert request.url.target == expected.url.raw_path.removesuffix(b"?")
    assert (request.url.scheme, request.url.host) == (expected.url.raw_scheme, expected.url.raw_host)
    assert request.url.origin.port == expected.url.port or expected.url.port is None
    assert {name.lower(): value for name, value in request.headers} == {
        name.lower(): value for name, value in expected.headers.raw
    }


def test_an_address_alone_asks_for_the_root() -> None:
    assert http_messages.build_request("GET", "https://portal.example.com", {}, b"", {}).url.target == b"/"


@pytest.mark.parametrize("headers", [{"X-Key": "ä"}, {"ä": "value"}])
def test_a_header_that_is_no_ascii_is_refused_before_anything_is_sent(headers: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="ascii"):
        http_messages.build_request("GET", "https://portal.example.com", headers, b"", {})


def test_a_length_of_nothing_is_announced_if_the_caller_does() -> None:
    request = http_messages.build_request("PUT", "https://portal.example.com", {"Content-Length": "0"}, b"", {})
    assert (b"Content-Length", b"0") in request.headers


@given(st.lists(st.tuples(st.sampled_from([b"Date", b"date", b"X-More"]), st.binary(max_size=6))))
@example([(b"X-More", "é".encode()), (b"x-more", b"\xe9")])
def test_header_fields_are_found_in_any_case_and_joined(fields: list[tuple[bytes, bytes]]) -> None:
    found, names = Headers(fields), {name.decode().lower() for name, _ in fields}
    assert set(found) == names
    assert len(found) == len(names)
    for name in names:
        values = [value for key, value in fields if key.decode().lower() == name]
        expected = [httpx.Headers([(b"x", value)])["x"] for value in values]
        assert found[name] == found[name.upper()] == found.get(name.title()) == ", ".join(expected)
