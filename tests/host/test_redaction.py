"""A secret is found however a server spells it, and what is no secret stays readable."""

import base64
import html
import json
import quopri
import random
import time
import unicodedata
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pulumi_dynamic_host import redaction
from pulumi_dynamic_host.redaction import MASK, Secrets
from pulumi_workspace365 import errors
from pulumi_workspace365.api import client, error_messages, oauth2
from pulumi_workspace365.api.configuration import Settings
from pulumi_workspace365.apim import errors as arm_errors
from pulumi_workspace365.apim import responses
from tests.providers.hostile import Line, speaking

KEYS = (
    "Sentinel-Key/a&b<c>\"d'+e~f%20g",
    "0f8fad5b-d9cb-469f-a165-70867728950e",
    "Zoë-Größe-ключ-42",
    "sentinelwithoutanysign",
    "P@ss w0rd!x",
)

SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "lower case": str.lower,
    "upper case": str.upper,
    "JSON": json.dumps,
    "JSON in JSON": lambda key: json.dumps(json.dumps(key)),
    "JSON in UTF-8": lambda key: json.dumps(key, ensure_ascii=False),
    "escapes of JSON": lambda key: "".join(f"\\u{ord(character):04x}" for character in key),
    "escapes of C": lambda key: "".join(f"\\x{byte:02x}" for byte in key.encode()),
    "HTML": html.escape,
    "HTML in HTML": lambda key: html.escape(html.escape(key)),
    "decimal entities": lambda key: "".join(f"&#{ord(character)};" for character in key),
    "hexadecimal entities": lambda key: "".join(f"&#x{ord(character):X};" for character in key),
    "entities without an end": lambda key: " ".join(f"&#{ord(character)}" for character in key),
    "percent": lambda key: quote(key, safe=""),
    "every byte as percent": lambda key: "".join(f"%{byte:02x}" for byte in key.encode()),
    "percent twice": lambda key: quote(quote(key, safe=""), safe=""),
    "a form": quote_plus,
    "HTML in an address": lambda key: quote(html.escape(key), safe=""),
    "one character in each line": "\n".join,
    "CRLF in its middle": lambda key: f"{key[:9]}\r\n  {key[9:]}",
    "blanks between": "  ".join,
    "groups with hyphens": lambda key: "-".join(key[at : at + 4] for at in range(0, len(key), 4)),
    "commas between": ", ".join,
    "zero-width characters": "\u200b".join,
    "soft hyphens": "\u00ad".join,
    "right-to-left marks": "\u202e".join,
    "combining marks": "\u0301".join,
    "colours of a terminal": "\x1b[31m".join,
    "tags": "<b>".join,
    "full width": lambda key: "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in key),
    "decomposed": lambda key: unicodedata.normalize("NFD", key),
    "UTF-16": lambda key: key.encode("utf-16-le").decode("latin-1"),
    "base64": lambda key: base64.b64encode(key.encode()).decode(),
    "base64 for addresses": lambda key: base64.urlsafe_b64encode(key.encode()).decode().rstrip("="),
    "base64 with a user": lambda key: base64.b64encode(f"user:{key}".encode()).decode(),
    "base64 with a user of two": lambda key: base64.b64encode(f"me:{key}:x".encode()).decode(),
    "base64 in lines": lambda key: "\n".join(base64.encodebytes(f"Authorization: {key}\n".encode() * 3).decode().split("\n")),
    "base64 of UTF-16": lambda key: base64.b64encode(key.encode("utf-16-le")).decode(),
    "hexadecimal": lambda key: key.encode().hex(),
    "hexadecimal with colons": lambda key: key.encode().hex(":").upper(),
    "JavaScript's escape": lambda key: "".join(f"%u{ord(character):04X}" for character in key),
    "names in XML": lambda key: "".join(f"_x{ord(character):04X}_" for character in key),
    "quoted printable": lambda key: quopri.encodestring(key.encode()).decode(),
    "every byte quoted printable": lambda key: "".join(f"={byte:02X}" for byte in key.encode()),
    "entities with zeros": lambda key: "".join(f"&#{ord(character):015};" for character in key),
    "comments of HTML": "<!-- of a page -->".join,
    "tags with long attributes": f'<span style="{"color: red; " * 12}">'.join,
    "sections of XML": lambda key: "".join(f"<![CDATA[{character}]]>" for character in key),
    "backwards": lambda key: key[::-1],
    "base32": lambda key: base64.b32encode(key.encode()).decode(),
    "base64 in base64": lambda key: base64.b64encode(base64.b64encode(key.encode())).decode(),
    "base64 with a user in base64": lambda key: base64.b64encode(base64.b64encode(f"me:{key}".encode())).decode(),
    "base64 of upper case": lambda key: base64.b64encode(f"user:{key.upper()}".encode()).decode(),
    "base64 of HTML": lambda key: base64.urlsafe_b64encode(html.escape(f'<b a="{key}">').encode()).decode(),
    "base64 of JSON in an address": lambda key: quote(base64.b64encode(json.dumps({"k": key}).encode()).decode(), safe=""),
    "hexadecimal of lower case": lambda key: key.lower().encode().hex(" "),
    "hexadecimal of base64": lambda key: base64.b64encode(key.encode()).hex(),
    "a list of bytes": lambda key: str(list(key.encode())),
    "bytes of a program": lambda key: ", ".join(f"0x{byte:02x}" for byte in key.encode()),
}


ASCII_ONLY = {"escapes of C", "bytes of a program", "UTF-16"}
"""Spellings that show the bytes of other characters one by one."""


def kernel(key: str) -> str:
    """Letters and digits of the key's middle, which no text that hides it may show in this order."""
    return "".join(character for character in key if character.isalnum()).casefold()[2:-2]


@pytest.mark.parametrize(
    ("key", "spelling"),
    [(key, spelling) for key in KEYS for spelling in SPELLINGS if key.isascii() or spelling not in ASCII_ONLY],
)
def test_a_secret_is_found_in_every_spelling(key: str, spelling: str) -> None:
    secrets, spelled = Secrets(key), SPELLINGS[spelling](key)
    for text in (spelled, f"the key {spelled} is wrong", f'{{"said": "{spelled}"}}'):
        shown = secrets.redact(text)
        assert MASK in shown
        assert secrets.occur_in(text)
        assert kernel(key) not in "".join(filter(str.isalnum, shown)).casefold()
        assert spelled[3:-3] not in shown


@pytest.mark.parametrize("key", KEYS)
def test_a_sentence_without_it_stays_as_it_is(key: str) -> None:
    sentence = (
        "Could not create environment 'contoso' on https://portal.example.com: HTTP 400. The server says: environment_name: is wrong "
        "&amp; 100% of <b>it</b>; see C:\\new\\texts, %41 or U+0041 for example."
    )
    assert Secrets(key).redact(sentence) == sentence


@pytest.mark.parametrize("length", [20, 32, 64, 1704])
def test_a_long_part_of_a_key_is_masked_like_the_whole(length: int) -> None:
    letters = random.Random(length)
    key = "".join(letters.choices("abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789+/", k=length))
    lines = [key[at : at + 64] for at in range(0, length, 64)]
    secrets = Secrets("\n".join(["-----BEGIN PRIVATE KEY-----", *lines, "-----END PRIVATE KEY-----"]) if len(lines) > 1 else key)
    half = max(length // 2, 18)
    for part in (key[:half], key[-half:], f"{key[:half]}…", lines[0], lines[0].upper(), "\n".join(lines[len(lines) // 2 :])):
        shown = secrets.redact(f"The key {part} is none of mine.")
        assert MASK in shown
        assert not any(part[at : at + 8] in shown for at in range(len(part) - 7))


@pytest.mark.parametrize("pairs", range(8, 16))
@pytest.mark.parametrize("separator", ["", ":", "-", " "])
def test_hexadecimal_of_any_length_stays_as_it_is(pairs: int, separator: str) -> None:
    text = separator.join(f"{17 * number:02x}" for number in range(pairs))
    assert Secrets("Sentinel-Key-42").redact(text) == text


def test_words_of_a_key_are_no_part_of_it() -> None:
    secrets = Secrets("contoso-production-of-2026-with-words", "-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----")
    sentence = "Environment 'contoso-production-of' is not there in 2026; -----BEGIN PRIVATE KEY----- is missing."
    assert secrets.redact(sentence) == sentence
    assert not secrets.occur_in("contoso-production-of-2026")


@pytest.mark.parametrize("spelling", ["as it is", "upper case", "blanks between", "percent", "hexadecimal entities", "base64"])
@pytest.mark.parametrize("key", [key for key in KEYS if key.isascii()])
def test_of_a_secret_that_the_end_cuts_in_two_nothing_is_left(key: str, spelling: str) -> None:
    spelled = SPELLINGS[spelling](key)
    for kept in range(1, len(spelled)):
        shown = Secrets(key).redact(f"said: {spelled[:kept]}", is_cut=True)
        left = "".join(filter(str.isalnum, shown.removeprefix("said:").replace(MASK, "")))
        assert len(left) <= 4, (shown, kept)  # of an escape that is cut itself


def test_a_line_of_a_text_that_looks_like_a_key_is_masked_alone_too() -> None:
    secrets = Secrets()
    secrets.add_texts("-----BEGIN KEY-----\nMIIEvQIBADANB9kq\nhkiG9w0BAQEFAASC\nwords of a person\n-----END KEY-----")
    assert secrets.redact("hkiG9w0BAQEFAASC, MIIEVQIBADANB9KQ, words of a person, BEGIN KEY") == (
        f"{MASK}, {MASK}, words of a person, BEGIN KEY"
    )


def test_a_secret_that_was_known_as_a_text_is_divided_as_a_key() -> None:
    secrets = Secrets()
    secrets.add_texts("0f8fad5bd9cb469fa16570867728950e")
    assert MASK not in secrets.redact("it is 0f8fad5bd9cb469fa1")
    secrets.add("0f8fad5bd9cb469fa16570867728950e")
    assert secrets.redact("it is 0f8fad5bd9cb469fa1") == f"it is {MASK}"


def test_what_stands_around_it_is_kept_and_overlaps_are_one() -> None:
    secrets = Secrets("abcdefgh-1234", "1234-ijklmnop", "Short1")
    assert secrets.redact("<abcdefgh-1234>, [1234-ijklmnop]") == f"<{MASK}>, [{MASK}]"
    assert secrets.redact("abcdefgh-1234-ijklmnop!") == f"{MASK}!"
    assert secrets.redact("it is SHORT1.") == f"it is {MASK}."


def test_words_that_are_confidential_are_masked_as_they_are_written_only() -> None:
    secrets = Secrets()
    secrets.add_texts("Documents", "two words", "Pass-W0rd-of-an-app", "abc", "")
    assert secrets.redact("Documents, documents; two words, two+words; abc") == f"{MASK}, documents; {MASK}, {MASK}; abc"
    assert secrets.redact("the pass-w0rd-of-AN-app") == f"the {MASK}"


@example("\ud800 half", "xxxxxxxx")
@example("&#99999999; \\U00110000 %ff%fe &#xD800;", "yyyyyyyy")
@given(st.text(), st.text(min_size=8) | st.text("0123456789abcdef :-", min_size=16, max_size=60))
@example("", "27707c28-22009bff43:a2:5544a93:9464")
def test_any_text_is_masked_without_failing_and_the_same_however_often(text: str, secret: str) -> None:
    secrets = Secrets(secret)
    once = secrets.redact(f"{text} {secret} {text}")
    assert MASK in once
    assert secret not in once.replace(MASK, "") or secret in MASK
    assert Secrets(secret).redact(once.replace(MASK, "")) is not None


@pytest.mark.parametrize(
    "unit",
    [
        "the quick brown fox ",
        "&#x41;%20\\u0041<b>",
        "%41",
        "é für ü ",
        "<",
        "<a",
        "&a",
        "\\",
        '"',
        "&#38;",
        "\u200b",
        "a1",
        "U+",
        "0x41 ",
    ],
)
def test_64_kib_with_50_secrets_take_a_moment(unit: str) -> None:
    letters = random.Random(1)
    secrets = Secrets(*("".join(letters.choices("abcdefghijklmnopABCDEF0123456789-_+/", k=40)) for _ in range(50)))
    text = (unit * 65536)[:65536]
    began = time.process_time()
    secrets.redact(text)
    assert time.process_time() - began < 2  # usually some hundredths


def test_thousands_of_secrets_take_no_longer_than_ten() -> None:
    letters = random.Random(2)
    secrets = Secrets(*("".join(letters.choices("abcdefghijklmnop0123456789", k=16)) for _ in range(2_000)))
    secrets.add_texts(*(f"text number {number}" for number in range(20_000)))
    began = time.process_time()
    for _ in range(1000):
        secrets.redact("environment 'contoso' was created by an earlier run that was interrupted; it is kept.")
    assert time.process_time() - began < 5  # usually some hundredths


# What is quoted of a refusal.

KEY = "Sentinel-Key/a&b<c>42"


def failure(status: int, body: Any) -> str:
    redaction.register(KEY)
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return str(error_messages.error_from_response("do it", "https://x.example.com", status, content))


@pytest.mark.parametrize(
    "body", [b"no: told you", b'"told you"', [{"ErrorMessage": "told you"}], {"message": "told you"}, b"<title>told you</title>"]
)
def test_of_a_401_nothing_is_quoted(body: Any) -> None:
    assert "told you" not in failure(401, body)


def test_of_a_403_only_the_fields_of_a_validation_result_are_quoted() -> None:
    assert "told you" not in "".join(
        failure(403, body) for body in (b"told you", b'"told you"', {"a": "told you"}, b"<title>told you</title>")
    )
    assert "environment_name: told you" in failure(
        403, [{"MemberNames": ["EnvironmentName"], "ErrorMessage": "told you", "key": KEY}]
    )
    shown = failure(
        403, {"ErrorMessage": f"the key {SPELLINGS['base64'](KEY)} is wrong", "MemberNames": [SPELLINGS["HTML"](KEY)]}
    )
    assert shown.count(MASK) == 2


def test_of_resource_managers_refusal_of_a_token_nothing_is_quoted() -> None:
    body = json.dumps({"error": {"code": "told you", "message": "told you"}}).encode()
    refused = responses.error_from_response("check", 401, body, polling=False)
    assert isinstance(refused, arm_errors.NotSignedIn)
    assert "told you" not in str(refused) + repr(refused.detail)
    assert "told you" in str(responses.error_from_response("check", 403, body, polling=False))
    assert "told you" not in str(responses.error_from_response("check", 403, b"<title>told you</title>", polling=False))


@pytest.mark.parametrize("status", [400, 403, 404, 429, 500, 503])
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_server_that_repeats_the_key_in_any_spelling_shows_it_to_nobody(status: int, spelling: str) -> None:
    spelled = SPELLINGS[spelling](KEY)
    for body in (spelled.encode(), [{"ErrorMessage": spelled, "MemberNames": [spelled]}], f"<title>{spelled}</title>".encode()):
        shown = failure(status, body)
        assert kernel(KEY) not in "".join(filter(str.isalnum, shown)).casefold()
        assert spelled not in shown


def test_a_key_repeated_everywhere_in_an_answer_is_shown_nowhere() -> None:
    key = "sentinel-provisioning-c91e"

    def repeating(line: Line) -> None:
        body = json.dumps(
            {"ErrorMessage": f"{key.upper()} {base64.b64encode(key.encode()).decode()}", "MemberNames": [key]}
        ).encode()
        line.answer(body, f"X-{key}: {key}\r\nLocation: https://{key}.example.com/\r\nRetry-After: {key}\r\n", f"400 {key}")

    with speaking(repeating) as address:
        api = client.Client(Settings(f"http://{address}", key))
        with pytest.raises(errors.Rejected) as caught:
            api.activate_environment("contoso")
    shown = str(caught.value) + repr(caught.value.fields)
    assert key[:12] not in shown.casefold()
    assert MASK in shown


@pytest.mark.parametrize("spelling", ["as it is", "upper case", "HTML", "base64", "full width"])
def test_an_environment_that_is_called_by_the_key_is_none(spelling: str) -> None:
    key = "sentinel-provisioning-c91e"
    name = SPELLINGS[spelling](key)
    listed = json.dumps([{"name": name, "isActive": True}, {"name": "contoso", "isActive": True}]).encode()
    created = json.dumps({"EnvironmentName": name, "Id": "1", "TemporaryPassword": "Pass-W0rd-of-an-admin"}).encode()

    def answer(line: Line) -> None:
        body = created if line.request.startswith(b"POST") else listed
        line.answer(body)

    with speaking(answer) as address:
        api = client.Client(Settings(f"http://{address}", key))
        assert [entry.name for entry in api.list_environments()] == ["contoso"]
        with pytest.raises(errors.Unnamed) as caught:
            api.create_environment(name="new", email="a@b.example", first_name="A", last_name="B")
    assert (caught.value.created.id, caught.value.created.environment_name) == ("1", "")


def test_texts_of_an_imported_configuration_are_not_repeated() -> None:
    document = {"apps": [{"title": "Holiday planner", "parameters": {"pin": "hunter2-of-the-app"}}], "n": [1, None]}
    body = json.dumps({"ErrorMessage": "Holiday planner has \\u0068unter2-of-the-app, which is wrong"}).encode()
    assert redaction.redact_document(body, document) == b'{"ErrorMessage": "[secret] has [secret], which is wrong"}'


def test_texts_of_an_imported_configuration_are_not_repeated_in_other_spellings() -> None:
    document = {"apps": [{"parameters": {"pin": "Hunter2-of-the-app"}}]}
    for spelling in ("upper case", "HTML", "base64", "every byte as percent", "hexadecimal entities", "base64 of upper case"):
        body = json.dumps({"ErrorMessage": f"it has {SPELLINGS[spelling]('Hunter2-of-the-app')}, which is wrong"}).encode()
        assert redaction.redact_document(body, document) == b'{"ErrorMessage": "it has [secret], which is wrong"}', spelling


@pytest.mark.parametrize("before", ["x" * 20, "x" + " " * 65_500, " " * 9_980 + "AADSTS7000215: ", " " * 980, "\n" * 65_530])
def test_a_key_that_a_limit_cuts_in_two_is_shown_in_no_part(before: str) -> None:
    redaction.register(KEY)
    bodies = [f"{before}{KEY}{after}".encode() for after in ("", "." * 70_000)]
    bodies += [json.dumps({"error": {"code": "Bad", "message": body.decode()}}).encode() for body in bodies]
    for body in bodies:
        said = str(error_messages.error_from_response("do it", "https://x.example.com", 400, body[:65_536]))
        said += str(responses.error_from_response("check", 400, body, polling=False))
        said += oauth2._reason(400, {"error": f"{before}{KEY}", "error_description": f"{before}{KEY}"})
        assert "Sentin" not in said
