"""What is shown of a text that somebody else gave steers no terminal, hides nothing and commands no CI system."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_dynamic_host import safe_text
from tests import hostile


def seen(text: str, *more: str) -> bool:
    """Whether nothing of a text but these characters is anything but seen."""
    return all(unicodedata.category(item)[0] != "C" or item in more for item in text) and not set("\u2028\u2029") & set(text)


@pytest.mark.parametrize("name", hostile.NAMES)
def test_a_name_is_shown_on_one_line_and_commands_nothing(name: str) -> None:
    told = safe_text.one_line(name)
    assert seen(told)
    assert not hostile.commands(told)
    told = safe_text.visible(name)
    assert seen(told, "\n", "\t")
    assert not hostile.commands(told)


@pytest.mark.parametrize("name", hostile.NAMES)
def test_json_says_the_same_with_escapes(name: str) -> None:
    text = safe_text.escaped_json(json.dumps({name: [name]}, ensure_ascii=False, indent=2))
    assert json.loads(text) == {name: [name]}
    assert seen(text, "\n")
    assert not hostile.commands(text)


@pytest.mark.parametrize(
    "text", ["Müller & Söhne", "日本語", "a\u3000b", "a\u00a0b", "x::y::z", "::1", "## heading", "a#[b]", "50 %", "👍", "—"]
)
def test_what_is_seen_stays(text: str) -> None:
    assert safe_text.visible(text) == safe_text.visible(safe_text.visible(text)) == text
    assert safe_text.one_line(text) == " ".join(text.split())
    assert safe_text.escaped_json(json.dumps(text, ensure_ascii=False)) == json.dumps(text, ensure_ascii=False)


def test_lines_stay_lines() -> None:
    assert safe_text.visible("a\r\n\tb\rc\x1b[0m\n") == "a\n\tb\\rc\\x1b[0m\n"
    assert safe_text.one_line(" a\r\n\tb\x1b[0m\n") == "a b?[0m"


@given(st.text())
def test_any_text_is_shown(text: str) -> None:
    assert seen(safe_text.one_line(text))
    assert seen(safe_text.visible(text), "\n", "\t")
    assert json.loads(safe_text.escaped_json(json.dumps(text, ensure_ascii=False))) == text


@pytest.mark.parametrize("part", ["::", "::a", " ", "\n", "##", "##a", "#", "\x1b", "\u202e", "\t::"])
def test_a_long_text_takes_no_longer_than_its_length(part: str) -> None:
    """A pattern that is tried anew from each place would take hours for these."""
    text = part * (1_000_000 // len(part))
    assert seen(safe_text.one_line(text))
    assert seen(safe_text.visible(text), "\n", "\t")
