"""Policy documents: one normal form for both formats."""

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_workspace365_sandbox.azure.policy import document

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
    normal = document.render(tree)
    assert document.render(document.parse(normal, "xml")) == normal
    assert document.render(document.parse(document.render(tree, "rawxml"), "rawxml")) == normal


def test_layout_quotes_and_line_ends_make_no_difference() -> None:
    one = "<a  x='1'\n y=\"&quot;\"><b></b>\n\n  <!-- note --></a>"
    assert document.render(document.parse(one, "xml")) == '<a x="1" y="&quot;">\r\n\t<b />\r\n\t<!-- note -->\r\n</a>'


@pytest.mark.parametrize("form", ["xml", "rawxml"])
@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ('<a b="@(&quot;(&quot;.Equals(x))" />', '@("(".Equals(x))'),
        ('<a b="@{\n// a note\nreturn 1;\n}" />', "@{\n// a note\nreturn 1;\n}"),
        ('<a b="@{\r\n// a note\r\n\treturn 1;}" />', "@{\n// a note\n\treturn 1;}"),
        ('<!-- @(" & < --><a b="@(&#34;a&#x22;)"><!-- <c d="@(x" /> --></a>', '@("a")'),
        ("<a b='@(\"a\")' />", '@("a")'),
    ],
)
def test_well_formed_text_means_the_same_in_both_formats(written: str, meant: str, form: str) -> None:
    assert document.parse(written, form).get("b") == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ('<a b="@("(" + x[")"] + @"\\" + $"{y["}"]} ("/* ) */)" />', '@("(" + x[")"] + @"\\" + $"{y["}"]} ("/* ) */)'),
        ('<!-- @(" --><a b="@("a" &amp;&amp; &quot;b&quot; < "c")" />', '@("a" && "b" < "c")'),
        ("<a b='@('a' == x)' />", "@('a' == x)"),
    ],
)
def test_rawxml_may_hold_c_sharp_as_it_is_written(written: str, meant: str) -> None:
    assert document.parse(written, "rawxml").get("b") == meant
    with pytest.raises(document.PolicyProblem, match="not valid XML"):
        document.parse(written, "xml")


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ('\n<a>\n<b c="@{\nvar x = "1";\nreturn x;\n}" />\n<d></e>\n</a>', "mismatched tag. Line 7, position 5"),
        ('\n\n<a b="@(x + "("\n" />', "the expression that begins in line 3 is not closed"),
        ("<a>\n<b>a & b</b></a>", "not well-formed (invalid token). Line 2, position 6"),
        ("<a>\ud800</a>", "half of a surrogate pair"),
        ("<a>" * 101 + "</a>" * 101, "nests its elements too deeply"),
        ("<!DOCTYPE a><a />", "A document type declaration is not allowed"),
    ],
)
def test_a_document_is_refused_with_its_line_and_cause(written: str, says: str) -> None:
    with pytest.raises(document.PolicyProblem) as refused:
        document.parse(written, "rawxml")
    assert says in str(refused.value)


def test_names_keep_their_prefixes() -> None:
    text = '<a xmlns:x="urn:x">\r\n\t<x:b x:c="1" />\r\n</a>'
    assert document.render(document.parse(text, "xml")) == text


@pytest.mark.parametrize(
    "piece", ["<!--", '<a b="@(', "<a>@(", '<a b="@($"{/*', "&quot;", '<a b="@(&quot;(&quot;)c"/>', '"', "'\\"]
)
@pytest.mark.parametrize("before", ["<a>", '<a b="@(', "<a>@{", "<a b='@($\"{"])
def test_hostile_text_is_refused_without_exhausting_anything(before: str, piece: str) -> None:
    with pytest.raises(document.PolicyProblem):
        document.parse(before + piece * (50_000 // len(piece)), "rawxml")
