"""One reading of both formats: what the service makes of line feeds, entities, comments and C#, and where a text is wrong."""

import pytest

from pulumi_workspace365_components.websocket_api import policy as policies
from pulumi_workspace365_components.websocket_api.policy import parsing, rendering
from pulumi_workspace365_components.websocket_api.policy.rules import errors, validate

FORMATS: tuple[parsing.Format | None, ...] = (None, "xml", "rawxml")
RAW: tuple[parsing.Format | None, ...] = (None, "rawxml")


def value_of(text: str, form: parsing.Format | None = None) -> object:
    """The value of the one variable that a text sets."""
    return parsing.parse(f'<set-variable name="a" {text} />', form).get("value")


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ('value="@(&quot;(&quot; + x[&quot;)&quot;])"', '@("(" + x[")"])'),
        ('value="@(a &amp;&amp; b &lt; 3 &gt; c)"', "@(a && b < 3 > c)"),
        ('value="@(x.Replace(&quot;&amp;amp;&quot;, &quot;&amp;&quot;))"', '@(x.Replace("&amp;", "&"))'),
        ('value="@(&#34;a&#x22; + &apos;b&apos;)"', "@(\"a\" + 'b')"),
        ('value=\'@("a" + "b")\'', '@("a" + "b")'),
        ('value="@{\n// a note\nreturn 1;\n}"', "@{\n// a note\nreturn 1;\n}"),
        ('value="@{\r\n// a note\r\n\treturn 1;\r\n}"', "@{\n// a note\n\treturn 1;\n}"),
        ('value="@{&#10;// a note&#xA;return 1;}"', "@{\n// a note\nreturn 1;}"),
        ('value="\n  @(1)\n"', "   @(1) "),
        ('value="two\nlines"', "two lines"),
        ('value="@@(1)"', "@@(1)"),
    ],
)
def test_well_formed_text_means_the_same_in_every_format(written: str, meant: str, form: parsing.Format | None) -> None:
    assert value_of(written, form) == meant


@pytest.mark.parametrize("form", RAW)
@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ('value="@("a" + "b")"', '@("a" + "b")'),
        ('value="@("(" + x[")"] + @"\\" + $"{y["}"]} ("/* ) */)"', '@("(" + x[")"] + @"\\" + $"{y["}"]} ("/* ) */)'),
        ('value="@("a" &amp;&amp; "b")"', '@("a" && "b")'),
        ('value="@("a" && "b" < "c")"', '@("a" && "b" < "c")'),
        ('value="@("a&amp;amp;b")"', '@("a&amp;b")'),
        ('value="@{\n// "a note\nreturn "1";\n}"', '@{\n// "a note\nreturn "1";\n}'),
        ("value='@('a' == x)'", "@('a' == x)"),
        ('value=" @("a") "', ' @("a") '),
        ('value="@("a")/b"', '@("a")/b'),
        ('value="@(x.As<string>("a"))"', '@(x.As<string>("a"))'),
    ],
)
def test_c_sharp_as_it_is_written_ends_where_its_last_bracket_is(written: str, meant: str, form: parsing.Format | None) -> None:
    assert value_of(written, form) == meant
    with pytest.raises(policies.PolicyError, match='write its " as &quot;.*or read the policy as rawxml'):
        value_of(written, "xml")


@pytest.mark.parametrize("form", RAW)
def test_entities_are_decoded_beside_c_sharp_that_is_written_as_it_is(form: parsing.Format | None) -> None:
    document = parsing.parse(
        '<choose><when condition="@(&quot;(&quot;.Equals(x))">text &amp; more</when>'
        '<when condition="@("(".Equals(y))"><!-- @( " --><value>@(&quot;&lt;&quot; + "<")</value></when></choose>',
        form,
    )
    assert [when.get("condition") for when in document.children] == ['@("(".Equals(x))', '@("(".Equals(y))']
    assert document.children[0].text == "text & more"
    assert document.children[1].children[0].text == '@("<" + "<")'


@pytest.mark.parametrize("form", RAW)
@pytest.mark.parametrize(
    "aside", ['<!-- @(" -->', "<!-- <value>@(context.Request</value> & < -->", "<![CDATA[]]>", "<!---->", "<!-- it's -->"]
)
def test_what_stands_in_comments_is_no_policy(aside: str, form: parsing.Format | None) -> None:
    assert parsing.parse(f'<a>{aside}<b c="@("x")" />{aside}</a>', form) == policies.element(
        "a", policies.element("b", attributes={"c": '@("x")'})
    )


def test_a_section_of_character_data_holds_c_sharp_as_it_is_written() -> None:
    assert parsing.parse('<a b="@("x")"><![CDATA[@(a < b && "]" == c)]]></a>').text == '@(a < b && "]" == c)'


MANY_LINES = """\
<policies>
  <inbound>
    <set-variable name="a" value="@{
      // a note
      var x = {quote}1{quote};
      return x;
    }" />
    {wrong}
  </inbound>
</policies>
"""


@pytest.mark.parametrize("form", RAW)
@pytest.mark.parametrize("quote", ['"', "&quot;"])
@pytest.mark.parametrize("before", ["", "\n\n", "\ufeff", '<?xml version="1.0" encoding="utf-8"?>\n'])
@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ('<set-header name="b"></set-headers>', "mismatched tag, line 8, column 28, in <set-header>. Close the elements"),
        ("<set-header name=b />", "line 8, column 22, in <inbound>. Write & as &amp; and < as &lt;, and quote every attribute."),
        ('<set-header name="a" name="b" />', "duplicate attribute, line 8, column 26"),
        ("<value>a & b</value>", "line 8, column 15, in <value>. Write & as"),
        ("<value>&nbsp;</value>", "undefined entity, line 8, column 12"),
        (
            '<set-variable name="b" value="@(f("x")" />',
            "does not close: the string is never closed; it begins at line 8, column 35.",
        ),
        ('<set-variable name="b" value="@(f("x")\n/>', "does not close: a ')' is missing; it begins at line 8, column 35."),
        ("<value>@(a < b</value>", "does not close: a ')' is missing; it begins at line 8, column 12."),
        ('<value>@(a] + "&")</value>', "does not close: a ']' closes nothing; it begins at line 8, column 12."),
    ],
)
def test_an_error_names_its_own_line_and_cause(
    wrong: str, says: str, before: str, quote: str, form: parsing.Format | None
) -> None:
    text = before + MANY_LINES.replace("{quote}", quote).replace("{wrong}", wrong)
    for given in (text, text.replace("\n", "\r\n")):
        with pytest.raises(policies.PolicyError) as refused:
            parsing.parse(given, form)
        message = str(refused.value).replace("line 9", "line 8") if before.startswith("<?") else str(refused.value)
        message = message.replace("line 10", "line 8") if before == "\n\n" else message
        assert says in message


def test_xml_with_c_sharp_as_it_is_written_names_the_error_behind_it_too() -> None:
    text = MANY_LINES.replace("{quote}", '"').replace("{wrong}", '<set-header name="b"></set-headers>')
    with pytest.raises(policies.PolicyError) as refused:
        parsing.parse(text, "xml")
    assert "line 5, column 16, in <inbound>. An expression stands there as C#" in str(refused.value)
    assert str(refused.value).endswith("Read so it is not well-formed either: mismatched tag, line 8, column 28.")


def test_an_expression_that_does_not_close_is_not_the_cause_of_a_later_error() -> None:
    text = '<inbound>\n<b c="@(x" />\n<d>@("y" + x)</d>\n<e f="@("z")"></g>\n</inbound>'
    with pytest.raises(policies.PolicyError, match="mismatched tag, line 4, column 17, in <e>"):
        parsing.parse(text)
    read = policies.Handshake.parse(f"<policies>{text.replace('</g>', '</e>')}</policies>")
    assert {finding.rule for finding in errors(validate(read))} == {"broken-expression"}


@pytest.mark.parametrize(
    "code",
    [
        '@("&amp;" + "&lt;" + "&#10;" + "&" + x & y)',
        '@(f(" y="+" z="))',
        '@(f("/>" + "x"))',
        '@("<b>" + x + "</b>")',
        '@("<!-- " + x + " -->")',
        '@("<![CDATA[" + x)',
        '@{\n\t// a "note\n\treturn "]]>";\n}',
        '@(\'"\' == x ? "\'" : @"""")',
        '@($"{{ {x["a"]} }}" + "{{named-value}}")',
        "@(x</* a comment */y)",
    ],
)
@pytest.mark.parametrize("beside", ["plain", '@("a")', "@(broken", "a & b < c"])
def test_any_code_is_the_same_after_both_formats(code: str, beside: str) -> None:
    tree = policies.element(
        "a",
        policies.element("b", code, attributes={"c": code, "d": beside}),
        policies.element("e", beside, attributes={"f": f" {code}"}),
    )
    for form in FORMATS:
        assert parsing.parse(rendering.xml(tree), form) == tree
    for form in RAW:
        assert parsing.parse(rendering.rawxml(tree), form) == tree
