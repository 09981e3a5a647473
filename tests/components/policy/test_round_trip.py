"""Random policies are rendered, stored by the service, read back, and are still the same."""

import random
import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pulumi_workspace365_components.websocket_api import policy as policies
from pulumi_workspace365_components.websocket_api.policy import parsing, rendering
from pulumi_workspace365_components.websocket_api.policy.expressions import closing_bracket, is_expression, is_whole_expression
from tests.components.policy.strategies import ELEMENTS
from tests.properties import examples


@given(tree=ELEMENTS)
def test_a_policy_is_well_formed_and_reads_back_equal(tree: policies.Element) -> None:
    text = rendering.xml(tree)
    ET.fromstring(text)
    assert parsing.parse(text) == tree
    assert rendering.xml(parsing.parse(text)) == text


@given(tree=ELEMENTS)
def test_a_policy_survives_what_the_service_makes_of_it(tree: policies.Element, stored_by_service: Callable[[str], str]) -> None:
    stored = stored_by_service(rendering.xml(tree))
    assert parsing.parse(stored) == tree
    assert policies.equivalent(tree, stored)
    assert policies.differences(tree, stored) == []


@given(tree=ELEMENTS)
def test_rawxml_shows_expressions_as_written_and_reads_back_equal(tree: policies.Element) -> None:
    leaves = [leaf for leaf in tree.leaves() if isinstance(leaf, str) and is_expression(leaf)]
    assume(all(map(is_whole_expression, leaves)))
    text = rendering.rawxml(tree)
    assert all(leaf in text for leaf in leaves)
    assert parsing.parse(text, "rawxml") == tree


@pytest.mark.slow
@given(handshake=st.builds(policies.Handshake, *[st.lists(ELEMENTS, max_size=2)] * 4))
def test_handshakes_of_random_policies_read_back_equal_and_can_be_judged(
    handshake: policies.Handshake, stored_by_service: Callable[[str], str]
) -> None:
    assert policies.Handshake.parse(handshake.xml()) == handshake
    assert policies.Handshake.parse(stored_by_service(handshake.xml())) == handshake
    policies.rules.validate(handshake)
    handshake.probes()


_VALID = policies.combine(
    policies.ready.allowed_origins("https://app.example.com"),
    policies.ready.jwt(openid_config="https://login.example.com/c", audiences=["chat"], query="access_token"),
    policies.Handshake(
        inbound=[
            policies.choose(
                policies.when(
                    policies.expression('context.Request.Headers.GetValueOrDefault("a", "b") == "<&>" && 1 < 2'),
                    policies.return_response(403, "Forbidden"),
                ),
                otherwise=[policies.set_variable("a", policies.statements('var x = @"a""b"; /* } */ return $"{x}";'))],
            )
        ]
    ),
)
_SNIPPETS = [
    "<",
    ">",
    "&",
    '"',
    "'",
    "]]>",
    "<!--",
    "-->",
    "<![CDATA[",
    "&#0;",
    "&#xD800;",
    "&lol;",
    "<?x?>",
    "@(",
    "@{",
    ")",
    "}",
]
_SNIPPETS += [
    "<!DOCTYPE a [<!ENTITY b 'c'>]>",
    "\x00",
    "\ud800",
    "\ufeff",
    "<a>",
    "</a>",
    "<base />",
    '$"',
    '@"',
    "//",
    "/*",
    "{{",
    "xmlns:a='b'",
    "é",
]


def _damaged(text: str, chance: random.Random) -> str:
    for _ in range(chance.randint(1, 4)):
        at, to = sorted((chance.randint(0, len(text)), chance.randint(0, len(text))))
        to = min(to, at + chance.randint(0, 40))
        text = text[:at] + chance.choice(["", chance.choice(_SNIPPETS), text[at:to] * 2]) + text[to:]
    return text


def _reads_or_says_why(text: str) -> bool:
    try:
        handshake = policies.Handshake.parse(text)
    except policies.PolicyError as problem:
        message = str(problem)
        assert message.endswith(".")
        assert len(message) < 400
        assert "\n" not in message
        return False
    policies.rules.validate(handshake)
    assert policies.Handshake.parse(handshake.xml()) == handshake
    return True


@examples(60)
@given(seed=st.integers(0, 2**32))
def test_damaged_policies_end_in_a_clear_error(seed: int) -> None:
    chance = random.Random(seed)
    sources = [_VALID.xml(), _VALID.rawxml()]
    assert sum(not _reads_or_says_why(_damaged(sources[index % 2], chance)) for index in range(40)) > 0


@examples(100)
@given(
    text=st.one_of(
        st.text(), st.lists(st.sampled_from([*_SNIPPETS, "<policies>", "</policies>", "<inbound>", "</inbound>"])).map("".join)
    )
)
def test_arbitrary_text_ends_in_a_clear_error(text: str) -> None:
    assert not _reads_or_says_why(text + "<")


@pytest.mark.parametrize(
    "code",
    [
        "(" * 100_000,
        '$"{' * 100_000,
        "/*" * 100_000,
        '@"' * 50_001,
        "<!--" * 100_000,
        ">@(" * 50_000,
        '$"{' + "/*" * 100_000,
        '$"{' + '"' + '\\"' * 100_000,
        '$"{' + "'\\" * 100_000,
        '<a b="@(" />' * 5_000,
        '<a b="@(&quot;(&quot;)c" d="@(" />' * 3_000,
        "&amp;" * 50_000,
    ],
)
def test_hostile_text_is_refused_without_exhausting_anything(code: str) -> None:
    for text in (f"<policies><inbound>@({code}</inbound></policies>", f"<policies>{code}", f'<a b="@({code}"/>'):
        assert not _reads_or_says_why(text)


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(policies.PolicyError, match="nests more than 64"):
        policies.raw("<a>" * 5000 + "</a>" * 5000)


@examples(100)
@given(data=st.data())
def test_an_expression_is_closed_by_its_last_bracket(data: st.DataObject) -> None:
    code = data.draw(st.text(alphabet="ab \n", max_size=5))
    text = policies.expression(f'{code} + "a)" + \'"\' + @"\\" /* ) */ + $"{{{{ {{x["k"]}} ("')
    assert closing_bracket(text) == len(text)
    assert closing_bracket(text + ')"more') == len(text)
