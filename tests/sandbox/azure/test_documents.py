"""Policy documents: one normal form for both formats, and a small language whose values are those of C#."""

import xml.etree.ElementTree as ET
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.azure.policy import document, expressions, values
from sandbox.azure.policy.lexer import ExpressionError
from sandbox.azure.policy.values import Thing

NAMES = st.sampled_from(["choose", "when", "set-header", "value", "x"])
PLAIN = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_characters="@\x7f"), max_size=12).map(str.strip)
STRINGS = st.text(st.sampled_from("ab <>&'()[]{}"), max_size=8).map(lambda text: f'"{text}"')
EXPRESSIONS = st.one_of(STRINGS.map(lambda text: f"@({text})"), STRINGS.map(lambda text: "@{\nreturn " + text + ";\n}"))


def element(name: str, attributes: dict[str, str], content: "str | list[ET.Element]") -> ET.Element:
    made = ET.Element(name, attributes)
    if isinstance(content, str):
        made.text = content or None
    else:
        made.extend(content)
    return made


ATTRIBUTES = st.dictionaries(st.sampled_from(["name", "condition"]), PLAIN | EXPRESSIONS, max_size=2)
LEAVES = st.builds(element, NAMES, ATTRIBUTES, PLAIN | EXPRESSIONS.map(lambda text: text.replace("\n", " ")))
TREES = st.recursive(LEAVES, lambda inner: st.builds(element, NAMES, ATTRIBUTES, st.lists(inner, max_size=3)), max_leaves=8)


@given(TREES)
def test_both_formats_lead_to_one_normal_form(tree: ET.Element) -> None:
    normal = document.rendered(tree)
    assert document.rendered(document.parse(normal, "xml")) == normal
    assert document.rendered(document.parse(document.rendered(tree, "rawxml"), "rawxml")) == normal


def test_layout_quotes_and_line_ends_make_no_difference() -> None:
    one = "<a  x='1'\n y=\"&quot;\"><b></b>\n\n  <!-- note --></a>"
    assert document.rendered(document.parse(one, "xml")) == '<a x="1" y="&quot;">\r\n\t<b />\r\n\t<!-- note -->\r\n</a>'


CONTEXT = {
    "context": Thing(
        "context",
        {
            "Request": Thing(
                "Request",
                {"Headers": values.lookup("Headers", {"X": ["a", "b"]}, joined=True), "IpAddress": "10.0.0.1"},
            ),
            "Variables": values.lookup("Variables", {"room": "Lobby", "nothing": None, "count": 2}),
            "Subscription": None,
        },
    )
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('@(context.Request.Headers.GetValueOrDefault("X", ""))', "a,b"),
        ('@(context.Request.Headers["X"][1])', "b"),
        ('@(context.Request.Headers.GetValueOrDefault("Y", "none") == "none" && !false)', True),
        ('@((string)context.Variables["room"] + "/" + context.Variables["count"])', "Lobby/2"),
        ('@(context.Variables.GetValueOrDefault<string>("other", "d"))', "d"),
        ('@(context.Variables["nothing"]?.ToString() ?? "null")', "null"),
        ("@(context.Subscription?.Id)", None),
        ('@(context.Request.IpAddress.StartsWith("10.") ? 1 : 2)', 1),
        ('@("ABC".Equals("abc", StringComparison.OrdinalIgnoreCase))', True),
        ("@(string.IsNullOrEmpty(context.Request.IpAddress) || 2 >= 1 + 1)", True),
        ("@(\"a.b.c\".Split('.')[2].ToUpper())", "C"),
        ('@("tab\\t\\u007b\\"quoted\\"")', 'tab\t{"quoted"'),
        ('@(@"verb""atim\\")', 'verb"atim\\'),
        ('@{ var ip = context.Request.IpAddress; if (ip == "x") { return 1; } else { return ip.Length; } }', 8),
        ("@{ /* a comment */ return -1 - 2; // another\n }", -3),
    ],
)
def test_expressions_have_the_values_of_c_sharp(text: str, value: Any) -> None:
    assert expressions.evaluated(text, CONTEXT) == value


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("@(DateTime.Now)", "'DateTime' is nothing"),
        ("@(context.Request.Body.As<string>())", "'Body' is no member"),
        ('@("a".GetType())', "'GetType' is no method"),
        ("@(new Random())", "'new' is nothing"),
        ("@{ foreach (var x in y) {} }", "'foreach' is no statement"),
        ("@(1 2)", "'2' is nothing"),
        ("@(1 +)", "ends too early"),
        ("@(string)", "is a type, not a value"),
        ('@(__import__("os"))', "'__import__' is nothing"),
    ],
)
def test_what_is_not_known_is_refused_before_it_runs(text: str, says: str) -> None:
    with pytest.raises(ExpressionError, match=says):
        expressions.compiled(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('@((string)context.Variables["none"])', "The given key 'none' was not present"),
        ("@(context.Subscription.Id)", "Object reference not set"),
        ("@{ if (false) { return 1; } }", "not every path"),
        ('@(1 - "a")', "unsupported operand"),
    ],
)
def test_what_goes_wrong_at_run_time_is_told(text: str, says: str) -> None:
    with pytest.raises(ExpressionError, match=says):
        expressions.evaluated(text, CONTEXT)
