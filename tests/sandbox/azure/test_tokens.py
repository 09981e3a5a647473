"""Tokens that are none: whatever type a member has, the answer is 401, or 101 for a good one."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import pytest

from tests.sandbox.azure import raw
from tests.sandbox.azure.desk import Desk

KEY = b"secret-secret-secret-secret-secret"
HEADER = b'{"alg": "HS256", "typ": "JWT"}'
POLICY = (
    '<validate-jwt header-name="X-Token"><issuer-signing-keys><key>{key}</key></issuer-signing-keys>'
    "<audiences><audience>chat</audience></audiences><issuers><issuer>me</issuer></issuers>"
    '<required-claims><claim name="role" match="any"><value>talk</value><value>true</value><value>7</value></claim></required-claims>'
    "</validate-jwt>"
)
ODD = [
    "NaN",
    "Infinity",
    "-Infinity",
    "1e999",
    "-1e999",
    '"9999999999"',
    '""',
    "true",
    "false",
    "null",
    "[]",
    "[9999999999]",
    "{}",
]
ODD += ["1" + "0" * 400, "1" + "0" * 4000, "1e308", "253402300800", "-1", '{"a": 1}', "[[]]"]
NO_TEXT = ["7", "1.5", "true", "null", "[]", '["me"]', "{}", '{"me": 1}', "[null]"]
CLAIMS = {"aud": '"chat"', "iss": '"me"', "exp": str(int(time.time()) + 86_400), "role": '"talk"'}


def encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).decode().rstrip("=")


def signed(payload: bytes, header: bytes = HEADER) -> str:
    """A token whose signature is good, whatever is in it."""
    text = f"{encoded(header)}.{encoded(payload)}"
    return f"{text}.{encoded(hmac.digest(KEY, text.encode(), hashlib.sha256))}"


def claims(**changed: str) -> bytes:
    """A payload of good claims in which some are replaced by the JSON given; the empty text leaves one out."""
    return ("{" + ", ".join(f'"{name}": {text}' for name, text in (CLAIMS | changed).items() if text) + "}").encode()


@pytest.fixture
def url(desk: Desk) -> str:
    """An API that wants a token of `KEY`."""
    desk.api()
    desk.policy(POLICY.format(key=base64.b64encode(KEY).decode()))
    return f"{desk.cloud.gateway_plain_url}/chat"


def refused(url: str, tokens: dict[str, str]) -> dict[str, int]:
    """What was answered with something else than 401."""
    found = {name: raw.status(url, {"X-Token": token}) for name, token in tokens.items()}
    return {name: status for name, status in found.items() if status != 401}


def test_good_tokens_open(url: str) -> None:
    later = time.time() + 3600
    good = [
        claims(),
        claims(exp=f"{later:.3f}", nbf=f"{later - 7200}", iat="0"),
        claims(aud='["mail", "chat"]'),
        claims(role="true"),
        claims(role="[7, null, {}]"),
        claims(more='{"deep": [[[]]]}', huge="1" + "0" * 300),
    ]
    assert [raw.status(url, {"X-Token": signed(payload)}) for payload in good] == [101] * len(good)


def test_times_that_are_none_are_refused(url: str) -> None:
    tokens = {f"{name}={text:.30}": signed(claims(**{name: text})) for name in ("exp", "nbf", "iat") for text in ODD}
    assert refused(url, tokens) == {}


def test_claims_of_another_type_are_refused(url: str) -> None:
    tokens = {f"{name}={text}": signed(claims(**{name: text})) for name in ("iss", "sub", "jti") for text in NO_TEXT}
    audiences = (
        "7",
        "true",
        "null",
        "{}",
        '{"chat": 1}',
        "[]",
        '["chat", 7]',
        '["chat", null]',
        '["chat", ["chat"]]',
        '[{"chat": 1}]',
    )
    tokens |= {f"aud={text}": signed(claims(aud=text)) for text in audiences}
    tokens |= {
        f"role={text}": signed(claims(role=text)) for text in ("null", "{}", "[]", '[["talk"]]', '{"talk": 1}', '"Talk"', "7.5")
    }
    tokens |= {f"no {name}": signed(claims(**{name: ""})) for name in CLAIMS}
    assert refused(url, tokens) == {}


def test_headers_that_are_none_are_refused(url: str) -> None:
    headers = {
        *(f'{{"alg": {text}}}' for text in (*NO_TEXT, '"none"', '"None"', '"hs256"', '"RS256"', '"ES256"', '""')),
        *(f'{{"alg": "HS256", "kid": {text}}}' for text in NO_TEXT),
        *(f'{{"alg": "HS256", "{name}": {text}}}' for name in ("typ", "cty") for text in NO_TEXT),
        *(f'{{"alg": "HS256", "crit": {text}}}' for text in ("[]", '["b64"]', "null", "7")),
        *("[]", "7", "null", "true", '"HS256"', '["HS256"]', "{}", "", "{", '{"alg": "HS256"', '{"alg": "HS256"} x', "[" * 8000),
        *('{"alg": "none", "alg": "HS256"}', '{"alg": "HS256", "alg": "HS256"}', "[" * 100 + "]" * 100),
        *(
            '{"alg": "HS256", "a": ' + "[" * 5000 + "]" * 5000 + "}",
            '{"alg": "HS256", "a": "\\ud800"}',
            '{"alg": "HS256", "\\udfff": 1}',
        ),
    }
    assert refused(url, {header[:60]: signed(claims(), header.encode()) for header in headers}) == {}
    assert (
        refused(url, {"UTF-16": signed(claims(), HEADER.decode().encode("utf-16")), "half": signed(claims(), b'{"\xff": 1}')})
        == {}
    )


def test_payloads_that_are_no_object_of_unique_names_are_refused(url: str) -> None:
    whole = claims().decode()
    payloads = {
        "twice": whole.replace("{", '{"exp": 9999999999, ', 1),
        "twice within": whole.replace("{", '{"more": {"a": 1, "a": 2}, ', 1),
        "twice, escaped": whole.replace("{", '{"\\u0065xp": 9999999999, ', 1),
        "NaN within": whole.replace("{", '{"more": [NaN], ', 1),
        "deep": whole.replace("{", '{"more": ' + "[" * 4000 + "]" * 4000 + ", ", 1),
        "half a character": whole.replace("{", '{"more": "\\ud800", ', 1),
        "list": f"[{whole}]",
        "text": json.dumps(whole),
        "number": "7",
        "nothing": "",
        "more behind": f"{whole} {{}}",
        "single quotes": whole.replace('"', "'"),
    }
    assert refused(url, {name: signed(payload.encode()) for name, payload in payloads.items()}) == {}


def test_texts_that_are_no_token_are_refused(url: str) -> None:
    good = signed(claims())
    header, payload, signature = good.split(".")
    texts = {
        "two parts": f"{header}.{payload}",
        "four": f"{good}.",
        "five": f"{good}.x.y",
        "none": "....",
        "padding": f"{header}==.{payload}.{signature}",
        "plus": f"{header}.{payload}.{signature[:-1]}+",
        "blank": f"{header}.{payload} .{signature}",
        "no signature": f"{header}.{payload}.",
        "short": f"{header}.{payload}.{signature[:-4]}",
        "not ASCII": f"{header}.{payload}.{signature[:-1]}\xe9",
        "long": f"{header}.{payload}.{'A' * 20_000}",
        "unsigned": ".".join([encoded(b"{}"), payload, ""]),
        "unsigned, none": ".".join([encoded(b'{"alg": "none"}'), payload, ""]),
    }
    assert refused(url, texts) == {}
    assert raw.status(url, {"X-Token": good}) == 101


def test_an_empty_key_signs_nothing(desk: Desk) -> None:
    desk.api()
    desk.policy(
        '<validate-jwt header-name="X-Token"><issuer-signing-keys><key certificate-id="x" /></issuer-signing-keys></validate-jwt>'
    )
    text = f"{encoded(HEADER)}.{encoded(claims())}"
    token = f"{text}.{encoded(hmac.digest(b'', text.encode(), hashlib.sha256))}"
    assert raw.status(f"{desk.cloud.gateway_plain_url}/chat", {"X-Token": token}) == 500


def test_an_expression_sees_no_token_where_there_is_none(desk: Desk) -> None:
    desk.api()
    seen = '@(context.Request.Headers.GetValueOrDefault("X-Token", "").AsJwt()?.Subject ?? "nobody")'
    desk.policy(f'<set-header name="X-Who"><value>{seen}</value></set-header>')
    payloads = [claims(sub='"ada"'), claims(sub="[]"), claims(sub='"ada"', exp="NaN"), claims(more="[" * 1500 + "]" * 1500)]
    for payload in payloads:
        assert raw.status(f"{desk.cloud.gateway_plain_url}/chat", {"X-Token": signed(payload)}) == 101
    assert [item.headers["x-who"] for item in desk.cloud.management.backend_requests()] == ["ada", *["nobody"] * 3]


@pytest.mark.parametrize(
    "changed", [{"exp": float("nan")}, {"exp": float("inf")}, {"exp": []}, {"nbf": {}}, {"iat": True}, {"sub": 7}]
)
def test_the_resource_manager_reads_tokens_as_strictly(desk: Desk, changed: dict[str, Any]) -> None:
    token = desk.cloud.management.token(aud="https://management.azure.com", **changed)
    answer = desk.http.get(f"{desk.cloud.service_id}/apis?api-version=2024-05-01", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "InvalidAuthenticationToken")
